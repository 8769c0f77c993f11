"""CAST: which pairs of types there are, and literals cast at once."""

from __future__ import annotations

from sqlglot import exp

from queryleaf_dbapi.bind.binder import Binder
from queryleaf_dbapi.bind.coerce import retype
from queryleaf_dbapi.errors import (
    DataError,
    DatatypeMismatch,
    FeatureNotSupported,
    Position,
    UndefinedObject,
)
from queryleaf_dbapi.plan.expressions import Cast, Expr, Literal, Parameter
from queryleaf_dbapi.types import INTEGER, Family, SqlType, parse_type

_NUMBERS = (Family.INTEGER, Family.DECIMAL, Family.FLOAT)
_TEXTUAL = (
    *_NUMBERS,
    Family.BOOLEAN,
    Family.DATE,
    Family.TIMESTAMP,
    Family.TIME,
    Family.UUID,
    Family.OBJECT_ID,
)

# from family -> families it can be cast to, beside its own
_CASTS: dict[Family, tuple[Family, ...]] = {
    **dict.fromkeys(_NUMBERS, (*_NUMBERS, Family.TEXT)),
    Family.TEXT: (*_TEXTUAL, Family.DOCUMENT, Family.INTERVAL, Family.BINARY),
    Family.BOOLEAN: (Family.TEXT, Family.INTEGER),
    Family.DATE: (Family.TEXT, Family.TIMESTAMP),
    Family.TIMESTAMP: (Family.TEXT, Family.DATE, Family.TIME),
    Family.TIME: (Family.TEXT, Family.INTERVAL),
    Family.INTERVAL: (Family.TEXT, Family.TIME),
    Family.UUID: (Family.TEXT,),
    Family.BINARY: (Family.TEXT,),
    Family.OBJECT_ID: (Family.TEXT,),
    Family.ANY: (*_TEXTUAL, Family.TEXT, Family.DOCUMENT, Family.ARRAY),
    Family.DOCUMENT: (*_NUMBERS, Family.BOOLEAN, Family.ARRAY),
    Family.ARRAY: (Family.DOCUMENT,),
}
_CASTS[Family.INTEGER] = (*_NUMBERS, Family.TEXT, Family.BOOLEAN)

# PostgreSQL's types that have no place here: refused, where others do not exist
_NAMES = """
MONEY BIT VARBIT XML INET CIDR MACADDR MACADDR8 POINT LINE LSEG BOX PATH POLYGON
CIRCLE OID REGCLASS REGTYPE REGPROC REGPROCEDURE REGOPER REGOPERATOR REGROLE
REGNAMESPACE REGCONFIG REGDICTIONARY TSVECTOR TSQUERY HSTORE CITEXT CHAR TIMETZ
INT4RANGE INT8RANGE NUMRANGE TSRANGE TSTZRANGE DATERANGE JSONPATH XID CID TID PG_LSN
GEOMETRY GEOGRAPHY VECTOR LTREE CUBE
"""
_POSTGRES_TYPES = frozenset(_NAMES.split())


def named_type(node: exp.Expr, binder: Binder) -> SqlType:
    """The type a DataType node names."""
    text = node.sql(dialect="postgres")
    try:
        return parse_type(text)
    except DataError as error:
        error.position = binder.position(node)
        raise
    except UndefinedObject as error:
        place = binder.position(node) or binder.position(node.parent)
        name = text.strip('"').partition("(")[0].upper()
        if name in _POSTGRES_TYPES:
            raise FeatureNotSupported(
                f"type {name} is not supported", position=place
            ) from None
        error.position = place
        raise


def bind_cast(
    operand: Expr,
    target: SqlType,
    safe: bool = False,
    position: Position | None = None,
) -> Expr:
    """CAST(operand AS target).

    Raises DatatypeMismatch for a pair of types without a cast.
    """
    family = operand.type.family
    if isinstance(operand, Literal) and operand.value is None:
        return Literal(None, target)
    if isinstance(operand, Literal) and target.family is Family.TEXT:
        operand = _cut(operand, target)
    if family is Family.UNKNOWN and not (safe and isinstance(operand, Literal)):
        return retype(operand, target, position)
    if family is Family.UNKNOWN:
        try:
            return retype(operand, target, position)
        except DataError:
            return Literal(None, target)
    if isinstance(operand, Parameter) and family is target.family:
        return retype(operand, target, position)
    same = operand.type == target or (family is target.family and not _narrows(target))
    keeps_apart = family in (Family.INTEGER, Family.TIMESTAMP)
    if same and not (keeps_apart and operand.type != target):
        return operand
    pair = {family, target.family}
    number = operand.type if family is Family.INTEGER else target
    no_cast = target.family is not family and target.family not in _CASTS.get(
        family, ()
    )
    if pair == {Family.BOOLEAN, Family.INTEGER} and not isinstance(operand, Parameter):
        no_cast = number != INTEGER  # PostgreSQL has the cast of INTEGER only
    if no_cast:
        raise DatatypeMismatch(
            f"cannot cast type {str(operand.type).lower()} to {str(target).lower()}",
            position=position,
            sqlstate="42846",
        )
    return Cast(operand, target, operand.nullable or safe, safe)


def _cut(operand: Literal, target: SqlType) -> Literal:
    """An explicit cast to VARCHAR(n) cuts; only an assignment refuses."""
    if not target.parameters or not isinstance(operand.value, str):
        return operand
    return Literal(operand.value[: target.parameters[0]], operand.type)


def _narrows(target: SqlType) -> bool:
    return bool(target.parameters)
