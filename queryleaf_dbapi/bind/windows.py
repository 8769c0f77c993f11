"""OVER (...): window calls, collected by what they share; the Window relations."""

from __future__ import annotations

from itertools import pairwise

from sqlglot import exp

from queryleaf_dbapi import functions
from queryleaf_dbapi.bind import aggregates, expressions, frames, ordering
from queryleaf_dbapi.bind.binder import Binder, Collector, Place, WindowSpec
from queryleaf_dbapi.bind.calls import argument_slots, convert_arguments
from queryleaf_dbapi.bind.coerce import settle_type, unify
from queryleaf_dbapi.bind.limits import folded
from queryleaf_dbapi.bind.ordered_sets import is_hypothetical
from queryleaf_dbapi.bind.shapes import call_shape
from queryleaf_dbapi.errors import (
    GroupingError,
    UndefinedFunction,
    UndefinedObject,
    WrongObjectType,
)
from queryleaf_dbapi.plan.expressions import Expr, WindowCall
from queryleaf_dbapi.plan.relations import Relation, Window
from queryleaf_dbapi.plan.signature import WindowDef
from queryleaf_dbapi.plan.visit import refers_to
from queryleaf_dbapi.sql.accepted import describe, refuse

_CLAUSES = ("SELECT", "ORDER BY", "DISTINCT ON")


def name_windows(binder: Binder, collector: Collector, node: exp.Expr) -> None:
    """Remember the WINDOW clause of a SELECT."""
    for each in node.args.get("windows") or []:
        if each.name in collector.named_windows:
            raise frames.windowing_error(
                binder, f'window "{each.name}" is already defined', each
            )
        collector.named_windows[each.name] = each


