"""INSERT: the rows of VALUES or of a query, assigned to fields."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from queryleaf_dbapi.bind import expressions, query
from queryleaf_dbapi.bind.assignment import assign
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.conflict import bind_conflict
from queryleaf_dbapi.bind.generated import (
    check_inserted,
    check_query_columns,
    takes_default,
)
from queryleaf_dbapi.bind.scope import ScanRange, Scope
from queryleaf_dbapi.bind.write_target import (
    bind_returning,
    column_default,
    find_target,
    is_default,
    target_field,
)
from queryleaf_dbapi.catalog.catalog import Collection, Field
from queryleaf_dbapi.errors import DuplicateColumn, ProgrammingError
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import ColumnRef, Expr, Literal, Parameter
from queryleaf_dbapi.plan.relations import (
    ColumnDefault,
    Insert,
    Project,
    Relation,
    Values,
)
from queryleaf_dbapi.types import UNKNOWN


def bind_insert(binder: Binder, node: exp.Expr) -> Insert:
    """INSERT INTO t (a, b) VALUES ... or SELECT ..."""
    into = node.this
    table = into.this if isinstance(into, exp.Schema) else into
    collection, scan = find_target(binder, table)
    named = into.expressions if isinstance(into, exp.Schema) else []
    source_node = node.expression
    if node.args.get("default"):
        return _insert(binder, node, collection, scan, (), ((),), None)
    if isinstance(source_node, exp.Values):
        width = len(_cells(source_node.expressions[0]))
        fields = assigned_fields(binder, collection, named, width, node)
        overriding = node.args.get("overriding")
        rows, computed = _rows(binder, source_node, fields, overriding)
        names = tuple(field.name for field in fields)
        return _insert(binder, node, collection, scan, names, rows, computed)
    relation = query.bind_query(binder, source_node)
    fields = assigned_fields(binder, collection, named, len(relation.columns), node)
    check_query_columns(binder, fields, node.args.get("overriding"), node)
    names = tuple(field.name for field in fields)
    untyped = _untyped_items(binder, source_node, len(fields))
    source = _cast_source(binder, relation, fields, untyped, node)
    return _insert(binder, node, collection, scan, names, (), source)


def _cells(node: exp.Expr) -> list[exp.Expr]:
    return list(node.expressions) if isinstance(node, exp.Tuple) else [node]


def assigned_fields(
    binder: Binder,
    collection: Collection,
    named: Sequence[exp.Expr],
    width: int,
    node: exp.Expr,
) -> list[Field]:
    """The fields assigned by position; without a list, the first declared ones."""
    if not named:
        if not collection.closed:
            raise ProgrammingError(
                f'INSERT into "{collection.name}" must name its columns: the '
                "collection has no declared ones",
                position=binder.position(node),
            )
        fields = list(collection.fields)[:width]
        if width > len(collection.fields):
            raise ProgrammingError(
                f"INSERT has {width} expressions, the table has "
                f"{len(collection.fields)} columns",
                position=binder.position(node),
            )
        return fields
    fields = [target_field(binder, collection, each.name, each) for each in named]
    names = [field.name for field in fields]
    for each, name in zip(named, names, strict=True):
        if names.count(name) > 1:
            raise DuplicateColumn(
                f'column "{name}" is named more than once',
                position=binder.position(each),
            )
    if width != len(fields):
        more = "more expressions than target columns"
        if width < len(fields):
            more = "more target columns than expressions"
        raise ProgrammingError(f"INSERT has {more}", position=binder.position(node))
    return fields


def _rows(
    binder: Binder,
    values: exp.Values,
    fields: list[Field],
    overriding: str | None = None,
) -> tuple[tuple[tuple[Expr | None, ...], ...], Values | None]:
    """The rows, None for DEFAULT; where a cell is more than a constant or a
    parameter, also the relation that computes them, and its columns as cells."""
    place = Place(Scope(), "VALUES")
    rows: list[tuple[Expr | None, ...]] = []
    is_computed = False
    for row in values.expressions:
        cells = _cells(row)
        if len(cells) != len(fields):
            raise ProgrammingError(
                "VALUES lists must all be the same length",
                position=binder.position(row) or binder.position(values),
            )
        bound = bind_row(binder, place, cells, fields, overriding)
        is_computed |= not all(
            isinstance(each, Literal | Parameter | None) for each in bound
        )
        rows.append(bound)
    if not is_computed:
        return tuple(rows), None
    columns = tuple(binder.ids.column(f.name, f.type, True) for f in fields)
    filled = tuple(
        tuple(
            Literal(None, column.type) if cell is None else cell
            for cell, column in zip(row, columns, strict=True)
        )
        for row in rows
    )
    if not any(cell is None for row in rows for cell in row):
        return (), Values(filled, columns)
    pattern = tuple(
        tuple(
            None
            if cell is None
            else ColumnRef(column.id, column.name, column.type, column.nullable)
            for cell, column in zip(row, columns, strict=True)
        )
        for row in rows
    )
    return pattern, Values(filled, columns)


def bind_row(
    binder: Binder,
    place: Place,
    cells: Sequence[exp.Expr],
    fields: Sequence[Field],
    overriding: str | None = None,
) -> tuple[Expr | None, ...]:
    """The values of one row as they are assigned to the fields; None for DEFAULT."""
    bound: list[Expr | None] = []
    for cell, field in zip(cells, fields, strict=True):
        if is_default(cell) or takes_default(field, overriding):
            bound.append(None)
            continue
        check_inserted(binder, field, overriding, cell)
        value = expressions.bind_expression(binder, place, cell)
        bound.append(assign(value, field, binder.position(cell)))
    return tuple(bound)


def _untyped_items(
    binder: Binder, node: exp.Expr, width: int
) -> dict[int, tuple[Expr, exp.Expr]]:
    """The items of the select list without a type of their own, by position: quoted
    literals and texts as parameters. In INSERT they take the column's type, but not
    below a DISTINCT, which makes them text."""
    if not isinstance(node, exp.Select) or node.args.get("distinct"):
        return {}
    place = Place(Scope(), "SELECT")
    found: dict[int, tuple[Expr, exp.Expr]] = {}
    stars = [n for n, each in enumerate(node.expressions) if each.is_star]
    for index, item in enumerate(node.expressions):
        if len(stars) > 1 and stars[0] < index < stars[-1]:
            continue  # and nobody knows how many columns stand before it
        inner = item.this if isinstance(item, exp.Alias) else item
        if not isinstance(inner, exp.Literal | exp.Parameter):
            continue
        value = expressions.bind_expression(binder, place, inner)
        if value.type == UNKNOWN:
            after = bool(stars) and index > stars[-1]
            at = width - len(node.expressions) + index if after else index
            found[at] = (value, inner)
    return found


def _cast_source(
    binder: Binder,
    relation: Relation,
    fields: list[Field],
    untyped: dict[int, tuple[Expr, exp.Expr]],
    node: exp.Expr,
) -> Relation:
    items: list[tuple[Column, Expr]] = []
    for index, (column, field) in enumerate(zip(relation.columns, fields, strict=True)):
        if index in untyped:
            constant, written = untyped[index]
            value = assign(constant, field, binder.position(written))
        else:
            reference = ColumnRef(column.id, column.name, column.type, column.nullable)
            value = assign(reference, field, binder.position(node))
        fresh = binder.ids.column(field.name, value.type, value.nullable)
        items.append((fresh, value))
    return Project(relation, tuple(items))


def column_defaults(
    binder: Binder, collection: Collection
) -> tuple[tuple[str, ColumnDefault], ...]:
    """The DEFAULT of every column that has one, by name."""
    found = [(each.name, column_default(binder, each)) for each in collection.fields]
    return tuple((name, each) for name, each in found if each is not None)


def _insert(
    binder: Binder,
    node: exp.Expr,
    collection: Collection,
    scan: ScanRange,
    names: tuple[str, ...],
    rows: tuple[tuple[Expr | None, ...], ...],
    source: Relation | None,
) -> Insert:
    defaults = column_defaults(binder, collection)
    conflict = None
    if node.args.get("conflict"):
        conflict = bind_conflict(binder, node, scan, names)
    returning = bind_returning(binder, node, Scope([scan]))
    return Insert(scan.scan(), names, rows, source, defaults, returning, conflict)
