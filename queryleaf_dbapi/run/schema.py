"""Schema changes done on the server, each whole or not at all where it can be.

A table is made in one transaction: collection, validator, indexes, counters and
entry. Dropping and altering cannot be in a transaction (MongoDB 6.0), so they go
in an order whose interruption leaves something that can be repeated, and take back
what they did when a step fails. Every write waits for the majority.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import singledispatch
from typing import Any

from pymongo import WriteConcern
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern

from queryleaf_dbapi.catalog import changes
from queryleaf_dbapi.catalog.names import (
    CATALOG_COLLECTION,
    SEQUENCES_COLLECTION,
    did_you_mean,
)
from queryleaf_dbapi.catalog.sequences import PLAIN, changed, counter
from queryleaf_dbapi.errors import (
    DependentObjectsStillExist,
    DuplicateTable,
    FeatureNotSupported,
    InternalError,
    UndefinedTable,
)
from queryleaf_dbapi.run.catalog_reader import CatalogReader
from queryleaf_dbapi.run.error_map import translated
from queryleaf_dbapi.run.key_locks import KeyLocks
from queryleaf_dbapi.run.schema_alter import alter_table
from queryleaf_dbapi.run.schema_databases import create_database, drop_databases
from queryleaf_dbapi.run.schema_drop import (
    drop_tables,
    free_of_defaults,
    keys_from_outside,
    majority,
)
from queryleaf_dbapi.run.schema_indexes import (
    comment_index,
    create_index,
    drop_indexes,
    rename_index,
)
from queryleaf_dbapi.run.schema_views import (
    columns_read,
    create_view,
    rename_in_views,
    rename_view,
)
from queryleaf_dbapi.run.sequences import Sequences

_ILLEGAL_OPERATION = 20  # transactions on a standalone server
_NAMESPACE_EXISTS = 48

_Database = Database[dict[str, Any]]


def execute_schema_change(
    reader: CatalogReader, change: changes.SchemaChange | None
) -> None:
    """Do a schema change, and let the catalog forget what it was before."""
    if change is None:
        return
    try:
        with translated():
            _execute(change, reader)
            if isinstance(change, changes.TableCreation | changes.TableAlteration):
                _make_locks(change, reader)
    finally:
        for database in _databases(change):
            reader.invalidate(None, database)


def _make_locks(
    change: changes.TableCreation | changes.TableAlteration, reader: CatalogReader
) -> None:
    """The locks of the keys a table refers to: a transaction sees none that are made
    after it began."""
    locks = KeyLocks(reader.client, change.database, None, 0)
    for table in {key["table"] for key in change.entry.get("foreign_keys", ())}:
        locks.prepare(table, anew=True)


def _databases(change: changes.SchemaChange) -> set[str]:
    if isinstance(change, changes.TableRemoval | changes.Truncation):
        return {table[0] for table in change.tables}
    if isinstance(change, changes.DatabaseRemoval):
        return set(change.names)
    return {change.database}


@singledispatch
def _execute(change: changes.SchemaChange, reader: CatalogReader) -> None:
    raise InternalError(f"no execution of {type(change).__name__}")


@_execute.register
def _(change: changes.TableCreation, reader: CatalogReader) -> None:
    try:
        _in_transaction(reader, lambda session: _create(reader, change, session))
    except OperationFailure as error:
        if error.code == _NAMESPACE_EXISTS:
            if change.if_not_exists:
                return
            raise DuplicateTable(
                f'table "{change.name}" already exists', server_code=error.code
            ) from error
        if error.code != _ILLEGAL_OPERATION:
            raise
        _create_on_standalone(reader, change)


def _in_transaction(
    reader: CatalogReader, work: Callable[[ClientSession], None]
) -> None:
    with reader.client.start_session() as session:
        session.with_transaction(
            work,
            read_concern=ReadConcern("local"),
            write_concern=WriteConcern(w="majority"),
        )


def _create(
    reader: CatalogReader,
    change: changes.TableCreation,
    session: ClientSession | None,
) -> None:
    """Make the collection and everything about it; also without a transaction."""
    database = reader.client.get_database(change.database)
    command: dict[str, Any] = {
        "create": change.name,
        "validator": change.validator,
        "validationLevel": "strict",
        "validationAction": "error",
    }
    database.command(command, session=session)
    if change.indexes:
        database.command(
            {"createIndexes": change.name, "indexes": list(change.indexes)},
            session=session,
        )
    counters = database[SEQUENCES_COLLECTION]
    if change.sequences:  # one of a table that went away may be left
        names = [name for name, _ in change.sequences]
        counters.delete_many({"_id": {"$in": names}}, session=session)
        counters.insert_many(
            [counter(name, settings) for name, settings in change.sequences],
            session=session,
        )
    database[CATALOG_COLLECTION].replace_one(
        {"_id": {"$eq": change.name}}, change.entry, upsert=True, session=session
    )


def _create_on_standalone(reader: CatalogReader, change: changes.TableCreation) -> None:
    database = reader.client.get_database(change.database)
    if change.name in database.list_collection_names(filter={"name": change.name}):
        if change.if_not_exists:
            return
        raise DuplicateTable(f'table "{change.name}" already exists')
    try:
        _create(reader, change, None)
    except PyMongoError:
        with contextlib.suppress(PyMongoError):
            database[CATALOG_COLLECTION].delete_one({"_id": {"$eq": change.name}})
            database.drop_collection(change.name)
        raise


@_execute.register
def _(change: changes.DatabaseCreation, reader: CatalogReader) -> None:
    create_database(reader, change)


@_execute.register
def _(change: changes.DatabaseRemoval, reader: CatalogReader) -> None:
    drop_databases(reader, change)


@_execute.register
def _(change: changes.TableRemoval, reader: CatalogReader) -> None:
    drop_tables(reader, change)


@_execute.register
def _(change: changes.ViewCreation, reader: CatalogReader) -> None:
    create_view(majority(reader, change.database), change)


@_execute.register
def _(change: changes.IndexCreation, reader: CatalogReader) -> None:
    create_index(reader, change)


@_execute.register
def _(change: changes.IndexRemoval, reader: CatalogReader) -> None:
    drop_indexes(reader, change)


@_execute.register
def _(change: changes.IndexRenaming, reader: CatalogReader) -> None:
    rename_index(reader, change)


@_execute.register
def _(change: changes.IndexComment, reader: CatalogReader) -> None:
    comment_index(reader, change)


@_execute.register
def _(change: changes.TableAlteration, reader: CatalogReader) -> None:
    database = majority(reader, change.database)
    for table, key in keys_from_outside(database, [change.name]):
        if frozenset(key["referred"]) in change.freed_keys:
            raise DependentObjectsStillExist(
                f'the key of "{change.name}" is referred to by constraint '
                f'"{key["name"]}" of table "{table}": drop that one first'
            )
        used = set(key["referred"]) & set(change.freed)
        if used:
            raise DependentObjectsStillExist(
                f'column "{min(used)}" of "{change.name}" is referred to by constraint '
                f'"{key["name"]}" of table "{table}": drop that one first'
            )
    for view, column in columns_read(database, change.name):
        if column in change.freed:
            raise DependentObjectsStillExist(
                f'column "{column}" of "{change.name}" is read by view "{view}": drop '
                "that one first"
            )
        if column in change.retyped:
            raise FeatureNotSupported(
                f'cannot alter the type of column "{column}", which view "{view}" '
                "reads: drop that one first"
            )
    alter_table(database, change)
    sequences = Sequences(reader.client, change.database)
    for name, settings in change.sequences:
        sequences.drop([name])
        sequences.create(name, settings)
    for name, settings, restart in change.alter_sequences:
        sequences.alter(name, settings, restart)
    for column in change.removed:
        sequences.drop_owned(change.name, column)
    sequences.drop(change.drop_sequences)


@_execute.register
def _(change: changes.TableRenaming, reader: CatalogReader) -> None:
    if change.is_view:
        database = majority(reader, change.database)
        rename_view(database, change.name, change.new_name)
        return
    admin = reader.client.admin

    def rename(old: str, new: str) -> None:
        source, target = f"{change.database}.{old}", f"{change.database}.{new}"
        admin.command(
            {
                "renameCollection": source,
                "to": target,
                "writeConcern": {"w": "majority"},
            }
        )

    try:
        rename(change.name, change.new_name)
    except OperationFailure as error:
        if error.code == _NAMESPACE_EXISTS:
            raise DuplicateTable(
                f'table "{change.new_name}" already exists', server_code=error.code
            ) from error
        raise
    try:
        database = majority(reader, change.database)
        _rename_entry(database, change)
        rename_in_views(database, change.name, change.new_name)
    except PyMongoError:
        rename(change.new_name, change.name)
        raise


def _rename_entry(database: _Database, change: changes.TableRenaming) -> None:
    entries = database[CATALOG_COLLECTION]
    counters = database[SEQUENCES_COLLECTION]
    entry = entries.find_one({"_id": {"$eq": change.name}})
    if entry is None:
        return
    entry["_id"] = change.new_name
    # the counters move as well: a new table of the old name will want theirs
    for column in entry["columns"]:
        old = column.get("sequence")
        if old is not None and old.startswith(f"{change.name}."):
            column["sequence"] = f"{change.new_name}.{column['name']}"
            found = counters.find_one({"_id": {"$eq": old}}) or counter(old, PLAIN)
            found["_id"] = column["sequence"]
            counters.replace_one({"_id": {"$eq": found["_id"]}}, found, upsert=True)
            counters.delete_one({"_id": {"$eq": old}})
    for key in entry.get("foreign_keys", ()):
        if key["table"] == change.name:
            key["table"] = change.new_name
    entries.replace_one({"_id": {"$eq": change.new_name}}, entry, upsert=True)
    entries.update_many(
        {"foreign_keys.table": {"$eq": change.name}},
        {"$set": {"foreign_keys.$[key].table": change.new_name}},
        array_filters=[{"key.table": {"$eq": change.name}}],
    )
    entries.delete_one({"_id": {"$eq": change.name}})


@_execute.register
def _(change: changes.Truncation, reader: CatalogReader) -> None:
    for name in sorted({each[0] for each in change.tables}):
        _truncate(reader, change, name)


def _truncate(reader: CatalogReader, change: changes.Truncation, name: str) -> None:
    database = majority(reader, name)
    tables = [each[1] for each in change.tables if each[0] == name]
    while dependents := dict(keys_from_outside(database, tables)):
        if not change.cascade:
            table, key = min(dependents.items())
            raise FeatureNotSupported(
                "cannot truncate a table referenced in a foreign key constraint: "
                f'table "{table}" references "{key["table"]}"; truncate it in the same '
                "statement, or use CASCADE"
            )
        tables += list(dependents)
    for table in reversed(tables):  # those that refer to others first
        database[table].delete_many({})
    counters = [counter for each, counter in change.restart if each == name]
    Sequences(reader.client, name).restart(counters)


@_execute.register
def _(change: changes.EntryChange, reader: CatalogReader) -> None:
    majority(reader, change.database)[CATALOG_COLLECTION].replace_one(
        {"_id": {"$eq": change.name}}, change.entry
    )


@_execute.register
def _(change: changes.SequenceCreation, reader: CatalogReader) -> None:
    sequences = Sequences(reader.client, change.database)
    made = sequences.create(change.name, change.settings)
    if not made and not change.if_not_exists:
        raise DuplicateTable(f'sequence "{change.name}" already exists')


@_execute.register
def _(change: changes.SequenceAlteration, reader: CatalogReader) -> None:
    sequences = Sequences(reader.client, change.database)
    if change.if_exists and change.name not in sequences.names():
        return
    settings = changed(sequences.settings(change.name), dict(change.given))
    sequences.alter(change.name, settings, change.restart)


@_execute.register
def _(change: changes.SequenceRemoval, reader: CatalogReader) -> None:
    sequences = Sequences(reader.client, change.database)
    known = sequences.names()
    for name in change.names:
        if name not in known and not change.if_exists:
            near = did_you_mean(name, known)
            raise UndefinedTable(f'sequence "{name}" does not exist{near}')
    free_of_defaults(reader, change)
    sequences.drop(change.names)
