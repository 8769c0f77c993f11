"""The state of binding one statement, shared by the modules of `bind/`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Protocol

from sqlglot import exp

from queryleaf_dbapi.bind.scope import ScanRange, Scope
from queryleaf_dbapi.catalog.catalog import Collection
from queryleaf_dbapi.errors import Position
from queryleaf_dbapi.plan.client_values import ClientValue
from queryleaf_dbapi.plan.columns import Column, ColumnIds
from queryleaf_dbapi.plan.expressions import (
    AggregateCall,
    Expr,
    SetCall,
    SortKey,
    WindowCall,
)
from queryleaf_dbapi.plan.relations import (
    Frame,
    RecursiveUnion,
    Relation,
    Scan,
    WorkingTable,
)
from queryleaf_dbapi.plan.visit import map_everywhere
from queryleaf_dbapi.sql.positions import position_of
from queryleaf_dbapi.types import SqlType


class CatalogLike(Protocol):
    """What the binder asks of a catalog."""

    def collection(self, name: str, database: str | None = None) -> Collection | None:
        """The collection of exactly this name, or None."""

    def names(self) -> list[str]:
        """All collections of the default database."""


@dataclass(frozen=True, slots=True)
class CommonTable:
    """A CTE in scope: bound anew at each use, in the scope where it stands.

    One that names itself has a `recursion` number and is bound once; inside its own
    recursive term the name stands for `working`, the rows of the round before.
    """

    query: exp.Expr
    column_names: tuple[str, ...]
    visible: dict[str, CommonTable]
    scope: Scope | None
    recursion: int | None = None
    working: WorkingTable | None = None


@dataclass(frozen=True, slots=True)
class TableRead:
    """A relation that a FROM names: as written, and what it is."""

    written: str
    written_database: str | None
    collection: Collection
    scan: ScanRange | None  # None for a view


@dataclass(frozen=True, slots=True)
class WindowSpec:
    """OVER (...): what window calls must share to run in one stage."""

    partition: tuple[Expr, ...]
    order: tuple[SortKey, ...]
    frame: Frame


@dataclass
class Collector:
    """Gathers the aggregate and window calls met while binding expressions."""

    calls: list[tuple[Column, AggregateCall]] = field(default_factory=list)
    windows: list[tuple[WindowSpec, Column, WindowCall]] = field(default_factory=list)
    sets: list[tuple[SetCall, tuple[Column, ...]]] = field(default_factory=list)
    # GROUPING(...) by the column that stands for it: what it reads, and its place
    groupings: dict[int, tuple[tuple[Expr, ...], Position | None]] = field(
        default_factory=dict
    )
    named_windows: dict[str, exp.Expr] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands: its scope, its clause, what may be in it."""

    scope: Scope
    clause: str
    collector: Collector | None = None
    in_aggregate: bool = False
    # where set-returning calls are gathered, None where they may not stand; what
    # forbids them when it is not the clause
    sets: list[tuple[SetCall, tuple[Column, ...]]] | None = None
    no_sets_in: str = ""

    def without_sets(self, what: str) -> Place:
        """The same place inside something that allows no set-returning function."""
        return replace(self, sets=None, no_sets_in=what)


class Binder:
    """Fresh ids, the catalog, parameter types and CTEs of one statement."""

    def __init__(
        self,
        sql: str,
        catalog: CatalogLike,
        database: str,
        parameter_types: tuple[type | SqlType, ...],
    ) -> None:
        self.sql = sql
        self.catalog = catalog
        self.database = database
        self.parameter_types = parameter_types
        self.ids = ColumnIds()
        self.scans: dict[int, ScanRange] = {}
        self.common_tables: dict[str, CommonTable] = {}
        self.reads: list[TableRead] = []
        self.recursions: dict[int, RecursiveUnion] = {}
        self.client_values: list[ClientValue] = []
        self._keys = count(1)

    def position(self, node: exp.Expr | None) -> Position | None:
        """Where the node stands in the statement."""
        return position_of(node, self.sql)

    def next_key(self) -> int:
        """A number for a scan or a recursion, unique in the statement."""
        return next(self._keys)

    def open_scan(self, collection: Collection, alias: str) -> ScanRange:
        """A new scan; its fields are settled by `finish`."""
        key = self.next_key()
        scan = ScanRange(key, collection, alias, self.ids)
        self.scans[key] = scan
        return scan

    def fresh(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """The same columns under ids of their own."""
        return tuple(self.ids.column(c.name, c.type, c.nullable) for c in columns)

    @contextmanager
    def with_common_tables(self, added: dict[str, CommonTable]) -> Iterator[None]:
        """Bind something with these CTEs visible too."""
        before = self.common_tables
        self.common_tables = {**before, **added}
        try:
            yield
        finally:
            self.common_tables = before

    def finish(self, relation: Relation) -> Relation:
        """The relation with every scan reading the fields that were named."""

        def settle(node: Relation) -> Relation:
            if isinstance(node, Scan):
                return replace(node, fields=self.scans[node.key].scan().fields)
            return node

        return map_everywhere(relation, settle)
