"""The counters behind SERIAL, IDENTITY and CREATE SEQUENCE.

    queryleaf_sequences: {"_id": "people.id", "value": 41, "before_first": 0}

`value` is the last number given.
`$inc` runs outside every transaction: a rollback does not take numbers back (as in
PostgreSQL), and two transactions do not wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pymongo import MongoClient, ReturnDocument, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from queryleaf_dbapi.catalog.names import SEQUENCES_COLLECTION, did_you_mean
from queryleaf_dbapi.errors import UndefinedTable

MAJORITY = WriteConcern(w="majority")


def counter(name: str, before_first: int) -> dict[str, Any]:
    """The document of a counter that has given nothing yet."""
    return {"_id": name, "value": before_first, "before_first": before_first}


class Sequences:
    """The counters of one database."""

    def __init__(self, client: MongoClient[Any], database: str) -> None:
        self._counters: Collection[dict[str, Any]] = client[database].get_collection(
            SEQUENCES_COLLECTION, write_concern=MAJORITY
        )

    def next_block(self, name: str, count: int = 1) -> int:
        """Take `count` numbers that follow each other; the first of them.

        A counter of a column ("table.column") that is missing begins at 1; one of
        CREATE SEQUENCE must be there.
        """
        upsert = "." in name
        try:
            return self._take(name, count, upsert)
        except DuplicateKeyError:  # two upserts at once: now it is there
            return self._take(name, count, upsert)

    def _take(self, name: str, count: int, upsert: bool) -> int:
        found = self._counters.find_one_and_update(
            {"_id": {"$eq": name}},
            {"$inc": {"value": count}},
            upsert=upsert,
            return_document=ReturnDocument.AFTER,
        )
        if found is None:
            near = did_you_mean(name, self.names())
            raise UndefinedTable(f'sequence "{name}" does not exist{near}')
        return int(found["value"]) - count + 1

    def create(self, name: str, before_first: int) -> bool:
        """Make a counter; False when it exists."""
        try:
            self._counters.insert_one(counter(name, before_first))
        except DuplicateKeyError:
            return False
        return True

    def restart(self, names: Iterable[str]) -> None:
        """Let counters begin again where they began."""
        self._counters.update_many(
            {"_id": {"$in": list(names)}},
            [{"$set": {"value": {"$ifNull": ["$before_first", 0]}}}],
        )

    def drop(self, names: Iterable[str]) -> int:
        """Forget counters; how many there were."""
        listed = list(names)
        if not listed:
            return 0
        return self._counters.delete_many({"_id": {"$in": listed}}).deleted_count

    def names(self) -> list[str]:
        """The counters made by CREATE SEQUENCE."""
        found = [each["_id"] for each in self._counters.find({}, {"_id": 1})]
        return [each for each in found if "." not in each]
