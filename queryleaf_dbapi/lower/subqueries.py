"""Subqueries in expressions: a $lookup before the stage, its result read in it.

Columns of the enclosing query reach the sub-pipeline as variables (`let`), which
nested sub-pipelines see too.

    WHERE a > (SELECT MAX(x) FROM u)
    [{"$lookup": {"from": "u", "pipeline": [{"$group": ...}], "as": "max"}},
     {"$match": {"$expr": {"$gt": ["$a", {"$first": "$max.v"}]}}}]
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.lower import expression, predicates, relations
from queryleaf_dbapi.lower.context import (
    Context,
    all_of,
    any_of,
    is_null,
    not_null,
    once,
)
from queryleaf_dbapi.lower.pipeline import (
    Mql,
    Pipeline,
    as_field,
    is_constant,
)
from queryleaf_dbapi.mongo.stages import Group, Limit, Lookup, Match, Project, Stage
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import (
    ColumnRef,
    Exists,
    Literal,
    Quantified,
    ScalarSubquery,
)
from queryleaf_dbapi.plan.over_nothing import over_nothing
from queryleaf_dbapi.plan.relations import Aggregate, Relation
from queryleaf_dbapi.plan.relations import Limit as LimitRelation
from queryleaf_dbapi.plan.relations import Project as ProjectRelation
from queryleaf_dbapi.plan.visit import free_columns


def open_subquery(
    context: Context, relation: Relation, needed: frozenset[int]
) -> tuple[Pipeline, dict[str, Any]]:
    """The pipeline of a subquery and the variables it needs from outside."""
    return lower_inside(context.pipeline, relation, needed)


def lower_inside(
    outside: Pipeline,
    relation: Relation,
    needed: frozenset[int],
    extra: tuple[ColumnRef, ...] = (),
) -> tuple[Pipeline, dict[str, Any]]:
    """The pipeline of a relation that runs inside a $lookup of `outside`; it may
    read the columns it is correlated with, and those in `extra`, as variables."""
    variables: dict[str, Any] = {}
    outer: dict[int, Mql] = {}
    for column in (*free_columns(relation), *extra):
        value = outside.value_of(column)
        if isinstance(value, str) and value.startswith("$$"):
            outer[column.id] = value  # an enclosing $lookup's variable: still visible
        elif is_constant(value):
            outer[column.id] = value
        else:
            variables[f"c{column.id}"] = value
            outer[column.id] = f"$$c{column.id}"
    inside = relations.lower_relation(
        relation, needed, outer, outside.database, outside.in_transaction
    )
    outside.notes += inside.notes
    return inside, variables


def _look_up(
    context: Context,
    inside: Pipeline,
    variables: dict[str, Any],
    stages: list[Stage],
    name: str,
) -> None:
    context.pipeline.add(
        Lookup(
            inside.collection,
            name,
            variables=variables or None,
            pipeline=(*inside.stages, *stages),
        )
    )


def _reference(column: Column) -> ColumnRef:
    return ColumnRef(column.id, column.name, column.type, column.nullable)


def lower_scalar(context: Context, node: ScalarSubquery) -> Mql:
    """The value of the only row; NULL for no row; 21000 for several."""
    column = node.relation.columns[0]
    key = (id(node.relation), "scalar")
    default = _value_when_empty(context, node.relation)
    name = context.looked_up.get(key)
    if name is None:
        name = context.pipeline.fresh(column.name)
        context.looked_up[key] = name
        relation = node.relation
        if default is not None:
            relation = _without_guarantee(relation)
        inside, variables = open_subquery(context, relation, frozenset({column.id}))
        stages: list[Stage] = []
        if not _one_row_at_most(node.relation):
            stages.append(Limit(2))
        value = inside.value_of(_reference(column))
        stages.append(Project({"v": as_field(value)}))
        _look_up(context, inside, variables, stages, name)
    first = {"$first": f"${name}.v"}
    if default is not None:
        if isinstance(default, Literal) and default.value is None:
            return first
        empty = expression.lower_value(context, default)
        return {"$cond": [{"$eq": [f"${name}", []]}, empty, first]}
    if _one_row_at_most(node.relation):
        return first
    return raise_unless(
        {"$lt": [{"$size": f"${name}"}, 2]},
        first,
        "21000",
        "more than one row returned by a subquery used as an expression",
    )


def _value_when_empty(context: Context, relation: Relation) -> Any:
    """For SELECT f(AGG(x)) without GROUP BY: f over the aggregates of no rows."""
    match relation:
        case ProjectRelation(
            input=Aggregate(keys=()) as aggregate, items=((_, value),)
        ):
            return over_nothing(value, aggregate)
        case _:
            return None


def _without_guarantee(relation: Relation) -> Relation:
    """The same relation, giving no row for no input: the reader has the default."""
    assert isinstance(relation, ProjectRelation)
    assert isinstance(relation.input, Aggregate)
    return replace(relation, input=replace(relation.input, one_row=False))


def _one_row_at_most(relation: Relation) -> bool:
    match relation:
        case ProjectRelation(input=below):
            return _one_row_at_most(below)
        case Aggregate(keys=()):
            return True
        case LimitRelation(count=Literal(value=1), with_ties=False):
            return True
        case _:
            return False


def _exists_name(context: Context, node: Exists) -> str:
    key = (id(node.relation), "exists")
    name = context.looked_up.get(key)
    if name is None:
        name = context.pipeline.fresh("exists")
        context.looked_up[key] = name
        inside, variables = open_subquery(context, node.relation, frozenset())
        kept = Project({"_id": {"$literal": 1}})
        _look_up(context, inside, variables, [Limit(1), kept], name)
    return name


def lower_exists(context: Context, node: Exists, wanted: bool) -> Mql:
    """EXISTS is true or false: whether the looked-up array holds something."""
    operator = "$ne" if wanted else "$eq"
    return {operator: [f"${_exists_name(context, node)}", []]}


def lookup_query(
    context: Context, node: Exists | Quantified, wanted: bool
) -> dict[str, Any] | None:
    """EXISTS and IN as a query document over the looked-up array."""
    if isinstance(node, Exists):
        name = _exists_name(context, node)
    elif wanted:
        name = _matching_name(context, node)
    else:
        return None
    return {name: {"$ne": []}} if wanted else {name: []}


def _prepare(
    context: Context, node: Quantified
) -> tuple[Pipeline, dict[str, Any], Mql, Mql, Column]:
    """The subquery's pipeline, and operand and value as they are called in it."""
    column = node.relation.columns[0]
    inside, variables = open_subquery(context, node.relation, frozenset({column.id}))
    operand = expression.lower_value(context, node.operand)
    if not is_constant(operand):
        if not (isinstance(operand, str) and operand.startswith("$$")):
            variables["operand"] = operand
            operand = "$$operand"
    return inside, variables, operand, inside.value_of(_reference(column)), column


