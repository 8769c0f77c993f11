r"""What `\d` prints: the tables, or one table's columns and indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from queryleaf_dbapi import Connection
from queryleaf_dbapi.errors import UndefinedTable
from queryleaf_dbapi.shell.table import format_table


def describe_tables(connection: Connection) -> Iterator[str]:
    """A line for every table, collection and view."""
    rows = [
        (each.name, _kind(each), len(each.fields))
        for each in connection.catalog.collections()
    ]
    return format_table(("name", "kind", "columns"), rows)


def _kind(collection: Any) -> str:
    if collection.is_view:
        return "view"
    return "table" if collection.closed else "collection (columns from its documents)"


def describe_table(connection: Connection, name: str) -> Iterator[str]:
    """The columns, the fields of their documents below them, and the indexes.

    Raises UndefinedTable.
    """
    database, _, table = name.rpartition(".")
    found = connection.catalog.collection(table, database or None)
    if found is None:
        raise UndefinedTable(f'table "{name}" does not exist')
    yield f"{name}: {_kind(found)}"
    yield from format_table(
        ("column", "type", "nullable", "default"), _columns(found.fields, "")
    )
    for index in found.indexes:
        keys = ", ".join(
            path + (" DESC" if order == -1 else "" if order == 1 else f" {order}")
            for path, order in index.keys
        )
        unique = "unique " if index.unique else ""
        yield f"{unique}index {index.name} ({keys})"
    for key in found.foreign_keys:
        yield (
            f"foreign key {key.name} ({', '.join(key.columns)}) -> "
            f"{key.table} ({', '.join(key.referred)})"
        )
    for check in found.checks:
        yield f"check {check.name}: {check.sql}"


def _columns(fields: Iterable[Any], parent: str) -> Iterator[tuple[Any, ...]]:
    for field in fields:
        path = f"{parent}{field.name}"
        yield (path, str(field.type), "yes" if field.nullable else "no", field.default)
        yield from _columns(field.fields, f"{path}.")
