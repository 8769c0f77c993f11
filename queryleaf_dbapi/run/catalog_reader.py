"""The catalog of a deployment, read when it is asked for and kept for a while.

A declared table comes from our entry of it, any other collection from its own
documents (`run/derive.py`). What was read is shared by all readers of one client
(a connection pool), until its time is over, somebody calls `invalidate`, or a name
is not found. `version` grows with every such change: it is the key of a plan cache.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from pymongo import MongoClient, ReadPreference
from pymongo.database import Database
from pymongo.errors import OperationFailure

from queryleaf_dbapi.catalog.catalog import Collection, ForeignKey, Index
from queryleaf_dbapi.catalog.declared import from_document, with_notes
from queryleaf_dbapi.catalog.from_sample import to_fields
from queryleaf_dbapi.catalog.from_validator import from_validator
from queryleaf_dbapi.catalog.information_schema import virtual_collection
from queryleaf_dbapi.catalog.names import (
    CATALOG_COLLECTION,
    INFORMATION_SCHEMA,
    is_hidden,
    is_server_database,
)
from queryleaf_dbapi.catalog.sequences import SequenceSettings
from queryleaf_dbapi.run.derive import READ_OPTIONS, Bounds, derive
from queryleaf_dbapi.run.error_map import translated
from queryleaf_dbapi.run.read_counts import read_counts
from queryleaf_dbapi.run.read_indexes import read_indexes
from queryleaf_dbapi.run.sequences import Sequences

TIME_TO_LIVE = 30.0  # seconds
# A collection that takes long to read is read again more seldom: 1/20 of the time
# at most goes into it.
_REST_FACTOR = 20.0
_UNAUTHORIZED = 13
_UNION_SIZE = 50  # collections read by one command
_GROWTH = 3  # a collection of four times the documents is worth other plans
_SMALL = 500  # below so many documents any plan is good enough


@dataclass(frozen=True, slots=True)
class _Entry:
    collection: Collection
    expires: float


@dataclass(slots=True)
class _Cache:
    """What the readers of one client have read, by (database, name)."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    entries: dict[tuple[str, str], _Entry] = field(default_factory=dict)
    version: int = 1
    generation: int = 0  # grows with `drop`: what was being read then is not kept
    next_expiry: float = float("inf")
    server_version: tuple[int, ...] | None = None
    # documents written since a collection was counted
    written: dict[tuple[str, str], int] = field(default_factory=dict)

    def wrote(self, database: str, name: str, count: int) -> None:
        """Count again, and plan again, what has grown much since it was counted."""
        key = (database, name)
        entry = self.entries.get(key)
        if entry is None:
            return
        total = self.written[key] = self.written.get(key, 0) + count
        if total > _GROWTH * max(entry.collection.rows or 0, _SMALL):
            self.drop(database, name)

    def put(self, collection: Collection, expires: float, generation: int) -> None:
        key = (collection.database, collection.name)
        with self.lock:
            if generation != self.generation:
                return
            old = self.entries.get(key)
            if old is not None and old.collection != collection:
                self.version += 1
            self.entries[key] = _Entry(collection, expires)
            self.next_expiry = min(self.next_expiry, expires)

    def get(self, database: str, name: str) -> Collection | None:
        self.drop_expired()
        entry = self.entries.get((database, name))
        return None if entry is None else entry.collection

    def drop(self, database: str, name: str | None) -> None:
        with self.lock:
            gone = [
                key
                for key in self.entries
                if key[0] == database and name in (key[1], None)
            ]
            for key in gone:
                del self.entries[key]
                self.written.pop(key, None)
            self.version += 1

    def drop_expired(self) -> None:
        """Plans made from what is dropped must be made again: a new version."""
        now = time.monotonic()
        if now < self.next_expiry:
            return
        with self.lock:
            kept = {k: each for k, each in self.entries.items() if each.expires > now}
            if len(kept) < len(self.entries):
                self.version += 1
            self.entries = kept
            self.next_expiry = min(
                (each.expires for each in kept.values()), default=float("inf")
            )


# by id, since clients of the same hosts are equal to each other whoever logged in
_CACHES: dict[int, _Cache] = {}
_CACHES_LOCK = threading.Lock()


