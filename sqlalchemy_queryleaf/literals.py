"""Values as SQL literals, for `literal_binds` and server defaults.

Each literal carries its type, so that it means the same in a SELECT list, where no
column types it, as beside a column. Percent signs are doubled by the caller's
compiler for text; none of the other literals holds one.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from decimal import Decimal
from json import dumps
from typing import Any


def quoted(text: str) -> str:
    """A string literal; a backslash is an ordinary character in it."""
    return "'" + text.replace("'", "''") + "'"


def date_literal(value: dt.date) -> str:
    """DATE '2024-05-17'."""
    return f"DATE '{value.isoformat()}'"


def time_literal(value: dt.time) -> str:
    """TIME '10:30:00'."""
    return f"TIME '{value.isoformat()}'"


def timestamp_literal(value: dt.datetime) -> str:
    """TIMESTAMP '2024-05-17 10:30:00'."""
    return f"TIMESTAMP '{value.isoformat(sep=' ')}'"


def timestamptz_literal(value: dt.datetime) -> str:
    """A TIMESTAMPTZ; a value without a zone is UTC, as everywhere here."""
    return f"CAST('{value.isoformat(sep=' ')}' AS TIMESTAMPTZ)"


def interval_literal(value: dt.timedelta) -> str:
    """INTERVAL '1 days 3.500 seconds'."""
    seconds = Decimal(value.seconds) + Decimal(value.microseconds) / 1_000_000
    return f"INTERVAL '{value.days} days {seconds:f} seconds'"


def binary_literal(value: bytes) -> str:
    """A BYTEA in PostgreSQL's hexadecimal form."""
    return f"CAST('\\x{bytes(value).hex()}' AS BYTEA)"


def decimal_literal(value: Any) -> str:
    """All digits and no exponent; what is no number goes through NUMERIC's reader."""
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if not number.is_finite():
        return f"CAST('{number}' AS NUMERIC)"
    return f"{number:f}"


def float_literal(value: Any) -> str:
    """A double; Python and SQL agree on how its digits are written."""
    number = float(value)
    if math.isfinite(number):
        return repr(number)
    name = "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    return f"CAST('{name}' AS DOUBLE PRECISION)"


def uuid_literal(value: uuid.UUID | str) -> str:
    """A UUID out of its text."""
    return f"CAST('{uuid.UUID(str(value))}' AS UUID)"


def object_id_literal(value: Any) -> str:
    """OBJECTID('507f1f77bcf86cd799439011')."""
    return f"OBJECTID({quoted(str(value))})"


def json_literal(value: Any) -> str:
    """A JSONB out of its text."""
    return f"CAST({quoted(dumps(value))} AS JSONB)"
