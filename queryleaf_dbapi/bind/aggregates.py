"""Aggregate and window calls: collected while the expressions around are bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from queryleaf_dbapi import functions
from queryleaf_dbapi.bind import expressions, ordered_sets, ordering, row_values
from queryleaf_dbapi.bind.binder import Binder, Collector, Place
from queryleaf_dbapi.bind.calls import choose, convert_arguments
from queryleaf_dbapi.bind.coerce import by_length, settle_type
from queryleaf_dbapi.bind.scope import DerivedRange, ScanRange, Scope
from queryleaf_dbapi.bind.shapes import call_shape
from queryleaf_dbapi.errors import (
    GroupingError,
    Position,
    ProgrammingError,
    WrongObjectType,
)
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import AggregateCall, ColumnRef, Expr, SortKey
from queryleaf_dbapi.plan.signature import AggregateDef
from queryleaf_dbapi.plan.visit import refers_to
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types import Family


def is_aggregate(name: str) -> bool:
    """Whether the SQL name is an aggregate function's."""
    return name.upper() in functions.AGGREGATES


def contains_aggregate(node: exp.Expr) -> bool:
    """Whether an aggregate of this query, not of a subquery, is in the tree."""
    if isinstance(node, exp.Query | exp.Subquery):
        return False
    if isinstance(node, exp.Window):
        inner = [node.args.get("partition_by") or [], [node.args.get("order")]]
        function = node.this.this if isinstance(node.this, exp.Filter) else node.this
        inside = [*inner[0], *inner[1], *function.iter_expressions()]
        return any(contains_aggregate(each) for each in inside if each is not None)
    if isinstance(node, exp.AggFunc | exp.Filter | exp.WithinGroup):
        return True
    if isinstance(node, exp.Func) and _names_aggregate(node):
        return True
    return any(contains_aggregate(each) for each in node.iter_expressions())


def _names_aggregate(node: exp.Expr) -> bool:
    name = node.this if isinstance(node, exp.Anonymous) else node.sql_name()  # type: ignore[attr-defined]
    return is_aggregate(str(name))