def _cache_of(client: MongoClient[Any]) -> _Cache:
    with _CACHES_LOCK:
        cache = _CACHES.get(id(client))
        if cache is None:
            cache = _CACHES[id(client)] = _Cache()
            weakref.finalize(client, _CACHES.pop, id(client), None)
        return cache


class CatalogReader:
    """The collections of a client's databases, `database` unless another is named.

    Thread-safe. Reads outside of any session and transaction.
    """

    def __init__(
        self,
        client: MongoClient[Any],
        database: str,
        *,
        time_to_live: float = TIME_TO_LIVE,
        bounds: Bounds | None = None,
    ) -> None:
        self.client = client
        self.database = database
        self._time_to_live = time_to_live
        self._bounds = bounds
        self._cache = _cache_of(client)

    @property
    def version(self) -> int:
        """Grows when something read before may be different now. Asks nobody."""
        self._cache.drop_expired()
        return self._cache.version

    @property
    @translated()
    def server_version(self) -> tuple[int, ...]:
        """The server's (major, minor); asked for once."""
        if self._cache.server_version is None:
            version = self.client.server_info()["versionArray"]
            self._cache.server_version = tuple(version[:2])
        return self._cache.server_version

    def wrote(self, database: str, name: str, count: int) -> None:
        """So many documents were added to a collection."""
        self._cache.wrote(database, name, count)

    @translated()
    def collection(self, name: str, database: str | None = None) -> Collection | None:
        """The collection or view of exactly this name; None if there is none."""
        database = database or self.database
        if database == INFORMATION_SCHEMA:
            return virtual_collection(name)
        found = self._cache.get(database, name)
        if found is not None or is_hidden(name) or not name or "\0" in name:
            return found
        return self._read(database, name).get(name)

    @translated()
    def collections(self, database: str | None = None) -> list[Collection]:
        """All collections and views of a database, by name.

        The number of round trips does not grow with the number of collections
        (but one more for each fifty).
        """
        database = database or self.database
        names = self.names(database)
        found = {name: self._cache.get(database, name) for name in names}
        if None in found.values():
            found.update(self._read(database, None))
        return [each for _, each in sorted(found.items()) if each is not None]

    @translated()
    def names(self, database: str | None = None) -> list[str]:
        """The names of all collections and views, without system.* and ours."""
        infos = self._list(self._database(database or self.database), None, True)
        return sorted(each["name"] for each in infos if not is_hidden(each["name"]))

    @translated()
    def databases(self) -> list[str]:
        """The databases this user sees, without the server's own."""
        names = self.client.list_database_names()
        return sorted(each for each in names if not is_server_database(each))

    @translated()
    def indexes(self, database: str | None = None) -> dict[str, tuple[Index, ...]]:
        """The indexes of every collection of a database, read now."""
        source = self._database(database or self.database)
        infos = self._list(source, None, False)
        return read_indexes(source, _indexed(infos))

    @translated()
    def sequences(self, database: str | None = None) -> dict[str, SequenceSettings]:
        """The sequences of CREATE SEQUENCE by name, and how they count; read now."""
        return Sequences(self.client, database or self.database).all()

    def invalidate(self, name: str | None = None, database: str | None = None) -> None:
        """Forget one collection, or all of a database."""
        self._cache.drop(database or self.database, name)

    def _database(self, name: str) -> Database[dict[str, Any]]:
        return self.client.get_database(
            name,
            codec_options=READ_OPTIONS,
            read_preference=ReadPreference.PRIMARY_PREFERRED,
        )

    def _read(self, database: str, name: str | None) -> dict[str, Collection]:
        """Read one collection, or all that are not in the cache; and keep them."""
        source = self._database(database)
        generation = self._cache.generation
        infos = [
            info
            for info in self._list(source, name, False)
            if not is_hidden(info["name"])
            and (name is not None or self._cache.get(database, info["name"]) is None)
        ]
        if not infos:
            return {}
        declared, referred = _declared(source, name)
        indexes = read_indexes(source, _indexed(infos))
        counts = read_counts(source, _indexed(infos))
        result: dict[str, Collection] = {}
        others = []
        for info in infos:
            table = declared.get(info["name"])
            if table is None or table.is_view != (info.get("type") == "view"):
                others.append(info)  # of another program, in spite of our entry
            else:
                table = replace(
                    table,
                    indexes=with_notes(indexes.get(table.name, ()), table.indexes),
                    referred_by=referred.get(table.name, ()),
                    rows=counts.get(table.name),
                )
                result[table.name] = _with_constraints(table)
                self._cache.put(result[table.name], self._expiry(0), generation)
        for start in range(0, len(others), _UNION_SIZE):
            chunk = others[start : start + _UNION_SIZE]
            seconds, found = self._derive(database, chunk, indexes)
            for derived in found:
                each = replace(
                    derived,
                    referred_by=referred.get(derived.name, ()),
                    rows=counts.get(derived.name),
                )
                result[each.name] = each
                self._cache.put(each, self._expiry(seconds), generation)
        return result

    def _derive(
        self,
        database: str,
        infos: list[dict[str, Any]],
        indexes: dict[str, tuple[Index, ...]],
    ) -> tuple[float, list[Collection]]:
        """The collections, and the seconds it took for each."""
        began = time.monotonic()
        starts = {
            info["name"]: from_validator(info.get("options", {}).get("validator"))
            for info in infos
        }
        shapes = derive(self.client, database, starts, self._bounds)
        found = [
            Collection(
                name=info["name"],
                database=database,
                fields=to_fields(*shapes[info["name"]]),
                indexes=indexes.get(info["name"], ()),
                is_view=info.get("type") == "view",
                complete=shapes[info["name"]][1],
            )
            for info in infos
        ]
        return (time.monotonic() - began) / len(infos), found

    def _expiry(self, seconds: float) -> float:
        rest = max(self._time_to_live, seconds * _REST_FACTOR)
        if self._time_to_live <= 0:
            rest = 0.0
        return time.monotonic() + rest

    def _list(
        self, source: Database[dict[str, Any]], name: str | None, name_only: bool
    ) -> list[dict[str, Any]]:
        """listCollections; a user with few rights sees what it may read."""
        command: dict[str, Any] = {"nameOnly": True} if name_only else {}
        if name is not None:
            command["filter"] = {"name": {"$eq": name}}
        try:
            return [dict(each) for each in source.list_collections(**command)]
        except OperationFailure as error:
            if error.code != _UNAUTHORIZED:
                raise
        command.update(nameOnly=True, authorizedCollections=True)
        return [dict(each) for each in source.list_collections(**command)]


