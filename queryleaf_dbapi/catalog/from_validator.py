"""A collection's own $jsonSchema as the start of its shape.

It gives names in their order, nested documents and descriptions. It does not
prove types: a validator may be of level "moderate" or of action "warn", and
documents may be older than it. Types of fields that no document has shown come
from it (an empty collection), as a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from queryleaf_dbapi.catalog.from_sample import MAX_DEPTH, Shape, is_reachable

# JSON Schema's own type names, in BSON's
_JSON_TYPES: dict[str, tuple[str, ...]] = {
    "object": ("object",),
    "array": ("array",),
    "number": ("double",),
    "boolean": ("bool",),
    "string": ("string",),
    "null": (),
}


def json_schema_of(validator: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The $jsonSchema inside a validator, also below a top $and."""
    schema = validator.get("$jsonSchema")
    if isinstance(schema, Mapping):
        return schema
    for clause in validator.get("$and", ()):
        found = json_schema_of(clause) if isinstance(clause, Mapping) else None
        if found is not None:
            return found
    return None


def from_validator(validator: Mapping[str, Any] | None) -> Shape:
    """The shape to start from; an empty one without a $jsonSchema."""
    schema = json_schema_of(validator) if validator else None
    shape = Shape()
    if schema is not None:
        _add_properties(shape, schema, 0)
    return shape


def _add_properties(shape: Shape, schema: Mapping[str, Any], depth: int) -> None:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or depth >= MAX_DEPTH:
        return
    for name, rule in properties.items():
        if not is_reachable(name) or not isinstance(rule, Mapping):
            continue
        description = rule.get("description")
        inner = Shape(
            declared=_aliases(rule),
            comment=description if isinstance(description, str) else None,
        )
        items = rule.get("items")
        if isinstance(items, Mapping):
            inner.elements.update(dict.fromkeys(_aliases(items)))
        if inner.declared == ("object",):
            _add_properties(inner, rule, depth + 1)
        shape.fields[name] = inner


def _aliases(rule: Mapping[str, Any]) -> tuple[str, ...]:
    """The BSON types a rule allows, but null."""
    if "bsonType" in rule:
        names = rule["bsonType"]
        listed = [names] if isinstance(names, str) else list(names)
        numbers = ["double" if each == "number" else each for each in listed]
        return tuple(dict.fromkeys(each for each in numbers if each != "null"))
    names = rule.get("type", ())
    listed = [names] if isinstance(names, str) else list(names)
    return tuple(
        dict.fromkeys(alias for each in listed for alias in _JSON_TYPES.get(each, ()))
    )
