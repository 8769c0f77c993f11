"""DROP TABLE and DROP VIEW on the server, and what may stop them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pymongo.database import Database
from pymongo.errors import OperationFailure

from queryleaf_dbapi.catalog.changes import SequenceRemoval, TableRemoval
from queryleaf_dbapi.catalog.names import CATALOG_COLLECTION
from queryleaf_dbapi.errors import DependentObjectsStillExist
from queryleaf_dbapi.run.catalog_reader import CatalogReader
from queryleaf_dbapi.run.schema_views import views_over
from queryleaf_dbapi.run.sequences import MAJORITY, Sequences

_NAMESPACE_NOT_FOUND = 26
_NEXTVAL = re.compile(r"nextval\('\"?([^'\"]+)\"?'", re.IGNORECASE)

_Database = Database[dict[str, Any]]


def majority(reader: CatalogReader, database: str) -> _Database:
    """A database whose writes wait for the majority."""
    return reader.client.get_database(database, write_concern=MAJORITY)


def drop_tables(reader: CatalogReader, change: TableRemoval) -> None:
    """Drop tables and views; what depends on them stops it, or goes too (CASCADE)."""
    for name in sorted({each[0] for each in change.tables}):
        names = [each[1] for each in change.tables if each[0] == name]
        database = majority(reader, name)
        views = views_over(database, names)
        if views and not change.cascade:
            view, table = views[0]
            raise DependentObjectsStillExist(
                f'cannot drop "{table}" because other objects depend on it: view '
                f'"{view}"; use CASCADE to drop that too'
            )
        _free_of_keys(database, names, change.cascade)
        for view, _ in reversed(views):
            _drop_table(reader, database, view)
    for owner, name, sequences in change.tables:
        _drop_table(reader, majority(reader, owner), name)
        counters = Sequences(reader.client, owner)
        counters.drop(sequences)
        counters.drop_owned(name)


def free_of_defaults(reader: CatalogReader, change: SequenceRemoval) -> None:
    """Refuse to drop a sequence that a DEFAULT takes its numbers from; CASCADE takes
    the DEFAULT away."""
    entries = majority(reader, change.database)[CATALOG_COLLECTION]
    for entry in entries.find({"columns.default": {"$exists": True}}):
        for column in entry["columns"]:
            named = _NEXTVAL.match(column.get("default") or "")
            if named is None or named[1] not in change.names:
                continue
            if not change.cascade:
                raise DependentObjectsStillExist(
                    f'cannot drop sequence "{named[1]}" because other objects depend '
                    f'on it: default value for column "{column["name"]}" of table '
                    f'"{entry["_id"]}"; use CASCADE to drop that too'
                )
            entries.update_one(
                {"_id": {"$eq": entry["_id"]}},
                {"$unset": {"columns.$[column].default": ""}},
                array_filters=[{"column.name": {"$eq": column["name"]}}],
            )


def keys_from_outside(
    database: _Database, names: list[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(table, foreign key) of other tables that refer to the named ones."""
    entries = database[CATALOG_COLLECTION].find(
        {"foreign_keys.table": {"$in": names}, "_id": {"$nin": names}},
        {"foreign_keys": 1},
    )
    for entry in entries:
        for key in entry["foreign_keys"]:
            if key["table"] in names:
                yield entry["_id"], key


def _free_of_keys(database: _Database, names: list[str], cascade: bool) -> None:
    for table, key in keys_from_outside(database, names):
        if not cascade:
            raise DependentObjectsStillExist(
                f'cannot drop table "{key["table"]}" because other objects depend on '
                f'it: constraint "{key["name"]}" of table "{table}"; use CASCADE to '
                "drop the constraint too"
            )
    if cascade:
        database[CATALOG_COLLECTION].update_many(
            {"foreign_keys.table": {"$in": names}, "_id": {"$nin": names}},
            {"$pull": {"foreign_keys": {"table": {"$in": names}}}},
        )


def _drop_table(reader: CatalogReader, database: _Database, name: str) -> None:
    """The entry goes first: what an interruption leaves can be dropped again, and
    is never a declared table without its data."""
    entries = database[CATALOG_COLLECTION]
    entry = entries.find_one_and_delete({"_id": {"$eq": name}})
    try:
        database.command({"drop": name, "writeConcern": {"w": "majority"}})
    except OperationFailure as error:
        if error.code == _NAMESPACE_NOT_FOUND:
            return
        if entry is not None:
            entries.replace_one({"_id": {"$eq": name}}, entry, upsert=True)
        raise
