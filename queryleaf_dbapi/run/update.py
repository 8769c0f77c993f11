"""Running UPDATE and DELETE."""

from __future__ import annotations

from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from queryleaf_dbapi.mongo.commands import DeleteRows, Returning, UpdateRows
from queryleaf_dbapi.mongo.slots import compile_template
from queryleaf_dbapi.run.fill import Document, Values
from queryleaf_dbapi.run.reads import Reader, Stream
from queryleaf_dbapi.run.returning import by_ids
from queryleaf_dbapi.run.session import Session
from queryleaf_dbapi.run.written import (
    BATCH,
    IDS_PER_COMMAND,
    WriteResult,
    chunks,
    delete_ids,
    written,
)


class Updater:
    """UPDATE made ready."""

    def __init__(self, command: UpdateRows, returning: Returning | None) -> None:
        self.command = command
        self.returning = returning
        self._fill = compile_template(
            {"filter": command.filter, "update": [{"$set": command.changes}]}
        )
        self._select = (
            Reader(command.select, (), lambda name: []) if command.select else None
        )

    def run(self, session: Session, values: Values) -> WriteResult:
        """Change the rows; rowcount is how many matched."""
        target = self.command.target
        select, returning = self._select, self.returning

        def change(inside: ClientSession) -> tuple[int, list[Document]]:
            with written(session, inside, target) as collection:
                if select is not None:
                    ids = self._by_id(collection, inside, select.open(session, values))
                else:
                    filled = self._fill(values)
                    if returning is None:
                        result = collection.update_many(**filled, session=inside)
                        return result.matched_count, []
                    ids = self._found(collection, inside, filled)
            if returning is None:
                return len(ids), []
            return len(ids), by_ids(session, target, returning, ids)

        count, returned = session.write(change, atomic=True)
        return WriteResult(count, Stream(None, returned) if returning else None)

    def _by_id(self, collection: Any, inside: ClientSession, rows: Stream) -> list[Any]:
        """Write the values `select` computed. All rows are read first: what is
        written must not be seen."""
        names = self.command.changes
        found = rows.take_all()
        for chunk in chunks(found, BATCH):
            updates = [
                UpdateOne(
                    {"_id": {"$eq": row["_id"]}},
                    {"$set": {path: row.get(name) for path, name in names.items()}},
                )
                for row in chunk
            ]
            collection.bulk_write(updates, session=inside)
        return [row["_id"] for row in found]

    def _found(
        self, collection: Any, inside: ClientSession, filled: Document
    ) -> list[Any]:
        """Update by _id, so that RETURNING finds what was updated."""
        found = collection.find(filled["filter"], {"_id": 1}, session=inside)
        ids = [document["_id"] for document in found.to_list()]
        for chunk in chunks(ids, IDS_PER_COMMAND):
            collection.update_many(
                {"_id": {"$in": list(chunk)}}, filled["update"], session=inside
            )
        return ids


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
        target = self.command.target
        select, returning = self._select, self.returning
        filled = self._fill(values)

        def delete(inside: ClientSession) -> tuple[int, list[Document]]:
            with written(session, inside, target) as collection:
                if select is None and returning is None:
                    result = collection.delete_many(filled, session=inside)
                    return result.deleted_count, []
                if select is not None:
                    found = select.open(session, values).take_all()
                else:
                    matching = collection.find(filled, {"_id": 1}, session=inside)
                    found = matching.to_list()
                ids = [document["_id"] for document in found]
                returned: list[Document] = []
                if returning is not None:
                    returned = by_ids(session, target, returning, ids)
                delete_ids(collection, inside, ids)
            return len(ids), returned

        count, returned = session.write(delete, atomic=True)
        return WriteResult(count, Stream(None, returned) if returning else None)
