"""What names mean at one place of a query.

A scope holds the tables of one FROM; its parent is the scope of the enclosing
query, so a name not found here makes the subquery correlated. Names are exact
first, then case-insensitive when exactly one matches, and in an open collection
an unknown name is a field that is missing everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from queryleaf_dbapi.bind.errors import (
    ambiguous_column,
    undefined_column,
    whole_row,
)
from queryleaf_dbapi.catalog.catalog import Collection
from queryleaf_dbapi.errors import AmbiguousColumn, Position
from queryleaf_dbapi.plan.columns import Column, ColumnIds
from queryleaf_dbapi.plan.expressions import ColumnRef, Expr, FieldAccess
from queryleaf_dbapi.plan.relations import Scan
from queryleaf_dbapi.types import ANY, Family, SqlType


def pick_name(name: str, names: Sequence[str]) -> str | None:
    """The name itself, or the one that differs by case only."""
    if name in names:
        return name
    folded = [each for each in names if each.lower() == name.lower()]
    return folded[0] if len(folded) == 1 else None


class Range:
    """One table of a FROM: what its columns are called and refer to."""

    alias: str
    nullable = False  # the null side of an outer join: every column may be NULL
    is_open = False

    def names(self) -> list[str]:
        """The columns of `SELECT *`, in order."""
        raise NotImplementedError

    def column(self, name: str) -> ColumnRef | None:
        """The column of exactly this known name."""
        raise NotImplementedError

    def outputs(self) -> list[tuple[str, ColumnRef]]:
        """What `SELECT *` gives: each column under its name."""
        found = [(name, self.column(name)) for name in self.names()]
        return [(name, column) for name, column in found if column is not None]

    def path(self, names: Sequence[str]) -> Expr | None:
        """The value at a path whose first name is a column's."""
        first = self.column(names[0])
        if first is None or len(names) == 1:
            return first
        return FieldAccess(first, tuple(names[1:]), ANY)

    def _reference(self, column: Column) -> ColumnRef:
        nullable = column.nullable or self.nullable
        return ColumnRef(column.id, column.name, column.type, nullable)


@dataclass
class DerivedRange(Range):
    """A subquery, CTE or VALUES in FROM: the columns are what it puts out."""

    alias: str
    columns: tuple[Column, ...]
    # a function of one output: the table's name means its value
    is_scalar: bool = False

    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def outputs(self) -> list[tuple[str, ColumnRef]]:
        return [(column.name, self._reference(column)) for column in self.columns]

    def column(self, name: str) -> ColumnRef | None:
        found = [each for each in self.columns if each.name == name]
        if len(found) > 1:
            raise AmbiguousColumn(f'column "{name}" of "{self.alias}" is ambiguous')
        if not found and self.is_scalar and name == self.alias:
            found = [self.columns[0]]
        return self._reference(found[0]) if found else None


@dataclass
class ScanRange(Range):
    """A collection in FROM. Fields become columns of the scan when first named,
    so that a scan reads what the statement needs and no more."""

    key: int
    collection: Collection
    alias: str
    ids: ColumnIds
    used: dict[tuple[str, ...], Column] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.is_open = not self.collection.closed

    def names(self) -> list[str]:
        return [each.name for each in self.collection.fields]

    def column(self, name: str) -> ColumnRef | None:
        known = self.collection.field(name)
        if known is not None:
            return self._use((name,), known.type, known.nullable)
        if name == "_id":  # every document has one, shown or not
            return self._use(("_id",), ANY, False)
        return None

    def unknown(self, name: str) -> ColumnRef:
        """A field of an open collection that no document had so far."""
        return self._use((name,), ANY, True)

    def path(self, names: Sequence[str]) -> Expr | None:
        first = self.column(names[0])
        if first is None or len(names) == 1:
            return first
        trusted: list[str] = [names[0]]
        for name in names[1:]:
            if not self._is_document(tuple(trusted)):
                break
            known = self.collection.field_at((*trusted, name))
            if known is None:
                trusted.append(name)
                break
            trusted.append(known.name)
        base = self._at(tuple(trusted))
        rest = tuple(names[len(trusted) :])
        return FieldAccess(base, rest, ANY) if rest else base

    def _is_document(self, path: tuple[str, ...]) -> bool:
        """Whether every document holds a document, or nothing, at the path."""
        known = self.collection.field_at(path)
        return (
            known is not None
            and known.type.family is Family.DOCUMENT
            and bool(known.fields)
        )

    def _at(self, path: tuple[str, ...]) -> ColumnRef:
        known = self.collection.field_at(path)
        sql_type: SqlType = ANY if known is None else known.type
        return self._use(path, sql_type, True if len(path) > 1 else known is None)

    def _use(
        self, path: tuple[str, ...], sql_type: SqlType, nullable: bool
    ) -> ColumnRef:
        column = self.used.get(path)
        if column is None:
            column = self.ids.column(path[-1], sql_type, nullable)
            self.used[path] = column
        return self._reference(column)

    def scan(self) -> Scan:
        """The scan of all fields named so far."""
        fields = tuple((column, path) for path, column in self.used.items())
        return Scan(self.key, self.collection, self.alias, fields)


