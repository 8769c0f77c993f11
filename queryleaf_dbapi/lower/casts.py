"""CAST on the server, with PostgreSQL's rounding and its errors."""

from __future__ import annotations

from collections.abc import Callable

from bson.decimal128 import Decimal128
from bson.int64 import Int64

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.functions import reading_text
from queryleaf_dbapi.functions.double_text import double_text
from queryleaf_dbapi.functions.interval_text import interval_text
from queryleaf_dbapi.functions.intervals import (
    interval_of,
    milliseconds_of_time,
    part,
    time_of_milliseconds,
)
from queryleaf_dbapi.functions.raising import raising
from queryleaf_dbapi.functions.reading_text import Fail
from queryleaf_dbapi.lower.context import all_of, not_null, once
from queryleaf_dbapi.lower.pipeline import Mql
from queryleaf_dbapi.plan.expressions import Cast
from queryleaf_dbapi.types import TIMESTAMPTZ, Family, SqlType

Caster = Callable[[Mql, SqlType, SqlType, Fail], Mql]


def lower_cast(value: Mql, node: Cast) -> Mql:
    """The operand's value as the target type; NULL stays NULL. TRY_CAST gives NULL
    where CAST raises."""
    source: SqlType = node.operand.type
    caster = _CASTERS.get(node.type.family)
    if caster is None or value is None:
        return value
    return caster(value, source, node.type, _null if node.safe else raising)


def _null(sqlstate: str, message: str) -> Mql:
    return None


def _guarded(build: Callable[[Mql], Mql]) -> Callable[[Mql], Mql]:
    return lambda v: {"$cond": [not_null(v), build(v), None]}


