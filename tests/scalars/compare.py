"""Whether a value of QueryLeaf is the one PostgreSQL printed."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from typing import Any
from uuid import UUID

_INTERVAL_UNITS = {"year": 12, "mon": 1}
_PART = re.compile(r"([+-]?\d+) (year|mon|day)s?")
_CLOCK = re.compile(r"([+-]?)(\d+):(\d+):(\d+(?:\.\d+)?)$")


def _interval(text: str) -> tuple[int, int, Decimal]:
    """PostgreSQL's text of an interval as months, days and milliseconds."""
    months = days = 0
    for number, unit in _PART.findall(text):
        if unit == "day":
            days += int(number)
        else:
            months += int(number) * _INTERVAL_UNITS[unit]
    clock = _CLOCK.search(text)
    if clock is None:
        return months, days, Decimal(0)
    seconds = int(clock[2]) * 3600 + int(clock[3]) * 60 + Decimal(clock[4])
    return months, days, seconds * 1000 * (-1 if clock[1] == "-" else 1)


def _milliseconds(value: dt.timedelta) -> Decimal:
    return Decimal(round(value / dt.timedelta(microseconds=1))) / 1000


def _is_same_interval(found: Any, text: str) -> bool:
    months, days, rest = _interval(text)
    if isinstance(found, dt.timedelta):
        exact = days * 86_400_000 + rest
        return not months and abs(_milliseconds(found) - exact) <= Decimal("0.5")
    if not isinstance(found, dict):
        return False
    is_near = abs(found["milliseconds"] - rest) <= Decimal("0.5")
    return is_near and (found["months"], found["days"]) == (months, days)


def _is_same_decimal(found: Any, text: str) -> bool:
    """Equal, or equal in the digits PostgreSQL gives (ours has 34)."""
    if not isinstance(found, Decimal):
        return False
    if text == "NaN" or found.is_nan():
        return text == str(found)
    expected = Decimal(text)
    if found == expected:
        return True
    digits = max(-expected.as_tuple().exponent, 0)  # type: ignore[operator]
    return digits >= 10 and abs(found - expected) <= Decimal(10) ** -digits


def _is_same_float(found: Any, text: str) -> bool:
    if not isinstance(found, float):
        return False
    expected = float(text.replace("Infinity", "inf"))
    if found == expected or (found != found and expected != expected):
        return True
    return abs(found - expected) <= 2e-15 * max(abs(found), abs(expected))


def is_same(found: Any, kind: str, text: str) -> bool:
    """Whether the value has that type and that text in PostgreSQL."""
    if text == "<NULL>" or found is None:
        return found is None and text == "<NULL>"
    match kind:
        case "boolean":
            return found is (text == "true")
        case "smallint" | "integer" | "bigint":
            return (
                isinstance(found, int)
                and not isinstance(found, bool)
                and found == int(text)
            )
        case "numeric":
            return _is_same_decimal(found, text)
        case "real" | "double precision":
            return _is_same_float(found, text)
        case "text" | "character varying" | "character" | "name" | "unknown":
            unescaped = text.replace("\\n", "\n").replace("\\\\", "\\")
            return bool(isinstance(found, str) and found == unescaped)
        case "date":
            return type(found) is dt.date and found.isoformat() == text
        case "time without time zone":
            return isinstance(found, dt.time) and found == dt.time.fromisoformat(text)
        case "timestamp without time zone" | "timestamp with time zone":
            return isinstance(found, dt.datetime) and found == _moment(text)
        case "interval":
            return _is_same_interval(found, text)
        case "uuid":
            return isinstance(found, UUID) and str(found) == text
        case "bytea":
            return (
                isinstance(found, bytes) and found.hex() == text.replace("\\", "")[1:]
            )
        case _ if kind.endswith("[]"):
            return isinstance(found, list) and found == json.loads(text)
        case _:
            raise NotImplementedError(kind)


def _moment(text: str) -> dt.datetime:
    text = re.sub(r"([+-]\d\d)$", r"\1:00", text)
    value = dt.datetime.fromisoformat(text)
    rounded = round(value.microsecond / 1000)
    base = value.replace(microsecond=0)
    return base + dt.timedelta(milliseconds=rounded)
