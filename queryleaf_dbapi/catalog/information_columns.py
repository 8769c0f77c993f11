"""information_schema.columns: each column with PostgreSQL's names of its type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from queryleaf_dbapi.catalog.catalog import Collection, Field
from queryleaf_dbapi.types import Family, SqlType

Row = dict[str, Any]

COLUMN_NAMES = (
    "column_name ordinal_position column_default is_nullable data_type "
    "character_maximum_length character_octet_length numeric_precision "
    "numeric_precision_radix numeric_scale datetime_precision interval_type "
    "interval_precision character_set_catalog character_set_schema "
    "character_set_name collation_catalog collation_schema collation_name "
    "domain_catalog domain_schema domain_name udt_catalog udt_schema udt_name "
    "scope_catalog scope_schema scope_name maximum_cardinality dtd_identifier "
    "is_self_referencing is_identity identity_generation identity_start "
    "identity_increment identity_maximum identity_minimum identity_cycle "
    "is_generated generation_expression is_updatable"
)


def columns(collection: Collection) -> Iterator[Row]:
    """The rows of information_schema.columns for one collection."""
    for position, field in enumerate(collection.fields, 1):
        sql_type = field.seen or field.type
        yield {
            "table_schema": collection.database,
            "table_name": collection.name,
            "column_name": field.name,
            "ordinal_position": position,
            "dtd_identifier": str(position),
            "column_default": _default(field),
            "is_nullable": "YES" if field.nullable else "NO",
            "data_type": _data_type(sql_type),
            **_measures(sql_type),
            "udt_schema": "pg_catalog",
            "udt_name": _udt_name(sql_type),
            "is_self_referencing": "NO",
            **_identity(field),
            "is_generated": "NEVER" if field.generated is None else "ALWAYS",
            "generation_expression": field.generated,
            "is_updatable": "NO" if collection.is_view else "YES",
        }


def _default(field: Field) -> str | None:
    """A SERIAL column is numbered by its sequence, which is the default."""
    if field.sequence is None or field.identity is not None:
        is_boolean = field.default in ("TRUE", "FALSE")  # as PostgreSQL writes them
        return field.default.lower() if is_boolean and field.default else field.default
    table, _, column = field.sequence.rpartition(".")
    return f"nextval('{table}_{column}_seq'::regclass)"


def _identity(field: Field) -> Row:
    settings = field.identity
    if settings is None:
        return {"is_identity": "NO", "identity_cycle": "NO"}
    return {
        "is_identity": "YES",
        "identity_generation": "ALWAYS" if field.generated_always else "BY DEFAULT",
        "identity_start": str(settings.start),
        "identity_increment": str(settings.increment),
        "identity_maximum": str(settings.maximum),
        "identity_minimum": str(settings.minimum),
        "identity_cycle": "YES" if settings.cycle else "NO",
    }


# PostgreSQL's long and internal names, where they are not our own in lower case
_DATA_TYPES = {
    "VARCHAR": ("character varying", "varchar"),
    "CHAR": ("character", "bpchar"),
    "SMALLINT": ("smallint", "int2"),
    "INTEGER": ("integer", "int4"),
    "BIGINT": ("bigint", "int8"),
    "REAL": ("real", "float4"),
    "DOUBLE PRECISION": ("double precision", "float8"),
    "BOOLEAN": ("boolean", "bool"),
    "TIME": ("time without time zone", "time"),
    "TIMESTAMP": ("timestamp without time zone", "timestamp"),
    "TIMESTAMPTZ": ("timestamp with time zone", "timestamptz"),
}
BITS = {
    "SMALLINT": 16,
    "INTEGER": 32,
    "BIGINT": 64,
    "REAL": 24,
    "DOUBLE PRECISION": 53,
}


def _data_type(sql_type: SqlType) -> str:
    if sql_type.family is Family.ARRAY:
        return "ARRAY"
    return _DATA_TYPES.get(sql_type.name, (sql_type.name.lower(), ""))[0]


def _udt_name(sql_type: SqlType) -> str:
    if sql_type.element is not None:
        return "_" + _udt_name(sql_type.element)
    return _DATA_TYPES.get(sql_type.name, ("", sql_type.name.lower()))[1]


def _measures(sql_type: SqlType) -> Row:
    """Length, precision and scale, as PostgreSQL gives them."""
    if sql_type.family is Family.TEXT:
        length = sql_type.parameters[0] if sql_type.parameters else None
        octets = 1 << 30 if length is None else min(4 * length, 1 << 30)
        return {
            "character_maximum_length": length,
            "character_octet_length": octets,
        }
    if sql_type.name in BITS:
        scale = 0 if sql_type.family is Family.INTEGER else None
        return {
            "numeric_precision": BITS[sql_type.name],
            "numeric_precision_radix": 2,
            "numeric_scale": scale,
        }
    if sql_type.family is Family.DECIMAL:
        given = sql_type.parameters
        return {
            "numeric_precision": given[0] if given else None,
            "numeric_precision_radix": 10,
            "numeric_scale": (*given, 0)[1] if given else None,
        }
    if sql_type.family is Family.TIMESTAMP:
        return {"datetime_precision": 3}  # milliseconds
    if sql_type.family in (Family.TIME, Family.INTERVAL):
        return {"datetime_precision": 6}
    return {"datetime_precision": 0} if sql_type.family is Family.DATE else {}
