"""UPDATE and DELETE, with the tables of FROM and USING."""

from __future__ import annotations

from sqlglot import exp

from queryleaf_dbapi.bind import expressions, joins
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.scope import ScanRange, Scope
from queryleaf_dbapi.bind.set_clause import bind_set
from queryleaf_dbapi.bind.write_target import (
    bind_returning,
    find_target,
)
from queryleaf_dbapi.errors import DuplicateAlias
from queryleaf_dbapi.plan.expressions import Expr
from queryleaf_dbapi.plan.relations import (
    Delete,
    Filter,
    Join,
    JoinKind,
    Relation,
    Update,
)
from queryleaf_dbapi.sql.accepted import refuse


def bind_update(binder: Binder, node: exp.Expr) -> Update:
    """UPDATE t SET a = ..., b.c = ... FROM u, v WHERE ..."""
    collection, scan = find_target(binder, node.this)
    others, scope = other_tables(binder, node.args.get("from_"), scan)
    found = bind_set(binder, collection, scope, node.expressions)
    predicate = _where(binder, node, scope)
    returning = bind_returning(binder, node, scope)
    source, predicate = _joined(scan, others, predicate)
    return Update(
        scan.scan(), predicate, found.assignments, returning, source, found.sequences
    )


def bind_delete(binder: Binder, node: exp.Expr) -> Delete:
    """DELETE FROM t USING u, v WHERE ..."""
    _, scan = find_target(binder, node.this)
    using = node.args.get("using")
    clause = None
    if using:
        # a comma is a join without a condition
        more = [exp.Join(this=each) for each in using[1:]]
        clause = exp.From(this=using[0].copy())
        clause.this.set("joins", [*(using[0].args.get("joins") or []), *more])
    others, scope = other_tables(binder, clause, scan)
    predicate = _where(binder, node, scope)
    returning = bind_returning(binder, node, scope)
    source, predicate = _joined(scan, others, predicate)
    return Delete(scan.scan(), predicate, returning, source)


def other_tables(
    binder: Binder, clause: exp.Expr | None, scan: ScanRange
) -> tuple[Relation | None, Scope]:
    """The relation of FROM or USING, and the scope: the target, then its tables."""
    if clause is None:
        return None, Scope([scan])
    relation, scope = joins.bind_from(binder, exp.Select(from_=clause), None)
    if any(each.alias == scan.alias for each in scope.ranges):
        raise DuplicateAlias(
            f'table name "{scan.alias}" is used more than once; give one an alias',
            position=binder.position(clause.this),
        )
    if scope.merged:  # a bare name would mean the join's column, `*` list it first
        raise refuse(
            "JOIN with USING or NATURAL in the tables of a change",
            clause.this,
            binder.sql,
            "write ON",
        )
    scope.ranges.insert(0, scan)
    return relation, scope


def _joined(
    scan: ScanRange, others: Relation | None, predicate: Expr | None
) -> tuple[Relation | None, Expr | None]:
    """The target joined with the other tables, WHERE in it."""
    if others is None:
        return None, predicate
    scan.column("_id")
    joined: Relation = Join(JoinKind.INNER, others, scan.scan(), None)
    return (joined if predicate is None else Filter(joined, predicate)), None


def _where(binder: Binder, node: exp.Expr, scope: Scope) -> Expr | None:
    where = node.args.get("where")
    if where is None:
        return None
    return expressions.bind_condition(binder, Place(scope, "WHERE"), where.this)
