"""Types whose values or names are our own: JSON, arrays, INTERVAL, OBJECTID, ANY."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from json import dumps
from typing import Any

from sqlalchemy import types as sqltypes
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import Null
from sqlalchemy.sql.sqltypes import _AbstractInterval
from sqlalchemy.sql.type_api import NativeForEmulated
from sqlalchemy.types import TypeEngine

from sqlalchemy_queryleaf.literals import (
    interval_literal,
    json_literal,
    object_id_literal,
)

Process = Callable[[Any], Any]

# SQLAlchemy 2.1 asks a type which operators it has; 2.0 does not know the question
_CLASSES: Any = getattr(operators, "OperatorClass", None)
_COMPARABLE: Any = _CLASSES.BASE | _CLASSES.COMPARISON if _CLASSES else None
_ALL_OPERATORS: Any = _CLASSES.ANY if _CLASSES else None


class NativeJson(sqltypes.JSON):
    """JSON and JSONB: documents and lists go to the driver as they are.

    A scalar goes as its JSON text, since a str is read as JSON text by the driver.
    JSON's null and SQL's NULL are one value to the server.
    """

    def bind_processor(self, dialect: Any) -> Process:
        """Documents and lists are native, scalars are JSON text."""
        serializer = dialect._json_serializer

        def process(value: Any) -> Any:
            if value is None or value is self.NULL or isinstance(value, Null):
                return None
            if serializer is None and isinstance(value, dict | list | tuple):
                return value
            return (serializer or dumps)(value)

        return process

    def result_processor(self, dialect: Any, coltype: object) -> Process | None:
        """The driver gives Python values; a deserializer of the user's wants text."""
        deserializer = dialect._json_deserializer
        if deserializer is None:
            return None
        return lambda value: None if value is None else deserializer(dumps(value))

    def literal_processor(self, dialect: Any) -> Callable[[Any], str]:
        """Percent signs are doubled, since the text is read for placeholders."""
        return lambda value: json_literal(value).replace("%", "%%")


class JSONB(NativeJson):
    """PostgreSQL's name for what JSON is here as well: a document or list in BSON."""

    __visit_name__ = "JSONB"


class NativeJsonPath(sqltypes.JSON.JSONPathType):
    """The right side of `#>`: '{a, 0, b}'."""

    def bind_processor(self, dialect: Any) -> Process:
        """PostgreSQL's text form of an array."""
        return _path_text

    def literal_processor(self, dialect: Any) -> Callable[[Any], str]:
        """The same, quoted."""
        return lambda value: "'" + _path_text(value).replace("'", "''") + "'"


def _path_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "{" + ", ".join(map(str, value)) + "}"


class NativeArray(sqltypes.ARRAY):  # type: ignore[type-arg]
    """An array: a list, whose items cross as their own type says."""

    def bind_processor(self, dialect: Any) -> Process | None:
        """Each item as its type wants it."""
        item = self.item_type.dialect_impl(dialect).bind_processor(dialect)
        return lambda value: _each(value, item, list)

    def result_processor(self, dialect: Any, coltype: object) -> Process | None:
        """Each item as its type gives it; a tuple when asked for."""
        item = self.item_type.dialect_impl(dialect).result_processor(dialect, coltype)
        if item is None and not self.as_tuple:
            return None
        return lambda value: _each(value, item, tuple if self.as_tuple else list)

    def literal_processor(self, dialect: Any) -> Callable[[Any], str] | None:
        """ARRAY[...] with the items' own literals."""
        item = self.item_type.dialect_impl(dialect).literal_processor(dialect)
        if item is None:
            return None

        def write(value: Any) -> str:
            if isinstance(value, list | tuple):
                return "ARRAY[" + ", ".join(map(write, value)) + "]"
            return "NULL" if value is None else str(item(value))

        return write


def _each(value: Any, item: Process | None, make: type[Any]) -> Any:
    if value is None:
        return None
    if not isinstance(value, list | tuple | set | frozenset):
        return value if item is None else item(value)
    return make(
        [
            _each(each, item, make) if _is_list(each) else _one(each, item)
            for each in value
        ]
    )


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _one(value: Any, item: Process | None) -> Any:
    return value if item is None or value is None else item(value)


class INTERVAL(NativeForEmulated, _AbstractInterval):
    """INTERVAL: a timedelta; one with months, which has no timedelta, is a dict."""

    __visit_name__ = "INTERVAL"
    native = True

    def __init__(self, *args: Any, **options: Any) -> None:
        """Precisions are taken and not kept: milliseconds are what there is."""

    @classmethod
    def adapt_emulated_to_native(cls, impl: Any, **kw: Any) -> INTERVAL:
        """What `sqlalchemy.Interval` becomes."""
        return cls()

    @property
    def _type_affinity(self) -> type[sqltypes.Interval]:
        return sqltypes.Interval

    def as_generic(self, allow_nulltype: bool = False) -> sqltypes.Interval:
        """sqlalchemy.Interval."""
        return sqltypes.Interval(native=True)

    @property
    def python_type(self) -> type[dt.timedelta]:
        """timedelta."""
        return dt.timedelta

    def literal_processor(self, dialect: Any) -> Callable[[Any], str]:
        """INTERVAL '1 days 3.500 seconds'."""
        return interval_literal


class OBJECTID(TypeEngine[Any]):
    """MongoDB's ObjectId, as `bson.ObjectId`; its hexadecimal text is taken too."""

    __visit_name__ = "OBJECTID"
    operator_classes = _COMPARABLE

    def literal_processor(self, dialect: Any) -> Callable[[Any], str]:
        """OBJECTID('507f1f77bcf86cd799439011')."""
        return object_id_literal


class ANY(TypeEngine[Any]):
    """A field that nobody declared, or that holds values of several types."""

    __visit_name__ = "ANY"
    operator_classes = _ALL_OPERATORS
