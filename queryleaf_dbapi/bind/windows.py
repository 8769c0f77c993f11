"""OVER (...): window calls, collected by what they share; the Window relations."""

from __future__ import annotations

from sqlglot import exp

from queryleaf_dbapi import functions
from queryleaf_dbapi.bind import aggregates, expressions, ordering
from queryleaf_dbapi.bind.binder import Binder, Collector, Place, WindowSpec
from queryleaf_dbapi.bind.calls import argument_slots, convert_arguments
from queryleaf_dbapi.bind.coerce import settle_type, unify
from queryleaf_dbapi.bind.shapes import call_shape
from queryleaf_dbapi.errors import GroupingError, UndefinedFunction, UndefinedObject
from queryleaf_dbapi.plan.expressions import Expr, Literal, WindowCall
from queryleaf_dbapi.plan.relations import Frame, Relation, Window
from queryleaf_dbapi.plan.signature import WindowDef
from queryleaf_dbapi.sql.accepted import describe, refuse

_CLAUSES = ("SELECT", "ORDER BY", "DISTINCT ON")


def name_windows(binder: Binder, collector: Collector, node: exp.Expr) -> None:
    """Remember the WINDOW clause of a SELECT."""
    for each in node.args.get("windows") or []:
        collector.named_windows[each.name] = each


def bind_window(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """A reference to the column in which a window function's result will be."""
    collector = place.collector
    if collector is None or place.in_aggregate or place.clause not in _CLAUSES:
        raise GroupingError(
            f"window functions are not allowed in {place.clause}",
            position=binder.position(node),
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
        raise UndefinedFunction(
            f"{name.lower()} is not a window function", position=binder.position(node)
        )
    call, _ = aggregates.make_aggregate(binder, place, node, over_window=True)
    if call.distinct or call.order_by:
        raise refuse("DISTINCT or ORDER BY in a window function", node, binder.sql)
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
    if len(bound) > 1 and not isinstance(bound[1], Literal):
        raise refuse("an offset that is not a constant", node, binder.sql)
    arguments = convert_arguments(definition.arguments, bound, position)
    arguments = tuple(settle_type(each) for each in arguments)
    sql_type = definition.returns(tuple(each.type for each in arguments))
    return WindowCall(definition, arguments, sql_type, not definition.never_null)


def _spec(
    binder: Binder, place: Place, collector: Collector, node: exp.Expr
) -> WindowSpec:
    """PARTITION BY, ORDER BY and frame, those of a named window included."""
    parts = [node]
    while (alias := parts[0].args.get("alias")) is not None:
        named = collector.named_windows.get(alias.name)
        if named is None:
            raise UndefinedObject(
                f'window "{alias.name}" does not exist', position=binder.position(alias)
            )
        parts.insert(0, named)
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
    return WindowSpec(partition, keys, _frame(binder, frame, bool(keys)))


def _frame(binder: Binder, node: exp.Expr | None, has_order: bool) -> Frame:
    """The default is everything up to the current row's peers; without ORDER BY all
    rows are peers."""
    if node is None:
        return Frame("GROUPS", None, 0) if has_order else Frame("ROWS", None, None)
    mode = str(node.args.get("kind") or "RANGE").upper()
    start = _bound(binder, node, "start")
    end = _bound(binder, node, "end") if node.args.get("end") else 0
    if mode == "RANGE":
        if any(bound not in (None, 0) for bound in (start, end)):
            raise refuse("RANGE with an offset", node, binder.sql)
        mode = "GROUPS"
    if mode == "GROUPS" and not has_order:
        if start not in (None, 0) or end not in (None, 0):
            raise refuse("GROUPS without ORDER BY", node, binder.sql)
        return Frame("ROWS", None, None)
    return Frame(mode, start, end)


def _bound(binder: Binder, node: exp.Expr, key: str) -> int | None:
    value = node.args.get(key)
    side = str(node.args.get(f"{key}_side") or "").upper()
    if isinstance(value, exp.Expr):
        if not isinstance(value, exp.Literal) or not value.name.isdigit():
            raise refuse("a frame bound that is not a number", node, binder.sql)
        return -int(value.name) if side == "PRECEDING" else int(value.name)
    return None if str(value).upper() == "UNBOUNDED" else 0


def add_windows(collector: Collector, relation: Relation) -> Relation:
    """One Window per specification, over one another."""
    specs = dict.fromkeys(spec for spec, _, _ in collector.windows)
    for spec in specs:
        calls = tuple((c, call) for s, c, call in collector.windows if s == spec)
        relation = Window(relation, spec.partition, spec.order, spec.frame, calls)
    return relation
