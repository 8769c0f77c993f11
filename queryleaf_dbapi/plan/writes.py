"""Rebuilding the relations that write, for `plan/visit.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from queryleaf_dbapi.plan.expressions import Expr
from queryleaf_dbapi.plan.relations import (
    Delete,
    Insert,
    OnConflict,
    Relation,
    Update,
)

ExprMap = Callable[[Expr], Expr]


def rebuild_write(node: Relation, change: ExprMap) -> Relation:
    """The same write with its own expressions changed."""
    match node:
        case Update():
            return replace(
                node,
                predicate=_optional(node.predicate, change),
                assignments=tuple((p, change(e)) for p, e in node.assignments),
                returning=tuple((c, change(e)) for c, e in node.returning),
            )
        case Delete():
            return replace(
                node,
                predicate=_optional(node.predicate, change),
                returning=tuple((c, change(e)) for c, e in node.returning),
            )
        case Insert():
            return replace(
                node,
                returning=tuple((c, change(e)) for c, e in node.returning),
                conflict=_map_conflict(node.conflict, change),
            )
        case _:
            return node


def _map_conflict(node: OnConflict | None, change: ExprMap) -> OnConflict | None:
    if node is None or node.assignments is None:
        return node
    return replace(
        node,
        assignments=tuple((path, change(value)) for path, value in node.assignments),
        predicate=_optional(node.predicate, change),
    )


def _optional(node: Expr | None, change: ExprMap) -> Expr | None:
    return None if node is None else change(node)
