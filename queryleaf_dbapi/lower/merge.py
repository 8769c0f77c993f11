"""MERGE -> the rows to act on, and what each clause does with them."""

from __future__ import annotations

from queryleaf_dbapi.lower.context import start_numbering
from queryleaf_dbapi.lower.insert import insert_cells, insert_fields, lower_source
from queryleaf_dbapi.lower.returning import target_of
from queryleaf_dbapi.mongo.commands import (
    InsertRows,
    MergeAction,
    MergeRead,
    MergeRows,
    MongoPlan,
    OutputColumn,
    ReadCommand,
)
from queryleaf_dbapi.plan import merge as plan
from queryleaf_dbapi.plan.expressions import ColumnRef


def lower_merge(node: plan.Merge, database: str) -> MongoPlan:
    """The reads run in the transaction of the change, one after the other."""
    start_numbering()
    reads = []
    for read in node.reads:
        command, outputs = lower_source(read.source, database)
        places = {column.id: at for at, column in enumerate(read.source.columns)}
        actions = tuple(
            _action(node, action, places, command, outputs) for action in read.actions
        )
        reads.append(MergeRead(command, outputs, actions))
    return MongoPlan(MergeRows(target_of(node.target), tuple(reads)))


def _action(
    node: plan.Merge,
    action: plan.MergeAction,
    places: dict[int, int],
    command: ReadCommand,
    outputs: tuple[OutputColumn, ...],
) -> MergeAction:
    match action:
        case plan.MergeUpdate(assignments=assignments, sequences=sequences):
            update = {".".join(path): places[column.id] for path, column in assignments}
            return MergeAction(update, sequences)
        case plan.MergeInsert(insert=insert):
            (row,) = insert.rows
            # a cell that is DEFAULT has no column: any other keeps the positions
            cells = tuple(
                places[each.id] if isinstance(each, ColumnRef) else 0 for each in row
            )
            rows = InsertRows(
                target_of(node.target),
                insert_fields(insert),
                insert_cells(insert),
                command,
                tuple(outputs[cell] for cell in cells),
            )
            return MergeAction(insert=rows, cells=cells)
        case _:
            return MergeAction()
