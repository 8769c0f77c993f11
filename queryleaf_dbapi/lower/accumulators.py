"""One aggregate call as accumulators of $group, and how its result is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bson.max_key import MaxKey

from queryleaf_dbapi import functions
from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.lower import expression, predicates
from queryleaf_dbapi.lower.context import Context, all_of, not_null
from queryleaf_dbapi.lower.pipeline import Mql, is_constant
from queryleaf_dbapi.mongo.stages import Document
from queryleaf_dbapi.plan.expressions import AggregateCall, Expr, SortKey
from queryleaf_dbapi.plan.signature import Accumulation, AggregateDef

if TYPE_CHECKING:
    from collections.abc import Sequence


def accumulate(context: Context, call: AggregateCall) -> Accumulation:
    """The accumulators of one aggregate call and how its result is read."""
    definition = call.function
    if definition.over_list is not None and (
        call.order_by or call.distinct or call.condition
    ):
        return _as_list(context, call)
    values = [expression.lower_value(context, each) for each in call.arguments]
    if call.condition is not None:
        definition, values = filtered(context, definition, call.condition, values)
    if call.distinct:
        over_set = definition.over_set
        assert over_set is not None
        return Accumulation(
            {"set": {"$addToSet": values[0]}},
            lambda found: over_set({"$setDifference": [found, [None]]}),
        )
    return definition.body(*values, nullable=call.nullable)


def filtered(
    context: Context, definition: AggregateDef, condition: Expr, values: list[Mql]
) -> tuple[AggregateDef, list[Mql]]:
    """FILTER (WHERE p): the value is NULL, which aggregates skip, where p is not
    TRUE; COUNT(*) becomes COUNT(1) for that."""
    truth = predicates.true_form(context, condition)
    if definition.keeps_nulls:
        if len(values) != 1:
            raise FeatureNotSupported(f"{definition.name} with FILTER is not supported")
        kept = {"$ifNull": [values[0], None]}
        return definition, [{"$cond": [truth, kept, "$$REMOVE"]}]
    if not values:
        definition = next(
            each
            for each in functions.AGGREGATES[definition.name]
            if len(each.arguments) == 1
        )
        values = [1]
    first = {"$cond": [truth, values[0], None]}
    return definition, [first, *values[1:]]


def _as_list(context: Context, call: AggregateCall) -> Accumulation:
    """AGG([DISTINCT] x [ORDER BY y]) [FILTER (WHERE p)] of a list: each row pushes its
    element with its sort keys; the array is sorted and loses the keys again.

    Where the element is its only key it stands in the array alone.
    """
    definition = call.function
    over_list = definition.over_list
    assert over_list is not None
    values = [expression.lower_value(context, each) for each in call.arguments]
    element = definition.element(*values) if definition.element else values[0]
    tests = []
    if call.condition is not None:
        tests.append(predicates.true_form(context, call.condition))
    if not definition.keeps_nulls and call.arguments[0].nullable:
        tests.append(not_null(values[0]))
    keys = _sort_keys(context, call, values)
    is_value = definition.element is None
    has_null = is_value and definition.keeps_nulls and call.arguments[0].nullable
    alone = not keys or (not has_null and [value for _, value in keys] == [element])
    pushed: Mql = {"$ifNull": [element, None]} if has_null else element
    order: int | Document = -1 if keys and keys[0][0].descending else 1
    if not alone:
        pushed, order = {"v": pushed}, {}
        for index, (key, value) in enumerate(keys):
            pushed[f"k{index}"] = _null_where(key, value)
            order[f"k{index}"] = -1 if key.descending else 1
    if tests:
        pushed = {"$cond": [all_of(tests), pushed, "$$REMOVE"]}

    def result(found: Mql) -> Mql:
        if keys:
            found = {"$sortArray": {"input": found, "sortBy": order}}
        if not alone:
            found = {"$map": {"input": found, "in": "$$this.v"}}
        return over_list(found, *values[1:])

    return Accumulation(
        {"list": {"$addToSet" if call.distinct else "$push": pushed}}, result
    )


def _sort_keys(
    context: Context, call: AggregateCall, values: Sequence[Mql]
) -> list[tuple[SortKey, Mql]]:
    """The keys of ORDER BY; with DISTINCT, then the other arguments, for PostgreSQL
    sorts by all of them to find equal ones."""
    keys = [
        (key, expression.lower_value(context, key.expression)) for key in call.order_by
    ]
    if call.distinct:
        known = [value for _, value in keys]
        for argument, value in zip(call.arguments, values, strict=True):
            if value not in known and not is_constant(value):
                keys.append((SortKey(argument, False, False), value))
    return keys


def _null_where(key: SortKey, value: Mql) -> Mql:
    """The value, NULL above all others where the key's order wants it there."""
    if not key.expression.nullable:
        return value
    return {"$ifNull": [value, MaxKey() if key.nulls_first is key.descending else None]}
