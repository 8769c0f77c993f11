"""Each type of the driver has a SQLAlchemy type, and its name in DDL reads back."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from bson import ObjectId

from queryleaf_dbapi.types import ALL_TYPES, SqlType, array_of, parse_type
from sqlalchemy_queryleaf import ANY, JSONB, OBJECTID
from sqlalchemy_queryleaf.dialect import QueryLeafDialect
from sqlalchemy_queryleaf.types import REFLECTED, from_sql_type

DIALECT = QueryLeafDialect()


class Colour(enum.Enum):
    RED = 1


@pytest.mark.parametrize("sql_type", ALL_TYPES, ids=str)
def test_every_type_of_the_driver_has_a_row(sql_type: SqlType) -> None:
    made = from_sql_type(sql_type)
    assert parse_type(made.compile(DIALECT)) == sql_type


def test_no_row_is_left_over() -> None:
    assert set(REFLECTED) == {each.name for each in ALL_TYPES}


@pytest.mark.parametrize("name", ["VARCHAR(20)", "CHAR(3)", "NUMERIC(10, 2)"])
def test_parameters_are_kept(name: str) -> None:
    assert from_sql_type(parse_type(name)).compile(DIALECT) == name


def test_arrays() -> None:
    made = from_sql_type(array_of(parse_type("VARCHAR(5)")))
    assert made.compile(DIALECT) == "VARCHAR(5)[]"


@pytest.mark.parametrize(
    ("made", "ddl"),
    [
        (sa.Integer(), "INTEGER"),
        (sa.SmallInteger(), "SMALLINT"),
        (sa.BigInteger(), "BIGINT"),
        (sa.Numeric(8, 3), "NUMERIC(8, 3)"),
        (sa.Numeric(), "NUMERIC"),
        (sa.Float(), "FLOAT"),
        (sa.Float(53), "FLOAT(53)"),
        (sa.Double(), "DOUBLE PRECISION"),
        (sa.REAL(), "REAL"),
        (sa.String(), "VARCHAR"),
        (sa.String(9), "VARCHAR(9)"),
        (sa.Unicode(9), "VARCHAR(9)"),
        (sa.Text(), "TEXT"),
        (sa.UnicodeText(), "TEXT"),
        (sa.Enum("one", "three"), "VARCHAR(5)"),
        (sa.Boolean(), "BOOLEAN"),
        (sa.Date(), "DATE"),
        (sa.Time(), "TIME"),
        (sa.DateTime(), "TIMESTAMP"),
        (sa.DateTime(timezone=True), "TIMESTAMP WITH TIME ZONE"),
        (sa.Interval(), "INTERVAL"),
        (sa.LargeBinary(), "BYTEA"),
        (sa.Uuid(), "UUID"),
        (sa.Uuid(native_uuid=False), "CHAR(32)"),
        (sa.JSON(), "JSON"),
        (JSONB(), "JSONB"),
        (sa.ARRAY(sa.Integer), "INTEGER[]"),
        (OBJECTID(), "OBJECTID"),
        (ANY(), "ANY"),
    ],
    ids=repr,
)
def test_names_in_ddl(made: Any, ddl: str) -> None:
    assert made.compile(DIALECT) == ddl


@pytest.mark.parametrize(
    ("value", "made", "sql"),
    [
        ("it's 100%\\", sa.String(), "'it''s 100%%\\'"),
        (5, sa.Integer(), "5"),
        (True, sa.Boolean(), "true"),
        (Decimal("1E+3"), sa.Numeric(), "1000"),
        (Decimal("-0.10"), sa.Numeric(), "-0.10"),
        (1.5, sa.Float(), "1.5"),
        (float("inf"), sa.Float(), "CAST('Infinity' AS DOUBLE PRECISION)"),
        (dt.date(2024, 5, 17), sa.Date(), "DATE '2024-05-17'"),
        (dt.time(10, 30, 5, 250000), sa.Time(), "TIME '10:30:05.250000'"),
        (
            dt.datetime(2024, 5, 17, 10, 30),
            sa.DateTime(),
            "TIMESTAMP '2024-05-17 10:30:00'",
        ),
        (
            dt.datetime(2024, 5, 17, 10, 30, tzinfo=dt.timezone.utc),
            sa.DateTime(timezone=True),
            "CAST('2024-05-17 10:30:00+00:00' AS TIMESTAMPTZ)",
        ),
        (
            dt.timedelta(days=-1, seconds=1, milliseconds=500),
            sa.Interval(),
            "INTERVAL '-1 days 1.5 seconds'",
        ),
        (b"\x00\xff'", sa.LargeBinary(), "CAST('\\x00ff27' AS BYTEA)"),
        (
            UUID("12345678-1234-5678-1234-567812345678"),
            sa.Uuid(),
            "CAST('12345678-1234-5678-1234-567812345678' AS UUID)",
        ),
        (
            {"a": ["it's", "5%"]},
            sa.JSON(),
            """CAST('{"a": ["it''s", "5%%"]}' AS JSONB)""",
        ),
        ([1, None], sa.ARRAY(sa.Integer), "ARRAY[1, NULL]"),
        (
            ObjectId("507f1f77bcf86cd799439011"),
            OBJECTID(),
            "OBJECTID('507f1f77bcf86cd799439011')",
        ),
    ],
)
def test_literals(value: Any, made: Any, sql: str) -> None:
    compiled = sa.select(sa.literal(value, made)).compile(
        dialect=DIALECT, compile_kwargs={"literal_binds": True}
    )
    assert str(compiled).removeprefix("SELECT ").rpartition(" AS ")[0] == sql


def bound(made: Any, value: Any) -> Any:
    process = made.dialect_impl(DIALECT).bind_processor(DIALECT)
    return value if process is None else process(value)


def test_documents_and_lists_are_bound_as_they_are() -> None:
    document = {"a": [1, {"b": None}]}
    assert bound(sa.JSON(), document) is document
    assert bound(sa.JSON(), [1]) == [1]
    assert bound(sa.JSON(), "text") == '"text"'
    assert bound(sa.JSON(), 5) == "5"
    assert bound(sa.JSON(), None) is None
    assert bound(sa.JSON(), sa.JSON.NULL) is None


def test_items_of_an_array_are_bound_by_their_type() -> None:
    colours = sa.ARRAY(sa.Enum(Colour))
    assert bound(colours, [Colour.RED, None]) == ["RED", None]
    assert bound(sa.ARRAY(colours.item_type), [[Colour.RED]]) == [["RED"]]
