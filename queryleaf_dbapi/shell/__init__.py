"""`queryleaf`: an interactive SQL prompt.

queryleaf mongodb://host/database     a server
queryleaf path/to/directory           an embedded server over that directory
queryleaf TARGET -c "SELECT 1"        run and leave; so does a pipe into it
queryleaf demo                        the demo, on real data
"""

from __future__ import annotations

import argparse
import os
import runpy
import sys
from collections.abc import Sequence

from queryleaf_dbapi import Connection, Error, __version__, connect
from queryleaf_dbapi.shell.prompt import Prompt
from queryleaf_dbapi.shell.table import format_table

__all__ = ["format_table", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """The console script; its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["demo"]:
        sys.argv = ["queryleaf demo", *given[1:]]
        runpy.run_module("queryleaf_dbapi.demo", run_name="__main__")
        return 0
    options = _parser().parse_args(given)
    try:
        connection = connect(options.target, autocommit=True)
    except Error as error:
        print(f"ERROR {error.sqlstate}: {error}", file=sys.stderr)
        return 2
    try:
        return _run(connection, options.command)
    finally:
        connection.close()  # what BEGIN opened and nobody committed is rolled back


def _run(connection: Connection, commands: list[str] | None) -> int:
    prompt = Prompt(connection)
    try:
        if commands is not None:
            return 0 if all(prompt.run_text(each) for each in commands) else 1
        if not sys.stdin.isatty():
            return 0 if prompt.run_text(sys.stdin.read()) else 1
        version = connection.client.server_info()["version"]
        print(
            f"QueryLeaf {__version__}, MongoDB {version}, "
            f'database "{connection.database}"; \\? for help'
        )
        prompt.run_terminal()
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="queryleaf",
        description="SQL for MongoDB, at a prompt.",
        epilog="`queryleaf demo` runs the demo; `queryleaf demo --help` says how.",
    )
    parser.add_argument(
        "target",
        metavar="TARGET",
        help="mongodb://host/database, or the directory of an embedded server",
    )
    parser.add_argument(
        "-c",
        dest="command",
        metavar="SQL",
        action="append",
        help="run this and leave; may be given several times",
    )
    parser.add_argument("--version", action="version", version=__version__)
    return parser
