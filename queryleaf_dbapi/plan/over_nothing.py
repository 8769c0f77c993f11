"""What an expression over aggregates is when no row was aggregated."""

from __future__ import annotations

from queryleaf_dbapi.plan.expressions import Call, Cast, ColumnRef, Expr, Literal
from queryleaf_dbapi.plan.relations import Aggregate
from queryleaf_dbapi.plan.signature import Nulls
from queryleaf_dbapi.plan.visit import transform

_STRICT = (Nulls.PROPAGATE, Nulls.NATIVE)


def over_nothing(value: Expr, aggregate: Aggregate) -> Expr:
    """The expression with every aggregate replaced by its result over no rows."""
    empty = {
        column.id: Literal(call.function.empty, call.type)
        for column, call in aggregate.calls
    }

    def change(node: Expr) -> Expr:
        if isinstance(node, ColumnRef) and node.id in empty:
            return empty[node.id]
        return Literal(None, node.type) if _is_null(node) else node

    return transform(value, change)


def _is_null(node: Expr) -> bool:
    """Whether it is an operation on NULL that gives NULL."""
    if isinstance(node, Cast):
        operands: tuple[Expr, ...] = (node.operand,)
    elif isinstance(node, Call) and node.function.nulls in _STRICT:
        operands = node.arguments
    else:
        return False
    return any(isinstance(each, Literal) and each.value is None for each in operands)
