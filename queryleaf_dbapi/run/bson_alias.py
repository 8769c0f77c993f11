"""The BSON type of a value as pymongo decodes it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bson.binary import Binary
from bson.code import Code
from bson.datetime_ms import DatetimeMS
from bson.dbref import DBRef
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from bson.max_key import MaxKey
from bson.min_key import MinKey
from bson.objectid import ObjectId
from bson.regex import Regex
from bson.timestamp import Timestamp

_ALIASES: dict[type, str] = {
    type(None): "null",
    bool: "bool",
    int: "int",  # 32 bits; 64 are an Int64
    Int64: "long",
    float: "double",
    Decimal128: "decimal",
    str: "string",
    dict: "object",
    DBRef: "object",
    list: "array",
    bytes: "binData",
    ObjectId: "objectId",
    dt.datetime: "date",
    DatetimeMS: "date",
    Regex: "regex",
    Timestamp: "timestamp",
    MinKey: "minKey",
    MaxKey: "maxKey",
}


def alias_of(value: Any) -> str:
    """The alias of a value's BSON type; "uuid" for binary subtype 4."""
    alias = _ALIASES.get(type(value))
    if alias is not None:
        return alias
    if isinstance(value, Binary):
        return "uuid" if value.subtype == 4 else "binData"
    if isinstance(value, Code):
        return "javascript" if value.scope is None else "javascriptWithScope"
    return "any"
