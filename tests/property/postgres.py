"""A PostgreSQL to ask: the one that QUERYLEAF_TEST_POSTGRES names, or one in a wheel."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

VARIABLE = "QUERYLEAF_TEST_POSTGRES"
MISSING = (
    f"PostgreSQL is needed as the oracle: pip install 'psycopg[binary]' pgserver "
    f"(Linux x86-64, Python 3.10 to 3.12), or name a server in {VARIABLE}"
)


def is_there() -> bool:
    """Whether a PostgreSQL can be asked."""
    found = importlib.util.find_spec
    return bool(found("psycopg")) and bool(
        os.environ.get(VARIABLE) or found("pgserver")
    )


@contextlib.contextmanager
def running_postgres() -> Iterator[str]:
    """The URI of a PostgreSQL that is there for the length of the block."""
    if named := os.environ.get(VARIABLE):
        yield named
        return
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as directory:
        warnings.simplefilter("ignore")  # it warns of missing environment variables
        os.chmod(directory, 0o755)  # started by root it runs as a user of its own
        import pgserver

        server = pgserver.get_server(f"{directory}/data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


class PostgresOracle:
    """Runs SQL in a schema of its own, which is made anew."""

    def __init__(self, uri: str, statements: Iterable[str]) -> None:
        import psycopg

        self._refusal = psycopg.Error
        self._connection = psycopg.connect(uri, autocommit=True)
        self._connection.execute("SET client_min_messages = warning")
        self._connection.execute("DROP SCHEMA IF EXISTS ql CASCADE")
        self._connection.execute("CREATE SCHEMA ql")
        self._connection.execute("SET search_path = ql")
        self._connection.execute("SET statement_timeout = 5000")
        for statement in statements:
            # texts compare by code point, as they do on our server
            text = (
                statement.replace("TEXT", 'TEXT COLLATE "C"')
                if statement.startswith("CREATE TABLE")
                else statement
            )
            self._connection.execute(text)

    def run(self, sql: str) -> list[tuple[Any, ...]] | None:
        """The rows, or None where PostgreSQL refuses the statement."""
        try:
            return self._connection.execute(sql).fetchall()
        except self._refusal:
            return None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
