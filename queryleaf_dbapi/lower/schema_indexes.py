"""Indexes of constraints and of CREATE INDEX, as documents for createIndexes.

SQL's UNIQUE takes any number of NULLs, the server's takes one. So a unique index
over nullable columns is partial: it holds the documents where every column has a
value (`types/presence.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bson import json_util

from queryleaf_dbapi.catalog.catalog import Collection, Index, Key
from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.plan.schema_statements import IndexCondition
from queryleaf_dbapi.types import ANY, SqlType
from queryleaf_dbapi.types.presence import is_present

_OPERATORS = {"=": "$eq", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}


def constraint_indexes(table: Collection) -> Iterator[dict[str, Any]]:
    """The unique indexes of PRIMARY KEY and UNIQUE; `_id` has MongoDB's own."""
    keys: list[Key] = [] if table.primary_key is None else [table.primary_key]
    for key in (*keys, *table.unique):
        if key.columns == ("_id",):
            continue
        index = Index(
            key.name,
            tuple((name, 1) for name in key.columns),
            unique=True,
            nulls_distinct=key.nulls_distinct,
        )
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
        present = [
            is_present(path, sql_type) for path, sql_type in _unique_paths(table, index)
        ]
        if index.nulls_distinct:  # else it is what the server means by unique
            clauses += present
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


def _condition(table: Collection, condition: IndexCondition) -> Mapping[str, Any]:
    if condition.operator == "is null":
        return {condition.path: {"$eq": None}}
    if condition.operator == "is not null":
        field = table.field_at(tuple(condition.path.split(".")))
        known = field is not None and table.closed
        return is_present(condition.path, field.type if field and known else ANY)
    return {condition.path: {_OPERATORS[condition.operator]: condition.value}}
