"""Running INSERT."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from pymongo.client_session import ClientSession

from queryleaf_dbapi.mongo.commands import (
    DEFAULT,
    InsertField,
    InsertRows,
    OutputColumn,
    Returning,
)
from queryleaf_dbapi.mongo.slots import PlaceOfSlot, Slot
from queryleaf_dbapi.rows.decode import build_decoder
from queryleaf_dbapi.run.documents import build_maker
from queryleaf_dbapi.run.fill import Document, Values
from queryleaf_dbapi.run.reads import Reader, Stream
from queryleaf_dbapi.run.returning import read_back
from queryleaf_dbapi.run.sequences import Sequences
from queryleaf_dbapi.run.session import Session
from queryleaf_dbapi.run.written import (
    BATCH,
    WriteResult,
    chunks,
    insert_documents,
    written,
)
from queryleaf_dbapi.types import ANY


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
        # of executemany a transaction for each batch: the server gives it a minute
        at_once = len(rows_of_values) == 1
        has_keys = self.command.target.references is not None
        for some in [documents] if at_once else chunks(documents, BATCH):
            insert = partial(self._insert, session, some)
            session.write(insert, atomic=has_keys or (at_once and len(some) > 1))
        return self._result(session, documents)

    def _constants(self, session: Session) -> Document:
        """Defaults that the server computes, such as CURRENT_TIMESTAMP."""
        if not self._computed:
            return {}
        pipeline: list[Document] = [
            {"$documents": [{}]},
            {"$project": {"_id": 0, **self._computed}},
        ]
        database = session.database(self.command.target.database)
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
                counters = Sequences(session.client, self.command.target.database)
                first = counters.next_block(field.sequence, needed)
                taken[field.name] = iter(range(first, first + needed))
        return taken

    def _defaulted(self, field: InsertField, total: int) -> int:
        position = field.position
        assert position is not None
        per_set = sum(row[position] is DEFAULT for row in self.command.rows)
        return per_set * (total // max(len(self._makers), 1))

    def _insert(
        self, session: Session, documents: Sequence[Document], inside: ClientSession
    ) -> None:
        with written(session, inside, self.command.target) as collection:
            insert_documents(collection, inside, documents)

    def _insert_from_query(
        self, session: Session, rows_of_values: Sequence[Values]
    ) -> WriteResult:
        """INSERT ... SELECT: read and written in one transaction, a batch at a time.

        `$merge` would keep the rows on the server, at about four fifths of the time;
        but it says not how many there were, and others would see half of them.
        """
        source = self._source
        assert source is not None
        constants = self._constants(session)
        returning = self.returning

        def copy(inside: ClientSession) -> tuple[int, list[Document]]:
            count = 0
            kept: list[Document] = []
            with written(session, inside, self.command.target) as collection:
                for values in rows_of_values:
                    for found in self._batches(source.open(session, values)):
                        rows = self._raw(found)
                        documents = self._from_rows(session, rows, constants)
                        insert_documents(collection, inside, documents)
                        count += len(documents)
                        if returning is not None:
                            kept += documents
            return count, kept

        count, kept = session.write(copy, atomic=True)
        result = self._result(session, kept)
        result.rowcount = count
        return result

    def _batches(self, stream: Stream) -> Iterator[list[Document]]:
        while found := stream.take(BATCH):
            yield found

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
        returned = read_back(session, self.command.target, self.returning, documents)
        return WriteResult(len(documents), returned, last)


# a value as the server gave it: it has been cast there and goes back as it is
STORED = replace(ANY, dump=lambda value: value, load=None)


def _unloaded(column: OutputColumn) -> OutputColumn:
    """The column without loading: stored values stay as they are."""
    return replace(column, type=STORED)
