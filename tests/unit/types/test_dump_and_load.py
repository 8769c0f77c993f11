"""Values on their way to BSON and back: limits, rounding, refusals."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from bson import Code, DBRef, Decimal128, ObjectId, Regex

from queryleaf_dbapi import errors
from queryleaf_dbapi.types import parse_type


def dump(type_name: str, value: Any) -> Any:
    return parse_type(type_name).dump(value)


def round_trip(type_name: str, value: Any) -> Any:
    sql_type = parse_type(type_name)
    return (
        sql_type.load(sql_type.dump(value)) if sql_type.load else sql_type.dump(value)
    )


@pytest.mark.parametrize(
    ("name", "bits"), [("SMALLINT", 16), ("INTEGER", 32), ("BIGINT", 64)]
)
def test_integer_ranges(name: str, bits: int) -> None:
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    assert dump(name, low) == low
    assert dump(name, high) == high
    for value in (low - 1, high + 1, 10**40, float("inf")):
        with pytest.raises(errors.NumericValueOutOfRange):
            dump(name, value)
    assert dump(name, " 42 ") == 42
    for value in ("x", "", "1.5x"):
        with pytest.raises(errors.InvalidTextRepresentation):
            dump(name, value)
    for value in (True, b"1", object(), [1]):
        with pytest.raises(errors.DataError):
            dump(name, value)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("NUMERIC(10,2)", "1.005", "1.01"),
        ("NUMERIC(10,2)", "-1.005", "-1.01"),
        ("NUMERIC(10,2)", "2.5", "2.50"),
        ("NUMERIC(5,0)", "2.5", "3"),
        ("NUMERIC(5,0)", "-2.5", "-3"),
        ("NUMERIC(5)", "0.4999", "0"),
        ("NUMERIC", "1." + "3" * 33, "1." + "3" * 33),
        ("NUMERIC(10,2)", 7, "7.00"),
    ],
)
def test_numeric_rounds_half_away_from_zero(
    name: str, value: Any, expected: str
) -> None:
    given = Decimal(value)
    assert str(round_trip(name, given)) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NUMERIC(4,2)", Decimal("100")),
        ("NUMERIC(4,2)", Decimal("99.995")),
        ("NUMERIC", Decimal("1" * 35)),
        ("NUMERIC", 10**40 + 1),
    ],
)
def test_numeric_limits(name: str, value: Any) -> None:
    with pytest.raises(errors.NumericValueOutOfRange):
        dump(name, value)


def test_numeric_of_a_float_is_what_one_sees() -> None:
    assert round_trip("NUMERIC", 0.1) == Decimal("0.1")
    assert isinstance(dump("NUMERIC", 1), Decimal128)


def test_double_precision() -> None:
    assert dump("DOUBLE PRECISION", 1) == 1.0
    assert type(dump("DOUBLE PRECISION", 1)) is float
    assert dump("DOUBLE PRECISION", Decimal("0.5")) == 0.5
    assert math.isnan(dump("DOUBLE PRECISION", "NaN"))
    assert dump("DOUBLE PRECISION", "-Infinity") == -math.inf
    for value in (True, b"", "x"):
        with pytest.raises(errors.DataError):
            dump("DOUBLE PRECISION", value)
    with pytest.raises(errors.NumericValueOutOfRange):
        dump("DOUBLE PRECISION", 10**400)


@pytest.mark.parametrize(
    ("microsecond", "millisecond"),
    [
        (0, 0),
        (499, 0),
        (500, 1),
        (1_499, 1),
        (1_500, 2),
        (123_456, 123),
        (123_500, 124),
    ],
)
def test_a_timestamp_is_rounded_to_milliseconds(
    microsecond: int, millisecond: int
) -> None:
    given = dt.datetime(2024, 2, 29, 23, 59, 59, microsecond)
    expected = given.replace(microsecond=millisecond * 1000)
    assert round_trip("TIMESTAMP", given) == expected


def test_a_timestamp_is_rounded_into_the_next_year() -> None:
    given = dt.datetime(2024, 12, 31, 23, 59, 59, 999_600)
    assert round_trip("TIMESTAMP", given) == dt.datetime(2025, 1, 1)
    with pytest.raises(errors.DataError):
        dump("TIMESTAMP", "2024-13-01")


def test_the_last_instant_does_not_overflow_raw() -> None:
    """Rounding up the greatest datetime has no result."""
    with pytest.raises(errors.DataError):
        dump("TIMESTAMP", dt.datetime.max)
    zone = dt.timezone(dt.timedelta(hours=2))
    with pytest.raises(errors.DataError):
        dump("TIMESTAMP", dt.datetime(1, 1, 1, tzinfo=zone))


def test_time_zones() -> None:
    zone = dt.timezone(dt.timedelta(hours=2))
    found = round_trip("TIMESTAMPTZ", dt.datetime(2024, 5, 1, 12, tzinfo=zone))
    assert found == dt.datetime(2024, 5, 1, 10, tzinfo=dt.timezone.utc)
    assert found.tzinfo is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATE", dt.date(2024, 2, 29)),
        ("DATE", dt.date(1, 1, 1)),
        ("TIME", dt.time(23, 59, 59, 123456)),
        ("TIMESTAMP", dt.datetime(1969, 12, 31, 23, 59)),
        ("INTERVAL", dt.timedelta(days=1, seconds=5)),
        ("UUID", UUID("12345678-1234-5678-1234-567812345678")),
        ("BOOLEAN", True),
        ("TEXT", "é\U0001f600\0"),
        ("OBJECTID", ObjectId("0123456789abcdef01234567")),
        ("JSONB", {"a": [1, {"b": None}], "$x": "$y"}),
    ],
)
def test_round_trips(name: str, value: Any) -> None:
    assert round_trip(name, value) == value


@pytest.mark.parametrize("name", ["TEXT", "VARCHAR(5)", "JSONB"])
def test_a_lone_surrogate_is_a_data_error(name: str) -> None:
    with pytest.raises(errors.DataError):
        dump(name, "\ud800" if name != "JSONB" else {"a": "\ud800"})


def test_a_surrogate_key_is_a_data_error() -> None:
    with pytest.raises(errors.DataError):
        dump("JSONB", {"\ud800": 1})


def test_varchar() -> None:
    assert dump("VARCHAR(3)", "abc") == "abc"
    assert dump("VARCHAR(3)", "abc  ") == "abc"
    assert dump("VARCHAR(3)", "éé\U0001f600") == "éé\U0001f600"
    with pytest.raises(errors.StringDataRightTruncation):
        dump("VARCHAR(3)", "abcd")


@pytest.mark.parametrize(
    "value", [re.compile("a"), Regex("a"), Code("a"), DBRef("c", 1), object()]
)
@pytest.mark.parametrize(
    "name", ["TEXT", "INTEGER", "NUMERIC", "JSONB", "DATE", "UUID"]
)
def test_patterns_and_code_are_no_values(name: str, value: Any) -> None:
    with pytest.raises(errors.DataError):
        dump(name, value)


def test_bytes() -> None:
    assert bytes(dump("BYTEA", b"\x00\xff")) == b"\x00\xff"
    assert bytes(dump("BYTEA", "\\x00ff")) == b"\x00\xff"
    with pytest.raises(errors.DataError):
        dump("BYTEA", "\\x0g")


def test_booleans() -> None:
    assert [dump("BOOLEAN", text) for text in ("t", "FALSE", " yes ", "0")] == [
        True,
        False,
        True,
        False,
    ]
    for value in ("maybe", 1, 0, 1.0):
        with pytest.raises(errors.DataError):
            dump("BOOLEAN", value)
