"""Arithmetic of intervals: months, days and milliseconds, each for itself."""

from __future__ import annotations

from typing import Any

from bson.decimal128 import Decimal128

from queryleaf_dbapi.functions.arguments import Integer, Interval, Number, optional
from queryleaf_dbapi.functions.arguments import Time as TimeKind
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.variables import constant, let
from queryleaf_dbapi.plan.signature import Mql
from queryleaf_dbapi.types import BIGINT, INTERVAL, TIME

DAY = 86_400_000


def part(interval: Mql, name: str) -> Mql:
    """One of months, days and milliseconds of an interval."""
    known = constant(interval)
    if isinstance(known, dict):
        return int(known[name])
    if isinstance(interval, str):
        return f"{interval}.{name}"
    return {"$getField": {"field": name, "input": interval}}


def parts(interval: Mql) -> tuple[Mql, Mql, Mql]:
    """Months, days and milliseconds."""
    return (
        part(interval, "months"),
        part(interval, "days"),
        part(interval, "milliseconds"),
    )


def interval_of(months: Mql, days: Mql, milliseconds: Mql) -> dict[str, Any]:
    """The interval of whole numbers."""

    def whole(operator: str, value: Mql) -> Mql:
        return {"$literal": value} if isinstance(value, int) else mql(operator, value)

    return {
        "months": whole("$toInt", months),
        "days": whole("$toInt", days),
        "milliseconds": whole("$toLong", milliseconds),
    }


def length_of(interval: Mql) -> Mql:
    """How long an interval counts in a comparison: a month is 30 days."""
    months, days, rest = parts(interval)
    in_days = mql("$add", mql("$multiply", months, 30), days)
    return mql("$add", mql("$multiply", mql("$toLong", in_days), DAY), rest)


@function(
    "length of interval",
    args=[Interval],
    returns=BIGINT,
    examples={
        "INTERVAL '1 month' = INTERVAL '30 days'": True,
        "INTERVAL '1 month' = NULL::interval": None,
    },
)
def interval_length(interval: Mql) -> Mql:
    """What intervals are compared by: their milliseconds, a month being 30 days."""
    return let(length_of, interval=interval)


def _joined(operator: str, left: Mql, right: Mql) -> Mql:
    def build(left: Mql, right: Mql) -> Mql:
        pairs = zip(parts(left), parts(right), strict=True)
        return interval_of(*(mql(operator, a, b) for a, b in pairs))

    return let(build, left=left, right=right)


@function(
    "+",
    args=[Interval, Interval],
    returns=INTERVAL,
    symbol="+",
    examples={"INTERVAL '1 day' + INTERVAL '2 hours' = INTERVAL '26 hours'": True},
)
def add_intervals(left: Mql, right: Mql) -> Mql:
    """The sum, part by part."""
    return _joined("$add", left, right)


@function("-", args=[Interval, Interval], returns=INTERVAL, symbol="-")
def subtract_intervals(left: Mql, right: Mql) -> Mql:
    """The difference, part by part."""
    return _joined("$subtract", left, right)


@function("negate", args=[Interval], returns=INTERVAL, symbol="-")
def negate_interval(interval: Mql) -> Mql:
    """The interval with the other sign, part by part."""
    return let(
        lambda interval: interval_of(
            *(mql("$subtract", 0, each) for each in parts(interval))
        ),
        interval=interval,
    )


def _scaled(operator: str, interval: Mql, factor: Mql) -> Mql:
    """A fraction of a month goes on as days, one of a day as time, rounded as
    PostgreSQL rounds them."""

    def build(interval: Mql, factor: Mql) -> Mql:
        scaled = [
            mql(operator, mql("$toDecimal", each), factor) for each in parts(interval)
        ]
        return let(spread, months=scaled[0], days=scaled[1], rest=scaled[2])

    def spread(months: Mql, days: Mql, rest: Mql) -> Mql:
        left_over = mql("$subtract", months, mql("$trunc", months))
        more_days = mql("$round", mql("$multiply", left_over, 30), 6)
        return let(lambda more: finish(months, days, rest, more), more=more_days)

    def finish(months: Mql, days: Mql, rest: Mql, more: Mql) -> Mql:
        fraction = mql(
            "$add",
            mql("$subtract", days, mql("$trunc", days)),
            mql("$subtract", more, mql("$trunc", more)),
        )
        seconds = mql("$round", mql("$multiply", fraction, 86_400), 6)

        def carry(seconds: Mql) -> Mql:
            full = mql("$trunc", mql("$divide", seconds, 86_400))
            time = mql(
                "$add", rest, mql("$multiply", mql("$mod", seconds, 86_400), 1000)
            )
            return interval_of(
                mql("$trunc", months),
                mql("$add", mql("$trunc", days), mql("$trunc", more), full),
                mql("$round", time, 0),
            )

        return let(carry, seconds=seconds)

    return let(build, interval=interval, factor=mql("$toDecimal", factor))


