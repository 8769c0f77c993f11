"""CREATE and DROP SCHEMA and DATABASE: both are a database of the server.

The server has a database as soon as something is in it: our catalog, to begin with.
"""

from __future__ import annotations

from typing import Any

from pymongo import MongoClient

from queryleaf_dbapi.catalog.changes import DatabaseCreation, DatabaseRemoval
from queryleaf_dbapi.catalog.names import CATALOG_COLLECTION, did_you_mean
from queryleaf_dbapi.errors import (
    DependentObjectsStillExist,
    DuplicateDatabase,
    DuplicateSchema,
    ObjectInUse,
    UndefinedDatabase,
    UndefinedSchema,
)
from queryleaf_dbapi.run.catalog_reader import CatalogReader
from queryleaf_dbapi.run.sequences import MAJORITY


def create_database(reader: CatalogReader, change: DatabaseCreation) -> None:
    """Make a database by putting an empty catalog into it."""
    if change.database in reader.client.list_database_names():
        if change.if_not_exists:
            return
        error = DuplicateSchema if change.kind == "schema" else DuplicateDatabase
        raise error(f'{change.kind} "{change.database}" already exists')
    _database(reader.client, change.database).create_collection(CATALOG_COLLECTION)


def drop_databases(reader: CatalogReader, change: DatabaseRemoval) -> None:
    """Drop databases; all are looked at before the first goes."""
    known = reader.client.list_database_names()
    found = []
    for name in change.names:
        if name not in known:
            if change.if_exists:
                continue
            error = UndefinedSchema if change.kind == "schema" else UndefinedDatabase
            near = did_you_mean(name, known)
            raise error(f'{change.kind} "{name}" does not exist{near}')
        if change.kind == "database" and name == reader.database:
            raise ObjectInUse("cannot drop the currently open database")
        if change.kind == "schema" and not change.cascade:
            _check_empty(reader, name)
        found.append(name)
    for name in found:
        _database(reader.client, name).command("dropDatabase")


def _check_empty(reader: CatalogReader, name: str) -> None:
    held = [f'table "{each}"' for each in reader.names(name)]
    held += [f'sequence "{each}"' for each in reader.sequences(name)]
    if held:
        raise DependentObjectsStillExist(
            f'cannot drop schema "{name}" because other objects depend on it: '
            f"{held[0]}; use CASCADE to drop them too"
        )


def _database(client: MongoClient[Any], name: str) -> Any:
    return client.get_database(name, write_concern=MAJORITY)
