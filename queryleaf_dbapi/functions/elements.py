"""Arrays and documents taken apart into rows."""

from __future__ import annotations

from dataclasses import dataclass

from queryleaf_dbapi.functions.access import json_text
from queryleaf_dbapi.functions.arguments import Json
from queryleaf_dbapi.functions.paths import is_object
from queryleaf_dbapi.functions.raising import raise_unless, raising
from queryleaf_dbapi.functions.registry import mql, set_returning
from queryleaf_dbapi.functions.variables import is_null, let
from queryleaf_dbapi.plan.signature import Argument, Mql, Nulls
from queryleaf_dbapi.types import ANY, JSONB, TEXT, Family, SqlType


@dataclass(frozen=True, slots=True)
class NestedArray(Argument):
    """An array of two dimensions."""

    def accepts(self, sql_type: SqlType) -> bool:
        """Whether the elements are arrays whose elements are none."""
        inner = sql_type.element
        if inner is None or inner.family is not Family.ARRAY:
            return False
        return inner.element is None or inner.element.family is not Family.ARRAY


Nested = NestedArray("array", frozenset({Family.ARRAY}))
FlatArray = Argument("array", frozenset({Family.ARRAY}))
Unknown = Argument("array", frozenset({Family.ANY}))


def _element(types: tuple[SqlType, ...]) -> tuple[tuple[str, SqlType], ...]:
    element = types[0].element or ANY
    if element.family is Family.ARRAY:
        element = element.element or ANY
    return (("unnest", element),)


@set_returning("UNNEST", args=[Nested], returns=_element)
def unnest_nested(array: Mql) -> Mql:
    """All elements of all dimensions."""
    appended = mql("$concatArrays", "$$value", "$$this")
    return {"$reduce": {"input": array, "initialValue": [], "in": appended}}


@set_returning(
    "UNNEST",
    args=[FlatArray],
    returns=_element,
    nulls=Nulls.NATIVE,
    parsed_as="Explode(this, expressions*)",
)
def unnest(array: Mql) -> Mql:
    """A row for each element of the array; none for NULL. In FROM it takes several
    arrays, whose elements stand side by side."""
    return array


@set_returning("UNNEST", args=[Unknown], returns=_element, nulls=Nulls.NATIVE)
def unnest_unknown(array: Mql) -> Mql:
    """The same of a field that nobody declared: an error where it holds something
    else than an array."""

    def build(array: Mql) -> Mql:
        other = mql(
            "$cond",
            is_null(array),
            None,
            raising("42804", "UNNEST of a value that is not an array"),
        )
        return mql("$cond", mql("$isArray", [array]), array, other)

    return let(build, array=array)


def _elements(array: Mql) -> Mql:
    return let(
        lambda array: raise_unless(
            mql("$isArray", [array]),
            array,
            "22023",
            "cannot extract elements from a value that is not an array",
        ),
        array=array,
    )


def _pairs(document: Mql) -> Mql:
    """`[{k, v}, ...]` of a document; an error for anything else."""
    return let(
        lambda document: raise_unless(
            is_object(document),
            # a constant is looked at by the optimizer whatever the condition says
            mql("$objectToArray", mql("$cond", is_object(document), document, {})),
            "22023",
            "cannot deconstruct a value that is not an object",
        ),
        document=document,
    )


@set_returning(
    "JSON_ARRAY_ELEMENTS",
    args=[Json],
    returns=lambda types: (("value", JSONB),),
    aliases=["JSONB_ARRAY_ELEMENTS"],
)
def json_array_elements(array: Mql) -> Mql:
    """A row for each element of a JSON array. An error for anything else."""
    return _elements(array)


@set_returning(
    "JSON_ARRAY_ELEMENTS_TEXT",
    args=[Json],
    returns=lambda types: (("value", TEXT),),
    aliases=["JSONB_ARRAY_ELEMENTS_TEXT"],
)
def json_array_elements_text(array: Mql) -> Mql:
    """The same, each element as `->>` gives it."""
    return {"$map": {"input": _elements(array), "in": json_text.body("$$this")}}


def _key_and_value(value: SqlType) -> tuple[tuple[str, SqlType], ...]:
    return (("key", TEXT), ("value", value))


def _each(document: Mql, value: Mql) -> Mql:
    row = {"key": "$$this.k", "value": value}
    return {"$map": {"input": _pairs(document), "in": row}}


@set_returning(
    "JSON_EACH",
    args=[Json],
    returns=lambda types: _key_and_value(JSONB),
    is_composite=True,
    aliases=["JSONB_EACH"],
)
def json_each(document: Mql) -> Mql:
    """A row of key and value for each field of a JSON object, in the stored order.
    An error for anything else."""
    return _each(document, "$$this.v")


@set_returning(
    "JSON_EACH_TEXT",
    args=[Json],
    returns=lambda types: _key_and_value(TEXT),
    is_composite=True,
    aliases=["JSONB_EACH_TEXT"],
)
def json_each_text(document: Mql) -> Mql:
    """The same, each value as `->>` gives it."""
    return _each(document, json_text.body("$$this.v"))


@set_returning(
    "JSON_OBJECT_KEYS",
    args=[Json],
    returns=TEXT,
    never_null=True,
    aliases=["JSONB_OBJECT_KEYS"],
)
def json_object_keys(document: Mql) -> Mql:
    """A row for each key of a JSON object. An error for anything else."""
    return {"$map": {"input": _pairs(document), "in": "$$this.k"}}
