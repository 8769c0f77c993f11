"""SQLAlchemy's types and the driver's: which stands for which, and how values cross.

Two tables. `COLSPECS` names the class that stands for a generic type here, mostly for
its literals; `from_sql_type` reads the driver's SqlType back as a SQLAlchemy type. The
driver takes and gives native Python values (Decimal, datetime, UUID, dict, list), so
that few types have anything to do for a bound value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import types as sqltypes
from sqlalchemy.types import TypeEngine

from queryleaf_dbapi.types import Family, SqlType
from sqlalchemy_queryleaf.literals import (
    binary_literal,
    date_literal,
    decimal_literal,
    float_literal,
    time_literal,
    timestamp_literal,
    timestamptz_literal,
    uuid_literal,
)
from sqlalchemy_queryleaf.native_types import (
    ANY,
    INTERVAL,
    JSONB,
    OBJECTID,
    NativeArray,
    NativeJson,
    NativeJsonPath,
)

Literal = Callable[[Any], str]
Process = Callable[[Any], Any]


def _with_literal(base: type[Any], write: Literal) -> type[Any]:
    """`base`, whose values are written by `write` where they stand in the text."""

    def literal_processor(self: Any, dialect: Any) -> Literal:
        return write

    return type(
        f"Native{base.__name__}", (base,), {"literal_processor": literal_processor}
    )


class NativeDateTime(sqltypes.DateTime):
    """TIMESTAMP and TIMESTAMPTZ, whose literals differ."""

    def literal_processor(self, dialect: Any) -> Literal:
        """Literals with a zone for a type with a zone."""
        return timestamptz_literal if self.timezone else timestamp_literal

    def result_processor(self, dialect: Any, coltype: object) -> Process | None:
        """In UTC where a zone was asked for: a bound value comes back without one."""
        return _in_utc if self.timezone else None


def _in_utc(value: Any) -> Any:
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        return value.replace(tzinfo=dt.timezone.utc)
    return value


class NativeNumeric(sqltypes.Numeric[Any]):
    """NUMERIC: the driver gives Decimal; a Decimal is written with all its digits."""

    def literal_processor(self, dialect: Any) -> Literal:
        """1E+3 is a double in SQL, 1000 is not."""
        return decimal_literal


class NativeFloat(sqltypes.Float[Any]):
    """REAL and DOUBLE PRECISION; NaN and infinity have no numeric literal."""

    def literal_processor(self, dialect: Any) -> Literal:
        """A literal that is a double whatever its context."""
        return float_literal


class NativeUuid(sqltypes.Uuid[Any]):
    """UUID, with a typed literal."""

    def literal_processor(self, dialect: Any) -> Literal | None:
        """A literal that is a UUID whatever its context."""
        if not self.native_uuid:
            generic: Any = super().literal_processor
            return generic(dialect)  # type: ignore[no-any-return]
        return uuid_literal


# generic type -> the class that stands for it here
COLSPECS: dict[type[TypeEngine[Any]], type[TypeEngine[Any]]] = {
    sqltypes.Date: _with_literal(sqltypes.Date, date_literal),
    sqltypes.Time: _with_literal(sqltypes.Time, time_literal),
    sqltypes.DateTime: NativeDateTime,
    sqltypes.LargeBinary: _with_literal(sqltypes.LargeBinary, binary_literal),
    sqltypes.Numeric: NativeNumeric,
    sqltypes.Float: NativeFloat,
    sqltypes.Uuid: NativeUuid,
    sqltypes.Interval: INTERVAL,
    sqltypes.JSON: NativeJson,
    sqltypes.JSON.JSONPathType: NativeJsonPath,
    sqltypes.ARRAY: NativeArray,
}


def _plain(made: type[TypeEngine[Any]]) -> Callable[[SqlType], TypeEngine[Any]]:
    return lambda sql_type: made()


def _sized(made: Any) -> Callable[[SqlType], TypeEngine[Any]]:
    return lambda sql_type: made(*sql_type.parameters)


# the name of a type of the driver -> its SQLAlchemy type
REFLECTED: dict[str, Callable[[SqlType], TypeEngine[Any]]] = {
    "BOOLEAN": _plain(sqltypes.BOOLEAN),
    "SMALLINT": _plain(sqltypes.SMALLINT),
    "INTEGER": _plain(sqltypes.INTEGER),
    "BIGINT": _plain(sqltypes.BIGINT),
    "REAL": _plain(sqltypes.REAL),
    "DOUBLE PRECISION": _plain(sqltypes.DOUBLE_PRECISION),
    "NUMERIC": _sized(sqltypes.NUMERIC),
    "TEXT": _plain(sqltypes.TEXT),
    "VARCHAR": _sized(sqltypes.VARCHAR),
    "CHAR": _sized(sqltypes.CHAR),
    "BYTEA": _plain(sqltypes.LargeBinary),
    "DATE": _plain(sqltypes.DATE),
    "TIME": _plain(sqltypes.TIME),
    "TIMESTAMP": _plain(sqltypes.TIMESTAMP),
    "TIMESTAMPTZ": lambda sql_type: sqltypes.TIMESTAMP(timezone=True),
    "INTERVAL": _plain(INTERVAL),
    "UUID": _plain(sqltypes.UUID),
    "JSON": _plain(sqltypes.JSON),
    "JSONB": _plain(JSONB),
    "OBJECTID": _plain(OBJECTID),
    "ANY": _plain(ANY),
}


def from_sql_type(sql_type: SqlType) -> TypeEngine[Any]:
    """The SQLAlchemy type of a column of this type."""
    if sql_type.family is Family.ARRAY and sql_type.element is not None:
        return sqltypes.ARRAY(from_sql_type(sql_type.element))
    return REFLECTED[sql_type.name](sql_type)
