"""+ and - of dates, timestamps and intervals."""

from __future__ import annotations

from queryleaf_dbapi.functions.arguments import (
    Date,
    Integer,
    Interval,
    Temporal,
    Time,
)
from queryleaf_dbapi.functions.arguments import Timestamp as TimestampKind
from queryleaf_dbapi.functions.intervals import (
    DAY,
    interval_of,
    milliseconds_of_time,
)
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.temporal import timestamp_of
from queryleaf_dbapi.functions.temporal_arithmetic import shifted
from queryleaf_dbapi.functions.variables import let
from queryleaf_dbapi.plan.signature import Mql
from queryleaf_dbapi.types import DATE, INTEGER, INTERVAL, TIMESTAMP


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
    return mql("$add", day, mql("$multiply", count, DAY))


@function(
    "-",
    args=[Date, Integer],
    returns=DATE,
    symbol="-",
    examples={"DATE '2024-03-01' - 1 = DATE '2024-02-29'": True},
)
def subtract_days(day: Mql, count: Mql) -> Mql:
    """The date so many days earlier."""
    return mql("$subtract", day, mql("$multiply", count, DAY))


@function(
    "-",
    args=[Date, Date],
    returns=INTEGER,
    symbol="-",
    examples={"DATE '2024-03-01' - DATE '2024-02-28'": 2},
)
def days_between(later: Mql, earlier: Mql) -> Mql:
    """The number of days between two dates."""
    days = mql("$dateDiff", startDate=earlier, endDate=later, unit="day")
    return mql("$toInt", days)


def _distance(later: Mql, earlier: Mql) -> Mql:
    def split(total: Mql) -> Mql:
        days = mql("$trunc", mql("$divide", total, DAY))
        return interval_of(0, days, mql("$mod", total, DAY))

    return let(split, total=mql("$toLong", mql("$subtract", later, earlier)))


@function(
    "-",
    args=[TimestampKind, Temporal],
    returns=INTERVAL,
    symbol="-",
    examples={
        "TIMESTAMP '2024-03-01 12:00:00' - TIMESTAMP '2024-02-28' "
        "= INTERVAL '2 days 12:00'": True,
    },
)
def time_between(later: Mql, earlier: Mql) -> Mql:
    """The interval between two timestamps, in days and time."""
    return _distance(later, earlier)


@function("-", args=[Date, TimestampKind], returns=INTERVAL, symbol="-")
def time_until_date(later: Mql, earlier: Mql) -> Mql:
    """The interval between two timestamps, in days and time."""
    return _distance(later, earlier)


@function("+", args=[Integer, Date], returns=DATE, symbol="+")
def add_date_to_days(count: Mql, day: Mql) -> Mql:
    """The date so many days later."""
    return mql("$add", day, mql("$multiply", count, DAY))


def _at(day: Mql, time: Mql) -> Mql:
    elapsed = mql("$toLong", mql("$round", milliseconds_of_time(time), 0))
    return mql("$add", day, elapsed)


@function(
    "+",
    args=[Date, Time],
    returns=TIMESTAMP,
    symbol="+",
    examples={
        "DATE '2024-02-29' + TIME '03:00' = TIMESTAMP '2024-02-29 03:00:00'": True
    },
)
def add_time_to_date(day: Mql, time: Mql) -> Mql:
    """The timestamp of a date and a time of day."""
    return _at(day, time)


@function("+", args=[Time, Date], returns=TIMESTAMP, symbol="+")
def add_date_to_time(time: Mql, day: Mql) -> Mql:
    """The timestamp of a date and a time of day."""
    return _at(day, time)
