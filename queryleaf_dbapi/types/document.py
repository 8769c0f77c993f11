"""JSON and JSONB, arrays, UUID, OBJECTID, and the two types of the unknown.

Documents and lists are values here, never operators: a dict is stored as it is
and compared whole. Types that the server would read as instructions or
patterns (re.Pattern, bson Regex, Code, DBRef) are refused.
"""

from __future__ import annotations

import datetime as dt
import enum
import json
import re
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bson.binary import Binary, UuidRepresentation
from bson.code import Code
from bson.dbref import DBRef
from bson.decimal128 import Decimal128
from bson.errors import InvalidId
from bson.objectid import ObjectId
from bson.regex import Regex

from queryleaf_dbapi.errors import DataError, InvalidTextRepresentation
from queryleaf_dbapi.types import numeric, temporal, text
from queryleaf_dbapi.types.base import Family, SqlType, shown

_REFUSED = (re.Pattern, Regex, Code, DBRef)
_MAX_DEPTH = 100  # the server stores 179 levels; the command around takes some


def dump_any(value: Any, depth: int = 0) -> Any:
    """A value whose column nobody typed, as BSON would hold it."""
    if value is None or isinstance(value, bool | str | int | float):
        return _dump_plain(value)
    if isinstance(value, _REFUSED):
        raise DataError(
            f"a {shown(value)} is not a value: patterns, code and references "
            "are refused as parameters"
        )
    if isinstance(value, Decimal):
        return numeric.NUMERIC.dump(value)
    if isinstance(value, dt.datetime):
        return temporal.TIMESTAMP.dump(value)
    if isinstance(value, dt.date):
        return temporal.DATE.dump(value)
    if isinstance(value, dt.time):
        return temporal.TIME.dump(value)
    if isinstance(value, dt.timedelta):
        return temporal.INTERVAL.dump(value)
    if isinstance(value, uuid.UUID):
        return Binary.from_uuid(value, UuidRepresentation.STANDARD)
    if isinstance(value, enum.Enum):
        return dump_any(value.value, depth)
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _dump_container(value, depth)
    if isinstance(value, ObjectId | Decimal128 | Binary):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return text.BYTEA.dump(value)
    return _dump_foreign(value)


