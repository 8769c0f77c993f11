"""Window functions: $setWindowFields, as many passes as their kinds need.

    first   sorted by the keys: row numbers, neighbours, ROWS frames
    ranks   sorted by one key (several become one): ranks of peers
    frames  sorted by the dense rank, by the key of a RANGE, or by the row number

A pass that nothing needs is left out; what the passes computed is put together in the
layout, where it is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.lower import accumulators, expression, frames
from queryleaf_dbapi.lower.context import Context, all_of, is_null, not_null, once
from queryleaf_dbapi.lower.limits import count_value
from queryleaf_dbapi.lower.ordering import any_order, sort_order
from queryleaf_dbapi.lower.peers import RUNNING, single_key
from queryleaf_dbapi.lower.pipeline import Mql, Pipeline, as_field
from queryleaf_dbapi.mongo.slots import CountRule
from queryleaf_dbapi.mongo.stages import Document, Set, SetWindowFields
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import Expr, Literal, Parameter, WindowCall
from queryleaf_dbapi.plan.relations import Window
from queryleaf_dbapi.plan.signature import AggregateDef, WindowDef
from queryleaf_dbapi.plan.visit import own_expressions, refers_to

if TYPE_CHECKING:
    from queryleaf_dbapi.lower.relations import Lowering

# what a moving window of the server does not have as SQL means it: $push keeps missing
# values, which $group leaves out; a deviation is 0 for an only row, and drifts
_GATHERED = frozenset({"$push", "$stdDevPop", "$stdDevSamp"})
_ALL = {"documents": ["unbounded", "unbounded"]}


def lower_window(lowering: Lowering, node: Window, needed: frozenset[int]) -> Pipeline:
    """The input's pipeline with one field per window call."""
    read = needed.union(*(refers_to(each) for each in own_expressions(node)))
    pipeline = lowering.lower(node.input, read)
    context = Context(pipeline)
    partition = _partition(context, node)
    passes = Passes(context, node, partition, sort_order(pipeline, node.order))
    for column, call in node.calls:
        passes.results[column.id] = _add_call(passes, column, call)
    passes.finish()
    pipeline.layout.update(passes.results)
    return pipeline


def _partition(context: Context, node: Window) -> Mql:
    guarded = []
    for each in node.partition:
        value = expression.lower_value(context, each)
        guarded.append({"$ifNull": [value, None]} if each.nullable else value)
    if not guarded:
        return None
    if len(guarded) == 1:
        return guarded[0]
    return {f"p{index}": as_field(value) for index, value in enumerate(guarded)}


