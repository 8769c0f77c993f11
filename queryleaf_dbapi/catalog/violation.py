"""Which constraint a document broke, read from the server's error 121.

The validator of a declared table is its $jsonSchema, then one $expr per CHECK in
the order of the catalog (`lower/schema.py`); the server numbers what it finds
wrong in that order, and names properties. Values are in the details as well and
are not touched: they do not belong in a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from queryleaf_dbapi.catalog.catalog import Collection
from queryleaf_dbapi.errors import (
    CheckViolation,
    DatabaseError,
    DataError,
    NotNullViolation,
    StringDataRightTruncation,
)

DOCUMENT_FAILED_VALIDATION = 121


def violation_error(table: Collection, details: Mapping[str, Any]) -> DatabaseError:
    """The error for `errInfo.details` (or all of `errInfo`) of code 121."""
    details = details.get("details", details)
    for clause in _clauses(details):
        index, inner = clause
        if index > 0 and index <= len(table.checks):
            return CheckViolation(
                f'new row of "{table.name}" violates check constraint '
                f'"{table.checks[index - 1].name}"',
                server_code=DOCUMENT_FAILED_VALIDATION,
            )
        for rule in inner.get("schemaRulesNotSatisfied", ()):
            found = _schema_error(table, rule)
            if found is not None:
                return found
    return CheckViolation(
        f'new row of "{table.name}" violates the collection\'s validator',
        server_code=DOCUMENT_FAILED_VALIDATION,
    )


def _clauses(details: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if details.get("operatorName") == "$and":
        for clause in details.get("clausesNotSatisfied", ()):
            yield clause.get("index", 0), clause.get("details", {})
    else:
        yield 0, details


def _schema_error(table: Collection, rule: Mapping[str, Any]) -> DatabaseError | None:
    missing = rule.get("missingProperties")
    if missing:
        return _not_null(table, missing[0])
    for failed in rule.get("propertiesNotSatisfied", ()):
        name = failed.get("propertyName", "")
        for detail in failed.get("details", ()):
            operator = detail.get("operatorName")
            if operator == "not" or detail.get("consideredType") == "null":
                return _not_null(table, name)
            if operator == "maxLength":
                return StringDataRightTruncation(
                    f'value too long for column "{name}" of "{table.name}"',
                    server_code=DOCUMENT_FAILED_VALIDATION,
                )
            return _wrong_type(table, name, detail)
    return None


def _not_null(table: Collection, column: str) -> DatabaseError:
    return NotNullViolation(
        f'null value in column "{column}" of "{table.name}" violates not-null '
        "constraint",
        server_code=DOCUMENT_FAILED_VALIDATION,
    )


def _wrong_type(
    table: Collection, column: str, detail: Mapping[str, Any]
) -> DatabaseError:
    field = table.field(column)
    of_type = f" of type {field.type}" if field is not None else ""
    stored = detail.get("consideredType")
    what = f"a value of BSON type {stored}" if stored else "the value"
    return DataError(
        f'{what} does not fit column "{column}"{of_type} of "{table.name}"',
        server_code=DOCUMENT_FAILED_VALIDATION,
    )
