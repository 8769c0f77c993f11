"""AT TIME ZONE, AGE, OVERLAPS, and times out of parts."""

from __future__ import annotations

import re

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.functions.arguments import (
    Integer,
    Interval,
    Number,
    Temporal,
    Text,
)
from queryleaf_dbapi.functions.arguments import Timestamp as TimestampKind
from queryleaf_dbapi.functions.intervals import DAY, interval_of
from queryleaf_dbapi.functions.raising import raise_unless, raising
from queryleaf_dbapi.functions.registry import function, literal, mql
from queryleaf_dbapi.functions.variables import constant_text, let
from queryleaf_dbapi.plan.signature import Mql, Volatility
from queryleaf_dbapi.types import (
    BOOLEAN,
    DATE,
    INTERVAL,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    SqlType,
)

_OFFSET = re.compile(r"([+-])(\d{1,2})(?::?(\d\d))?$")


def _other(types: tuple[SqlType, ...]) -> SqlType:
    return TIMESTAMP if types[0] == TIMESTAMPTZ else TIMESTAMPTZ


def _zone(zone: Mql) -> Mql:
    """The zone in the server's spelling. PostgreSQL reads a bare offset as POSIX does:
    '+02' lies west of Greenwich."""
    known = constant_text(zone)
    if known is None:
        return zone
    offset = _OFFSET.match(known.strip())
    if offset:
        sign = "-" if offset[1] == "+" else "+"
        return f"{sign}{int(offset[2]):02}:{offset[3] or '00'}"
    if known.upper() in ("UTC", "GMT", "Z", "ZULU"):
        return "UTC"
    if "/" not in known:
        raise FeatureNotSupported(
            f"the time zone {known!r}: write a full name such as 'Europe/Rome'"
        )
    return literal(known)


def to_zone(moment: Mql, zone: Mql) -> Mql:
    """The clock on the wall there at a moment."""
    found = {
        "$dateToParts": {"date": moment, "timezone": zone},
    }
    return let(lambda parts: _of_parts(parts, None), parts=found)


def from_zone(moment: Mql, zone: Mql) -> Mql:
    """The moment when the clock on the wall there shows this."""
    found = {"$dateToParts": {"date": moment}}
    return let(lambda parts: _of_parts(parts, zone), parts=found)


def _of_parts(parts: Mql, zone: Mql) -> Mql:
    names = ("year", "month", "day", "hour", "minute", "second", "millisecond")
    fields = {name: f"{parts}.{name}" for name in names}
    if zone is not None:
        fields["timezone"] = zone
    return {"$dateFromParts": fields}


@function(
    "AT TIME ZONE",
    args=[TimestampKind, Text],
    returns=_other,
    examples={
        "TIMESTAMP '2024-02-29 10:30' AT TIME ZONE 'America/New_York' "
        "= TIMESTAMPTZ '2024-02-29 15:30+00'": True,
        "TIMESTAMPTZ '2024-02-29 10:30+00' AT TIME ZONE 'Asia/Tokyo' "
        "= TIMESTAMP '2024-02-29 19:30'": True,
        "NULL::timestamp AT TIME ZONE 'UTC'": None,
    },
)
def at_time_zone(moment: Mql, zone: Mql) -> Mql:
    """A timestamp read as the clock of a zone, or a timestamptz shown by it. Zones
    are full names such as 'Europe/Rome'."""
    return from_zone(moment, _zone(zone))


@function(
    "AT TIME ZONE tz",
    args=[TimestampKind, Text],
    returns=TIMESTAMP,
    examples={
        "TIMESTAMPTZ '2024-07-01 10:30+00' AT TIME ZONE 'Asia/Kolkata' "
        "= TIMESTAMP '2024-07-01 16:00'": True,
        "NULL::timestamptz AT TIME ZONE 'UTC'": None,
    },
)
def shown_in_zone(moment: Mql, zone: Mql) -> Mql:
    """What the clock of a zone shows at a moment."""
    return to_zone(moment, _zone(zone))


