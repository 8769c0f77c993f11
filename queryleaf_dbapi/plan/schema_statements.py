"""Schema statements as frozen dataclasses, names resolved, free of sqlglot.

ALTER TABLE is the table before and after: what has to be done is their
difference, plus which columns were renamed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from queryleaf_dbapi.catalog.catalog import Collection, Index
from queryleaf_dbapi.catalog.sequences import SequenceSettings
from queryleaf_dbapi.plan.relations import Relation


@dataclass(frozen=True, slots=True)
class CreateTable:
    """CREATE TABLE: the table as declared."""

    table: Collection
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class CreateDatabase:
    """CREATE SCHEMA (`kind` "schema") or CREATE DATABASE: one thing here."""

    kind: str
    name: str
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropDatabase:
    """DROP SCHEMA or DROP DATABASE; a schema that holds something stays, unless
    CASCADE is said."""

    kind: str
    names: tuple[str, ...]
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class CreateTableAs:
    """CREATE TABLE ... AS: the table as declared, and the query that fills it."""

    creation: CreateTable
    relation: Relation


@dataclass(frozen=True, slots=True)
class CreateView:
    """CREATE VIEW: the view as declared, and its rows for the server's own view:
    `relation` holds whatever happens to keys and NOT NULL of the tables below."""

    view: Collection
    relation: Relation
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class DropTable:
    """DROP TABLE or VIEW of those that exist (IF EXISTS leaves out the others)."""

    tables: tuple[Collection, ...]
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class IndexCondition:
    """One conjunct of the WHERE of a partial index: `path operator value`.

    `operator` is "=", "<", "<=", ">", ">=", "is null" or "is not null"; `value` is
    BSON-ready.
    """

    path: str
    operator: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class CreateIndex:
    """CREATE INDEX."""

    table: Collection
    index: Index
    where: tuple[IndexCondition, ...] = ()
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class RenameIndex:
    """ALTER INDEX ... RENAME TO: its table is found when it is done."""

    database: str
    name: str
    new_name: str
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class CommentIndex:
    """COMMENT ON INDEX: its table is found when it is done."""

    database: str
    name: str
    comment: str | None


@dataclass(frozen=True, slots=True)
class DropIndex:
    """DROP INDEX: the tables are found when it is done."""

    database: str
    names: tuple[str, ...]
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class AlterTable:
    """ALTER TABLE but RENAME TO. `renamed` is (old, new) of columns; `restarts` are
    (counter, next number or True for its start) of IDENTITY columns; `conversions` are
    (column, USING or None) of columns that get another type."""

    before: Collection
    after: Collection
    renamed: tuple[tuple[str, str], ...] = ()
    restarts: tuple[tuple[str, int | bool], ...] = ()
    conversions: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class RenameTable:
    """ALTER TABLE or VIEW ... RENAME TO."""

    table: Collection
    new_name: str


@dataclass(frozen=True, slots=True)
class Truncate:
    """TRUNCATE."""

    tables: tuple[Collection, ...]
    restart_identity: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class CreateSequence:
    """CREATE SEQUENCE."""

    database: str
    name: str
    settings: SequenceSettings
    if_not_exists: bool = False


@dataclass(frozen=True, slots=True)
class AlterSequence:
    """ALTER SEQUENCE: `given` are options by the names of `settings_of`; `restart`
    is a number, True for the start again, False for none."""

    database: str
    name: str
    given: tuple[tuple[str, Any], ...]
    restart: int | bool = False
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropSequence:
    """DROP SEQUENCE."""

    database: str
    names: tuple[str, ...]
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """COMMENT ON TABLE or COLUMN: the table with its new comment."""

    table: Collection


@dataclass(frozen=True, slots=True)
class Nothing:
    """A statement with nothing to do: IF EXISTS of a table that is not there."""


SchemaStatement = (
    CreateTable
    | CreateDatabase
    | DropDatabase
    | CreateTableAs
    | CreateView
    | DropTable
    | CreateIndex
    | DropIndex
    | RenameIndex
    | CommentIndex
    | AlterTable
    | RenameTable
    | Truncate
    | CreateSequence
    | AlterSequence
    | DropSequence
    | Comment
    | Nothing
)
