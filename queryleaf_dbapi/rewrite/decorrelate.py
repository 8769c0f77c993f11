"""An aggregate looked up for each row becomes one grouping of all its rows."""

from __future__ import annotations

from dataclasses import replace

from queryleaf_dbapi.cost.rows import indexed_paths, read_rows, rows_of, stored_column
from queryleaf_dbapi.cost.settings import settings
from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.functions.conjunctions import conjunction, split_conjunction
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import (
    Call,
    Case,
    ColumnRef,
    Expr,
    Literal,
    ScalarSubquery,
)
from queryleaf_dbapi.plan.over_nothing import over_nothing
from queryleaf_dbapi.plan.relations import (
    Aggregate,
    Filter,
    Join,
    JoinKind,
    Project,
    Relation,
)
from queryleaf_dbapi.plan.visit import (
    has_subquery,
    own_expressions,
    refers_to,
    transform,
    walk,
)
from queryleaf_dbapi.rewrite.correlation import Untied, reference, untie
from queryleaf_dbapi.types import BOOLEAN


def aggregate_subquery_to_join(node: Relation) -> Relation | None:
    """Filter(a, p(SELECT f(agg) FROM s WHERE s.k = x))
    ==  Filter(LeftJoin(a, Aggregate(s, by k), k = x), p(f(agg)))

    and so for a Project. Sound: the groups have different keys, so a row of `a` meets
    one of them at most, the rows the subquery would have aggregated; where there is
    none, the value is that of no rows. Only where grouping all rows is estimated to
    cost less than looking some up for each row of `a`.
    """
    if not isinstance(node, Filter | Project):
        return None
    outer = frozenset(column.id for column in node.input.columns)
    for expression in own_expressions(node):
        for each in walk(expression):
            if isinstance(each, ScalarSubquery):
                found = _grouped(each, node.input, outer)
                if found is not None:
                    return _replaced(node, each, *found)
    return None


def _grouped(
    subquery: ScalarSubquery, outside: Relation, outer: frozenset[int]
) -> tuple[Relation, Expr] | None:
    """The outer relation joined with the groups, and the subquery's value then."""
    match subquery.relation:
        case Project(input=Aggregate(keys=(), sets=()) as aggregate, items=((c, v),)):
            column, value = c, v
        case _:
            return None
    if has_subquery(value) or any(map(has_subquery, own_expressions(aggregate))):
        return None
    read = frozenset[int]().union(*map(refers_to, own_expressions(aggregate)))
    if read & outer or refers_to(value) & outer:
        return None
    found = untie(aggregate.input, outer)
    if found is None or not found.ties:
        return None
    keys = [_inner_key(tie, found, outer) for tie in found.ties]
    if not all(keys):
        return None
    columns = {key.id: key for key in keys if key is not None}
    if not _pays(found, list(columns.values()), outside):
        return None
    by = tuple(
        (Column(key.id, key.name, key.type, key.nullable), key)
        for key in columns.values()
    )
    grouped = replace(aggregate, input=found.relation, keys=by)
    marker = next(iter(columns.values()))
    items = (*((key, ref) for key, ref in by), (column, value))
    condition = conjunction(list(found.ties))
    joined = Join(JoinKind.LEFT, outside, Project(grouped, items), condition)
    nothing = over_nothing(value, aggregate)
    result: Expr = replace(reference(column), nullable=True)
    if not (isinstance(nothing, Literal) and nothing.value is None):
        absent = Call(
            operators.is_null, (replace(marker, nullable=True),), BOOLEAN, False
        )
        nullable = subquery.nullable
        result = Case(((absent, nothing),), result, subquery.type, nullable)
    return joined, result


def _inner_key(tie: Expr, found: Untied, outer: frozenset[int]) -> ColumnRef | None:
    """The inner column of `column = outer expression`."""
    if not isinstance(tie, Call) or tie.function is not operators.EQ:
        return None
    inner = {column.id for column in found.relation.columns}
    for one, other in (tie.arguments, tie.arguments[::-1]):
        if isinstance(one, ColumnRef) and one.id in inner:
            read = refers_to(other)
            if read and not read & inner and not has_subquery(other):
                return one
    return None


def _pays(found: Untied, keys: list[ColumnRef], outside: Relation) -> bool:
    """Whether one grouping of all rows costs less than a lookup for each row."""
    costs = settings().costs
    outer_rows, inner_rows = rows_of(outside), rows_of(found.relation)
    per_row = costs.piped + costs.scanned * inner_rows
    for key in keys:
        stored = stored_column(found.relation, key.id)
        if stored is not None and stored[1] in indexed_paths(stored[0]):
            per_row = costs.piped
    together = 2 * costs.started + costs.hashed * (outer_rows + inner_rows)
    together += costs.scanned * read_rows(found.relation)
    return together < per_row * outer_rows


def _replaced(
    node: Filter | Project, old: Expr, joined: Relation, new: Expr
) -> Relation:
    def change(each: Expr) -> Expr:
        return new if each is old else each

    if isinstance(node, Project):
        items = tuple((c, transform(value, change)) for c, value in node.items)
        return Project(joined, items)
    parts = [transform(part, change) for part in split_conjunction(node.predicate)]
    return Filter(joined, conjunction(parts))
