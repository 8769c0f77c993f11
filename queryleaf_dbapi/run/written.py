"""The door to the documents a statement writes.

    with written(session, inside, target) as collection:
        collection.insert_many(...)

Every insert, update and delete of every statement goes through `written`; the end
of the block is the end of the statement. It runs inside `Session.write`, which may
run the whole again after a conflict: what is gathered begins inside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from queryleaf_dbapi.mongo.commands import Target
from queryleaf_dbapi.run.fill import Document
from queryleaf_dbapi.run.generated import Computing
from queryleaf_dbapi.run.guarded import guarded
from queryleaf_dbapi.run.reads import Stream
from queryleaf_dbapi.run.session import Session

_Item = TypeVar("_Item")
BATCH = 10_000  # documents per command
IDS_PER_COMMAND = 50_000


class WriteResult:
    """How many rows were written, the documents RETURNING reads, the last key."""

    __slots__ = ("lastrowid", "returned", "rowcount")

    def __init__(
        self, rowcount: int, returned: Stream | None = None, lastrowid: Any = None
    ) -> None:
        self.rowcount = rowcount
        self.returned = returned
        self.lastrowid = lastrowid

    def add(self, other: WriteResult) -> None:
        """Count what the next batch of the same statement wrote."""
        self.rowcount += other.rowcount
        self.lastrowid = other.lastrowid
        if other.returned is not None:
            before = self.returned.take_all() if self.returned is not None else []
            self.returned = Stream(None, before + other.returned.take_all())


@contextmanager
def written(
    session: Session, inside: ClientSession, target: Target
) -> Iterator[Collection[Document]]:
    """The collection to write to, for the length of one statement.

    Raises ForeignKeyViolation at the end of the block.
    """
    collection: Any = session.database(target.database)[target.collection]
    if target.generated is not None:
        collection = Computing(collection, target.generated, inside)
    if target.references is None:
        yield collection
        return
    with guarded(session, inside, collection, target.references) as watched:
        yield watched


def chunks(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    """The items in pieces that one command can hold."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def insert_documents(
    collection: Collection[Document],
    inside: ClientSession,
    documents: Sequence[Document],
) -> None:
    """Insert, in as few commands as there may be."""
    if len(documents) == 1:
        collection.insert_one(documents[0], session=inside)
        return
    for chunk in chunks(documents, BATCH):
        collection.insert_many(chunk, session=inside)


def delete_ids(
    collection: Collection[Document], inside: ClientSession, ids: Sequence[Any]
) -> None:
    """Delete the documents of these _ids."""
    for chunk in chunks(ids, IDS_PER_COMMAND):
        collection.delete_many({"_id": {"$in": list(chunk)}}, session=inside)