def bind_window(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """A reference to the column in which a window function's result will be."""
    collector = place.collector
    if place.in_aggregate and place.clause != "FILTER":
        raise GroupingError(
            "aggregate function calls cannot contain window function calls",
            position=binder.position(node),
        )
    if collector is None or place.in_aggregate or place.clause not in _CLAUSES:
        raise frames.windowing_error(
            binder, f"window functions are not allowed in {place.clause}", node
        )
    inside = Place(place.scope, "a window function", collector)
    spec = _spec(binder, inside, collector, node)
    call = _call(binder, inside, node.this)
    for known_spec, column, known in collector.windows:
        if known == call and known_spec == spec:
            return aggregates.reference(column)
    name = call.function.name.lower()
    column = binder.ids.column(name, call.type, call.nullable)
    collector.windows.append((spec, column, call))
    return aggregates.reference(column)


def _call(binder: Binder, place: Place, node: exp.Expr) -> WindowCall:
    condition = None
    if isinstance(node, exp.Filter):
        condition = expressions.bind_condition(binder, place, node.expression.this)
        node = node.this
    if isinstance(node, exp.IgnoreNulls | exp.RespectNulls):
        raise refuse("IGNORE NULLS / RESPECT NULLS", node, binder.sql)
    if is_hypothetical(node):
        raise WrongObjectType(
            "WITHIN GROUP is required for ordered-set aggregate "
            f"{describe(node).lower()}",
            position=binder.position(node),
        )
    if isinstance(node, exp.WithinGroup):
        raise refuse(
            f"OVER of an ordered-set aggregate ({describe(node.this)})",
            node,
            binder.sql,
        )
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
        name = "COUNT"
    elif not isinstance(node, exp.Func):
        raise refuse(f"{describe(node)} over a window", node, binder.sql)
    else:
        name, _ = call_shape(node, binder.sql)
    definition = functions.WINDOWS.get(name)
    if definition is not None:
        if condition is not None:
            raise refuse(f"{name} with FILTER", node, binder.sql)
        return _window_call(binder, place, node, definition)
    if not aggregates.is_aggregate(name):
        raise WrongObjectType(
            f"OVER specified, but {name.lower()} is not a window function nor an "
            "aggregate function",
            position=binder.position(node),
        )
    call, _ = aggregates.make_aggregate(binder, place, node, over_window=True)
    if call.distinct or call.order_by:
        what = "DISTINCT" if call.distinct else "ORDER BY of an aggregate"
        raise refuse(f"{what} in a window function", node, binder.sql)
    nullable = call.nullable or condition is not None
    # over an empty frame an aggregate is NULL, but for COUNT
    may_be_null = call.function.empty is None
    return WindowCall(
        call.function, call.arguments, call.type, may_be_null or nullable, condition
    )


def _window_call(
    binder: Binder, place: Place, node: exp.Expr, definition: WindowDef
) -> WindowCall:
    _, nodes = call_shape(node, binder.sql)
    bound = [expressions.bind_expression(binder, place, each) for each in nodes]
    position = binder.position(node)
    if argument_slots(definition.arguments, len(bound)) is None:
        raise UndefinedFunction(
            f"{definition.name} does not take {len(bound)} arguments", position=position
        )
    if len(bound) == 3:  # LAG(value, offset, default)
        pair, _ = unify((bound[0], bound[2]), definition.name, position)
        bound = [pair[0], bound[1], pair[1]]
    for slot, argument in zip(definition.arguments, bound, strict=False):
        if not slot.accepts(argument.type):
            types = ", ".join(str(each.type).lower() for each in bound)
            raise UndefinedFunction(
                f"function {definition.name.lower()}({types}) does not exist",
                position=position,
            )
    if definition.name == "NTILE" and refers_to(bound[0]):
        raise refuse("NTILE of a column", node, binder.sql)
    arguments = convert_arguments(definition.arguments, bound, position)
    arguments = tuple(folded(settle_type(each)) for each in arguments)
    sql_type = definition.returns(tuple(each.type for each in arguments))
    return WindowCall(definition, arguments, sql_type, not definition.never_null)


def _spec(
    binder: Binder, place: Place, collector: Collector, node: exp.Expr
) -> WindowSpec:
    """PARTITION BY, ORDER BY and frame, those of a named window included."""
    parts = [node]
    while (alias := parts[0].args.get("alias")) is not None:
        parts.insert(0, _named(binder, collector, alias, before=parts[0]))
    for base, part in pairwise(parts):
        _check_inherited(binder, base, part)
    partition_nodes: list[exp.Expr] = next(
        (p.args["partition_by"] for p in parts if p.args.get("partition_by")), []
    )
    order = next((p.args["order"] for p in parts if p.args.get("order")), None)
    frame = next((p.args["spec"] for p in reversed(parts) if p.args.get("spec")), None)
    partition = tuple(
        settle_type(expressions.bind_expression(binder, place, each))
        for each in partition_nodes
    )
    order_nodes = order.expressions if order is not None else ()
    keys = ordering.bind_keys(binder, place, order_nodes)
    return WindowSpec(partition, keys, frames.bind_frame(binder, place, frame, keys))


def _named(
    binder: Binder, collector: Collector, alias: exp.Expr, before: exp.Expr
) -> exp.Expr:
    """The window of a name; in the WINDOW clause, one defined before."""
    names = list(collector.named_windows)
    if before in collector.named_windows.values():
        names = names[: list(collector.named_windows.values()).index(before)]
    if alias.name not in names:
        raise UndefinedObject(
            f'window "{alias.name}" does not exist', position=binder.position(alias)
        )
    return collector.named_windows[alias.name]


def _check_inherited(binder: Binder, base: exp.Expr, part: exp.Expr) -> None:
    """What a window made of another may say: ORDER BY when that has none, a frame."""
    name = base.name
    problem = ""
    if part.args.get("partition_by"):
        problem = f'cannot override PARTITION BY clause of window "{name}"'
    elif part.args.get("order") and base.args.get("order"):
        problem = f'cannot override ORDER BY clause of window "{name}"'
    elif base.args.get("spec") and (part.args.get("order") or part.args.get("spec")):
        problem = f'cannot copy window "{name}" because it has a frame clause'
    if problem:
        raise frames.windowing_error(binder, problem, part)


def add_windows(collector: Collector, relation: Relation) -> Relation:
    """One Window per specification, over one another."""
    specs = dict.fromkeys(spec for spec, _, _ in collector.windows)
    for spec in specs:
        calls = tuple((c, call) for s, c, call in collector.windows if s == spec)
        relation = Window(relation, spec.partition, spec.order, spec.frame, calls)
    return relation
