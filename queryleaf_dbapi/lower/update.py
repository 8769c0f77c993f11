"""UPDATE and DELETE -> write commands.

An UPDATE or DELETE whose condition and values are expressions of the document
alone is one command. With a subquery or other tables in it, the rows are found first
(their _id, and the values to set), then written by _id, in one transaction.
"""

from __future__ import annotations

from queryleaf_dbapi.lower.context import Context, start_numbering
from queryleaf_dbapi.lower.expression import lower_value
from queryleaf_dbapi.lower.pipeline import Mql, Pipeline, as_field, is_path
from queryleaf_dbapi.lower.relations import Lowering, add_filter
from queryleaf_dbapi.lower.returning import (
    lower_joined_returning,
    lower_returning,
    other_columns,
    target_of,
)
from queryleaf_dbapi.mongo.commands import (
    Aggregate,
    DeleteRows,
    MongoPlan,
    OutputColumn,
    Returning,
    UpdateRows,
)
from queryleaf_dbapi.mongo.stages import (
    Document,
    Group,
    Lookup,
    Match,
    Project,
    ReplaceRoot,
)
from queryleaf_dbapi.plan.expressions import ColumnRef, Expr
from queryleaf_dbapi.plan.relations import Delete, Relation, Scan, Update
from queryleaf_dbapi.plan.visit import refers_to


def _target_pipeline(target: Scan, predicate: Expr | None) -> Pipeline:
    """The scan of the written collection under its condition. What is read to be
    written runs in the transaction of the change."""
    lowering = Lowering({}, target.collection.database, in_transaction=True)
    pipeline = lowering.lower(target, frozenset())
    pipeline.taken.add("_id")
    if predicate is not None:
        add_filter(pipeline, predicate)
    return pipeline


def _plain_filter(pipeline: Pipeline) -> Document | None:
    """The query document when the pipeline is nothing but one $match."""
    if not pipeline.stages:
        return {}
    first = pipeline.stages[0]
    if len(pipeline.stages) == 1 and isinstance(first, Match):
        return first.query
    return None


def lower_update(node: Update) -> MongoPlan:
    """update_many with a pipeline: every assignment sees the old values."""
    start_numbering()
    assigned = {".".join(path): value for path, value in node.assignments}
    names = {path: f"v{index}" for index, path in enumerate(assigned)}
    if node.source is not None:
        values = {names[path]: value for path, value in assigned.items()}
        select = _joined_rows(node, node.source, values)
        return _update_by_id(node, names, select)
    pipeline = _target_pipeline(node.target, node.predicate)
    before = len(pipeline.stages)
    context = Context(pipeline)
    changes = {
        path: stored_value(lower_value(context, value))
        for path, value in assigned.items()
    }
    query = _plain_filter(pipeline)
    looked_up = any(isinstance(s, Lookup) for s in pipeline.stages[before:])
    if query is None or looked_up or node.sequences:
        computed = {names[path]: as_field(value) for path, value in changes.items()}
        pipeline.add(Project({"_id": 1, **computed}))
        return _update_by_id(node, names, _as_aggregate(pipeline))
    command = UpdateRows(target_of(node.target), query, changes)
    return MongoPlan(command, *lower_returning(node.target, node.returning))


def _update_by_id(node: Update, names: dict[str, str], select: Aggregate) -> MongoPlan:
    target = target_of(node.target)
    command = UpdateRows(target, {}, names, select, node.sequences)
    return MongoPlan(command, *_returning(node))


def _returning(
    node: Update | Delete,
) -> tuple[tuple[OutputColumn, ...], Returning | None]:
    if node.source is not None:
        return lower_joined_returning(node.target, node.returning)
    return lower_returning(node.target, node.returning)


def _as_aggregate(pipeline: Pipeline) -> Aggregate:
    return Aggregate(pipeline.database, pipeline.collection, tuple(pipeline.stages))


def _joined_rows(
    node: Update | Delete, source: Relation, values: dict[str, Expr]
) -> Aggregate:
    """The rows of the target in a join: _id, values, what RETURNING reads of the
    other tables. Each once: which of its partners counts is left open by PostgreSQL
    too. $group reads all before it gives the first: what is written is not seen."""
    key = next(column for column, path in node.target.fields if path == ("_id",))
    others = other_columns(node.target, node.returning)
    read = frozenset({key.id, *(ref.id for ref in others.values())}).union(
        *(refers_to(value) for value in values.values())
    )
    lowering = Lowering({}, node.target.collection.database, in_transaction=True)
    pipeline = lowering.lower(source, read)
    context = Context(pipeline)
    row = {name: lower_value(context, value) for name, value in values.items()}
    row.update({name: pipeline.value_of(ref) for name, ref in others.items()})
    id_value = pipeline.value_of(ColumnRef(key.id, key.name, key.type, False))
    pipeline.add(Group(id_value, {"row": {"$first": row}} if row else {}))
    if row:
        pipeline.add(ReplaceRoot({"$mergeObjects": ["$row", {"_id": "$_id"}]}))
    return _as_aggregate(pipeline)


def stored_value(value: Mql) -> Mql:
    """A value as $set stores it: NULL as null (a missing field would leave the old
    value), a document whole (the server would merge it into the old one)."""
    if (isinstance(value, dict) and "$literal" not in value) or is_path(value):
        return {"$ifNull": [value, None]}
    return value


def lower_delete(node: Delete) -> MongoPlan:
    """delete_many, or by _id when other documents took part."""
    start_numbering()
    target = target_of(node.target)
    if node.source is not None:
        select = _joined_rows(node, node.source, {})
        return MongoPlan(DeleteRows(target, {}, select), *_returning(node))
    pipeline = _target_pipeline(node.target, node.predicate)
    query = _plain_filter(pipeline)
    if query is None:
        pipeline.add(Project({"_id": 1}))
        command = DeleteRows(target, {}, _as_aggregate(pipeline))
    else:
        command = DeleteRows(target, query)
    return MongoPlan(command, *_returning(node))
