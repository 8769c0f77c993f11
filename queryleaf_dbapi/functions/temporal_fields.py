"""EXTRACT, DATE_PART and YEAR, MONTH, DAY: one field of a date, time or interval."""

from __future__ import annotations

from collections.abc import Callable

from bson.decimal128 import Decimal128

from queryleaf_dbapi.functions.arguments import Interval, Temporal, Time, keyword
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.variables import let
from queryleaf_dbapi.plan.signature import FunctionDef, Mql, Nulls
from queryleaf_dbapi.types import INTEGER, NUMERIC

_JULIAN_1970 = Decimal128("2440588")


def _milliseconds(moment: Mql) -> Mql:
    """Those since the minute began."""
    seconds = mql("$multiply", mql("$second", moment), 1000)
    return mql("$add", seconds, mql("$millisecond", moment))


def _rounded_up(number: Mql, unit: int) -> Mql:
    """Which group of `unit` the number is in, from 1: centuries, quarters."""
    return mql("$toInt", mql("$ceil", mql("$divide", number, unit)))


def _share(number: Mql, divisor: int) -> Mql:
    return mql("$divide", mql("$toDecimal", number), divisor)


def _days(moment: Mql) -> Mql:
    return _share(mql("$toLong", moment), 86_400_000)


_OF_MOMENT: dict[str, Callable[[Mql], Mql]] = {
    "year": lambda moment: mql("$year", moment),
    "month": lambda moment: mql("$month", moment),
    "day": lambda moment: mql("$dayOfMonth", moment),
    "hour": lambda moment: mql("$hour", moment),
    "minute": lambda moment: mql("$minute", moment),
    "second": lambda moment: _share(_milliseconds(moment), 1000),
    "millisecond": _milliseconds,
    "microsecond": lambda moment: mql("$multiply", _milliseconds(moment), 1000),
    "quarter": lambda moment: _rounded_up(mql("$month", moment), 3),
    "week": lambda moment: mql("$isoWeek", moment),
    "dow": lambda moment: mql("$subtract", mql("$dayOfWeek", moment), 1),
    "isodow": lambda moment: mql("$isoDayOfWeek", moment),
    "doy": lambda moment: mql("$dayOfYear", moment),
    "isoyear": lambda moment: mql("$isoWeekYear", moment),
    "decade": lambda moment: mql("$floor", mql("$divide", mql("$year", moment), 10)),
    "century": lambda moment: _rounded_up(mql("$year", moment), 100),
    "millennium": lambda moment: _rounded_up(mql("$year", moment), 1000),
    "epoch": lambda moment: _share(mql("$toLong", moment), 1000),
    "julian": lambda moment: mql("$add", _days(moment), _JULIAN_1970),
}
Field = keyword("field", *_OF_MOMENT)


@function(
    "EXTRACT",
    args=[Field, Temporal],
    returns=NUMERIC,
    parsed_as="Extract(this, expression)",
    aliases=["DATE_PART"],
    examples={
        "EXTRACT(YEAR FROM DATE '2001-02-16') = 2001": True,
        "EXTRACT(SECOND FROM TIMESTAMP '2001-02-16 20:38:40.12') = 40.12": True,
        "EXTRACT(DOW FROM TIMESTAMP '2001-02-18 20:38:40') = 0": True,
        "EXTRACT(CENTURY FROM DATE '2000-12-16') = 20": True,
        "DATE_PART('epoch', TIMESTAMP '2001-02-16 20:38:40.12') = 982355920.12": True,
        "EXTRACT(YEAR FROM NULL::date)": None,
    },
)
def extract(field: str, moment: Mql) -> Mql:
    """A field of a date or timestamp, as NUMERIC; DATE_PART gives the same."""
    return let(
        lambda moment: mql("$toDecimal", _OF_MOMENT[field](moment)), moment=moment
    )


def _of_interval(field: str, interval: Mql) -> Mql:
    def part(name: str) -> Mql:
        if isinstance(interval, str):
            return f"{interval}.{name}"
        return {"$getField": {"field": name, "input": interval}}

    months, days, rest = part("months"), part("days"), part("milliseconds")

    def whole(number: Mql, unit: int) -> Mql:
        return mql("$trunc", mql("$divide", number, unit))

    years, months_left = whole(months, 12), mql("$mod", months, 12)
    in_minute = mql("$mod", rest, 60_000)
    seconds_of = mql(
        "$add",
        mql("$multiply", years, 31_557_600),  # PostgreSQL's year of 365.25 days
        mql("$multiply", months_left, 2_592_000),
        mql("$multiply", days, 86_400),
        _share(rest, 1000),
    )
    return {
        "year": years,
        "month": months_left,
        "day": days,
        "hour": whole(rest, 3_600_000),
        "minute": mql("$mod", whole(rest, 60_000), 60),
        "second": _share(in_minute, 1000),
        "millisecond": in_minute,
        "microsecond": mql("$multiply", in_minute, 1000),
        "quarter": mql("$add", whole(months_left, 3), 1),
        "decade": whole(months, 120),
        "century": whole(months, 1200),
        "millennium": whole(months, 12_000),
        "epoch": seconds_of,
    }[field]


