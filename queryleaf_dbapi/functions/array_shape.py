"""What an array looks like: its dimensions, bounds and places."""

from __future__ import annotations

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.functions.arguments import Array, Integer, same_as
from queryleaf_dbapi.functions.array import Element
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.variables import constant_integer, let, or_null
from queryleaf_dbapi.plan.signature import Mql, Nulls
from queryleaf_dbapi.types import INTEGER, TEXT, array_of

_DEEPEST = 6  # PostgreSQL has no deeper arrays


def _sizes(array: Mql) -> Mql:
    """The sizes of the array's dimensions, the outermost first; none when empty."""
    # a value that is no array, or an empty one, ends the walk
    step = mql(
        "$cond",
        mql("$and", mql("$isArray", "$$value.in"), mql("$ne", "$$value.in", [])),
        {
            "in": mql("$first", "$$value.in"),
            "sizes": mql(
                "$concatArrays", "$$value.sizes", [mql("$size", "$$value.in")]
            ),
        },
        {"in": None, "sizes": "$$value.sizes"},
    )
    walked = {
        "$reduce": {
            "input": mql("$range", 0, _DEEPEST),
            "initialValue": {"in": array, "sizes": []},
            "in": step,
        }
    }
    return mql("$getField", field="sizes", input=walked)


@function(
    "ARRAY_NDIMS",
    args=[Array],
    returns=INTEGER,
    may_return_null=True,
    examples={
        "ARRAY_NDIMS(ARRAY[ARRAY[1], ARRAY[2]])": 2,
        "ARRAY_NDIMS(ARRAY[1])": 1,
        "ARRAY_NDIMS(NULL::integer[])": None,
    },
)
def array_ndims(array: Mql) -> Mql:
    """How many dimensions the array has; NULL for an empty one."""
    return let(
        lambda count: mql("$cond", mql("$gt", count, 0), count, None),
        count=mql("$size", _sizes(array)),
    )


@function(
    "ARRAY_DIMS",
    args=[Array],
    returns=TEXT,
    may_return_null=True,
    examples={
        "ARRAY_DIMS(ARRAY[1, 2])": "[1:2]",
        "ARRAY_DIMS(ARRAY[ARRAY[1, 2, 3], ARRAY[4, 5, 6]])": "[1:2][1:3]",
        "ARRAY_DIMS(NULL::integer[])": None,
    },
)
def array_dims(array: Mql) -> Mql:
    """The bounds of each dimension as text; NULL for an empty array."""
    shown = {
        "$reduce": {
            "input": _sizes(array),
            "initialValue": "",
            "in": mql("$concat", "$$value", "[1:", mql("$toString", "$$this"), "]"),
        }
    }
    return let(
        lambda text: mql("$cond", mql("$eq", text, ""), None, text),
        text=shown,
    )


@function(
    "ARRAY_LOWER",
    args=[Array, Integer],
    returns=INTEGER,
    may_return_null=True,
    examples={
        "ARRAY_LOWER(ARRAY[1, 2], 1)": 1,
        "ARRAY_LOWER(ARRAY[1, 2], 2)": None,
        "ARRAY_LOWER(NULL::integer[], 1)": None,
    },
)
def array_lower(array: Mql, dimension: Mql) -> Mql:
    """The first place of a dimension (a constant): 1, or NULL when it has none."""
    depth = constant_integer(dimension)
    if depth is None:
        raise FeatureNotSupported("the dimension of ARRAY_LOWER must be a constant")
    if depth < 1:
        return None
    return mql("$cond", mql("$gte", mql("$size", _sizes(array)), depth), 1, None)


@function(
    "ARRAY_POSITIONS",
    args=[Array, Element],
    returns=array_of(INTEGER),
    nulls=Nulls.CUSTOM,
    examples={
        "ARRAY_POSITIONS(ARRAY['a', 'b', 'a'], 'a')": [1, 3],
        "ARRAY_POSITIONS(ARRAY[1, NULL], NULL)": [2],
        "ARRAY_POSITIONS(ARRAY[1], 2)": [],
        "ARRAY_POSITIONS(NULL::integer[], 1)": None,
    },
)
def array_positions(array: Mql, element: Mql) -> Mql:
    """All places where the element stands; a NULL can be found."""

    def build(array: Mql, element: Mql) -> Mql:
        # a constant NULL is looked at by the optimizer whatever the condition says
        size = mql("$size", mql("$ifNull", array, []))
        places = mql("$range", 1, mql("$add", size, 1))
        at = mql("$arrayElemAt", array, mql("$subtract", "$$this", 1))
        found = {"$filter": {"input": places, "cond": mql("$eq", at, element)}}
        return mql("$cond", mql("$isArray", [array]), found, None)

    return let(build, array=array, element=or_null(element))


@function(
    "TRIM_ARRAY",
    args=[Array, Integer],
    returns=same_as(0),
    examples={
        "TRIM_ARRAY(ARRAY[1, 2, 3], 2)": [1],
        "TRIM_ARRAY(ARRAY[1], 1)": [],
        "TRIM_ARRAY(NULL::integer[], 1)": None,
    },
)
def trim_array(array: Mql, count: Mql) -> Mql:
    """The array without its last elements; an error for more than there are."""

    def build(array: Mql, count: Mql) -> Mql:
        size = mql("$size", array)
        fits = mql("$and", mql("$gte", count, 0), mql("$lte", count, size))
        kept = mql("$subtract", size, count)
        some = mql("$slice", array, mql("$max", kept, 1))
        return raise_unless(
            fits,
            mql("$cond", mql("$eq", kept, 0), [], some),
            "2202E",
            "number of elements to trim must be between 0 and the array's length",
        )

    return let(build, array=array, count=count)
