"""DATE, TIME, TIMESTAMP, TIMESTAMPTZ and INTERVAL.

BSON dates are milliseconds since 1970 in UTC. A finer value is rounded to the
nearest millisecond here, the one place where Python values become dates, as
TIMESTAMP(3) does in PostgreSQL; pymongo would cut it off instead.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from queryleaf_dbapi.errors import DataError, InvalidTextRepresentation
from queryleaf_dbapi.types.base import Family, SqlType, shown
from queryleaf_dbapi.types.interval_text import read_interval

_MILLISECOND = dt.timedelta(milliseconds=1)


_EPOCH = dt.datetime(1970, 1, 1)
# what has the form of a date and time but names none is out of range, not malformed
_FORM = re.compile(
    r"(\d{4}-\d\d?-\d\d?|\d{8})?([ T]?\d\d?:\d\d(:\d\d(\.\d*)?)?)?"
    r"\s*(Z|[+-]\d\d(:?\d\d)?)?$",
    re.I,
)
_HALF_DAY = re.compile(r"(\d\d?):(\d\d(?::\d\d(?:\.\d+)?)?)\s*([AP])M$", re.I)
_NAMED = ("%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y", "%Y-%b-%d", "%m/%d/%Y")


def _read(kind: str, text: str) -> Any:
    readers: dict[str, Any] = {
        "date": dt.date.fromisoformat,
        "time": dt.time.fromisoformat,
        "timestamp": dt.datetime.fromisoformat,
    }
    text = text.strip()
    if text.lower() == "epoch" and kind != "time":
        return _EPOCH.date() if kind == "date" else _EPOCH
    if kind == "timestamp" and text.endswith(("Z", "z")):
        text = text[:-1] + "+00:00"
    half = _HALF_DAY.match(text) if kind == "time" else None
    if half and 1 <= int(half[1]) <= 12:
        hour = int(half[1]) % 12 + (12 if half[3] in "pP" else 0)
        text = f"{hour:02}:{half[2]}"
    try:
        return readers[kind](text)
    except ValueError:
        pass
    if kind == "date":  # PostgreSQL reads the date part of a timestamp
        found = _read("timestamp", text)
        return found.date()
    if kind == "timestamp":
        for form in _NAMED:
            try:
                return dt.datetime.strptime(text, form)
            except ValueError:
                continue
    error = InvalidTextRepresentation(f"invalid input syntax for type {kind}")
    error.sqlstate = "22008" if text and _FORM.match(text) else "22007"
    raise error


def round_to_milliseconds(value: dt.datetime) -> dt.datetime:
    """The nearest whole millisecond, halves up."""
    excess = value.microsecond % 1000
    if not excess:
        return value
    rounded = value - dt.timedelta(microseconds=excess)
    try:
        return rounded + _MILLISECOND if excess >= 500 else rounded
    except OverflowError:
        raise DataError("timestamp out of range") from None


def _utc(value: dt.datetime) -> dt.datetime:
    if value.tzinfo is None:
        return value
    try:
        return value.astimezone(dt.timezone.utc).replace(tzinfo=None)
    except OverflowError:
        raise DataError("timestamp out of range") from None


def _dump_timestamp(value: Any) -> dt.datetime:
    if isinstance(value, str):
        value = _read("timestamp", value)
    if isinstance(value, dt.datetime):
        if type(value) is not dt.datetime and hasattr(value, "to_pydatetime"):
            value = value.to_pydatetime(warn=False)
        return round_to_milliseconds(_utc(value))
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    raise DataError(f"a {shown(value)} is not a value of type TIMESTAMP")


def _dump_date(value: Any) -> dt.datetime:
    if isinstance(value, str):
        value = _read("date", value)
    if isinstance(value, dt.datetime):
        value = _utc(value).date()
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    raise DataError(f"a {shown(value)} is not a value of type DATE")


def _load_date(value: Any) -> Any:
    return value.date() if isinstance(value, dt.datetime) else value


def _dump_time(value: Any) -> str:
    if isinstance(value, str):
        value = _read("time", value)
    if isinstance(value, dt.datetime):
        value = value.time()
    if isinstance(value, dt.time):
        return value.replace(tzinfo=None).isoformat(timespec="microseconds")
    raise DataError(f"a {shown(value)} is not a value of type TIME")


def _load_time(value: Any) -> Any:
    return dt.time.fromisoformat(value) if isinstance(value, str) else value


def _load_timestamptz(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=dt.timezone.utc)
    return value


def _dump_interval(value: Any) -> dict[str, int]:
    if isinstance(value, str):
        return read_interval(value)
    if isinstance(value, dt.timedelta):
        milliseconds, rest = divmod(
            dt.timedelta(seconds=value.seconds, microseconds=value.microseconds),
            _MILLISECOND,
        )
        if rest >= _MILLISECOND / 2:
            milliseconds += 1
        return {"months": 0, "days": value.days, "milliseconds": milliseconds}
    if isinstance(value, Mapping):
        return {k: int(value.get(k, 0)) for k in ("months", "days", "milliseconds")}
    raise DataError(f"a {shown(value)} is not a value of type INTERVAL")


def _load_interval(value: Any) -> Any:
    """timedelta where that is exact; an interval with months stays a dict."""
    if isinstance(value, Mapping) and not value.get("months"):
        return dt.timedelta(
            days=value.get("days", 0), milliseconds=value.get("milliseconds", 0)
        )
    return value


def _to_digits(parameters: tuple[int, ...]) -> Callable[[Any], dt.datetime]:
    """TIMESTAMP(n): so many digits of a second, three at most being stored."""
    digits = parameters[0]

    def dump(value: Any) -> dt.datetime:
        if isinstance(value, str):
            value = _read("timestamp", value)
        if isinstance(value, dt.datetime) and digits < 6:
            value = rounded_to(_utc(value), 10 ** (6 - digits))
        return _dump_timestamp(value)

    return dump


def rounded_to(value: dt.datetime, step: int) -> dt.datetime:
    """The nearest multiple of so many microseconds, halves away from 2000."""
    rest = value.microsecond % step
    whole = value - dt.timedelta(microseconds=rest)
    is_up = rest * 2 > step or (rest * 2 == step and value.year >= 2000)
    try:
        return whole + dt.timedelta(microseconds=step) if is_up else whole
    except OverflowError:
        raise DataError("timestamp out of range") from None


DATE = SqlType("DATE", Family.DATE, ("date",), dt.date, _dump_date, _load_date)
TIME = SqlType("TIME", Family.TIME, ("string",), dt.time, _dump_time, _load_time)
TIMESTAMP = SqlType(
    "TIMESTAMP",
    Family.TIMESTAMP,
    ("date",),
    dt.datetime,
    _dump_timestamp,
    parametrise=_to_digits,
)
TIMESTAMPTZ = SqlType(
    "TIMESTAMPTZ",
    Family.TIMESTAMP,
    ("date",),
    dt.datetime,
    _dump_timestamp,
    _load_timestamptz,
    parametrise=_to_digits,
)
INTERVAL = SqlType(
    "INTERVAL",
    Family.INTERVAL,
    ("object",),
    dt.timedelta,
    _dump_interval,
    _load_interval,
)
