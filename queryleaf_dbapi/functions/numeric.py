"""Rounding, signs, remainders: numbers that stay the numbers they are.

PostgreSQL gives a double for an integer where a fraction may come out, and keeps
NUMERIC exact; so do these. Halves: a NUMERIC is rounded away from zero, a double to
even. Roots and logarithms are in `powers.py`, angles in `trigonometry.py`.
"""

from __future__ import annotations

from bson.decimal128 import Decimal128

from queryleaf_dbapi.functions.arguments import (
    Decimal_,
    Exact,
    Float,
    Integer,
    Number,
)
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.variables import constant_integer, let
from queryleaf_dbapi.plan.signature import Argument, Mql, Nulls, Volatility
from queryleaf_dbapi.types import ANY, DOUBLE, INTEGER, NUMERIC, Family, SqlType

# a double, a decimal, or a number whose type the document tells
Real = Argument("number", frozenset({Family.FLOAT, Family.DECIMAL, Family.ANY}), DOUBLE)
Untyped = Argument("number", frozenset({Family.ANY}), DOUBLE)


def real(types: tuple[SqlType, ...]) -> SqlType:
    """Decimals stay decimals, integers become doubles, the unknown stays so."""
    families = {each.family for each in types}
    if Family.ANY in families:
        return ANY
    if Family.FLOAT in families or Family.DECIMAL not in families:
        return DOUBLE
    return NUMERIC


def same_number(types: tuple[SqlType, ...]) -> SqlType:
    """The type of the argument, a decimal without its precision."""
    return NUMERIC if types[0].family is Family.DECIMAL else types[0]


@function(
    "ABS",
    args=[Number],
    returns=same_number,
    nulls=Nulls.NATIVE,
    parsed_as="Abs(this)",
    examples={"ABS(-17)": 17, "ABS(-2.5) = 2.5": True, "ABS(NULL)": None},
)
def abs_(number: Mql) -> Mql:
    """The number without its sign."""
    return mql("$abs", number)


@function(
    "CEIL",
    args=[Real],
    returns=real,
    nulls=Nulls.NATIVE,
    parsed_as="Ceil(this)",
    aliases=["CEILING"],
    examples={
        "CEIL(42.2) = 43": True,
        "CEILING(-42.8::float8)": -42.0,
        "CEIL(NULL::numeric)": None,
    },
)
def ceil(number: Mql) -> Mql:
    """The nearest whole number that is not smaller."""
    return mql("$ceil", number)


@function(
    "FLOOR",
    args=[Real],
    returns=real,
    nulls=Nulls.NATIVE,
    parsed_as="Floor(this)",
    examples={
        "FLOOR(42.8) = 42": True,
        "FLOOR(-42.8::float8)": -43.0,
        "FLOOR(NULL::float8)": None,
    },
)
def floor(number: Mql) -> Mql:
    """The nearest whole number that is not greater."""
    return mql("$floor", number)


@function(
    "CEIL", args=[Integer], returns=DOUBLE, nulls=Nulls.NATIVE, aliases=["CEILING"]
)
def ceil_of_integer(number: Mql) -> Mql:
    """The integer as a double."""
    return mql("$toDouble", number)


@function("FLOOR", args=[Integer], returns=DOUBLE, nulls=Nulls.NATIVE)
def floor_of_integer(number: Mql) -> Mql:
    """The integer as a double."""
    return mql("$toDouble", number)


def rounded_away(number: Mql, places: Mql) -> Mql:
    """A decimal rounded to `places` digits after the point, halves away from zero;
    `$round` would round them to even."""
    known = constant_integer(places)
    if known is None:
        # through text: $pow(10, 0) is not exactly 1 in decimals
        exponent = mql("$toString", mql("$subtract", -1, places))
        half: Mql = mql("$toDecimal", mql("$concat", "5E", exponent))
        other: Mql = mql("$multiply", half, -1)
    else:
        known = min(max(known, -20), 100)  # what $trunc takes
        half = Decimal128(f"5E{-known - 1}")
        other = Decimal128(f"-5E{-known - 1}")
        places = known

    def build(number: Mql) -> Mql:
        nudge = mql("$cond", mql("$gte", number, 0), half, other)
        return mql("$trunc", mql("$add", number, nudge), places)

    return let(build, number=number)


