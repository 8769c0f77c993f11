"""`make bench`: ratios to hand-written pymongo, with their targets.

    python -m benchmarks [--quick] [NAME ...]

Runs on $QUERYLEAF_TEST_URI or an embedded server of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import tempfile
from collections.abc import Iterator

import queryleaf_dbapi
from benchmarks import suite
from benchmarks.data import load


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


def main() -> None:
    """Load the data, run the benchmarks, print one line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the data")
    parser.add_argument("names", nargs="*", help="benchmarks to run (all)")
    arguments = parser.parse_args()
    with server() as uri:
        base, _, query = uri.partition("?")
        target = f"{base.rstrip('/')}/queryleaf_bench" + (f"?{query}" if query else "")
        with queryleaf_dbapi.connect(target, autocommit=True) as connection:
            bench = load(connection, target, 10_000 if arguments.quick else 100_000)
            print(f"{'benchmark':34} {'ratio':>7} {'quartiles':>13} {'target':>8}")
            for each in suite.ALL:
                if not arguments.names or each.__name__ in arguments.names:
                    print(each(bench), flush=True)
            connection.client.drop_database("queryleaf_bench")


if __name__ == "__main__":
    main()
