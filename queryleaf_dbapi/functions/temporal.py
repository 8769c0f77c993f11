"""The present, calendar units, dates out of parts.

A DATE is stored as its midnight in UTC, a TIMESTAMP as a date of the server, which
counts milliseconds. Arithmetic is in `temporal_arithmetic.py`, EXTRACT in
`temporal_fields.py`, text forms in `temporal_text.py`.
"""

from __future__ import annotations

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.functions.arguments import (
    Integer,
    Number,
    Temporal,
    Text,
    keyword,
    optional,
)
from queryleaf_dbapi.functions.raising import raise_unless, raising
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.variables import constant_integer, let
from queryleaf_dbapi.plan.signature import Mql, Nulls, Volatility
from queryleaf_dbapi.types import (
    DATE,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    SqlType,
)


def timestamp_of(types: tuple[SqlType, ...]) -> SqlType:
    """TIMESTAMPTZ for one, else TIMESTAMP."""
    return TIMESTAMPTZ if TIMESTAMPTZ in types else TIMESTAMP


@function(
    "CURRENT_DATE",
    args=[],
    returns=DATE,
    parsed_as="CurrentDate()",
    volatility=Volatility.STABLE,
    examples={"CURRENT_DATE > DATE '2024-01-01'": True},
)
def current_date() -> Mql:
    """Today's date in UTC, one for the whole statement."""
    return mql("$dateTrunc", date="$$NOW", unit="day")


