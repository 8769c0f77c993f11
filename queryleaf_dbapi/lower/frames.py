"""Frames as the bounds of $setWindowFields, and the frames it does not have.

ROWS are its `documents`. GROUPS are a `range` over the dense rank, for MongoDB's own
"current" of a range is the row and not its peers. RANGE with an offset is a `range`
over the sort key made a number that grows: dates as milliseconds, a descending key
negated, NULLs so far away that no offset reaches them.

EXCLUDE is not there: the frame's rows are gathered, those left out are filtered, and
each accumulator has an operator of its name over arrays.
"""

from __future__ import annotations

from typing import Any

from bson.decimal128 import Decimal128
from bson.int64 import Int64

from queryleaf_dbapi.lower import expression
from queryleaf_dbapi.lower.context import Context, all_of, any_of
from queryleaf_dbapi.lower.limits import count_value
from queryleaf_dbapi.lower.pipeline import Mql
from queryleaf_dbapi.mongo.slots import CountRule, milliseconds
from queryleaf_dbapi.mongo.stages import Document
from queryleaf_dbapi.plan.expressions import Literal, SortKey
from queryleaf_dbapi.plan.relations import Bound, Frame, Offset
from queryleaf_dbapi.types import Family

# beyond every key, and no offset reaches it or leads away from it; a double would:
# the server adds bounds as decimals
_FAR, _FAR_BELOW = Decimal128("1E+6000"), Decimal128("-1E+6000")
_FAR_DATE = Int64(8_000_000_000_000_000)  # the same in milliseconds of a date


def documents_window(frame: Frame) -> Document:
    """The bounds of a ROWS frame."""
    bounds = [
        _counted(frame.start, CountRule.FRAME_START),
        _counted(frame.end, CountRule.FRAME_END),
    ]
    return {"documents": ["current" if bound == 0 else bound for bound in bounds]}


def groups_window(frame: Frame) -> Document:
    """The bounds of a GROUPS frame over the dense rank."""
    return {
        "range": [
            _counted(frame.start, CountRule.FRAME_START),
            _counted(frame.end, CountRule.FRAME_END),
        ]
    }


def _counted(bound: Bound, rule: CountRule) -> Any:
    if bound is None:
        return "unbounded"
    if isinstance(bound, int):
        return bound
    return count_value(bound.value, rule, bound.sign)


def range_window(frame: Frame) -> Document:
    """The bounds of a RANGE frame over the key that `range_key` makes."""
    bounds = [_distance(each) for each in (frame.start, frame.end)]
    window: Document = {"range": bounds}
    if _in_months(frame):
        window["unit"] = "month"
    return window


def _distance(bound: Bound) -> Any:
    if bound is None:
        return "unbounded"
    if isinstance(bound, int):
        return bound
    value = bound.value
    if isinstance(value, Literal):
        if isinstance(value.value, dict):
            return bound.sign * (
                value.value.get("months", 0) or milliseconds(value.value)
            )
        return value.value if bound.sign > 0 else _negated(value)
    return count_value(value, CountRule.RANGE, bound.sign)


def _negated(value: Literal) -> Any:
    load, dump = value.type.load, value.type.dump
    return -value.value if load is None else dump(-load(value.value))


def _in_months(frame: Frame) -> bool:
    offsets = [each for each in (frame.start, frame.end) if isinstance(each, Offset)]
    return any(
        isinstance(each.value, Literal)
        and isinstance(each.value.value, dict)
        and each.value.value.get("months")
        for each in offsets
    )


def range_key(context: Context, frame: Frame, key: SortKey) -> Mql:
    """The sort key of a RANGE frame: rising, and never NULL."""
    value = expression.lower_value(context, key.expression)
    far: Any = _FAR
    if _in_months(frame):
        far = {"$toDate": Int64(-_FAR_DATE if key.nulls_first else _FAR_DATE)}
    else:
        if key.expression.type.family in (Family.DATE, Family.TIMESTAMP):
            value = {"$toLong": value}
        if key.descending:
            value = {"$multiply": [value, -1]}
        far = _FAR_BELOW if key.nulls_first else _FAR
    return {"$ifNull": [value, far]} if key.expression.nullable else value


def kept(frame: Frame, items: str, row: str, dense: str) -> Mql:
    """The gathered items that EXCLUDE leaves; each has its row and group number."""
    same_row = {"$eq": ["$$this.row", f"${row}"]}
    other_group = {"$ne": ["$$this.dense", f"${dense}"]}
    if frame.exclude == "GROUP":
        condition: Mql = other_group
    elif frame.exclude == "TIES":
        condition = any_of([other_group, same_row])
    else:
        condition = {"$ne": ["$$this.row", f"${row}"]}
    return {"$filter": {"input": f"${items}", "cond": all_of([condition])}}


def over_items(accumulator: Document, path: str) -> Mql:
    """An accumulator's operator over the array at the path: {"$sum": x} as a sum of
    all the x. What an item lacks (`$$REMOVE`) is not in the array."""
    (operator,) = accumulator
    return path if operator == "$push" else {operator: path}