def _comparison_inside(node: Quantified, operand: Mql, value: Mql) -> Mql:
    """`operand op value` being TRUE, both sides guarded."""
    column = node.relation.columns[0]
    reference = _reference(column)
    operator = node.comparison
    guards = predicates.comparison_guards(
        operator, node.operand, reference, operand, value
    )
    return all_of([*guards, operator.body(operand, value)])


def _matching_name(context: Context, node: Quantified) -> str:
    """Look up one row that makes the comparison TRUE: enough where FALSE and NULL
    need not be told apart."""
    key = (id(node.relation), "match")
    name = context.looked_up.get(key)
    if name is None:
        inside, variables, operand, value, _ = _prepare(context, node)
        name = context.pipeline.fresh("match")
        context.looked_up[key] = name
        condition = Match({"$expr": _comparison_inside(node, operand, value)})
        kept = Project({"_id": {"$literal": 1}})
        _look_up(context, inside, variables, [condition, Limit(1), kept], name)
    return name


def _summary_name(context: Context, node: Quantified) -> str:
    """Look up whether a row matches (m) and whether a value is NULL (n)."""
    key = (id(node.relation), "summary")
    name = context.looked_up.get(key)
    if name is None:
        inside, variables, operand, value, _ = _prepare(context, node)
        name = context.pipeline.fresh("any")
        context.looked_up[key] = name
        matched = _comparison_inside(node, operand, value)
        group = Group(None, {"m": {"$max": matched}, "n": {"$max": is_null(value)}})
        _look_up(context, inside, variables, [group], name)
    return name


def lower_quantified(context: Context, node: Quantified, wanted: bool) -> Mql:
    """x op ANY (subquery): TRUE when a row makes it so; FALSE for no row at all, or
    when no row does, no value is NULL and x is not NULL."""
    operand_null = isinstance(node.operand, Literal) and node.operand.value is None
    if wanted and operand_null:
        return False
    name = _summary_name(context, node)
    matched = {"$first": f"${name}.m"}
    if wanted:
        return {"$eq": [matched, True]}
    empty = {"$eq": [f"${name}", []]}
    if operand_null:
        return empty
    none_matches = [
        {"$eq": [matched, False]},
        {"$eq": [{"$first": f"${name}.n"}, False]},
    ]
    if not node.operand.nullable:
        return any_of([empty, all_of(none_matches)])
    operand = expression.lower_value(context, node.operand)
    return once(
        operand, lambda v: any_of([empty, all_of([not_null(v), *none_matches])])
    )
