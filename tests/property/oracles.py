"""The engines whose answer is believed, and how answers are compared."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Protocol

from tests.property.postgres import VARIABLE, PostgresOracle

KNOWN_DIFFERENCES = {
    "integer division": "DuckDB's `/` is real division: written as `//` for it",
    "numbers": "AVG and SUM differ in scale and type (DuckDB's AVG is a double): "
    "numbers are compared at 9 significant digits",
    "dates": "sqlite3 has no DATE and no BOOLEAN: it is used for documents only",
    "kinds": "sqlite3 orders numbers before texts; a comparison with another kind of "
    "value is NULL here: the sqlite text says so with typeof()",
    "case of non-ASCII": "the server's UPPER and LOWER know ASCII only",
}


class Oracle(Protocol):
    """An engine that runs SQL text."""

    def run(self, sql: str) -> list[tuple[Any, ...]] | None:
        """The rows, or None where the engine refuses the statement."""


class DuckDB:
    """DuckDB in memory: strict types, real booleans, PostgreSQL's NULL rules."""

    def __init__(self, statements: Iterable[str]) -> None:
        import duckdb

        self._connection = duckdb.connect()
        self._connection.execute("SET default_null_order = 'postgres'")
        self._connection.execute("SET threads = 1")
        self._refusal = duckdb.Error
        for statement in statements:
            self._connection.execute(statement)

    def run(self, sql: str) -> list[tuple[Any, ...]] | None:
        try:
            return self._connection.execute(sql.replace("{div}", "//")).fetchall()
        except self._refusal:
            return None


def open_oracle(statements: Sequence[str]) -> Oracle:
    """PostgreSQL where the variable names one, else DuckDB."""
    if uri := os.environ.get(VARIABLE):
        return _Divided(PostgresOracle(uri, statements))
    return DuckDB(statements)


class _Divided:
    """PostgreSQL, whose `/` of integers is the integer division."""

    def __init__(self, oracle: Oracle) -> None:
        self._oracle = oracle

    def run(self, sql: str) -> list[tuple[Any, ...]] | None:
        return self._oracle.run(sql.replace("{div}", "/"))


def normal(value: Any) -> str:
    """A text that is equal for equal SQL values of any engine."""
    if value is None or isinstance(value, (bool, str, bytes)):
        return repr(value)
    if isinstance(value, (int, float, Decimal)):
        number = float(f"{float(value):.9g}")
        return repr(number + 0.0)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return repr(value.date())
    return repr(value)


def normal_rows(rows: Iterable[Sequence[Any]], ordered: bool) -> list[str]:
    """Rows as texts, sorted where their order says nothing."""
    texts = [", ".join(map(normal, row)) for row in rows]
    return texts if ordered else sorted(texts)
