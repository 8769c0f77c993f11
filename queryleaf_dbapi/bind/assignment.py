"""Assignment casts: a value on its way into a column, as INSERT and UPDATE do it.

PostgreSQL allows more here than in expressions: a number takes the column's
number type, anything may become text. What it does not allow is an error.
"""

from __future__ import annotations

from queryleaf_dbapi.bind.casts import bind_cast
from queryleaf_dbapi.bind.coerce import is_constant, retype
from queryleaf_dbapi.catalog.catalog import Field
from queryleaf_dbapi.errors import DataError, DatatypeMismatch, Position
from queryleaf_dbapi.plan.expressions import Expr, Literal, Parameter
from queryleaf_dbapi.types import Family, SqlType

_TIMES = frozenset({Family.DATE, Family.TIMESTAMP})


def assign(value: Expr, field: Field, position: Position | None) -> Expr:
    """The value as it will be stored in the field.

    Raises DatatypeMismatch: `column "a" is of type integer but expression is of
    type boolean`.
    """
    target = field.type
    source: SqlType = value.type
    if isinstance(value, Literal) and value.value is None:
        return Literal(None, target)
    if target.family in (Family.ANY, Family.UNKNOWN):
        return retype(value, target, position) if _is_unknown(value) else value
    if isinstance(value, Parameter):
        # a Python value is read by the column's type when it is filled in: a str
        # is text that the type must understand, other classes must fit
        return _parameter(value, field, position)
    if _is_unknown(value):
        return retype(value, target, position)
    if not _assignable(source, target):
        raise DatatypeMismatch(
            f'column "{field.name}" is of type {str(target).lower()} but expression '
            f"is of type {str(source).lower()}",
            position=position,
        )
    if isinstance(value, Literal):
        return _literal(value, target, position)
    if source.family is target.family and not target.parameters and source == target:
        return value
    return bind_cast(value, target, position=position)


def _parameter(value: Parameter, field: Field, position: Position | None) -> Expr:
    if not (_is_unknown(value) or _assignable(value.type, field.type)):
        raise DatatypeMismatch(
            f'column "{field.name}" is of type {str(field.type).lower()} but the '
            f"parameter is of type {str(value.type).lower()}",
            position=position,
        )
    return retype(value, field.type, position)


def _literal(value: Literal, target: SqlType, position: Position | None) -> Expr:
    family = value.type.family
    if target.family is Family.TEXT and family is not Family.TEXT:
        return bind_cast(value, target, position=position)
    loaded = value.type.load(value.value) if value.type.load else value.value
    try:
        return Literal(target.dump(loaded), target)
    except DataError as error:
        error.position = error.position or position
        raise


def _is_unknown(value: Expr) -> bool:
    unknown = value.type.family is Family.UNKNOWN
    return unknown and is_constant(value)


def _assignable(source: SqlType, target: SqlType) -> bool:
    if source.family in (target.family, Family.ANY, Family.UNKNOWN):
        return True
    if source.is_numeric and target.is_numeric:
        return True
    if {source.family, target.family} <= _TIMES:
        return True
    if target.family is Family.DOCUMENT:
        return True  # a JSON column stores any value
    if target.family is Family.TEXT:
        return source.family not in (Family.BINARY, Family.DOCUMENT, Family.ARRAY)
    if target.family is Family.ARRAY:
        return source.family is Family.DOCUMENT
    return {source.family, target.family} == {Family.TEXT, Family.OBJECT_ID}
