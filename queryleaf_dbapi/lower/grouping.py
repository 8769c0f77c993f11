"""GROUP BY, aggregates and DISTINCT: $group and what must stand around it.

SELECT g, SUM(v) FROM t GROUP BY g
[{"$group": {"_id": "$g", "sum": {"$sum": "$v"}, "sum_seen": {"$min": "$v"}}},
 {"$project": {"_id": 1, "sum": {"$cond": [{"$gt": ["$sum_seen", null]}, ...]}}}]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from queryleaf_dbapi.lower import expression, ordering
from queryleaf_dbapi.lower.accumulators import accumulate
from queryleaf_dbapi.lower.context import Context
from queryleaf_dbapi.lower.first_rows import lower_extreme
from queryleaf_dbapi.lower.grouping_sets import group_by_sets
from queryleaf_dbapi.lower.pipeline import Mql, Pipeline, as_field, is_constant
from queryleaf_dbapi.mongo.stages import Document, Facet, Group, Project, ReplaceRoot
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import Expr
from queryleaf_dbapi.plan.relations import Aggregate, Distinct
from queryleaf_dbapi.plan.visit import own_expressions, refers_to

if TYPE_CHECKING:
    from queryleaf_dbapi.lower.relations import Lowering


def lower_aggregate(lowering: Lowering, node: Aggregate) -> Pipeline:
    """$group, with the row that an aggregate without keys always has."""
    read: frozenset[int] = frozenset()
    for _, value in node.keys:
        read |= refers_to(value)
    for _, call in node.calls:
        read = read.union(*(refers_to(each) for each in call.expressions))
    pipeline = lower_extreme(lowering, node) or lowering.lower(node.input, read)
    context = Context(pipeline)
    keys = [
        (column, expression.lower_value(context, value)) for column, value in node.keys
    ]
    accumulators: Document = {}
    results: list[tuple[Column, Mql]] = []
    for column, call in node.calls:
        name = _free_name(column.name, accumulators)
        accumulation = accumulate(context, call)
        paths = []
        for suffix, accumulator in accumulation.fields.items():
            field = f"{name}_{suffix}" if suffix else name
            accumulators[field] = _of_one_value(accumulator)
            paths.append(f"${field}")
        results.append((column, accumulation.result(*paths)))
    if node.sets:
        nullable = [value.nullable for _, value in node.keys]
        parts = [(c, v, n) for (c, v), n in zip(keys, nullable, strict=True)]
        group_by_sets(pipeline, node, parts, accumulators, results)
        return pipeline
    key, layout = group_key([(c, v, c.nullable) for c, v in keys])
    group = Group(key, accumulators)
    pipeline.taken = set(accumulators)
    pipeline.layout = layout
    if node.keys or not node.one_row:
        pipeline.add(group)
        pipeline.layout.update({column.id: value for column, value in results})
        return pipeline
    _guarantee_row(pipeline, group, node, results)
    return pipeline


def _of_one_value(accumulator: Document) -> Document:
    """The server takes a list for several arguments, and an accumulator has one."""
    return {
        name: {"$concatArrays": [value]} if isinstance(value, list) else value
        for name, value in accumulator.items()
    }


def _guarantee_row(
    pipeline: Pipeline,
    group: Group,
    node: Aggregate,
    results: list[tuple[Column, Mql]],
) -> None:
    """$facet gives one document for no input too; its array is empty then, and the
    aggregates of nothing take its place. (Not $unionWith: transactions forbid it.)"""
    computed: Document = {}
    empty: Document = {}
    for (column, call), (_, value) in zip(node.calls, results, strict=True):
        name = _free_name(column.name, computed)
        computed[name] = as_field(value)
        empty[name] = call.function.empty
        pipeline.layout[column.id] = f"${name}"
    if not computed:
        computed, empty = {"_": {"$literal": 1}}, {"_": 1}
    pipeline.taken = set(computed)
    pipeline.add(Facet({"r": (group, Project(computed))}))
    pipeline.add(ReplaceRoot({"$ifNull": [{"$first": "$r"}, {"$literal": empty}]}))


def group_key(
    values: list[tuple[Column, Mql, bool]],
) -> tuple[Mql, dict[int, Mql]]:
    """The `_id` of $group and where each key is afterwards.

    A bare path merges null and missing by itself and may use an index; in a
    document the two would make separate groups, so nullable keys are guarded.
    """
    if not values:
        return None, {}
    if len(values) == 1:
        column, value, _ = values[0]
        return as_field(value) if is_constant(value) else value, {column.id: "$_id"}
    key: Document = {}
    layout: dict[int, Mql] = {}
    for column, value, nullable in values:
        name = _free_name(column.name, key)
        guarded = nullable and not is_constant(value)
        key[name] = {"$ifNull": [value, None]} if guarded else as_field(value)
        layout[column.id] = f"$_id.{name}"
    return key, layout


def _free_name(hint: str, taken: Document) -> str:
    base = "".join(c if c.isalnum() or c == "_" else "_" for c in hint) or "c"
    if base == "_id":
        base = "id"
    name, number = base, 1
    while any(used == name or used.startswith(f"{name}_") for used in taken):
        number += 1
        name = f"{base}{number}"
    return name


def lower_distinct(
    lowering: Lowering, node: Distinct, needed: frozenset[int]
) -> Pipeline:
    """Each different row once: a $group by all columns."""
    if node.on:
        return _lower_distinct_on(lowering, node, needed)
    needed = frozenset(column.id for column in node.columns)
    pipeline = lowering.lower(node.input, needed)
    group_by_columns(pipeline, node.columns)
    return pipeline


def _lower_distinct_on(
    lowering: Lowering, node: Distinct, needed: frozenset[int]
) -> Pipeline:
    """DISTINCT ON: the first of the sorted rows of each group."""
    read = needed.union(*(refers_to(each) for each in own_expressions(node)))
    pipeline = lowering.lower(node.input, read)
    if node.order:
        ordering.add_sort(pipeline, node.order)
    context = Context(pipeline)
    values = [expression.lower_value(context, each) for each in node.on]
    kept: Document = {}
    layout: dict[int, Mql] = {}
    for column in node.columns:
        if column.id not in needed:
            continue
        value = pipeline.layout[column.id]
        name = _free_name(column.name, kept)
        kept[name] = {"$first": value}
        layout[column.id] = value if is_constant(value) else f"${name}"
    pipeline.add(Group(_distinct_key(values, node.on), kept))
    pipeline.taken, pipeline.layout = set(kept), layout
    return pipeline


def _distinct_key(values: list[Mql], on: tuple[Expr, ...]) -> Mql:
    """As in `group_key`; a constant is left out, it parts nothing."""
    parts = [
        (value, each.nullable)
        for value, each in zip(values, on, strict=True)
        if not is_constant(value)
    ]
    if len(parts) < 2:
        return parts[0][0] if parts else None
    return {
        f"k{index}": {"$ifNull": [value, None]} if nullable else value
        for index, (value, nullable) in enumerate(parts)
    }


def group_by_columns(
    pipeline: Pipeline,
    columns: tuple[Column, ...],
    accumulators: Document | None = None,
) -> None:
    """A $group by the values of the columns; NULL and missing are one value."""
    values = [(c, pipeline.layout[c.id], c.nullable) for c in columns]
    key, layout = group_key(values)
    pipeline.add(Group(key, accumulators or {}))
    pipeline.layout = layout
    pipeline.taken = set(accumulators or {})
