"""Paths into JSON documents that are not written key by key: `#>`, `#>>`, and `->`
with a key that is a parameter or a column."""

from __future__ import annotations

from queryleaf_dbapi.functions.access import element_at, json_element, json_text
from queryleaf_dbapi.functions.arguments import Integer, Json, Text, variadic
from queryleaf_dbapi.functions.registry import function, literal, mql
from queryleaf_dbapi.functions.variables import constant, constant_text, let
from queryleaf_dbapi.plan.signature import Argument, Mql
from queryleaf_dbapi.types import JSONB, TEXT, Family, array_of

TextArray = Argument("text[]", frozenset({Family.ARRAY}), array_of(TEXT))


def is_object(value: Mql) -> Mql:
    """Whether the value is a document."""
    return mql("$eq", mql("$type", value), "object")


def field_of(document: Mql, key: Mql) -> Mql:
    """The value of a key, null or missing where there is none; the server's own
    operator takes constant keys only."""
    known = constant_text(key)
    if known is not None:
        field = literal(known)
        return {"$getField": {"field": field, "input": document}}

    def find(document: Mql, key: Mql) -> Mql:
        pairs = mql("$objectToArray", mql("$cond", is_object(document), document, {}))
        same = mql("$eq", "$$pair.k", key)
        kept = {"$filter": {"input": pairs, "as": "pair", "cond": same}}
        hit = {"$let": {"vars": {"hit": mql("$first", kept)}, "in": "$$hit.v"}}
        return mql("$ifNull", hit, None)

    return let(find, document=document, key=key)


def _step(value: Mql, key: Mql) -> Mql:
    """One step of a path: a key of a document, a place in an array."""
    known = constant_text(key)
    if known is not None:
        place: Mql = int(known) if _is_place(known) else None
    else:
        place = {"$convert": {"input": key, "to": "int", "onError": None}}

    def build(value: Mql) -> Mql:
        element = None if place is None else element_at(value, place)
        return mql("$cond", mql("$isArray", [value]), element, field_of(value, key))

    return let(build, value=value)


def _is_place(key: str) -> bool:
    return key.removeprefix("-").isdigit() and len(key) < 10


def _walk(document: Mql, path: Mql) -> Mql:
    known = constant(path)
    if isinstance(known, list):
        for key in known:
            if key is None:
                return None
            document = _step(document, literal(key))
        return document
    return {
        "$reduce": {
            "input": path,
            "initialValue": document,
            "in": mql("$ifNull", _step("$$value", "$$this"), None),
        }
    }


@function(
    "#>",
    args=[Json, TextArray],
    returns=JSONB,
    symbol="#>",
    parsed_as="JSONBExtract(this, expression)",
    may_return_null=True,
    examples={
        "'{\"a\": [1, {\"b\": 2}]}'::jsonb #> '{a,1,b}'": 2,
        "'{\"a\": [1, 2]}'::jsonb #> '{a,-1}'": 2,
        "'{\"a\": 1}'::jsonb #> '{b,c}'": None,
        "NULL::jsonb #> '{a}'": None,
    },
)
def json_path(document: Mql, path: Mql) -> Mql:
    """The value at a path of keys and places (from 0) in a JSON document, NULL where
    there is none."""
    return _walk(document, path)


@function(
    "#>>",
    args=[Json, TextArray],
    returns=TEXT,
    symbol="#>>",
    parsed_as="JSONBExtractScalar(this, expression)",
    may_return_null=True,
    examples={
        "'{\"a\": [1, {\"b\": 2}]}'::jsonb #>> '{a,1,b}'": "2",
        "'{\"a\": 1}'::jsonb #>> '{b}'": None,
    },
)
def json_path_text(document: Mql, path: Mql) -> Mql:
    """The same as text, as `->>` gives it."""
    return let(json_text.body, value=_walk(document, path))


@function(
    "JSONB_EXTRACT_PATH",
    args=[Json, variadic(Text)],
    returns=JSONB,
    may_return_null=True,
    examples={
        "JSONB_EXTRACT_PATH('{\"a\": [5]}'::jsonb, 'a', '0')": 5,
        "JSONB_EXTRACT_PATH('{\"a\": [5]}'::jsonb, 'b')": None,
    },
)
def json_extract_path(document: Mql, *path: Mql) -> Mql:
    """The value at a path in a JSON document, each step an argument."""
    for key in path:
        document = _step(document, key)
    return document


@function(
    "JSONB_EXTRACT_PATH_TEXT",
    args=[Json, variadic(Text)],
    returns=TEXT,
    may_return_null=True,
    examples={
        "JSONB_EXTRACT_PATH_TEXT('{\"a\": [5]}'::jsonb, 'a', '0')": "5",
        "JSONB_EXTRACT_PATH_TEXT(NULL::jsonb, 'a')": None,
    },
)
def json_extract_path_text(document: Mql, *path: Mql) -> Mql:
    """The same as text, as `->>` gives it."""
    return let(json_text.body, value=json_extract_path.body(document, *path))


@function(
    "->",
    args=[Json, Text],
    returns=JSONB,
    symbol="->",
    may_return_null=True,
    examples={"'{\"a\": 1}'::jsonb -> LOWER('A')": 1},
)
def json_key(document: Mql, key: Mql) -> Mql:
    """The value of a key of a JSON object, NULL where there is none."""
    return field_of(document, key)


@function("->", args=[Json, Integer], returns=JSONB, symbol="->", may_return_null=True)
def json_place(document: Mql, place: Mql) -> Mql:
    """The element of a JSON array at a place from 0, from the end when negative."""
    return let(json_element.body, value=document, index=place)
