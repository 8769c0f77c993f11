"""EXISTS and IN over subqueries become joins, which have more forms to run in."""

from __future__ import annotations

from collections.abc import Sequence

from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.functions.conjunctions import conjunction, split_conjunction
from queryleaf_dbapi.plan.expressions import (
    Call,
    ColumnRef,
    Exists,
    Expr,
    Quantified,
)
from queryleaf_dbapi.plan.relations import (
    Distinct,
    Filter,
    Join,
    JoinKind,
    Project,
    Relation,
    Sort,
)
from queryleaf_dbapi.plan.visit import has_subquery, refers_to
from queryleaf_dbapi.rewrite.correlation import reference, untie
from queryleaf_dbapi.rewrite.filters import filtered, is_volatile
from queryleaf_dbapi.types import BOOLEAN


def subquery_to_semi_join(node: Relation) -> Relation | None:
    """Filter(a, EXISTS (s tied by t) AND p)  ==  SemiJoin(Filter(a, p), s, t)
    Filter(a, NOT EXISTS (s tied by t) AND p)  ==  AntiJoin(Filter(a, p), s, t)
    Filter(a, x op ANY (s tied by t) AND p)  ==  SemiJoin(Filter(a, p), s, t AND x op v)

    Sound: a filter keeps a row exactly when the condition is TRUE, and it is when some
    (NOT EXISTS: no) row of `s` makes every tie TRUE. NOT IN only where neither side
    may be NULL: otherwise a NULL makes it NULL, which no join says.
    """
    if not isinstance(node, Filter):
        return None
    parts = split_conjunction(node.predicate)
    outer = frozenset(column.id for column in node.input.columns)
    for part in parts:
        found = _as_join(part, outer)
        if found is not None:
            kind, inside, ties = found
            rest = [each for each in parts if each is not part]
            first = [each for each in rest if not has_subquery(each)]
            joined = Join(kind, filtered(node.input, first), inside, conjunction(ties))
            # other subqueries are asked for what this one leaves
            return filtered(joined, [each for each in rest if has_subquery(each)])
    return None


def _as_join(
    part: Expr, outer: frozenset[int]
) -> tuple[JoinKind, Relation, list[Expr]] | None:
    wanted = True
    if isinstance(part, Call) and part.function is operators.not_:
        part, wanted = part.arguments[0], False
    kind = JoinKind.SEMI if wanted else JoinKind.ANTI
    if isinstance(part, Exists):
        found = untie(_unordered(part.relation), outer)
        if found is None or not found.ties:
            return None
        return kind, _without_items(found.relation, found.ties), list(found.ties)
    if isinstance(part, Quantified):
        return _compared(part, kind, outer)
    return None


def _compared(
    part: Quantified, kind: JoinKind, outer: frozenset[int]
) -> tuple[JoinKind, Relation, list[Expr]] | None:
    column = part.relation.columns[0]
    operand = part.operand
    if has_subquery(operand) or is_volatile(operand):
        return None
    if kind is JoinKind.ANTI and (operand.nullable or column.nullable):
        return None
    found = untie(_unordered(part.relation), outer)
    if found is None:
        return None
    relation = found.relation
    value = reference(column)
    if isinstance(relation, Project):
        items = {c.id: each for c, each in relation.items}
        item = items[column.id]
        if isinstance(item, ColumnRef):
            value = item
    nullable = operand.nullable or value.nullable
    compared = Call(part.comparison, (operand, value), BOOLEAN, nullable)
    ties = [compared, *found.ties]
    return kind, _without_items(relation, ties), ties


def _unordered(relation: Relation) -> Relation:
    """Order and duplicates say nothing about whether a row is there."""
    while isinstance(relation, Sort | Distinct):
        relation = relation.input
    return relation


def _without_items(relation: Relation, ties: Sequence[Expr]) -> Relation:
    """The input of a Project, as long as it has all that the ties read."""
    read = frozenset[int]().union(*(refers_to(tie) for tie in ties))
    while isinstance(relation, Project):
        mine = read & {column.id for column in relation.columns}
        if not mine <= {column.id for column in relation.input.columns}:
            break
        relation = relation.input
    return relation
