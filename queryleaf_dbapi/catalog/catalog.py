"""Collections, fields and indexes as plain data.

`closed` collections were declared (CREATE TABLE): an unknown column is an
error. Open ones were derived from documents: an unknown name is a field that is
missing everywhere, NULL. Fields of open collections are always nullable: other
programs may write a document without them at any moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as _field

from queryleaf_dbapi.catalog.sequences import SequenceSettings
from queryleaf_dbapi.types import SqlType


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a collection, or of an embedded document (`fields` then)."""

    name: str
    type: SqlType
    nullable: bool = True
    default: str | None = None  # SQL text
    sequence: str | None = None  # SERIAL / IDENTITY: the counter's name
    comment: str | None = None
    fields: tuple[Field, ...] = ()
    generated: str | None = None  # SQL text of GENERATED ALWAYS AS (...) STORED
    generated_always: bool = False  # GENERATED ALWAYS AS IDENTITY
    identity: SequenceSettings | None = None  # of an IDENTITY; None for SERIAL
    # what documents showed where `type` is ANY because not all of them were read:
    # good for reflection, never for a plan
    seen: SqlType | None = None

    def field(self, name: str) -> Field | None:
        """The embedded field of this exact name."""
        return next((each for each in self.fields if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Index:
    """An index; `keys` are (dotted path, 1 | -1 | "text" | "hashed" ...)."""

    name: str
    keys: tuple[tuple[str, int | str], ...]
    unique: bool = False
    partial: str | None = None  # JSON of the partialFilterExpression, if any
    # made by PRIMARY KEY or UNIQUE, whose name it carries
    constraint: str | None = None
    sparse: bool = False
    expire_after_seconds: int | None = None
    # JSON of whatever else the server keeps: collation, weights, hidden, ...
    options: str | None = None
    # what the server does not keep and the table's entry does
    include: tuple[str, ...] = ()  # the last of the keys, written as INCLUDE
    where: str | None = None  # SQL text of the condition
    nulls_distinct: bool = True  # of a unique index; False: NULLs are equal
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint: its name and SQL text; not `valid` when it was added as
    NOT VALID and older rows may break it."""

    name: str
    sql: str
    valid: bool = True
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A FOREIGN KEY as declared."""

    name: str
    columns: tuple[str, ...]
    table: str
    referred: tuple[str, ...]
    on_delete: str | None = None
    on_update: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A PRIMARY KEY or UNIQUE constraint; not `nulls_distinct` is UNIQUE NULLS NOT
    DISTINCT."""

    name: str
    columns: tuple[str, ...]
    nulls_distinct: bool = True
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class ViewRead:
    """One relation the text of a view names, and what it was when the view was made.

    `written` and `written_database` are in the text; `table` is what that means now
    (a renamed table is followed). `used` are the columns the view needs, `seen` all
    that there were: later ones are not seen by the view, as in PostgreSQL.
    """

    written: str
    written_database: str | None
    table: str
    used: tuple[str, ...]
    seen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """The definition of a view made by CREATE VIEW: a query, bound at each use."""

    sql: str
    reads: tuple[ViewRead, ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection, or a view, as SQL sees it."""

    name: str
    database: str
    fields: tuple[Field, ...]
    closed: bool = False
    primary_key: Key | None = None
    unique: tuple[Key, ...] = ()
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    # the foreign keys that point here: (table, its key)
    referred_by: tuple[tuple[str, ForeignKey], ...] = ()
    indexes: tuple[Index, ...] = ()
    comment: str | None = None
    is_view: bool = False
    view: View | None = None  # None for a view that other programs made
    # None for a collection; else rows come from this relation of ours
    # (information_schema) and not from stored documents
    virtual: bool = False
    # False: the bound on reading was reached before every document was seen, so
    # the types of `fields` are ANY and more fields may exist
    complete: bool = True
    # documents when they were last counted; None where nobody could. Not part of what
    # the collection is: plans made with another count are as right
    rows: int | None = _field(default=None, compare=False)

    def field(self, name: str) -> Field | None:
        """The field of this exact name."""
        return next((each for each in self.fields if each.name == name), None)

    def field_at(self, path: tuple[str, ...]) -> Field | None:
        """The field at a path through embedded documents."""
        found = self.field(path[0])
        for name in path[1:]:
            if found is None:
                return None
            found = found.field(name)
        return found
