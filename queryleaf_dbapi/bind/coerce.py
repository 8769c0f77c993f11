"""Literals and parameters take the type of their context; casts where needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from queryleaf_dbapi.errors import DataError, DatatypeMismatch, Position
from queryleaf_dbapi.functions.intervals import interval_length
from queryleaf_dbapi.plan.expressions import Call, Cast, Expr, Literal, Parameter
from queryleaf_dbapi.types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    NUMERIC,
    TEXT,
    Family,
    SqlType,
    common_type_of,
    settle,
)


def is_constant(node: Expr) -> bool:
    """Whether it is a literal or a parameter."""
    return isinstance(node, Literal | Parameter)


def retype(node: Expr, sql_type: SqlType, position: Position | None = None) -> Expr:
    """A literal or parameter read as another type; the value is checked now for
    a literal, at execution for a parameter."""
    if isinstance(node, Parameter):
        return replace(node, type=sql_type)
    if isinstance(node, Literal):
        if node.value is None:
            return replace(node, type=sql_type)
        try:
            return Literal(sql_type.dump(node.value), sql_type)
        except DataError as error:
            error.position = error.position or position
            raise
    return node


def settle_type(node: Expr) -> Expr:
    """A string literal nobody typed is TEXT."""
    if node.type.family is Family.UNKNOWN:
        return retype(node, settle(node.type))
    return node


def convert(node: Expr, sql_type: SqlType, position: Position | None = None) -> Expr:
    """The value in the family of `sql_type`, without losing what it is: used where
    several values must have one type (CASE, COALESCE, a comparison)."""
    family = node.type.family
    if family is Family.UNKNOWN:
        return retype(node, settle(sql_type), position)
    if family is sql_type.family or sql_type.family is Family.ANY:
        return node
    if is_constant(node) and node.type.is_numeric and sql_type.is_numeric:
        return retype(node, sql_type, position) if _keeps(node, sql_type) else node
    if sql_type.family is Family.FLOAT and family is Family.DECIMAL:
        return Cast(node, DOUBLE, node.nullable)
    return node


def _keeps(node: Expr, sql_type: SqlType) -> bool:
    # an integer beside a double stays an integer: the server compares them exactly
    return not (
        node.type.family is Family.INTEGER and sql_type.family is not Family.INTEGER
    )


def unify(
    nodes: Sequence[Expr], what: str, position: Position | None
) -> tuple[tuple[Expr, ...], SqlType]:
    """The values converted to their common type, and that type."""
    found = common_type_of(node.type for node in nodes)
    if found is None:
        types = dict.fromkeys(str(n.type) for n in nodes)
        types.pop("UNKNOWN", None)
        raise DatatypeMismatch(
            f"{what} types {' and '.join(types)} cannot be matched",
            position=position,
        )
    found = settle(found)
    return tuple(convert(node, found, position) for node in nodes), found


def as_boolean(node: Expr, clause: str, position: Position | None) -> Expr:
    """The expression as a condition, or DatatypeMismatch."""
    if node.type.family is Family.UNKNOWN:
        return retype(node, BOOLEAN, position)
    if node.type.family in (Family.BOOLEAN, Family.ANY):
        return node
    raise DatatypeMismatch(
        f"argument of {clause} must be type boolean, not type {str(node.type).lower()}",
        position=position,
    )


def comparable(
    left: Expr, right: Expr, symbol: str, position: Position | None
) -> tuple[Expr, Expr]:
    """Both sides of a comparison, a constant read as the other side's type."""
    if left.type.family is Family.UNKNOWN and right.type.family is Family.UNKNOWN:
        return retype(left, TEXT), retype(right, TEXT)
    if is_constant(right) and not is_constant(left):
        right = _beside(right, left.type, position)
    elif is_constant(left):
        left = _beside(left, right.type, position)
    if left.type.family is Family.UNKNOWN:
        left = retype(left, settle(right.type), position)
    if right.type.family is Family.UNKNOWN:
        right = retype(right, settle(left.type), position)
    common = common_type_of((left.type, right.type))
    if common is None:
        raise no_operator(symbol, (left, right), position)
    if common.family is Family.INTERVAL:
        return by_length(left), by_length(right)
    return convert(left, common, position), convert(right, common, position)


def by_length(node: Expr) -> Expr:
    """An interval by what it is compared with: its parts may differ (1 month, 30
    days) where the intervals are equal."""
    if node.type.family is not Family.INTERVAL:
        return node
    return Call(interval_length, (node,), BIGINT, node.nullable)


def _beside(constant: Expr, other: SqlType, position: Position | None) -> Expr:
    """A constant beside a value of another type: 0.1 beside a double is a double,
    beside a NUMERIC a decimal; hex text beside an OBJECTID is one."""
    family = constant.type.family
    if family is Family.UNKNOWN:
        if other.family in (Family.ANY, Family.UNKNOWN):
            return settle_type(constant)
        return retype(constant, unparametrised(other), position)
    if {family, other.family} == {Family.DECIMAL, Family.FLOAT}:
        return retype(constant, unparametrised(other), position)
    if other.family is Family.OBJECT_ID and family is Family.TEXT:
        return retype(constant, other, position)
    return constant


def unparametrised(sql_type: SqlType) -> SqlType:
    """The type without length or precision: a comparison does not cut or round."""
    if not sql_type.parameters:
        return sql_type
    return TEXT if sql_type.family is Family.TEXT else _UNPARAMETRISED[sql_type.family]


def no_operator(
    symbol: str, operands: Sequence[Expr], position: Position | None
) -> DatatypeMismatch:
    """`operator does not exist: integer = text`."""
    names = [str(operand.type).lower() for operand in operands]
    shown = f" {symbol} ".join(names) if len(names) > 1 else f"{symbol} {names[0]}"
    return DatatypeMismatch(
        f"operator does not exist: {shown}; a CAST may help",
        position=position,
        sqlstate="42883",
    )


_UNPARAMETRISED = {Family.DECIMAL: NUMERIC, Family.TEXT: TEXT}
