"""Window functions: $setWindowFields, as many passes as their kinds need.

rows    sorted by the keys: row numbers, neighbours, ROWS frames
rank    sorted by one key (several become a document): ranks of peers
frame   sorted by the dense rank: frames that end with the current row's peers,
        for MongoDB's own "current" of a range is the row and not its peers
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.lower import expression, grouping
from queryleaf_dbapi.lower.context import Context, not_null
from queryleaf_dbapi.lower.ordering import any_order, sort_order
from queryleaf_dbapi.lower.peers import single_key
from queryleaf_dbapi.lower.pipeline import Mql, Pipeline, as_field
from queryleaf_dbapi.mongo.stages import Document, SetWindowFields
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import Literal, WindowCall
from queryleaf_dbapi.plan.relations import Frame, Window
from queryleaf_dbapi.plan.signature import AggregateDef, WindowDef
from queryleaf_dbapi.plan.visit import own_expressions, refers_to

if TYPE_CHECKING:
    from queryleaf_dbapi.lower.relations import Lowering


@dataclass
class Passes:
    """The outputs of each pass, and the results read afterwards."""

    rows: Document = field(default_factory=dict)
    rank: Document = field(default_factory=dict)
    frame: Document = field(default_factory=dict)
    results: list[tuple[Column, Mql]] = field(default_factory=list)


def lower_window(lowering: Lowering, node: Window, needed: frozenset[int]) -> Pipeline:
    """The input's pipeline with one field per window call."""
    read = needed.union(*(refers_to(each) for each in own_expressions(node)))
    pipeline = lowering.lower(node.input, read)
    context = Context(pipeline)
    values = [expression.lower_value(context, value) for value in node.partition]
    nullable = [value.nullable for value in node.partition]
    order = sort_order(pipeline, node.order)
    passes = Passes()
    for column, call in node.calls:
        _add_call(context, node, passes, column, call)
    partition = _partition(values, nullable)
    if passes.rows:
        keys = order or any_order(pipeline)
        pipeline.add(SetWindowFields(partition, keys, passes.rows))
    if passes.rank or passes.frame:
        _add_ranked(pipeline, partition, order, passes)
    pipeline.layout.update({column.id: value for column, value in passes.results})
    return pipeline


def _partition(values: list[Mql], nullable: list[bool]) -> Mql:
    guarded = [
        {"$ifNull": [value, None]} if may_be_null else value
        for value, may_be_null in zip(values, nullable, strict=True)
    ]
    if not guarded:
        return None
    if len(guarded) == 1:
        return guarded[0]
    return {f"p{index}": as_field(value) for index, value in enumerate(guarded)}


def _add_call(
    context: Context, node: Window, passes: Passes, column: Column, call: WindowCall
) -> None:
    function = call.function
    name = context.pipeline.fresh(column.name)
    if isinstance(function, AggregateDef):
        _add_aggregate(context, node.frame, passes, column, call, name)
        return
    result: Mql = f"${name}"
    if function.needs == "rows":
        passes.rows[name] = function.body()
    elif function.needs == "rank":
        if not node.order:
            result = 1  # all rows are peers
        else:
            passes.rank[name] = function.body()
    elif function.needs == "shift":
        passes.rows[name] = _shifted(context, function, call)
        default = None
        if len(call.arguments) > 2:
            default = expression.lower_value(context, call.arguments[2])
        result = {"$cond": [not_null(f"${name}"), f"${name}.v", default]}
    else:
        value = expression.lower_value(context, call.arguments[0])
        _framed(passes, node.frame, name, function.body(value))
    passes.results.append((column, result))


def _shifted(context: Context, function: WindowDef, call: WindowCall) -> Mql:
    offset = 1
    if len(call.arguments) > 1:
        given = call.arguments[1]
        assert isinstance(given, Literal)
        offset = int(given.value)
    value = expression.lower_value(context, call.arguments[0])
    return function.body(value, offset)


def _add_aggregate(
    context: Context,
    frame: Frame,
    passes: Passes,
    column: Column,
    call: WindowCall,
    name: str,
) -> None:
    definition = call.function
    assert isinstance(definition, AggregateDef)
    values = [expression.lower_value(context, each) for each in call.arguments]
    if call.condition is not None:
        if definition.keeps_nulls:
            raise FeatureNotSupported(f"{definition.name} with FILTER is not supported")
        definition, values = grouping.filtered(
            context, definition, call.condition, values
        )
    # a frame may be empty, so results are guarded as for nullable values
    accumulation = definition.body(*values, nullable=True)
    paths = []
    for suffix, accumulator in accumulation.fields.items():
        full = f"{name}_{suffix}" if suffix else name
        _framed(passes, frame, full, accumulator)
        paths.append(f"${full}")
    passes.results.append((column, accumulation.result(*paths)))


def _framed(passes: Passes, frame: Frame, name: str, accumulator: Document) -> None:
    """Put an accumulator in the pass that has its frame."""
    bounds: list[Any] = [
        "unbounded" if bound is None else bound for bound in (frame.start, frame.end)
    ]
    if frame.start is None and frame.end is None:
        passes.rows[name] = accumulator
    elif frame.mode == "ROWS":
        shown = ["current" if bound == 0 else bound for bound in bounds]
        passes.rows[name] = {**accumulator, "window": {"documents": shown}}
    else:
        passes.frame[name] = {**accumulator, "window": {"range": bounds}}


def _add_ranked(
    pipeline: Pipeline, partition: Mql, order: dict[str, int], passes: Passes
) -> None:
    rank = dict(passes.rank)
    dense = ""
    if passes.frame:
        dense = pipeline.fresh("peers")
        rank[dense] = {"$denseRank": {}}
    key = single_key(pipeline, partition, order)
    pipeline.add(SetWindowFields(partition, key, rank))
    if passes.frame:
        pipeline.add(SetWindowFields(partition, {dense: 1}, passes.frame))
