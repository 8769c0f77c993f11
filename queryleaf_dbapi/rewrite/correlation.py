"""A correlated subquery taken apart: what it reads by itself, and the conditions that
tie it to a row of the outer query."""

from __future__ import annotations

from dataclasses import dataclass, replace

from queryleaf_dbapi.functions.conjunctions import conjunction, split_conjunction
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import ColumnRef, Expr
from queryleaf_dbapi.plan.relations import Filter, Join, JoinKind, Project, Relation
from queryleaf_dbapi.plan.visit import (
    free_columns,
    has_subquery,
    own_expressions,
    refers_to,
)


@dataclass(frozen=True, slots=True)
class Untied:
    """A relation that reads nothing of the outer query, and the conditions under
    which its rows belong to an outer row. The relation puts out what those read."""

    relation: Relation
    ties: tuple[Expr, ...]


def untie(relation: Relation, outer: frozenset[int]) -> Untied | None:
    """The relation without its references to the `outer` columns, or None where they
    cannot be taken out."""
    if not _is_tied(relation, outer):
        return Untied(relation, ())
    match relation:
        case Filter(input=below, predicate=predicate):
            return _untie_filter(below, predicate, outer)
        case Project(input=below):
            return _untie_project(relation, below, outer)
        case Join(kind=JoinKind.INNER, lateral=False):
            return _untie_join(relation, outer)
        case Join(left=left, lateral=False) if relation.kind is not JoinKind.FULL:
            if _is_tied(replace(relation, left=relation.right), outer):
                return None
            found = untie(left, outer)
            if found is None:
                return None
            return Untied(replace(relation, left=found.relation), found.ties)
        case _:
            return None


def _is_tied(relation: Relation, outer: frozenset[int]) -> bool:
    return any(column.id in outer for column in free_columns(relation))


def _untie_filter(
    below: Relation, predicate: Expr, outer: frozenset[int]
) -> Untied | None:
    found = untie(below, outer)
    if found is None:
        return None
    own: list[Expr] = []
    ties = list(found.ties)
    for part in split_conjunction(predicate):
        if not refers_to(part) & outer:
            own.append(part)
        elif has_subquery(part):
            return None
        else:
            ties.append(part)
    inside = found.relation
    return Untied(Filter(inside, conjunction(own)) if own else inside, tuple(ties))


def _untie_project(
    project: Project, below: Relation, outer: frozenset[int]
) -> Untied | None:
    if any(refers_to(each) & outer for each in own_expressions(project)):
        return None
    found = untie(below, outer)
    if found is None:
        return None
    read = frozenset[int]().union(*(refers_to(tie) for tie in found.ties))
    shown = {column.id for column in project.columns}
    more = tuple(
        (column, reference(column))
        for column in found.relation.columns
        if column.id in read and column.id not in shown
    )
    items = (*project.items, *more)
    return Untied(Project(found.relation, items), found.ties)


def _untie_join(join: Join, outer: frozenset[int]) -> Untied | None:
    left, right = untie(join.left, outer), untie(join.right, outer)
    if left is None or right is None:
        return None
    parts = split_conjunction(join.condition) if join.condition is not None else []
    ties = [part for part in parts if refers_to(part) & outer]
    if any(map(has_subquery, ties)):
        return None
    own = [part for part in parts if part not in ties]
    condition = conjunction(own) if own else None
    joined = replace(
        join, left=left.relation, right=right.relation, condition=condition
    )
    return Untied(joined, (*left.ties, *right.ties, *ties))


def reference(column: Column) -> ColumnRef:
    """The column as an expression."""
    return ColumnRef(column.id, column.name, column.type, column.nullable)