@function(
    "AGE",
    args=[Temporal, Temporal],
    returns=INTERVAL,
    examples={
        "AGE(TIMESTAMP '2001-04-10', TIMESTAMP '1957-06-13') "
        "= INTERVAL '43 years 9 mons 27 days'": True,
        "AGE(NULL::date, DATE '2024-01-01')": None,
    },
)
def age(later: Mql, earlier: Mql) -> Mql:
    """The interval between two timestamps in years, months, days and time, as a
    calendar counts them."""

    def build(later: Mql, earlier: Mql) -> Mql:
        forward = mql("$gte", later, earlier)
        return let(
            lambda low, high: _age(low, high, forward),
            low=mql("$cond", forward, earlier, later),
            high=mql("$cond", forward, later, earlier),
        )

    return let(build, later=later, earlier=earlier)


def _age(low: Mql, high: Mql, forward: Mql) -> Mql:
    def of_day(moment: Mql) -> Mql:
        over = mql("$mod", mql("$toLong", moment), DAY)
        return mql("$mod", mql("$add", over, DAY), DAY)

    def months_of(moment: Mql) -> Mql:
        return mql(
            "$add", mql("$multiply", mql("$year", moment), 12), mql("$month", moment)
        )

    # the days of the month in which the lower one lies are borrowed, going forward;
    # going backward those of the same, as PostgreSQL's timestamp_age does
    month_after = mql("$dateAdd", startDate=_month(low), unit="month", amount=1)
    length = mql("$divide", mql("$subtract", month_after, _month(low)), DAY)
    time = mql("$subtract", of_day(high), of_day(low))
    days = mql("$subtract", mql("$dayOfMonth", high), mql("$dayOfMonth", low))
    months = mql("$subtract", months_of(high), months_of(low))

    def borrow(time: Mql, days: Mql, months: Mql) -> Mql:
        is_early = mql("$cond", mql("$lt", time, 0), 1, 0)
        left = mql("$subtract", days, is_early)
        return let(
            lambda left: finish(
                mql("$add", time, mql("$multiply", is_early, DAY)), left, months
            ),
            left=left,
        )

    def finish(time: Mql, left: Mql, months: Mql) -> Mql:
        is_short = mql("$lt", left, 0)
        sign = mql("$cond", forward, 1, -1)
        return let(
            lambda sign: interval_of(
                mql(
                    "$multiply",
                    sign,
                    mql("$subtract", months, mql("$cond", is_short, 1, 0)),
                ),
                mql(
                    "$multiply",
                    sign,
                    mql("$add", left, mql("$cond", is_short, length, 0)),
                ),
                mql("$multiply", sign, time),
            ),
            sign=sign,
        )

    return let(borrow, time=time, days=days, months=months)


def _month(moment: Mql) -> Mql:
    return mql("$dateTrunc", date=moment, unit="month")


@function("AGE", args=[Temporal], returns=INTERVAL, volatility=Volatility.STABLE)
def age_today(earlier: Mql) -> Mql:
    """The interval from a timestamp to the midnight at which today began."""
    today = mql("$dateTrunc", date="$$NOW", unit="day")
    return age.body(today, earlier)


def _order(start: Mql, end: Mql) -> tuple[Mql, Mql]:
    return mql("$min", [start, end]), mql("$max", [start, end])


@function(
    "OVERLAPS pairs",
    args=[Temporal, Temporal, Temporal, Temporal],
    returns=BOOLEAN,
    examples={
        "(DATE '2024-02-16', DATE '2024-12-21') OVERLAPS "
        "(DATE '2024-10-30', DATE '2025-10-30')": True,
        "(DATE '2024-10-29', DATE '2024-10-30') OVERLAPS "
        "(DATE '2024-10-30', DATE '2024-10-31')": False,
    },
)
def overlaps(start: Mql, end: Mql, other_start: Mql, other_end: Mql) -> Mql:
    """Whether two periods have a moment in common; each begins at its start and
    ends before its end. NULL when an end is NULL."""

    def build(a: Mql, b: Mql, c: Mql, d: Mql) -> Mql:
        inside = mql("$and", mql("$lt", a, d), mql("$lt", c, b))
        return mql("$or", inside, mql("$eq", a, c))

    first, second = _order(start, end)
    third, fourth = _order(other_start, other_end)
    return let(build, a=first, b=second, c=third, d=fourth)


