"""Relational algebra: the plan of a query, as frozen dataclasses.

Every relation answers `columns`, its outputs. Column ids are unique in a
statement, so a rule may move a predicate without fearing capture.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from queryleaf_dbapi.catalog.catalog import Collection
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import (
    AggregateCall,
    Expr,
    SetCall,
    SortKey,
    WindowCall,
)


@dataclass(frozen=True, slots=True)
class Relation:
    """Base of all relations."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The outputs, in order."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Scan(Relation):
    """The documents of a collection; each column with its path in them.

    `key` tells two scans of one collection in one statement apart.
    """

    key: int
    collection: Collection
    alias: str
    fields: tuple[tuple[Column, tuple[str, ...]], ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The fields read."""
        return tuple(column for column, _ in self.fields)


@dataclass(frozen=True, slots=True)
class Values(Relation):
    """Rows written in the statement; one row without columns is "no FROM"."""

    rows: tuple[tuple[Expr, ...], ...]
    outputs: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the rows."""
        return self.outputs


@dataclass(frozen=True, slots=True)
class FunctionScan(Relation):
    """The rows of set-returning functions, side by side: where one has fewer rows
    than another its outputs are NULL. `ordinality` counts the rows from 1.

    The arguments may read columns of the left side of a lateral join around it.
    """

    calls: tuple[tuple[SetCall, tuple[Column, ...]], ...]
    ordinality: Column | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The outputs of each function, then the ordinality."""
        found = tuple(column for _, outputs in self.calls for column in outputs)
        return found if self.ordinality is None else (*found, self.ordinality)


@dataclass(frozen=True, slots=True)
class Filter(Relation):
    """Keep the rows for which `predicate` is TRUE (not NULL, not FALSE)."""

    input: Relation
    predicate: Expr

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of the input."""
        return self.input.columns


@dataclass(frozen=True, slots=True)
class Project(Relation):
    """One output per item, computed from the input's columns."""

    input: Relation
    items: tuple[tuple[Column, Expr], ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """One per item."""
        return tuple(column for column, _ in self.items)


@dataclass(frozen=True, slots=True)
class Aggregate(Relation):
    """Group by `keys`, one row per group; without keys exactly one row.

    With `sets` the rows are grouped once by each set of keys (positions in `keys`),
    the keys outside the set are NULL, and `set_column` holds the set's number. An
    empty set has exactly one row.

    `one_row` False leaves out that one row where there was no input: its reader
    then supplies the aggregates of nothing itself.
    """

    input: Relation
    keys: tuple[tuple[Column, Expr], ...]
    calls: tuple[tuple[Column, AggregateCall], ...]
    one_row: bool = True
    sets: tuple[tuple[int, ...], ...] = ()
    set_column: Column | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The keys, then the aggregates, then the number of the set."""
        number = () if self.set_column is None else (self.set_column,)
        return (*(column for column, _ in (*self.keys, *self.calls)), *number)


class JoinKind(Enum):
    """Which rows a join gives: pairs, rows without a partner too, or the left's rows
    that have a partner (SEMI) or have none (ANTI)."""

    INNER = "Inner"
    LEFT = "Left"
    FULL = "Full"
    SEMI = "Semi"
    ANTI = "Anti"

    @property
    def only_left(self) -> bool:
        """Whether the columns are the left side's alone."""
        return self in (JoinKind.SEMI, JoinKind.ANTI)


@dataclass(frozen=True, slots=True)
class Join(Relation):
    """Pairs for which `condition` is TRUE; None means every pair. With
    `lateral` the right side may refer to columns of the left."""

    kind: JoinKind
    left: Relation
    right: Relation
    condition: Expr | None
    lateral: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """The left's, then the right's; nullable where there may be no partner."""
        left, right = self.left.columns, self.right.columns
        if self.kind.only_left:
            return left
        if self.kind in (JoinKind.LEFT, JoinKind.FULL):
            right = tuple(Column(c.id, c.name, c.type, True) for c in right)
        if self.kind is JoinKind.FULL:
            left = tuple(Column(c.id, c.name, c.type, True) for c in left)
        return left + right


@dataclass(frozen=True, slots=True)
class Sort(Relation):
    """Order the rows; keys are expressions over the input."""

    input: Relation
    keys: tuple[SortKey, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of the input."""
        return self.input.columns


@dataclass(frozen=True, slots=True)
class Limit(Relation):
    """Skip `offset` rows, then keep `count`; None means none and all.

    `with_ties` keeps the peers of the last row too, by the keys of the Sort below.
    """

    input: Relation
    count: Expr | None
    offset: Expr | None
    with_ties: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of the input."""
        return self.input.columns


@dataclass(frozen=True, slots=True)
class Distinct(Relation):
    """Each different row once; NULLs are equal here.

    `on` makes it DISTINCT ON: rows are equal when these are, and the first by
    `order` of equal ones is kept, in no order.
    """

    input: Relation
    on: tuple[Expr, ...] = ()
    order: tuple[SortKey, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of the input."""
        return self.input.columns


@dataclass(frozen=True, slots=True)
class Offset:
    """A bound known at execution, or one that is no whole number: `value` (a Literal
    or Parameter) before the current row (`sign` -1) or after it."""

    value: Expr
    sign: int


Bound = int | Offset | None


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows around the current one that a window function sees.

    Bounds count rows (`mode` "ROWS") or groups of peers ("GROUPS") relative to the
    current one, or are distances from its sort key ("RANGE"): a number, an Offset, or
    None for unbounded. RANGE without offsets is GROUPS. `exclude` leaves out of that
    the "CURRENT ROW", its "GROUP" of peers, or its "TIES", the other peers.
    """

    mode: str
    start: Bound
    end: Bound
    exclude: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether no row has any: BETWEEN 1 PRECEDING AND 2 PRECEDING."""
        start, end = self.start, self.end
        return isinstance(start, int) and isinstance(end, int) and start > end


@dataclass(frozen=True, slots=True)
class Window(Relation):
    """Adds window functions that share one partition, order and frame."""

    input: Relation
    partition: tuple[Expr, ...]
    order: tuple[SortKey, ...]
    frame: Frame
    calls: tuple[tuple[Column, WindowCall], ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Those of the input, then one per call."""
        return (*self.input.columns, *(column for column, _ in self.calls))


class SetKind(Enum):
    """The set operations of SQL."""

    UNION = "Union"
    INTERSECT = "Intersect"
    EXCEPT = "Except"


@dataclass(frozen=True, slots=True)
class SetOperation(Relation):
    """Rows of two inputs matched by position."""

    kind: SetKind
    all: bool
    left: Relation
    right: Relation
    outputs: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """One per position."""
        return self.outputs


@dataclass(frozen=True, slots=True)
class WorkingTable(Relation):
    """What the recursive term of recursion `key` reads: the rows that its last
    round added."""

    key: int
    name: str
    outputs: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """One per column of the recursion."""
        return self.outputs


@dataclass(frozen=True, slots=True)
class RecursiveUnion(Relation):
    """All rows of a WITH RECURSIVE query: those of `initial`, then those of `step`
    over the rows of the round before, until a round adds none.

    Without `all` a row that was there before is none. Every reference to the query
    has columns of its own over the same two terms, which run once per `key`.
    """

    key: int
    name: str
    all: bool
    initial: Relation
    step: Relation
    outputs: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """One per position of the terms."""
        return self.outputs


@dataclass(frozen=True, slots=True)
class ColumnDefault:
    """How a column left out of an INSERT gets its value: `value` computed by the
    server, a constant when it is a Literal; or the next of a `sequence`."""

    value: Expr | None = None
    sequence: str | None = None


Assignment = tuple[tuple[str, ...], Expr]  # the path that is set, and to what


@dataclass(frozen=True, slots=True)
class OnConflict:
    """What an INSERT does with a row whose value of a unique key is there already.

    `keys` are the unique keys meant, as dotted paths. `assignments` None is DO
    NOTHING; else they, and `predicate`, read the stored row (the columns of the
    INSERT's target) and the one that was not inserted (`excluded`).
    """

    keys: tuple[tuple[str, ...], ...]
    assignments: tuple[Assignment, ...] | None = None
    predicate: Expr | None = None
    excluded: tuple[tuple[Column, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Insert(Relation):
    """Insert rows of constants, parameters and defaults (a None cell), or the rows
    of `source`; columns by position in `assigned`.

    `defaults` answers for the columns that a row leaves out. `returning` is
    computed over `target`, whose columns are the stored fields.
    """

    target: Scan
    assigned: tuple[str, ...]
    rows: tuple[tuple[Expr | None, ...], ...]
    source: Relation | None
    defaults: tuple[tuple[str, ColumnDefault], ...]
    returning: tuple[tuple[Column, Expr], ...]
    conflict: OnConflict | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """What RETURNING names."""
        return tuple(column for column, _ in self.returning)


@dataclass(frozen=True, slots=True)
class Update(Relation):
    """Change the documents for which `predicate` is TRUE; every assignment sees
    the old values.

    With FROM, `source` is the join of the target with its tables, WHERE in it, and
    `predicate` is None. `sequences` are set to their next number, row by row.
    """

    target: Scan
    predicate: Expr | None
    assignments: tuple[Assignment, ...]
    returning: tuple[tuple[Column, Expr], ...]
    source: Relation | None = None
    sequences: tuple[tuple[str, str], ...] = ()  # (path, sequence)

    @property
    def columns(self) -> tuple[Column, ...]:
        """What RETURNING names."""
        return tuple(column for column, _ in self.returning)


@dataclass(frozen=True, slots=True)
class Delete(Relation):
    """Delete the documents for which `predicate` is TRUE; with USING, those that
    are in `source`, as for UPDATE."""

    target: Scan
    predicate: Expr | None
    returning: tuple[tuple[Column, Expr], ...]
    source: Relation | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """What RETURNING names."""
        return tuple(column for column, _ in self.returning)
