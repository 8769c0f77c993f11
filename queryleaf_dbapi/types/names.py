"""Type names to types: the list of all types, and their spellings in SQL."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from decimal import Decimal
from typing import Any

from bson.binary import Binary
from bson.decimal128 import Decimal128
from bson.objectid import ObjectId

from queryleaf_dbapi.errors import UndefinedObject
from queryleaf_dbapi.types.base import SqlType
from queryleaf_dbapi.types.document import (
    ANY,
    JSON,
    JSONB,
    OBJECTID,
    UNKNOWN,
    UUID,
    array_of,
)
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

ALL_TYPES: tuple[SqlType, ...] = (
    BOOLEAN,
    SMALLINT,
    INTEGER,
    BIGINT,
    REAL,
    DOUBLE,
    NUMERIC,
    TEXT,
    VARCHAR,
    CHAR,
    BYTEA,
    DATE,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    INTERVAL,
    UUID,
    JSON,
    JSONB,
    OBJECTID,
    ANY,
)

# spellings beyond a type's own name; sqlglot's names of types among them
_SPELLINGS: dict[str, SqlType] = {
    **{each.name: each for each in ALL_TYPES},
    "BOOL": BOOLEAN,
    "INT2": SMALLINT,
    "INT": INTEGER,
    "INT4": INTEGER,
    "TINYINT": SMALLINT,
    "MEDIUMINT": INTEGER,
    "INT8": BIGINT,
    "FLOAT4": REAL,
    "FLOAT": DOUBLE,
    "FLOAT8": DOUBLE,
    "DOUBLE": DOUBLE,
    "DECIMAL": NUMERIC,
    "STRING": TEXT,
    "NVARCHAR": VARCHAR,
    "NCHAR": CHAR,
    "BPCHAR": CHAR,
    "CHARACTER": CHAR,
    "CHARACTER VARYING": VARCHAR,
    "NAME": TEXT,
    "CLOB": TEXT,
    "BLOB": BYTEA,
    "VARBINARY": BYTEA,
    "BINARY": BYTEA,
    "DATETIME": TIMESTAMP,
    "TIMESTAMPNTZ": TIMESTAMP,
    "TIMESTAMP WITHOUT TIME ZONE": TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": TIMESTAMPTZ,
    "DOCUMENT": JSONB,
    "OBJECT": JSONB,
}

_NAME = re.compile(r"^\s*([A-Za-z][\w ]*?)\s*(?:\(([\d,\s]+)\))?\s*((?:\[\])*)\s*$")


def parse_type(text: str) -> SqlType:
    """The type a text such as "NUMERIC(10, 2)" or "INTEGER[]" names.

    Raises UndefinedObject for a name that is no type.
    """
    found = _NAME.match(text)
    base = _SPELLINGS.get(found[1].upper()) if found else None
    if found is None or base is None:
        raise UndefinedObject(f'type "{text}" does not exist')
    if found[2]:
        base = base.with_parameters(*(int(part) for part in found[2].split(",")))
    for _ in range(found[3].count("[")):
        base = array_of(base)
    return base


# what a Python parameter is typed as; a str and None wait for their context
_BY_PYTHON: tuple[tuple[type, SqlType], ...] = (
    (bool, BOOLEAN),
    (int, BIGINT),
    (float, DOUBLE),
    (str, UNKNOWN),
    (Decimal, NUMERIC),
    (Decimal128, NUMERIC),
    (dt.datetime, TIMESTAMP),
    (dt.date, DATE),
    (dt.time, TIME),
    (dt.timedelta, INTERVAL),
    (uuid.UUID, UUID),
    (ObjectId, OBJECTID),
    (Binary, BYTEA),
    (bytes, BYTEA),
    (bytearray, BYTEA),
    (memoryview, BYTEA),
    (dict, JSONB),
    (list, array_of(ANY)),
    (tuple, array_of(ANY)),
)


def type_of_python(python: type[Any]) -> SqlType:
    """The type of a parameter whose value is an instance of `python`."""
    for each, sql_type in _BY_PYTHON:
        if issubclass(python, each):
            return sql_type
    return ANY