_Y2000 = Int64(946_684_800_000)
_BITS = {"SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}


def _to_integer(value: Mql, source: SqlType, target: SqlType, fail: Fail) -> Mql:
    bits = _BITS[target.name]
    name = target.name.lower()
    if source.family is Family.TEXT:
        read = reading_text.read_integer
        return once(value, _guarded(lambda v: read(v, name, bits, fail)))
    operator = "$toLong" if bits == 64 else "$toInt"
    if source.family is Family.BOOLEAN:
        return {"$cond": [value, 1, {"$cond": [not_null(value), 0, None]}]}
    if source.family is Family.ANY:
        value = {"$cond": [{"$isNumber": value}, {"$round": [value, 0]}, value]}
        if fail is _null:
            to = "long" if bits == 64 else "int"
            return {"$convert": {"input": value, "to": to, "onError": None}}
        return {operator: value}
    if source.family is Family.INTEGER and bits == 32 and fail is not _null:
        return {operator: value}
    if source.family is Family.INTEGER and bits == 64:
        return {operator: value}
    if source.family is Family.DECIMAL:
        value = round_half_away(value, 0)
    elif source.family is Family.FLOAT:
        value = {"$round": [value, 0]}
    low, high = Int64(-(1 << (bits - 1))), Int64((1 << (bits - 1)) - 1)

    def ranged(v: Mql) -> Mql:
        within = all_of([{"$gte": [v, low]}, {"$lte": [v, high]}])
        known = {
            "$cond": [within, {operator: v}, fail("22003", f"{name} out of range")]
        }
        return {"$cond": [not_null(v), known, None]}

    return once(value, ranged)


def round_half_away(value: Mql, scale: int) -> Mql:
    """Round to `scale` decimal places, halves away from zero ($round takes the
    even neighbour, for decimals too)."""
    half = Decimal128(f"5E-{scale + 1}")
    minus = Decimal128(f"-5E-{scale + 1}")
    return once(
        value,
        lambda v: {
            "$trunc": [{"$add": [v, {"$cond": [{"$gte": [v, 0]}, half, minus]}]}, scale]
        },
    )


def _to_decimal(value: Mql, source: SqlType, target: SqlType, fail: Fail) -> Mql:
    if source.family is Family.TEXT:
        text = value
        value = once(text, _guarded(lambda v: reading_text.read_decimal(v, fail)))
    elif source.family is Family.ANY and fail is _null:
        value = {"$convert": {"input": value, "to": "decimal", "onError": None}}
    elif source.family is not Family.DECIMAL:
        value = {"$toDecimal": value}
    if source.family is Family.FLOAT:
        value = _without_zeros(value)
    if not target.parameters:
        return value
    precision, scale = (*target.parameters, 0)[:2]
    limit = Decimal128(f"1E{precision - scale}")

    def ranged(v: Mql) -> Mql:
        # NaN is smaller than every number of the server
        fits = {"$lt": [{"$abs": v}, limit]}
        message = f"numeric field overflow: NUMERIC({precision}, {scale})"
        return {
            "$cond": [{"$or": [{"$lte": [v, None]}, fits]}, v, fail("22003", message)]
        }

    return once(round_half_away(value, scale), ranged)


def _without_zeros(value: Mql) -> Mql:
    """The server writes a double as 15 digits, zeros at the end among them."""

    def strip(v: Mql) -> Mql:
        text = {"$toString": v}
        is_fraction = {"$regexMatch": {"input": text, "regex": r"^[^E]*\.[^E]*$"}}
        bare = {"$rtrim": {"input": text, "chars": "0"}}
        bare = {"$rtrim": {"input": bare, "chars": "."}}
        return {"$cond": [is_fraction, {"$toDecimal": bare}, v]}

    return once(value, _guarded(strip))


def _to_float(value: Mql, source: SqlType, target: SqlType, fail: Fail) -> Mql:
    if source.family is Family.TEXT:
        return once(value, _guarded(lambda v: reading_text.read_double(v, fail)))
    if source.family is Family.ANY and fail is _null:
        return {"$convert": {"input": value, "to": "double", "onError": None}}
    return {"$toDouble": value}


_DAY = "%Y-%m-%d"
_SECOND = "%Y-%m-%d %H:%M:%S"


def _to_text(value: Mql, source: SqlType, target: SqlType, fail: Fail) -> Mql:
    text = _text_of(value, source)
    if not target.parameters:
        return text
    length = target.parameters[0]
    return once(text, _guarded(lambda v: {"$substrCP": [v, 0, length]}))


def _text_of(value: Mql, source: SqlType) -> Mql:
    match source.family:
        case Family.TEXT:
            return value
        case Family.TIME:
            return once(value, _guarded(_time_text))
        case Family.INTERVAL:
            return once(value, _guarded(interval_text))
        case Family.BOOLEAN:
            return once(value, _guarded(lambda v: {"$cond": [v, "true", "false"]}))
        case Family.DATE:
            return {"$dateToString": {"date": value, "format": _DAY}}
        case Family.TIMESTAMP if source == TIMESTAMPTZ:
            zoned = lambda v: {"$concat": [_timestamp_text(v), "+00"]}  # noqa: E731
            return once(value, _guarded(zoned))
        case Family.TIMESTAMP:
            return once(value, _timestamp_text)
        case Family.FLOAT:
            return once(value, _guarded(double_text))
        case Family.DECIMAL:
            return once(value, _guarded(_decimal_text))
        case Family.UUID | Family.BINARY:
            raise FeatureNotSupported(
                f"CAST of {source} to text is not supported: the server cannot read "
                "its bytes"
            )
        case _:
            return {"$toString": value}


def _decimal_text(value: Mql) -> Mql:
    """PostgreSQL never writes an exponent; the server does for 1E+2 and 1E-7."""
    text = {"$toString": value}
    is_plain = {"$lt": [{"$indexOfBytes": [text, "E"]}, 0]}
    # the same number with other digits after the point
    whole = {"$toString": {"$toLong": value}}
    is_whole = all_of(
        [
            {"$lt": [{"$abs": value}, Int64(10**18)]},
            {"$gte": [{"$indexOfBytes": [text, "E+"]}, 0]},
        ]
    )
    return {
        "$switch": {
            "branches": [
                {"case": is_plain, "then": text},
                {"case": is_whole, "then": whole},
            ],
            "default": raising("0A000", "the text of so large or small a NUMERIC"),
        }
    }


def _time_text(value: Mql) -> Mql:
    """A fraction of zero is left out, and trailing zeros of one."""
    fraction = {"$rtrim": {"input": {"$substrCP": [value, 8, 7]}, "chars": "0"}}
    whole = {"$substrCP": [value, 0, 8]}
    return {"$rtrim": {"input": {"$concat": [whole, fraction]}, "chars": "."}}


def _to_interval(value: Mql, source: SqlType, target: SqlType, fail: Fail) -> Mql:
    if source.family is Family.TEXT:
        return once(value, _guarded(lambda v: reading_text.read_interval(v, fail)))
    if source.family is Family.TIME:
        rest = {"$round": [milliseconds_of_time(value), 0]}
        return once(value, _guarded(lambda v: interval_of(0, 0, rest)))
    return value


def _timestamp_text(value: Mql) -> Mql:
    """PostgreSQL leaves out a fraction of zero and its trailing zeros."""
    whole = {"$dateToString": {"date": value, "format": _SECOND}}
    fraction = {"$dateToString": {"date": value, "format": ".%L"}}
    return {
        "$cond": [
            {"$eq": [{"$millisecond": value}, 0]},
            whole,
            {"$concat": [whole, {"$rtrim": {"input": fraction, "chars": "0"}}]},
        ]
    }


def _to_boolean(value: Mql, source: SqlType, target: SqlType, fail: Fail) -> Mql:
    if source.family is Family.INTEGER:
        return once(value, _guarded(lambda v: {"$ne": [v, 0]}))
    if source.family is not Family.TEXT:
        return value
    return once(value, _guarded(lambda v: reading_text.read_boolean(v, fail)))


def _to_date(value: Mql, source: SqlType, target: SqlType, fail: Fail) -> Mql:
    if source.family is Family.TEXT:
        return once(
            value, _guarded(lambda v: reading_text.read_moment(v, "date", fail))
        )
    if source.family is Family.DATE:
        return value
    return {"$dateTrunc": {"date": value, "unit": "day"}}


def _to_timestamp(value: Mql, source: SqlType, target: SqlType, fail: Fail) -> Mql:
    if source.family is Family.TEXT:
        name = "timestamptz" if target.name == "TIMESTAMPTZ" else "timestamp"
        text = value
        value = once(text, _guarded(lambda v: reading_text.read_moment(v, name, fail)))
    digits = target.parameters[0] if target.parameters else 3
    return value if digits >= 3 else once(value, lambda v: rounded_moment(v, digits))


def rounded_moment(value: Mql, digits: int) -> Mql:
    """The moment to so many digits of a second, halves away from the year 2000."""
    step = 10 ** (3 - digits)

    def build(distance: Mql) -> Mql:
        size = {"$add": [{"$abs": distance}, step // 2]}
        whole = {"$subtract": [size, {"$mod": [size, step]}]}
        sign = {"$cond": [{"$lt": [distance, 0]}, -1, 1]}
        return {"$toDate": {"$add": [_Y2000, {"$multiply": [sign, whole]}]}}

    distance = {"$subtract": [{"$toLong": value}, _Y2000]}
    return {"$cond": [not_null(value), once(distance, build), None]}


def _to_time(value: Mql, source: SqlType, target: SqlType, fail: Fail) -> Mql:
    if source.family is Family.TIMESTAMP:
        return {"$dateToString": {"date": value, "format": "%H:%M:%S.%L000"}}
    if source.family is Family.INTERVAL:
        return once(
            value,
            _guarded(lambda v: time_of_milliseconds(part(v, "milliseconds"))),
        )
    if source.family is Family.TEXT:
        return once(value, _guarded(lambda v: reading_text.read_time(v, fail)))
    return value


def _to_object_id(value: Mql, source: SqlType, target: SqlType, fail: Fail) -> Mql:
    if fail is _null:
        return {"$convert": {"input": value, "to": "objectId", "onError": None}}
    return {"$toObjectId": value}


def _to_uuid(value: Mql, source: SqlType, target: SqlType, fail: Fail) -> Mql:
    if source.family is Family.UUID:
        return value
    raise FeatureNotSupported(
        "CAST of a computed text to UUID is not supported: the server cannot make one"
    )


def _to_binary(value: Mql, source: SqlType, target: SqlType, fail: Fail) -> Mql:
    if source.family is Family.TEXT:
        raise FeatureNotSupported(
            "CAST of a computed text to BYTEA is not supported: the server cannot "
            "make one"
        )
    return value


def _to_document(value: Mql, source: SqlType, target: SqlType, fail: Fail) -> Mql:
    if source.family is Family.TEXT:
        raise FeatureNotSupported(
            "CAST of a computed text to JSON is not supported: the server cannot "
            "parse it"
        )
    return value


_CASTERS: dict[Family, Caster] = {
    Family.INTEGER: _to_integer,
    Family.DECIMAL: _to_decimal,
    Family.FLOAT: _to_float,
    Family.TEXT: _to_text,
    Family.BOOLEAN: _to_boolean,
    Family.DATE: _to_date,
    Family.TIMESTAMP: _to_timestamp,
    Family.TIME: _to_time,
    Family.INTERVAL: _to_interval,
    Family.OBJECT_ID: _to_object_id,
    Family.UUID: _to_uuid,
    Family.BINARY: _to_binary,
    Family.DOCUMENT: _to_document,
}
