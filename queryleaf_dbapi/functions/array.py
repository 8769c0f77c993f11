"""Arrays. An array is one value, its positions count from 1, a NULL is an element."""

from __future__ import annotations

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.functions.arguments import (
    Array,
    Integer,
    Text,
    optional,
    same_as,
)
from queryleaf_dbapi.functions.raising import raising
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.text_joining import joined, split
from queryleaf_dbapi.functions.variables import (
    constant_integer,
    constant_text,
    is_not_null,
    is_null,
    let,
    or_null,
)
from queryleaf_dbapi.plan.signature import Argument, Mql, Nulls, NullWhen
from queryleaf_dbapi.types import INTEGER, TEXT, array_of

# a text literal is one: the type of the result, an array, is not for it
Element = Argument("any", None, TEXT)


@function(
    "ARRAY_LENGTH",
    args=[Array, Integer],
    returns=INTEGER,
    parsed_as="ArraySize(this, expression)",
    aliases=["ARRAY_UPPER"],
    may_return_null=True,
    examples={
        "ARRAY_LENGTH(ARRAY[1, 2, 3], 1)": 3,
        "ARRAY_LENGTH(ARRAY[1], 2)": None,
        "ARRAY_LENGTH(NULL::integer[], 1)": None,
    },
)
def array_length(array: Mql, dimension: Mql) -> Mql:
    """Number of elements in that dimension (a constant), NULL when it has none."""
    depth = constant_integer(dimension)
    if depth is None:
        raise FeatureNotSupported("the dimension of ARRAY_LENGTH must be a constant")
    if depth < 1:
        return None

    def measure(array: Mql) -> Mql:
        size = mql("$cond", mql("$isArray", array), mql("$size", array), 0)
        return let(
            lambda size: mql("$cond", mql("$gt", size, 0), size, None), size=size
        )

    for _ in range(depth - 1):
        array = mql("$cond", mql("$isArray", [array]), mql("$first", [array]), None)
    return let(measure, array=array)


@function(
    "CARDINALITY",
    args=[Array],
    returns=INTEGER,
    examples={
        "CARDINALITY(ARRAY[1, 2, NULL])": 3,
        "CARDINALITY(ARRAY[ARRAY[1, 2], ARRAY[3, 4]])": 4,
        "CARDINALITY(NULL::integer[])": None,
    },
)
def cardinality(array: Mql) -> Mql:
    """Number of elements; those of two dimensions are all counted."""
    size = mql("$cond", mql("$isArray", "$$this"), mql("$size", "$$this"), 1)
    return {
        "$reduce": {
            "input": array,
            "initialValue": 0,
            "in": mql("$add", "$$value", size),
        }
    }


def _or_empty(array: Mql) -> Mql:
    return mql("$ifNull", array, [])


@function(
    "ARRAY_APPEND",
    args=[Array, Element],
    returns=same_as(0),
    nulls=Nulls.CUSTOM,
    null_when=NullWhen.NEVER,
    parsed_as="ArrayAppend(this, expression)",
    examples={
        "ARRAY_APPEND(ARRAY[1, 2], 3)": [1, 2, 3],
        "ARRAY_APPEND(ARRAY[1], NULL)": [1, None],
        "ARRAY_APPEND(NULL::integer[], 3)": [3],
    },
)
def array_append(array: Mql, element: Mql) -> Mql:
    """The array with one element more at its end; NULL counts as an empty array."""
    return mql("$concatArrays", _or_empty(array), [or_null(element)])


@function(
    "ARRAY_PREPEND",
    args=[Element, Array],
    returns=same_as(1),
    nulls=Nulls.CUSTOM,
    null_when=NullWhen.NEVER,
    parsed_as="ArrayPrepend(expression, this)",
    examples={
        "ARRAY_PREPEND(1, ARRAY[2, 3])": [1, 2, 3],
        "ARRAY_PREPEND(NULL, ARRAY[1])": [None, 1],
    },
)
def array_prepend(element: Mql, array: Mql) -> Mql:
    """The array with one element more at its start; NULL counts as an empty array."""
    return mql("$concatArrays", [or_null(element)], _or_empty(array))


@function(
    "ARRAY_CAT",
    args=[Array, Array],
    returns=same_as(0),
    nulls=Nulls.CUSTOM,
    null_when=NullWhen.ALL,
    parsed_as="ArrayConcat(this, expressions*)",
    examples={
        "ARRAY_CAT(ARRAY[1, 2, 3], ARRAY[4, 5])": [1, 2, 3, 4, 5],
        "ARRAY_CAT(ARRAY[1], NULL)": [1],
        "ARRAY_CAT(NULL::integer[], NULL::integer[])": None,
    },
)
def array_cat(left: Mql, right: Mql) -> Mql:
    """Both arrays in one; a NULL one counts as empty, two give NULL."""

    def build(left: Mql, right: Mql) -> Mql:
        both = mql("$concatArrays", _or_empty(left), _or_empty(right))
        neither = mql("$and", is_null(left), is_null(right))
        return mql("$cond", neither, None, both)

    return let(build, left=left, right=right)


@function(
    "ARRAY_POSITION",
    args=[Array, Element],
    returns=INTEGER,
    nulls=Nulls.CUSTOM,
    parsed_as="ArrayPosition(this, expression)",
    may_return_null=True,
    examples={
        "ARRAY_POSITION(ARRAY['sun', 'mon', 'tue'], 'mon')": 2,
        "ARRAY_POSITION(ARRAY['sun', NULL], NULL)": 2,
        "ARRAY_POSITION(ARRAY['sun'], 'mon')": None,
        "ARRAY_POSITION(NULL::text[], 'mon')": None,
    },
)
def array_position(array: Mql, element: Mql) -> Mql:
    """Where the element first stands, NULL for nowhere; a NULL can be found."""
    return let(
        lambda index: mql("$cond", mql("$gte", index, 0), mql("$add", index, 1), None),
        index=mql("$indexOfArray", array, or_null(element)),
    )


