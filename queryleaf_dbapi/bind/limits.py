"""LIMIT, OFFSET and FETCH FIRST."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from sqlglot import exp

from queryleaf_dbapi.bind import expressions
from queryleaf_dbapi.bind.aggregates import scope_ids
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.casts import bind_cast
from queryleaf_dbapi.bind.coerce import retype
from queryleaf_dbapi.errors import (
    DataError,
    DatatypeMismatch,
    ProgrammingError,
    SyntaxError_,
)
from queryleaf_dbapi.plan.expressions import Call, Expr, Literal, Parameter
from queryleaf_dbapi.plan.relations import Limit, Relation
from queryleaf_dbapi.plan.visit import refers_to
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types import BIGINT, NUMERIC, NUMERIC_FAMILIES, Family

_STATES = {"LIMIT": "2201W", "OFFSET": "2201X"}


def bind_limit(
    binder: Binder, place: Place, query: exp.Expr, relation: Relation
) -> Relation:
    """The relation under LIMIT / OFFSET / FETCH FIRST, if the query has them."""
    place = Place(place.scope, "LIMIT")
    limit, offset = query.args.get("limit"), query.args.get("offset")
    count, with_ties = None, False
    if isinstance(limit, exp.Fetch):
        with_ties = _with_ties(binder, query, limit)
        node = limit.args.get("count") or exp.Literal.number(1)
        count = _count(binder, place, node, "LIMIT")
    elif isinstance(limit, exp.Limit):
        is_all = isinstance(limit.expression, exp.Var | exp.Null)
        count = None if is_all else _count(binder, place, limit.expression, "LIMIT")
    skip = None
    if offset is not None:
        skip = _count(binder, place, offset.expression, "OFFSET")
    if count is None and skip is None:
        return relation
    return Limit(relation, count, skip, with_ties and count is not None)


def _with_ties(binder: Binder, query: exp.Expr, fetch: exp.Expr) -> bool:
    options = fetch.args.get("limit_options")
    if options is None:
        return False
    if options.args.get("percent"):
        raise refuse("FETCH FIRST ... PERCENT", fetch, binder.sql)
    if options.args.get("with_ties") and query.args.get("order") is None:
        raise SyntaxError_(
            "WITH TIES cannot be specified without ORDER BY clause",
            position=binder.position(fetch),
        )
    return bool(options.args.get("with_ties"))


def _count(binder: Binder, place: Place, node: exp.Expr, clause: str) -> Expr | None:
    """A count as a BIGINT; None where it is NULL, which bounds nothing."""
    bound = expressions.bind_expression(binder, place, node)
    position = binder.position(node)
    if refers_to(bound) & scope_ids(place.scope):
        raise ProgrammingError(
            f"argument of {clause} must not contain variables",
            position=position,
            sqlstate="42P10",
        )
    bound = rounded(folded(bound))
    if isinstance(bound, Literal) and bound.value is None:
        return None
    if bound.type.family is Family.UNKNOWN and isinstance(bound, Literal | Parameter):
        bound = retype(bound, BIGINT, position)
    if bound.type.family is Family.ANY:
        bound = bind_cast(bound, BIGINT, position=position)
    elif bound.type.family not in NUMERIC_FAMILIES:
        raise DatatypeMismatch(
            f"argument of {clause} must be type bigint, not type "
            f"{str(bound.type).lower()}",
            position=position,
        )
    elif bound.type.family is not Family.INTEGER:
        bound = bind_cast(bound, BIGINT, position=position)
    if isinstance(bound, Parameter):
        return retype(bound, BIGINT, position)
    if isinstance(bound, Literal) and int(bound.value) < 0:
        raise DataError(
            f"{clause} must not be negative",
            position=position,
            sqlstate=_STATES[clause],
        )
    return bound


def rounded(node: Expr) -> Expr:
    """LIMIT 2.5 is LIMIT 3."""
    if not isinstance(node, Literal) or node.type.family is not Family.DECIMAL:
        return node
    load = NUMERIC.load
    if node.value is None or load is None:
        return node
    return Literal(int(load(node.value).quantize(Decimal(1), ROUND_HALF_UP)), BIGINT)


def folded(node: Expr) -> Expr:
    """`2 + 1` as a Literal: where the server takes nothing but a number, what is
    written in the statement is worked out here."""
    number = _number(node)
    return node if number is None else Literal(number, BIGINT)


def _number(node: Expr) -> int | None:
    if isinstance(node, Literal):
        if node.type.family is Family.INTEGER and node.value is not None:
            return int(node.value)
        return None
    if not isinstance(node, Call) or node.type.family is not Family.INTEGER:
        return None
    numbers = [_number(each) for each in node.arguments]
    match (node.function.name, numbers):
        case ("+", [int(left), int(right)]):
            return left + right
        case ("-", [int(left), int(right)]):
            return left - right
        case ("*", [int(left), int(right)]):
            return left * right
        case ("negate", [int(number)]):
            return -number
        case _:
            return None
