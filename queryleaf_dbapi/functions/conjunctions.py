"""AND and OR taken apart and put together."""

from __future__ import annotations

from collections.abc import Sequence

from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.plan.expressions import Call, Expr
from queryleaf_dbapi.types import BOOLEAN


def split_conjunction(node: Expr) -> list[Expr]:
    """The parts of an AND; a row is kept exactly when every part is TRUE."""
    if isinstance(node, Call) and node.function is operators.and_:
        return [part for each in node.arguments for part in split_conjunction(each)]
    return [node]


def conjunction(parts: Sequence[Expr]) -> Expr:
    """The AND of the parts, of which there is one at least."""
    if len(parts) == 1:
        return parts[0]
    nullable = any(part.nullable for part in parts)
    return Call(operators.and_, tuple(parts), BOOLEAN, nullable)


def disjunction(parts: Sequence[Expr]) -> Expr:
    """The OR of the parts, of which there is one at least."""
    if len(parts) == 1:
        return parts[0]
    nullable = any(part.nullable for part in parts)
    return Call(operators.or_, tuple(parts), BOOLEAN, nullable)
