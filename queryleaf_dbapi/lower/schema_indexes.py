"""Indexes of constraints and of CREATE INDEX, as documents for createIndexes.

SQL's UNIQUE takes any number of NULLs, the server's takes one. So a unique index
over nullable columns is partial: it holds the documents where every column has a
value. The filter is a comparison with the least value of the column's type,

    {"email": {"$gte": ""}}

which is true for every text and nothing else, and which `{"email": "x"}` implies:
the planner then still uses the index for it. ($type and $exists would keep it from
that; {"$gt": null} is accepted but holds no document at all. MongoDB 6.0.5.)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from bson import json_util
from bson.binary import Binary
from bson.objectid import ObjectId

from queryleaf_dbapi.catalog.catalog import Collection, Index, Key
from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.plan.schema_statements import IndexCondition
from queryleaf_dbapi.types import ANY, Family, SqlType

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
_OPERATORS = {"=": "$eq", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}


def constraint_indexes(table: Collection) -> Iterator[dict[str, Any]]:
    """The unique indexes of PRIMARY KEY and UNIQUE; `_id` has MongoDB's own."""
    keys: list[Key] = [] if table.primary_key is None else [table.primary_key]
    for key in (*keys, *table.unique):
        if key.columns == ("_id",):
            continue
        index = Index(key.name, tuple((name, 1) for name in key.columns), unique=True)
        yield index_document(table, index)


def index_document(
    table: Collection, index: Index, where: tuple[IndexCondition, ...] = ()
) -> dict[str, Any]:
    """An index of the plan as createIndexes takes it."""
    document: dict[str, Any] = {"key": dict(index.keys), "name": index.name}
    if index.expire_after_seconds is not None:
        document["expireAfterSeconds"] = index.expire_after_seconds
    clauses = [_condition(table, each) for each in where]
    if index.unique:
        document["unique"] = True
        clauses += [
            _is_present(path, sql_type)
            for path, sql_type in _unique_paths(table, index)
        ]
    if len(clauses) == 1:
        document["partialFilterExpression"] = clauses[0]
    elif clauses:
        document["partialFilterExpression"] = {"$and": clauses}
    return document


def stored_index_document(index: Index) -> dict[str, Any]:
    """The document that made an index the server has, to make it again."""
    document: dict[str, Any] = {"key": dict(index.keys), "name": index.name}
    if index.unique:
        document["unique"] = True
    if index.sparse:
        document["sparse"] = True
    if index.expire_after_seconds is not None:
        document["expireAfterSeconds"] = index.expire_after_seconds
    if index.partial is not None:
        document["partialFilterExpression"] = json_util.loads(index.partial)
    if index.options is not None:
        document.update(json_util.loads(index.options))
    return document


def _unique_paths(table: Collection, index: Index) -> Iterator[tuple[str, SqlType]]:
    """The columns of a unique index that may be NULL, with their types."""
    for path, _ in index.keys:
        field = table.field_at(tuple(path.split(".")))
        sql_type = ANY if field is None else field.type
        if table.closed and sql_type.may_hold_array:
            raise FeatureNotSupported(
                f'UNIQUE over "{path}" is not supported: the server would index the '
                f"elements of an array, and a column of type {sql_type} may hold one"
            )
        if field is None or field.nullable:
            # what an undeclared field holds today says nothing about tomorrow
            yield path, sql_type if table.closed else ANY


def _is_present(path: str, sql_type: SqlType) -> dict[str, Any]:
    alternatives = _PRESENT.get(sql_type.family, _ANYTHING)
    if len(alternatives) == 1:
        return {path: alternatives[0]}
    return {"$or": [{path: each} for each in alternatives]}


def _condition(table: Collection, condition: IndexCondition) -> Mapping[str, Any]:
    if condition.operator == "is null":
        return {condition.path: {"$eq": None}}
    if condition.operator == "is not null":
        field = table.field_at(tuple(condition.path.split(".")))
        known = field is not None and table.closed
        return _is_present(condition.path, field.type if field and known else ANY)
    return {condition.path: {_OPERATORS[condition.operator]: condition.value}}
