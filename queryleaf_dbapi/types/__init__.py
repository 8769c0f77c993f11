"""The SQL types: one module per family, `names` the list of all."""

from __future__ import annotations

from queryleaf_dbapi.types.base import NUMERIC_FAMILIES, Family, SqlType
from queryleaf_dbapi.types.coercion import (
    common_type,
    common_type_of,
    is_comparable,
    settle,
)
from queryleaf_dbapi.types.document import (
    ANY,
    JSON,
    JSONB,
    OBJECTID,
    UNKNOWN,
    UUID,
    array_of,
    dump_any,
)
from queryleaf_dbapi.types.names import ALL_TYPES, parse_type, type_of_python
from queryleaf_dbapi.types.numeric import (
    BIGINT,
    DOUBLE,
    INTEGER,
    NUMERIC,
    REAL,
    SMALLINT,
)
from queryleaf_dbapi.types.temporal import (
    DATE,
    INTERVAL,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
)
from queryleaf_dbapi.types.text import BOOLEAN, BYTEA, CHAR, TEXT, VARCHAR

__all__ = [
    "ALL_TYPES",
    "ANY",
    "BIGINT",
    "BOOLEAN",
    "BYTEA",
    "CHAR",
    "DATE",
    "DOUBLE",
    "INTEGER",
    "INTERVAL",
    "JSON",
    "JSONB",
    "NUMERIC",
    "NUMERIC_FAMILIES",
    "OBJECTID",
    "REAL",
    "SMALLINT",
    "TEXT",
    "TIME",
    "TIMESTAMP",
    "TIMESTAMPTZ",
    "UNKNOWN",
    "UUID",
    "VARCHAR",
    "Family",
    "SqlType",
    "array_of",
    "common_type",
    "common_type_of",
    "dump_any",
    "is_comparable",
    "parse_type",
    "settle",
    "type_of_python",
]
