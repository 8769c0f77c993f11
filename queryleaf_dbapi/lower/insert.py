"""INSERT -> the documents to make, and the query they are made of."""

from __future__ import annotations

from queryleaf_dbapi.lower.conflict import lower_conflict
from queryleaf_dbapi.lower.context import Context, start_numbering
from queryleaf_dbapi.lower.expression import lower_value
from queryleaf_dbapi.lower.pipeline import Mql, Pipeline
from queryleaf_dbapi.lower.returning import lower_returning, target_of
from queryleaf_dbapi.lower.statements import as_find, finish, lower_top
from queryleaf_dbapi.mongo.commands import (
    DEFAULT,
    Aggregate,
    InsertField,
    InsertRows,
    MongoPlan,
    OutputColumn,
    ReadCommand,
)
from queryleaf_dbapi.mongo.slots import PlaceOfSlot, Slot
from queryleaf_dbapi.plan.expressions import ColumnRef, Expr, Literal, Parameter
from queryleaf_dbapi.plan.relations import ColumnDefault, Insert, Relation, Scan
from queryleaf_dbapi.plan.visit import map_everywhere
from queryleaf_dbapi.types import ANY


def lower_insert(node: Insert, database: str) -> MongoPlan:
    """Documents made in the client of constants and parameters, or of the rows a
    query gives."""
    start_numbering()
    fields = insert_fields(node)
    rows = insert_cells(node)
    source: ReadCommand | None = None
    outputs: tuple[OutputColumn, ...] = ()
    if node.source is not None:
        source, outputs = lower_source(node.source, database)
    conflict = None
    if node.conflict is not None:
        conflict = lower_conflict(node.target, node.conflict)
    command = InsertRows(
        target_of(node.target),
        fields,
        rows,
        source,
        outputs,
        conflict,
        node.source is not None and reads(node.source, node.target),
    )
    return MongoPlan(command, *lower_returning(node.target, node.returning))


def lower_source(
    relation: Relation, database: str
) -> tuple[ReadCommand, tuple[OutputColumn, ...]]:
    """What is read to be written: it runs in the transaction of the change."""
    pipeline = lower_top(relation, database, in_transaction=True)
    outputs = finish(pipeline, relation.columns)
    stages = tuple(pipeline.stages)
    command = Aggregate(pipeline.database, pipeline.collection, stages)
    return as_find(pipeline) or command, outputs


def reads(relation: Relation, target: Scan) -> bool:
    """Whether the relation may read documents of the target; a view may."""
    found = False

    def visit(node: Relation) -> Relation:
        nonlocal found
        if isinstance(node, Scan):
            one, other = node.collection, target.collection
            same = (one.database, one.name) == (other.database, other.name)
            found = found or same or one.is_view
        return node

    map_everywhere(relation, visit)
    return found


def insert_fields(node: Insert) -> tuple[InsertField, ...]:
    """The stored fields of an inserted row, in order."""
    collection = node.target.collection
    positions = {name: index for index, name in enumerate(node.assigned)}
    defaults = dict(node.defaults)
    names = [field.name for field in collection.fields if collection.closed]
    names += [name for name in node.assigned if name not in names]
    fields = []
    for name in names:
        known = collection.field(name)
        if known is not None and known.generated is not None:
            continue  # only DEFAULT may stand for it: it is computed
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


def insert_cells(node: Insert) -> tuple[tuple[object, ...], ...]:
    """The rows: constants, slots, DEFAULT, None for what the source gives."""
    return tuple(tuple(_cell(cell) for cell in row) for row in node.rows)


def _cell(cell: Expr | None) -> object:
    if cell is None:
        return DEFAULT
    if isinstance(cell, ColumnRef):
        return None  # the source's
    if isinstance(cell, Parameter):
        return Slot(cell.index, PlaceOfSlot.VALUE, cell.type)
    assert isinstance(cell, Literal)
    return cell.value
