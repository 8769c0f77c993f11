"""What lowering one expression needs: the pipeline, fresh variables, and the
subqueries already looked up for the stage being built."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count

from queryleaf_dbapi.lower.pipeline import Mql, Pipeline, is_simple

# numbers for $let variables; set anew for each statement, so that the same
# statement always gives the same pipeline
_variables: ContextVar[count[int]] = ContextVar("variables")


def start_numbering() -> None:
    """Begin a statement: its variables are v1, v2, ..."""
    _variables.set(count(1))


@dataclass
class Context:
    """One per stage: a subquery in it is looked up once, however often it is read."""

    pipeline: Pipeline
    looked_up: dict[tuple[int, str], str] = field(default_factory=dict)


def once(value: Mql, use: Callable[[Mql], Mql]) -> Mql:
    """`use(value)` with the value computed once, by $let unless it is simple."""
    if is_simple(value):
        return use(value)
    name = f"v{next(_variables.get())}"
    return {"$let": {"vars": {name: value}, "in": use(f"$${name}")}}


def not_null(value: Mql) -> Mql:
    """Whether a value is neither null nor missing (both sort before all others)."""
    return {"$gt": [value, None]}


def is_null(value: Mql) -> Mql:
    """Whether a value is null or missing."""
    return {"$lte": [value, None]}


def all_of(conditions: list[Mql]) -> Mql:
    """The $and of conditions, flattened; TRUE for none."""
    parts = _flat(conditions, "$and")
    if any(part is False for part in parts):
        return False
    parts = [part for part in parts if part is not True]
    if not parts:
        return True
    return parts[0] if len(parts) == 1 else {"$and": parts}


def any_of(conditions: list[Mql]) -> Mql:
    """The $or of conditions, flattened; FALSE for none."""
    parts = _flat(conditions, "$or")
    if any(part is True for part in parts):
        return True
    parts = [part for part in parts if part is not False]
    if not parts:
        return False
    return parts[0] if len(parts) == 1 else {"$or": parts}


def _flat(conditions: list[Mql], operator: str) -> list[Mql]:
    parts: list[Mql] = []
    for each in conditions:
        inner = each.get(operator) if isinstance(each, dict) else None
        if isinstance(inner, list):
            parts += inner
        else:
            parts.append(each)
    return parts
