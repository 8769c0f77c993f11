"""UPDATE and DELETE."""

from __future__ import annotations

from sqlglot import exp

from queryleaf_dbapi.bind import expressions
from queryleaf_dbapi.bind.assignment import assign
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.scope import Scope, pick_name
from queryleaf_dbapi.bind.write_target import (
    bind_returning,
    check_field_name,
    column_default,
    find_target,
    is_default,
    refuse_clauses,
    target_field,
)
from queryleaf_dbapi.catalog.catalog import Collection, Field
from queryleaf_dbapi.errors import DuplicateColumn
from queryleaf_dbapi.plan.expressions import Expr, Literal
from queryleaf_dbapi.plan.relations import Delete, Update
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types import ANY


def bind_update(binder: Binder, node: exp.Update) -> Update:
    """UPDATE t SET a = ..., b.c = ... WHERE ..."""
    refuse_clauses(binder, node, "from_", "with_")
    collection, scan = find_target(binder, node.this)
    scope = Scope([scan])
    assignments: list[tuple[tuple[str, ...], Expr]] = []
    for each in node.expressions:
        path, value = _assignment(binder, collection, scope, each)
        if any(path[: len(p)] == p or p[: len(path)] == path for p, _ in assignments):
            raise DuplicateColumn(
                f'multiple assignments to column "{".".join(path)}"',
                position=binder.position(each),
            )
        assignments.append((path, value))
    predicate = _where(binder, node, scope)
    returning = bind_returning(binder, node, scan)
    return Update(scan.scan(), predicate, tuple(assignments), returning)


def _assignment(
    binder: Binder, collection: Collection, scope: Scope, node: exp.Expr
) -> tuple[tuple[str, ...], Expr]:
    if not isinstance(node, exp.EQ) or not isinstance(node.this, exp.Column | exp.Dot):
        raise refuse("this form of SET", node, binder.sql)
    names = expressions.dotted_names(node.this)
    if len(names) > 1 and names[0] == scope.ranges[0].alias:
        if pick_name(names[0], scope.ranges[0].names()) is None:
            names = names[1:]
    field = target_field(binder, collection, names[0], node.this)
    for name in names[1:]:
        check_field_name(binder, name, node.this)
    path = (field.name, *names[1:])
    target = field
    if len(path) > 1:
        target = collection.field_at(path) or Field(path[-1], ANY)
    if path == ("_id",):
        raise refuse("changing _id", node, binder.sql, "delete and insert instead")
    value = node.expression
    if is_default(value):
        default = column_default(binder, target)
        if default is not None and default.sequence is not None:
            raise refuse("SET to the DEFAULT of a sequence", node, binder.sql)
        bound = default.value if default is not None else None
        return path, bound or Literal(None, target.type)
    place = Place(scope, "UPDATE")
    bound = expressions.bind_expression(binder, place, value)
    return path, assign(bound, target, binder.position(value))


def _where(binder: Binder, node: exp.Expr, scope: Scope) -> Expr | None:
    where = node.args.get("where")
    if where is None:
        return None
    return expressions.bind_condition(binder, Place(scope, "WHERE"), where.this)


def bind_delete(binder: Binder, node: exp.Delete) -> Delete:
    """DELETE FROM t WHERE ..."""
    refuse_clauses(binder, node, "using", "with_")
    _, scan = find_target(binder, node.this)
    scope = Scope([scan])
    predicate = _where(binder, node, scope)
    returning = bind_returning(binder, node, scan)
    return Delete(scan.scan(), predicate, returning)
