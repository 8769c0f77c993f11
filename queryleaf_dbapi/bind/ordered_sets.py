"""AGG(fractions) WITHIN GROUP (ORDER BY x): ordered-set aggregates."""

from __future__ import annotations

from sqlglot import exp

from queryleaf_dbapi import functions
from queryleaf_dbapi.bind import expressions, ordering
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.calls import choose
from queryleaf_dbapi.bind.casts import bind_cast
from queryleaf_dbapi.bind.coerce import by_length, is_constant, retype
from queryleaf_dbapi.bind.shapes import call_shape
from queryleaf_dbapi.errors import Position, UndefinedFunction, WrongObjectType
from queryleaf_dbapi.functions.text_joining import CastArgument
from queryleaf_dbapi.plan.expressions import AggregateCall, Expr, Literal, SortKey
from queryleaf_dbapi.plan.signature import AggregateDef, Argument
from queryleaf_dbapi.plan.visit import refers_to
from queryleaf_dbapi.sql.accepted import describe, refuse
from queryleaf_dbapi.types import Family

# what RANK(x) and the like mean without OVER: the place a row would have
_HYPOTHETICAL = frozenset({"RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST"})


def is_hypothetical(node: exp.Expr) -> bool:
    """Whether it is RANK(x) or the like: with arguments it is no window function."""
    is_named = isinstance(node, exp.Func) and node.sql_name() in _HYPOTHETICAL
    return is_named and any(node.args.values())


def bind_ordered_set(binder: Binder, place: Place, node: exp.Expr) -> AggregateCall:
    """The AggregateCall whose first argument is what WITHIN GROUP orders."""
    position = binder.position(node.this)
    if not isinstance(node.this, exp.Func):
        raise refuse(f"{describe(node.this)} WITHIN GROUP", node, binder.sql)
    if is_hypothetical(node.this):
        what = f"{describe(node.this)} of a hypothetical row"
        raise refuse(what, node.this, binder.sql)
    name, nodes = call_shape(node.this, binder.sql)
    overloads = functions.AGGREGATES.get(name.upper(), [])
    if not overloads or not overloads[0].ordered_set:
        raise WrongObjectType(
            f"{name.lower()} is not an ordered-set aggregate, so it cannot have WITHIN "
            "GROUP",
            position=position,
        )
    if any(isinstance(each, exp.Distinct | exp.Order) for each in nodes):
        raise refuse(f"DISTINCT or ORDER BY inside {name}", node.this, binder.sql)
    keys = ordering.bind_keys(binder, place, node.expression.expressions)
    if len(keys) != 1:
        raise UndefinedFunction(
            f"{name.lower()} WITHIN GROUP takes one ORDER BY key, not {len(keys)}",
            position=position,
        )
    value = _value(binder, place, node.expression.expressions[0])
    if value.type.family is Family.INTERVAL and name != "PERCENTILE_DISC":
        raise refuse(f"{name} of intervals", node.this, binder.sql)
    direct = [expressions.bind_expression(binder, place, each) for each in nodes]
    definition = choose(overloads, [value, *direct], position)
    assert isinstance(definition, AggregateDef)
    if any(refers_to(each) for each in direct):
        raise refuse(f"{name} of a computed fraction", node.this, binder.sql)
    slots = definition.arguments
    if isinstance(slots[0], CastArgument) and slots[0].target is not None:
        value = bind_cast(value, slots[0].target, position=position)
    pairs = zip(slots[1:], direct, strict=True)
    arguments = (value, *(_direct(slot, each, position) for slot, each in pairs))
    key = SortKey(by_length(value), keys[0].descending, keys[0].nulls_first)
    sql_type = definition.returns(tuple(each.type for each in arguments))
    return AggregateCall(
        definition, arguments, sql_type, value.nullable, order_by=(key,)
    )


def _value(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """The key of ORDER BY as a value: an interval, not its length."""
    inner = node.this if isinstance(node, exp.Ordered) else node
    return expressions.settled(binder, place, inner)


def _direct(slot: Argument, value: Expr, position: Position | None) -> Expr:
    """A fraction in double precision, an array of them too."""
    assert slot.target is not None
    if isinstance(value, Literal) and value.value is None:
        return Literal(None, slot.target)
    if is_constant(value):
        return retype(value, slot.target, position)
    if value.type.family is Family.ARRAY:
        return value
    return bind_cast(value, slot.target, position=position)
