"""What an array or a JSON document contains: `@>`, `<@`, `&&`, `?`, `?|`, `?&`."""

from __future__ import annotations

from typing import Any

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.functions.arguments import Array, Text
from queryleaf_dbapi.functions.paths import TextArray, is_object
from queryleaf_dbapi.functions.registry import function, literal, mql
from queryleaf_dbapi.functions.variables import let
from queryleaf_dbapi.plan.signature import Argument, Deferred, Mql
from queryleaf_dbapi.types import BOOLEAN, JSONB, Family

Document = Argument("jsonb", frozenset({Family.DOCUMENT}), JSONB)


@function(
    "@>",
    args=[Array, Array],
    returns=BOOLEAN,
    symbol="@>",
    examples={
        "ARRAY[1, 4, 3] @> ARRAY[3, 1]": True,
        "ARRAY[1, 2] @> ARRAY[NULL]::integer[]": False,
        "NULL::integer[] @> ARRAY[1]": None,
    },
)
def array_contains(left: Mql, right: Mql) -> Mql:
    """Whether each element of the right array is one of the left; a NULL is not."""
    return let(
        lambda right: mql(
            "$and",
            mql("$setIsSubset", right, left),
            mql("$not", [mql("$in", None, right)]),
        ),
        right=right,
    )


@function(
    "<@",
    args=[Array, Array],
    returns=BOOLEAN,
    symbol="<@",
    examples={"ARRAY[2, 2] <@ ARRAY[1, 2]": True, "ARRAY[3] <@ ARRAY[1, 2]": False},
)
def array_contained(left: Mql, right: Mql) -> Mql:
    """Whether each element of the left array is one of the right."""
    return array_contains.body(right, left)


@function(
    "&&",
    args=[Array, Array],
    returns=BOOLEAN,
    symbol="&&",
    examples={
        "ARRAY[1, 4] && ARRAY[4, 5]": True,
        "ARRAY[NULL]::integer[] && ARRAY[NULL]::integer[]": False,
    },
)
def array_overlaps(left: Mql, right: Mql) -> Mql:
    """Whether the arrays have an element in common; a NULL is none."""
    both = mql("$setIntersection", left, right)
    return mql("$ne", mql("$setDifference", both, [None]), [])


def _contains(document: Mql, wanted: Any, top: bool = False) -> Mql:
    """Whether a value of the document's shape contains a constant."""
    if isinstance(wanted, dict):
        parts = [is_object(document)]
        for key, value in wanted.items():
            field = {"$getField": {"field": literal(key), "input": document}}
            parts.append(_contains(field, value))
        return mql("$and", *parts, True)
    if isinstance(wanted, list):
        found = [_has_element(document, each) for each in wanted]
        return mql(
            "$cond",
            mql("$isArray", [document]),
            mql("$and", *found, True),
            False,
        )
    same = mql("$eq", document, literal(wanted))
    if not top:
        return same
    # an array contains a scalar that is one of its elements
    return mql(
        "$cond",
        mql("$isArray", [document]),
        mql("$in", literal(wanted), document),
        same,
    )


def _has_element(array: Mql, wanted: Any) -> Mql:
    if not isinstance(wanted, dict | list):
        return mql("$in", literal(wanted), array)
    mapped = {"$map": {"input": array, "in": _contains("$$this", wanted)}}
    return mql("$anyElementTrue", [mapped])


@function(
    "@>",
    args=[Document, Document],
    returns=BOOLEAN,
    symbol="@>",
    examples={
        '\'{"a": 1, "b": {"c": [1, 2]}}\'::jsonb @> \'{"b": {"c": [2]}}\'': True,
        "'[1, 2]'::jsonb @> '2'": True,
        "'{\"a\": 1}'::jsonb @> '{\"a\": 2}'": False,
        "NULL::jsonb @> '{}'": None,
    },
)
def json_contains(left: Mql, right: Mql) -> Mql:
    """Whether the JSON document contains the right one, a constant or a parameter, at
    its top: all its keys, and for arrays all its elements, whatever their order."""

    def build(left: Mql) -> Mql:
        if isinstance(right, Deferred):
            return right.computed(lambda wanted: _contains(left, wanted, top=True))
        if isinstance(right, dict) and right.keys() == {"$literal"}:
            return _contains(left, right["$literal"], top=True)
        if isinstance(right, dict | list) or str(right).startswith("$"):
            raise FeatureNotSupported(
                "@> of JSON with a right side that is not a constant or parameter"
            )
        return _contains(left, right, top=True)

    return let(build, left=left)


@function(
    "<@",
    args=[Document, Document],
    returns=BOOLEAN,
    symbol="<@",
    examples={'\'{"a": 1}\'::jsonb <@ \'{"a": 1, "b": 2}\'::jsonb': True},
)
def json_contained(left: Mql, right: Mql) -> Mql:
    """Whether the right JSON document contains the left one, a constant or a
    parameter."""
    return json_contains.body(right, left)


def _names(document: Mql) -> Mql:
    """What `?` looks at: the keys of an object, the elements of an array, a text."""
    pairs = mql("$objectToArray", mql("$cond", is_object(document), document, {}))
    keys = {"$map": {"input": pairs, "in": "$$this.k"}}
    branches = [
        {"case": is_object(document), "then": keys},
        {"case": mql("$isArray", [document]), "then": document},
    ]
    return mql("$switch", branches=branches, default=[document])


@function(
    "?",
    args=[Document, Text],
    returns=BOOLEAN,
    symbol="?",
    examples={
        "'{\"a\": null}'::jsonb ? 'a'": True,
        "'[\"a\"]'::jsonb ? 'a'": True,
        "'{\"a\": 1}'::jsonb ? 'b'": False,
    },
)
def has_key(document: Mql, key: Mql) -> Mql:
    """Whether the text is a key of the JSON object, or an element of the array."""
    return let(lambda document: mql("$in", key, _names(document)), document=document)


@function(
    "?|",
    args=[Document, TextArray],
    returns=BOOLEAN,
    symbol="?|",
    examples={"'{\"a\": 1}'::jsonb ?| ARRAY['b', 'a']": True},
)
def has_any_key(document: Mql, keys: Mql) -> Mql:
    """Whether one of the texts is a key, or an element."""

    def build(document: Mql) -> Mql:
        known = mql("$setDifference", keys, [None])
        both = mql("$setIntersection", known, _names(document))
        return mql("$ne", both, [])

    return let(build, document=document)


@function(
    "?&",
    args=[Document, TextArray],
    returns=BOOLEAN,
    symbol="?&",
    examples={"'{\"a\": 1}'::jsonb ?& ARRAY['b', 'a']": False},
)
def has_all_keys(document: Mql, keys: Mql) -> Mql:
    """Whether each of the texts is a key, or an element; a NULL does not count."""

    def build(document: Mql) -> Mql:
        known = mql("$setDifference", keys, [None])
        return mql("$setIsSubset", known, _names(document))

    return let(build, document=document)
