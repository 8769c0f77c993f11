"""ON CONFLICT: rows that are inserted, and those whose key is there already.

A duplicate key error would abort the server's transaction, so there is none: the
keys of a batch are looked up first, in the snapshot the writes belong to. When
another transaction adds one of them in between, the server reports a conflict of
transactions, and `Session.write` begins again.

One entry per row (its keys and _id) is kept until the statement ends: a second row
of the same key must meet the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import bson
from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from bson.decimal128 import Decimal128
from pymongo import InsertOne, UpdateOne
from pymongo.client_session import ClientSession

from queryleaf_dbapi.errors import CardinalityViolation
from queryleaf_dbapi.mongo.commands import (
    EXCLUDED_FIELD,
    EXCLUDED_VARIABLE,
    ConflictAction,
)
from queryleaf_dbapi.mongo.slots import compile_template
from queryleaf_dbapi.run.fill import Document, Values
from queryleaf_dbapi.run.written import chunks

_KEYS_PER_COMMAND = 1000
_CODEC: CodecOptions[Any] = CodecOptions(
    uuid_representation=UuidRepresentation.STANDARD
)
_CONDITIONS_PER_COMMAND = 500


@dataclass(frozen=True, slots=True)
class Proposed:
    """A row to insert: with the parameters, and in which of the statements of an
    executemany()."""

    row: Document
    values: Values
    statement: int


@dataclass(frozen=True, slots=True)
class _Change:
    """A document that is there, to change with the row that was not inserted."""

    id: Any
    proposed: Proposed


class Upsert:
    """ON CONFLICT made ready."""

    def __init__(self, action: ConflictAction) -> None:
        self.action = action
        self._fill = compile_template(
            {"changes": action.changes, "condition": action.condition}
        )

    def start(self, collection: Any, inside: ClientSession) -> Upserting:
        """Begin a statement."""
        return Upserting(self, collection, inside)

    def update(self, proposed: Proposed) -> list[Document]:
        """The pipeline that changes the document that is there."""
        changes: list[Document] = [{"$set": self._fill(proposed.values)["changes"]}]
        if self.action.excluded:
            excluded = {"$literal": self._excluded(proposed.row)}
            changes.insert(0, {"$set": {EXCLUDED_FIELD: excluded}})
            changes.append({"$unset": EXCLUDED_FIELD})
        return changes

    def condition(self, proposed: Proposed) -> Document:
        """WHERE, as a query."""
        variables = {EXCLUDED_VARIABLE: {"$literal": self._excluded(proposed.row)}}
        condition = self._fill(proposed.values)["condition"]
        return {"$expr": {"$let": {"vars": variables, "in": condition}}}

    def _excluded(self, row: Document) -> Document:
        return {name: row.get(name) for name in self.action.excluded}


class Upserting:
    """One statement under way: what was inserted and changed, in order."""

    def __init__(self, upsert: Upsert, collection: Any, inside: ClientSession) -> None:
        self.ids: list[Any] = []
        self._upsert = upsert
        self._action = upsert.action
        self._collection = collection
        self._inside = inside
        # (number of the key, its values) -> _id of the document that has them
        self._known: dict[tuple[int, Any], Any] = {}
        self._touched: dict[Any, int] = {}  # _id -> the statement that wrote it
        self._pending: list[Document | _Change] = []
        self._pending_ids: set[Any] = set()

    def write(self, rows: Sequence[Proposed]) -> None:
        """Insert the rows, or change what is there."""
        if self._action.moves_key and len(rows) > 1:
            for row in rows:  # each must see the keys the last one left
                self.write([row])
            return
        if self._action.moves_key:
            self._known.clear()
        self._look_up([proposed.row for proposed in rows])
        for proposed in rows:
            self._add(proposed)
        self.flush()

    def _add(self, proposed: Proposed) -> None:
        row = proposed.row
        keys = list(self._keys_of(row))
        found = next((self._known[key] for key in keys if key in self._known), None)
        if found is None:
            self._pending.append(row)
            self._remember(row["_id"], proposed.statement)
            self._known.update((key, row["_id"]) for key in keys)
            return
        if self._action.changes is None:
            return
        identity = comparable(found)
        if identity in self._pending_ids:
            self.flush()
        if self._touched.get(identity) == proposed.statement:
            raise CardinalityViolation(
                "ON CONFLICT DO UPDATE command cannot affect row a second time: two "
                "of the rows have the same key"
            )
        self._pending.append(_Change(found, proposed))
        self._pending_ids.add(identity)

    def _remember(self, id_: Any, statement: int) -> None:
        identity = comparable(id_)
        self._pending_ids.add(identity)
        self._touched[identity] = statement

    def _keys_of(self, row: Document) -> Iterator[tuple[int, Any]]:
        """Its unique keys; one with a NULL in it meets no other."""
        for number, paths in enumerate(self._action.keys):
            parts = [value_at(row, path) for path in paths]
            if all(part is not None for part in parts):
                yield number, tuple(map(comparable, parts))

    def _look_up(self, rows: list[Document]) -> None:
        for number, paths in enumerate(self._action.keys):
            wanted: dict[Any, list[Any]] = {}
            for row in rows:
                for of, key in self._keys_of(row):
                    if of == number and (number, key) not in self._known:
                        wanted[key] = [value_at(row, path) for path in paths]
            projection = {"_id": 1, **dict.fromkeys(paths, 1)}
            for chunk in chunks(list(wanted.values()), _KEYS_PER_COMMAND):
                query = _any_key(paths, chunk)
                found = self._collection.find(query, projection, session=self._inside)
                for document in found.to_list():
                    for of, key in self._keys_of(document):
                        if of == number:
                            self._known[number, key] = document["_id"]

    def flush(self) -> None:
        """Write what is pending; in the order of the rows where that may matter."""
        pending, self._pending = self._pending, []
        self._pending_ids.clear()
        passed = self._passed([each for each in pending if isinstance(each, _Change)])
        requests: list[InsertOne[Document] | UpdateOne] = []
        for each in pending:
            if not isinstance(each, _Change):
                requests.append(InsertOne(each))
                self.ids.append(each["_id"])
            elif passed is None or comparable(each.id) in passed:
                update = self._upsert.update(each.proposed)
                requests.append(UpdateOne({"_id": {"$eq": each.id}}, update))
                self.ids.append(each.id)
                self._touched[comparable(each.id)] = each.proposed.statement
        if not self._action.ordered:  # one command of each kind instead of many
            requests.sort(key=lambda each: isinstance(each, InsertOne))
        if requests:
            self._collection.bulk_write(requests, session=self._inside)

    def _passed(self, changes: list[_Change]) -> set[Any] | None:
        """The documents for which WHERE is TRUE; None when there is none."""
        if self._action.condition is None:
            return None
        passed = set()
        for chunk in chunks(changes, _CONDITIONS_PER_COMMAND):
            query = {
                "$or": [
                    {"_id": {"$eq": each.id}} | self._upsert.condition(each.proposed)
                    for each in chunk
                ]
            }
            found = self._collection.find(query, {"_id": 1}, session=self._inside)
            passed |= {comparable(document["_id"]) for document in found.to_list()}
        return passed


def _any_key(paths: tuple[str, ...], keys: Sequence[list[Any]]) -> Document:
    if len(paths) == 1:
        return {paths[0]: {"$in": [key[0] for key in keys]}}
    return {
        "$or": [
            {path: {"$eq": value} for path, value in zip(paths, key, strict=True)}
            for key in keys
        ]
    }


def value_at(document: Document, path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def comparable(value: Any) -> Any:
    """Equal for values that the server takes for equal, and hashable: numbers of
    all types are, everything else has one form in BSON."""
    if isinstance(value, Decimal128):
        number = value.to_decimal()
        return str(number) if number.is_nan() else number
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "NaN" if value != value else value
    return bson.encode({"": value}, codec_options=_CODEC)
