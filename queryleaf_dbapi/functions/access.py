"""ARRAY[...], element access and the JSON operators' functions."""

from __future__ import annotations

from dataclasses import replace

from queryleaf_dbapi.functions.arguments import Anything, Array, Integer, variadic
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.variables import let
from queryleaf_dbapi.plan.signature import Mql, Nulls, NullWhen
from queryleaf_dbapi.types import (
    ANY,
    BOOLEAN,
    JSONB,
    TEXT,
    SqlType,
    array_of,
    common_type_of,
    settle,
)


def _array_type(types: tuple[SqlType, ...]) -> SqlType:
    found = common_type_of(types)
    return array_of(ANY if found is None or not types else settle(found))


def _element_type(types: tuple[SqlType, ...]) -> SqlType:
    return types[0].element or ANY


@function(
    "ARRAY[]",
    args=[variadic(replace(Anything, optional=True))],
    returns=_array_type,
    nulls=Nulls.CUSTOM,
    null_when=NullWhen.NEVER,
    examples={"ARRAY[1, 2]": [1, 2], "ARRAY[1, NULL]": [1, None]},
)
def array(*items: Mql) -> Mql:
    """An array of the values."""
    return [mql("$ifNull", item, None) for item in items]


@function(
    "[]",
    args=[Array, Integer],
    returns=_element_type,
    may_return_null=True,
    examples={"(ARRAY[4, 5])[2]": 5, "(ARRAY[4, 5])[3]": None},
)
def array_element(items: Mql, index: Mql) -> Mql:
    """`a[n]`: the element at a place counted from 1 (sqlglot has shifted a constant
    to start at 0); NULL outside the array."""

    def pick(place: Mql) -> Mql:
        inside = mql("$gte", place, 0)
        return mql("$cond", inside, mql("$arrayElemAt", items, place), None)

    return let(pick, place=index)


@function(
    "-> []",
    args=[Anything, Integer],
    returns=JSONB,
    may_return_null=True,
    examples={"'[7, 8]'::jsonb -> 1": 8, "'[7, 8]'::jsonb -> 2": None},
)
def json_element(value: Mql, index: Mql) -> Mql:
    """`doc -> n`: the element of a JSON array at a place counted from 0, from the
    end when negative; NULL where there is none."""
    return mql(
        "$cond", mql("$isArray", [value]), mql("$arrayElemAt", value, index), None
    )


@function(
    "->> text",
    args=[Anything],
    returns=TEXT,
    may_return_null=True,
    examples={
        "'{\"a\": \"x\"}'::jsonb ->> 'a'": "x",
        "'{\"a\": 5}'::jsonb ->> 'a'": "5",
        "'{\"a\": 5}'::jsonb ->> 'b'": None,
    },
)
def json_text(value: Mql) -> Mql:
    """`doc ->> key`: a JSON text without its quotes, a number or boolean written
    out. An error for a document or array, which the server cannot write."""
    kind = mql("$type", value)
    return mql("$cond", mql("$eq", kind, "string"), value, mql("$toString", value))


@function(
    "= ANY",
    args=[Anything, Array],
    returns=BOOLEAN,
    may_return_null=True,
    examples={
        "2 = ANY('{1, 2}'::integer[])": True,
        "3 = ANY('{1, 2}'::integer[])": False,
        "3 = ANY('{1, NULL}'::integer[])": None,
    },
)
def is_any(value: Mql, items: Mql) -> Mql:
    """Whether the value is an element of the array: NULL instead of FALSE when a
    NULL is one."""
    found = mql("$in", value, items)
    unknown = mql("$cond", mql("$in", None, items), None, False)
    return mql(
        "$cond", mql("$isArray", [items]), mql("$cond", found, True, unknown), None
    )
