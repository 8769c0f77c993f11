"""The vocabulary of argument kinds and result types that declarations use."""

from __future__ import annotations

from dataclasses import replace

from queryleaf_dbapi.errors import DatatypeMismatch
from queryleaf_dbapi.plan.signature import Argument, ResultRule
from queryleaf_dbapi.types import (
    BIGINT,
    BOOLEAN,
    BYTEA,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL,
    JSONB,
    NUMERIC,
    NUMERIC_FAMILIES,
    OBJECTID,
    TEXT,
    TIME,
    TIMESTAMP,
    UUID,
    Family,
    SqlType,
    common_type_of,
)

Anything = Argument("any")
Text = Argument("text", frozenset({Family.TEXT}), TEXT)
Integer = Argument("integer", frozenset({Family.INTEGER}), INTEGER)
Number = Argument("number", NUMERIC_FAMILIES, DOUBLE)
# exact numbers; an integer is one
Exact = Argument("numeric", frozenset({Family.INTEGER, Family.DECIMAL}), NUMERIC)
Decimal_ = Argument("numeric", frozenset({Family.DECIMAL}), NUMERIC)
Float = Argument("double precision", frozenset({Family.FLOAT}), DOUBLE)
Boolean = Argument("boolean", frozenset({Family.BOOLEAN}), BOOLEAN)
Date = Argument("date", frozenset({Family.DATE}), DATE)
Time = Argument("time", frozenset({Family.TIME}), TIME)
Timestamp = Argument("timestamp", frozenset({Family.TIMESTAMP}), TIMESTAMP)
# a DATE is stored as midnight: everything that reads a timestamp reads it too
Temporal = Argument("timestamp", frozenset({Family.DATE, Family.TIMESTAMP}), TIMESTAMP)
Interval = Argument("interval", frozenset({Family.INTERVAL}), INTERVAL)
Json = Argument("json", frozenset({Family.DOCUMENT, Family.ARRAY}), JSONB)
Array = Argument("array", frozenset({Family.ARRAY}), None)
Binary = Argument("bytea", frozenset({Family.BINARY}), BYTEA)
Uuid = Argument("uuid", frozenset({Family.UUID}), UUID)
ObjectId = Argument("objectid", frozenset({Family.OBJECT_ID}), OBJECTID)


def optional(argument: Argument) -> Argument:
    """The argument may be left out; the body then gets None, or its default."""
    return replace(argument, optional=True)


def variadic(argument: Argument) -> Argument:
    """Any number of such arguments, at least one; must come last."""
    return replace(argument, variadic=True)


def keyword(label: str, *words: str) -> Argument:
    """A constant word out of a list, such as a calendar unit."""
    return Argument(label, words=words)


def same_as(position: int) -> ResultRule:
    """The result has the type of that argument (from 0)."""
    return lambda types: types[position]


def common(types: tuple[SqlType, ...]) -> SqlType:
    """The result has the common type of all arguments."""
    found = common_type_of(types)
    if found is None:
        names = " and ".join(dict.fromkeys(str(each) for each in types))
        raise DatatypeMismatch(f"types {names} do not go together")
    return found


def wide_sum(types: tuple[SqlType, ...]) -> SqlType:
    """SUM's result: BIGINT for INTEGER, NUMERIC for BIGINT, else the same."""
    if types[0].family is not Family.INTEGER:
        return types[0]
    return NUMERIC if "long" in types[0].bson else BIGINT
