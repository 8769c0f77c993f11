"""GROUP BY and HAVING: the Aggregate relation, and outputs over its columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from queryleaf_dbapi.bind import aggregates, expressions, grouping_sets, ordering
from queryleaf_dbapi.bind import sets as set_functions
from queryleaf_dbapi.bind.binder import Binder, Collector, Place, WindowSpec
from queryleaf_dbapi.bind.coerce import settle_type
from queryleaf_dbapi.bind.scope import Range, ScanRange
from queryleaf_dbapi.errors import GroupingError
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import ColumnRef, Expr, Literal, SetCall, SortKey
from queryleaf_dbapi.plan.relations import Aggregate, Filter
from queryleaf_dbapi.plan.visit import map_children as map_below
from queryleaf_dbapi.plan.visit import (
    map_expressions,
    referenced,
    refers_to,
    subquery_of,
)
from queryleaf_dbapi.types import ANY, INTEGER

if TYPE_CHECKING:
    from queryleaf_dbapi.bind.select import SelectState


def is_grouped(node: exp.Select, collector: Collector, having: Expr | None) -> bool:
    """Whether the SELECT has groups: GROUP BY, HAVING or an aggregate."""
    found = collector.calls or collector.groupings
    return bool(node.args.get("group") or found or having is not None)


def group(
    binder: Binder,
    state: SelectState,
    having: Expr | None,
    keys: tuple[SortKey, ...],
    on: tuple[Expr, ...],
) -> tuple[tuple[SortKey, ...], tuple[Expr, ...]]:
    """Put the Aggregate (and HAVING) into the state; the outputs, the sort keys and
    DISTINCT ON then refer to its columns. Raises GroupingError for what is in no
    group."""
    group_keys, sets = _bind_group_keys(binder, state)
    if len(sets) > 1 or len(sets[0]) < len(group_keys):
        number = binder.ids.column("set", INTEGER, False)
    else:
        sets, number = [], None
    _expand_grouped(state, group_keys)
    state.relation = Aggregate(
        state.relation,
        tuple(group_keys),
        tuple(state.collector.calls),
        sets=tuple(sets),
        set_column=number,
    )
    groupings = {
        id_: grouping_sets.grouping_value(
            *found, group_keys, sets or [tuple(range(len(group_keys)))], number
        )
        for id_, found in state.collector.groupings.items()
    }
    replace_keys = _replacer(binder, state, group_keys, groupings)
    if having is not None:
        state.relation = Filter(state.relation, replace_keys(having, "HAVING"))
    for output in state.outputs:
        output.value = replace_keys(output.value, "SELECT")
    _replace_in_windows(state, replace_keys)
    state.collector.sets = [
        (
            replace(
                call,
                arguments=tuple(replace_keys(e, "SELECT") for e in call.arguments),
            ),
            outputs,
        )
        for call, outputs in state.collector.sets
    ]
    on = tuple(replace_keys(each, "DISTINCT ON") for each in on)
    return _replaced(keys, replace_keys, "ORDER BY"), on


def _expand_grouped(state: SelectState, keys: list[tuple[Column, Expr]]) -> None:
    """Set-returning functions that are grouped by come before the groups, the
    others of the select list after them."""
    read = frozenset[int]().union(*(refers_to(value) for _, value in keys))
    before: list[tuple[SetCall, tuple[Column, ...]]] = []
    after: list[tuple[SetCall, tuple[Column, ...]]] = []
    for call, outputs in state.collector.sets:
        grouped = any(column.id in read for column in outputs)
        (before if grouped else after).append((call, outputs))
    if before:
        state.relation = set_functions.expanded(state.relation, before)
        state.collector.sets = after


def _replaced(
    keys: tuple[SortKey, ...], replace_keys: Callable[[Expr, str], Expr], clause: str
) -> tuple[SortKey, ...]:
    return tuple(
        SortKey(replace_keys(key.expression, clause), key.descending, key.nulls_first)
        for key in keys
    )


def _replace_in_windows(
    state: SelectState, replace_keys: Callable[[Expr, str], Expr]
) -> None:
    """Windows see the groups: what they read must be grouped or aggregated too."""

    def run(value: Expr) -> Expr:
        return replace_keys(value, "a window")

    changed = []
    for spec, column, call in state.collector.windows:
        new_spec = WindowSpec(
            tuple(map(run, spec.partition)),
            _replaced(spec.order, replace_keys, "a window"),
            spec.frame,
        )
        condition = None if call.condition is None else run(call.condition)
        arguments = tuple(map(run, call.arguments))
        new_call = replace(call, arguments=arguments, condition=condition)
        changed.append((new_spec, column, new_call))
    state.collector.windows = changed


def _bind_group_keys(
    binder: Binder, state: SelectState
) -> tuple[list[tuple[Column, Expr]], list[grouping_sets.Set]]:
    """The different keys, and the sets of them to group by: one without ROLLUP and
    the like. A key that some set leaves out may be NULL."""
    values: list[Expr] = []

    def key(node: exp.Expr) -> int:
        value = settle_type(_bind_group_key(binder, state, node))
        if value not in values:
            values.append(value)
        return values.index(value)

    sets = grouping_sets.expand(binder, state.node.args.get("group"), key)
    if not values and len(sets) > 1:
        # one that nothing can refer to, in no set: (), () are two rows
        values.append(Literal("()", ANY))
    common = frozenset(range(len(values))).intersection(*sets)
    keys = [
        _key_column(binder, value, always=index in common)
        for index, value in enumerate(values)
    ]
    dependent = _dependent(binder, state, {index: values[index] for index in common})
    added = tuple(range(len(keys), len(keys) + len(dependent)))
    return keys + dependent, [(*each, *added) for each in sets]


def _key_column(binder: Binder, value: Expr, always: bool) -> tuple[Column, Expr]:
    name = value.name if isinstance(value, ColumnRef) else "key"
    nullable = value.nullable or not always
    return binder.ids.column(name, value.type, nullable), value


def _bind_group_key(binder: Binder, state: SelectState, node: exp.Expr) -> Expr:
    """A position, an input column, an output's name, or an expression: in this
    order, as PostgreSQL reads them."""
    index = ordering.position_of_output(binder, node, len(state.outputs), "GROUP BY")
    place = Place(state.scope, "GROUP BY", sets=state.collector.sets)
    if index is not None:
        output = state.outputs[index]
        if output.node is not None and aggregates.contains_aggregate(output.node):
            raise GroupingError(
                "aggregate functions are not allowed in GROUP BY",
                position=binder.position(node),
            )
        return output.value
    if isinstance(node, exp.Column) and not node.table:
        known = any(node.name in each.names() for each in state.scope.ranges)
        aliased = [o for o in state.outputs if o.is_alias and o.name == node.name]
        if aliased and not known:
            return aliased[0].value
    return expressions.bind_expression(binder, place, node)


def _dependent(
    binder: Binder, state: SelectState, keys: dict[int, Expr]
) -> list[tuple[Column, Expr]]:
    """Columns that depend on a grouped primary key may be used like the key
    (SQL:1999's functional dependency): they are keys too, of the same groups."""
    ids = {value.id for value in keys.values() if isinstance(value, ColumnRef)}
    added = []
    for table in state.scope.ranges:
        if not _has_grouped_key(table, ids):
            continue
        assert isinstance(table, ScanRange)
        for column in table.used.values():
            if column.id not in ids:
                nullable = column.nullable or table.nullable
                value = ColumnRef(column.id, column.name, column.type, nullable)
                added.append(_key_column(binder, value, always=True))
    return added


def _has_grouped_key(table: Range, ids: set[int]) -> bool:
    if not isinstance(table, ScanRange):
        return False
    primary = table.collection.primary_key
    names = primary.columns if primary is not None else ("_id",)
    columns = [table.used.get((name,)) for name in names]
    return all(column is not None and column.id in ids for column in columns)


def _replacer(
    binder: Binder,
    state: SelectState,
    keys: list[tuple[Column, Expr]],
    groupings: dict[int, Expr],
) -> Callable[[Expr, str], Expr]:
    """A function that puts key columns for key expressions, the values of GROUPING,
    and complains of columns that are neither grouped nor aggregated."""
    produced = {column.id for column, _ in keys}
    produced.update(column.id for column, _ in state.collector.calls)
    own = {column.id for table in state.scope.ranges for column in _columns(table)}

    def change(node: Expr) -> Expr:
        if isinstance(node, ColumnRef) and node.id in groupings:
            return groupings[node.id]
        for column, value in keys:
            if node == value:
                return aggregates.reference(column)
        node = map_below(node, change)
        if subquery_of(node) is not None:
            return _change_inside(node, change)
        return node

    def run(node: Expr, clause: str) -> Expr:
        changed = change(node)
        for column in referenced(changed):
            if column.id in own and column.id not in produced:
                raise GroupingError(
                    f'column "{column.name}" must appear in the GROUP BY clause or '
                    f"be used in an aggregate function (it stands in {clause})",
                    position=binder.position(_find_name(state.node, column.name)),
                )
        return changed

    return run


def _change_inside(node: Expr, change: Callable[[Expr], Expr]) -> Expr:
    relation = subquery_of(node)
    assert relation is not None
    inside = map_expressions(relation, change)
    return node if inside is relation else replace(node, relation=inside)  # type: ignore[call-arg]


def _find_name(node: exp.Expr, name: str) -> exp.Expr | None:
    for each in node.find_all(exp.Column):
        if each.name == name:
            return each
    return None


def _columns(table: Range) -> list[Column]:
    if isinstance(table, ScanRange):
        return list(table.used.values())
    return list(table.columns)  # type: ignore[attr-defined]
