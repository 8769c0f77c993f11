"""The rows of a recursion come first in a join: they are written in the command, and
a join runs from its left side, so the other side's index is used."""

from __future__ import annotations

from dataclasses import replace

from queryleaf_dbapi.plan.relations import (
    Filter,
    Join,
    JoinKind,
    RecursiveUnion,
    Relation,
    Scan,
    WorkingTable,
)
from queryleaf_dbapi.plan.visit import map_everywhere


def put_recursions_first(plan: Relation) -> Relation:
    """InnerJoin(Scan, rows of a recursion)  ==  InnerJoin(rows of a recursion, Scan)

    Sound: an inner join is symmetric, and columns are read by their ids.
    """
    return map_everywhere(plan, _swap)


def _swap(node: Relation) -> Relation:
    if not isinstance(node, Join) or node.kind is not JoinKind.INNER or node.lateral:
        return node
    if isinstance(_below(node.left), Scan) and isinstance(
        _below(node.right), WorkingTable | RecursiveUnion
    ):
        return replace(node, left=node.right, right=node.left)
    return node


def _below(node: Relation) -> Relation:
    return node.input if isinstance(node, Filter) else node
