"""SMALLINT, INTEGER, BIGINT, REAL, DOUBLE PRECISION, NUMERIC(p, s)."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bson.decimal128 import Decimal128

from queryleaf_dbapi.errors import (
    DataError,
    InvalidTextRepresentation,
    NumericValueOutOfRange,
)
from queryleaf_dbapi.types.base import Family, SqlType, shown

# 34 digits is what a BSON decimal128 holds; PostgreSQL rounds halves away from zero
_DECIMAL128 = decimal.Context(prec=34, rounding=decimal.ROUND_HALF_UP)
_WIDE = decimal.Context(prec=200, rounding=decimal.ROUND_HALF_UP)


def _as_integer(value: Any, type_name: str) -> int:
    if isinstance(value, bool):
        raise DataError(f"a bool is not a value of type {type_name}")
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        try:
            return int(value.strip())
        except ValueError:
            raise InvalidTextRepresentation(
                f"invalid input syntax for type {type_name.lower()}"
            ) from None
    if isinstance(value, Decimal128):
        value = value.to_decimal()
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise NumericValueOutOfRange(f"{type_name.lower()} out of range")
        return round(value)  # float8 -> integer rounds half to even, as PostgreSQL
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise NumericValueOutOfRange(f"{type_name.lower()} out of range")
        return int(value.to_integral_value(decimal.ROUND_HALF_UP))
    if hasattr(value, "__index__"):  # numpy integers
        return int(value.__index__())
    raise DataError(f"a {shown(value)} is not a value of type {type_name}")


def _integer_dump(type_name: str, bits: int) -> Callable[[Any], int]:
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1

    def dump(value: Any) -> int:
        number = value if type(value) is int else _as_integer(value, type_name)
        if not low <= number <= high:
            raise NumericValueOutOfRange(f"{type_name.lower()} out of range")
        return number

    return dump


def _float_dump(value: Any) -> float:
    if type(value) is float:
        return value
    if isinstance(value, bool):
        raise DataError("a bool is not a value of type DOUBLE PRECISION")
    if isinstance(value, Decimal128):
        value = value.to_decimal()
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise InvalidTextRepresentation(
                "invalid input syntax for type double precision"
            ) from None
    if isinstance(value, int | float | Decimal) or hasattr(value, "__float__"):
        try:
            return float(value)
        except OverflowError:
            raise NumericValueOutOfRange("double precision out of range") from None
    raise DataError(f"a {shown(value)} is not a value of type DOUBLE PRECISION")


def _as_decimal(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise DataError("a bool is not a value of type NUMERIC")
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))  # the shortest text that reads back the same
    if isinstance(value, Decimal128):
        return value.to_decimal()
    if isinstance(value, str):
        try:
            return Decimal(value.strip())
        except decimal.InvalidOperation:
            raise InvalidTextRepresentation(
                "invalid input syntax for type numeric"
            ) from None
    if hasattr(value, "__float__"):
        return Decimal(repr(float(value)))
    raise DataError(f"a {shown(value)} is not a value of type NUMERIC")


def _to_decimal128(number: Decimal) -> Decimal128:
    if number.is_finite() and len(number.as_tuple().digits) > 34:
        normal = number.normalize(_WIDE)
        if len(normal.as_tuple().digits) > 34:
            raise NumericValueOutOfRange(
                "a NUMERIC value holds 34 digits at most (BSON decimal128)"
            )
        number = normal
    try:
        return Decimal128(number)
    except (decimal.Inexact, decimal.Overflow, decimal.Rounded):
        raise NumericValueOutOfRange("numeric value out of range") from None


def _numeric_dump(value: Any) -> Decimal128:
    return _to_decimal128(_as_decimal(value))


def _numeric_parameters(parameters: tuple[int, ...]) -> Callable[[Any], Decimal128]:
    precision, scale = parameters[0], (*parameters, 0)[1]
    quantum = Decimal(1).scaleb(-scale)

    def dump(value: Any) -> Decimal128:
        number = _as_decimal(value)
        if number.is_finite():
            number = number.quantize(quantum, context=_WIDE)
            if number.adjusted() >= precision - scale and number != 0:
                raise NumericValueOutOfRange(
                    f"numeric field overflow: NUMERIC({precision}, {scale}) holds "
                    f"{precision - scale} digits before the point"
                )
        return _to_decimal128(number)

    return dump


def _numeric_load(value: Any) -> Any:
    if isinstance(value, Decimal128):
        return value.to_decimal()
    if isinstance(value, int):
        return Decimal(value)
    return Decimal(repr(value)) if isinstance(value, float) else value


def _float_load(value: Any) -> Any:
    return float(value) if isinstance(value, int) else value


SMALLINT = SqlType(
    "SMALLINT", Family.INTEGER, ("int",), int, _integer_dump("SMALLINT", 16)
)
INTEGER = SqlType(
    "INTEGER", Family.INTEGER, ("int",), int, _integer_dump("INTEGER", 32)
)
BIGINT = SqlType(
    "BIGINT", Family.INTEGER, ("int", "long"), int, _integer_dump("BIGINT", 64)
)
REAL = SqlType("REAL", Family.FLOAT, ("double",), float, _float_dump, _float_load)
DOUBLE = SqlType(
    "DOUBLE PRECISION", Family.FLOAT, ("double",), float, _float_dump, _float_load
)
NUMERIC = SqlType(
    "NUMERIC",
    Family.DECIMAL,
    ("decimal",),
    Decimal,
    _numeric_dump,
    _numeric_load,
    parametrise=_numeric_parameters,
)
