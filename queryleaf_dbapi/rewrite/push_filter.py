"""Filters move toward the scans: fewer rows for joins, sorts and groups, and the
first stage of a pipeline can use an index."""

from __future__ import annotations

from dataclasses import replace

from queryleaf_dbapi.cost.rows import rows_of
from queryleaf_dbapi.functions.conjunctions import conjunction, split_conjunction
from queryleaf_dbapi.plan.expressions import ColumnRef, Expr, Literal
from queryleaf_dbapi.plan.relations import (
    Aggregate,
    Filter,
    Join,
    JoinKind,
    Project,
    Relation,
    Sort,
)
from queryleaf_dbapi.plan.visit import has_subquery, refers_to, transform
from queryleaf_dbapi.rewrite.factor import implied_by_or
from queryleaf_dbapi.rewrite.filters import filtered, is_volatile


def merge_filters(node: Relation) -> Relation | None:
    """Filter(Filter(r, p), q)  ==  Filter(r, p AND q)

    Sound: both keep the rows for which p and q are TRUE; p is still asked first. A view
    or a CTE with a WHERE is then one `find`.
    """
    if not isinstance(node, Filter) or not isinstance(node.input, Filter):
        return None
    parts = [
        *split_conjunction(node.input.predicate),
        *split_conjunction(node.predicate),
    ]
    return Filter(node.input.input, conjunction(parts))


def push_filter_into_join(node: Relation) -> Relation | None:
    """Filter(Join(a, b, c), p_a AND p_b AND p_ab)
    ==  Join(Filter(a, p_a), Filter(b, p_b), c AND p_ab)        for an inner join
    ==  Filter(Join(Filter(a, p_a), b, c), p_b AND p_ab)        for a left join

    Sound: a pair is in an inner join when every condition is TRUE, wherever it is
    asked. A left join keeps each left row at least once, extended or not, so a part
    that reads the left alone may go below it, and nothing else may; so it is with
    semi- and anti-joins. A full join extends both sides: nothing may go below it.
    """
    if not isinstance(node, Filter) or not isinstance(node.input, Join):
        return None
    join = node.input
    if join.kind is JoinKind.FULL:
        return None
    left_ids = frozenset(column.id for column in join.left.columns)
    right_ids = frozenset(column.id for column in join.right.columns)
    left: list[Expr] = []
    right: list[Expr] = []
    both: list[Expr] = []
    stay: list[Expr] = []
    inner = join.kind is JoinKind.INNER
    parts = split_conjunction(node.predicate)
    plain = [part for part in parts if not has_subquery(part)]
    if any(_moves(part, join) for part in plain):
        # subqueries wait until it is known how many rows the join gives
        stay, parts = [part for part in parts if has_subquery(part)], plain
    for part in parts:
        ids = refers_to(part)
        if (
            is_volatile(part)
            or not ids & (left_ids | right_ids)
            or (has_subquery(part) and not _fewer_below(part, join))
        ):
            stay.append(part)
        elif not ids & right_ids:
            left.append(part)
        elif not inner or (ids & left_ids and has_subquery(part)):
            stay.append(part)
        elif not ids & left_ids:
            right.append(part)
        else:
            both.append(part)
    if not (left or right or both):
        return None
    condition = join.condition
    for part in both:
        # for fewer rows to join: what an OR over both says of one side
        for side, ids in ((left, left_ids), (right, right_ids)):
            implied = implied_by_or(part, ids)
            if implied is not None:
                side.append(implied)
    if both:
        known = split_conjunction(condition) if condition is not None else []
        condition = conjunction([*known, *both])
    pushed = replace(
        join,
        left=filtered(join.left, left),
        right=filtered(join.right, right),
        condition=condition,
    )
    return filtered(pushed, stay)


def _moves(part: Expr, join: Join) -> bool:
    """Whether the rule moves a condition without subqueries."""
    ids = refers_to(part)
    left = bool(ids & {column.id for column in join.left.columns})
    right = bool(ids & {column.id for column in join.right.columns})
    if is_volatile(part) or not (left or right):
        return False
    return join.kind is JoinKind.INNER or not right


def _fewer_below(part: Expr, join: Join) -> bool:
    """Whether a subquery is asked for fewer rows below the join than above it."""
    ids = refers_to(part)
    of_right = bool(ids & {column.id for column in join.right.columns})
    return rows_of(join.right if of_right else join.left) <= rows_of(join)


def push_filter_through_project(node: Relation) -> Relation | None:
    """Filter(Project(r, items), p)  ==  Project(Filter(r, p'), items)

    where p' reads the items' expressions. Sound: a Project gives one row per row.
    Only where every item it reads is a column or a constant, so that nothing is
    computed twice.
    """
    if not isinstance(node, Filter) or not isinstance(node.input, Project):
        return None
    project = node.input
    values = {column.id: value for column, value in project.items}
    read = refers_to(node.predicate) & values.keys()
    if is_volatile(node.predicate) or not all(
        isinstance(values[id_], ColumnRef | Literal) for id_ in read
    ):
        return None
    predicate = _substituted(node.predicate, values)
    return replace(project, input=Filter(project.input, predicate))


def _substituted(predicate: Expr, values: dict[int, Expr]) -> Expr:
    def change(each: Expr) -> Expr:
        if isinstance(each, ColumnRef) and each.id in values:
            return values[each.id]
        return each

    return transform(predicate, change)


def push_filter_through_sort(node: Relation) -> Relation | None:
    """Filter(Sort(r, keys), p)  ==  Sort(Filter(r, p), keys)

    Sound: leaving rows out does not change the order of the others.
    """
    if not isinstance(node, Filter) or not isinstance(node.input, Sort):
        return None
    sort = node.input
    return replace(sort, input=Filter(sort.input, node.predicate))


def push_filter_through_aggregate(node: Relation) -> Relation | None:
    """Filter(Aggregate(r, keys), p_keys AND q)
    ==  Filter(Aggregate(Filter(r, p_keys'), keys), q)

    Sound: rows of one group have equal keys, so p keeps all of them or none; NULL
    keys make p NULL on both sides. Not without keys, where no input still gives a
    row, and only where the keys it reads are columns (see the Project rule). With
    grouping sets only keys that every set has, for the others are NULL in some.
    """
    if not isinstance(node, Filter) or not isinstance(node.input, Aggregate):
        return None
    aggregate = node.input
    keys = {
        column.id: value
        for index, (column, value) in enumerate(aggregate.keys)
        if isinstance(value, ColumnRef)
        and all(index in each for each in aggregate.sets)
    }
    produced = frozenset(column.id for column in aggregate.columns)
    down: list[Expr] = []
    stay: list[Expr] = []
    for part in split_conjunction(node.predicate):
        ids = refers_to(part) & produced
        if ids and ids <= keys.keys() and not is_volatile(part):
            down.append(_substituted(part, dict(keys)))
        else:
            stay.append(part)
    if not down:
        return None
    below = Filter(aggregate.input, conjunction(down))
    return filtered(replace(aggregate, input=below), stay)
