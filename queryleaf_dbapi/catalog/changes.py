"""A change of the schema, lowered: what the server is asked and what is recorded.

Made by `lower/schema.py`, done by `run/schema.py`. Documents here are BSON-ready
and final; `entry` is a table's document in the catalog (`catalog/declared.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from queryleaf_dbapi.catalog.sequences import SequenceSettings

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TableCreation:
    """Create a collection with its validator, indexes, counters and entry."""

    database: str
    name: str
    validator: Document
    indexes: tuple[Document, ...]
    entry: Document
    sequences: tuple[tuple[str, SequenceSettings], ...]  # (counter, how it counts)
    if_not_exists: bool


@dataclass(frozen=True, slots=True)
class DatabaseCreation:
    """Make a database; `kind` is what SQL called it."""

    kind: str
    database: str
    if_not_exists: bool


@dataclass(frozen=True, slots=True)
class DatabaseRemoval:
    """Drop databases; schemas only when they are empty, or with `cascade`."""

    kind: str
    names: tuple[str, ...]
    if_exists: bool
    cascade: bool


@dataclass(frozen=True, slots=True)
class TableRemoval:
    """Drop collections, in order, with entries and counters."""

    # (database, name, names of the counters its columns own)
    tables: tuple[tuple[str, str, tuple[str, ...]], ...]
    cascade: bool


@dataclass(frozen=True, slots=True)
class ViewCreation:
    """Make a view of the server and record its definition; `replaces` says that
    there is one already."""

    database: str
    name: str
    view_on: str
    pipeline: tuple[Document, ...]
    entry: Document
    replaces: bool


@dataclass(frozen=True, slots=True)
class IndexCreation:
    """Create an index; `index` is its document for createIndexes, `note` what the
    table's entry keeps of it."""

    database: str
    table: str
    index: Document
    if_not_exists: bool
    note: Document | None = None


@dataclass(frozen=True, slots=True)
class IndexRenaming:
    """Give an index, wherever in the database it is, a new name."""

    database: str
    name: str
    new_name: str
    if_exists: bool


@dataclass(frozen=True, slots=True)
class IndexComment:
    """Say something about an index of a declared table."""

    database: str
    name: str
    comment: str | None


@dataclass(frozen=True, slots=True)
class IndexRemoval:
    """Drop indexes, wherever in the database they are."""

    database: str
    names: tuple[str, ...]
    if_exists: bool


@dataclass(frozen=True, slots=True)
class TableAlteration:
    """Change documents, indexes, the validator and the entry of a table.

    `updates` are (update, its reverse) for all documents; `removed` are columns to
    take out of them at the very end. `freed` are names of columns that are columns
    no more: no FOREIGN KEY of another table may refer to them. `retyped` columns get
    another type; `freed_keys` are the columns of keys that are none any more.
    """

    database: str
    name: str
    validator: Document
    old_validator: Document
    updates: tuple[tuple[Any, Any], ...]
    removed: tuple[str, ...]
    freed: tuple[str, ...]
    retyped: tuple[str, ...]
    freed_keys: tuple[frozenset[str], ...]
    create_indexes: tuple[Document, ...]
    drop_indexes: tuple[str, ...]
    entry: Document
    sequences: tuple[tuple[str, SequenceSettings], ...]
    drop_sequences: tuple[str, ...]
    # (counter, how it counts now, its next number, True for its start or False)
    alter_sequences: tuple[tuple[str, SequenceSettings, int | bool], ...] = ()


@dataclass(frozen=True, slots=True)
class TableRenaming:
    """Give a collection, its entry and the keys that point at it a new name."""

    database: str
    name: str
    new_name: str
    is_view: bool = False


@dataclass(frozen=True, slots=True)
class Truncation:
    """Delete all documents; `restart` are counters that begin again."""

    tables: tuple[tuple[str, str], ...]
    restart: tuple[tuple[str, str], ...]  # (database, counter)
    cascade: bool


@dataclass(frozen=True, slots=True)
class EntryChange:
    """Record something about a declared table, such as a comment."""

    database: str
    name: str
    entry: Document


@dataclass(frozen=True, slots=True)
class SequenceCreation:
    """Make a counter."""

    database: str
    name: str
    settings: SequenceSettings
    if_not_exists: bool


@dataclass(frozen=True, slots=True)
class SequenceAlteration:
    """Change how a counter counts; `restart` True begins again at its start."""

    database: str
    name: str
    given: tuple[tuple[str, Any], ...]
    restart: int | bool
    if_exists: bool


@dataclass(frozen=True, slots=True)
class SequenceRemoval:
    """Drop counters."""

    database: str
    names: tuple[str, ...]
    if_exists: bool
    cascade: bool = False


SchemaChange = (
    TableCreation
    | DatabaseCreation
    | DatabaseRemoval
    | TableRemoval
    | ViewCreation
    | IndexCreation
    | IndexRemoval
    | IndexRenaming
    | IndexComment
    | TableAlteration
    | TableRenaming
    | Truncation
    | EntryChange
    | SequenceCreation
    | SequenceAlteration
    | SequenceRemoval
)
