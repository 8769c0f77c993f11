"""SET a = ..., b.c = ..., (d, e) = (...): of UPDATE, ON CONFLICT and MERGE."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from queryleaf_dbapi.bind import expressions, query
from queryleaf_dbapi.bind.assignment import assign
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.generated import check_updated
from queryleaf_dbapi.bind.scope import Scope, pick_name
from queryleaf_dbapi.bind.write_target import (
    check_field_name,
    column_default,
    is_default,
    target_field,
)
from queryleaf_dbapi.catalog.catalog import Collection, Field
from queryleaf_dbapi.errors import SyntaxError_
from queryleaf_dbapi.plan.expressions import ColumnRef, Expr, Literal, ScalarSubquery
from queryleaf_dbapi.plan.relations import Assignment, Project
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types import ANY


@dataclass(frozen=True, slots=True)
class SetClause:
    """What is assigned: values, and sequences whose next number is."""

    assignments: tuple[Assignment, ...]
    sequences: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Single:
    """One column and what is assigned to it: a node, or column `index` of a
    subquery that should have `width`."""

    column: exp.Expr
    value: exp.Expr
    index: int = 0
    width: int = 0


def bind_set(
    binder: Binder, collection: Collection, scope: Scope, nodes: Sequence[exp.Expr]
) -> SetClause:
    """The assignments; the first table of the scope is the one that is changed."""
    assignments: list[Assignment] = []
    sequences: list[tuple[str, str]] = []
    seen: list[tuple[str, ...]] = []
    for each in nodes:
        for single in _singles(binder, each):
            path = _path(binder, collection, scope, single.column)
            if any(path[: len(p)] == p or p[: len(path)] == path for p in seen):
                raise SyntaxError_(
                    f'multiple assignments to same column "{".".join(path)}"',
                    position=binder.position(single.column) or binder.position(each),
                )
            seen.append(path)
            target = collection.field_at(path) or Field(path[-1], ANY)
            if is_default(single.value):
                default = column_default(binder, target)
                if default is not None and default.sequence is not None:
                    sequences.append((".".join(path), default.sequence))
                    continue
                value = default.value if default is not None else None
                assignments.append((path, value or Literal(None, target.type)))
                continue
            check_updated(binder, collection, path[0], single.value)
            value = _value(binder, scope, single)
            position = binder.position(single.value)
            assignments.append((path, assign(value, target, position)))
    return SetClause(tuple(assignments), tuple(sequences))


def _singles(binder: Binder, node: exp.Expr) -> Iterator[_Single]:
    """`(a, b) = (1, 2)` as `a = 1, b = 2`."""
    if not isinstance(node, exp.EQ):
        raise refuse("this form of SET", node, binder.sql)
    if not isinstance(node.this, exp.Tuple | exp.Paren):
        yield _Single(node.this, node.expression)
        return
    columns, value = _items(node.this), node.expression
    if isinstance(value, exp.Subquery):
        for index, column in enumerate(columns):
            yield _Single(column, value, index, len(columns))
        return
    values = _items(value)
    if len(values) != len(columns):
        raise _uneven(binder, columns[0])
    for column, each in zip(columns, values, strict=True):
        yield _Single(column, each)


def _uneven(binder: Binder, node: exp.Expr) -> SyntaxError_:
    return SyntaxError_(
        "number of columns does not match number of values",
        position=binder.position(node),
    )


def _items(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Tuple):
        return list(node.expressions)
    if isinstance(node, exp.Paren):
        return [node.this]
    if isinstance(node, exp.Anonymous) and node.name.upper() == "ROW":
        return list(node.expressions)
    return [node]


def _path(
    binder: Binder, collection: Collection, scope: Scope, node: exp.Expr
) -> tuple[str, ...]:
    """The stored path that is set."""
    if not isinstance(node, exp.Column | exp.Dot):
        raise refuse("this form of SET", node, binder.sql)
    names = expressions.dotted_names(node)
    target = scope.ranges[0]
    if len(names) > 1 and names[0] == target.alias:
        if pick_name(names[0], target.names()) is None:
            names = names[1:]
    field = target_field(binder, collection, names[0], node)
    for name in names[1:]:
        check_field_name(binder, name, node)
    path = (field.name, *names[1:])
    if path == ("_id",):
        raise refuse("changing _id", node, binder.sql, "delete and insert instead")
    return path


def _value(binder: Binder, scope: Scope, single: _Single) -> Expr:
    place = Place(scope, "UPDATE")
    if not single.width:
        return expressions.bind_expression(binder, place, single.value)
    # each column is a subquery of its own: it is looked up once for each
    relation = query.bind_query(binder, single.value.this, scope)
    if len(relation.columns) != single.width:
        raise _uneven(binder, single.column)
    column = relation.columns[single.index]
    reference = ColumnRef(column.id, column.name, column.type, column.nullable)
    output = binder.ids.column(column.name, column.type, column.nullable)
    return ScalarSubquery(Project(relation, ((output, reference),)), column.type)
