"""DISTINCT and DISTINCT ON, with the ORDER BY that may stand beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from queryleaf_dbapi.bind import aggregates, ordering
from queryleaf_dbapi.bind.binder import Binder
from queryleaf_dbapi.bind.coerce import settle_type
from queryleaf_dbapi.errors import ProgrammingError
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import Expr, SortKey
from queryleaf_dbapi.plan.relations import Distinct, Project, Relation, Sort

if TYPE_CHECKING:
    from queryleaf_dbapi.bind.select import SelectState

Items = tuple[tuple[Column, Expr], ...]


def bind_on(binder: Binder, state: SelectState) -> tuple[Expr, ...]:
    """The expressions of DISTINCT ON: positions, output names or expressions."""
    distinct = state.node.args.get("distinct")
    node = distinct.args.get("on") if distinct is not None else None
    if node is None:
        return ()
    nodes = node.expressions if isinstance(node, exp.Tuple) else [node]
    named = ordering.naming(binder, state, "SELECT DISTINCT ON")
    keys = ordering.bind_keys(binder, state.place("DISTINCT ON"), nodes, named)
    return tuple(dict.fromkeys(settle_type(key.expression) for key in keys))


def distinct_rows(
    binder: Binder, state: SelectState, keys: tuple[SortKey, ...], items: Items
) -> Relation:
    """SELECT DISTINCT: the sort stands above it and reads its outputs."""
    relation: Relation = Distinct(Project(state.relation, items))
    if keys:
        relation = Sort(relation, _over_outputs(binder, state, keys, items))
    return relation


def _over_outputs(
    binder: Binder, state: SelectState, keys: tuple[SortKey, ...], items: Items
) -> tuple[SortKey, ...]:
    changed = []
    for key in keys:
        column = next((c for c, value in items if value == key.expression), None)
        if column is None:
            raise _mismatch(
                binder,
                state,
                "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
            )
        changed.append(
            SortKey(aggregates.reference(column), key.descending, key.nulls_first)
        )
    return tuple(changed)


def first_rows(
    binder: Binder, state: SelectState, keys: tuple[SortKey, ...], on: tuple[Expr, ...]
) -> Relation:
    """SELECT DISTINCT ON: one row per group, put back in the order of ORDER BY.

    Groups differ in `on`, so the keys that say them are all the order there is.
    """
    leading = []
    for key in keys:
        if key.expression not in on:
            break
        leading.append(key)
    named = {key.expression for key in leading}
    if len(leading) < len(keys) and not named.issuperset(on):
        raise _mismatch(
            binder,
            state,
            "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
        )
    relation: Relation = Distinct(state.relation, on, keys)
    return Sort(relation, tuple(leading)) if leading else relation


def _mismatch(binder: Binder, state: SelectState, message: str) -> ProgrammingError:
    node = state.node.args["order"]
    return ProgrammingError(message, position=binder.position(node), sqlstate="42P10")
