"""INSERT, UPDATE and DELETE -> write commands.

An UPDATE or DELETE whose condition and values are expressions of the document
alone is one command. With a subquery in it, the rows are found first (their _id,
and the values to set), then written by _id, in one transaction.
"""

from __future__ import annotations

from queryleaf_dbapi.lower.context import Context, start_numbering
from queryleaf_dbapi.lower.expression import lower_value
from queryleaf_dbapi.lower.pipeline import Mql, Pipeline, as_field, is_path
from queryleaf_dbapi.lower.relations import Lowering, add_filter
from queryleaf_dbapi.lower.statements import as_find, finish, lower_top
from queryleaf_dbapi.mongo.commands import (
    DEFAULT,
    Aggregate,
    DeleteRows,
    InsertField,
    InsertRows,
    MongoPlan,
    OutputColumn,
    Returning,
    UpdateRows,
)
from queryleaf_dbapi.mongo.slots import PlaceOfSlot, Slot
from queryleaf_dbapi.mongo.stages import Document, Lookup, Match, Project
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import Expr, Literal, Parameter
from queryleaf_dbapi.plan.relations import (
    ColumnDefault,
    Delete,
    Insert,
    Scan,
    Update,
)
from queryleaf_dbapi.types import ANY


def lower_insert(node: Insert, database: str, in_transaction: bool) -> MongoPlan:
    """Documents made in the client of constants and parameters, or of the rows a
    query gives."""
    start_numbering()
    collection = node.target.collection
    fields = _insert_fields(node)
    rows = tuple(tuple(_cell(cell) for cell in row) for row in node.rows)
    source = None
    outputs: tuple[OutputColumn, ...] = ()
    if node.source is not None:
        pipeline = lower_top(node.source, database, in_transaction)
        outputs = finish(pipeline, node.source.columns)
        source = as_find(pipeline) or Aggregate(
            pipeline.database, pipeline.collection, tuple(pipeline.stages)
        )
    command = InsertRows(
        collection.database, collection.name, fields, rows, source, outputs
    )
    return MongoPlan(command, *_returning(node.target, node.returning))


def _insert_fields(node: Insert) -> tuple[InsertField, ...]:
    collection = node.target.collection
    positions = {name: index for index, name in enumerate(node.assigned)}
    defaults = dict(node.defaults)
    names = [field.name for field in collection.fields if collection.closed]
    names += [name for name in node.assigned if name not in names]
    fields = []
    for name in names:
        known = collection.field(name)
        default = defaults.get(name, ColumnDefault())
        if name not in positions and known is not None and not _has_default(default):
            if known.nullable or not collection.closed:
                continue  # left out: missing, which reads as NULL
        value, computed = _default_value(default.value)
        fields.append(
            InsertField(
                name,
                known.type if known is not None else ANY,
                known.nullable if known is not None else name != "_id",
                positions.get(name),
                value,
                default.sequence,
                computed,
            )
        )
    return tuple(fields)


def _has_default(default: ColumnDefault) -> bool:
    return default.value is not None or default.sequence is not None


def _default_value(value: Expr | None) -> tuple[Mql, Mql]:
    """(constant, expression for the server): one of the two."""
    if value is None:
        return None, None
    if isinstance(value, Literal):
        return value.value, None
    return None, lower_value(Context(Pipeline("", None)), value)


def _cell(cell: Expr | None) -> object:
    if cell is None:
        return DEFAULT
    if isinstance(cell, Parameter):
        return Slot(cell.index, PlaceOfSlot.VALUE, cell.type)
    assert isinstance(cell, Literal)
    return cell.value


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
    command = UpdateRows(collection.database, collection.name, query, changes, select)
    return MongoPlan(command, *_returning(node.target, node.returning))


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
    command = DeleteRows(collection.database, collection.name, query, select)
    return MongoPlan(command, *_returning(node.target, node.returning))


def _returning(
    target: Scan, items: tuple[tuple[Column, Expr], ...]
) -> tuple[tuple[OutputColumn, ...], Returning | None]:
    """RETURNING over the written documents, found by _id: a pipeline to run after
    (for DELETE before) the change."""
    if not items:
        return (), None
    lowering = Lowering({}, target.collection.database, True)
    pipeline = lowering.lower(target, frozenset())
    context = Context(pipeline)
    layout = {column.id: lower_value(context, value) for column, value in items}
    pipeline.layout = layout
    outputs = finish(pipeline, tuple(column for column, _ in items))
    return outputs, Returning(tuple(pipeline.stages), outputs)
