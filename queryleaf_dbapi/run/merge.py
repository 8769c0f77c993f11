"""Running MERGE: all there is to do is read before the first of it is written, in one
transaction; then deletes, updates and inserts, by _id."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from queryleaf_dbapi.errors import CardinalityViolation
from queryleaf_dbapi.mongo.commands import MergeAction, MergeRead, MergeRows
from queryleaf_dbapi.rows.decode import build_decoder
from queryleaf_dbapi.run.client_values import default_values
from queryleaf_dbapi.run.fill import Document, Values, VirtualSource
from queryleaf_dbapi.run.generated import compute
from queryleaf_dbapi.run.insert import DocumentMaker, unloaded
from queryleaf_dbapi.run.reads import Reader
from queryleaf_dbapi.run.session import Session
from queryleaf_dbapi.run.spool import set_aside
from queryleaf_dbapi.run.upsert import comparable
from queryleaf_dbapi.run.written import (
    WriteResult,
    delete_ids,
    insert_documents,
    written,
)
from queryleaf_dbapi.types import ANY

_Row = tuple[Any, ...]


class Merger:
    """MERGE made ready."""

    def __init__(self, command: MergeRows, virtual: VirtualSource) -> None:
        self.command = command
        self._reads = [_PreparedRead(each, virtual) for each in command.reads]

    def run(self, session: Session, values: Values) -> WriteResult:
        """Change the rows; rowcount is how many were changed.

        Raises CardinalityViolation where two rows of the source change the same.
        """
        target = self.command.target

        def merge(inside: ClientSession) -> WriteResult:
            changed: set[Any] = set()
            count = 0
            with written(session, inside, target) as collection:
                opened = [each.rows(session, values) for each in self._reads]
                for read, batches in zip(self._reads, opened, strict=True):
                    for rows in batches:
                        writing = _Batch(session, inside, collection, changed)
                        count += writing.write(self.command, read, rows)
            return WriteResult(count)

        return session.write(merge, atomic=True)


class _PreparedRead:
    """One of the reads and its actions."""

    def __init__(self, read: MergeRead, virtual: VirtualSource) -> None:
        self.actions = read.actions
        self._reader = Reader(read.command, read.outputs, virtual)
        self._raw = build_decoder(tuple(map(unloaded, read.outputs)))
        self.makers = [
            DocumentMaker(each.insert) if each.insert is not None else None
            for each in read.actions
        ]

    def rows(self, session: Session, values: Values) -> Iterator[list[_Row]]:
        """The rows in batches; they have been read to their end."""
        stream = self._reader.open(session, values)
        batches = set_aside(stream, session.client.codec_options)
        first = next(batches, [])  # with it the rest has been read, too
        return (self._raw(batch) for batch in chain([first], batches) if batch)


class _Batch:
    """Writing some of the rows."""

    def __init__(
        self,
        session: Session,
        inside: ClientSession,
        collection: Any,
        changed: set[Any],
    ) -> None:
        self._session = session
        self._inside = inside
        self._collection = collection
        self._changed = changed  # the _ids of all rows changed by the statement

    def write(self, command: MergeRows, read: _PreparedRead, rows: list[_Row]) -> int:
        """Deletes first: they may free the keys of what follows."""
        by_action: list[list[_Row]] = [[] for _ in read.actions]
        for row in rows:
            by_action[row[1]].append(row)
            if read.makers[row[1]] is None:
                self._check_once(row[0])
        gone: list[Any] = []
        updates: list[UpdateOne] = []
        made: list[Document] = []
        for action, maker, some in zip(
            read.actions, read.makers, by_action, strict=True
        ):
            if not some:
                continue
            if maker is not None:
                cells = [tuple(row[at] for at in action.cells) for row in some]
                constants = maker.constants(self._session)
                made += maker.of_rows(self._session, cells, constants)
            elif action.update is not None:
                updates += self._updates(command, action, action.update, some)
            else:
                gone += [row[0] for row in some]
        if gone:
            delete_ids(self._collection, self._inside, gone)
        if updates:
            self._collection.bulk_write(updates, session=self._inside)
        if made:
            generated = command.target.generated
            compute(self._collection.database, self._inside, generated, made)
            insert_documents(self._collection, self._inside, made)
        return len(rows)

    def _check_once(self, id_: Any) -> None:
        identity = comparable(id_)
        if identity in self._changed:
            raise CardinalityViolation(
                "MERGE command cannot affect row a second time: more than one row of "
                "the source matches it"
            )
        self._changed.add(identity)

    def _updates(
        self,
        command: MergeRows,
        action: MergeAction,
        places: dict[str, int],
        rows: list[_Row],
    ) -> list[UpdateOne]:
        numbers = {
            path: default_values(
                self._session, command.target.database, sequence, len(rows), ANY
            )
            for path, sequence in action.sequences
        }
        return [
            UpdateOne(
                {"_id": {"$eq": row[0]}},
                {
                    "$set": {path: row[at] for path, at in places.items()}
                    | {path: next(block) for path, block in numbers.items()}
                },
            )
            for row in rows
        ]
