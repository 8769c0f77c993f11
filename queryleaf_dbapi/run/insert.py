"""Running INSERT: documents are made in the client, of parameters or of the rows a
query gave, and written in as few commands as there may be.

INSERT ... SELECT reads and writes in one transaction, a batch at a time. `$merge`
would keep the rows on the server, at about four fifths of the time; but it does not
say how many there were, others would see half of them, and an error in the middle
would leave them there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle
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
from queryleaf_dbapi.plan.client_values import UUID_VALUES
from queryleaf_dbapi.rows.decode import build_decoder
from queryleaf_dbapi.run.client_values import default_values
from queryleaf_dbapi.run.documents import Maker, build_maker
from queryleaf_dbapi.run.fill import Document, Values, VirtualSource
from queryleaf_dbapi.run.generated import compute
from queryleaf_dbapi.run.reads import Reader, Stream
from queryleaf_dbapi.run.returning import by_ids, read_back
from queryleaf_dbapi.run.session import Session
from queryleaf_dbapi.run.spool import set_aside
from queryleaf_dbapi.run.upsert import Proposed, Upsert
from queryleaf_dbapi.run.written import BATCH, WriteResult, insert_documents, written
from queryleaf_dbapi.types import ANY

# a value as the server gave it: it has been cast there and goes back as it is
STORED = replace(ANY, dump=lambda value: value, load=None)


class Inserter:
    """INSERT made ready: documents are made column by column, once per row."""

    def __init__(
        self,
        command: InsertRows,
        returning: Returning | None,
        virtual: VirtualSource,
    ) -> None:
        self.command = command
        self.returning = returning
        self._documents = DocumentMaker(command)
        self._upsert = Upsert(command.conflict) if command.conflict else None
        self._source: Reader | None = None
        if command.source is not None:
            self._source = Reader(command.source, command.source_outputs, virtual)
            self._raw = build_decoder(
                tuple(unloaded(column) for column in command.source_outputs)
            )

    def run(self, session: Session, sets: Sequence[Values]) -> WriteResult:
        """Insert the rows of each set of parameters, a statement of its own each."""
        constants = self._documents.constants(session)
        if self._source is not None:
            return self._write(session, sets, constants, None, atomic=True)
        made = self._documents.make_all(session, sets, constants)
        atomic = self._upsert is not None or self.command.target.references is not None
        if len(sets) == 1:
            atomic = atomic or len(made) > 1
            return self._write(session, sets, constants, made, atomic)
        # of executemany() a transaction for each batch: the server gives it a minute
        width = len(made) // len(sets)
        size = max(1, BATCH // max(1, width))
        total = WriteResult(0)
        for start in range(0, len(sets), size):
            some = made[start * width : (start + size) * width]
            part = sets[start : start + size]
            total.add(self._write(session, part, constants, some, atomic))
        return total

    def _write(
        self,
        session: Session,
        sets: Sequence[Values],
        constants: Document,
        made: list[Document] | None,
        atomic: bool,
    ) -> WriteResult:
        """Write the rows of a query, or those `made`, in one transaction."""
        returning, upsert = self.returning, self._upsert
        target = self.command.target

        def write(inside: ClientSession) -> WriteResult:
            kept: list[Document] = []
            count, last = 0, None
            with written(session, inside, target) as collection:
                upserting = upsert.start(collection, inside) if upsert else None
                for first, width, documents in self._batches(
                    session, sets, constants, made
                ):
                    compute(collection.database, inside, target.generated, documents)
                    last = documents[-1]
                    if upserting is not None:
                        numbers = [first + i // width for i in range(len(documents))]
                        pairs = zip(documents, numbers, strict=True)
                        upserting.write([Proposed(d, sets[n], n) for d, n in pairs])
                        continue
                    insert_documents(collection, inside, documents)
                    count += len(documents)
                    if returning is not None:
                        kept += documents
            lastrowid = self._key(last)
            if upserting is not None:
                ids = upserting.ids
                if returning is None:
                    return WriteResult(len(ids), None, lastrowid)
                found = by_ids(session, target, returning, ids)
                return WriteResult(len(ids), Stream(None, found), lastrowid)
            if returning is None:
                return WriteResult(count, None, lastrowid)
            stream = read_back(session, target, returning, kept)
            return WriteResult(count, stream, lastrowid)

        return session.write(write, atomic=atomic)

    def _key(self, document: Document | None) -> Any:
        if document is None:
            return None
        keys = [
            field.name
            for field in self.command.fields
            if field.sequence not in (None, UUID_VALUES)
        ]
        return document.get(keys[0] if keys else "_id")

    def _batches(
        self,
        session: Session,
        sets: Sequence[Values],
        constants: Document,
        made: list[Document] | None,
    ) -> Iterator[tuple[int, int, list[Document]]]:
        """(number of the first statement, documents of each, documents)."""
        if made is None:
            for number, values in enumerate(sets):
                for rows in self._selected(session, values):
                    documents = self._documents.of_rows(session, rows, constants)
                    yield number, len(documents), documents
        elif made:
            yield 0, len(made) // len(sets), made

    def _selected(
        self, session: Session, values: Values
    ) -> Iterator[list[tuple[Any, ...]]]:
        assert self._source is not None
        stream = self._source.open(session, values)
        if self.command.reads_target:
            for found in set_aside(stream, session.client.codec_options):
                yield self._raw(found)
            return
        while found := stream.take(BATCH):
            yield self._raw(found)


class DocumentMaker:
    """Makes the documents of an INSERT, with defaults and numbers of sequences."""

    def __init__(self, command: InsertRows) -> None:
        self._command = command
        rows = command.rows
        if command.source is not None:
            cells = [
                Slot(i, PlaceOfSlot.VALUE, STORED)
                for i in range(len(command.source_outputs))
            ]
            rows = tuple(
                tuple(
                    DEFAULT if mark is DEFAULT else cell
                    for mark, cell in zip(row, cells, strict=True)
                )
                for row in command.rows or ((None,) * len(cells),)
            )
        self._rows = rows
        self._makers: list[Maker] = [build_maker(command.fields, row) for row in rows]
        self._computed = {
            field.name: field.computed
            for field in command.fields
            if field.computed is not None
        }

    @property
    def rows_per_set(self) -> int:
        """How many documents one set of parameters makes."""
        return len(self._makers)

    def constants(self, session: Session) -> Document:
        """Defaults that the server computes, such as CURRENT_TIMESTAMP."""
        if not self._computed:
            return {}
        pipeline: list[Document] = [
            {"$documents": [{}]},
            {"$project": {"_id": 0, **self._computed}},
        ]
        database = session.database(self._command.target.database)
        found = session.read(
            lambda s: database.aggregate(pipeline, session=s).to_list()
        )
        return found[0]

    def make_all(
        self, session: Session, sets: Sequence[Values], constants: Document
    ) -> list[Document]:
        """The documents of all sets of parameters."""
        makers = self._makers
        sequences = self._take_sequences(session, len(sets) * len(makers))
        return [
            make(values, sequences, constants) for values in sets for make in makers
        ]

    def of_rows(
        self, session: Session, rows: list[tuple[Any, ...]], constants: Document
    ) -> list[Document]:
        """The documents of rows of the query."""
        sequences = self._take_sequences(session, len(rows))
        # one for all rows, or one for each row of VALUES
        makers = cycle(self._makers)
        return [
            make(row, sequences, constants)
            for make, row in zip(makers, rows, strict=False)
        ]

    def _take_sequences(self, session: Session, total: int) -> dict[str, Iterator[Any]]:
        """A block of values for each column that may need one; gaps are allowed."""
        taken: dict[str, Iterator[Any]] = {}
        for field in self._command.fields:
            if field.sequence is None:
                continue
            needed = total if field.position is None else self._defaulted(field, total)
            if needed:
                database = self._command.target.database
                taken[field.name] = default_values(
                    session, database, field.sequence, needed, field.type
                )
        return taken

    def _defaulted(self, field: InsertField, total: int) -> int:
        position = field.position
        assert position is not None
        per_set = sum(row[position] is DEFAULT for row in self._rows)
        return per_set * (total // max(len(self._makers), 1))


def unloaded(column: OutputColumn) -> OutputColumn:
    """The column without loading: stored values stay as they are."""
    return replace(column, type=STORED)