@dataclass
class Passes:
    """The outputs of each pass, and where the results will be."""

    context: Context
    node: Window
    partition: Mql
    order: dict[str, int]
    first: Document = field(default_factory=dict)
    ranks: Document = field(default_factory=dict)
    frames: Document = field(default_factory=dict)  # the frame's own pass
    through: Document = field(default_factory=dict)  # by the dense rank
    items: Document = field(default_factory=dict)  # what is gathered per row
    numbers: dict[str, str] = field(default_factory=dict)
    gathered: str = ""
    by_row: Document = field(default_factory=dict)
    results: dict[int, Mql] = field(default_factory=dict)

    def fresh(self, hint: str) -> str:
        """A field name that is free."""
        return self.context.pipeline.fresh(hint)

    def number(self, kind: str) -> Mql:
        """The path of one of the row's numbers; without ORDER BY all are peers."""
        if not self.order:
            if kind in ("rank", "dense"):
                return 1
            kind = "count" if kind == "through" else kind
        if kind not in self.numbers:
            self.numbers[kind] = name = self.fresh(kind)
            if kind == "row":
                self.first[name] = RUNNING
            elif kind == "count":
                self.first[name] = {"$sum": 1}
            elif kind == "through":
                self.number("dense")
                window = {"range": ["unbounded", 0]}
                self.through[name] = {"$sum": 1, "window": window}
            else:
                operator = "$rank" if kind == "rank" else "$denseRank"
                self.ranks[name] = {operator: {}}
        return f"${self.numbers[kind]}"

    def over_frame(self, name: str, accumulator: Document) -> Mql:
        """Where the accumulator's result over the frame will be."""
        frame = self.node.frame
        if frame.exclude:
            return self._gather(name, accumulator)
        (operator,) = accumulator
        if operator in _GATHERED:
            accumulator = {"$push": {"v": accumulator[operator]}}
        if frame.start is None and frame.end is None:
            self.first[name] = {**accumulator}
        elif frame.mode == "ROWS":
            window = frames.documents_window(frame)
            self.first[name] = {**accumulator, "window": window}
        elif frame.mode == "GROUPS":
            self._need_order()
            self.number("dense")
            window = frames.groups_window(frame)
            self.through[name] = {**accumulator, "window": window}
        else:
            window = frames.range_window(frame)
            self.frames[name] = {**accumulator, "window": window}
        if operator in _GATHERED:
            return frames.over_items({operator: None}, f"${name}.v")
        return f"${name}"

    def _gather(self, name: str, accumulator: Document) -> Mql:
        """For EXCLUDE: the operator over the array of the rows that are left."""
        self.number("row")
        if self.node.frame.exclude != "CURRENT ROW" or self.node.frame.mode == "GROUPS":
            self._need_order()
            self.number("dense")
        self.gathered = self.gathered or self.fresh("frame")
        (operand,) = accumulator.values()
        self.items[name] = operand
        return frames.over_items(accumulator, f"${self.gathered}.{name}")

    def _need_order(self) -> None:
        if not self.order:
            self.order.update(any_order(self.context.pipeline))

    def finish(self) -> None:
        """Add the stages."""
        pipeline = self.context.pipeline
        if self.first:
            sorted_ = any(
                "window" in each or "$shift" in each for each in self.first.values()
            )
            if sorted_:
                self._need_order()
            pipeline.add(SetWindowFields(self.partition, self.order, self.first))
        if self.ranks:
            key = single_key(pipeline, self.partition, self.order)
            pipeline.add(SetWindowFields(self.partition, key, self.ranks))
        if self.items:
            self._add_gathered()
        if self.through:
            dense = {self.numbers["dense"]: 1}
            pipeline.add(SetWindowFields(self.partition, dense, self.through))
        if self.by_row:
            row = {self.numbers["row"]: 1}
            pipeline.add(SetWindowFields(self.partition, row, self.by_row))
        if self.frames:
            self._add_range(self.frames)
        if self.items or self.by_row:
            self._settle()

    def _add_gathered(self) -> None:
        frame = self.node.frame
        item = {name: self.number(name) for name in ("row", "dense")}
        if "dense" not in self.numbers:
            item["dense"] = 1
        pushed: Document = {"$push": {**item, **self.items}}
        if frame.mode == "RANGE":
            pushed["window"] = frames.range_window(frame)
            self.frames[self.gathered] = pushed
        elif frame.mode == "GROUPS":
            pushed["window"] = frames.groups_window(frame)
            self.through[self.gathered] = pushed
        else:
            pushed["window"] = frames.documents_window(frame)
            self.by_row[self.gathered] = pushed

    def _add_range(self, outputs: Document) -> None:
        pipeline = self.context.pipeline
        name = self.fresh("distance")
        key = frames.range_key(self.context, self.node.frame, self.node.order[0])
        pipeline.add(Set({name: key}))
        pipeline.add(SetWindowFields(self.partition, {name: 1}, outputs))

    def _settle(self) -> None:
        """Compute the results and drop the arrays they come from: later stages need
        not carry them."""
        pipeline = self.context.pipeline
        if self.items:
            row = self.numbers["row"]
            dense = self.numbers.get("dense", row)
            left = frames.kept(self.node.frame, self.gathered, row, dense)
            pipeline.add(Set({self.gathered: left}))
        computed: Document = {}
        for id_, value in self.results.items():
            name = self.fresh("result")
            computed[name] = as_field(value)
            self.results[id_] = f"${name}"
        pipeline.add(Set(computed))
        dropped = [*self.by_row, *([self.gathered] if self.gathered else [])]
        pipeline.add(Set(dict.fromkeys(dropped, "$$REMOVE")))


