"""JSON documents and arrays: build them, ask what they are.

The operators `->`, `->>`, `#>` and `@>` are in `operators.py`.
"""

from __future__ import annotations

from queryleaf_dbapi.errors import ProgrammingError
from queryleaf_dbapi.functions.arguments import Anything, Json, variadic
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.functions.registry import function, literal, mql
from queryleaf_dbapi.functions.variables import (
    constant_text,
    is_not_null,
    let,
    or_null,
)
from queryleaf_dbapi.plan.signature import Argument, Mql, Nulls, NullWhen
from queryleaf_dbapi.types import INTEGER, JSONB, TEXT

# a text literal is a text, and no JSON to be read
Value = Argument("any", None, TEXT)


def _key(value: Mql) -> Mql:
    if constant_text(value) is not None:
        return value
    return let(
        lambda key: raise_unless(
            is_not_null(key),
            mql("$toString", key),
            "22004",
            "null value not allowed for object key",
        ),
        key=value,
    )


@function(
    "JSON_BUILD_OBJECT",
    args=[variadic(Value)],
    returns=JSONB,
    nulls=Nulls.CUSTOM,
    null_when=NullWhen.NEVER,
    aliases=["JSONB_BUILD_OBJECT"],
    examples={
        "JSON_BUILD_OBJECT('foo', 1, 'bar', 'x')": {"foo": 1, "bar": "x"},
        "JSONB_BUILD_OBJECT('a', NULL)": {"a": None},
        "JSON_BUILD_OBJECT('$a.b', 1)": {"$a.b": 1},
    },
)
def json_build_object(*parts: Mql) -> Mql:
    """A document of keys and values in turn; a NULL value is kept."""
    if len(parts) % 2:
        raise ProgrammingError("JSON_BUILD_OBJECT takes keys and values in turn")
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return {
        "$arrayToObject": [
            [{"k": _key(key), "v": or_null(value)} for key, value in pairs]
        ]
    }


@function(
    "JSON_BUILD_OBJECT",
    args=[],
    returns=JSONB,
    aliases=["JSONB_BUILD_OBJECT"],
    examples={"JSON_BUILD_OBJECT()": {}},
)
def empty_object() -> Mql:
    """The empty document."""
    return literal({})


@function(
    "JSON_BUILD_ARRAY",
    args=[variadic(Value)],
    returns=JSONB,
    nulls=Nulls.CUSTOM,
    null_when=NullWhen.NEVER,
    aliases=["JSONB_BUILD_ARRAY"],
    examples={
        "JSON_BUILD_ARRAY(1, 'foo', NULL)": [1, "foo", None],
        "JSONB_BUILD_ARRAY(TRUE)": [True],
    },
)
def json_build_array(*values: Mql) -> Mql:
    """An array of the values; a NULL is an element."""
    # wrapped: a bare list would be read as the operands of an operator around it
    return {"$concatArrays": [[or_null(value) for value in values]]}


@function(
    "JSON_BUILD_ARRAY",
    args=[],
    returns=JSONB,
    aliases=["JSONB_BUILD_ARRAY"],
    examples={"JSON_BUILD_ARRAY()": []},
)
def empty_array() -> Mql:
    """The empty array."""
    return literal([])


@function(
    "JSON_ARRAY",
    args=[variadic(Value)],
    returns=JSONB,
    nulls=Nulls.CUSTOM,
    null_when=NullWhen.NEVER,
    examples={"JSON_ARRAY(1, 'foo', NULL)": [1, "foo"], "JSON_ARRAY(NULL)": []},
)
def json_array(*values: Mql) -> Mql:
    """An array of the values; NULLs are left out."""
    listed = [or_null(value) for value in values]
    return {"$filter": {"input": listed, "cond": is_not_null("$$this")}}


@function(
    "TO_JSON",
    args=[Value],
    returns=JSONB,
    nulls=Nulls.NATIVE,
    aliases=["TO_JSONB"],
    examples={
        "TO_JSON('x'::text)": "x",
        "TO_JSONB(ARRAY[1, 2])": [1, 2],
        "TO_JSONB(NULL::integer)": None,
    },
)
def to_json(value: Mql) -> Mql:
    """The value as JSON."""
    return value


@function(
    "JSON_ARRAY_LENGTH",
    args=[Json],
    returns=INTEGER,
    aliases=["JSONB_ARRAY_LENGTH"],
    examples={
        "JSON_ARRAY_LENGTH('[1, 2, {\"a\": [3, 4]}, null]'::jsonb)": 4,
        "JSONB_ARRAY_LENGTH('[]'::jsonb)": 0,
        "JSON_ARRAY_LENGTH(NULL)": None,
    },
)
def json_array_length(array: Mql) -> Mql:
    """Number of elements of a JSON array. An error for anything else."""
    return let(
        lambda array: raise_unless(
            mql("$isArray", array),
            mql("$size", array),
            "22023",
            "cannot get array length of a non-array",
        ),
        array=array,
    )


@function(
    "JSON_TYPEOF",
    args=[Anything],
    returns=TEXT,
    aliases=["JSONB_TYPEOF"],
    examples={
        "JSON_TYPEOF('{\"a\": 1}'::jsonb)": "object",
        "JSONB_TYPEOF('[1]'::jsonb)": "array",
        "JSON_TYPEOF('-123.4'::jsonb)": "number",
        "JSON_TYPEOF(NULL)": None,
    },
)
def json_typeof(value: Mql) -> Mql:
    """object, array, string, number or boolean. What JSON has no type for, such as
    a date, is a string."""
    names = {
        "object": ["object"],
        "array": ["array"],
        "number": ["int", "long", "double", "decimal"],
        "boolean": ["bool"],
    }

    def build(kind: Mql) -> Mql:
        branches = [
            {"case": mql("$in", kind, kinds), "then": name}
            for name, kinds in names.items()
        ]
        return mql("$switch", branches=branches, default="string")

    return let(build, kind=mql("$type", [value]))
