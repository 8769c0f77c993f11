"""What a write needs to know of its collection, and what RETURNING reads of the
documents it wrote."""

from __future__ import annotations

from queryleaf_dbapi.lower.context import Context
from queryleaf_dbapi.lower.expression import lower_value
from queryleaf_dbapi.lower.relations import Lowering
from queryleaf_dbapi.lower.statements import finish
from queryleaf_dbapi.mongo.commands import OutputColumn, Returning, Target
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import Expr
from queryleaf_dbapi.plan.relations import Scan


def target_of(scan: Scan) -> Target:
    """The collection a write names, as commands know it."""
    return Target(scan.collection.database, scan.collection.name)


def lower_returning(
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