def _add_call(passes: Passes, column: Column, call: WindowCall) -> Mql:
    """The expression of the call's result over what the passes give."""
    function = call.function
    if isinstance(function, AggregateDef):
        return _add_aggregate(passes, column, call, function)
    context = passes.context
    if function.needs == "place":
        numbers = [passes.number(kind) for kind in function.reads]
        values = [expression.lower_value(context, each) for each in call.arguments]
        return function.body(*numbers, *values)
    if function.needs == "shift":
        return _add_shift(passes, column, call, function)
    if passes.node.frame.is_empty:
        return None
    value = expression.lower_value(context, call.arguments[0])
    name = passes.fresh(column.name)
    if len(call.arguments) == 1:
        return passes.over_frame(name, function.body(value))
    return _add_nth(passes, name, function, call, value)


def _add_nth(
    passes: Passes, name: str, function: WindowDef, call: WindowCall, value: Mql
) -> Mql:
    """The n-th row of the frame: with a known n only the first n are kept."""
    n = call.arguments[1]
    if isinstance(n, Literal) and n.value is None:
        return None
    accumulator = function.body(value)
    if _is_number(n):
        number = count_value(n, CountRule.NTH_VALUE)
        if isinstance(n, Literal):
            CountRule.NTH_VALUE.check(n.value)
        if not passes.node.frame.exclude:
            first = {"input": {"v": accumulator["$push"]}, "n": number}
            passes.over_frame(name, {"$firstN": first})
            path: Mql = f"${name}.v"
        else:
            path = passes.over_frame(name, accumulator)
        return {"$arrayElemAt": [path, {"$subtract": [number, 1]}]}
    path = passes.over_frame(name, accumulator)
    _, sqlstate, message = CountRule.NTH_VALUE.value

    def read(number: Mql) -> Mql:
        place = {"$subtract": [number, 1]}
        found = {"$arrayElemAt": [path, place]}
        checked = raise_unless({"$gt": [number, 0]}, found, sqlstate, message)
        return {"$cond": [is_null(number), None, checked]}

    return once(expression.lower_value(passes.context, n), read)


def _is_number(node: Expr) -> bool:
    return isinstance(node, Literal | Parameter)


def _add_shift(
    passes: Passes, column: Column, call: WindowCall, function: WindowDef
) -> Mql:
    """LAG and LEAD: $shift by a known number of rows; by a computed one, a look into
    the values of the whole partition."""
    context = passes.context
    value, *more = call.arguments
    lowered = expression.lower_value(context, value)
    default = expression.lower_value(context, more[1]) if len(more) > 1 else None
    offset = more[0] if more else Literal(1, call.type)
    if isinstance(offset, Literal) and offset.value is None:
        return None
    name = passes.fresh(column.name)
    if _is_number(offset):
        by = count_value(offset, CountRule.SHIFT, function.direction)
        passes.first[name] = function.body(lowered, by)
        return {"$cond": [not_null(f"${name}"), f"${name}.v", default]}
    row, count = passes.number("row"), passes.number("count")
    passes.by_row[name] = {"$push": {"v": {"$ifNull": [lowered, None]}}, "window": _ALL}
    operator = "$add" if function.direction > 0 else "$subtract"

    def read(offset: Mql) -> Mql:
        def at(place: Mql) -> Mql:
            inside = all_of([{"$gt": [place, 0]}, {"$lte": [place, count]}])
            found = {"$arrayElemAt": [f"${name}.v", {"$subtract": [place, 1]}]}
            return {"$cond": [inside, found, default]}

        found = once({operator: [row, offset]}, at)
        return {"$cond": [is_null(offset), None, found]}

    return once(expression.lower_value(context, offset), read)


def _add_aggregate(
    passes: Passes, column: Column, call: WindowCall, definition: AggregateDef
) -> Mql:
    if passes.node.frame.is_empty:
        return definition.empty
    context = passes.context
    values = [expression.lower_value(context, each) for each in call.arguments]
    if call.condition is not None:
        definition, values = accumulators.filtered(
            context, definition, call.condition, values
        )
    # a frame may be empty, so results are guarded as for nullable values
    nullable = not (definition.keeps_nulls and call.condition is not None)
    accumulation = definition.body(*values, nullable=nullable)
    name = passes.fresh(column.name)
    paths = [
        passes.over_frame(f"{name}_{suffix}" if suffix else name, accumulator)
        for suffix, accumulator in accumulation.fields.items()
    ]
    return accumulation.result(*paths)
