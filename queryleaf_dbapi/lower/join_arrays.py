"""A join with one array of the right side's rows, looked up once for all.

    {"$lookup": {"from": "b", "pipeline": [..., {"$group": {"_id": null,
        "r": {"$push": ["$y", "$z"]}}}], "as": "b"}}
    {"$project": {"x": 1, "b": {"$filter": {"input": {"$first": "$b.r"}, ...}}}}
    {"$unwind": "$b"}

The server runs a $lookup without variables once and keeps its result. For conditions
that are no equality this is 3 times as fast as a pipeline per row.
"""

from __future__ import annotations

from queryleaf_dbapi.lower import predicates
from queryleaf_dbapi.lower.context import Context, all_of
from queryleaf_dbapi.lower.join_sides import (
    JoinWork,
    read_through,
    reference,
    same_database,
)
from queryleaf_dbapi.lower.pipeline import Mql, Pipeline, as_field, reshape
from queryleaf_dbapi.mongo.stages import Group, Lookup, Match, Project, Unwind
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.relations import JoinKind


def array_of(pipeline: Pipeline, columns: tuple[Column, ...]) -> list[Mql]:
    """The columns as the items of an array; a missing value becomes null in it."""
    return [as_field(pipeline.value_of(reference(column))) for column in columns]


def layout_of(columns: tuple[Column, ...], array: str) -> dict[int, Mql]:
    """Where the columns are in an array that `array_of` made."""
    return {
        column.id: {"$arrayElemAt": [array, index]}
        for index, column in enumerate(columns)
    }


def condition_between(
    work: JoinWork,
    conditions: list[object],
    left: dict[int, Mql],
    right: dict[int, Mql],
) -> Mql:
    """The conditions being TRUE, the two sides read as the layouts say."""
    pipeline = read_through(work.left, {**left, **right})
    context = Context(pipeline)
    truths = [predicates.true_form(context, each) for each in conditions]  # type: ignore[arg-type]
    return all_of(truths)


def lower_by_broadcast(work: JoinWork) -> Pipeline:
    """Look the whole right side up as one array, filter it for each row."""
    left, node = work.left, work.node
    right = work.lowering.lower(node.right, work.read & work.right_ids)
    if right.collection is not None:
        same_database(left, right.database)
    columns = tuple(c for c in node.right.columns if c.id in work.read)
    rows = Project({"r": array_of(right, columns)})
    group = Group(None, {"r": {"$push": "$r"}})
    name = left.fresh("others")
    stages = (*right.stages, rows, group)
    left.add(Lookup(right.collection, name, pipeline=stages))
    left.notes += right.notes
    found: Mql = {"$ifNull": [{"$first": f"${name}.r"}, []]}
    inside = layout_of(columns, "$$partner")
    condition = condition_between(work, list(work.parts), left.layout, inside)
    if node.kind.only_left:
        some = {"$map": {"input": found, "as": "partner", "in": condition}}
        exists = {"$anyElementTrue": [some]}
        wanted = exists if node.kind is JoinKind.SEMI else {"$not": [exists]}
        left.add(Match({"$expr": wanted}))
        return left
    if condition is not True:
        kept = {"input": found, "as": "partner", "cond": condition}
        found = {"$filter": kept}
    reshape(left, set(work.kept), {})
    last = left.stages[-1]
    assert isinstance(last, Project)
    left.stages[-1] = Project({**last.fields, name: found})
    left.add(Unwind(f"${name}", keep_empty=node.kind is JoinKind.LEFT))
    left.layout.update(layout_of(columns, f"${name}"))
    return left
