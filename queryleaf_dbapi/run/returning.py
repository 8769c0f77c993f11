"""What RETURNING reads of the documents a statement wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from queryleaf_dbapi.mongo.commands import Returning, Target
from queryleaf_dbapi.mongo.stages import render_pipeline
from queryleaf_dbapi.run.fill import Document
from queryleaf_dbapi.run.reads import Stream
from queryleaf_dbapi.run.session import Session
from queryleaf_dbapi.run.upsert import comparable
from queryleaf_dbapi.run.written import IDS_PER_COMMAND, chunks

_ROWS_PER_COMMAND = 1000  # they are part of the command, which holds 16 MB


def read_back(
    session: Session, target: Target, returning: Returning, documents: list[Document]
) -> Stream:
    """Of documents just inserted: taken from them when only stored fields are asked
    for, else computed by the server."""
    stages = render_pipeline(returning.stages)
    if len(stages) == 1 and _only_fields(stages[0].get("$project", {})):
        return Stream(None, list(documents))
    ids = [document["_id"] for document in documents]
    return Stream(None, by_ids(session, target, returning, ids))


def _only_fields(projection: Document) -> bool:
    return all(mark in (0, 1) and mark is not True for mark in projection.values())


def by_ids(
    session: Session, target: Target, returning: Returning, ids: Sequence[Any]
) -> list[Document]:
    """What RETURNING names, of the documents of these _ids, in their order."""
    stages = _with_id(render_pipeline(returning.stages))
    collection = session.database(target.database)[target.collection]
    found: dict[Any, Document] = {}
    for chunk in chunks(ids, IDS_PER_COMMAND):
        pipeline = [{"$match": {"_id": {"$in": list(chunk)}}}, *stages]
        documents = session.read(
            lambda s, p=pipeline: collection.aggregate(p, session=s).to_list()  # type: ignore[misc]
        )
        found.update((comparable(each["_id"]), each) for each in documents)
    return [found[key] for key in map(comparable, ids) if key in found]


def _with_id(stages: list[Document]) -> list[Document]:
    """The last $project with the _id in it, by which documents are put in order."""
    *before, last = stages
    fields = {
        name: mark
        for name, mark in last["$project"].items()
        if name != "_id" and not name.startswith("_id.")
    }
    return [*before, {"$project": {"_id": 1, **fields}}]


def by_rows(
    session: Session, target: Target, returning: Returning, rows: list[Document]
) -> list[Document]:
    """What RETURNING names, of selected rows with their documents, in their order."""
    database = session.database(target.database)
    found: list[Document] = []
    for chunk in chunks(rows, _ROWS_PER_COMMAND):
        pipeline = [
            {"$documents": {"$literal": list(chunk)}},
            {
                "$lookup": {
                    "from": target.collection,
                    "localField": "_id",
                    "foreignField": "_id",
                    "as": "target",
                }
            },
            {"$unwind": "$target"},
            *render_pipeline(returning.stages),
        ]
        found += session.read(
            lambda s, p=pipeline: database.aggregate(p, session=s).to_list()  # type: ignore[misc]
        )
    return found