@function(
    "ROUND",
    args=[Float],
    returns=DOUBLE,
    nulls=Nulls.NATIVE,
    parsed_as="Round(this, decimals)",
    examples={
        "ROUND(42.4::float8)": 42.0,
        "ROUND(2.5::float8)": 2.0,
        "ROUND(-3.5::float8)": -4.0,
        "ROUND(NULL::float8)": None,
    },
)
def round_(number: Mql) -> Mql:
    """The nearest whole number; of a double halfway between two, the even one."""
    return mql("$round", number, 0)


@function(
    "ROUND",
    args=[Decimal_],
    returns=NUMERIC,
    examples={"ROUND(2.5) = 3": True, "ROUND(-2.5) = -3": True},
)
def round_decimal(number: Mql) -> Mql:
    """The nearest whole number, halves rounded away from zero."""
    return rounded_away(number, 0)


@function("ROUND", args=[Integer], returns=DOUBLE, nulls=Nulls.NATIVE)
def round_integer(number: Mql) -> Mql:
    """The integer as a double."""
    return mql("$toDouble", number)


def _is_decimal(number: Mql) -> Mql:
    return mql("$eq", mql("$type", number), "decimal")


@function("ROUND", args=[Untyped], returns=ANY)
def round_untyped(number: Mql) -> Mql:
    """By the rule of the type that the document has."""
    return let(
        lambda number: mql(
            "$cond",
            _is_decimal(number),
            rounded_away(number, 0),
            mql("$round", number, 0),
        ),
        number=number,
    )


@function(
    "ROUND",
    args=[Exact, Integer],
    returns=NUMERIC,
    examples={
        "ROUND(42.4382, 2) = 42.44": True,
        "ROUND(1234.56, -1) = 1230": True,
        "ROUND(1250, -2) = 1300": True,
        "ROUND(-0.125, 2) = -0.13": True,
        "ROUND(1.5, NULL)": None,
    },
)
def round_to_places(number: Mql, places: Mql) -> Mql:
    """Rounded to that many digits after the point, halves away from zero; a
    negative number of digits rounds to tens, hundreds."""
    return rounded_away(mql("$toDecimal", number), places)


@function(
    "ROUND",
    args=[Float, Integer],
    returns=DOUBLE,
    examples={},
)
def round_float_to_places(number: Mql, places: Mql) -> Mql:
    """A double is rounded as its 15 significant decimal digits are."""
    return mql("$toDouble", rounded_away(mql("$toDecimal", number), places))


@function("ROUND", args=[Untyped, Integer], returns=ANY)
def round_untyped_to_places(number: Mql, places: Mql) -> Mql:
    """By the rule of the type that the document has."""

    def build(number: Mql) -> Mql:
        decimal = rounded_away(mql("$toDecimal", number), places)
        is_double = mql("$eq", mql("$type", number), "double")
        return let(
            lambda decimal: mql("$cond", is_double, mql("$toDouble", decimal), decimal),
            decimal=decimal,
        )

    return let(build, number=number)


@function(
    "TRUNC",
    args=[Real],
    returns=real,
    nulls=Nulls.NATIVE,
    parsed_as="Trunc(this, decimals)",
    aliases=["TRUNCATE"],
    examples={
        "TRUNC(42.8) = 42": True,
        "TRUNC(-42.8::float8)": -42.0,
        "TRUNC(NULL::float8)": None,
    },
)
def trunc(number: Mql) -> Mql:
    """The number without its fraction."""
    return mql("$trunc", number)


@function(
    "TRUNC", args=[Integer], returns=DOUBLE, nulls=Nulls.NATIVE, aliases=["TRUNCATE"]
)
def trunc_integer(number: Mql) -> Mql:
    """The integer as a double."""
    return mql("$toDouble", number)


@function(
    "TRUNC",
    args=[Exact, Integer],
    returns=NUMERIC,
    nulls=Nulls.NATIVE,
    aliases=["TRUNCATE"],
    examples={
        "TRUNC(42.4382, 2) = 42.43": True,
        "TRUNC(-1299, -2) = -1200": True,
        "TRUNC(1.5, NULL)": None,
    },
)
def trunc_to_places(number: Mql, places: Mql) -> Mql:
    """The digits after that many places cut off."""
    return mql("$trunc", mql("$toDecimal", number), places)


