"""Functions that exist only over a window.

What a function `needs` decides what its body gets:

    place   the numbers in `reads` ("row", "count", "rank", "dense", "through"), then
            the arguments; gives the result
    shift   the value, and which row relative to this one; gives `$shift`
    frame   the value; gives an accumulator over the rows of the frame

"through" is how many rows there are up to the last peer. What LAG and LEAD shift is
a wrapper document, for $shift gives null beyond the partition and a value may be null
as well.
"""

from __future__ import annotations

from typing import Any

from queryleaf_dbapi.functions.arguments import Anything, Integer, optional, same_as
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.functions.registry import mql, window
from queryleaf_dbapi.functions.variables import is_null, let
from queryleaf_dbapi.plan.signature import Mql
from queryleaf_dbapi.types import BIGINT, DOUBLE, INTEGER


@window(
    "ROW_NUMBER",
    args=[],
    returns=BIGINT,
    needs="place",
    reads=["row"],
    never_null=True,
    parsed_as="RowNumber()",
)
def row_number(row: Mql) -> Mql:
    """The row's number in its partition, from 1."""
    return row


@window(
    "RANK",
    args=[],
    returns=BIGINT,
    needs="place",
    reads=["rank"],
    never_null=True,
    parsed_as="Rank()",
)
def rank(first: Mql) -> Mql:
    """The number of the row's first peer: equal rows share it, then it jumps."""
    return first


@window(
    "DENSE_RANK",
    args=[],
    returns=BIGINT,
    needs="place",
    reads=["dense"],
    never_null=True,
    parsed_as="DenseRank()",
)
def dense_rank(dense: Mql) -> Mql:
    """The number of the row's group of peers, without jumps."""
    return dense


@window(
    "PERCENT_RANK",
    args=[],
    returns=DOUBLE,
    needs="place",
    reads=["rank", "count"],
    never_null=True,
    parsed_as="PercentRank()",
)
def percent_rank(first: Mql, count: Mql) -> Mql:
    """(rank - 1) / (rows - 1), and 0 for an only row."""
    before, others = mql("$subtract", first, 1), mql("$subtract", count, 1)
    share = mql("$divide", before, mql("$max", [1, others]))
    return mql("$toDouble", share)


@window(
    "CUME_DIST",
    args=[],
    returns=DOUBLE,
    needs="place",
    reads=["through", "count"],
    never_null=True,
    parsed_as="CumeDist()",
)
def cume_dist(through: Mql, count: Mql) -> Mql:
    """The share of rows up to the row's last peer."""
    return mql("$toDouble", mql("$divide", through, count))


@window(
    "NTILE",
    args=[Integer],
    returns=INTEGER,
    needs="place",
    reads=["row", "count"],
    parsed_as="Ntile(this)",
)
def ntile(row: Mql, count: Mql, buckets: Mql) -> Mql:
    """The number of the row's bucket when the partition is dealt into so many
    buckets of the same size; the first ones take what is left over."""

    def build(row: Mql, count: Mql, n: Mql) -> Mql:
        checked = raise_unless(
            mql("$gt", n, 0), n, "22014", "argument of ntile must be greater than zero"
        )

        def place(buckets: Mql) -> Mql:
            larger = mql("$mod", count, buckets)
            size = mql("$subtract", count, larger)
            size = mql("$divide", size, buckets)
            return let(
                lambda size, larger: _bucket(row, size, larger),
                size=size,
                larger=larger,
            )

        return mql("$cond", is_null(n), None, let(place, buckets=checked))

    return let(build, row=row, count=count, n=buckets)


def _bucket(row: Mql, size: Mql, larger: Mql) -> Mql:
    """`larger` buckets of `size` + 1 rows come first."""
    in_larger = mql("$multiply", larger, mql("$add", size, 1))
    first = mql("$ceil", mql("$divide", row, mql("$add", size, 1)))
    past = mql("$subtract", row, in_larger)
    rest = mql("$ceil", mql("$divide", past, mql("$max", [1, size])))
    found = mql("$cond", mql("$lte", row, in_larger), first, mql("$add", larger, rest))
    return mql("$toInt", found)


def _shift(value: Mql, by: Mql) -> Mql:
    return {"$shift": {"output": {"v": mql("$ifNull", value, None)}, "by": by}}


@window(
    "LAG",
    args=[Anything, optional(Integer), optional(Anything)],
    returns=same_as(0),
    needs="shift",
    direction=-1,
    parsed_as="Lag(this, offset, default)",
)
def lag(value: Mql, by: Mql) -> Mql:
    """The value of the row so many rows before (1 unless given), or the default
    where there is none."""
    return _shift(value, by)


@window(
    "LEAD",
    args=[Anything, optional(Integer), optional(Anything)],
    returns=same_as(0),
    needs="shift",
    parsed_as="Lead(this, offset, default)",
)
def lead(value: Mql, by: Mql) -> Mql:
    """The value of the row so many rows after, or the default."""
    return _shift(value, by)


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


@window(
    "NTH_VALUE",
    args=[Anything, Integer],
    returns=same_as(0),
    needs="frame",
    parsed_as="NthValue(this, offset)",
)
def nth_value(value: Mql) -> dict[str, Any]:
    """The value of the row of that number in the frame, from 1; NULL beyond it."""
    return {"$push": mql("$ifNull", value, None)}