def _rounded_now(digits: Mql) -> Mql:
    known = constant_integer(digits)
    if digits is not None and (known is None or known < 0):
        raise FeatureNotSupported("a computed precision of the present time")
    if known is None or known >= 3:
        return "$$NOW"
    step = 10 ** (3 - known)
    later = mql("$add", mql("$toLong", "$$NOW"), step // 2)
    return mql("$toDate", mql("$subtract", later, mql("$mod", later, step)))


@function(
    "CURRENT_TIMESTAMP",
    args=[optional(Integer)],
    returns=TIMESTAMPTZ,
    parsed_as="CurrentTimestamp(this)",
    aliases=["NOW", "TRANSACTION_TIMESTAMP", "STATEMENT_TIMESTAMP"],
    volatility=Volatility.STABLE,
    examples={"NOW() = CURRENT_TIMESTAMP": True, "NOW() > DATE '2024-01-01'": True},
)
def current_timestamp(digits: Mql = None) -> Mql:
    """When the statement began, by the server's clock; rounded to so many digits of a
    second (a constant)."""
    return _rounded_now(digits)


@function(
    "LOCALTIMESTAMP",
    args=[optional(Integer)],
    returns=TIMESTAMP,
    parsed_as="Localtimestamp(this)",
    aliases=["GETDATE"],
    volatility=Volatility.STABLE,
    examples={
        "LOCALTIMESTAMP > TIMESTAMP '2024-01-01 00:00:00'": True,
        "EXTRACT(MILLISECONDS FROM LOCALTIMESTAMP(0)) % 1000 = 0": True,
    },
)
def local_timestamp(digits: Mql = None) -> Mql:
    """When the statement began, in UTC, without a time zone; rounded to so many digits
    of a second (a constant)."""
    return _rounded_now(digits)


@function(
    "LOCALTIME",
    args=[],
    returns=TIME,
    parsed_as=["Localtime()", "CurrentTime()"],
    aliases=["CURRENT_TIME"],
    volatility=Volatility.STABLE,
    examples={"LOCALTIME >= TIME '00:00:00'": True},
)
def local_time() -> Mql:
    """The time of day in UTC when the statement began."""
    return mql("$dateToString", date="$$NOW", format="%H:%M:%S.%L000")


CalendarUnit = keyword(
    "unit",
    "microsecond",
    "millisecond",
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
    "decade",
    "century",
    "millennium",
)
_CENTURIES = {"century": 100, "millennium": 1000}


@function(
    "DATE_TRUNC",
    args=[CalendarUnit, Temporal, optional(Text)],
    returns=timestamp_of,
    parsed_as="TimestampTrunc(unit, this, zone)",
    examples={
        "DATE_TRUNC('hour', TIMESTAMP '2001-02-16 20:38:40') "
        "= TIMESTAMP '2001-02-16 20:00:00'": True,
        "DATE_TRUNC('week', TIMESTAMP '2024-05-19 01:00:00') "
        "= TIMESTAMP '2024-05-13 00:00:00'": True,
        "DATE_TRUNC('quarter', DATE '2024-05-19') = DATE '2024-04-01'": True,
        "DATE_TRUNC('century', DATE '2000-05-19') = DATE '1901-01-01'": True,
        "DATE_TRUNC('decade', DATE '2024-05-19') = DATE '2020-01-01'": True,
        "DATE_TRUNC('month', NULL::timestamp)": None,
    },
)
def date_trunc(unit: str, moment: Mql, zone: Mql = None) -> Mql:
    """The start of the calendar unit that contains the moment. Weeks start on
    Monday, centuries in the year 1 of a hundred."""
    if unit in ("microsecond", "millisecond"):
        return moment
    if unit not in _CENTURIES and unit != "decade":
        # startOfWeek is allowed for every unit, but reads as noise
        monday = "monday" if unit == "week" else None
        return mql(
            "$dateTrunc", date=moment, unit=unit, startOfWeek=monday, timezone=zone
        )
    year = mql("$year", date=moment, timezone=zone)
    if unit == "decade":
        first = mql("$subtract", year, mql("$mod", year, 10))
    else:
        elapsed = mql("$mod", mql("$subtract", year, 1), _CENTURIES[unit])
        first = mql("$subtract", year, elapsed)
    return mql("$dateFromParts", year=first, timezone=zone)


@function(
    "DATE",
    args=[Temporal],
    returns=DATE,
    nulls=Nulls.NATIVE,
    parsed_as="Date(this)",
    examples={
        "DATE(TIMESTAMP '2024-05-17 10:30:00') = DATE '2024-05-17'": True,
        "DATE(NULL)": None,
    },
)
def date(moment: Mql) -> Mql:
    """The date of a timestamp."""
    return mql("$dateTrunc", date=moment, unit="day")


def _valid_date(year: Mql, month: Mql, day: Mql, moment: Mql) -> Mql:
    """The moment, or an error unless the three are a date of the calendar; the
    server itself would count 31 February on into March."""
    failure = raising("22008", "date field value out of range")
    exists = mql("$eq", mql("$dayOfMonth", moment), day)
    ranges = [
        mql("$gte", year, 1),
        mql("$lte", year, 9999),
        mql("$gte", month, 1),
        mql("$lte", month, 12),
        mql("$gte", day, 1),
        mql("$lte", day, 31),
    ]
    return mql(
        "$cond", mql("$and", *ranges), mql("$cond", exists, moment, failure), failure
    )


@function(
    "MAKE_DATE",
    args=[Integer, Integer, Integer],
    returns=DATE,
    parsed_as="DateFromParts(year, month, day)",
    aliases=["DATEFROMPARTS"],
    examples={
        "MAKE_DATE(2013, 7, 15) = DATE '2013-07-15'": True,
        "MAKE_DATE(2024, 2, 29) = DATE '2024-02-29'": True,
        "MAKE_DATE(2024, NULL, 1)": None,
    },
)
def make_date(year: Mql, month: Mql, day: Mql) -> Mql:
    """The date of a year, month and day; an error when there is no such day."""

    def build(year: Mql, month: Mql, day: Mql) -> Mql:
        moment = mql("$dateFromParts", year=year, month=month, day=day)
        return _valid_date(year, month, day, moment)

    return let(build, year=year, month=month, day=day)


@function(
    "MAKE_TIMESTAMP",
    args=[Integer, Integer, Integer, Integer, Integer, Number],
    returns=TIMESTAMP,
    parsed_as="TimestampFromParts(year, month, day, hour, min, sec)",
    examples={
        "MAKE_TIMESTAMP(2013, 7, 15, 8, 15, 23.5) "
        "= TIMESTAMP '2013-07-15 08:15:23.5'": True,
        "MAKE_TIMESTAMP(2013, 7, 15, 8, 15, NULL)": None,
    },
)
def make_timestamp(
    year: Mql, month: Mql, day: Mql, hour: Mql, minute: Mql, second: Mql
) -> Mql:
    """The timestamp of these fields; the seconds may have a fraction."""

    def build(
        year: Mql, month: Mql, day: Mql, hour: Mql, minute: Mql, second: Mql
    ) -> Mql:
        midnight = mql("$dateFromParts", year=year, month=month, day=day)
        elapsed = mql(
            "$add",
            mql("$multiply", hour, 3_600_000),
            mql("$multiply", minute, 60_000),
            mql("$toLong", mql("$round", mql("$multiply", second, 1000), 0)),
        )
        ranges = [mql("$gte", each, 0) for each in (hour, minute, second)]
        ranges += [
            mql("$lt", hour, 24),
            mql("$lt", minute, 60),
            mql("$lte", second, 60),
        ]
        return raise_unless(
            mql("$and", *ranges),
            mql("$add", _valid_date(year, month, day, midnight), elapsed),
            "22008",
            "time field value out of range",
        )

    return let(
        build,
        year=year,
        month=month,
        day=day,
        hour=hour,
        minute=minute,
        second=second,
    )


@function(
    "TO_TIMESTAMP",
    args=[Number],
    returns=TIMESTAMPTZ,
    nulls=Nulls.NATIVE,
    parsed_as="UnixToTime(this)",
    examples={
        "TO_TIMESTAMP(1284352323.5) = TIMESTAMPTZ '2010-09-13 04:32:03.5+00'": True,
        "TO_TIMESTAMP(NULL)": None,
    },
)
def to_timestamp(seconds: Mql) -> Mql:
    """The moment that many seconds after 1970 began in UTC."""
    milliseconds = mql("$round", mql("$multiply", seconds, 1000), 0)
    return mql("$toDate", mql("$toLong", milliseconds))


@function(
    "LAST_DAY",
    args=[Temporal],
    returns=DATE,
    nulls=Nulls.NATIVE,
    parsed_as="LastDay(this)",
    aliases=["EOMONTH"],
    examples={
        "LAST_DAY(DATE '2024-02-10') = DATE '2024-02-29'": True,
        "LAST_DAY(NULL)": None,
    },
)
def last_day(moment: Mql) -> Mql:
    """The last day of the month."""
    month = mql("$dateTrunc", date=moment, unit="month")
    following = mql("$dateAdd", startDate=month, unit="month", amount=1)
    return mql("$dateSubtract", startDate=following, unit="day", amount=1)
