"""ORDER BY keys, LIMIT and OFFSET."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from queryleaf_dbapi.bind import expressions
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.coerce import retype, settle_type
from queryleaf_dbapi.errors import DataError, DatatypeMismatch, ProgrammingError
from queryleaf_dbapi.plan.expressions import Expr, Literal, Parameter, SortKey
from queryleaf_dbapi.plan.relations import Limit, Relation
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types import BIGINT, Family


def bind_keys(
    binder: Binder,
    place: Place,
    nodes: Sequence[exp.Expr],
    named: Callable[[exp.Expr], Expr | None] = lambda node: None,
) -> tuple[SortKey, ...]:
    """The keys of an ORDER BY; `named` resolves positions and output names.

    PostgreSQL puts NULLs last ascending and first descending; sqlglot has
    already worked that out into `nulls_first`.
    """
    keys = []
    for node in nodes:
        inner = node.this if isinstance(node, exp.Ordered) else node
        value = named(inner)
        if value is None:
            value = settle_type(expressions.bind_expression(binder, place, inner))
        descending = bool(node.args.get("desc"))
        nulls_first = bool(node.args.get("nulls_first"))
        keys.append(SortKey(value, descending, nulls_first))
    return tuple(keys)


def bind_limit(
    binder: Binder, place: Place, query: exp.Expr, relation: Relation
) -> Relation:
    """The relation under LIMIT / OFFSET / FETCH FIRST, if the query has them."""
    limit, offset = query.args.get("limit"), query.args.get("offset")
    count = None
    if isinstance(limit, exp.Fetch):
        options = limit.args.get("limit_options")
        if options is not None and (
            options.args.get("percent") or options.args.get("with_ties")
        ):
            raise refuse("FETCH FIRST ... PERCENT / WITH TIES", limit, binder.sql)
        node = limit.args.get("count") or exp.Literal.number(1)
        count = _count(binder, place, node, "FETCH")
    elif isinstance(limit, exp.Limit):
        is_all = isinstance(limit.expression, exp.Var | exp.Null)
        count = None if is_all else _count(binder, place, limit.expression, "LIMIT")
    skip = None
    if offset is not None:
        skip = _count(binder, place, offset.expression, "OFFSET")
    if count is None and skip is None:
        return relation
    return Limit(relation, count, skip)


def _count(binder: Binder, place: Place, node: exp.Expr, clause: str) -> Expr | None:
    bound = expressions.bind_expression(binder, place, node)
    position = binder.position(node)
    if isinstance(bound, Literal) and bound.value is None:
        return None  # LIMIT NULL is LIMIT ALL
    if not isinstance(bound, Literal | Parameter):
        raise refuse(
            f"{clause} of anything but a number or parameter", node, binder.sql
        )
    if bound.type.family not in (Family.INTEGER, Family.UNKNOWN):
        raise DatatypeMismatch(
            f"argument of {clause} must be an integer", position=position
        )
    result = retype(bound, BIGINT, position)
    if isinstance(result, Literal) and result.value < 0:
        raise DataError(f"{clause} must not be negative", position=position)
    return result


def position_of_output(
    binder: Binder, node: exp.Expr, count: int, clause: str
) -> int | None:
    """`ORDER BY 2`: the output's index from 0, or None when it is no number."""
    if not isinstance(node, exp.Literal) or node.is_string:
        return None
    if not node.name.isdigit() or not 1 <= int(node.name) <= count:
        raise ProgrammingError(
            f"{clause} position {node.name} is not in the select list",
            position=binder.position(node),
        )
    return int(node.name) - 1
