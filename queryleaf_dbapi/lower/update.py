"""UPDATE and DELETE -> write commands.

An UPDATE or DELETE whose condition and values are expressions of the document
alone is one command. With a subquery in it, the rows are found first (their _id,
and the values to set), then written by _id, in one transaction.
"""

from __future__ import annotations

from queryleaf_dbapi.lower.context import Context, start_numbering
from queryleaf_dbapi.lower.expression import lower_value
from queryleaf_dbapi.lower.pipeline import Mql, Pipeline, as_field, is_path
from queryleaf_dbapi.lower.relations import Lowering, add_filter
from queryleaf_dbapi.lower.returning import lower_returning, target_of
from queryleaf_dbapi.mongo.commands import (
    Aggregate,
    DeleteRows,
    MongoPlan,
    UpdateRows,
)
from queryleaf_dbapi.mongo.stages import Document, Lookup, Match, Project
from queryleaf_dbapi.plan.expressions import Expr
from queryleaf_dbapi.plan.relations import Delete, Scan, Update


def _target_pipeline(
    target: Scan, predicate: Expr | None, in_transaction: bool
) -> Pipeline:
    """The scan of the written collection under its condition."""
    lowering = Lowering({}, target.collection.database, in_transaction)
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


def lower_update(node: Update, in_transaction: bool) -> MongoPlan:
    """update_many with a pipeline: every assignment sees the old values."""
    start_numbering()
    pipeline = _target_pipeline(node.target, node.predicate, in_transaction)
    before = len(pipeline.stages)
    context = Context(pipeline)
    changes: Document = {}
    for path, value in node.assignments:
        changes[".".join(path)] = _stored(lower_value(context, value))
    collection = node.target.collection
    query = _plain_filter(pipeline)
    select = None
    if query is None or any(isinstance(s, Lookup) for s in pipeline.stages[before:]):
        names = {path: f"v{index}" for index, path in enumerate(changes)}
        computed = {names[path]: as_field(value) for path, value in changes.items()}
        pipeline.add(Project({"_id": 1, **computed}))
        select = Aggregate(collection.database, collection.name, tuple(pipeline.stages))
        changes = names
        query = {}
    command = UpdateRows(target_of(node.target), query, changes, select)
    return MongoPlan(command, *lower_returning(node.target, node.returning))


def _stored(value: Mql) -> Mql:
    """A value as $set stores it: NULL as null (a missing field would leave the old
    value), a document whole (the server would merge it into the old one)."""
    if (isinstance(value, dict) and "$literal" not in value) or is_path(value):
        return {"$ifNull": [value, None]}
    return value


def lower_delete(node: Delete, in_transaction: bool) -> MongoPlan:
    """delete_many, or by _id when a subquery took part."""
    start_numbering()
    pipeline = _target_pipeline(node.target, node.predicate, in_transaction)
    collection = node.target.collection
    query = _plain_filter(pipeline)
    select = None
    if query is None:
        pipeline.add(Project({"_id": 1}))
        select = Aggregate(collection.database, collection.name, tuple(pipeline.stages))
        query = {}
    command = DeleteRows(target_of(node.target), query, select)
    return MongoPlan(command, *lower_returning(node.target, node.returning))
