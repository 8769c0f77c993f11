"""BSON type aliases to SQL types.

An alias is the server's name of a BSON type ("int", "string", ...), with two of
our own: "uuid" for binary subtype 4, which the server's schema language cannot
tell from "binData", and "any" for what has no alias.
"""

from __future__ import annotations

from collections.abc import Iterable

from queryleaf_dbapi.types import (
    ANY,
    BIGINT,
    BOOLEAN,
    BYTEA,
    DOUBLE,
    INTEGER,
    JSONB,
    NUMERIC,
    OBJECTID,
    TEXT,
    TIMESTAMP,
    UUID,
    SqlType,
    array_of,
)

NULLS = frozenset({"null", "undefined"})

_SINGLE: dict[str, SqlType] = {
    "int": INTEGER,
    "long": BIGINT,
    "double": DOUBLE,
    "decimal": NUMERIC,
    "string": TEXT,
    "bool": BOOLEAN,
    "date": TIMESTAMP,
    "objectId": OBJECTID,
    "binData": BYTEA,
    "uuid": UUID,
    "object": JSONB,
    "array": array_of(ANY),
}
_INTEGERS = {"int", "long"}
_BINARY_NUMBERS = {"int", "long", "double"}


def type_of_aliases(aliases: Iterable[str], elements: Iterable[str] = ()) -> SqlType:
    """The SQL type of a field that held these BSON types; nulls say nothing.

    Integers widen to BIGINT and integers with doubles to DOUBLE; every other
    mixture is ANY. `elements` are the types inside its arrays.
    """
    found = set(aliases) - NULLS
    if found == {"array"}:
        return array_of(type_of_aliases(elements))
    if len(found) == 1:
        return _SINGLE.get(found.pop(), ANY)
    if not found:
        return ANY
    if found <= _INTEGERS:
        return BIGINT
    if found <= _BINARY_NUMBERS:
        return DOUBLE
    return ANY


def server_aliases(aliases: Iterable[str]) -> list[str] | None:
    """The aliases as $jsonSchema writes them, always with null, in stable order.

    None when some type has no alias, and so every type must be allowed.
    """
    found = {"binData" if each == "uuid" else each for each in aliases} - NULLS
    return None if "any" in found else [*sorted(found), "null"]
