"""EXISTS and IN over subqueries become joins, which have more forms to run in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from queryleaf_dbapi.cost.rows import is_unique
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
    Aggregate,
    Distinct,
    Filter,
    Join,
    JoinKind,
    Limit,
    Project,
    Relation,
    Scan,
    Sort,
)
from queryleaf_dbapi.plan.visit import (
    free_columns,
    has_subquery,
    refers_to,
    subquery_of,
    walk,
)
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
            first = [each for each in rest if not _is_correlated(each, outer)]
            joined = Join(kind, filtered(node.input, first), inside, conjunction(ties))
            # other subqueries are asked for what this one leaves
            return filtered(joined, [each for each in rest if each not in first])
    return None


def _is_correlated(part: Expr, outer: frozenset[int]) -> bool:
    """Whether a subquery in it must be asked for each row."""
    inside = [subquery_of(each) for each in walk(part)]
    return any(
        column.id in outer
        for relation in inside
        if relation is not None
        for column in free_columns(relation)
    )


def semi_join_to_inner_join(node: Relation) -> Relation | None:
    """SemiJoin(a, s, x = k AND t)  ==  Join(a, s, x = k AND t)   where k is unique in s

    Sound: a row of `a` has one partner at most. Inner joins can be ordered.
    """
    if not isinstance(node, Join) or node.kind is not JoinKind.SEMI:
        return None
    assert node.condition is not None
    ids = {column.id for column in node.right.columns}
    for part in split_conjunction(node.condition):
        if not isinstance(part, Call) or part.function is not operators.EQ:
            continue
        for one, other in (part.arguments, part.arguments[::-1]):
            if not isinstance(one, ColumnRef) or one.id not in ids:
                continue
            if refers_to(other) & ids:
                continue
            if _is_unique_in(node.right, one.id):
                return replace(node, kind=JoinKind.INNER)
    return None


def _is_unique_in(relation: Relation, id_: int) -> bool:
    """Whether no two rows have the same value, not NULL, in the column."""
    match relation:
        case Scan(collection=collection, fields=fields):
            paths = [path for column, path in fields if column.id == id_]
            return bool(paths) and is_unique(collection, (".".join(paths[0]),))
        case Filter(input=below) | Sort(input=below) | Limit(input=below):
            return _is_unique_in(below, id_)
        case Project(input=below, items=items):
            values = {column.id: value for column, value in items}
            value = values[id_]
            return isinstance(value, ColumnRef) and _is_unique_in(below, value.id)
        case Aggregate(keys=((column, _),), sets=()):
            return column.id == id_
        case Distinct(input=below):
            return len(below.columns) == 1 or _is_unique_in(below, id_)
        case Join(kind=kind, left=left) if kind.only_left:
            return _is_unique_in(left, id_)
        case _:
            return False


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
