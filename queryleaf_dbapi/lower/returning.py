"""What a write needs to know of its collection, and what RETURNING reads of the
documents it wrote."""

from __future__ import annotations

from queryleaf_dbapi.lower.context import Context
from queryleaf_dbapi.lower.expression import lower_value
from queryleaf_dbapi.lower.pipeline import Pipeline, path_expression
from queryleaf_dbapi.lower.relations import Lowering
from queryleaf_dbapi.lower.statements import finish
from queryleaf_dbapi.mongo.commands import OutputColumn, Returning, Target
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import ColumnRef, Expr
from queryleaf_dbapi.plan.relations import Scan
from queryleaf_dbapi.plan.visit import referenced

Items = tuple[tuple[Column, Expr], ...]


def target_of(scan: Scan) -> Target:
    """The collection a write names, as commands know it."""
    return Target(scan.collection.database, scan.collection.name)


def lower_returning(
    target: Scan, items: Items
) -> tuple[tuple[OutputColumn, ...], Returning | None]:
    """RETURNING over the written documents, found by _id: a pipeline to run after
    (for DELETE before) the change."""
    if not items:
        return (), None
    lowering = Lowering({}, target.collection.database, True)
    pipeline = lowering.lower(target, frozenset())
    pipeline.taken.add("_id")
    outputs = _shape(pipeline, items)
    return outputs, Returning(tuple(pipeline.stages), outputs)


def other_columns(target: Scan, items: Items) -> dict[str, ColumnRef]:
    """The columns of other tables that RETURNING reads, by the field of the selected
    row that keeps them."""
    own = {column.id for column in target.columns}
    read = {ref.id: ref for _, value in items for ref in referenced(value)}
    others = [ref for id_, ref in read.items() if id_ not in own]
    return {f"o{index}": ref for index, ref in enumerate(others)}


def lower_joined_returning(
    target: Scan, items: Items
) -> tuple[tuple[OutputColumn, ...], Returning | None]:
    """RETURNING that may name other tables' columns: over the selected rows."""
    if not items:
        return (), None
    pipeline = Pipeline(target.collection.database, None, in_transaction=True)
    pipeline.layout = {
        column.id: path_expression(("target", *path)) for column, path in target.fields
    }
    others = other_columns(target, items)
    pipeline.layout.update({ref.id: f"${name}" for name, ref in others.items()})
    pipeline.taken = {"_id", "target", *others}
    outputs = _shape(pipeline, items)
    return outputs, Returning(tuple(pipeline.stages), outputs, joined=True)


def _shape(pipeline: Pipeline, items: Items) -> tuple[OutputColumn, ...]:
    context = Context(pipeline)
    pipeline.layout = {c.id: lower_value(context, value) for c, value in items}
    return finish(pipeline, tuple(column for column, _ in items))
