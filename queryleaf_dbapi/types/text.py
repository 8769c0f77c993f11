"""TEXT, VARCHAR(n), CHAR(n), BOOLEAN and BYTEA."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from typing import Any

from bson.binary import Binary
from bson.code import Code

from queryleaf_dbapi.errors import (
    DataError,
    InvalidTextRepresentation,
    StringDataRightTruncation,
)
from queryleaf_dbapi.types.base import Family, SqlType, shown


def dump_text(value: Any) -> str:
    """A str the server can store; lone surrogates have no UTF-8 form."""
    if isinstance(value, enum.Enum):
        value = value.value
    if not isinstance(value, str) or isinstance(value, Code):  # Code is a str too
        raise DataError(f"a {shown(value)} is not a value of type TEXT")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise DataError("the text holds a lone surrogate: it has no UTF-8") from None
    return str(value)


def _varchar(parameters: tuple[int, ...]) -> Callable[[Any], str]:
    limit = parameters[0]

    def dump(value: Any) -> str:
        text = dump_text(value)
        if len(text) > limit:
            # the standard forgives trailing blanks; so does PostgreSQL
            if text[limit:].strip(" "):
                raise StringDataRightTruncation(
                    f"value too long for type VARCHAR({limit})"
                )
            text = text[:limit]
        return text

    return dump


# every unique beginning of the words counts
_TRUE = frozenset(("true", "tru", "tr", "t", "yes", "ye", "y", "on", "1"))
_FALSE = frozenset(["false", "fals", "fal", "fa", "f", "no", "n", "off", "of", "0"])


def _dump_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
        raise InvalidTextRepresentation("invalid input syntax for type boolean")
    if type(value).__name__ in ("bool_", "bool"):  # numpy's
        return bool(value)
    raise DataError(f"a {shown(value)} is not a value of type BOOLEAN")


_ESCAPED = re.compile(rb"\\(\\|[0-3][0-7]{2})|\\")


def _read_binary(text: str) -> bytes:
    """PostgreSQL's two forms: \\x00ff, and text with \\ooo and a doubled backslash."""
    if text.startswith("\\x"):
        try:
            return bytes.fromhex(text[2:])
        except ValueError:
            error = InvalidTextRepresentation("invalid hexadecimal data for type bytea")
            error.sqlstate = "22023"
            raise error from None

    def unescaped(found: re.Match[bytes]) -> bytes:
        if found[1] is None:
            raise InvalidTextRepresentation("invalid input syntax for type bytea")
        return b"\\" if found[1] == b"\\" else bytes([int(found[1], 8)])

    return _ESCAPED.sub(unescaped, text.encode())


def _dump_binary(value: Any) -> Any:
    if isinstance(value, bytearray | memoryview | bytes):
        return Binary(bytes(value), 0)
    if isinstance(value, str):
        return Binary(_read_binary(value), 0)
    raise DataError(f"a {shown(value)} is not a value of type BYTEA")


TEXT = SqlType("TEXT", Family.TEXT, ("string",), str, dump_text)
VARCHAR = SqlType(
    "VARCHAR", Family.TEXT, ("string",), str, dump_text, parametrise=_varchar
)
CHAR = SqlType("CHAR", Family.TEXT, ("string",), str, dump_text, parametrise=_varchar)
BOOLEAN = SqlType("BOOLEAN", Family.BOOLEAN, ("bool",), bool, _dump_boolean)
BYTEA = SqlType("BYTEA", Family.BINARY, ("binData",), bytes, _dump_binary)