def bind_aggregate(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """A reference to the column in which the aggregate's result will be."""
    if place.in_aggregate:
        raise GroupingError(
            "aggregate function calls cannot be nested", position=binder.position(node)
        )
    call, name = make_aggregate(binder, place, node)
    if place.collector is None:
        raise GroupingError(
            f"aggregate functions are not allowed in {place.clause}",
            position=binder.position(node),
        )
    return collect(binder, place.collector, call, name)


def make_aggregate(
    binder: Binder, place: Place, node: exp.Expr, over_window: bool = False
) -> tuple[AggregateCall, str]:
    """The AggregateCall of AGG([DISTINCT] x [ORDER BY y]) [WITHIN GROUP (ORDER BY z)]
    [FILTER (WHERE p)].

    Over a window its arguments may be aggregates themselves: SUM(SUM(x)) OVER ().
    """
    inside = place
    if not over_window:
        inside = Place(place.scope, "an aggregate", None, in_aggregate=True)
    condition = None
    if isinstance(node, exp.Filter):
        filter_place = replace(inside, clause="FILTER")
        condition = expressions.bind_condition(
            binder, filter_place, node.expression.this
        )
        node = node.this
    if isinstance(node, exp.WithinGroup):
        call = ordered_sets.bind_ordered_set(binder, inside, node)
    else:
        call = _make_plain(binder, inside, node)
    call = replace(
        call, condition=condition, nullable=call.nullable or condition is not None
    )
    if not over_window:
        _refuse_outer(binder, place.scope, call, node)
    return call, call.function.name.lower()


def _make_plain(binder: Binder, place: Place, node: exp.Expr) -> AggregateCall:
    name, distinct, order, nodes = _parts(binder, node)
    position = binder.position(node)
    arguments = [
        row_values.bind_row(binder, place, each, distinct)
        if name == "COUNT" and row_values.is_row(each)
        else expressions.bind_expression(binder, place, each)
        for each in nodes
    ]
    overloads = functions.AGGREGATES.get(name.upper())
    if overloads is None:
        raise refuse(name, node, binder.sql)
    if overloads[0].ordered_set:
        raise WrongObjectType(
            f"WITHIN GROUP is required for ordered-set aggregate {name.lower()}",
            position=position,
        )
    definition = choose(overloads, arguments, position)
    assert isinstance(definition, AggregateDef)
    converted = convert_arguments(definition.arguments, arguments, position)
    converted = tuple(settle_type(each) for each in converted)
    keys = ordering.bind_keys(binder, place, order)
    if distinct:
        if definition.over_set is None and definition.over_list is None:
            raise refuse(f"{definition.name}(DISTINCT ...)", node, binder.sql)
        _check_distinct_order(keys, converted, position)
    if definition.over_list is None:
        keys = ()  # SUM(x ORDER BY y): the order cannot change the result
    if definition.name == "ARRAY_AGG" and converted[0].type.family is Family.ARRAY:
        raise refuse("ARRAY_AGG of arrays", node, binder.sql)
    sql_type = definition.returns(tuple(each.type for each in converted))
    nullable = any(each.nullable for each in converted)
    return AggregateCall(
        definition, converted, sql_type, nullable, distinct, None, keys
    )


def _check_distinct_order(
    keys: Sequence[SortKey], arguments: Sequence[Expr], position: Position | None
) -> None:
    compared = [by_length(each) for each in arguments]
    if any(key.expression not in compared for key in keys):
        raise ProgrammingError(
            "in an aggregate with DISTINCT, ORDER BY expressions must appear in "
            "argument list",
            position=position,
            sqlstate="42P10",
        )


def _parts(
    binder: Binder, node: exp.Expr
) -> tuple[str, bool, Sequence[exp.Expr], list[exp.Expr]]:
    """Name, DISTINCT, ORDER BY keys and arguments of an aggregate's node."""
    order: Sequence[exp.Expr] = ()
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
        return "COUNT", False, (), []
    name, nodes = call_shape(node, binder.sql)
    distinct = False
    flat: list[exp.Expr] = []
    for each in nodes:
        current = each
        if isinstance(current, exp.Order):
            order, current = current.expressions, current.this
        if isinstance(current, exp.Distinct):
            distinct = True
            for item in current.expressions:
                if isinstance(item, exp.Order):
                    order, item = item.expressions, item.this
                flat.append(item)
        else:
            flat.append(current)
    return name, distinct, order, flat


def _refuse_outer(
    binder: Binder, scope: Scope, call: AggregateCall, node: exp.Expr
) -> None:
    """PostgreSQL gives an aggregate over outer columns to the outer query."""
    read = frozenset[int]().union(*(refers_to(each) for each in call.expressions))
    if read and not read & scope_ids(scope):
        raise refuse("an aggregate over the outer query's columns", node, binder.sql)


def scope_ids(scope: Scope) -> frozenset[int]:
    """The columns of the tables of this FROM, not of enclosing queries."""
    ids: set[int] = set()
    for each in scope.ranges:
        if isinstance(each, ScanRange):
            ids.update(column.id for column in each.used.values())
        elif isinstance(each, DerivedRange):
            ids.update(column.id for column in each.columns)
    return frozenset(ids)


def collect(
    binder: Binder, collector: Collector, call: AggregateCall, name: str
) -> ColumnRef:
    """The column of a call; equal calls share one."""
    for column, known in collector.calls:
        if known == call:
            return reference(column)
    column = binder.ids.column(name, call.type, call.function.empty is None)
    collector.calls.append((column, call))
    return reference(column)


def reference(column: Column) -> ColumnRef:
    """A reference to a column."""
    return ColumnRef(column.id, column.name, column.type, column.nullable)
