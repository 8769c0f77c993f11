"""A WHERE keeps rows for which its condition is TRUE: what cannot be, goes."""

from __future__ import annotations

from dataclasses import replace

from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.plan.expressions import Call, Expr, Literal
from queryleaf_dbapi.plan.relations import Filter, Relation


def drop_never_true(node: Relation) -> Relation | None:
    """Filter(a OR (NULL AND b))  ==  Filter(a)

    Sound: `NULL AND b` is NULL or FALSE, and in an OR that is to be TRUE neither says
    anything. Applies below AND and OR only, where TRUE is what counts for each part.
    """
    if not isinstance(node, Filter):
        return None
    changed = _simplified(node.predicate)
    return None if changed is node.predicate else replace(node, predicate=changed)


def _simplified(node: Expr) -> Expr:
    if not isinstance(node, Call) or node.function not in (
        operators.and_,
        operators.or_,
    ):
        return node
    parts = [_simplified(each) for each in node.arguments]
    if node.function is operators.and_:
        never = next((each for each in parts if _is_never(each)), None)
        if never is not None:
            return never
    else:
        kept = [each for each in parts if not _is_never(each)]
        if len(kept) < len(parts):
            if len(kept) < 2:
                return kept[0] if kept else parts[0]
            return replace(node, arguments=tuple(kept))
    if all(one is other for one, other in zip(parts, node.arguments, strict=True)):
        return node
    return replace(node, arguments=tuple(parts))


def _is_never(node: Expr) -> bool:
    return isinstance(node, Literal) and node.value is not True
