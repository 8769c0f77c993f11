"""INTERVAL literals: PostgreSQL's spellings -> months, days, milliseconds."""

from __future__ import annotations

import re

from sqlglot import exp

from queryleaf_dbapi.bind.binder import Binder
from queryleaf_dbapi.errors import InvalidTextRepresentation, Position
from queryleaf_dbapi.plan.expressions import Expr, Literal
from queryleaf_dbapi.types import INTERVAL

# unit -> (months, days, milliseconds) of one
_UNITS: dict[str, tuple[float, float, float]] = {
    "millennium": (12000, 0, 0),
    "century": (1200, 0, 0),
    "decade": (120, 0, 0),
    "year": (12, 0, 0),
    "quarter": (3, 0, 0),
    "month": (1, 0, 0),
    "mon": (1, 0, 0),
    "week": (0, 7, 0),
    "day": (0, 1, 0),
    "hour": (0, 0, 3_600_000),
    "minute": (0, 0, 60_000),
    "min": (0, 0, 60_000),
    "second": (0, 0, 1000),
    "sec": (0, 0, 1000),
    "millisecond": (0, 0, 1),
    "microsecond": (0, 0, 0.001),
}
_PART = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([a-z]+)")
_CLOCK = re.compile(r"([+-]?)(\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?$")


def parse_interval(text: str, position: Position | None = None) -> dict[str, int]:
    """`1 year 2 months 3 days 04:05:06` as months, days and milliseconds.

    A fraction of a month becomes days (30 to a month), a fraction of a day
    becomes time, as in PostgreSQL. Raises InvalidTextRepresentation.
    """
    rest = text.strip().lower()
    sign = 1
    if rest.endswith(" ago"):
        sign, rest = -1, rest[:-4].rstrip()
    months = days = milliseconds = 0.0
    clock = _CLOCK.search(rest)
    if clock:
        seconds = int(clock[2]) * 3600 + int(clock[3]) * 60 + float(clock[4] or 0)
        milliseconds += (-1 if clock[1] == "-" else 1) * seconds * 1000
        rest = rest[: clock.start()].strip()
    for number, unit in _PART.findall(rest):
        sizes = _UNITS.get(unit) or _UNITS.get(unit.rstrip("s"))
        if sizes is None:
            raise _invalid(position)
        months += float(number) * sizes[0]
        days += float(number) * sizes[1]
        milliseconds += float(number) * sizes[2]
    if _PART.sub("", rest).replace(",", "").strip():
        raise _invalid(position)
    days += (months - int(months)) * 30
    milliseconds += (days - int(days)) * 86_400_000
    return {
        "months": sign * int(months),
        "days": sign * int(days),
        "milliseconds": sign * round(milliseconds),
    }


def _invalid(position: Position | None) -> InvalidTextRepresentation:
    return InvalidTextRepresentation(
        "invalid input syntax for type interval; write it as '1 day 2 hours'",
        position=position,
    )


def bind_interval(binder: Binder, node: exp.Expr) -> Expr:
    """INTERVAL '1 day', INTERVAL '1' DAY."""
    unit = node.args.get("unit")
    text = node.this.name if node.this is not None else ""
    if unit is not None:
        text = f"{text} {unit.name}"
    return Literal(parse_interval(text, binder.position(node)), INTERVAL)
