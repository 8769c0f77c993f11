"""Running INSERT, UPDATE and DELETE, and what RETURNING reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from queryleaf_dbapi.mongo.commands import (
    DEFAULT,
    DeleteRows,
    InsertField,
    InsertRows,
    OutputColumn,
    Returning,
    UpdateRows,
)
from queryleaf_dbapi.mongo.slots import PlaceOfSlot, Slot, compile_template
from queryleaf_dbapi.mongo.stages import render_pipeline
from queryleaf_dbapi.rows.decode import build_decoder
from queryleaf_dbapi.run.documents import build_maker
from queryleaf_dbapi.run.reads import Document, Reader, Stream, Values
from queryleaf_dbapi.run.sequences import Sequences
from queryleaf_dbapi.run.session import Session
from queryleaf_dbapi.types import ANY

_BATCH = 10_000
_IDS_PER_COMMAND = 50_000


class WriteResult:
    """How many rows were written, the documents RETURNING reads, the last key."""

    __slots__ = ("lastrowid", "returned", "rowcount")

    def __init__(
        self, rowcount: int, returned: Stream | None = None, lastrowid: Any = None
    ) -> None:
        self.rowcount = rowcount
        self.returned = returned
        self.lastrowid = lastrowid


def _collection(session: Session, command: Any) -> Collection[Document]:
    return session.database(command.database)[command.collection]


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


class Inserter:
    """INSERT made ready: documents are made column by column, once per row."""

    def __init__(self, command: InsertRows, returning: Returning | None) -> None:
        self.command = command
        self.returning = returning
        self._makers = [build_maker(command.fields, row) for row in command.rows]
        self._source: Reader | None = None
        if command.source is not None:
            width = len(command.source_outputs)
            self._source = Reader(
                command.source, command.source_outputs, lambda name: []
            )
            self._raw = build_decoder(
                tuple(_unloaded(column) for column in command.source_outputs)
            )
            cells = [Slot(i, PlaceOfSlot.VALUE, STORED) for i in range(width)]
            self._from_query = build_maker(command.fields, cells)
        self._computed = {
            field.name: field.computed
            for field in command.fields
            if field.computed is not None
        }

    def run(self, session: Session, rows_of_values: Sequence[Values]) -> WriteResult:
        """Insert one row set per tuple of parameters."""
        if self._source is not None:
            return self._insert_from_query(session, rows_of_values)
        constants = self._constants(session)
        documents = self._documents(session, rows_of_values, constants)
        atomic = len(documents) > 1 and len(rows_of_values) == 1
        session.write(lambda s: self._insert(session, s, documents), atomic=atomic)
        return self._result(session, documents)

    def _constants(self, session: Session) -> Document:
        """Defaults that the server computes, such as CURRENT_TIMESTAMP."""
        if not self._computed:
            return {}
        pipeline: list[Document] = [
            {"$documents": [{}]},
            {"$project": {"_id": 0, **self._computed}},
        ]
        database = session.database(self.command.database)
        found = session.read(
            lambda s: database.aggregate(pipeline, session=s).to_list()
        )
        return found[0]

    def _documents(
        self, session: Session, rows_of_values: Sequence[Values], constants: Document
    ) -> list[Document]:
        total = len(rows_of_values) * len(self._makers)
        sequences = self._take_sequences(session, total)
        makers = self._makers
        return [
            make(values, sequences, constants)
            for values in rows_of_values
            for make in makers
        ]

    def _take_sequences(self, session: Session, total: int) -> dict[str, Iterator[int]]:
        """A block of numbers for each column that may need one; gaps are allowed."""
        taken: dict[str, Iterator[int]] = {}
        for field in self.command.fields:
            if field.sequence is None:
                continue
            needed = total if field.position is None else self._defaulted(field, total)
            if needed:
                counters = Sequences(session.client, self.command.database)
                first = counters.next_block(field.sequence, needed)
                taken[field.name] = iter(range(first, first + needed))
        return taken

    def _defaulted(self, field: InsertField, total: int) -> int:
        position = field.position
        assert position is not None
        per_set = sum(row[position] is DEFAULT for row in self.command.rows)
        return per_set * (total // max(len(self._makers), 1))

    def _insert(
        self, session: Session, inside: ClientSession, documents: list[Document]
    ) -> None:
        collection = _collection(session, self.command)
        if len(documents) == 1:
            collection.insert_one(documents[0], session=inside)
            return
        for chunk in _chunks(documents, _BATCH):
            collection.insert_many(chunk, session=inside)

    def _insert_from_query(
        self, session: Session, rows_of_values: Sequence[Values]
    ) -> WriteResult:
        """INSERT ... SELECT: read and written in one transaction, a batch at a time."""
        written: list[Document] = []
        count = 0
        source = self._source
        assert source is not None
        constants = self._constants(session)

        def copy(inside: ClientSession) -> None:
            nonlocal count
            for values in rows_of_values:
                stream = source.open(session, values)
                while found := stream.take(_BATCH):
                    rows = self._raw(found)
                    documents = self._from_rows(session, rows, constants)
                    self._insert(session, inside, documents)
                    count += len(documents)
                    if self.returning is not None:
                        written.extend(documents)

        session.write(copy, atomic=True)
        result = self._result(session, written)
        result.rowcount = count
        return result

    def _from_rows(
        self, session: Session, rows: list[tuple[Any, ...]], constants: Document
    ) -> list[Document]:
        sequences = self._take_sequences(session, len(rows))
        return [self._from_query(row, sequences, constants) for row in rows]

    def _result(self, session: Session, documents: list[Document]) -> WriteResult:
        last = None
        if documents:
            keys = [field.name for field in self.command.fields if field.sequence]
            last = documents[-1].get(keys[0] if keys else "_id")
        if self.returning is None:
            return WriteResult(len(documents), None, last)
        returned = read_back(
            session,
            self.command,
            self.returning,
            documents,
        )
        return WriteResult(len(documents), returned, last)


# a value as the server gave it: it has been cast there and goes back as it is
STORED = replace(ANY, dump=lambda value: value, load=None)


def _unloaded(column: OutputColumn) -> OutputColumn:
    """The column without loading: stored values stay as they are."""
    return replace(column, type=STORED)


def read_back(
    session: Session, command: Any, returning: Returning, documents: list[Document]
) -> Stream:
    """What RETURNING names, of documents just written: taken from them when only
    stored fields are asked for, else computed by the server."""
    stages = render_pipeline(returning.stages)
    if len(stages) == 1 and _only_fields(stages[0].get("$project", {})):
        return Stream(None, list(documents))
    ids = [document["_id"] for document in documents]
    return Stream(None, by_ids(session, command, stages, ids))


def _only_fields(projection: Document) -> bool:
    return all(mark in (0, 1) and mark is not True for mark in projection.values())


def by_ids(
    session: Session, command: Any, stages: list[Document], ids: Sequence[Any]
) -> list[Document]:
    """The pipeline over the documents of these _ids."""
    collection = _collection(session, command)
    found: list[Document] = []
    for chunk in _chunks(ids, _IDS_PER_COMMAND):
        pipeline = [
            {"$match": {"_id": {"$in": list(chunk)}}},
            {"$sort": {"_id": 1}},
            *stages,
        ]
        found += session.read(
            lambda s, p=pipeline: collection.aggregate(p, session=s).to_list()  # type: ignore[misc]
        )
    return found


class Updater:
    """UPDATE made ready."""

    def __init__(self, command: UpdateRows, returning: Returning | None) -> None:
        self.command = command
        self.returning = returning
        self._fill = compile_template(
            {"filter": command.filter, "changes": [{"$set": command.changes}]}
        )
        self._select = (
            Reader(command.select, (), lambda name: []) if command.select else None
        )

    def run(self, session: Session, values: Values) -> WriteResult:
        """Change the rows; rowcount is how many matched."""
        if self._select is not None:
            return self._by_id(session, values)
        filled = self._fill(values)
        if self.returning is not None:
            return self._returning(session, filled)
        collection = _collection(session, self.command)
        result = session.write(
            lambda s: collection.update_many(
                filled["filter"], filled["changes"], session=s
            ),
            atomic=True,
        )
        return WriteResult(result.matched_count)

    def _by_id(self, session: Session, values: Values) -> WriteResult:
        select = self._select
        assert select is not None
        collection = _collection(session, self.command)
        names = self.command.changes

        def change(inside: ClientSession) -> list[Any]:
            rows = select.open(session, values).take_all()
            for chunk in _chunks(rows, _BATCH):
                updates = [
                    UpdateOne(
                        {"_id": {"$eq": row["_id"]}},
                        {"$set": {p: row.get(n) for p, n in names.items()}},
                    )
                    for row in chunk
                ]
                collection.bulk_write(updates, session=inside)
            return [row["_id"] for row in rows]

        return self._changed(session, change)

    def _returning(self, session: Session, filled: Document) -> WriteResult:
        collection = _collection(session, self.command)

        def change(inside: ClientSession) -> list[Any]:
            found = collection.find(filled["filter"], {"_id": 1}, session=inside)
            ids = [document["_id"] for document in found.to_list()]
            for chunk in _chunks(ids, _IDS_PER_COMMAND):
                collection.update_many(
                    {"_id": {"$in": list(chunk)}}, filled["changes"], session=inside
                )
            return ids

        return self._changed(session, change)

    def _changed(self, session: Session, change: Any) -> WriteResult:
        returned: list[Document] = []

        def work(inside: ClientSession) -> int:
            ids = change(inside)
            if self.returning is not None:
                stages = render_pipeline(self.returning.stages)
                returned[:] = by_ids(session, self.command, stages, ids)
            return len(ids)

        count = session.write(work, atomic=True)
        stream = Stream(None, returned) if self.returning is not None else None
        return WriteResult(count, stream)


class Deleter:
    """DELETE made ready."""

    def __init__(self, command: DeleteRows, returning: Returning | None) -> None:
        self.command = command
        self.returning = returning
        self._fill = compile_template(command.filter)
        self._select = (
            Reader(command.select, (), lambda name: []) if command.select else None
        )

    def run(self, session: Session, values: Values) -> WriteResult:
        """Delete the rows; RETURNING reads them first."""
        collection = _collection(session, self.command)
        filled = self._fill(values)
        if self._select is None and self.returning is None:
            result = session.write(
                lambda s: collection.delete_many(filled, session=s), atomic=True
            )
            return WriteResult(result.deleted_count)
        returned: list[Document] = []

        def delete(inside: ClientSession) -> int:
            if self._select is not None:
                found = self._select.open(session, values).take_all()
            else:
                found = collection.find(filled, {"_id": 1}, session=inside).to_list()
            ids = [document["_id"] for document in found]
            if self.returning is not None:
                stages = render_pipeline(self.returning.stages)
                returned[:] = by_ids(session, self.command, stages, ids)
            for chunk in _chunks(ids, _IDS_PER_COMMAND):
                collection.delete_many({"_id": {"$in": list(chunk)}}, session=inside)
            return len(ids)

        count = session.write(delete, atomic=True)
        stream = Stream(None, returned) if self.returning is not None else None
        return WriteResult(count, stream)
