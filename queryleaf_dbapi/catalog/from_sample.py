"""Documents merged into fields: the schema of a collection nobody declared.

A `Shape` is what the documents so far held at one path. It grows by `merge`,
becomes fields by `to_fields`, and becomes the $jsonSchema of "what we know" by
`to_schema`: the reader asks the server for documents that violate it until there
are none. What BSON type a value has is told by `alias_of`, for BSON is not known
here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from queryleaf_dbapi.catalog.bson_aliases import (
    NULLS,
    server_aliases,
    type_of_aliases,
)
from queryleaf_dbapi.catalog.catalog import Field
from queryleaf_dbapi.types import ANY

AliasOf = Callable[[Any], str]

# An embedded document with more keys than this is a map whose keys are data (ids,
# dates): it stays one JSONB column. A collection with more is not a table either,
# but there is no other way to show it.
MAX_KEYS = 200
MAX_TOP_KEYS = 2000
MAX_DEPTH = 8

# Names that no SQL path can reach; documents may hold them, fields do not.
_UNREACHABLE = r"[.]|^[$]|^$"


@dataclass(slots=True)
class Shape:
    """What documents held at one path; dicts keep the order of first sight."""

    aliases: dict[str, None] = field(default_factory=dict)
    fields: dict[str, Shape] = field(default_factory=dict)
    elements: dict[str, None] = field(default_factory=dict)
    # what the collection's validator says, for fields that no document has shown
    declared: tuple[str, ...] = ()
    is_map: bool = False
    has_unreachable: bool = False  # a name that no SQL path can say
    comment: str | None = None


def merge(shape: Shape, document: Mapping[str, Any], alias_of: AliasOf) -> None:
    """Let the shape of a collection's documents grow to hold this one."""
    _merge_fields(shape, document, alias_of, 0)


def _merge_fields(
    shape: Shape, document: Mapping[str, Any], alias_of: AliasOf, depth: int
) -> None:
    for name, value in document.items():
        if not is_reachable(name):
            shape.has_unreachable = True
            continue
        inner = shape.fields.get(name)
        if inner is None:
            inner = shape.fields[name] = Shape()
        _merge_value(inner, value, alias_of, depth)
    if len(shape.fields) > (MAX_KEYS if depth else MAX_TOP_KEYS):
        shape.is_map = True
        if depth:
            shape.fields.clear()


def _merge_value(shape: Shape, value: Any, alias_of: AliasOf, depth: int) -> None:
    alias = alias_of(value)
    shape.aliases[alias] = None
    if alias == "array":
        for item in value:
            shape.elements[alias_of(item)] = None
    elif alias == "object" and not shape.is_map:
        if depth + 1 >= MAX_DEPTH or not isinstance(value, Mapping):
            shape.is_map = True
            shape.fields.clear()
        else:
            _merge_fields(shape, value, alias_of, depth + 1)


def is_reachable(name: str) -> bool:
    """Whether SQL can name a field: see `_UNREACHABLE`."""
    return bool(name) and "." not in name and not name.startswith("$")


def to_fields(shape: Shape, complete: bool) -> tuple[Field, ...]:
    """The fields of a collection, `_id` first.

    When the shape is not complete a type is a guess and is not given as one:
    `type` is ANY, `seen` has the guess.
    """
    names = sorted(shape.fields, key=lambda name: name != "_id")  # stable
    return tuple(_to_field(name, shape.fields[name], complete) for name in names)


def _to_field(name: str, shape: Shape, complete: bool) -> Field:
    known = set(shape.aliases) - NULLS
    seen = type_of_aliases(known or shape.declared, shape.elements)
    # a type of the validator that no document bears out is a guess as well
    is_proven = complete and bool(known)
    return Field(
        name,
        seen if is_proven else ANY,
        fields=to_fields(shape, complete) if known <= {"object"} else (),
        comment=shape.comment,
        seen=None if is_proven or seen == ANY else seen,
    )


def to_schema(shape: Shape) -> dict[str, Any]:
    """The $jsonSchema that the documents merged so far fulfil."""
    schema: dict[str, Any] = {"bsonType": "object"}
    if shape.is_map:
        return schema
    schema["properties"] = {
        name: _value_schema(inner) for name, inner in shape.fields.items()
    }
    if shape.has_unreachable:  # the pattern takes a third of the reading's time
        schema["patternProperties"] = {_UNREACHABLE: {}}
    schema["additionalProperties"] = False
    return schema


def _value_schema(shape: Shape) -> dict[str, Any]:
    aliases = server_aliases(shape.aliases)
    if aliases is None:
        return {}
    schema: dict[str, Any] = {"bsonType": aliases}
    if "array" in shape.aliases:
        elements = server_aliases(shape.elements)
        if elements is not None:
            schema["items"] = {"bsonType": elements}
    if "object" in shape.aliases and not shape.is_map:
        inner = to_schema(shape)
        del inner["bsonType"]
        schema.update(inner)
    return schema
