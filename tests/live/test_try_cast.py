"""TRY_CAST gives NULL exactly where CAST raises an error of the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from queryleaf_dbapi.errors import DataError, NotSupportedError

_WRONG = [
    ("TEXT", "'abc'", kind)
    for kind in (
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "NUMERIC",
        "DOUBLE PRECISION",
        "BOOLEAN",
        "DATE",
        "TIMESTAMP",
        "TIMESTAMPTZ",
        "TIME",
        "INTERVAL",
    )
] + [
    ("TEXT", "'2024-02-30'", "DATE"),
    ("TEXT", "'25:00'", "TIME"),
    ("TEXT", "'1e400'", "DOUBLE PRECISION"),
    ("TEXT", "'99999999999'", "INTEGER"),
    ("TEXT", "'123.4'", "NUMERIC(4, 2)"),
    ("BIGINT", "3000000000", "INTEGER"),
    ("INTEGER", "40000", "SMALLINT"),
    ("DOUBLE PRECISION", "1e30", "BIGINT"),
    ("NUMERIC", "123.4", "NUMERIC(4, 2)"),
]


@pytest.mark.parametrize(("source", "value", "target"), _WRONG)
def test_null_where_cast_raises(
    connect: Callable[..., Any], source: str, value: str, target: str
) -> None:
    cursor = connect(autocommit=True).cursor()
    cursor.execute(f"CREATE TABLE casts (x {source})")
    cursor.execute(f"INSERT INTO casts VALUES ({value})")
    cursor.execute(f"SELECT TRY_CAST(x AS {target}) FROM casts")
    assert cursor.fetchone() == (None,)
    with pytest.raises(DataError):
        cursor.execute(f"SELECT CAST(x AS {target}) FROM casts")
        cursor.fetchall()


def test_what_it_cannot_read_is_refused(connect: Callable[..., Any]) -> None:
    cursor = connect(autocommit=True).cursor()
    cursor.execute("CREATE TABLE casts (x TEXT)")
    cursor.execute("INSERT INTO casts VALUES ('0x1F')")
    with pytest.raises(NotSupportedError):
        cursor.execute("SELECT TRY_CAST(x AS INTEGER) FROM casts")
        cursor.fetchall()
