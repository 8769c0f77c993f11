"""`make bench`: ratios to hand-written pymongo, with their targets.

    python -m benchmarks [--quick] [NAME ...]
    python -m benchmarks tpch [--scale 0.01] [--queries 1,3]
    python -m benchmarks joins [--size 1]

NAME is a group (driver, joins, tpch) or one benchmark; all groups when none is given.
Runs on $QUERYLEAF_TEST_URI or an embedded server of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator

import queryleaf_dbapi
from benchmarks import joins, suite
from benchmarks.data import load
from benchmarks.tpch.run import NUMBERS, Choice, run_tpch
from benchmarks.tpch.tables import NoDataError
from queryleaf_dbapi import Connection


@contextlib.contextmanager
def server() -> Iterator[str]:
    """A URI without a database."""
    given = os.environ.get("QUERYLEAF_TEST_URI")
    if given:
        yield given
        return
    from queryleaf_dbapi.embedded import open_server

    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory,
        open_server(directory, cache_size_gb=2) as running,
    ):
        yield running.uri


@contextlib.contextmanager
def database(uri: str, timeout: float) -> Iterator[tuple[Connection, str]]:
    """A connection to a fresh database and its URI; it is dropped in the end."""
    name = f"queryleaf_bench_{secrets.token_hex(4)}"
    base, _, query = uri.partition("?")
    target = f"{base.rstrip('/')}/{name}" + (f"?{query}" if query else "")
    with queryleaf_dbapi.connect(
        target, autocommit=True, timeout_ms=int(timeout * 1000)
    ) as connection:
        try:
            yield connection, target
        finally:
            connection.client.drop_database(name)


def _header() -> None:
    print(f"{'benchmark':34} {'ratio':>7} {'quartiles':>13} {'target':>8}", flush=True)


def run_driver(uri: str, names: set[str], quick: bool) -> None:
    """The driver's own costs: `suite`."""
    chosen = [each for each in suite.ALL if each.__name__ in names or not names]
    with database(uri, 60) as (connection, target):
        bench = load(connection, target, 10_000 if quick else 100_000)
        _header()
        for each in chosen:
            print(each(bench), flush=True)


def run_joins(uri: str, names: set[str], size: float, timeout: float) -> None:
    """Joins of two and three tables: `joins`."""
    chosen = [each for each in joins.ALL if each.__name__ in names or not names]
    with database(uri, timeout) as (connection, _):
        tables = joins.load(connection, size, timeout)
        print(f"\n{'joins, size ' + format(size, 'g'):34} ", end="")
        print(f"{'ratio':>7} {'ours':>13} {'goal':>8}  by hand", flush=True)
        for each in chosen:
            print(each(tables), flush=True)


def _queries(text: str) -> tuple[int, ...]:
    numbers = tuple(int(number) for number in text.split(","))
    if not set(numbers) <= set(NUMBERS):
        raise ValueError(text)
    return numbers


def main() -> None:
    """Run what is named and print one line each."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.splitlines()[0]
    )
    own = {each.__name__ for each in suite.ALL}
    of_joins = {each.__name__ for each in joins.ALL}
    known = ["driver", "joins", "tpch", *sorted(own), *sorted(of_joins)]
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    parser.add_argument("--quick", action="store_true", help="a tenth of the data")
    parser.add_argument("--size", type=float, help="of joins; 1 is 1M facts (0.1)")
    parser.add_argument("--scale", default="0.01", help="TPC-H's scale factor (0.01)")
    parser.add_argument("--queries", type=_queries, default=tuple(NUMBERS), metavar="N")
    parser.add_argument("--rounds", type=int, default=5, help="of TPC-H, at most (5)")
    parser.add_argument("--timeout", type=float, default=60, help="seconds (60)")
    parser.add_argument(
        "--nullable", action="store_true", help="TPC-H without NOT NULL"
    )
    arguments = parser.parse_args()
    names = set(arguments.names)
    if unknown := names - set(known):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    size = arguments.size or (0.01 if arguments.quick else 0.1)
    with server() as uri:
        if not names or "driver" in names or names & own:
            chosen = set() if "driver" in names else names & own
            run_driver(uri, chosen, arguments.quick)
        if not names or "joins" in names or names & of_joins:
            chosen = set() if "joins" in names else names & of_joins
            run_joins(uri, chosen, size, arguments.timeout)
        if not names or "tpch" in names:
            choice = Choice(
                arguments.scale,
                arguments.queries,
                1 if arguments.quick else arguments.rounds,
                arguments.timeout,
                arguments.nullable,
            )
            try:
                with database(uri, arguments.timeout) as (connection, _):
                    run_tpch(connection, choice)
            except NoDataError as error:
                print(error)


if __name__ == "__main__":
    main()
