"""CAST on the server, with PostgreSQL's rounding and its errors."""

from __future__ import annotations

from collections.abc import Callable

from bson.decimal128 import Decimal128

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.functions.interval_text import interval_text
from queryleaf_dbapi.functions.intervals import (
    interval_of,
    milliseconds_of_time,
    part,
    time_of_milliseconds,
)
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.lower.context import all_of, not_null, once
from queryleaf_dbapi.lower.pipeline import Mql
from queryleaf_dbapi.plan.expressions import Cast
from queryleaf_dbapi.types import Family, SqlType

Caster = Callable[[Mql, SqlType, SqlType], Mql]


def lower_cast(value: Mql, node: Cast) -> Mql:
    """The operand's value as the target type; NULL stays NULL."""
    source: SqlType = node.operand.type
    caster = _CASTERS.get(node.type.family)
    if caster is None:
        return value
    if node.safe:
        return _safe(value, node.type)
    if value is None:
        return None
    return caster(value, source, node.type)


_CONVERT = {
    Family.INTEGER: "long",
    Family.FLOAT: "double",
    Family.DECIMAL: "decimal",
    Family.TIMESTAMP: "date",
    Family.OBJECT_ID: "objectId",
}


def _safe(value: Mql, target: SqlType) -> Mql:
    name = _CONVERT.get(target.family)
    if name == "long" and "long" not in target.bson:
        name = "int"
    if name is None or target.parameters:
        raise FeatureNotSupported(f"TRY_CAST to {target} is not supported")
    return {"$convert": {"input": value, "to": name, "onError": None, "onNull": None}}


def _to_integer(value: Mql, source: SqlType, target: SqlType) -> Mql:
    operator = "$toLong" if "long" in target.bson else "$toInt"
    if source.family is Family.DECIMAL:
        value = round_half_away(value, 0)
    elif source.family is Family.FLOAT:
        value = {"$round": [value, 0]}
    elif source.family is Family.TEXT:
        value = _trimmed(value)
    elif source.family is Family.BOOLEAN:
        value = {"$cond": [value, 1, {"$cond": [not_null(value), 0, None]}]}
    elif source.family is Family.ANY:
        value = {"$cond": [{"$isNumber": value}, {"$round": [value, 0]}, value]}
    converted = {operator: value}
    if target.name != "SMALLINT":
        return converted
    return once(
        converted,
        lambda v: raise_unless(
            {"$or": [{"$lte": [v, None]}, all_of(_between(v, -32768, 32767))]},
            v,
            "22003",
            "smallint out of range",
        ),
    )


def _between(value: Mql, low: int, high: int) -> list[Mql]:
    return [{"$gte": [value, low]}, {"$lte": [value, high]}]


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


def _to_decimal(value: Mql, source: SqlType, target: SqlType) -> Mql:
    if source.family is Family.TEXT:
        value = _trimmed(value)
    if source.family is not Family.DECIMAL:
        value = {"$toDecimal": value}
    if not target.parameters:
        return value
    precision, scale = (*target.parameters, 0)[:2]
    limit = Decimal128(f"1E{precision - scale}")
    return once(
        round_half_away(value, scale),
        lambda v: raise_unless(
            {"$or": [{"$lte": [v, None]}, {"$lt": [{"$abs": v}, limit]}]},
            v,
            "22003",
            f"numeric field overflow: NUMERIC({precision}, {scale})",
        ),
    )


def _to_float(value: Mql, source: SqlType, target: SqlType) -> Mql:
    if source.family is Family.TEXT:
        value = _trimmed(value)
    return {"$toDouble": value}


def _trimmed(value: Mql) -> Mql:
    return {"$trim": {"input": value}}


_DAY = "%Y-%m-%d"
_SECOND = "%Y-%m-%d %H:%M:%S"


def _to_text(value: Mql, source: SqlType, target: SqlType) -> Mql:
    text = _text_of(value, source)
    if not target.parameters:
        return text
    length = target.parameters[0]
    return once(
        text,
        lambda v: {"$cond": [not_null(v), {"$substrCP": [v, 0, length]}, None]},
    )


