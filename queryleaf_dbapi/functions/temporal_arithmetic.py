"""Dates moved by intervals and units, and the distances between them.

The operators date + interval and date - date are in `operators.py`.
"""

from __future__ import annotations

from queryleaf_dbapi.functions.arguments import Integer, Interval, Temporal, keyword
from queryleaf_dbapi.functions.intervals import DAY, part, parts
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.temporal import timestamp_of
from queryleaf_dbapi.functions.variables import let
from queryleaf_dbapi.plan.signature import Mql, Nulls
from queryleaf_dbapi.types import BIGINT, INTEGER, TIMESTAMP, Family, SqlType


def _same_moment(types: tuple[SqlType, ...]) -> SqlType:
    """A date stays a date, a timestamp a timestamp."""
    found = [t for t in types if t.family in (Family.DATE, Family.TIMESTAMP)]
    return found[0] if found else TIMESTAMP


def by_months(moment: Mql, months: Mql, unit: str = "month") -> Mql:
    """The moment so many months (or quarters, years) later, held within the month.

    MongoDB 6.0 counts a fraction of a second before 1970 wrongly there, so it is
    taken off first and put back.
    """

    def build(moment: Mql) -> Mql:
        since = mql("$toLong", moment)
        over = mql("$mod", mql("$add", mql("$mod", since, 1000), 1000), 1000)
        whole = mql("$subtract", moment, over)
        moved = mql("$dateAdd", startDate=whole, unit=unit, amount=months)
        return mql("$add", moved, over)

    return let(build, moment=moment)


def shifted(moment: Mql, interval: Mql, sign: int = 1) -> Mql:
    """The moment plus (or minus) an interval, as PostgreSQL adds: the months, where
    the day is held within the month, then the days, then the time."""

    def build(interval: Mql) -> Mql:
        months, days, rest = parts(interval)
        if isinstance(months, int):
            start = by_months(moment, sign * months) if months else moment
            return mql("$add", start, sign * (days * DAY + rest))
        if sign < 0:
            months = mql("$subtract", 0, months)
        time = mql("$add", mql("$multiply", mql("$toLong", days), DAY), rest)
        operator = "$add" if sign > 0 else "$subtract"
        return mql(operator, by_months(moment, months), time)

    return let(build, interval=interval)


@function(
    "DATE_ADD",
    args=[Temporal, Interval],
    returns=timestamp_of,
    parsed_as="DateAdd(this, expression)",
    examples={
        "DATE_ADD(TIMESTAMP '2024-01-31 10:00:00', INTERVAL '1 month') "
        "= TIMESTAMP '2024-02-29 10:00:00'": True,
        "DATE_ADD(DATE '2024-01-01', NULL)": None,
    },
)
def date_add(moment: Mql, interval: Mql) -> Mql:
    """The moment plus an interval."""
    return shifted(moment, interval)


@function(
    "DATE_SUB",
    args=[Temporal, Interval],
    returns=timestamp_of,
    parsed_as="DateSub(this, expression)",
    aliases=["DATE_SUBTRACT"],
    examples={
        "DATE_SUB(TIMESTAMP '2024-03-31 10:00:00', INTERVAL '1 month') "
        "= TIMESTAMP '2024-02-29 10:00:00'": True,
        "DATE_SUB(NULL, INTERVAL '1 day')": None,
    },
)
def date_sub(moment: Mql, interval: Mql) -> Mql:
    """The moment minus an interval."""
    return shifted(moment, interval, -1)


_STEPS = {
    "yy": "year",
    "yyyy": "year",
    "qq": "quarter",
    "q": "quarter",
    "mm": "month",
    "m": "month",
    "wk": "week",
    "ww": "week",
    "dd": "day",
    "d": "day",
    "hh": "hour",
    "mi": "minute",
    "n": "minute",
    "ss": "second",
    "s": "second",
    "ms": "millisecond",
}
_UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
StepUnit = keyword("unit", *_UNITS, "millisecond", *_STEPS)


