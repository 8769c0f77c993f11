"""A collection whose writes are seen by its FOREIGN KEYs.

Every write also reads what of the documents the keys need; the end of the `guarded`
block is the end of the statement, where they are enforced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pymongo import DeleteMany, DeleteOne, InsertOne, UpdateMany, UpdateOne
from pymongo.client_session import ClientSession

from queryleaf_dbapi.catalog.references import References
from queryleaf_dbapi.errors import InternalError, NotSupportedError
from queryleaf_dbapi.run.foreign_keys import ForeignKeys, read_rows
from queryleaf_dbapi.run.generated import assigned
from queryleaf_dbapi.run.session import Session

Document = dict[str, Any]
_FILTERS_PER_COMMAND = 500


@contextmanager
def guarded(
    session: Session,
    inside: ClientSession,
    collection: Any,
    references: References,
) -> Iterator[Any]:
    """The collection to write to; ForeignKeyViolation at the end of the block."""
    if not session.has_transactions():
        raise NotSupportedError(
            f'"{collection.name}" has foreign keys, and a standalone server has no '
            "transactions to enforce them in: connect to a replica set, or with "
            "foreign_keys=False"
        )
    keys = ForeignKeys(references, session, inside)
    yield Guarded(collection, keys, inside)
    keys.finish()


class Guarded:
    """The reads and writes of a collection that statements use."""

    def __init__(
        self,
        collection: Any,
        keys: ForeignKeys,
        inside: ClientSession,
    ) -> None:
        self._collection = collection
        self._table = collection.name
        self._keys = keys
        self._inside = inside
        self._columns = keys.references.concerned(self._table)
        self.find = collection.find
        self.find_one = collection.find_one
        self.aggregate = collection.aggregate
        self.name = collection.name
        self.database = collection.database

    def insert_one(self, document: Document, **options: Any) -> Any:
        """As pymongo's."""
        result = self._collection.insert_one(document, **options)
        self._keys.inserted(self._table, [document])
        return result

    def insert_many(self, documents: Sequence[Document], **options: Any) -> Any:
        """As pymongo's."""
        result = self._collection.insert_many(documents, **options)
        self._keys.inserted(self._table, documents)
        return result

    def delete_many(self, filter: Mapping[str, Any], **options: Any) -> Any:
        """As pymongo's."""
        before = self._before(filter) if self._is_referred_to() else []
        result = self._collection.delete_many(filter, **options)
        self._keys.deleted(self._table, before)
        return result

    def delete_one(self, filter: Mapping[str, Any], **options: Any) -> Any:
        """As pymongo's, of a condition that one document meets."""
        before = self._before(filter, 1) if self._is_referred_to() else []
        result = self._collection.delete_one(filter, **options)
        self._keys.deleted(self._table, before)
        return result

    def update_many(
        self, filter: Mapping[str, Any], update: Any, **options: Any
    ) -> Any:
        """As pymongo's, without upsert."""
        if not self._concerns(update):
            return self._collection.update_many(filter, update, **options)
        before = self._before(filter)
        result = self._collection.update_many(filter, update, **options)
        self._updated(before)
        return result

    def update_one(self, filter: Mapping[str, Any], update: Any, **options: Any) -> Any:
        """As pymongo's, of a condition that one document meets, with upsert."""
        if not self._concerns(update) and not options.get("upsert"):
            return self._collection.update_one(filter, update, **options)
        before = self._before(filter, 1)
        result = self._collection.update_one(filter, update, **options)
        if result.upserted_id is not None:
            self._keys.inserted(self._table, self._rows([result.upserted_id]))
        self._updated(before)
        return result

    def bulk_write(self, requests: Sequence[Any], **options: Any) -> Any:
        """As pymongo's; each update or delete of documents of its own."""
        updates, deletes, inserts, upserts = [], [], [], []
        for each in requests:
            if isinstance(each, InsertOne):
                inserts.append(each._doc)
            elif isinstance(each, DeleteOne | DeleteMany):
                deletes.append(each._filter)
            elif isinstance(each, UpdateOne | UpdateMany):
                if each._upsert or self._concerns(each._doc):
                    updates.append(each._filter)
                if each._upsert:
                    upserts.append(each)
            else:
                raise InternalError(f"no foreign keys for {type(each).__name__}")
        changed = self._before_all(updates)
        gone = self._before_all(deletes) if self._is_referred_to() else []
        result = self._collection.bulk_write(requests, **options)
        if upserts:
            made = list((result.upserted_ids or {}).values())
            self._keys.inserted(self._table, self._rows(made))
        self._keys.inserted(self._table, inserts)
        self._keys.deleted(self._table, gone)
        self._updated(changed)
        return result

    # --- what the keys need to know

    def _is_referred_to(self) -> bool:
        return bool(self._keys.references.children(self._table))

    def _concerns(self, update: Any) -> bool:
        return not self._columns.isdisjoint(assigned(update, self._columns))

    def _before(self, query: Mapping[str, Any], limit: int = 0) -> list[Document]:
        projection = {"_id": 1, **dict.fromkeys(self._columns, 1)}
        found: list[Document] = self._collection.find(
            query, projection, session=self._inside, limit=limit
        ).to_list()
        return found

    def _before_all(self, queries: list[Mapping[str, Any]]) -> list[Document]:
        if not queries:
            return []
        ids = [_only_id(query) for query in queries]
        if None not in ids:
            return self._rows(ids)
        found: list[Document] = []
        for at in range(0, len(queries), _FILTERS_PER_COMMAND):
            found += self._before({"$or": queries[at : at + _FILTERS_PER_COMMAND]})
        return found

    def _rows(self, ids: list[Any]) -> list[Document]:
        return read_rows(self._collection, ids, self._columns, self._inside)

    def _updated(self, before: list[Document]) -> None:
        if before:
            after = self._rows([row["_id"] for row in before])
            self._keys.updated(self._table, before, after)


def _only_id(query: Mapping[str, Any]) -> Any:
    """The _id of a query that asks for nothing else, or None."""
    if set(query) != {"_id"}:
        return None
    value = query["_id"]
    if isinstance(value, Mapping):
        return value["$eq"] if set(value) == {"$eq"} else None
    return value
