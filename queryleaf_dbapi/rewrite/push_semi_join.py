"""Semi- and anti-joins move toward the tables they ask about, as filters do."""

from __future__ import annotations

from dataclasses import replace

from queryleaf_dbapi.cost.rows import rows_of
from queryleaf_dbapi.plan.relations import Join, JoinKind, Relation
from queryleaf_dbapi.plan.visit import refers_to


def push_semi_join(node: Relation) -> Relation | None:
    """SemiJoin(Join(a, b), s, t)  ==  Join(SemiJoin(a, s, t), b)   and for b

    where t reads `a` and `s` alone, and so for anti-joins. Sound: both keep a pair by
    what its row of `a` is. Not where the join has fewer rows than `a` to ask for.
    """
    if not isinstance(node, Join) or not node.kind.only_left or node.condition is None:
        return None
    join = node.left
    if not isinstance(join, Join) or join.kind is not JoinKind.INNER or join.lateral:
        return None
    read = refers_to(node.condition)
    total = rows_of(join)
    for side in ("left", "right"):
        table, other = join.left, join.right
        if side == "right":
            table, other = other, table
        if read & {column.id for column in other.columns}:
            continue
        if not read & {column.id for column in table.columns}:
            return None
        if rows_of(table) > total:
            return None
        below = replace(node, left=table)
        return (
            replace(join, left=below) if side == "left" else replace(join, right=below)
        )
    return None