def _text_of(value: Mql, source: SqlType) -> Mql:
    match source.family:
        case Family.TEXT:
            return value
        case Family.TIME:
            return once(value, _time_text)
        case Family.INTERVAL:
            return once(value, _guarded(interval_text))
        case Family.BOOLEAN:
            return once(
                value,
                lambda v: {
                    "$cond": [
                        not_null(v),
                        {"$cond": [v, "true", "false"]},
                        None,
                    ]
                },
            )
        case Family.DATE:
            return {"$dateToString": {"date": value, "format": _DAY}}
        case Family.TIMESTAMP:
            return once(value, _timestamp_text)
        case Family.FLOAT:
            raise FeatureNotSupported(
                "CAST of double precision to text is not supported: the server writes "
                "six digits only; cast to numeric first"
            )
        case _:
            return {"$toString": value}


def _guarded(build: Callable[[Mql], Mql]) -> Callable[[Mql], Mql]:
    return lambda v: {"$cond": [not_null(v), build(v), None]}


def _time_text(value: Mql) -> Mql:
    """A fraction of zero is left out, and trailing zeros of one."""
    trimmed = {"$rtrim": {"input": {"$substrCP": [value, 8, 7]}, "chars": "0."}}
    whole = {"$substrCP": [value, 0, 8]}
    return {"$cond": [not_null(value), {"$concat": [whole, trimmed]}, None]}


def _to_interval(value: Mql, source: SqlType, target: SqlType) -> Mql:
    if source.family is Family.TIME:
        rest = {"$round": [milliseconds_of_time(value), 0]}
        return once(value, _guarded(lambda v: interval_of(0, 0, rest)))
    raise FeatureNotSupported("CAST of a computed text to INTERVAL is not supported")


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


def _to_boolean(value: Mql, source: SqlType, target: SqlType) -> Mql:
    if source.family is Family.INTEGER:
        return once(value, lambda v: {"$cond": [not_null(v), {"$ne": [v, 0]}, None]})
    if source.family is not Family.TEXT:
        return value
    word = {"$toLower": {"$trim": {"input": value}}}

    def read(v: Mql) -> Mql:
        known = {"$in": [v, ["true", "t", "yes", "y", "on", "1"]]}
        false = {"$in": [v, ["false", "f", "no", "n", "off", "0"]]}
        answer = raise_unless(
            false, False, "22P02", "invalid input syntax for type boolean"
        )
        return {"$cond": [known, True, answer]}

    return once(value, lambda v: {"$cond": [not_null(v), once(word, read), None]})


def _to_date(value: Mql, source: SqlType, target: SqlType) -> Mql:
    if source.family is Family.TEXT:
        value = {"$dateFromString": {"dateString": value}}
    if source.family is Family.DATE:
        return value
    return {"$dateTrunc": {"date": value, "unit": "day"}}


def _to_timestamp(value: Mql, source: SqlType, target: SqlType) -> Mql:
    if source.family is Family.TEXT:
        return {"$dateFromString": {"dateString": value}}
    return value


def _to_time(value: Mql, source: SqlType, target: SqlType) -> Mql:
    if source.family is Family.TIMESTAMP:
        return {"$dateToString": {"date": value, "format": "%H:%M:%S.%L000"}}
    if source.family is Family.INTERVAL:
        return once(
            value,
            _guarded(lambda v: time_of_milliseconds(part(v, "milliseconds"))),
        )
    if source.family is Family.TIME:
        return value
    raise FeatureNotSupported("CAST of text to time is not supported")


def _to_object_id(value: Mql, source: SqlType, target: SqlType) -> Mql:
    return {"$toObjectId": value}


def _to_uuid(value: Mql, source: SqlType, target: SqlType) -> Mql:
    if source.family is Family.UUID:
        return value
    raise FeatureNotSupported(
        "CAST of a computed text to UUID is not supported: the server cannot make one"
    )


def _to_document(value: Mql, source: SqlType, target: SqlType) -> Mql:
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
    Family.DOCUMENT: _to_document,
}
