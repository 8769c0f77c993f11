"""MongoDB's own values: object identifiers, BSON types and sizes."""

from __future__ import annotations

from bson.objectid import ObjectId

from queryleaf_dbapi.functions.arguments import Anything, Json, Text
from queryleaf_dbapi.functions.arguments import ObjectId as ObjectIdArgument
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.plan.signature import Mql, Nulls
from queryleaf_dbapi.types import INTEGER, OBJECTID, TEXT, TIMESTAMPTZ


@function(
    "OBJECTID",
    args=[Text],
    returns=OBJECTID,
    nulls=Nulls.NATIVE,
    examples={
        "OBJECTID('65f0a1b2c3d4e5f60718293a')": ObjectId("65f0a1b2c3d4e5f60718293a"),
        "OBJECTID(NULL)": None,
    },
)
def object_id(text: Mql) -> Mql:
    """The object identifier of 24 hexadecimal digits."""
    return mql("$toObjectId", text)


@function(
    "OBJECTID_TIMESTAMP",
    args=[ObjectIdArgument],
    returns=TIMESTAMPTZ,
    nulls=Nulls.NATIVE,
    examples={
        "OBJECTID_TIMESTAMP(OBJECTID('65f0a1b2c3d4e5f60718293a')) "
        "= TIMESTAMPTZ '2024-03-12 18:40:50+00'": True,
        "OBJECTID_TIMESTAMP(NULL)": None,
    },
)
def object_id_timestamp(value: Mql) -> Mql:
    """When the object identifier was made, to the second."""
    return mql("$toDate", value)


@function(
    "BSON_SIZE",
    args=[Json],
    returns=INTEGER,
    nulls=Nulls.NATIVE,
    examples={
        "BSON_SIZE(JSON_BUILD_OBJECT('a', 'b'))": 14,
        "BSON_SIZE(JSON_BUILD_OBJECT())": 5,
        "BSON_SIZE(NULL)": None,
    },
)
def bson_size(document: Mql) -> Mql:
    """Size of a document in bytes, as it is stored."""
    return mql("$bsonSize", [document])


@function(
    "BSON_TYPE",
    args=[Anything],
    returns=TEXT,
    examples={
        "BSON_TYPE(1)": "int",
        "BSON_TYPE('a')": "string",
        "BSON_TYPE(NULL)": None,
    },
)
def bson_type(value: Mql) -> Mql:
    """MongoDB's name for the type of the value, such as int, long or objectId."""
    return mql("$type", [value])