@function(
    "TRUNC",
    args=[Float, Integer],
    returns=DOUBLE,
    nulls=Nulls.NATIVE,
    aliases=["TRUNCATE"],
)
def trunc_float_to_places(number: Mql, places: Mql) -> Mql:
    """A double is cut as its 15 significant decimal digits are."""
    return mql("$toDouble", mql("$trunc", mql("$toDecimal", number), places))


@function(
    "SIGN",
    args=[Decimal_],
    returns=NUMERIC,
    parsed_as="Sign(this)",
    examples={"SIGN(-8.4) = -1": True, "SIGN(0.0) = 0": True},
)
def sign_decimal(number: Mql) -> Mql:
    """-1, 0 or 1 for a negative number, zero, a positive number."""
    return mql("$toDecimal", mql("$cmp", number, 0))


@function(
    "SIGN",
    args=[Number],
    returns=DOUBLE,
    examples={"SIGN(-8)": -1.0, "SIGN(NULL::integer)": None},
)
def sign(number: Mql) -> Mql:
    """-1, 0 or 1 for a negative number, zero, a positive number."""
    return mql("$toDouble", mql("$cmp", number, 0))


@function(
    "DIV",
    args=[Exact, Exact],
    returns=NUMERIC,
    nulls=Nulls.NATIVE,
    parsed_as="IntDiv(this, expression)",
    examples={
        "DIV(9, 4) = 2": True,
        "DIV(-9.5, 2) = -4": True,
        "DIV(9, NULL)": None,
    },
)
def div(left: Mql, right: Mql) -> Mql:
    """The quotient as a whole number, truncated toward zero."""
    return mql("$trunc", mql("$divide", mql("$toDecimal", left), right))


@function(
    "RANDOM",
    args=[],
    returns=DOUBLE,
    parsed_as="Rand()",
    aliases=["RAND"],
    volatility=Volatility.VOLATILE,
    examples={"RANDOM() >= 0": True, "RANDOM() < 1": True},
)
def random() -> Mql:
    """A random double from 0 up to, but never, 1; another one for each row."""
    return {"$rand": {}}


@function(
    "WIDTH_BUCKET",
    args=[Number, Number, Number, Integer],
    returns=INTEGER,
    parsed_as="WidthBucket(this, min_value, max_value, num_buckets)",
    examples={
        "WIDTH_BUCKET(5.35, 0.024, 10.06, 5)": 3,
        "WIDTH_BUCKET(-1, 0, 10, 5)": 0,
        "WIDTH_BUCKET(10, 0, 10, 5)": 6,
        "WIDTH_BUCKET(9, 10, 0, 5)": 1,
        "WIDTH_BUCKET(NULL, 0, 10, 5)": None,
    },
)
def width_bucket(number: Mql, low: Mql, high: Mql, count: Mql) -> Mql:
    """In which of `count` equal parts of low..high the number lies, from 1; 0 below
    the range and count + 1 above it."""

    def build(number: Mql, low: Mql, high: Mql, count: Mql) -> Mql:
        distance = mql("$multiply", mql("$subtract", number, low), count)
        share = mql("$divide", distance, mql("$subtract", high, low))
        inside = mql("$add", mql("$toInt", mql("$floor", share)), 1)
        rising = mql("$lt", low, high)
        below = mql("$cond", rising, mql("$lt", number, low), mql("$gt", number, low))
        above = mql(
            "$cond", rising, mql("$gte", number, high), mql("$lte", number, high)
        )
        branches = [
            {"case": below, "then": 0},
            {"case": above, "then": mql("$add", count, 1)},
        ]
        found = mql("$switch", branches=branches, default=inside)
        counted = raise_unless(
            mql("$gt", count, 0), found, "2201G", "count must be greater than zero"
        )
        return raise_unless(
            mql("$ne", low, high),
            counted,
            "2201G",
            "lower bound cannot equal upper bound",
        )

    return let(build, number=number, low=low, high=high, count=count)
