"""ORDER BY: the paths a $sort or a window is ordered by.

The server puts NULL before everything, PostgreSQL behind: where those differ a
computed key stands in for the column.
"""

from __future__ import annotations

from bson.max_key import MaxKey

from queryleaf_dbapi.errors import ProgramLimitExceeded
from queryleaf_dbapi.lower import expression
from queryleaf_dbapi.lower.context import Context
from queryleaf_dbapi.lower.pipeline import Mql, Pipeline, as_field, is_constant, is_path
from queryleaf_dbapi.mongo import stages as mongo
from queryleaf_dbapi.plan.expressions import SortKey

_MAX_SORT_KEYS = 32


def add_sort(pipeline: Pipeline, keys: tuple[SortKey, ...]) -> None:
    """$sort with PostgreSQL's place for NULLs."""
    order = sort_order(pipeline, keys)
    if order:
        pipeline.add(mongo.Sort(order))


def sort_order(pipeline: Pipeline, keys: tuple[SortKey, ...]) -> dict[str, int]:
    """The paths to sort by, 1 up and -1 down; constants order nothing."""
    context = Context(pipeline)
    added: dict[str, Mql] = {}
    order: dict[str, int] = {}
    for key in keys:
        value = expression.lower_value(context, key.expression)
        if is_constant(value):
            continue
        direction = -1 if key.descending else 1
        order.setdefault(_sort_path(pipeline, key, value, added), direction)
    if len(order) > _MAX_SORT_KEYS:
        raise ProgramLimitExceeded(
            f"ORDER BY has {len(order)} keys; the server sorts by {_MAX_SORT_KEYS}"
        )
    if added:
        pipeline.add(mongo.Set(added))
    return order


def _sort_path(
    pipeline: Pipeline, key: SortKey, value: Mql, added: dict[str, Mql]
) -> str:
    """The path to sort by: the column's own, or that of a field `added` gets."""
    keyed = key.expression
    sql_type = keyed.type
    native = not keyed.nullable or key.nulls_first is not key.descending
    whole = not sql_type.may_hold_array  # else the server sorts by an element
    if native and whole and is_path(value):
        return str(value[1:])
    if not native:
        value = {"$ifNull": [value, MaxKey()]}
    elif not whole:
        value = {"$ifNull": [value, None]}
    name = pipeline.fresh("sort")
    added[name] = as_field(value if whole else {"v": value})
    return name


def any_order(pipeline: Pipeline) -> dict[str, int]:
    """Where a window needs an order and the statement has none: any will do."""
    name = pipeline.fresh("order")
    pipeline.add(mongo.Set({name: as_field(1)}))
    return {name: 1}
