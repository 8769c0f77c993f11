"""Views on the server, their entries, and who reads what.

A view cannot be made in a transaction (MongoDB 6.0). Its entry goes first: without
the view it says nothing to anybody, and is written over by the next try.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError

from queryleaf_dbapi.catalog.changes import ViewCreation
from queryleaf_dbapi.catalog.names import CATALOG_COLLECTION
from queryleaf_dbapi.errors import DuplicateTable

_NAMESPACE_EXISTS = 48
_MAJORITY = {"w": "majority"}

_Database = Database[dict[str, Any]]


def create_view(database: _Database, change: ViewCreation) -> None:
    """Make a view, or replace one; DuplicateTable when the name is taken."""
    entries = database[CATALOG_COLLECTION]
    this = {"_id": {"$eq": change.name}}
    if not change.replaces and change.name in database.list_collection_names(
        filter={"name": {"$eq": change.name}}
    ):
        raise DuplicateTable(f'relation "{change.name}" already exists')
    before = entries.find_one_and_replace(this, dict(change.entry), upsert=True)
    try:
        database.command(
            {
                ("collMod" if change.replaces else "create"): change.name,
                "viewOn": change.view_on,
                "pipeline": list(change.pipeline),
                "writeConcern": _MAJORITY,
            }
        )
    except PyMongoError as error:
        if before is None:
            entries.delete_one(this)
        else:
            entries.replace_one(this, before, upsert=True)
        if isinstance(error, OperationFailure) and error.code == _NAMESPACE_EXISTS:
            raise DuplicateTable(
                f'relation "{change.name}" already exists', server_code=error.code
            ) from error
        raise


def rename_view(database: _Database, old: str, new: str) -> None:
    """Rename a view of ours. The server cannot: one of the new name is made, the
    views over it follow, the old one goes."""
    entry = database[CATALOG_COLLECTION].find_one({"_id": {"$eq": old}}) or {}
    [stored] = database.list_collections(filter={"name": {"$eq": old}})
    options = stored["options"]
    pipeline = tuple(options["pipeline"])
    made = {**entry, "_id": new}
    create_view(
        database,
        ViewCreation(database.name, new, options["viewOn"], pipeline, made, False),
    )
    rename_in_views(database, old, new)
    database[CATALOG_COLLECTION].delete_one({"_id": {"$eq": old}})
    database.command({"drop": old, "writeConcern": _MAJORITY})


def entries_of_views(database: _Database) -> dict[str, dict[str, Any]]:
    """The entries of all views made by CREATE VIEW, by name."""
    found = database[CATALOG_COLLECTION].find({"view": {"$exists": True}})
    return {each["_id"]: each for each in found}


def views_over(database: _Database, names: Iterable[str]) -> list[tuple[str, str]]:
    """(view, what it reads) for all that read the named relations, directly or
    through other views; the named ones are not among them."""
    entries = entries_of_views(database)
    reached = list(names)
    known = set(reached)
    found: list[tuple[str, str]] = []
    for name in reached:  # grows while it is walked
        for view, entry in entries.items():
            tables = {read["table"] for read in entry["view"]["reads"]}
            if name in tables and view not in known:
                known.add(view)
                reached.append(view)
                found.append((view, name))
    return found


def columns_read(database: _Database, table: str) -> Iterator[tuple[str, str]]:
    """(view, column of the table it uses) for views that read the table itself."""
    for view, entry in entries_of_views(database).items():
        for read in entry["view"]["reads"]:
            if read["table"] == table:
                yield from ((view, column) for column in read["used"])


def rename_in_views(database: _Database, old: str, new: str) -> None:
    """Let the views over a renamed table follow it."""
    views = {
        each["name"]: each["options"]
        for each in database.list_collections(filter={"type": "view"})
    }
    for view in entries_of_views(database):
        if view not in views:
            continue
        options = views[view]
        pipeline = _renamed_stages(options["pipeline"], old, new)
        view_on = new if options["viewOn"] == old else options["viewOn"]
        if view_on == options["viewOn"] and pipeline == options["pipeline"]:
            continue
        database.command(
            {
                "collMod": view,
                "viewOn": view_on,
                "pipeline": pipeline,
                "writeConcern": _MAJORITY,
            }
        )
    database[CATALOG_COLLECTION].update_many(
        {"view.reads.table": {"$eq": old}},
        {"$set": {"view.reads.$[read].table": new}},
        array_filters=[{"read.table": {"$eq": old}}],
    )


def _renamed_stages(stages: Any, old: str, new: str) -> list[Any]:
    """A pipeline with another name for a collection, where stages name one."""
    result = []
    for stage in stages:
        [(operator, body)] = stage.items()
        if operator in ("$lookup", "$unionWith") and isinstance(body, Mapping):
            body = dict(body)
            for key in ("from", "coll"):
                if body.get(key) == old:
                    body[key] = new
            if "pipeline" in body:
                body["pipeline"] = _renamed_stages(body["pipeline"], old, new)
        elif operator == "$unionWith" and body == old:
            body = new
        elif operator == "$facet":
            body = {k: _renamed_stages(each, old, new) for k, each in body.items()}
        result.append({operator: body})
    return result
