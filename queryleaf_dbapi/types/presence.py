"""The filter of a partial index that holds the documents with a value at a path.

A comparison with the least value of the column's type,

    {"email": {"$gte": ""}}

is true for every text and nothing else, and `{"email": "x"}` implies it: the planner
then still uses the index for it. ($type and $exists would keep it from that;
{"$gt": null} is accepted but holds no document at all. MongoDB 6.0.5.)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from bson import json_util
from bson.binary import Binary
from bson.objectid import ObjectId

from queryleaf_dbapi.types.base import Family, SqlType

_NUMBERS: list[dict[str, Any]] = [{"$gte": float("-inf")}]
# NaN is below -Infinity and compares with itself alone
_NUMBERS_AND_NAN = [*_NUMBERS, {"$eq": float("nan")}]
_TEXTS: list[dict[str, Any]] = [{"$gte": ""}]
_DATES: list[dict[str, Any]] = [{"$gte": dt.datetime(1, 1, 1)}]
_BINARIES: list[dict[str, Any]] = [{"$gte": Binary(b"")}]

# For each family, comparisons of which one is true exactly when there is a value.
_PRESENT: dict[Family, list[dict[str, Any]]] = {
    Family.BOOLEAN: [{"$gte": False}],
    Family.INTEGER: _NUMBERS,
    Family.DECIMAL: _NUMBERS_AND_NAN,
    Family.FLOAT: _NUMBERS_AND_NAN,
    Family.TEXT: _TEXTS,
    Family.TIME: _TEXTS,
    Family.BINARY: _BINARIES,
    Family.UUID: _BINARIES,
    Family.DATE: _DATES,
    Family.TIMESTAMP: _DATES,
    Family.OBJECT_ID: [{"$gte": ObjectId("0" * 24)}],
    Family.INTERVAL: [{"$gte": {}}],
}
_ANYTHING: list[dict[str, Any]] = [
    *_NUMBERS_AND_NAN,
    *_TEXTS,
    *_DATES,
    *_BINARIES,
    *_PRESENT[Family.BOOLEAN],
    *_PRESENT[Family.OBJECT_ID],
    *_PRESENT[Family.INTERVAL],
    {"$type": ["array", "regex", "timestamp", "javascript", "minKey", "maxKey"]},
]


def is_present(path: str, sql_type: SqlType) -> dict[str, Any]:
    """The filter that is true where the path holds a value, NULL being none."""
    return _any_of(path, _PRESENT.get(sql_type.family, _ANYTHING))


def _any_of(path: str, alternatives: list[dict[str, Any]]) -> dict[str, Any]:
    if len(alternatives) == 1:
        return {path: alternatives[0]}
    return {"$or": [{path: each} for each in alternatives]}


def says_more(partial: str, paths: Collection[str]) -> bool:
    """Whether a partial index's filter (as JSON) asks for more than values at these
    paths: then the index is not unique over all documents that have them."""
    document = json_util.loads(partial)
    clauses: Sequence[Any] = (
        document["$and"] if set(document) == {"$and"} else [document]
    )
    present = [
        _any_of(path, alternatives)
        for path in paths
        for alternatives in (*_PRESENT.values(), _ANYTHING)
    ]
    return any(clause not in present for clause in clauses)
