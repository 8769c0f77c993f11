"""UNION, INTERSECT and EXCEPT, with and without ALL.

Both sides get the same field names c1, c2, ... and follow each other; without ALL,
or to compare, rows are grouped by their values and counted per side:

    INTERSECT      l > 0 and r > 0            one row
    INTERSECT ALL  min(l, r) rows             EXCEPT ALL  max(0, l - r) rows
    EXCEPT         l > 0 and r = 0            one row

$unionWith is forbidden inside a transaction; there both sides are looked up from
one document and concatenated (100 MB per side).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from queryleaf_dbapi.lower.grouping import group_by_columns
from queryleaf_dbapi.lower.pipeline import Pipeline, as_field
from queryleaf_dbapi.mongo.stages import (
    Document,
    Documents,
    Lookup,
    Match,
    Project,
    ReplaceRoot,
    Stage,
    UnionWith,
    Unwind,
)
from queryleaf_dbapi.mongo.stages import Set as SetFields
from queryleaf_dbapi.plan.expressions import ColumnRef
from queryleaf_dbapi.plan.relations import Relation, SetKind, SetOperation

if TYPE_CHECKING:
    from queryleaf_dbapi.lower.relations import Lowering


def lower_set_operation(lowering: Lowering, node: SetOperation) -> Pipeline:
    """The pipeline of a set operation over its two inputs."""
    counts = node.kind is not SetKind.UNION
    left = _side(lowering, node.left, {"l": 1, "r": 0} if counts else {})
    right = _side(lowering, node.right, {"l": 0, "r": 1} if counts else {})
    pipeline = append(lowering, left, right)
    pipeline.layout = {
        column.id: f"$c{index + 1}" for index, column in enumerate(node.columns)
    }
    pipeline.taken = {f"c{index + 1}" for index in range(len(node.columns))}
    if counts:
        _compare(pipeline, node)
    elif not node.all:
        group_by_columns(pipeline, node.columns)
    return pipeline


def _side(lowering: Lowering, relation: Relation, marks: Document) -> Pipeline:
    needed = frozenset(column.id for column in relation.columns)
    pipeline = lowering.lower(relation, needed)
    fields: Document = {}
    for index, column in enumerate(relation.columns):
        reference = ColumnRef(column.id, column.name, column.type, column.nullable)
        fields[f"c{index + 1}"] = as_field(pipeline.value_of(reference))
    fields.update({name: {"$literal": value} for name, value in marks.items()})
    pipeline.add(Project(fields))
    return pipeline


def append(lowering: Lowering, left: Pipeline, right: Pipeline) -> Pipeline:
    """The documents of both pipelines, one after the other."""
    left.notes += right.notes
    if not lowering.in_transaction:
        left.add(UnionWith(right.collection, tuple(right.stages)))
        return left
    both: list[Stage] = [
        Documents([{}]),
        Lookup(left.collection, "a", pipeline=tuple(left.stages)),
        Lookup(right.collection, "b", pipeline=tuple(right.stages)),
        Project({"row": {"$concatArrays": ["$a", "$b"]}}),
        Unwind("$row"),
        ReplaceRoot("$row"),
    ]
    pipeline = lowering.start(None)
    pipeline.stages = both
    pipeline.notes = left.notes
    return pipeline


def _compare(pipeline: Pipeline, node: SetOperation) -> None:
    """INTERSECT and EXCEPT over the counts of each row on each side."""
    sums = {"l": {"$sum": "$l"}, "r": {"$sum": "$r"}}
    group_by_columns(pipeline, node.columns, sums)
    is_intersect = node.kind is SetKind.INTERSECT
    if not node.all:
        right = {"$gt": 0} if is_intersect else 0
        pipeline.add(Match({"l": {"$gt": 0}, "r": right}))
        return
    times = {"$min": ["$l", "$r"]} if is_intersect else {"$subtract": ["$l", "$r"]}
    copies = {"$range": [0, {"$max": [0, times]}]}
    pipeline.add(SetFields({"copies": copies}))
    pipeline.add(Unwind("$copies"))