@function(
    "ARRAY_REMOVE",
    args=[Array, Element],
    returns=same_as(0),
    nulls=Nulls.CUSTOM,
    parsed_as="ArrayRemove(this, expression)",
    examples={
        "ARRAY_REMOVE(ARRAY[1, 2, 3, 2], 2)": [1, 3],
        "ARRAY_REMOVE(ARRAY[1, NULL], NULL)": [1],
        "ARRAY_REMOVE(NULL::integer[], 1)": None,
    },
)
def array_remove(array: Mql, element: Mql) -> Mql:
    """The array without the elements equal to the value; NULL removes NULLs."""
    return let(
        lambda element: {
            "$filter": {"input": array, "cond": mql("$ne", "$$this", element)}
        },
        element=or_null(element),
    )


@function(
    "ARRAY_REPLACE",
    args=[Array, Element, Element],
    returns=same_as(0),
    nulls=Nulls.CUSTOM,
    examples={
        "ARRAY_REPLACE(ARRAY[1, 2, 5, 4], 5, 3)": [1, 2, 3, 4],
        "ARRAY_REPLACE(ARRAY[1, NULL], NULL, 0)": [1, 0],
        "ARRAY_REPLACE(NULL::integer[], 1, 2)": None,
    },
)
def array_replace(array: Mql, old: Mql, new: Mql) -> Mql:
    """The array with each element equal to the second value replaced."""
    return let(
        lambda old, new: {
            "$map": {
                "input": array,
                "in": mql("$cond", mql("$eq", "$$this", old), new, "$$this"),
            }
        },
        old=or_null(old),
        new=or_null(new),
    )


def _as_text(element: Mql) -> Mql:
    """An element's text as PostgreSQL prints it; types whose text the server writes
    in another way are refused."""
    kind = mql("$type", element)
    is_number = mql("$in", kind, ["int", "long", "decimal"])
    branches = [
        {"case": mql("$eq", kind, "string"), "then": element},
        {"case": is_number, "then": mql("$toString", element)},
        {"case": mql("$eq", kind, "bool"), "then": mql("$cond", element, "t", "f")},
    ]
    refusal = raising("0A000", "ARRAY_TO_STRING of elements of this type")
    return mql("$switch", branches=branches, default=refusal)


@function(
    "ARRAY_TO_STRING",
    args=[Array, Text, optional(Text)],
    returns=TEXT,
    nulls=Nulls.CUSTOM,
    parsed_as="ArrayToString(this, expression, null)",
    examples={
        "ARRAY_TO_STRING(ARRAY[1, 2, 3, NULL, 5], ',')": "1,2,3,5",
        "ARRAY_TO_STRING(ARRAY[1, 2, 3, NULL, 5], ',', '*')": "1,2,3,*,5",
        "ARRAY_TO_STRING(ARRAY['a', 'b'], NULL)": None,
        "ARRAY_TO_STRING(NULL::integer[], ',')": None,
    },
)
def array_to_string(array: Mql, delimiter: Mql, null_text: Mql = None) -> Mql:
    """The elements as text with the delimiter in between; NULLs are left out, or
    stand as the third argument."""

    def build(array: Mql, delimiter: Mql, null_text: Mql) -> Mql:
        shown = mql("$cond", is_null("$$this"), null_text, _as_text("$$this"))
        texts: Mql = {"$map": {"input": array, "in": shown}}
        if null_text is None or constant_text(null_text) is None:
            texts = {"$filter": {"input": texts, "cond": is_not_null("$$this")}}
        text = mql("$ifNull", joined(texts, delimiter), "")
        unknown = mql("$or", is_null(array), is_null(delimiter))
        return mql("$cond", unknown, None, text)

    return let(build, array=array, delimiter=delimiter, null_text=null_text)


@function(
    "STRING_TO_ARRAY",
    args=[Text, Text, optional(Text)],
    returns=array_of(TEXT),
    nulls=Nulls.CUSTOM,
    parsed_as="StringToArray(this, expression, null)",
    examples={
        "STRING_TO_ARRAY('xx~~yy~~zz', '~~')": ["xx", "yy", "zz"],
        "STRING_TO_ARRAY('xx~~yy~~zz', '~~', 'yy')": ["xx", None, "zz"],
        "STRING_TO_ARRAY('abc', NULL)": ["a", "b", "c"],
        "STRING_TO_ARRAY('a,b', '')": ["a,b"],
        "STRING_TO_ARRAY('', ',')": [],
        "STRING_TO_ARRAY(NULL, ',')": None,
    },
)
def string_to_array(text: Mql, delimiter: Mql, null_text: Mql = None) -> Mql:
    """The parts of the text between delimiters; its characters for a NULL
    delimiter. A part equal to the third argument becomes NULL."""

    def build(text: Mql, delimiter: Mql, null_text: Mql) -> Mql:
        characters = {
            "$map": {
                "input": mql("$range", 0, mql("$strLenCP", text)),
                "in": mql("$substrCP", text, "$$this", 1),
            }
        }
        branches = [
            {"case": is_null(text), "then": None},
            {"case": mql("$eq", text, ""), "then": []},
            {"case": is_null(delimiter), "then": characters},
        ]
        whole = split(text, delimiter)
        parts = mql("$switch", branches=branches, default=whole)
        if null_text is None:
            return parts
        part = mql("$cond", mql("$eq", "$$this", null_text), None, "$$this")
        return {"$map": {"input": parts, "in": part}}

    return let(build, text=text, delimiter=delimiter, null_text=null_text)
