"""Aggregates: counts, sums, averages, extremes. SQL skips NULLs in all of them.

The server's $sum of nothing but nulls is 0 where SQL says NULL: `$min` beside it
tells whether there was a value. Lists are gathered in `aggregate_lists.py`,
deviations and correlations in `statistics.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from queryleaf_dbapi.functions.arguments import (
    Anything,
    Boolean,
    Decimal_,
    Float,
    Integer,
    wide_sum,
)
from queryleaf_dbapi.functions.numeric import Untyped, same_number
from queryleaf_dbapi.functions.registry import aggregate, mql
from queryleaf_dbapi.functions.variables import is_not_null, let
from queryleaf_dbapi.plan.signature import Accumulation, Argument, Mql
from queryleaf_dbapi.types import (
    ANY,
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INTEGER,
    NUMERIC,
    Family,
    SqlType,
)


@dataclass(frozen=True, slots=True)
class _Big(Argument):
    """A 64-bit integer: its sum may need more than 64 bits."""

    def accepts(self, sql_type: SqlType) -> bool:
        return sql_type.family is Family.INTEGER and "long" in sql_type.bson


BigInteger = _Big("bigint", frozenset({Family.INTEGER}), BIGINT)
# what has an order of its own; an INTERVAL's parts do not compare as a whole
Ordered = Argument(
    "any",
    frozenset(Family)
    - {Family.BOOLEAN, Family.DOCUMENT, Family.INTERVAL, Family.UNKNOWN},
)


def _itself(path: Mql) -> Mql:
    return path


def counted(value: Mql, nullable: bool) -> Mql:
    """The accumulator that counts the values that are not NULL."""
    return {"$sum": mql("$cond", is_not_null(value), 1, 0) if nullable else 1}


def _or_null_for_none(
    accumulator: Mql, value: Mql, nullable: bool, read: Callable[[Mql], Mql] = _itself
) -> Accumulation:
    """The accumulator, read, and NULL when every value was."""
    if not nullable:
        return Accumulation({"": accumulator}, read)
    return Accumulation(
        {"": accumulator, "least": {"$min": value}},
        lambda total, least: mql("$cond", is_not_null(least), read(total), None),
    )


def _sum_of_set(array: Mql) -> Mql:
    return let(
        lambda array: mql("$cond", mql("$eq", array, []), None, mql("$sum", array)),
        array=array,
    )


def _decimals(array: Mql) -> Mql:
    return {"$map": {"input": array, "in": mql("$toDecimal", "$$this")}}


def _number(value: Mql) -> Mql:
    # a text would count as 0 in $sum and be skipped in $avg; $multiply refuses it
    return mql("$multiply", value, 1)


# --- COUNT


@aggregate(
    "COUNT",
    args=[],
    returns=BIGINT,
    empty=0,
    parsed_as="Count(big_int=True)",
    examples={
        "COUNT(*) FROM (VALUES (1), (NULL)) AS t(x)": 2,
        "COUNT(*) FROM (VALUES (1)) AS t(x) WHERE x > 1": 0,
    },
)
def count_rows(*, nullable: bool) -> Accumulation:
    """Number of rows."""
    return Accumulation({"": {"$sum": 1}}, _itself)


@aggregate(
    "COUNT",
    args=[Anything],
    returns=BIGINT,
    empty=0,
    over_set=lambda array: mql("$size", array),
    parsed_as="Count(this, big_int=True)",
    examples={
        "COUNT(x) FROM (VALUES (1), (NULL), (1)) AS t(x)": 2,
        "COUNT(DISTINCT x) FROM (VALUES (1), (NULL), (1)) AS t(x)": 1,
    },
)
def count(value: Mql, *, nullable: bool) -> Accumulation:
    """Number of values that are not NULL."""
    return Accumulation({"": counted(value, nullable)}, _itself)


# --- SUM


@aggregate(
    "SUM",
    args=[Untyped],
    returns=ANY,
    over_set=_sum_of_set,
    parsed_as="Sum(this)",
)
def sum_untyped(value: Mql, *, nullable: bool) -> Accumulation:
    """The sum of numbers whose type the documents tell."""
    return _or_null_for_none({"$sum": _number(value)}, value, nullable)


@aggregate(
    "SUM",
    args=[Float],
    returns=wide_sum,
    over_set=_sum_of_set,
    parsed_as="Sum(this)",
    examples={
        "SUM(x) FROM (VALUES (1.5::float8), (NULL), (2)) AS t(x)": 3.5,
    },
)
def sum_(value: Mql, *, nullable: bool) -> Accumulation:
    """The sum; NULL when there is no value."""
    return _or_null_for_none({"$sum": value}, value, nullable)


@aggregate(
    "SUM",
    args=[Decimal_],
    returns=same_number,
    over_set=_sum_of_set,
    parsed_as="Sum(this)",
)
def sum_decimals(value: Mql, *, nullable: bool) -> Accumulation:
    """The exact sum of decimals."""
    return _or_null_for_none({"$sum": value}, value, nullable)


@aggregate(
    "SUM",
    args=[BigInteger],
    returns=wide_sum,
    over_set=lambda array: _sum_of_set(_decimals(array)),
    parsed_as="Sum(this)",
    examples={
        "SUM(x) = 18446744073709551614 FROM "
        "(VALUES (9223372036854775807), (9223372036854775807)) AS t(x)": True,
    },
)
def sum_bigints(value: Mql, *, nullable: bool) -> Accumulation:
    """The exact sum of 64-bit integers, as NUMERIC."""
    return _or_null_for_none({"$sum": mql("$toDecimal", value)}, value, nullable)


@aggregate(
    "SUM",
    args=[Integer],
    returns=wide_sum,
    over_set=_sum_of_set,
    parsed_as="Sum(this)",
    examples={
        "SUM(x) FROM (VALUES (1), (2), (NULL)) AS t(x)": 3,
        "SUM(x) FROM (VALUES (NULL::integer), (NULL)) AS t(x)": None,
        "SUM(DISTINCT x) FROM (VALUES (2), (2), (3)) AS t(x)": 5,
    },
)
def sum_integers(value: Mql, *, nullable: bool) -> Accumulation:
    """The sum of integers, as BIGINT."""
    return _or_null_for_none({"$sum": value}, value, nullable)


# --- AVG


@aggregate(
    "AVG",
    args=[Untyped],
    returns=ANY,
    over_set=lambda array: mql("$avg", array),
    parsed_as="Avg(this)",
)
def avg_untyped(value: Mql, *, nullable: bool) -> Accumulation:
    """The average of numbers whose type the documents tell."""
    return Accumulation({"": {"$avg": _number(value)}}, _itself)


@aggregate(
    "AVG",
    args=[Float],
    returns=DOUBLE,
    over_set=lambda array: mql("$avg", array),
    parsed_as="Avg(this)",
    examples={
        "AVG(x) FROM (VALUES (1::float8), (NULL), (4)) AS t(x)": 2.5,
        "AVG(x) FROM (VALUES (NULL::float8)) AS t(x)": None,
    },
)
def avg(value: Mql, *, nullable: bool) -> Accumulation:
    """The average; NULL when there is no value."""
    return Accumulation({"": {"$avg": value}}, _itself)


def _quotient(total: Mql, number: Mql) -> Mql:
    quotient = mql("$divide", mql("$toDecimal", total), number)
    return mql("$cond", mql("$gt", number, 0), quotient, None)


def _exact_average(term: Mql, value: Mql, nullable: bool) -> Accumulation:
    return Accumulation(
        {"": {"$sum": term}, "count": counted(value, nullable)}, _quotient
    )


def _average_of_set(array: Mql) -> Mql:
    return let(
        lambda values: _quotient(mql("$sum", values), mql("$size", values)),
        values=_decimals(array),
    )


@aggregate(
    "AVG",
    args=[BigInteger],
    returns=NUMERIC,
    over_set=_average_of_set,
    parsed_as="Avg(this)",
    examples={
        "AVG(x) = 9223372036854775806 FROM "
        "(VALUES (9223372036854775807), (9223372036854775805)) AS t(x)": True,
    },
)
def avg_bigints(value: Mql, *, nullable: bool) -> Accumulation:
    """The exact average of 64-bit integers, as NUMERIC of 34 digits."""
    return _exact_average(mql("$toDecimal", value), value, nullable)


@aggregate(
    "AVG",
    args=[Argument("numeric", frozenset({Family.INTEGER, Family.DECIMAL}), INTEGER)],
    returns=NUMERIC,
    over_set=_average_of_set,
    parsed_as="Avg(this)",
    examples={
        "AVG(x) = 1.5 FROM (VALUES (1), (NULL), (2)) AS t(x)": True,
        "AVG(x) FROM (VALUES (NULL::integer)) AS t(x)": None,
        "AVG(DISTINCT x) = 2.5 FROM (VALUES (2), (2), (3)) AS t(x)": True,
    },
)
def avg_exact(value: Mql, *, nullable: bool) -> Accumulation:
    """The average of integers or decimals, as NUMERIC of 34 digits."""
    return _exact_average(value, value, nullable)


# --- MIN, MAX, BOOL_AND, BOOL_OR, ANY_VALUE


@aggregate(
    "MIN",
    args=[Ordered],
    returns=same_number,
    over_set=lambda array: mql("$min", array),
    parsed_as="Min(this)",
    examples={
        "MIN(x) FROM (VALUES (3), (1), (NULL)) AS t(x)": 1,
        "MIN(x) FROM (VALUES ('b'), ('a')) AS t(x)": "a",
        "MIN(x) FROM (VALUES (NULL::integer)) AS t(x)": None,
    },
)
def min_(value: Mql, *, nullable: bool) -> Accumulation:
    """The smallest value; NULL when there is none."""
    return Accumulation({"": {"$min": value}}, _itself)


@aggregate(
    "MAX",
    args=[Ordered],
    returns=same_number,
    over_set=lambda array: mql("$max", array),
    parsed_as="Max(this)",
    examples={
        "MAX(x) FROM (VALUES (3), (1), (NULL)) AS t(x)": 3,
        "MAX(x) FROM (VALUES ('b'), ('a')) AS t(x)": "b",
        "MAX(x) FROM (VALUES (NULL::integer)) AS t(x)": None,
    },
)
def max_(value: Mql, *, nullable: bool) -> Accumulation:
    """The largest value; NULL when there is none."""
    return Accumulation({"": {"$max": value}}, _itself)


@aggregate(
    "BOOL_AND",
    args=[Boolean],
    returns=BOOLEAN,
    over_set=lambda array: mql("$min", array),
    parsed_as="LogicalAnd(this)",
    aliases=["EVERY"],
    examples={
        "BOOL_AND(x) FROM (VALUES (TRUE), (FALSE)) AS t(x)": False,
        "EVERY(x) FROM (VALUES (TRUE), (NULL)) AS t(x)": True,
        "BOOL_AND(x) FROM (VALUES (NULL::boolean)) AS t(x)": None,
    },
)
def bool_and(value: Mql, *, nullable: bool) -> Accumulation:
    """TRUE when no value is FALSE; NULL when there is no value."""
    return Accumulation({"": {"$min": value}}, _itself)


@aggregate(
    "BOOL_OR",
    args=[Boolean],
    returns=BOOLEAN,
    over_set=lambda array: mql("$max", array),
    parsed_as="LogicalOr(this)",
    examples={
        "BOOL_OR(x) FROM (VALUES (TRUE), (FALSE)) AS t(x)": True,
        "BOOL_OR(x) FROM (VALUES (FALSE), (NULL)) AS t(x)": False,
        "BOOL_OR(x) FROM (VALUES (NULL::boolean)) AS t(x)": None,
    },
)
def bool_or(value: Mql, *, nullable: bool) -> Accumulation:
    """TRUE when some value is; NULL when there is no value."""
    return Accumulation({"": {"$max": value}}, _itself)


@aggregate(
    "ANY_VALUE",
    args=[Anything],
    returns=same_number,
    over_set=lambda array: mql("$max", array),
    parsed_as="AnyValue(this)",
    examples={
        "ANY_VALUE(x) FROM (VALUES (7), (NULL), (7)) AS t(x)": 7,
        "ANY_VALUE(x) FROM (VALUES (NULL::integer)) AS t(x)": None,
    },
)
def any_value(value: Mql, *, nullable: bool) -> Accumulation:
    """One of the values that are not NULL: here the largest."""
    return Accumulation({"": {"$max": value}}, _itself)
