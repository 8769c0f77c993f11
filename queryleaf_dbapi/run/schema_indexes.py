"""Indexes made, dropped and renamed on the server, and what is noted of them.

As in PostgreSQL the names of indexes are unique in a database: an index is found by
its name alone. What the server does not keep of one (INCLUDE, the text of its
condition, a comment) is a note in the entry of its table.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from pymongo.database import Database

from queryleaf_dbapi.catalog import changes
from queryleaf_dbapi.catalog.catalog import Index
from queryleaf_dbapi.catalog.names import CATALOG_COLLECTION, did_you_mean
from queryleaf_dbapi.errors import (
    DependentObjectsStillExist,
    DuplicateTable,
    FeatureNotSupported,
    ProgrammingError,
    UndefinedObject,
    UndefinedTable,
)
from queryleaf_dbapi.run.catalog_reader import CatalogReader
from queryleaf_dbapi.run.schema_alter import build_index, drop_index
from queryleaf_dbapi.run.schema_drop import majority

_Database = Database[dict[str, Any]]
_ByTable = Mapping[str, tuple[Index, ...]]


def create_index(reader: CatalogReader, change: changes.IndexCreation) -> None:
    """CREATE INDEX; the note goes first, without its index it says nothing."""
    database = majority(reader, change.database)
    name = change.index["name"]
    for table, indexes in reader.indexes(change.database).items():
        if any(each.name == name for each in indexes) and name != "_id_":
            if change.if_not_exists:
                return
            raise DuplicateTable(f'index "{name}" already exists on "{table}"')
    _note(database, change.table, name, change.note)
    try:
        build_index(database, change.table, change.index)
    except Exception:
        _note(database, change.table, name, None)
        raise


def drop_indexes(reader: CatalogReader, change: changes.IndexRemoval) -> None:
    """DROP INDEX; all are looked at before the first is dropped."""
    database = majority(reader, change.database)
    by_table = reader.indexes(change.database)
    found = []
    for name in change.names:
        table = _table_of(by_table, name)
        if table is not None:
            _check_no_constraint(database, table, name, "drop", "DROP CONSTRAINT")
            found.append((table, name))
        elif not change.if_exists:
            names = {each.name for indexes in by_table.values() for each in indexes}
            near = did_you_mean(name, names)
            raise UndefinedObject(f'index "{name}" does not exist{near}')
    for table, name in found:
        drop_index(database, table, name)
        _note(database, table, name, None)


def rename_index(reader: CatalogReader, change: changes.IndexRenaming) -> None:
    """ALTER INDEX ... RENAME TO. The server has no renaming: the index is built
    again, and put back when that fails."""
    database = majority(reader, change.database)
    by_table = reader.indexes(change.database)
    table = _table_of(by_table, change.name)
    if table is None:
        if change.if_exists:
            return
        names = {each.name for indexes in by_table.values() for each in indexes}
        near = did_you_mean(change.name, names)
        raise UndefinedTable(f'index "{change.name}" does not exist{near}')
    if _table_of(by_table, change.new_name) is not None:
        raise DuplicateTable(f'index "{change.new_name}" already exists')
    _check_no_constraint(database, table, change.name, "rename", "RENAME CONSTRAINT")
    stored = {each["name"]: each for each in database[table].list_indexes()}
    old = {key: value for key, value in stored[change.name].items() if key != "v"}
    note = _noted(database, table, change.name)
    with contextlib.ExitStack() as undo:
        drop_index(database, table, change.name)
        undo.callback(build_index, database, table, old)
        build_index(database, table, {**old, "name": change.new_name})
        undo.pop_all()
    if note is not None:
        _note(database, table, change.new_name, {**note, "name": change.new_name})
        _note(database, table, change.name, None)


def comment_index(reader: CatalogReader, change: changes.IndexComment) -> None:
    """COMMENT ON INDEX of a declared table."""
    database = majority(reader, change.database)
    table = _table_of(reader.indexes(change.database), change.name)
    if table is None:
        raise UndefinedTable(f'index "{change.name}" does not exist')
    if database[CATALOG_COLLECTION].find_one({"_id": {"$eq": table}}) is None:
        raise FeatureNotSupported(
            f'COMMENT ON INDEX "{change.name}" is not supported: "{table}" was not '
            "made by CREATE TABLE"
        )
    note = {**(_noted(database, table, change.name) or {"name": change.name})}
    note.pop("comment", None)
    if change.comment is not None:
        note["comment"] = change.comment
    _note(database, table, change.name, note if len(note) > 1 else None)


def _noted(database: _Database, table: str, name: str) -> dict[str, Any] | None:
    entry = database[CATALOG_COLLECTION].find_one({"_id": {"$eq": table}}) or {}
    return next(
        (each for each in entry.get("indexes", ()) if each["name"] == name), None
    )


def _note(
    database: _Database, table: str, name: str, note: Mapping[str, Any] | None
) -> None:
    """Let the entry of a declared table say this of an index, and nothing else."""
    others = {
        "$filter": {
            "input": {"$ifNull": ["$indexes", []]},
            "cond": {"$ne": ["$$this.name", {"$literal": name}]},
        }
    }
    added = [] if note is None else [{"$literal": dict(note)}]
    database[CATALOG_COLLECTION].update_one(
        {"_id": {"$eq": table}},
        [{"$set": {"indexes": {"$concatArrays": [others, added]}}}],
    )


def _table_of(by_table: _ByTable, name: str) -> str | None:
    if name == "_id_":
        raise FeatureNotSupported('index "_id_" is the server\'s own: it stays')
    tables = [
        table
        for table, indexes in by_table.items()
        if any(each.name == name for each in indexes)
    ]
    if len(tables) > 1:
        listed = ", ".join(f'"{each}"' for each in sorted(tables))
        raise ProgrammingError(
            f'index "{name}" exists on {listed}: rename or drop them one by one '
            "with the server's own commands"
        )
    return tables[0] if tables else None


def _check_no_constraint(
    database: _Database, table: str, index: str, verb: str, instead: str
) -> None:
    entry = database[CATALOG_COLLECTION].find_one({"_id": {"$eq": table}}) or {}
    keys = [*entry.get("unique", ())]
    if "primary_key" in entry:
        keys.append(entry["primary_key"])
    if any(key["name"] == index for key in keys):
        raise DependentObjectsStillExist(
            f'cannot {verb} index "{index}" because constraint "{index}" on table '
            f'"{table}" requires it; use ALTER TABLE ... {instead}'
        )