@function(
    "MAKE_TIME",
    args=[Integer, Integer, Number],
    returns=TIME,
    parsed_as="TimeFromParts(hour, min, sec)",
    examples={
        "MAKE_TIME(8, 15, 23.5) = TIME '08:15:23.5'": True,
        "MAKE_TIME(8, 15, NULL)": None,
    },
)
def make_time(hour: Mql, minute: Mql, second: Mql) -> Mql:
    """The time of day of hour, minute and seconds."""

    def build(hour: Mql, minute: Mql, second: Mql) -> Mql:
        elapsed = mql(
            "$add",
            mql("$multiply", mql("$toLong", hour), 3_600_000),
            mql("$multiply", minute, 60_000),
            mql("$toLong", mql("$round", mql("$multiply", second, 1000), 0)),
        )
        ranges = [mql("$gte", each, 0) for each in (hour, minute, second)]
        ranges += [mql("$lt", hour, 24), mql("$lt", minute, 60), mql("$lt", second, 60)]
        shown = mql(
            "$dateToString", date=mql("$toDate", elapsed), format="%H:%M:%S.%L000"
        )
        return raise_unless(
            mql("$and", *ranges), shown, "22008", "time field value out of range"
        )

    return let(build, hour=hour, minute=minute, second=second)


@function(
    "ISFINITE",
    args=[Temporal],
    returns=BOOLEAN,
    examples={"ISFINITE(DATE '2024-01-01')": True, "ISFINITE(NULL::date)": None},
)
def isfinite(moment: Mql) -> Mql:
    """TRUE: a stored date is never infinite."""
    return mql("$gt", moment, None)


@function("ISFINITE", args=[Interval], returns=BOOLEAN)
def isfinite_interval(interval: Mql) -> Mql:
    """TRUE: a stored interval is never infinite."""
    return mql("$gt", interval, None)


_TEMPLATE = re.compile(r"YYYY|MM|DD|HH24|MI|SS|%[YmdHMSbBj]|[^A-Za-z%]+|.", re.S)
_STRPTIME = {
    "YYYY": "%Y",
    "MM": "%m",
    "DD": "%d",
    "HH24": "%H",
    "MI": "%M",
    "SS": "%S",
    **{each: each for each in ("%Y", "%m", "%d", "%H", "%M", "%S", "%j")},
}


def _read(text: Mql, template: Mql) -> Mql:
    known = constant_text(template)
    if known is None:
        raise FeatureNotSupported("the template must be a constant")
    made = []
    for sign in _TEMPLATE.findall(known):
        if sign in _STRPTIME:
            made.append(_STRPTIME[sign])
        elif sign[0].isalpha() or sign[0] == "%":
            raise FeatureNotSupported(
                f"the template {known!r}: only YYYY, MM, DD, HH24, MI, SS and DDD"
            )
        else:
            made.append(sign)
    # checked first: the server's own error would quote the value
    pattern = "^" + "".join(
        {"%Y": r"\d{4}", "%j": r"\d{3}"}.get(each, r"\d{2}")
        if each.startswith("%")
        else re.escape(each)
        for each in made
    )
    parsed = mql("$dateFromString", dateString=text, format="".join(made))
    return raise_unless(
        mql("$regexMatch", input=text, regex=pattern + r"\z"),
        mql(
            "$ifNull",
            {"$dateFromString": {**parsed["$dateFromString"], "onError": None}},
            raising("22008", "date/time field value out of range"),
        ),
        "0A000",
        "a text that does not have the form of its template, digit by digit",
    )


@function(
    "TO_DATE",
    args=[Text, Text],
    returns=DATE,
    parsed_as="StrToDate(this, format)",
    examples={
        "TO_DATE('20240517', 'YYYYMMDD') = DATE '2024-05-17'": True,
        "TO_DATE(NULL, 'YYYY-MM-DD')": None,
    },
)
def to_date(text: Mql, template: Mql) -> Mql:
    """The date in a text of a constant form out of YYYY, MM, DD and DDD."""
    return mql("$dateTrunc", date=_read(text, template), unit="day")


@function(
    "TO_TIMESTAMP",
    args=[Text, Text],
    returns=TIMESTAMPTZ,
    parsed_as="StrToTime(this, format)",
    examples={
        "TO_TIMESTAMP('2024-05-17 10:30:15', 'YYYY-MM-DD HH24:MI:SS') "
        "= TIMESTAMPTZ '2024-05-17 10:30:15+00'": True,
    },
)
def to_timestamp_by_template(text: Mql, template: Mql) -> Mql:
    """The moment in a text of a constant form out of YYYY, MM, DD, HH24, MI, SS."""
    return _read(text, template)
