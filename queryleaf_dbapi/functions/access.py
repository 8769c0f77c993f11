"""ARRAY[...], element access and the JSON operators' functions."""

from __future__ import annotations

from dataclasses import replace

from queryleaf_dbapi.functions.arguments import (
    Anything,
    Array,
    Integer,
    same_as,
    variadic,
)
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.variables import constant_integer, let
from queryleaf_dbapi.plan.signature import FunctionDef, Mql, Nulls, NullWhen
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
    "row value",
    args=[variadic(Anything)],
    returns=JSONB,
    nulls=Nulls.CUSTOM,
    null_when=NullWhen.NEVER,
    examples={
        "COUNT(DISTINCT (x, y)) "
        "FROM (VALUES (1, NULL), (1, NULL), (2, 3)) AS t(x, y)": 2,
        "COUNT((x, y)) FROM (VALUES (NULL::integer, NULL), (2, 3)) AS t(x, y)": 2,
    },
)
def row_value(*items: Mql) -> Mql:
    """`(a, b)` where COUNT counts it: equal where all parts are, NULLs too."""
    return {f"f{i}": mql("$ifNull", item, None) for i, item in enumerate(items)}


@function(
    "[]",
    args=[Array, Integer],
    returns=_element_type,
    may_return_null=True,
    examples={"(ARRAY[4, 5])[2]": 5, "(ARRAY[4, 5])[3]": None},
)
def array_element(items: Mql, index: Mql) -> Mql:
    """`a[n]`: the element at a place counted from 1; NULL outside the array."""

    def pick(place: Mql) -> Mql:
        known = constant_integer(place)
        if known is not None:
            return mql("$arrayElemAt", items, known - 1) if known > 0 else None
        element = mql("$arrayElemAt", items, mql("$subtract", place, 1))
        return mql("$cond", mql("$gt", place, 0), element, None)

    return let(pick, place=index)


@function(
    "[:]",
    args=[Array, Integer, Integer],
    returns=same_as(0),
    examples={
        "(ARRAY[4, 5, 6])[2:]": [5, 6],
        "(ARRAY[4, 5, 6])[0:1]": [4],
        "(ARRAY[4, 5, 6])[3:2]": [],
        "(NULL::integer[])[1:2]": None,
    },
)
def array_slice(items: Mql, first: Mql, last: Mql) -> Mql:
    """`a[from:to]`: the elements of places counted from 1, both included; an empty
    array where there is none."""
    low, high = constant_integer(first), constant_integer(last)
    if low is not None and high is not None:
        start = max(low, 1) - 1
        return mql("$slice", items, start, high - start) if high > start else []

    def cut(items: Mql, first: Mql, last: Mql) -> Mql:
        start = mql("$subtract", mql("$max", first, 1), 1)
        size = mql("$subtract", mql("$min", last, mql("$size", items)), start)
        return let(
            lambda start, size: mql(
                "$cond",
                mql("$gt", size, 0),
                mql("$slice", items, start, mql("$max", size, 1)),
                [],
            ),
            start=start,
            size=size,
        )

    return let(cut, items=items, first=first, last=last)


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
    return element_at(value, index)


def element_at(value: Mql, index: Mql) -> Mql:
    """The element of an array at a place from 0; null for what is no array. (The
    optimizer looks at a constant whatever a condition around it says.)"""
    array = mql("$cond", mql("$isArray", [value]), value, [])
    return mql("$arrayElemAt", array, index)


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

    def write(value: Mql) -> Mql:
        kind = mql("$type", value)
        branches = [
            {"case": mql("$eq", kind, "string"), "then": value},
            {"case": mql("$eq", kind, "double"), "then": _double_text(value)},
        ]
        return mql("$switch", branches=branches, default=mql("$toString", value))

    return let(write, value=value)


def _double_text(value: Mql) -> Mql:
    """A double as JSON writes it. The server's own text has six digits, a decimal made
    of a double fifteen: what needs more is an error."""
    number = mql("$toDecimal", value)
    text = mql("$toString", number)
    # 1.50000000000000 -> 1.5; a text with an exponent keeps its zeros
    fraction = mql("$regexMatch", input=text, regex=r"^-?[0-9]+\.[0-9]+\z")
    shorter = mql("$rtrim", input=mql("$rtrim", input=text, chars="0"), chars=".")
    is_plain = mql(
        "$and",
        mql("$eq", mql("$toDouble", number), value),
        mql("$not", [mql("$regexMatch", input=text, regex="[EN]")]),
    )
    return raise_unless(
        is_plain,
        mql("$cond", fraction, shorter, text),
        "0A000",
        "the text of a double with more than 15 digits or an exponent",
    )


def _any(symbol: str, operator: str, examples: dict[str, object]) -> FunctionDef:
    @function(
        f"{symbol} ANY",
        args=[Anything, Array],
        returns=BOOLEAN,
        nulls=Nulls.CUSTOM,
        may_return_null=True,
        examples=examples,
        symbol=f"{symbol} ANY",
    )
    def is_any(value: Mql, items: Mql) -> Mql:
        """Whether the comparison is TRUE for an element of the array: NULL instead
        of FALSE when the value or an element is NULL. FALSE for an empty array."""

        def build(value: Mql, items: Mql) -> Mql:
            if operator == "$eq":
                found = mql("$in", value, items)
            else:
                compared = mql(operator, value, "$$this")
                hit = mql("$and", mql("$gt", "$$this", None), compared)
                found = {"$anyElementTrue": [{"$map": {"input": items, "in": hit}}]}
            branches = [
                {"case": mql("$not", [mql("$isArray", [items])]), "then": None},
                {"case": mql("$eq", items, []), "then": False},
                {"case": mql("$lte", value, None), "then": None},
                {"case": found, "then": True},
                {"case": mql("$in", None, items), "then": None},
            ]
            return mql("$switch", branches=branches, default=False)

        if items is None:
            return None
        return let(build, value=value, items=items)

    return is_any


equals_any = _any(
    "=",
    "$eq",
    {
        "2 = ANY('{1, 2}'::integer[])": True,
        "3 = ANY('{1, 2}'::integer[])": False,
        "3 = ANY('{1, NULL}'::integer[])": None,
        "NULL = ANY('{}'::integer[])": False,
    },
)
_any("<>", "$ne", {"1 <> ALL('{2, 3}'::integer[])": True})
_any("<", "$lt", {"3 < ANY('{1, 2}'::integer[])": False})
_any("<=", "$lte", {"3 <= ANY('{1, 3}'::integer[])": True})
_any(">", "$gt", {"3 > ALL('{1, 2}'::integer[])": True})
_any(">=", "$gte", {"3 >= ANY('{4, NULL}'::integer[])": None})