@function(
    "*",
    args=[Interval, Number],
    returns=INTERVAL,
    symbol="*",
    examples={"INTERVAL '1 month' * 0.5 = INTERVAL '15 days'": True},
)
def multiply_interval(interval: Mql, factor: Mql) -> Mql:
    """The interval so many times."""
    return _scaled("$multiply", interval, factor)


@function("*", args=[Number, Interval], returns=INTERVAL, symbol="*")
def multiply_by_interval(factor: Mql, interval: Mql) -> Mql:
    """The interval so many times."""
    return _scaled("$multiply", interval, factor)


@function(
    "/",
    args=[Interval, Number],
    returns=INTERVAL,
    symbol="/",
    examples={"INTERVAL '1 year' / 5 = INTERVAL '2 months 12 days'": True},
)
def divide_interval(interval: Mql, divisor: Mql) -> Mql:
    """The interval in so many equal parts."""
    return _scaled("$divide", interval, divisor)


def _whole(number: Mql, unit: int) -> Mql:
    return mql("$trunc", mql("$divide", number, unit))


def _carried(small: Mql, large: Mql, size: int) -> tuple[Mql, Mql]:
    """What is over `size` of the small part goes to the large one, and both get one
    sign, as PostgreSQL justifies."""
    total = mql("$add", large, _whole(small, size))
    rest = mql("$mod", small, size)
    down = mql("$and", mql("$gt", total, 0), mql("$lt", rest, 0))
    up = mql("$and", mql("$lt", total, 0), mql("$gt", rest, 0))
    shift = mql("$cond", down, -1, mql("$cond", up, 1, 0))
    return (
        mql("$subtract", rest, mql("$multiply", shift, size)),
        mql("$add", total, shift),
    )


@function(
    "JUSTIFY_DAYS",
    args=[Interval],
    returns=INTERVAL,
    parsed_as="JustifyDays(this)",
    examples={
        "EXTRACT(DAY FROM JUSTIFY_DAYS(INTERVAL '35 days')) = 5": True,
        "JUSTIFY_DAYS(NULL)": None,
    },
)
def justify_days(interval: Mql) -> Mql:
    """30 days become a month."""

    def build(interval: Mql) -> Mql:
        months, days, rest = parts(interval)
        days, months = _carried(days, months, 30)
        return interval_of(months, days, rest)

    return let(build, interval=interval)


@function(
    "JUSTIFY_HOURS",
    args=[Interval],
    returns=INTERVAL,
    parsed_as="JustifyHours(this)",
    examples={
        "EXTRACT(HOUR FROM JUSTIFY_HOURS(INTERVAL '27 hours')) = 3": True,
        "JUSTIFY_HOURS(NULL)": None,
    },
)
def justify_hours(interval: Mql) -> Mql:
    """24 hours become a day."""

    def build(interval: Mql) -> Mql:
        months, days, rest = parts(interval)
        rest, days = _carried(rest, days, DAY)
        return interval_of(months, days, rest)

    return let(build, interval=interval)


@function(
    "JUSTIFY_INTERVAL",
    args=[Interval],
    returns=INTERVAL,
    parsed_as="JustifyInterval(this)",
    examples={
        "EXTRACT(DAY FROM JUSTIFY_INTERVAL(INTERVAL '1 mon -1 hour')) = 29": True,
        "JUSTIFY_INTERVAL(NULL)": None,
    },
)
def justify_interval(interval: Mql) -> Mql:
    """24 hours become a day, 30 days a month, all with one sign."""

    def build(interval: Mql) -> Mql:
        total = length_of(interval)
        return let(split, total=total)

    def split(total: Mql) -> Mql:
        days = _whole(total, DAY)
        return interval_of(
            _whole(days, 30), mql("$mod", days, 30), mql("$mod", total, DAY)
        )

    return let(build, interval=interval)


