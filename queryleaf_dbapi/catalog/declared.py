"""Declared tables: the catalog's document of a table, and back.

    {"_id": "people", "version": 1,
     "columns": [{"name": "id", "type": "INTEGER", "nullable": false}, ...],
     "primary_key": {"name": "people_pkey", "columns": ["id"]}, ...}

Pure conversion. What is empty is left out of the document, so that a person can
read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from queryleaf_dbapi.catalog.catalog import (
    Check,
    Collection,
    Field,
    ForeignKey,
    Index,
    Key,
    View,
    ViewRead,
)
from queryleaf_dbapi.catalog.sequences import (
    SequenceSettings,
    settings_document,
    settings_from,
)
from queryleaf_dbapi.errors import OperationalError
from queryleaf_dbapi.types import parse_type

VERSION = 1


def to_document(table: Collection) -> dict[str, Any]:
    """The catalog's document of a declared table."""
    document: dict[str, Any] = {
        "_id": table.name,
        "version": VERSION,
        "columns": [_column(field) for field in table.fields],
    }
    if table.primary_key is not None:
        document["primary_key"] = _key(table.primary_key)
    lists: dict[str, list[dict[str, Any]]] = {
        "unique": [_key(key) for key in table.unique],
        "checks": [_check(each) for each in table.checks],
        "foreign_keys": [_foreign_key(key) for key in table.foreign_keys],
        "indexes": [note for each in table.indexes if (note := index_note(each))],
    }
    document.update({name: items for name, items in lists.items() if items})
    if table.comment is not None:
        document["comment"] = table.comment
    if table.view is not None:
        document["view"] = _view(table.view)
    return document


def from_document(document: Mapping[str, Any], database: str) -> Collection:
    """The declared table that a document of the catalog describes."""
    if document.get("version") != VERSION:
        raise OperationalError(
            f'the catalog\'s entry of "{document["_id"]}" has version '
            f"{document.get('version')}, this driver reads {VERSION}: upgrade it"
        )
    primary_key = document.get("primary_key")
    return Collection(
        name=document["_id"],
        database=database,
        fields=tuple(_to_field(each) for each in document["columns"]),
        closed=True,
        primary_key=None if primary_key is None else _to_key(primary_key),
        unique=tuple(_to_key(each) for each in document.get("unique", ())),
        checks=tuple(
            Check(
                each["name"],
                each["sql"],
                each.get("valid", True),
                each.get("comment"),
            )
            for each in document.get("checks", ())
        ),
        foreign_keys=tuple(
            _to_foreign_key(each) for each in document.get("foreign_keys", ())
        ),
        indexes=tuple(_to_index(each) for each in document.get("indexes", ())),
        comment=document.get("comment"),
        is_view="view" in document,
        view=_to_view(document["view"]) if "view" in document else None,
    )


def _view(view: View) -> dict[str, Any]:
    reads = []
    for each in view.reads:
        read: dict[str, Any] = {"written": each.written, "table": each.table}
        if each.written_database is not None:
            read["written_database"] = each.written_database
        reads.append({**read, "used": list(each.used), "seen": list(each.seen)})
    return {"sql": view.sql, "reads": reads}


def _to_view(document: Mapping[str, Any]) -> View:
    reads = [
        ViewRead(
            each["written"],
            each.get("written_database"),
            each["table"],
            tuple(each["used"]),
            tuple(each["seen"]),
        )
        for each in document["reads"]
    ]
    return View(document["sql"], tuple(reads))


def _column(field: Field) -> dict[str, Any]:
    column: dict[str, Any] = {
        "name": field.name,
        "type": str(field.type),
        "nullable": field.nullable,
    }
    if field.default is not None:
        column["default"] = field.default
    if field.sequence is not None:
        column["sequence"] = field.sequence
    if field.generated is not None:
        column["generated"] = field.generated
    if field.generated_always:
        column["generated_always"] = True
    if field.identity is not None:
        column["identity"] = settings_document(field.identity)
    if field.comment is not None:
        column["comment"] = field.comment
    return column


def _to_field(column: Mapping[str, Any]) -> Field:
    return Field(
        name=column["name"],
        type=parse_type(column["type"]),
        nullable=column["nullable"],
        default=column.get("default"),
        sequence=column.get("sequence"),
        comment=column.get("comment"),
        generated=column.get("generated"),
        generated_always=column.get("generated_always", False),
        identity=_to_identity(column),
    )


def _check(check: Check) -> dict[str, Any]:
    document: dict[str, Any] = {"name": check.name, "sql": check.sql}
    if not check.valid:
        document["valid"] = False
    if check.comment is not None:
        document["comment"] = check.comment
    return document


def index_note(index: Index) -> dict[str, Any] | None:
    """What the server does not keep of an index; None for nothing. A note without
    its index says nothing."""
    note: dict[str, Any] = {}
    if index.include:
        note["include"] = list(index.include)
    if index.where is not None:
        note["where"] = index.where
    if not index.nulls_distinct:
        note["nulls_distinct"] = False
    if index.comment is not None:
        note["comment"] = index.comment
    return {"name": index.name, **note} if note else None


def _to_index(note: Mapping[str, Any]) -> Index:
    """An index with nothing but its name and what is noted."""
    return Index(
        note["name"],
        (),
        include=tuple(note.get("include", ())),
        where=note.get("where"),
        nulls_distinct=note.get("nulls_distinct", True),
        comment=note.get("comment"),
    )


def with_notes(indexes: Iterable[Index], notes: Iterable[Index]) -> tuple[Index, ...]:
    """The server's indexes with what the entry says of them."""
    by_name = {each.name: each for each in notes}
    return tuple(
        replace(
            each,
            include=by_name[each.name].include,
            where=by_name[each.name].where,
            nulls_distinct=by_name[each.name].nulls_distinct,
            comment=by_name[each.name].comment,
        )
        if each.name in by_name
        else each
        for each in indexes
    )


def _to_identity(column: Mapping[str, Any]) -> SequenceSettings | None:
    if "identity_start" in column:  # of a version before
        return SequenceSettings(start=column["identity_start"])
    stored = column.get("identity")
    return None if stored is None else settings_from(stored)


def _key(key: Key) -> dict[str, Any]:
    document: dict[str, Any] = {"name": key.name, "columns": list(key.columns)}
    if not key.nulls_distinct:
        document["nulls_distinct"] = False
    if key.comment is not None:
        document["comment"] = key.comment
    return document


def _to_key(document: Mapping[str, Any]) -> Key:
    return Key(
        document["name"],
        tuple(document["columns"]),
        document.get("nulls_distinct", True),
        document.get("comment"),
    )


def _foreign_key(key: ForeignKey) -> dict[str, Any]:
    document = {
        "name": key.name,
        "columns": list(key.columns),
        "table": key.table,
        "referred": list(key.referred),
        "on_delete": key.on_delete,
        "on_update": key.on_update,
        "comment": key.comment,
    }
    return {name: value for name, value in document.items() if value is not None}


def _to_foreign_key(document: Mapping[str, Any]) -> ForeignKey:
    return ForeignKey(
        name=document["name"],
        columns=tuple(document["columns"]),
        table=document["table"],
        referred=tuple(document["referred"]),
        on_delete=document.get("on_delete"),
        on_update=document.get("on_update"),
        comment=document.get("comment"),
    )
