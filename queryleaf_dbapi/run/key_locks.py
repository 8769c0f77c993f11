"""Locks of keys: a row inserted must not lose its parent to another transaction.

The server's transactions see a snapshot, and only writes conflict: one transaction
inserts a child of a parent that another deletes, each finds what it looks for, both
commit. So both write to documents made for that, by which the server sees it:

    queryleaf_locks: {"_id": "customers/93/5", "changes": 1201}

Keys fall into buckets, a bucket has stripes. Who refers to a key writes one stripe of
its bucket, always the same of its session: two that insert children of one parent do
not disturb each other unless they share the stripe (one in eight). Who takes a key
away writes all stripes. (The server's own advice, to write the parent itself, would
let every two children of one parent conflict, and leave a field in the documents.)
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count, product
from random import randrange
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from queryleaf_dbapi.catalog.names import LOCKS_COLLECTION
from queryleaf_dbapi.errors import SerializationFailure
from queryleaf_dbapi.run.key_values import Key, bucket
from queryleaf_dbapi.run.sequences import MAJORITY

BUCKETS = 128
STRIPES = 8
_DUPLICATE_KEY = 11000

# sessions of one process follow each other, so that few of them share a stripe
_sessions = count(randrange(STRIPES))
# (client, database, table) whose documents are there
_ready: set[tuple[int, str, str]] = set()


def next_stripe() -> int:
    """The stripe of a new session."""
    return next(_sessions) % STRIPES


class KeyLocks:
    """The locks of one database, written inside a transaction."""

    def __init__(
        self, client: Any, database: str, inside: ClientSession | None, stripe: int
    ) -> None:
        self._owner = (id(client), database)
        self._documents: Collection[dict[str, Any]] = client[database].get_collection(
            LOCKS_COLLECTION, write_concern=MAJORITY
        )
        self._inside = inside
        self._stripe = stripe

    def prepare(self, table: str, anew: bool = False) -> None:
        """Make the documents of a table, outside of every transaction: one begun
        before would not see them. So CREATE TABLE makes them (`anew`, whatever was
        there before); here they are looked for once."""
        owner = (*self._owner, table)
        if owner in _ready and not anew:
            return
        wanted = [
            _name(table, number, stripe)
            for number, stripe in product(range(BUCKETS), range(STRIPES))
        ]
        there = self._documents.count_documents({"_id": {"$in": wanted}})
        if there < len(wanted):
            try:
                self._documents.insert_many(
                    [{"_id": name, "changes": 0} for name in wanted], ordered=False
                )
            except BulkWriteError as error:
                failed = (error.details or {}).get("writeErrors", ())
                if any(each.get("code") != _DUPLICATE_KEY for each in failed):
                    raise
        _ready.add(owner)

    def share(self, table: str, keys: Iterable[Key]) -> None:
        """Hold keys of a table: nobody takes them away until the transaction ends."""
        numbers = {bucket(key, BUCKETS) for key in keys}
        self._write(table, [_name(table, each, self._stripe) for each in numbers])

    def exclude(self, table: str, keys: Iterable[Key]) -> None:
        """Keep all others from referring to keys of a table."""
        numbers = {bucket(key, BUCKETS) for key in keys}
        self._write(
            table, [_name(table, *each) for each in product(numbers, range(STRIPES))]
        )

    def _write(self, table: str, names: list[str]) -> None:
        # an update that changes nothing would not conflict
        change = {"$inc": {"changes": 1}}
        if len(names) == 1:
            found = self._documents.update_one(
                {"_id": names[0]}, change, session=self._inside
            )
        else:
            found = self._documents.update_many(
                {"_id": {"$in": sorted(names)}}, change, session=self._inside
            )
        if found.matched_count < len(names):
            # made since this transaction began, or taken away by somebody
            _ready.discard((*self._owner, table))
            raise SerializationFailure(
                f'the locks of "{table}" were made since the transaction began: run it '
                "again"
            )


def _name(table: str, number: int, stripe: int) -> str:
    return f"{table}/{number}/{stripe}"
