"""SELECT: FROM, WHERE, GROUP BY, HAVING, the select list, DISTINCT, ORDER BY.

The relation is built inside out:

    Project(Limit(Sort(Filter[having](Aggregate(Filter[where](FROM))))))

Sort and Limit stand below the Project, so that the server sorts and cuts stored
documents before it computes anything; with DISTINCT they stand above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from queryleaf_dbapi.bind import (
    distinct,
    expressions,
    grouping,
    joins,
    limits,
    ordering,
    sets,
    windows,
)
from queryleaf_dbapi.bind.binder import Binder, Collector, Place
from queryleaf_dbapi.bind.client_values import client_kind
from queryleaf_dbapi.bind.coerce import settle_type
from queryleaf_dbapi.bind.scope import Range, Scope
from queryleaf_dbapi.bind.shapes import call_shape
from queryleaf_dbapi.errors import ProgrammingError, UndefinedTable
from queryleaf_dbapi.plan.expressions import Expr, SortKey
from queryleaf_dbapi.plan.relations import (
    Filter,
    Project,
    Relation,
)
from queryleaf_dbapi.sql.accepted import ACCEPTED


@dataclass
class Output:
    """One item of the select list."""

    name: str
    value: Expr
    is_alias: bool = False
    node: exp.Expr | None = None


@dataclass
class SelectState:
    """What binding one SELECT has found so far."""

    node: exp.Select
    scope: Scope
    relation: Relation
    outputs: list[Output] = field(default_factory=list)
    collector: Collector = field(default_factory=Collector)

    def place(self, clause: str) -> Place:
        """Where an expression of this clause stands; aggregates are collected."""
        sets = self.collector.sets if clause in ("SELECT", "ORDER BY") else None
        return Place(self.scope, clause, self.collector, sets=sets)


def bind_select(
    binder: Binder, node: exp.Select, parent: Scope | None = None
) -> Relation:
    """The relation of a SELECT."""
    if not node.expressions:
        raise ProgrammingError(
            "SELECT needs at least one expression", position=binder.position(node)
        )
    relation, scope = joins.bind_from(binder, node, parent)
    where = node.args.get("where")
    if where is not None:
        place = Place(scope, "WHERE")
        predicate = expressions.bind_condition(binder, place, where.this)
        relation = Filter(relation, predicate)
    state = SelectState(node, scope, relation)
    windows.name_windows(binder, state.collector, node)
    state.outputs = _bind_outputs(binder, state)
    having = node.args.get("having")
    condition = None
    if having is not None:
        condition = _bind_having(binder, state, having.this)
    keys = _bind_order(binder, state)
    on = distinct.bind_on(binder, state)
    if grouping.is_grouped(state.node, state.collector, condition):
        keys, on = grouping.group(binder, state, condition, keys, on)
    state.relation = windows.add_windows(state.collector, state.relation)
    return _finish(binder, state, keys, on)


def _bind_having(binder: Binder, state: SelectState, node: exp.Expr) -> Expr:
    """HAVING; as MySQL users write, it may name an output too."""
    return expressions.bind_condition(binder, state.place("HAVING"), node)


def _bind_outputs(binder: Binder, state: SelectState) -> list[Output]:
    return bind_items(binder, state.place("SELECT"), state.node)


def bind_items(binder: Binder, place: Place, node: exp.Expr) -> list[Output]:
    """The items of a select list or RETURNING, `*` expanded."""
    outputs: list[Output] = []
    for item in node.expressions:
        if isinstance(item, exp.Star):
            outputs += _expand(binder, place.scope, None, item)
        elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
            outputs += _expand(binder, place.scope, item, item)
        else:
            inner = item.this if isinstance(item, exp.Alias) else item
            value = settle_type(expressions.bind_expression(binder, place, inner))
            name = item.alias if isinstance(item, exp.Alias) else output_name(inner)
            outputs.append(Output(name, value, isinstance(item, exp.Alias), inner))
    return outputs


def _expand(
    binder: Binder,
    scope: Scope,
    qualified: exp.Column | None,
    node: exp.Expr,
) -> list[Output]:
    """`*` or `t.*` as one output per column."""
    if qualified is not None:
        alias = qualified.table
        table = scope.range_named(alias)
        if table is None:
            raise UndefinedTable(
                f'missing FROM-clause entry for table "{alias}"',
                position=binder.position(node),
            )
        return _columns_of(table, [])
    if not scope.ranges:
        raise ProgrammingError("SELECT * needs a FROM", position=binder.position(node))
    merged = list(scope.merged)
    outputs = [Output(name, value) for name, value in scope.merged.items()]
    for each in scope.ranges:
        outputs += _columns_of(each, merged)
    return outputs


def _columns_of(table: Range, without: Sequence[str]) -> list[Output]:
    return [
        Output(name, value) for name, value in table.outputs() if name not in without
    ]


def output_name(node: exp.Expr) -> str:
    """What PostgreSQL calls an output without an alias."""
    if isinstance(node, exp.CurrentDatabase | exp.CurrentCatalog | exp.CurrentSchema):
        return f"current_{type(node).__name__.removeprefix('Current').lower()}"
    if isinstance(node, exp.Column | exp.Dot | exp.Identifier):
        return node.name if not isinstance(node, exp.Dot) else node.expression.name
    if isinstance(
        node, exp.Paren | exp.Filter | exp.Window | exp.WithinGroup | exp.Bracket
    ):
        return output_name(node.this)
    if isinstance(node, exp.Cast):
        inner = output_name(node.this)
        if inner != "?column?":
            return inner
        return node.to.sql(dialect="postgres").split("(")[0].lower()
    if isinstance(node, exp.Case):
        return "case"
    if isinstance(node, exp.Exists):
        return "exists"
    if isinstance(node, exp.Subquery | exp.Select):
        query = node.unnest() if isinstance(node, exp.Subquery) else node
        if isinstance(query, exp.Select) and query.expressions:
            first = query.expressions[0]
            return first.alias if isinstance(first, exp.Alias) else output_name(first)
    if isinstance(node, exp.Array):
        return "array"
    if isinstance(node, exp.JSONObject):
        return "json_object"
    if isinstance(node, exp.Boolean):
        return "bool"
    if isinstance(node, exp.Count):
        return "count"
    if isinstance(node, exp.Anonymous) or type(node).__name__ not in ACCEPTED:
        if isinstance(node, exp.Uuid):
            return client_kind(node) or "uuid"
        name = call_shape(node, "")[0].lower()
        return name if name.isidentifier() else "?column?"
    return "?column?"


def _bind_order(binder: Binder, state: SelectState) -> tuple[SortKey, ...]:
    order = state.node.args.get("order")
    if order is None:
        return ()
    return ordering.bind_keys(
        binder,
        state.place("ORDER BY"),
        order.expressions,
        ordering.naming(binder, state),
    )


def _finish(
    binder: Binder,
    state: SelectState,
    keys: tuple[SortKey, ...],
    on: tuple[Expr, ...],
) -> Relation:
    """The select list, DISTINCT, ORDER BY and LIMIT over the grouped relation."""
    place = state.place("LIMIT")
    items = tuple(
        (
            binder.ids.column(each.name, each.value.type, each.value.nullable),
            each.value,
        )
        for each in state.outputs
    )
    if on or state.node.args.get("distinct") is not None:
        sets.expand_first(state)
    if state.node.args.get("distinct") is not None and not on:
        relation = distinct.distinct_rows(binder, state, keys, items)
        return limits.bind_limit(binder, place, state.node, relation)
    relation = sets.sorted_rows(state, keys)
    if on:
        relation = distinct.first_rows(binder, state, keys, on)
    return Project(limits.bind_limit(binder, place, state.node, relation), items)