@dataclass
class Scope:
    """The tables visible at one place, and the enclosing scope."""

    ranges: list[Range] = field(default_factory=list)
    parent: Scope | None = None
    # columns merged by USING / NATURAL: the name means this expression
    merged: dict[str, Expr] = field(default_factory=dict)

    def range_named(self, alias: str) -> Range | None:
        """The table of this name or alias, here or in an enclosing query."""
        scope: Scope | None = self
        while scope is not None:
            names = [each.alias for each in scope.ranges]
            picked = pick_name(alias, names)
            if picked is not None:
                return scope.ranges[names.index(picked)]
            scope = scope.parent
        return None

    def resolve(self, names: Sequence[str], position: Position | None) -> Expr:
        """What a possibly dotted name means.

        Raises UndefinedColumn or AmbiguousColumn.
        """
        if len(names) > 1:
            qualified = self._qualified(names, position)
            if qualified is not None:
                return qualified
        found = self._known(names, position)
        if found is not None:
            return found
        return self._unknown(names, position)

    def _qualified(
        self, names: Sequence[str], position: Position | None
    ) -> Expr | None:
        table = self.range_named(names[0])
        rest = names[1:]
        if table is None and len(names) > 2:
            table = self._of_database(names[0], names[1])
            rest = names[2:]
        if table is None:
            return None
        first = pick_name(rest[0], [*table.names(), "_id"]) or rest[0]
        found = table.path([first, *rest[1:]])
        if found is not None:
            return found
        if isinstance(table, ScanRange) and table.is_open:
            return _open_path(table, rest)
        raise undefined_column(rest[0], f'"{table.alias}"', table.names(), position)

    def _of_database(self, database: str, alias: str) -> Range | None:
        table = self.range_named(alias)
        if isinstance(table, ScanRange) and table.collection.database == database:
            return table
        return None

    def _known(self, names: Sequence[str], position: Position | None) -> Expr | None:
        scope: Scope | None = self
        while scope is not None:
            if len(names) == 1 and names[0] in scope.merged:
                return scope.merged[names[0]]
            found = scope._here(names, position)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def _here(self, names: Sequence[str], position: Position | None) -> Expr | None:
        for exact in (True, False):
            owners: list[tuple[Range, str]] = []
            for each in self.ranges:
                known = each.names()
                name = names[0] if exact else pick_name(names[0], known)
                if name is not None and (name in known or _is_hidden(each, name)):
                    owners.append((each, name))
            if len(owners) > 1:
                tables = [f'"{each.alias}"' for each, _ in owners]
                raise ambiguous_column(names[0], tables, position)
            if owners:
                table, name = owners[0]
                return table.path([name, *names[1:]])
        return None

    def _unknown(self, names: Sequence[str], position: Position | None) -> Expr:
        table = self.range_named(names[0]) if len(names) == 1 else None
        if table is not None:  # in an open collection too, where it would be NULL
            raise whole_row(table.alias, position)
        scope: Scope | None = self
        while scope is not None:
            opened = [
                each
                for each in scope.ranges
                if isinstance(each, ScanRange) and each.is_open
            ]
            if len(opened) > 1 or (opened and len(scope.ranges) > 1):
                tables = [f'"{each.alias}"' for each in scope.ranges]
                raise ambiguous_column(names[0], tables, position)
            if opened:
                return _open_path(opened[0], names)
            scope = scope.parent
        raise undefined_column(
            names[0], self._described(), self._candidates(), position
        )

    def _described(self) -> str:
        tables = [f'"{each.alias}"' for each in self.ranges]
        return " or ".join(tables) if len(tables) < 4 else ""

    def _candidates(self) -> list[str]:
        found: list[str] = []
        scope: Scope | None = self
        while scope is not None:
            for each in scope.ranges:
                found += each.names()
            scope = scope.parent
        return found


def _is_hidden(table: Range, name: str) -> bool:
    """Whether the table has this column though `*` does not show it."""
    if isinstance(table, DerivedRange):
        return table.is_scalar and name == table.alias
    return name == "_id" and isinstance(table, ScanRange)


def _open_path(table: ScanRange, names: Sequence[str]) -> Expr:
    base = table.unknown(names[0])
    return FieldAccess(base, tuple(names[1:]), ANY) if len(names) > 1 else base
