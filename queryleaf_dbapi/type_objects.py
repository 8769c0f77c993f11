"""PEP 249's type objects and constructors.

`cursor.description[i][1]` is an SqlType; comparing it with STRING, NUMBER, ... says
which kind it is.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from queryleaf_dbapi.types import Family, SqlType

Date = dt.date
Time = dt.time
Timestamp = dt.datetime


def DateFromTicks(ticks: float) -> dt.date:
    """The local date of seconds since 1970."""
    return dt.date.fromtimestamp(ticks)


def TimeFromTicks(ticks: float) -> dt.time:
    """The local time of seconds since 1970."""
    return dt.datetime.fromtimestamp(ticks).time()


def TimestampFromTicks(ticks: float) -> dt.datetime:
    """The local date and time of seconds since 1970."""
    return dt.datetime.fromtimestamp(ticks)


def Binary(value: bytes | bytearray | memoryview | str) -> bytes:
    """A binary value."""
    return value.encode() if isinstance(value, str) else bytes(value)


class TypeObject:
    """Equal to every SqlType of its families."""

    def __init__(self, name: str, *families: Family) -> None:
        self._name = name
        self._families = frozenset(families)

    def __eq__(self, other: Any) -> bool:
        if isinstance(other, SqlType):
            return other.family in self._families
        return self is other

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return self._name


STRING = TypeObject("STRING", Family.TEXT)
BINARY = TypeObject("BINARY", Family.BINARY)
NUMBER = TypeObject(
    "NUMBER", Family.INTEGER, Family.DECIMAL, Family.FLOAT, Family.BOOLEAN
)
DATETIME = TypeObject(
    "DATETIME", Family.DATE, Family.TIME, Family.TIMESTAMP, Family.INTERVAL
)
ROWID = TypeObject("ROWID", Family.OBJECT_ID)
