"""Commands of the Mongo plan: pure data, run by `run/`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from queryleaf_dbapi.catalog.generated import Generated
from queryleaf_dbapi.catalog.references import References
from queryleaf_dbapi.mongo.stages import Document, Stage
from queryleaf_dbapi.types import SqlType

DEFAULT = object()  # a cell of an inserted row: the column's default


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """One column of the result: its name and type for people, and where its value
    is in the documents that come back."""

    name: str
    type: SqlType
    nullable: bool
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VirtualRows:
    """Stands for the documents of a relation of ours, such as
    information_schema.tables: `run/` puts the rows there."""

    name: str


@dataclass(frozen=True, slots=True)
class WorkingRows:
    """Stands for the rows of recursion `key`: `run/` puts the documents there. In the
    recursive term they are those of the round before, elsewhere all of them."""

    key: int
    name: str


@dataclass(frozen=True, slots=True)
class Find:
    """A find command: a single collection, nothing that needs a pipeline."""

    database: str
    collection: str
    filter: Document
    projection: Document | None = None
    sort: dict[str, int] | None = None
    skip: Any = None
    limit: Any = None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate command; `collection` None runs on the database.

    `when_empty` is the pipeline to run on one document of defaults when the first
    gives no row: an aggregate without GROUP BY has one row always. `recursions` run
    first, in order; the stages read their rows. With `per_row` the result over parts
    of those rows is the parts of the result.
    """

    database: str
    collection: str | None
    stages: tuple[Stage, ...]
    when_empty: tuple[Stage, ...] | None = None
    recursions: tuple[Recursion, ...] = ()
    per_row: bool = False


@dataclass(frozen=True, slots=True)
class Enough:
    """When a recursion may stop: the reader takes `count` + `skip` rows at most of
    those `passing` keeps (None: of all)."""

    count: Any
    skip: Any
    passing: Aggregate | None


@dataclass(frozen=True, slots=True)
class Recursion:
    """WITH RECURSIVE: `initial` once, then `step` over the rows that the last round
    added, until there are none. The rows are documents of the fields c1, c2, ...

    Without `all` a row counts once. `step.per_row` allows a working table beyond the
    server's 16 MB to be sent in parts.
    """

    key: int
    name: str
    all: bool
    width: int
    initial: Aggregate
    step: Aggregate
    enough: Enough | None = None


ReadCommand = Find | Aggregate


@dataclass(frozen=True, slots=True)
class Target:
    """The collection a statement writes to, with its foreign keys if there are any
    to enforce, and its generated columns if it has some."""

    database: str
    collection: str
    references: References | None = None
    generated: Generated | None = None


# where the row that was not inserted stands while a document is updated, and the
# variable that holds it in a condition
EXCLUDED_FIELD = "queryleaf_excluded"
EXCLUDED_VARIABLE = "excluded"


@dataclass(frozen=True, slots=True)
class ConflictAction:
    """ON CONFLICT: `keys` are the paths of the unique keys that count. `changes` None
    is DO NOTHING. `excluded` are the fields of the new row that `changes` and
    `condition` read; `moves_key` says that a change may give a row another key,
    `ordered` that there are other unique keys, which a change may free or take."""

    keys: tuple[tuple[str, ...], ...]
    changes: Document | None = None
    condition: Any = None
    excluded: tuple[str, ...] = ()
    moves_key: bool = False
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class InsertRows:
    """Insert documents made of rows: constants and slots in `rows`, or the rows of
    a query. `fields` are the target's columns by position, in stored order.

    With both, `rows` tell for each row of the query which cells are DEFAULT.
    `reads_target` says that the query must be read to its end before a row is
    written: it would find its own.
    """

    target: Target
    fields: tuple[InsertField, ...]
    rows: tuple[tuple[Any, ...], ...] = ()
    source: ReadCommand | None = None
    source_outputs: tuple[OutputColumn, ...] = ()
    conflict: ConflictAction | None = None
    reads_target: bool = False


@dataclass(frozen=True, slots=True)
class InsertField:
    """One stored field of an INSERT: from the row's `position`, else a default.

    `default` is a constant; `sequence` a counter that gives the value when the
    row leaves the column out; `computed` marks a default the server evaluates.
    """

    name: str
    type: SqlType
    nullable: bool
    position: int | None = None
    default: Any = None
    sequence: str | None = None
    computed: Any = None


@dataclass(frozen=True, slots=True)
class UpdateRows:
    """update_many with a pipeline, or, when `select` is set, first find the _ids
    (and computed values) and then update by _id: other documents took part. Then
    `changes` names the field of a selected row for each path; `sequences` are
    (path, sequence) of those that get a number."""

    target: Target
    filter: Document
    changes: Document
    select: Aggregate | None = None
    sequences: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DeleteRows:
    """delete_many, or by _id after `select` when other documents took part."""

    target: Target
    filter: Document
    select: Aggregate | None = None


@dataclass(frozen=True, slots=True)
class MergeAction:
    """What one WHEN clause of MERGE does with a row that was read: `update` names the
    value's position in the row by path, `insert` makes a document of the positions in
    `cells`; without either the row is deleted."""

    update: dict[str, int] | None = None
    sequences: tuple[tuple[str, str], ...] = ()
    insert: InsertRows | None = None
    cells: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MergeRead:
    """Rows of (_id, number of the action, values ...)."""

    command: ReadCommand
    outputs: tuple[OutputColumn, ...]
    actions: tuple[MergeAction, ...]


@dataclass(frozen=True, slots=True)
class MergeRows:
    """Read all there is to do, then write it by _id."""

    target: Target
    reads: tuple[MergeRead, ...]


@dataclass(frozen=True, slots=True)
class Returning:
    """What RETURNING reads of the changed documents. With `joined`, of the selected
    rows that changed them, with the document as their field `target`."""

    stages: tuple[Stage, ...]
    outputs: tuple[OutputColumn, ...]
    joined: bool = False


@dataclass(frozen=True, slots=True)
class MongoPlan:
    """A statement as commands: what to run and how its rows look."""

    command: Any
    outputs: tuple[OutputColumn, ...] = ()
    returning: Returning | None = None
    notes: Sequence[str] = field(default_factory=tuple)
