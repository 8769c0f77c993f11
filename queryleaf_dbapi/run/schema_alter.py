"""ALTER TABLE on the server: documents, validator, indexes, entry, in this order.

None of it can be in a transaction. A step that fails (a NULL under a new NOT NULL,
a duplicate under a new UNIQUE) takes back those before it; the values of dropped
columns are removed last, when nothing can fail any more.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from pymongo.database import Database
from pymongo.errors import OperationFailure

from queryleaf_dbapi.catalog.catalog import Collection
from queryleaf_dbapi.catalog.changes import TableAlteration
from queryleaf_dbapi.catalog.declared import from_document
from queryleaf_dbapi.catalog.names import CATALOG_COLLECTION
from queryleaf_dbapi.errors import (
    CheckViolation,
    DuplicateTable,
    NotNullViolation,
    UniqueViolation,
)
from queryleaf_dbapi.run.key_rows import check_new_keys

_DUPLICATE_KEY = 11000
_INDEX_CONFLICTS = (68, 85, 86)  # the name or the keys are taken by another index

_Database = Database[dict[str, Any]]


def alter_table(database: _Database, change: TableAlteration) -> None:
    """Do an ALTER TABLE, or leave the table as it was."""
    with contextlib.ExitStack() as undo:
        for update, reverse in change.updates:
            undo.callback(_update, database, change.name, reverse)
            _update(database, change.name, update)
        undo.callback(_set_validator, database, change.name, change.old_validator)
        _set_validator(database, change.name, change.validator)
        _verify(database, change)
        _change_indexes(database, change, undo)
        check_new_keys(database, from_document(change.entry, change.database))
        database[CATALOG_COLLECTION].replace_one(
            {"_id": {"$eq": change.name}}, change.entry, upsert=True
        )
        undo.pop_all()
    if change.removed:
        _update(database, change.name, {"$unset": dict.fromkeys(change.removed, "")})


def _update(database: _Database, table: str, update: Any) -> None:
    # the documents fit the validator before or after, but not both
    database[table].update_many({}, update, bypass_document_validation=True)


def _set_validator(
    database: _Database, table: str, validator: Mapping[str, Any]
) -> None:
    database.command(
        {
            "collMod": table,
            "validator": validator,
            "validationLevel": "strict",
            "validationAction": "error",
            "writeConcern": {"w": "majority"},
        }
    )


def _verify(database: _Database, change: TableAlteration) -> None:
    """The new validator already stands: no other writer can add a bad document."""
    source = database[change.name]
    table = from_document(change.entry, change.database)
    clauses = change.validator.get("$and", [change.validator])
    checked = [
        (check, clause)
        for check, clause in zip(table.checks, clauses[1:], strict=True)
        if check.valid  # the others are for new rows only
    ]
    wanted = {"$and": [clauses[0], *(clause for _, clause in checked)]}
    if source.find_one({"$nor": [wanted]}, {"_id": 1}) is None:
        return
    for check, clause in checked:
        if source.find_one({"$nor": [clause]}, {"_id": 1}) is not None:
            raise CheckViolation(
                f'check constraint "{check.name}" of relation "{table.name}" is '
                "violated by some row"
            )
    raise _null_error(database, table)


def _null_error(
    database: _Database, table: Collection
) -> NotNullViolation | CheckViolation:
    for field in table.fields:
        if not field.nullable and (
            database[table.name].find_one({field.name: None}, {"_id": 1}) is not None
        ):
            return NotNullViolation(
                f'column "{field.name}" of relation "{table.name}" contains null values'
            )
    return CheckViolation(
        f'some row of "{table.name}" holds a value of another type than its column'
    )


def _change_indexes(
    database: _Database, change: TableAlteration, undo: contextlib.ExitStack
) -> None:
    if not change.drop_indexes and not change.create_indexes:
        return
    stored = {each["name"]: each for each in database[change.name].list_indexes()}
    for name in change.drop_indexes:
        if name in stored:
            old = {key: value for key, value in stored[name].items() if key != "v"}
            undo.callback(build_index, database, change.name, old)
            drop_index(database, change.name, name)
    for index in change.create_indexes:
        build_index(database, change.name, index)
        undo.callback(drop_index, database, change.name, index["name"])


def drop_index(database: _Database, table: str, name: str) -> None:
    """Drop one index."""
    database.command(
        {"dropIndexes": table, "index": name, "writeConcern": {"w": "majority"}}
    )


def build_index(database: _Database, table: str, index: Mapping[str, Any]) -> None:
    """Create one index; wrong data and taken names are errors of SQL."""
    try:
        database.command(
            {
                "createIndexes": table,
                "indexes": [index],
                "writeConcern": {"w": "majority"},
            }
        )
    except OperationFailure as error:
        if error.code == _DUPLICATE_KEY:
            raise UniqueViolation(
                f'could not create unique index "{index["name"]}": a key is double',
                server_code=error.code,
            ) from error
        if error.code in _INDEX_CONFLICTS:
            raise DuplicateTable(
                f'index "{index["name"]}" cannot be created: "{table}" has one of the '
                "same name or of the same keys",
                server_code=error.code,
            ) from error
        raise
