"""Values of keys: compared as the server compares them, and looked for.

A key is a tuple of stored values. Two that the server calls equal (5, 5.0 and
Decimal128("5"); a date with and without its zone) are one key here.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from zlib import crc32

from bson.decimal128 import Decimal128
from bson.objectid import ObjectId

Document = Mapping[str, Any]
Key = tuple[Any, ...]

_SINGLE_KEYS = 10_000  # values of one $in
_COMPOSITE_KEYS = 500  # branches of one $or


def canonical(value: Any) -> Any:
    """A form that is equal exactly where the server says equal."""
    if isinstance(value, Decimal128):
        return value.to_decimal()
    if isinstance(value, dt.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(dt.timezone.utc).replace(tzinfo=None)
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    if isinstance(value, uuid.UUID):
        return value.bytes
    if isinstance(value, bytes):
        return bytes(value)
    if isinstance(value, dict):
        return tuple((name, canonical(each)) for name, each in value.items())
    return value


def key_of(document: Document, columns: Sequence[str]) -> Key | None:
    """The document's key in its stored values; None where a part is NULL: it refers
    to nothing (MATCH SIMPLE), and nothing refers to it."""
    values = tuple([document.get(name) for name in columns])
    return None if None in values else values


def identity(key: Key) -> Key:
    """What tells keys apart."""
    return tuple([canonical(each) for each in key])


class KeySet:
    """Distinct keys, each once as it was first seen."""

    def __init__(self, keys: Iterable[Key | None] = ()) -> None:
        self._keys: dict[Key, Key] = {}
        for key in keys:
            if key is not None:
                self._keys.setdefault(identity(key), key)

    @classmethod
    def of(cls, documents: Iterable[Document], columns: Sequence[str]) -> KeySet:
        """The keys of documents, those with a NULL left out."""
        if len(columns) == 1:
            # most keys are one column, and most rows repeat few of its values
            name = columns[0]
            try:
                values = {document.get(name) for document in documents}
            except TypeError:  # a value that cannot be hashed
                return cls(key_of(each, columns) for each in documents)
            values.discard(None)
            return cls((value,) for value in values)
        return cls(key_of(each, columns) for each in documents)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys.values())

    def __contains__(self, key: Key) -> bool:
        return identity(key) in self._keys

    def without(self, others: KeySet) -> KeySet:
        """The keys that the others do not have."""
        return KeySet(key for key in self if key not in others)


def filters(columns: Sequence[str], keys: Iterable[Key]) -> Iterator[dict[str, Any]]:
    """Query documents that together find the rows with these keys."""
    listed = list(keys)
    size = _SINGLE_KEYS if len(columns) == 1 else _COMPOSITE_KEYS
    for start in range(0, len(listed), size):
        chunk = listed[start : start + size]
        if len(columns) == 1:
            yield {columns[0]: {"$in": [key[0] for key in chunk]}}
        else:
            yield {"$or": [_equals(columns, key) for key in chunk]}


def _equals(columns: Sequence[str], key: Key) -> dict[str, Any]:
    return {name: {"$eq": value} for name, value in zip(columns, key, strict=True)}


def bucket(key: Key, buckets: int) -> int:
    """A number below `buckets`: the same in every process for keys that are equal."""
    total = 0
    for value in key:
        total = crc32(_bytes_of(canonical(value)), total)
    return total % buckets


def _bytes_of(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, ObjectId):
        return value.binary
    if isinstance(value, Decimal | float):
        # numbers that differ may share a bucket, equal ones must
        return repr(int(value) if _is_whole(value) else float(value)).encode()
    return repr(int(value) if isinstance(value, bool) else value).encode()


def _is_whole(value: Decimal | float) -> bool:
    try:
        return int(value) == value
    except (ValueError, OverflowError):  # NaN, Infinity
        return False
