"""Functions that exist only over a window.

A body gets what its `needs` says and gives the operator of `$setWindowFields`:
"rows" and "frame" bodies the lowered arguments and the window, "rank" bodies
nothing. What LAG and LEAD shift is a wrapper document, for $shift gives null
beyond the partition and a value may be null as well.
"""

from __future__ import annotations

from typing import Any

from queryleaf_dbapi.functions.arguments import Anything, Integer, optional, same_as
from queryleaf_dbapi.functions.registry import mql, window
from queryleaf_dbapi.plan.signature import Mql
from queryleaf_dbapi.types import BIGINT


@window(
    "ROW_NUMBER",
    args=[],
    returns=BIGINT,
    needs="rows",
    never_null=True,
    parsed_as="RowNumber()",
)
def row_number() -> Mql:
    """The row's number in its partition, from 1."""
    # not $documentNumber, which allows one sort key only
    return {"$sum": 1, "window": {"documents": ["unbounded", "current"]}}


@window(
    "RANK",
    args=[],
    returns=BIGINT,
    needs="rank",
    never_null=True,
    parsed_as="Rank()",
)
def rank() -> Mql:
    """The number of the row's first peer: equal rows share it, then it jumps."""
    return {"$rank": {}}


@window(
    "DENSE_RANK",
    args=[],
    returns=BIGINT,
    needs="rank",
    never_null=True,
    parsed_as="DenseRank()",
)
def dense_rank() -> Mql:
    """The number of the row's group of peers, without jumps."""
    return {"$denseRank": {}}


def _shift(value: Mql, by: int) -> Mql:
    return {"$shift": {"output": {"v": mql("$ifNull", value, None)}, "by": by}}


@window(
    "LAG",
    args=[Anything, optional(Integer), optional(Anything)],
    returns=same_as(0),
    needs="shift",
    parsed_as="Lag(this, offset, default)",
)
def lag(value: Mql, offset: int) -> Mql:
    """The value of the row so many rows before (1 unless given), or the default
    where there is none."""
    return _shift(value, -offset)


@window(
    "LEAD",
    args=[Anything, optional(Integer), optional(Anything)],
    returns=same_as(0),
    needs="shift",
    parsed_as="Lead(this, offset, default)",
)
def lead(value: Mql, offset: int) -> Mql:
    """The value of the row so many rows after, or the default."""
    return _shift(value, offset)


@window(
    "FIRST_VALUE",
    args=[Anything],
    returns=same_as(0),
    needs="frame",
    parsed_as="FirstValue(this)",
)
def first_value(value: Mql) -> dict[str, Any]:
    """The value of the first row of the frame."""
    return {"$first": mql("$ifNull", value, None)}


@window(
    "LAST_VALUE",
    args=[Anything],
    returns=same_as(0),
    needs="frame",
    parsed_as="LastValue(this)",
)
def last_value(value: Mql) -> dict[str, Any]:
    """The value of the last row of the frame."""
    return {"$last": mql("$ifNull", value, None)}