def _indexed(infos: Iterable[dict[str, Any]]) -> list[str]:
    return [
        info["name"]
        for info in infos
        if info.get("type") != "view" and not is_hidden(info["name"])
    ]


_Referring = dict[str, tuple[tuple[str, ForeignKey], ...]]


def _declared(
    source: Database[dict[str, Any]], name: str | None
) -> tuple[dict[str, Collection], _Referring]:
    """The declared tables, and for each table the foreign keys that point at it."""
    condition: dict[str, Any] = {}
    if name is not None:
        of_others = {"foreign_keys.table": {"$eq": name}}
        condition = {"$or": [{"_id": {"$eq": name}}, of_others]}
    try:
        documents = list(source[CATALOG_COLLECTION].find(condition).sort("_id", 1))
    except OperationFailure as error:
        if error.code != _UNAUTHORIZED:
            raise
        return {}, {}
    tables = {each["_id"]: from_document(each, source.name) for each in documents}
    referred: _Referring = {}
    for table in tables.values():
        for key in table.foreign_keys:
            referred[key.table] = (*referred.get(key.table, ()), (table.name, key))
    return tables, referred


def _with_constraints(table: Collection) -> Collection:
    """Let the indexes of PRIMARY KEY and UNIQUE say so."""
    keys = [*table.unique]
    if table.primary_key is not None:
        keys.append(table.primary_key)
    by_name = {key.name: key for key in keys}
    marked = []
    for index in table.indexes:
        key = by_name.get(index.name)
        if index.name == "_id_":
            key = next((each for each in keys if each.columns == ("_id",)), None)
        if key is not None:
            index = replace(
                index, constraint=key.name, nulls_distinct=key.nulls_distinct
            )
        marked.append(index)
    return replace(table, indexes=tuple(marked))
