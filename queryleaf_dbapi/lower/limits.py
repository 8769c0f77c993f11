"""LIMIT and OFFSET: $skip and $limit where the server takes them as they are.

Those stages take a number and nothing else. A computed count, and WITH TIES, which
keeps the peers of the last row, number the rows in the order of the Sort below:

    [{"$setWindowFields": {"sortBy": {"a": 1}, "output": {"row": ..., "rank": ...}}},
     {"$match": {"$expr": {"$lte": ["$rank", 3]}}},
     {"$sort": {"a": 1}}]
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.lower import expression
from queryleaf_dbapi.lower.context import Context, all_of, any_of, is_null, once
from queryleaf_dbapi.lower.first_rows import lower_first_rows
from queryleaf_dbapi.lower.ordering import any_order, sort_order
from queryleaf_dbapi.lower.peers import RUNNING, single_key
from queryleaf_dbapi.lower.pipeline import Mql, Pipeline
from queryleaf_dbapi.mongo import stages as mongo
from queryleaf_dbapi.mongo.slots import NEVER, CountRule, CountSlot
from queryleaf_dbapi.plan.expressions import Expr, Literal, Parameter
from queryleaf_dbapi.plan.relations import Limit, Sort
from queryleaf_dbapi.plan.visit import refers_to

if TYPE_CHECKING:
    from queryleaf_dbapi.lower.relations import Lowering


def lower_limit(lowering: Lowering, node: Limit, needed: frozenset[int]) -> Pipeline:
    """The first rows of a relation."""
    if node.with_ties or not all(map(_is_known, (node.count, node.offset))):
        return _lower_numbered(lowering, node, needed)
    split = lower_first_rows(lowering, node)
    if split is not None:
        pipeline = split
    else:
        first = replace(lowering, early=node.count is not None)
        pipeline = first.lower(node.input, needed)
    if node.offset is not None:
        skip = count_value(node.offset, CountRule.OFFSET)
        if skip != 0:
            pipeline.add(mongo.Skip(skip))
    if node.count is not None:
        count = count_value(node.count, CountRule.LIMIT)
        pipeline.add(mongo.Match(NEVER) if count == 0 else mongo.Limit(count))
    return pipeline


def _is_known(node: Expr | None) -> bool:
    return node is None or isinstance(node, Literal | Parameter)


def count_value(node: Expr, rule: CountRule, sign: int = 1) -> Mql:
    """A number the server must be given as one: of the text, or of a parameter."""
    if isinstance(node, Parameter):
        return CountSlot(node.index, node.type, rule, sign)
    assert isinstance(node, Literal)
    return sign * int(node.value)


def _lower_numbered(
    lowering: Lowering, node: Limit, needed: frozenset[int]
) -> Pipeline:
    keys = node.input.keys if isinstance(node.input, Sort) else ()
    below = node.input.input if isinstance(node.input, Sort) else node.input
    read = frozenset[int]().union(*(refers_to(key.expression) for key in keys))
    pipeline = lowering.lower(below, needed | read)
    order = sort_order(pipeline, keys)
    row, rank = pipeline.fresh("row"), ""
    numbers: mongo.Document = {row: RUNNING}
    pipeline.add(mongo.SetWindowFields(None, order or any_order(pipeline), numbers))
    if node.with_ties and order:
        rank = pipeline.fresh("rank")
        key = single_key(pipeline, None, order)
        pipeline.add(mongo.SetWindowFields(None, key, {rank: {"$rank": {}}}))
    pipeline.add(mongo.Match({"$expr": _condition(pipeline, node, row, rank)}))
    if order:
        pipeline.add(mongo.Sort(order))
    return pipeline


def _condition(pipeline: Pipeline, node: Limit, row: str, rank: str) -> Mql:
    """Whether a row is behind the offset and within the count; NULL is no bound."""
    context = Context(pipeline)
    skipped: Mql = 0
    parts: list[Mql] = []
    if node.offset is not None:
        offset = _checked(context, node.offset, CountRule.OFFSET)
        skipped = {"$ifNull": [offset, 0]}
        parts.append({"$gt": [f"${row}", skipped]})
    if node.count is not None:
        count = _checked(context, node.count, CountRule.LIMIT)
        parts.append(once(count, lambda v: _within(v, skipped, row, rank)))
    return all_of(parts)


def _within(count: Mql, skipped: Mql, row: str, rank: str) -> Mql:
    last = {"$add": [skipped, count]} if skipped != 0 else count
    within: list[Mql] = [{"$lte": [f"${rank or row}", last]}]
    if rank:  # not the peers of the last row that OFFSET skipped
        within.append({"$gt": [count, 0]})
    return any_of([is_null(count), all_of(within)])


def _checked(context: Context, node: Expr, rule: CountRule) -> Mql:
    if _is_known(node):
        return count_value(node, rule)
    _, sqlstate, message = rule.value
    return once(
        expression.lower_value(context, node),
        lambda v: raise_unless(
            any_of([is_null(v), {"$gte": [v, 0]}]), v, sqlstate, message
        ),
    )
