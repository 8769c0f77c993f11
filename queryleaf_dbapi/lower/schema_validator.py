"""The validator of a declared table: what the server itself can enforce.

Types, NOT NULL, lengths and ranges are $jsonSchema; each CHECK is an $expr. A
nullable column may be missing or null. Fields beyond the columns are allowed:
`_id`, and what other programs keep beside ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from queryleaf_dbapi.catalog.catalog import Collection, Field
from queryleaf_dbapi.types import SMALLINT, Family, SqlType


@dataclass(frozen=True, slots=True)
class ExpressionCompiler:
    """How CHECK and DEFAULT become aggregation expressions over a document.

    `check(table, sql)` is true when the check is TRUE or NULL; `default(table,
    field)` is the value of the field's DEFAULT, in the field's type; `convert(table,
    field, using)` is what the field, of a new type, gets of the table's columns;
    `generated(table, field)` is the value of a generated column.
    """

    check: Callable[[Collection, str], Any]
    default: Callable[[Collection, Field], Any]
    convert: Callable[[Collection, Field, str | None], Any]
    generated: Callable[[Collection, Field], Any]


def validator_of(table: Collection, compiler: ExpressionCompiler) -> dict[str, Any]:
    """The validator of a declared table: types, NOT NULL, lengths and CHECKs.

    The checks stay separate and in order, so that the server's error says which
    one failed (`catalog/violation.py`).
    """
    schema = {"$jsonSchema": json_schema(table)}
    if not table.checks:
        return schema
    checks = [{"$expr": compiler.check(table, each.sql)} for each in table.checks]
    return {"$and": [schema, *checks]}


def json_schema(table: Collection) -> dict[str, Any]:
    """The $jsonSchema of the columns."""
    schema: dict[str, Any] = {
        "bsonType": "object",
        "properties": {field.name: _column_schema(field) for field in table.fields},
    }
    # the server adds a missing _id by itself, after looking at the document
    required = [
        field.name
        for field in table.fields
        if not field.nullable and field.name != "_id"
    ]
    if required:  # an empty list is an error to the server
        schema["required"] = required
    return schema


def _column_schema(field: Field) -> dict[str, Any]:
    schema = _value_schema(field.type, field.nullable)
    if field.type.family is Family.TEXT and field.type.parameters:
        schema["maxLength"] = field.type.parameters[0]  # in code points, as SQL counts
    if field.type == SMALLINT:
        schema["minimum"], schema["maximum"] = -(1 << 15), (1 << 15) - 1
    return schema


def _value_schema(sql_type: SqlType, nullable: bool) -> dict[str, Any]:
    if not sql_type.bson:  # JSON and ANY: any BSON type
        return {} if nullable else {"not": {"bsonType": "null"}}
    null = ["null"] if nullable else []
    schema: dict[str, Any] = {"bsonType": [*sql_type.bson, *null]}
    if sql_type.element is not None and sql_type.element.bson:
        # elements may be NULL, and arrays again: INTEGER[] has any dimensions
        schema["items"] = {
            "bsonType": list(dict.fromkeys((*sql_type.element.bson, "null", "array")))
        }
    return schema
