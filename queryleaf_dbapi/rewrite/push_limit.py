"""ORDER BY ... LIMIT moves below outer joins: only the rows that can be shown are
joined."""

from __future__ import annotations

from dataclasses import replace

from queryleaf_dbapi.plan.expressions import Expr, Literal, Parameter
from queryleaf_dbapi.plan.relations import Join, JoinKind, Limit, Relation, Sort
from queryleaf_dbapi.plan.visit import refers_to


def push_limit_into_left_join(node: Relation) -> Relation | None:
    """Limit(Sort(LeftJoin(a, b), keys), n)
    ==  Limit(Sort(LeftJoin(Limit(Sort(a, keys), n), b), keys), n)

    where the keys read `a` alone. Sound: a left join gives one row or more for each
    row of `a`, so the first n rows come from the first n rows of `a`; rows with
    equal keys may come in any order before and after.
    """
    if not isinstance(node, Limit) or not isinstance(node.input, Sort):
        return None
    sort = node.input
    join = sort.input
    if not isinstance(join, Join) or join.kind is not JoinKind.LEFT:
        return None
    if isinstance(join.left, Limit):
        return None  # done, or limited already
    left_ids = frozenset(column.id for column in join.left.columns)
    if not all(refers_to(key.expression) <= left_ids for key in sort.keys):
        return None
    count = _rows_needed(node)
    if count is None:
        return None
    first = Limit(Sort(join.left, sort.keys), count, None)
    return replace(node, input=replace(sort, input=replace(join, left=first)))


def _rows_needed(node: Limit) -> Expr | None:
    """How many of the first rows are looked at; None where that is not known."""
    count, offset = node.count, node.offset
    if node.with_ties:
        return None
    if offset is None and isinstance(count, Literal | Parameter):
        return count
    if isinstance(count, Literal) and isinstance(offset, Literal):
        return replace(count, value=count.value + offset.value)
    return None