def _dump_plain(value: Any) -> Any:
    if isinstance(value, str):
        return text.dump_text(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return numeric.BIGINT.dump(value)
    return value


def _dump_foreign(value: Any) -> Any:
    """numpy and pandas scalars, which offer item() or are refused."""
    if hasattr(value, "item"):
        return dump_any(value.item())
    if type(value).__module__.startswith(("bson", "pandas")):
        if type(value).__name__ == "NaTType":
            return None
        return value
    raise DataError(f"a {shown(value)} has no BSON form")


def _dump_container(value: Any, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise DataError(f"the value nests deeper than {_MAX_DEPTH} levels")
    if not isinstance(value, Mapping):
        return [dump_any(item, depth + 1) for item in value]
    document = {}
    for key, item in value.items():
        if not isinstance(key, str) or "\0" in key:
            raise DataError("a document's keys are text without NUL")
        document[text.dump_text(key)] = dump_any(item, depth + 1)
    return document


def _load_any(value: Any) -> Any:
    if isinstance(value, Decimal128):
        return value.to_decimal()
    if isinstance(value, Binary):
        return _load_binary(value)
    if isinstance(value, dict):
        return {key: _load_any(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_load_any(item) for item in value]
    return value


def _load_binary(value: Binary) -> Any:
    if value.subtype == 4:
        return value.as_uuid(UuidRepresentation.STANDARD)
    return bytes(value)


def _dump_json(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise InvalidTextRepresentation(
                "invalid input syntax for type json"
            ) from None
    return dump_any(value)


def _dump_array(value: Any) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        return dump_any(value)
    raise DataError(f"a {shown(value)} is not an array")


_ARRAY_TOKEN = re.compile(
    r'\s*(?:([{},])|"((?:[^"\\]|\\.)*)"|([^"{},]*[^"{},\s]))\s*', re.S
)


def read_array(text: str) -> list[Any]:
    """PostgreSQL's text form of an array: `{1,"a b",NULL}`, `{{1,2},{3,4}}`."""
    tokens: list[tuple[str, str | None]] = []
    position, body = 0, text.strip()
    while position < len(body):
        found = _ARRAY_TOKEN.match(body, position)
        if found is None:
            raise _malformed()
        tokens.append(_read_token(found))
        position = found.end()
    items, end = _read_items(tokens, 0)
    if end != len(tokens):
        raise _malformed()
    return items


def _read_token(found: re.Match[str]) -> tuple[str, str | None]:
    if found[1]:
        return found[1], None
    if found[2] is not None:
        return "item", re.sub(r"\\(.)", r"\1", found[2])
    plain = re.sub(r"\\(.)", r"\1", found[3])
    return "item", None if found[3].upper() == "NULL" else plain


def _read_items(
    tokens: list[tuple[str, str | None]], start: int
) -> tuple[list[Any], int]:
    """The array that begins at a token, and where it ends."""
    if start >= len(tokens) or tokens[start][0] != "{":
        raise _malformed()
    items: list[Any] = []
    index = start + 1
    if index < len(tokens) and tokens[index][0] == "}":
        return items, index + 1
    while index < len(tokens):
        kind, value = tokens[index]
        if kind == "{":
            inner, index = _read_items(tokens, index)
            items.append(inner)
        elif kind == "item":
            items.append(value)
            index += 1
        else:
            raise _malformed()
        if index >= len(tokens) or tokens[index][0] not in ",}":
            raise _malformed()
        if tokens[index][0] == "}":
            return items, index + 1
        index += 1
    raise _malformed()


def _malformed() -> InvalidTextRepresentation:
    return InvalidTextRepresentation(
        'malformed array literal: it is written {1, 2, "a b"}'
    )


def _refuse_nested(value: Any) -> None:
    if any(isinstance(item, list | tuple) for item in value):
        raise DataError(
            "an array of several dimensions in a type of one; write the type as "
            "INTEGER[][], with one [] for each"
        )


def _dump_uuid(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = uuid.UUID(value)
        except ValueError:
            raise InvalidTextRepresentation(
                "invalid input syntax for type uuid"
            ) from None
    if isinstance(value, uuid.UUID):
        return Binary.from_uuid(value, UuidRepresentation.STANDARD)
    if isinstance(value, Binary) and value.subtype == 4:
        return value
    raise DataError(f"a {shown(value)} is not a value of type UUID")


def _load_uuid(value: Any) -> Any:
    return _load_binary(value) if isinstance(value, Binary) else value


def _dump_object_id(value: Any) -> Any:
    if isinstance(value, ObjectId):
        return value
    if isinstance(value, str):
        try:
            return ObjectId(value)
        except InvalidId:
            raise InvalidTextRepresentation(
                "an OBJECTID is written with 24 hexadecimal digits"
            ) from None
    raise DataError(f"a {shown(value)} is not a value of type OBJECTID")


def array_of(element: SqlType) -> SqlType:
    """The array type of an element type."""

    def dump(value: Any) -> Any:
        if isinstance(value, str):
            value = read_array(value)
        _dump_array(value)
        if not element.may_hold_array:
            _refuse_nested(value)
        return [None if item is None else element.dump(item) for item in value]

    def load(value: Any) -> Any:
        if element.load is None or not isinstance(value, list):
            return value
        return [None if item is None else element.load(item) for item in value]

    loader = None if element.load is None else load
    return SqlType("ARRAY", Family.ARRAY, ("array",), list, dump, loader, (), element)


JSON = SqlType("JSON", Family.DOCUMENT, (), dict, _dump_json, _load_any)
JSONB = SqlType("JSONB", Family.DOCUMENT, (), dict, _dump_json, _load_any)
UUID = SqlType("UUID", Family.UUID, ("binData",), uuid.UUID, _dump_uuid, _load_uuid)
OBJECTID = SqlType(
    "OBJECTID", Family.OBJECT_ID, ("objectId",), ObjectId, _dump_object_id
)
ANY = SqlType("ANY", Family.ANY, (), object, dump_any, _load_any)
# a string literal or str parameter, or NULL, whose context has not spoken yet
UNKNOWN = SqlType("UNKNOWN", Family.UNKNOWN, (), str, dump_any)