IntervalField = keyword(
    "field",
    *("year", "month", "day", "hour", "minute", "second", "millisecond"),
    *("microsecond", "quarter", "decade", "century", "millennium", "epoch"),
)


@function(
    "EXTRACT",
    args=[IntervalField, Interval],
    returns=NUMERIC,
    aliases=["DATE_PART"],
    examples={
        "EXTRACT(DAY FROM INTERVAL '40 days 1 minute') = 40": True,
        "EXTRACT(EPOCH FROM INTERVAL '5 days 3 hours') = 442800": True,
    },
)
def extract_from_interval(field: str, interval: Mql) -> Mql:
    """A field of an interval; the parts are not carried over: 40 days are no
    month."""
    return let(
        lambda interval: mql("$toDecimal", _of_interval(field, interval)),
        interval=interval,
    )


TimeField = keyword(
    "field", "hour", "minute", "second", "millisecond", "microsecond", "epoch"
)


@function(
    "EXTRACT",
    args=[TimeField, Time],
    returns=NUMERIC,
    aliases=["DATE_PART"],
    examples={
        "EXTRACT(HOUR FROM TIME '20:38:40.5') = 20": True,
        "EXTRACT(SECOND FROM TIME '20:38:40.5') = 40.5": True,
        "EXTRACT(EPOCH FROM TIME '00:01:40') = 100": True,
    },
)
def extract_from_time(field: str, time: Mql) -> Mql:
    """A field of a time of day."""

    def build(time: Mql) -> Mql:
        hour = mql("$toDecimal", mql("$substrCP", time, 0, 2))
        minute = mql("$toDecimal", mql("$substrCP", time, 3, 2))
        second = mql("$toDecimal", mql("$substrCP", time, 6, 9))
        elapsed = mql(
            "$add", mql("$multiply", hour, 3600), mql("$multiply", minute, 60), second
        )
        return {
            "hour": hour,
            "minute": minute,
            "second": second,
            "millisecond": mql("$multiply", second, 1000),
            "microsecond": mql("$multiply", second, 1_000_000),
            "epoch": elapsed,
        }[field]

    return let(build, time=time)


def _shorthand(
    name: str, node: str, read: Callable[[Mql], Mql], says: str, wanted: int
) -> FunctionDef:
    """MySQL's function of one field."""

    def body(moment: Mql) -> Mql:
        return read(moment)

    body.__doc__ = says
    moment = "TIMESTAMP '2024-05-17 10:30:59.9'"
    return function(
        name,
        args=[Temporal],
        returns=INTEGER,
        nulls=Nulls.NATIVE,
        parsed_as=f"{node}(this)",
        examples={f"{name}({moment})": wanted, f"{name}(NULL)": None},
    )(body)


YEAR = _shorthand("YEAR", "Year", _OF_MOMENT["year"], "The year.", 2024)
MONTH = _shorthand("MONTH", "Month", _OF_MOMENT["month"], "The month, 1 to 12.", 5)
DAY = _shorthand("DAY", "Day", _OF_MOMENT["day"], "The day of the month.", 17)
DAYOFMONTH = _shorthand(
    "DAYOFMONTH", "DayOfMonth", _OF_MOMENT["day"], "The day of the month.", 17
)
DAYOFYEAR = _shorthand(
    "DAYOFYEAR", "DayOfYear", _OF_MOMENT["doy"], "The day of the year.", 138
)
DAYOFWEEK = _shorthand(
    "DAYOFWEEK",
    "DayOfWeek",
    lambda moment: mql("$dayOfWeek", moment),
    "MySQL's day of the week: 1 is Sunday, 7 Saturday.",
    6,
)
QUARTER = _shorthand(
    "QUARTER", "Quarter", _OF_MOMENT["quarter"], "The quarter, 1 to 4.", 2
)
HOUR = _shorthand("HOUR", "Hour", _OF_MOMENT["hour"], "The hour, 0 to 23.", 10)
MINUTE = _shorthand("MINUTE", "Minute", _OF_MOMENT["minute"], "The minute.", 30)
SECOND = _shorthand(
    "SECOND",
    "Second",
    lambda moment: mql("$second", moment),
    "The whole seconds of the minute.",
    59,
)