@function(
    "MAKE_INTERVAL",
    args=[
        *(optional(Integer), optional(Integer), optional(Integer), optional(Integer)),
        *(optional(Integer), optional(Integer), optional(Number)),
    ],
    returns=INTERVAL,
    parsed_as="MakeInterval(year, month, week, day, hour, minute, second)",
    examples={
        "MAKE_INTERVAL(1, 2) = INTERVAL '14 months'": True,
        "MAKE_INTERVAL(days => 10) = INTERVAL '10 days'": True,
        "MAKE_INTERVAL(NULL)": None,
    },
)
def make_interval(
    years: Mql = 0,
    months: Mql = 0,
    weeks: Mql = 0,
    days: Mql = 0,
    hours: Mql = 0,
    minutes: Mql = 0,
    seconds: Mql = 0,
) -> Mql:
    """The interval of years, months, weeks, days, hours, minutes and seconds, which
    may be named: `MAKE_INTERVAL(days => 10)`."""
    time = mql(
        "$add",
        mql("$multiply", hours, 3_600_000),
        mql("$multiply", minutes, 60_000),
        mql("$round", mql("$multiply", mql("$toDecimal", seconds), 1000), 0),
    )
    return interval_of(
        mql("$add", mql("$multiply", years, 12), months),
        mql("$add", mql("$multiply", weeks, 7), days),
        time,
    )


def milliseconds_of_time(time: Mql) -> Mql:
    """Those of a TIME since midnight; the text has them to the microsecond."""

    def build(time: Mql) -> Mql:
        hour = mql("$toLong", mql("$substrCP", time, 0, 2))
        minute = mql("$toLong", mql("$substrCP", time, 3, 2))
        second = mql("$toDecimal", mql("$substrCP", time, 6, 9))
        return mql(
            "$add",
            mql("$multiply", hour, 3_600_000),
            mql("$multiply", minute, 60_000),
            mql("$multiply", second, 1000),
        )

    return let(build, time=time)


def time_of_milliseconds(number: Mql) -> Mql:
    """The TIME so long after midnight, a day being taken off or put on as needed."""

    def build(over: Mql) -> Mql:
        whole = mql("$floor", over)
        date = mql("$toDate", mql("$toLong", whole))
        micro = mql("$toLong", mql("$round", mql("$multiply", over, 1000), 0))
        last = mql("$toString", mql("$add", mql("$mod", micro, 1000), 1000))
        return mql(
            "$concat",
            mql("$dateToString", date=date, format="%H:%M:%S.%L"),
            mql("$substrCP", last, 1, 3),
        )

    day = Decimal128(str(DAY))
    once = mql("$mod", mql("$add", mql("$mod", number, day), day), day)
    return let(build, over=once)


def _moved(operator: str, time: Mql, interval: Mql) -> Mql:
    return time_of_milliseconds(
        mql(operator, milliseconds_of_time(time), part(interval, "milliseconds"))
    )


@function(
    "+",
    args=[TimeKind, Interval],
    returns=TIME,
    symbol="+",
    examples={"TIME '23:30' + INTERVAL '1 hour' = TIME '00:30'": True},
)
def add_to_time(time: Mql, interval: Mql) -> Mql:
    """The time of day later by the hours of an interval; it goes round at midnight."""
    return _moved("$add", time, interval)


@function("+", args=[Interval, TimeKind], returns=TIME, symbol="+")
def add_time_to_interval(interval: Mql, time: Mql) -> Mql:
    """The time of day later by the hours of an interval."""
    return _moved("$add", time, interval)


@function("-", args=[TimeKind, Interval], returns=TIME, symbol="-")
def subtract_from_time(time: Mql, interval: Mql) -> Mql:
    """The time of day earlier by the hours of an interval."""
    return _moved("$subtract", time, interval)


@function("-", args=[TimeKind, TimeKind], returns=INTERVAL, symbol="-")
def between_times(later: Mql, earlier: Mql) -> Mql:
    """The interval between two times of day."""
    difference = mql(
        "$subtract", milliseconds_of_time(later), milliseconds_of_time(earlier)
    )
    return interval_of(0, 0, mql("$round", difference, 0))