@function(
    "DATEADD",
    args=[StepUnit, Integer, Temporal],
    returns=_same_moment,
    nulls=Nulls.NATIVE,
    examples={
        "DATEADD(month, 1, DATE '2024-01-31') = DATE '2024-02-29'": True,
        "DATEADD(hour, -2, TIMESTAMP '2024-01-01 01:00:00') "
        "= TIMESTAMP '2023-12-31 23:00:00'": True,
        "DATEADD(day, NULL, DATE '2024-01-31')": None,
    },
)
def dateadd(unit: str, amount: Mql, moment: Mql) -> Mql:
    """T-SQL's spelling: the moment moved by a number of units."""
    step = _STEPS.get(unit, unit)
    if step in ("month", "quarter", "year"):
        return by_months(moment, amount, step)
    return mql("$dateAdd", startDate=moment, unit=step, amount=amount)


@function(
    "DATEDIFF",
    args=[StepUnit, Temporal, Temporal],
    returns=BIGINT,
    nulls=Nulls.NATIVE,
    parsed_as="DateDiff(this, expression, unit)",
    aliases=["DATE_DIFF"],
    examples={
        "DATEDIFF(day, DATE '2024-02-28', DATE '2024-03-01')": 2,
        "DATEDIFF(year, DATE '2023-12-31', DATE '2024-01-01')": 1,
        "DATEDIFF(day, NULL, DATE '2024-03-01')": None,
    },
)
def datediff(unit: str, start: Mql, end: Mql) -> Mql:
    """T-SQL's spelling: how many boundaries of the unit lie between two moments.
    Weeks begin on Sunday."""
    step = _STEPS.get(unit, unit)
    return mql("$dateDiff", startDate=start, endDate=end, unit=step)


@function(
    "DATEDIFF",
    args=[Temporal, Temporal],
    returns=INTEGER,
    nulls=Nulls.NATIVE,
    aliases=["DATE_DIFF"],
    examples={
        "DATEDIFF(DATE '2024-03-01', DATE '2024-02-28')": 2,
        "DATEDIFF(DATE '2024-03-01', NULL)": None,
    },
)
def datediff_in_days(end: Mql, start: Mql) -> Mql:
    """MySQL's spelling: the days from the second date to the first."""
    return mql("$toInt", mql("$dateDiff", startDate=start, endDate=end, unit="day"))


@function(
    "DATE_BIN",
    args=[Interval, Temporal, Temporal],
    returns=timestamp_of,
    parsed_as="DateBin(this, expression, unit)",
    examples={
        "DATE_BIN(INTERVAL '15 minutes', TIMESTAMP '2020-02-11 15:44:17', "
        "TIMESTAMP '2001-01-01') = TIMESTAMP '2020-02-11 15:30:00'": True,
        "DATE_BIN(NULL, TIMESTAMP '2020-02-11 15:44:17', TIMESTAMP '2001-01-01')": None,
    },
)
def date_bin(stride: Mql, moment: Mql, origin: Mql) -> Mql:
    """The start of the bin that contains the moment: bins are as long as the stride
    and one begins at the origin. A stride has no months."""

    def build(stride: Mql, moment: Mql, origin: Mql) -> Mql:
        days = mql("$multiply", part(stride, "days"), 86_400_000)
        width = mql("$add", days, part(stride, "milliseconds"))
        elapsed = mql("$toLong", mql("$subtract", moment, origin))

        def place(width: Mql, elapsed: Mql) -> Mql:
            # $mod has the sign of the dividend; the bin lies before the moment
            over = mql("$mod", elapsed, width)
            over = mql("$mod", mql("$add", over, width), width)
            return raise_unless(
                mql("$gt", width, 0),
                mql("$subtract", moment, over),
                "22008",
                "stride must be greater than zero",
            )

        return raise_unless(
            mql("$eq", part(stride, "months"), 0),
            let(place, width=width, elapsed=elapsed),
            "0A000",
            "timestamps cannot be binned into intervals containing months or years",
        )

    return let(build, stride=stride, moment=moment, origin=origin)
