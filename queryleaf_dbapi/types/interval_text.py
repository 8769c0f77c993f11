"""INTERVAL values out of text: PostgreSQL's spellings, the ISO 8601 and SQL ones.

An interval is months, days and milliseconds. A fraction of a year becomes months, one
of a month days (30 to a month), one of a day time, as PostgreSQL spreads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from queryleaf_dbapi.errors import DataError, InvalidTextRepresentation

_DAY = 86_400_000
# unit -> (months, days, milliseconds) of one
_UNITS: dict[str, tuple[int, int, Decimal]] = {}
_SPELLINGS = {
    (12000, 0, "0"): "millennium millennia mil mils",
    (1200, 0, "0"): "century centuries cent c",
    (120, 0, "0"): "decade decades dec decs",
    (12, 0, "0"): "year years yr yrs y",
    (3, 0, "0"): "quarter quarters",
    (1, 0, "0"): "month months mon mons",
    (0, 7, "0"): "week weeks w",
    (0, 1, "0"): "day days d",
    (0, 0, "3600000"): "hour hours hr hrs h",
    (0, 0, "60000"): "minute minutes min mins m",
    (0, 0, "1000"): "second seconds sec secs s",
    (0, 0, "1"): "millisecond milliseconds msec msecs ms",
    (0, 0, "0.001"): "microsecond microseconds usec usecs us",
}
for (_months, _days, _time), _names in _SPELLINGS.items():
    for _name in _names.split():
        _UNITS[_name] = (_months, _days, Decimal(_time))

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_TOKEN = re.compile(
    rf"(?P<clock>[+-]?\d+:\d+(?::\d+(?:\.\d*)?)?)|(?P<years>[+-]?\d+-\d+)"
    rf"|(?P<number>{_NUMBER})|(?P<word>[a-z]+)|(?P<noise>[\s@,]+)"
)
_ISO = re.compile(
    rf"P(?:({_NUMBER})Y)?(?:({_NUMBER})M)?(?:({_NUMBER})W)?(?:({_NUMBER})D)?"
    rf"(?:T(?:({_NUMBER})H)?(?:({_NUMBER})M)?(?:({_NUMBER})S)?)?$"
)
_ISO_PLAIN = re.compile(r"P(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+(?:\.\d+)?)$")
_ISO_UNITS = ("year", "month", "week", "day", "hour", "minute", "second")
# the fields from the largest to the smallest: INTERVAL '...' DAY keeps days and up
_FIELDS = ("year", "month", "day", "hour", "minute", "second")


class _Sum:
    """Months, days and milliseconds added up."""

    def __init__(self) -> None:
        self.months = Decimal(0)
        self.days = Decimal(0)
        self.time = Decimal(0)

    def add(self, number: Decimal, unit: str) -> None:
        months, days, time = _UNITS[unit]
        if months >= 12:  # a fraction of a year is whole months
            number = (number * months).quantize(Decimal(1), ROUND_HALF_EVEN)
            months = 1
        whole = Decimal(int(number * months))
        self.months += whole
        rest = (number * months - whole) * 30 + number * days
        whole = Decimal(int(rest))
        self.days += whole
        self.time += (rest - whole) * _DAY + number * time

    def value(self, sign: int = 1) -> dict[str, int]:
        time = self.time.quantize(Decimal(1), ROUND_HALF_UP)
        found = {
            "months": sign * int(self.months),
            "days": sign * int(self.days),
            "milliseconds": sign * int(time),
        }
        if max(abs(found["months"]), abs(found["days"])) >= 1 << 31:
            error = DataError("interval field value out of range")
            error.sqlstate = "22015"
            raise error
        return found


def read_interval(text: str, first: str = "", last: str = "") -> dict[str, int]:
    """`1 year 2 mons 3 days 04:05:06`, `P1Y2M`, `1-2` as months, days, milliseconds.

    `first` and `last` are the fields of INTERVAL '...' DAY TO SECOND: a number
    without a unit counts in the last one, and smaller fields are cut off.

    Raises InvalidTextRepresentation (SQLSTATE 22007).
    """
    last = last or first
    stripped = text.strip()
    if stripped.startswith("P"):
        found = _read_iso(stripped)
    else:
        found = _read_words(stripped.lower(), first, last)
    return _cut(found, last) if last else found


def _invalid() -> InvalidTextRepresentation:
    error = InvalidTextRepresentation(
        "invalid input syntax for type interval; write it as '1 day 2 hours'"
    )
    error.sqlstate = "22007"
    return error


def _read_iso(text: str) -> dict[str, int]:
    total = _Sum()
    plain = _ISO_PLAIN.match(text)
    if plain:
        units = ("year", "month", "day", "hour", "minute", "second")
        for number, unit in zip(plain.groups(), units, strict=True):
            total.add(Decimal(number), unit)
        return total.value()
    found = _ISO.match(text)
    if found is None or text in ("P", "PT") or not any(found.groups()):
        raise _invalid()
    for number, unit in zip(found.groups(), _ISO_UNITS, strict=True):
        if number:
            total.add(Decimal(number), unit)
    return total.value()


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise _invalid()
        position = found.end()
        if found.lastgroup != "noise":
            yield str(found.lastgroup), found[0]


def _read_words(text: str, first: str, last: str) -> dict[str, int]:
    tokens = list(_tokens(text))
    sign = 1
    if tokens and tokens[-1] == ("word", "ago"):
        sign = -1
        tokens.pop()
    if not tokens:
        raise _invalid()
    total = _Sum()
    waiting: Decimal | None = None
    for kind, each in tokens:
        if kind == "word":
            if waiting is None or each not in _UNITS:
                raise _invalid()
            total.add(waiting, each)
            waiting = None
        elif kind == "number":
            if waiting is not None:
                raise _invalid()
            waiting = Decimal(each)
        elif kind == "clock":
            if waiting is not None:  # 3 04:05:06
                total.add(waiting, "day")
                waiting = None
            total.time += _clock(each, first, last)
        else:
            years, _, months = each.lstrip("+-").partition("-")
            if int(months) > 11:
                raise _out_of_range()
            count = int(years) * 12 + int(months)
            total.months += -count if each.startswith("-") else count
    if waiting is not None:
        total.add(waiting, last or "second")
    return total.value(sign)


def _out_of_range() -> DataError:
    error = DataError("interval field value out of range")
    error.sqlstate = "22008"
    return error


def _clock(text: str, first: str, last: str) -> Decimal:
    parts = text.lstrip("+-").split(":")
    is_short = len(parts) == 2 and (last == "second" and first == "minute")
    hours, minutes, seconds = ["0", *parts] if is_short else [*parts, "0"][:3]
    if int(minutes) > 59 or Decimal(seconds) >= 60:
        raise _out_of_range()
    total = Decimal(seconds) + int(minutes) * 60 + int(hours) * 3600
    return -total * 1000 if text.startswith("-") else total * 1000


def _cut(value: dict[str, int], last: str) -> dict[str, int]:
    """Without the fields smaller than `last`, as PostgreSQL does it."""
    months, days, time = value["months"], value["days"], value["milliseconds"]
    if last == "year":
        months = int(months / 12) * 12
    if last in ("year", "month"):
        days = 0
    if last in ("year", "month", "day"):
        time = 0
    elif last in ("hour", "minute"):
        unit = 3_600_000 if last == "hour" else 60_000
        time = int(Decimal(time) / unit) * unit
    return {"months": months, "days": days, "milliseconds": time}
