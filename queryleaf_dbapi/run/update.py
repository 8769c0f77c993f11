"""Running UPDATE and DELETE."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from queryleaf_dbapi.mongo.commands import DeleteRows, Returning, Target, UpdateRows
from queryleaf_dbapi.mongo.slots import compile_template
from queryleaf_dbapi.run.client_values import default_values
from queryleaf_dbapi.run.fill import Document, Values, VirtualSource
from queryleaf_dbapi.run.reads import Reader, Stream
from queryleaf_dbapi.run.returning import by_ids, by_rows
from queryleaf_dbapi.run.session import Session
from queryleaf_dbapi.run.spool import set_aside
from queryleaf_dbapi.run.written import (
    IDS_PER_COMMAND,
    WriteResult,
    chunks,
    delete_ids,
    written,
)
from queryleaf_dbapi.types import ANY


class Updater:
    """UPDATE made ready."""

    def __init__(
        self,
        command: UpdateRows,
        returning: Returning | None,
        virtual: VirtualSource,
    ) -> None:
        self.command = command
        self.returning = returning
        self._fill = compile_template(
            {"filter": command.filter, "update": [{"$set": command.changes}]}
        )
        self._select = Reader(command.select, (), virtual) if command.select else None

    def run(self, session: Session, values: Values) -> WriteResult:
        """Change the rows; rowcount is how many matched."""
        if self._select is None and self.returning is None:
            return self._at_once(session, values)

        def change(inside: ClientSession) -> tuple[int, list[Document]]:
            with written(session, inside, self.command.target) as collection:
                if self._select is not None:
                    stream = self._select.open(session, values)
                    rows = self._by_id(session, inside, collection, stream)
                else:
                    rows = self._found(inside, collection, self._fill(values))
            return len(rows), _returned(
                session, self.command.target, self.returning, rows
            )

        count, returned = session.write(change, atomic=True)
        return WriteResult(count, Stream(None, returned) if self.returning else None)

    def _at_once(self, session: Session, values: Values) -> WriteResult:
        filled = self._fill(values)

        def change(inside: ClientSession) -> int:
            with written(session, inside, self.command.target) as collection:
                result = collection.update_many(**filled, session=inside)
            return result.matched_count

        return WriteResult(session.write(change, atomic=True))

    def _by_id(
        self, session: Session, inside: ClientSession, collection: Any, stream: Stream
    ) -> list[Document]:
        """Write the values `select` computed; the rows, without those values."""
        names = self.command.changes
        kept: list[Document] = []
        computed = frozenset(names.values())
        for batch in set_aside(stream, session.client.codec_options):
            numbers = self._numbers(session, len(batch))
            updates = [
                UpdateOne(
                    {"_id": {"$eq": row["_id"]}},
                    {
                        "$set": {path: row.get(name) for path, name in names.items()}
                        | {path: next(block) for path, block in numbers.items()}
                    },
                )
                for row in batch
            ]
            collection.bulk_write(updates, session=inside)
            kept += [
                {name: value for name, value in row.items() if name not in computed}
                for row in batch
            ]
        return kept

    def _numbers(self, session: Session, count: int) -> dict[str, Iterator[Any]]:
        """A block of values for each column set to the DEFAULT of a sequence."""
        if not count:
            return {path: iter(()) for path, _ in self.command.sequences}
        database = self.command.target.database
        return {
            path: default_values(session, database, sequence, count, ANY)
            for path, sequence in self.command.sequences
        }

    def _found(
        self, inside: ClientSession, collection: Any, filled: Document
    ) -> list[Document]:
        """Update by _id, so that RETURNING finds what was updated."""
        rows: list[Document] = collection.find(
            filled["filter"], {"_id": 1}, session=inside
        ).to_list()
        for chunk in chunks(rows, IDS_PER_COMMAND):
            ids = [row["_id"] for row in chunk]
            collection.update_many(
                {"_id": {"$in": ids}}, filled["update"], session=inside
            )
        return rows


def _returned(
    session: Session,
    target: Target,
    returning: Returning | None,
    rows: list[Document],
) -> list[Document]:
    if returning is None:
        return []
    if returning.joined:
        return by_rows(session, target, returning, rows)
    return by_ids(session, target, returning, [row["_id"] for row in rows])


class Deleter:
    """DELETE made ready."""

    def __init__(
        self,
        command: DeleteRows,
        returning: Returning | None,
        virtual: VirtualSource,
    ) -> None:
        self.command = command
        self.returning = returning
        self._fill = compile_template(command.filter)
        self._select = Reader(command.select, (), virtual) if command.select else None

    def run(self, session: Session, values: Values) -> WriteResult:
        """Delete the rows; RETURNING reads them first."""
        target = self.command.target
        select, returning = self._select, self.returning
        filled = self._fill(values)

        def delete(inside: ClientSession) -> tuple[int, list[Document]]:
            with written(session, inside, target) as collection:
                if select is None and returning is None:
                    result = collection.delete_many(filled, session=inside)
                    return result.deleted_count, []
                if select is not None:
                    rows = select.open(session, values).take_all()
                else:
                    found = collection.find(filled, {"_id": 1}, session=inside)
                    rows = found.to_list()
                returned = _returned(session, target, returning, rows)
                delete_ids(collection, inside, [row["_id"] for row in rows])
            return len(rows), returned

        count, returned = session.write(delete, atomic=True)
        return WriteResult(count, Stream(None, returned) if returning else None)
