"""Values that depend on whether others are NULL or TRUE. CASE is the binder's."""

from __future__ import annotations

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.functions.arguments import (
    Anything,
    Boolean,
    common,
    optional,
    variadic,
)
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.variables import is_not_null, is_null
from queryleaf_dbapi.plan.signature import Argument, Mql, Nulls, NullWhen
from queryleaf_dbapi.types import INTEGER, TEXT, Family, SqlType

# any type, which is not that of the result
Untouched = Argument("any", None, TEXT)


def ordered(types: tuple[SqlType, ...]) -> SqlType:
    """The common type; the server orders intervals part by part, not by length."""
    found = common(types)
    if found.family is Family.INTERVAL:
        raise FeatureNotSupported("GREATEST, LEAST and NULLIF of intervals")
    return found


def left_of_equality(types: tuple[SqlType, ...]) -> SqlType:
    """The first one's type as `=` reads it: an integer beside a numeric is one."""
    found = ordered(types)
    left, right = types
    if left.is_numeric and right.is_numeric and left.family is not right.family:
        return found
    return found if left.family is Family.UNKNOWN else left


@function(
    "COALESCE",
    args=[variadic(Anything)],
    returns=common,
    nulls=Nulls.CUSTOM,
    null_when=NullWhen.ALL,
    parsed_as="Coalesce(this, expressions*)",
    aliases=["IFNULL", "NVL"],
    examples={
        "COALESCE(NULL, 'a', 'b')": "a",
        "COALESCE(NULL, NULL, 3)": 3,
        "IFNULL(1, 2)": 1,
        "COALESCE(NULL, NULL)": None,
    },
)
def coalesce(*values: Mql) -> Mql:
    """The first value that is not NULL."""
    # once each: MongoDB 6.0 refuses a $group over an $ifNull that has a path twice
    unlike = [value for i, value in enumerate(values) if value not in values[:i]]
    if len(unlike) == 1:
        return unlike[0]
    return {"$ifNull": unlike}


@function(
    "NULLIF",
    args=[Anything, Anything],
    returns=left_of_equality,
    nulls=Nulls.CUSTOM,
    parsed_as="Nullif(this, expression)",
    may_return_null=True,
    examples={
        "NULLIF(1, 1)": None,
        "NULLIF(1, 2)": 1,
        "NULLIF(1, NULL::real)": 1.0,
        "NULLIF('4', 3)": 4,
        "NULLIF('a', NULL)": "a",
        "NULLIF(NULL, 1)": None,
    },
)
def nullif(value: Mql, other: Mql) -> Mql:
    """NULL when both values are equal, else the first."""
    return mql("$cond", mql("$eq", value, other), None, value)


@function(
    "GREATEST",
    args=[variadic(Anything)],
    returns=ordered,
    nulls=Nulls.CUSTOM,
    null_when=NullWhen.ALL,
    parsed_as="Greatest(this, expressions*, ignore_nulls=True)",
    examples={
        "GREATEST(1, 3, 2)": 3,
        "GREATEST('a', 'b', NULL)": "b",
        "GREATEST(NULL, NULL)": None,
    },
)
def greatest(*values: Mql) -> Mql:
    """The largest of the values; NULLs are ignored."""
    return values[0] if len(values) == 1 else mql("$max", *values)


@function(
    "LEAST",
    args=[variadic(Anything)],
    returns=ordered,
    nulls=Nulls.CUSTOM,
    null_when=NullWhen.ALL,
    parsed_as="Least(this, expressions*, ignore_nulls=True)",
    examples={
        "LEAST(1, 3, 2)": 1,
        "LEAST(NULL, 5)": 5,
        "LEAST(NULL, NULL)": None,
    },
)
def least(*values: Mql) -> Mql:
    """The smallest of the values; NULLs are ignored."""
    return values[0] if len(values) == 1 else mql("$min", *values)


def _common_after_condition(types: tuple[SqlType, ...]) -> SqlType:
    return common(types[1:])


@function(
    "IIF",
    args=[Boolean, Anything, optional(Anything)],
    returns=_common_after_condition,
    nulls=Nulls.CUSTOM,
    parsed_as="If(this, true, false)",
    aliases=["IF"],
    may_return_null=True,
    examples={
        "IIF(1 < 2, 'yes', 'no')": "yes",
        "IF(NULL, 'yes', 'no')": "no",
        "IIF(1 > 2, 'yes', NULL)": None,
    },
)
def iif(condition: Mql, when_true: Mql, otherwise: Mql = None) -> Mql:
    """T-SQL's and MySQL's spelling of CASE WHEN condition THEN a ELSE b END."""
    return mql("$cond", mql("$eq", condition, True), when_true, otherwise)


@function(
    "NVL2",
    args=[Untouched, Anything, Anything],
    returns=_common_after_condition,
    nulls=Nulls.CUSTOM,
    parsed_as="Nvl2(this, true, false)",
    may_return_null=True,
    examples={"NVL2(1, 'set', 'unset')": "set", "NVL2(NULL, 'set', 'unset')": "unset"},
)
def nvl2(value: Mql, when_set: Mql, otherwise: Mql) -> Mql:
    """The second value when the first is not NULL, else the third."""
    return mql("$cond", is_not_null(value), when_set, otherwise)


@function(
    "NUM_NULLS",
    args=[variadic(Untouched)],
    returns=INTEGER,
    nulls=Nulls.CUSTOM,
    null_when=NullWhen.NEVER,
    examples={"NUM_NULLS(1, NULL, 2)": 1, "NUM_NULLS(NULL, NULL)": 2},
)
def num_nulls(*values: Mql) -> Mql:
    """How many of the values are NULL."""
    return {"$add": [mql("$cond", is_null(each), 1, 0) for each in values]}


@function(
    "NUM_NONNULLS",
    args=[variadic(Untouched)],
    returns=INTEGER,
    nulls=Nulls.CUSTOM,
    null_when=NullWhen.NEVER,
    examples={"NUM_NONNULLS(1, NULL, 2)": 2, "NUM_NONNULLS(NULL)": 0},
)
def num_nonnulls(*values: Mql) -> Mql:
    """How many of the values are not NULL."""
    return {"$add": [mql("$cond", is_not_null(each), 1, 0) for each in values]}
