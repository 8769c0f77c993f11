"""+ and - of dates, timestamps and intervals."""

from __future__ import annotations

from queryleaf_dbapi.functions.arguments import Date, Integer, Interval, Temporal
from queryleaf_dbapi.functions.arguments import Timestamp as TimestampKind
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.temporal import timestamp_of
from queryleaf_dbapi.functions.temporal_arithmetic import shifted
from queryleaf_dbapi.plan.signature import Mql
from queryleaf_dbapi.types import DATE, INTEGER, INTERVAL

_DAY = 86_400_000


@function(
    "+",
    args=[Temporal, Interval],
    returns=timestamp_of,
    symbol="+",
    examples={
        "TIMESTAMP '2024-01-31 10:00:00' + INTERVAL '1 month' "
        "= TIMESTAMP '2024-02-29 10:00:00'": True,
    },
)
def add_interval(moment: Mql, interval: Mql) -> Mql:
    """The moment an interval later."""
    return shifted(moment, interval, 1)


@function(
    "+",
    args=[Interval, Temporal],
    returns=lambda types: timestamp_of(types[1:]),
    symbol="+",
)
def add_to_interval(interval: Mql, moment: Mql) -> Mql:
    """The moment an interval later."""
    return shifted(moment, interval, 1)


@function(
    "-",
    args=[Temporal, Interval],
    returns=timestamp_of,
    symbol="-",
    examples={
        "TIMESTAMP '2024-03-31 00:00:00' - INTERVAL '1 month 1 day' "
        "= TIMESTAMP '2024-02-28 00:00:00'": True,
    },
)
def subtract_interval(moment: Mql, interval: Mql) -> Mql:
    """The moment an interval earlier."""
    return shifted(moment, interval, -1)


@function(
    "+",
    args=[Date, Integer],
    returns=DATE,
    symbol="+",
    examples={"DATE '2024-02-28' + 2 = DATE '2024-03-01'": True},
)
def add_days(day: Mql, count: Mql) -> Mql:
    """The date so many days later."""
    return mql("$add", day, mql("$multiply", count, _DAY))


@function(
    "-",
    args=[Date, Integer],
    returns=DATE,
    symbol="-",
    examples={"DATE '2024-03-01' - 1 = DATE '2024-02-29'": True},
)
def subtract_days(day: Mql, count: Mql) -> Mql:
    """The date so many days earlier."""
    return mql("$subtract", day, mql("$multiply", count, _DAY))


@function(
    "-",
    args=[Date, Date],
    returns=INTEGER,
    symbol="-",
    examples={"DATE '2024-03-01' - DATE '2024-02-28'": 2},
)
def days_between(later: Mql, earlier: Mql) -> Mql:
    """The number of days between two dates."""
    return mql("$dateDiff", startDate=earlier, endDate=later, unit="day")


@function(
    "-",
    args=[TimestampKind, Temporal],
    returns=INTERVAL,
    symbol="-",
)
def time_between(later: Mql, earlier: Mql) -> Mql:
    """The interval between two timestamps, in days and time."""
    total = mql("$subtract", later, earlier)
    days = mql("$trunc", mql("$divide", total, _DAY))
    return {
        "months": {"$literal": 0},
        "days": mql("$toInt", days),
        "milliseconds": mql("$mod", total, _DAY),
    }
