"""Queries: SELECT, VALUES, set operations, WITH, parentheses -> relation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from queryleaf_dbapi.bind import expressions, limits, ordering, recursive, select
from queryleaf_dbapi.bind.binder import Binder, CommonTable, Place
from queryleaf_dbapi.bind.coerce import convert, settle_type, unify
from queryleaf_dbapi.bind.scope import DerivedRange, Scope, pick_name
from queryleaf_dbapi.errors import DatatypeMismatch, ProgrammingError
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import ColumnRef, Expr
from queryleaf_dbapi.plan.relations import (
    Project,
    Relation,
    SetKind,
    SetOperation,
    Sort,
    Values,
)
from queryleaf_dbapi.sql.accepted import describe, refuse
from queryleaf_dbapi.types import common_type, settle

_SET_KINDS = {
    "Union": SetKind.UNION,
    "Intersect": SetKind.INTERSECT,
    "Except": SetKind.EXCEPT,
}


def bind_query(binder: Binder, node: exp.Expr, parent: Scope | None = None) -> Relation:
    """The relation of a query; `parent` is the scope it may refer out to."""
    with binder.with_common_tables(common_tables(binder, node, parent)):
        if isinstance(node, exp.Select):
            return select.bind_select(binder, node, parent)
        if type(node).__name__ in _SET_KINDS:
            return _bind_set(binder, node, parent)
        if isinstance(node, exp.Subquery):
            inner = bind_query(binder, node.this, parent)
            return _with_order(binder, node, inner, parent)
        if isinstance(node, exp.Values):
            return bind_values(binder, node, Scope(parent=parent))
        if isinstance(node, exp.Paren):
            return bind_query(binder, node.this, parent)
        raise refuse(describe(node), node, binder.sql)


def common_tables(
    binder: Binder, node: exp.Expr, parent: Scope | None
) -> dict[str, CommonTable]:
    """The CTEs a WITH defines; each sees those before it."""
    clause = node.args.get("with_")
    if clause is None:
        return {}
    found: dict[str, CommonTable] = {}
    for each in recursive.in_order(binder, clause):
        if not isinstance(each.this, exp.Query):
            raise refuse("a data-changing statement in WITH", each, binder.sql)
        alias = each.args["alias"]
        names = tuple(column.name for column in alias.columns)
        visible = {**binder.common_tables, **found}
        if alias.name in found:
            raise ProgrammingError(
                f'WITH query name "{alias.name}" is used twice',
                position=binder.position(each),
            )
        key = None
        if clause.args.get("recursive"):
            key = recursive.recursion_key(binder, each)
        found[alias.name] = CommonTable(each.this, names, visible, parent, key)
    return found


def bind_common_table(binder: Binder, table: CommonTable, name: str) -> Relation:
    """A fresh copy of a CTE's query: each use has column ids of its own."""
    if table.working is not None:
        outputs = binder.fresh(table.working.outputs)
        return replace(table.working, outputs=outputs)
    if table.recursion is not None:
        return recursive.bind_recursion(binder, table, name, table.recursion)
    before = binder.common_tables
    binder.common_tables = table.visible
    try:
        return bind_query(binder, table.query, table.scope)
    finally:
        binder.common_tables = before


def bind_values(binder: Binder, node: exp.Expr, scope: Scope) -> Values:
    """VALUES (..), (..): columns named column1, column2, ... as in PostgreSQL."""
    place = Place(scope, "VALUES")
    rows = []
    for each in node.expressions:
        cells = each.expressions if isinstance(each, exp.Tuple) else [each]
        bound = [expressions.bind_expression(binder, place, cell) for cell in cells]
        rows.append(bound)
    if len({len(row) for row in rows}) > 1:
        raise ProgrammingError(
            "VALUES lists must all be the same length", position=binder.position(node)
        )
    columns = []
    for index in range(len(rows[0])):
        cells_below = [row[index] for row in rows]
        values, sql_type = unify(cells_below, "VALUES", binder.position(node))
        for row, value in zip(rows, values, strict=True):
            row[index] = value
        nullable = any(value.nullable for value in values)
        columns.append(binder.ids.column(f"column{index + 1}", sql_type, nullable))
    return Values(tuple(tuple(row) for row in rows), tuple(columns))


def _bind_set(binder: Binder, node: exp.Expr, parent: Scope | None) -> Relation:
    left = bind_query(binder, node.this, parent)
    right = bind_query(binder, node.expression, parent)
    word = node.key.upper()
    if len(left.columns) != len(right.columns):
        raise ProgrammingError(
            f"each {word} query must have the same number of columns",
            position=binder.position(node),
        )
    outputs = []
    for one, other in zip(left.columns, right.columns, strict=True):
        found = common_type(one.type, other.type)
        if found is None:
            raise DatatypeMismatch(
                f"{word} types {one.type} and {other.type} cannot be matched",
                position=binder.position(node),
            )
        nullable = one.nullable or other.nullable
        outputs.append(binder.ids.column(one.name, settle(found), nullable))
    left = converted(binder, left, outputs)
    right = converted(binder, right, outputs)
    kind = _SET_KINDS[type(node).__name__]
    keeps_duplicates = not node.args.get("distinct")
    result = SetOperation(kind, keeps_duplicates, left, right, tuple(outputs))
    return _with_order(binder, node, result, parent)


def converted(binder: Binder, side: Relation, outputs: Sequence[Column]) -> Relation:
    """The relation with its columns cast to the types of `outputs`."""
    items: list[tuple[Column, Expr]] = []
    changed = False
    for column, output in zip(side.columns, outputs, strict=True):
        reference = ColumnRef(column.id, column.name, column.type, column.nullable)
        value = settle_type(convert(reference, output.type))
        changed = changed or value != reference
        fresh = binder.ids.column(column.name, value.type, value.nullable)
        items.append((fresh, value))
    return Project(side, tuple(items)) if changed else side


def _with_order(
    binder: Binder, node: exp.Expr, relation: Relation, parent: Scope | None
) -> Relation:
    """ORDER BY and LIMIT after a set operation or parentheses: over its outputs."""
    scope = Scope([DerivedRange("", relation.columns)], parent)
    place = Place(scope, "ORDER BY")
    order = node.args.get("order")
    if order is not None:

        def named(key: exp.Expr) -> Expr | None:
            index = ordering.position_of_output(
                binder, key, len(relation.columns), "ORDER BY"
            )
            if index is None:
                return None
            column = relation.columns[index]
            return ColumnRef(column.id, column.name, column.type, column.nullable)

        keys = ordering.bind_keys(binder, place, order.expressions, named)
        relation = Sort(relation, keys)
    return limits.bind_limit(binder, place, node, relation)


def renamed(
    binder: Binder, columns: tuple[Column, ...], names: tuple[str, ...], node: exp.Expr
) -> tuple[Column, ...]:
    """The columns of a derived table under the names of its alias list."""
    if len(names) > len(columns):
        raise ProgrammingError(
            f"the alias names {len(names)} columns, the table has {len(columns)}",
            position=binder.position(node),
        )
    return tuple(
        replace(column, name=names[i]) if i < len(names) else column
        for i, column in enumerate(columns)
    )


def find_common_table(binder: Binder, name: str) -> CommonTable | None:
    """The CTE of this name, if one is visible."""
    picked = pick_name(name, list(binder.common_tables))
    return None if picked is None else binder.common_tables[picked]
