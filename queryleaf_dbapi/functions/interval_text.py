"""An interval as PostgreSQL writes it: 1 year 2 mons -3 days +04:05:06.7."""

from __future__ import annotations

from queryleaf_dbapi.functions.intervals import parts
from queryleaf_dbapi.functions.registry import mql
from queryleaf_dbapi.functions.variables import let
from queryleaf_dbapi.plan.signature import Mql


def interval_text(interval: Mql) -> Mql:
    """The text of an interval that is not NULL."""
    months, days, rest = parts(interval)
    years = mql("$toInt", mql("$trunc", mql("$divide", months, 12)))
    return let(
        _text,
        years=years,
        months=mql("$mod", months, 12),
        days=days,
        rest=mql("$toLong", rest),
    )


def _text(years: Mql, months: Mql, days: Mql, rest: Mql) -> Mql:
    """Each part with its sign; a plus only behind a negative one."""
    shown = []
    negative: list[Mql] = []
    for value, unit in ((years, "year"), (months, "mon"), (days, "day")):
        behind = mql("$and", mql("$gt", value, 0), _last_negative(negative))
        name = mql("$cond", mql("$eq", value, 1), f" {unit} ", f" {unit}s ")
        text = mql("$concat", mql("$cond", behind, "+", ""), mql("$toString", value))
        present = mql("$concat", text, name)
        shown.append(mql("$cond", mql("$eq", value, 0), "", present))
        negative.append(value)
    nothing = mql("$and", *(mql("$eq", each, 0) for each in (years, months, days)))
    plus = mql("$cond", _last_negative(negative), "+", "")
    sign = mql("$cond", mql("$lt", rest, 0), "-", plus)
    has_clock = mql("$or", mql("$ne", rest, 0), nothing)
    clock = mql("$cond", has_clock, mql("$concat", sign, _clock(rest)), "")
    return mql("$trim", input=mql("$concat", *shown, clock))


def _last_negative(values: list[Mql]) -> Mql:
    """Whether the last of the parts that are not zero is negative."""
    found: Mql = False
    for each in values:
        found = mql("$cond", mql("$eq", each, 0), found, mql("$lt", each, 0))
    return found


def _clock(rest: Mql) -> Mql:
    def build(size: Mql) -> Mql:
        hours = mql("$toLong", mql("$trunc", mql("$divide", size, 3_600_000)))
        text = mql("$toString", hours)
        padded = mql("$cond", mql("$lt", hours, 10), mql("$concat", "0", text), text)
        minutes = mql("$dateToString", date=mql("$toDate", size), format=":%M:%S")
        fraction = mql("$dateToString", date=mql("$toDate", size), format=".%L")
        trimmed = mql("$rtrim", input=fraction, chars="0.")
        kept = mql(
            "$cond",
            mql("$eq", trimmed, ""),
            "",
            mql("$rtrim", input=fraction, chars="0"),
        )
        return mql("$concat", padded, minutes, kept)

    return let(build, size=mql("$abs", rest))
