"""`||` and `-` of JSON documents."""

from __future__ import annotations

from queryleaf_dbapi.functions.arguments import Integer, Text
from queryleaf_dbapi.functions.containment import Document
from queryleaf_dbapi.functions.paths import TextArray, is_object
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.variables import let
from queryleaf_dbapi.plan.signature import Mql
from queryleaf_dbapi.types import JSONB


def _listed(value: Mql) -> Mql:
    return mql("$cond", mql("$isArray", [value]), value, [value])


@function(
    "JSONB ||",
    args=[Document, Document],
    returns=JSONB,
    symbol="||",
    examples={
        '\'{"a": 1, "b": 1}\'::jsonb || \'{"b": 2}\'::jsonb': {"a": 1, "b": 2},
        "'[1]'::jsonb || '2'::jsonb": [1, 2],
        "NULL::jsonb || '{}'::jsonb": None,
    },
)
def json_concatenate(left: Mql, right: Mql) -> Mql:
    """Both objects in one, the right one's values before the left's; anything else
    as arrays one after the other."""

    def build(left: Mql, right: Mql) -> Mql:
        both = mql("$and", is_object(left), is_object(right))
        merged = mql(
            "$mergeObjects",
            mql("$cond", both, left, {}),
            mql("$cond", both, right, {}),
        )
        joined = mql("$concatArrays", _listed(left), _listed(right))
        return mql("$cond", both, merged, joined)

    return let(build, left=left, right=right)


def _without(document: Mql, names: Mql) -> Mql:
    def build(document: Mql) -> Mql:
        pairs = mql("$objectToArray", mql("$cond", is_object(document), document, {}))
        kept = {
            "$filter": {
                "input": pairs,
                "cond": mql("$not", [mql("$in", "$$this.k", names)]),
            }
        }
        array = mql("$cond", mql("$isArray", [document]), document, [])
        others = {
            "$filter": {
                "input": array,
                "cond": mql("$not", [mql("$in", "$$this", names)]),
            }
        }
        rest = raise_unless(
            mql("$isArray", [document]), others, "22023", "cannot delete from scalar"
        )
        return mql("$cond", is_object(document), mql("$arrayToObject", kept), rest)

    return let(build, document=document)


@function(
    "-",
    args=[Document, Text],
    returns=JSONB,
    symbol="-",
    examples={
        "'{\"a\": 1, \"b\": 2}'::jsonb - 'a'": {"b": 2},
        "'[\"a\", \"b\"]'::jsonb - 'a'": ["b"],
    },
)
def json_without(document: Mql, key: Mql) -> Mql:
    """The JSON object without a key, or the array without the elements equal to the
    text."""
    return _without(document, [key])


@function(
    "-",
    args=[Document, TextArray],
    returns=JSONB,
    symbol="-",
    examples={"'{\"a\": 1, \"b\": 2}'::jsonb - ARRAY['a', 'b']": {}},
)
def json_without_all(document: Mql, keys: Mql) -> Mql:
    """The same of several keys."""
    return _without(document, keys)


@function(
    "-",
    args=[Document, Integer],
    returns=JSONB,
    symbol="-",
    examples={"'[1, 2, 3]'::jsonb - 1": [1, 3], "'[1, 2, 3]'::jsonb - -1": [1, 2]},
)
def json_without_place(document: Mql, place: Mql) -> Mql:
    """The JSON array without the element at a place from 0, from the end when
    negative."""

    def build(document: Mql, place: Mql) -> Mql:
        array = mql("$cond", mql("$isArray", [document]), document, [])
        size = mql("$size", array)
        at = mql("$cond", mql("$lt", place, 0), mql("$add", place, size), place)
        kept = {
            "$map": {
                "input": {
                    "$filter": {
                        "input": mql("$range", 0, size),
                        "cond": mql("$ne", "$$this", at),
                    }
                },
                "in": mql("$arrayElemAt", array, "$$this"),
            }
        }
        return raise_unless(
            mql("$isArray", [document]),
            kept,
            "22023",
            "cannot delete from object using integer index",
        )

    return let(build, document=document, place=place)
