"""Invariants of a plan: what binding promises and every rewrite rule must keep.

Every column that is read is produced below or by an enclosing query, no column is
produced twice, and predicates are boolean. A violation is a bug of ours.
"""

from __future__ import annotations

from queryleaf_dbapi.errors import InternalError
from queryleaf_dbapi.plan.expressions import Expr
from queryleaf_dbapi.plan.relations import Filter, Join, Relation
from queryleaf_dbapi.plan.show import show
from queryleaf_dbapi.plan.visit import free_columns, inputs, map_relation
from queryleaf_dbapi.types import Family


def check_plan(plan: Relation) -> None:
    """Raise InternalError, with the plan, where an invariant does not hold."""
    free = free_columns(plan)
    if free:
        names = ", ".join(f"{column.name} ({column.id})" for column in free)
        raise InternalError(f"columns nothing produces: {names}\n{show(plan)}")
    map_relation(plan, _check_node)


def _check_node(node: Relation) -> Relation:
    if len(inputs(node)) == 2:
        left, right = inputs(node)
        shared = {c.id for c in left.columns} & {c.id for c in right.columns}
        if shared:
            raise InternalError(f"columns produced twice: {shared}\n{show(node)}")
    if isinstance(node, Filter):
        _check_predicate(node.predicate, node)
    if isinstance(node, Join) and node.condition is not None:
        _check_predicate(node.condition, node)
    return node


def _check_predicate(predicate: Expr, node: Relation) -> None:
    family = predicate.type.family
    if family not in (Family.BOOLEAN, Family.ANY):
        raise InternalError(f"a predicate of type {family.value}\n{show(node)}")
