"""A collection that keeps its generated columns: GENERATED ALWAYS AS (...) STORED.

The server computes them. For rows to be inserted it is asked beforehand, once for a
batch, with the columns the expressions read; an update gets one more stage, which
sees what the stages before it set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import InsertOne, UpdateMany, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database

from queryleaf_dbapi.catalog.generated import Generated
from queryleaf_dbapi.errors import InternalError

Document = dict[str, Any]
_ROWS_PER_COMMAND = 2_000


def compute(
    database: Database[Document],
    inside: ClientSession,
    generated: Generated | None,
    documents: Sequence[Document],
) -> None:
    """Put the generated columns into documents that do not have them."""
    if generated is None:
        return
    waiting = [
        each for each in documents if not each.keys() >= generated.expressions.keys()
    ]
    for start in range(0, len(waiting), _ROWS_PER_COMMAND):
        some = waiting[start : start + _ROWS_PER_COMMAND]
        rows = [
            {name: each[name] for name in generated.inputs if name in each}
            for each in some
        ]
        pipeline: list[Document] = [
            {"$documents": {"$literal": rows}},
            {"$project": {"_id": 0, **generated.expressions}},
        ]
        found = database.aggregate(pipeline, session=inside).to_list()
        for document, values in zip(some, found, strict=True):
            document.update(values)


class Computing:
    """The reads and writes of a collection that statements use."""

    def __init__(
        self, collection: Any, generated: Generated, inside: ClientSession
    ) -> None:
        self._collection = collection
        self._generated = generated
        self._inside = inside
        self.find = collection.find
        self.find_one = collection.find_one
        self.aggregate = collection.aggregate
        self.delete_many = collection.delete_many
        self.delete_one = collection.delete_one
        self.name = collection.name
        self.database = collection.database

    def insert_one(self, document: Document, **options: Any) -> Any:
        """As pymongo's."""
        self._compute([document])
        return self._collection.insert_one(document, **options)

    def insert_many(self, documents: Sequence[Document], **options: Any) -> Any:
        """As pymongo's."""
        self._compute(documents)
        return self._collection.insert_many(documents, **options)

    def update_many(
        self, filter: Mapping[str, Any], update: Any, **options: Any
    ) -> Any:
        """As pymongo's."""
        return self._collection.update_many(filter, self._more(update), **options)

    def update_one(self, filter: Mapping[str, Any], update: Any, **options: Any) -> Any:
        """As pymongo's."""
        return self._collection.update_one(filter, self._more(update), **options)

    def bulk_write(self, requests: Sequence[Any], **options: Any) -> Any:
        """As pymongo's."""
        self._compute([each._doc for each in requests if isinstance(each, InsertOne)])
        listed = []
        for each in requests:
            if isinstance(each, UpdateOne | UpdateMany):
                kind = type(each)
                update = self._more(each._doc)
                each = kind(each._filter, update, upsert=bool(each._upsert))
            listed.append(each)
        return self._collection.bulk_write(listed, **options)

    def _compute(self, documents: Sequence[Document]) -> None:
        compute(self.database, self._inside, self._generated, documents)

    def _more(self, update: Any) -> Any:
        """The update with a stage that computes, when it may change an input."""
        columns = self._generated.inputs | self._generated.expressions.keys()
        if columns.isdisjoint(assigned(update, columns)):
            return update
        stage = {"$set": dict(self._generated.expressions)}
        if isinstance(update, list):
            return [*update, stage]
        if set(update) != {"$set"}:
            raise InternalError(f"no generated columns with {', '.join(update)}")
        values = {path: {"$literal": each} for path, each in update["$set"].items()}
        return [{"$set": values}, stage]


def assigned(update: Any, everything: frozenset[str]) -> frozenset[str]:
    """The columns an update may change; everything when it replaces documents."""
    stages = update if isinstance(update, list) else [update]
    names: set[str] = set()
    for stage in stages:
        for operator, fields in stage.items():
            if operator not in ("$set", "$unset", "$inc", "$setOnInsert", "$addFields"):
                return everything
            listed = [fields] if isinstance(fields, str) else fields
            names |= {path.partition(".")[0] for path in listed}
    return frozenset(names)
