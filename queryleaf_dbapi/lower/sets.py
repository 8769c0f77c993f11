"""Set-returning functions: an array beside the row, then $unwind, in the pipeline
the row comes from.

    FROM t, UNNEST(t.tags) AS tag
    [{"$unwind": "$tags"}]                              nothing else reads tags
    [{"$set": {"tag": "$tags"}}, {"$unwind": "$tag"}]   something does

A series too long for one array is counted out in blocks. Functions side by side,
and those of an outer join with a condition, become rows of documents first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from queryleaf_dbapi.errors import InternalError
from queryleaf_dbapi.functions.conjunctions import split_conjunction
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.lower import expression, predicates, relations
from queryleaf_dbapi.lower.context import Context, all_of, not_null, once
from queryleaf_dbapi.lower.pipeline import (
    Mql,
    Pipeline,
    as_field,
    is_constant,
    is_path,
    is_simple,
)
from queryleaf_dbapi.mongo.stages import Documents, Match, Set, Unwind
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import Expr, Literal, SetCall
from queryleaf_dbapi.plan.relations import (
    Filter,
    FunctionScan,
    Join,
    JoinKind,
    Relation,
)
from queryleaf_dbapi.plan.signature import Nulls, Series
from queryleaf_dbapi.plan.visit import has_subquery, refers_to
from queryleaf_dbapi.types import BOOLEAN

if TYPE_CHECKING:
    from queryleaf_dbapi.lower.relations import Lowering

_BLOCK = 100_000
_MOST_ROWS = 5_000_000  # of one array: the server allows 100 MB


def lower_function_scan(lowering: Lowering, node: FunctionScan) -> Pipeline:
    """The rows of functions that stand alone: beside one empty document."""
    pipeline = lowering.start(None)
    pipeline.add(Documents([{}]))
    expand(pipeline, node, frozenset())
    return pipeline


def unwind_side(
    left: Pipeline, node: Join, parts: list[Expr], needed: frozenset[int]
) -> bool:
    """A join with functions on its right: unwound in the left's own pipeline, or
    their rows counted there. (Not where a subquery decides which rows an outer join
    keeps: False then.)"""
    found = _function_side(node.right)
    if found is None or node.kind is JoinKind.FULL:
        return False
    scan, filters = found
    parts = [*(p for each in filters for p in split_conjunction(each)), *parts]
    parts = [part for part in parts if part != Literal(True, BOOLEAN)]
    read = needed.union(*(refers_to(part) for part in parts))
    if node.kind is JoinKind.INNER:
        expand(left, scan, read)
        for part in parts:
            relations.add_filter(left, part)
        return True
    if any(map(has_subquery, parts)):
        return False
    if node.kind is JoinKind.LEFT:
        expand(left, scan, read, keep_empty=True, conditions=parts)
        return True
    name = _rows_of_documents(Context(left), scan, parts)
    left.add(Match({name: {"$ne": []} if node.kind is JoinKind.SEMI else []}))
    return True


def _function_side(node: Relation) -> tuple[FunctionScan, list[Expr]] | None:
    """The functions that are a side of a join, and the filters over them."""
    conditions: list[Expr] = []
    while isinstance(node, Filter):
        conditions.append(node.predicate)
        node = node.input
    return (node, conditions) if isinstance(node, FunctionScan) else None


def expand(
    pipeline: Pipeline,
    node: FunctionScan,
    kept: frozenset[int],
    keep_empty: bool = False,
    conditions: list[Expr] | None = None,
) -> None:
    """Each document once per row of the functions; with `keep_empty` once too for
    no row. Conditions say which rows count (an outer join's). `kept` are the
    pipeline's columns that are read afterwards."""
    context = Context(pipeline)
    if len(node.calls) == 1 and not conditions:
        call, outputs = node.calls[0]
        _one(context, call, outputs, node.ordinality, kept, keep_empty)
    else:
        _side_by_side(context, node, keep_empty, conditions or [])


def _one(
    context: Context,
    call: SetCall,
    outputs: tuple[Column, ...],
    ordinality: Column | None,
    kept: frozenset[int],
    keep_empty: bool,
) -> None:
    pipeline = context.pipeline
    rows, values = _rows(context, call)
    name = pipeline.fresh(outputs[0].name)
    if isinstance(rows, Series):
        is_short = isinstance(rows.count, int) and rows.count <= _BLOCK
        if not (keep_empty or is_short) and all(map(is_constant, values)):
            _in_blocks(pipeline, rows, name, outputs[0], ordinality)
            return
        rows = _written_out(rows)
    if is_path(rows) and _is_last_reader(pipeline, rows, kept):
        name = rows[1:]
    else:
        pipeline.add(Set({name: as_field(rows)}))
    index = None if ordinality is None else pipeline.fresh(ordinality.name)
    pipeline.add(Unwind(f"${name}", keep_empty, index))
    for column in outputs:
        inside = f".{column.name}" if call.function.is_composite else ""
        pipeline.layout[column.id] = f"${name}{inside}"
    if ordinality is not None:
        pipeline.layout[ordinality.id] = {"$add": [f"${index}", 1]}


def _is_last_reader(pipeline: Pipeline, path: str, kept: frozenset[int]) -> bool:
    """Whether the array may be replaced by its elements: nothing reads it after."""
    if "." in path:
        return False  # a document around it might be read whole
    read = [value for id_, value in pipeline.layout.items() if id_ in kept]
    return not any(_reads(value, path) for value in read)


def _reads(value: Mql, path: str) -> bool:
    if isinstance(value, str):
        return value == path or value.startswith((path + ".", "$$ROOT", "$$CURRENT"))
    if isinstance(value, dict):
        return any(_reads(each, path) for each in value.values())
    return isinstance(value, list) and any(_reads(each, path) for each in value)


def _rows(context: Context, call: SetCall) -> tuple[Mql | Series, list[Mql]]:
    """The array of a call, no rows for a NULL argument, and the argument values."""
    pipeline = context.pipeline
    values = [expression.lower_value(context, each) for each in call.arguments]
    function = call.function
    if function.nulls is not Nulls.PROPAGATE:
        if function.nulls is Nulls.NATIVE and values[0] is None:
            return [], values
        return function.body(*values), values
    if any(value is None for value in values):
        return [], values
    found = function.body(*values)
    if isinstance(found, Series) and not all(map(is_simple, values)):
        values = [_as_path(pipeline, value) for value in values]
        found = function.body(*values)
    guards = [
        not_null(value)
        for value, argument in zip(values, call.arguments, strict=True)
        if argument.nullable
    ]
    if not guards:
        return found, values
    if isinstance(found, Series):
        count = {"$cond": [all_of(guards), found.count, 0]}
        return Series(count, found.at), values
    return {"$cond": [all_of(guards), found, []]}, values


def _as_path(pipeline: Pipeline, value: Mql) -> Mql:
    """The value as a field: a row of a series is made of it each time."""
    if is_simple(value):
        return value
    name = pipeline.fresh("argument")
    pipeline.add(Set({name: as_field(value)}))
    return f"${name}"


def _written_out(rows: Series) -> Mql:
    """All rows of a series as one array, within what the server allows."""

    if isinstance(rows.count, int) and rows.count <= _BLOCK:
        short = {"$range": [0, rows.count]}
        return {"$map": {"input": short, "as": "n", "in": rows.at("$$n")}}

    def build(count: Mql) -> Mql:
        numbers = {"$range": [0, {"$min": [count, _MOST_ROWS]}]}
        array = {"$map": {"input": numbers, "as": "n", "in": rows.at("$$n")}}
        return raise_unless(
            {"$lte": [count, _MOST_ROWS]},
            array,
            "54000",
            f"a series here has {_MOST_ROWS} rows at most",
        )

    return once(rows.count, build)


def _in_blocks(
    pipeline: Pipeline,
    rows: Series,
    name: str,
    output: Column,
    ordinality: Column | None,
) -> None:
    """A series of any length: a document per block, then one per row of it."""
    count, block = pipeline.fresh("count"), pipeline.fresh("block")
    size = {"$add": [{"$trunc": {"$divide": [f"${count}", _BLOCK]}}, 1]}
    pipeline.add(Set({count: as_field(rows.count)}))
    pipeline.add(Set({block: {"$range": [0, {"$toInt": size}]}}))
    pipeline.add(Unwind(f"${block}"))
    done = {"$multiply": [{"$toLong": f"${block}"}, _BLOCK]}
    left = {"$min": [_BLOCK, {"$subtract": [f"${count}", done]}]}
    pipeline.add(Set({name: {"$range": [0, left]}}))
    pipeline.add(Unwind(f"${name}"))
    place = {"$add": [f"${name}", done]}
    if ordinality is not None:
        index = pipeline.fresh(ordinality.name)
        pipeline.add(Set({index: {"$add": [place, 1]}, name: rows.at(place)}))
        pipeline.layout[ordinality.id] = f"${index}"
    else:
        pipeline.add(Set({name: rows.at(place)}))
    pipeline.layout[output.id] = f"${name}"


def _side_by_side(
    context: Context, node: FunctionScan, keep_empty: bool, conditions: list[Expr]
) -> None:
    pipeline = context.pipeline
    name = _rows_of_documents(context, node, conditions)
    pipeline.add(Unwind(f"${name}", keep_empty))
    pipeline.layout.update(_row_layout(node, f"${name}"))


def _rows_of_documents(
    context: Context, node: FunctionScan, conditions: list[Expr]
) -> str:
    """The field that gets the rows: documents with a field per function and `n`, the
    row's number."""
    pipeline = context.pipeline
    name = pipeline.fresh("rows")
    arrays: dict[str, Mql] = {}
    for index, (call, _) in enumerate(node.calls):
        rows, _ = _rows(context, call)
        if isinstance(rows, Series):
            rows = _written_out(rows)
        arrays[f"f{index + 1}"] = {"$ifNull": [rows, []]}
    fields: dict[str, Mql] = {
        field: {"$arrayElemAt": [f"$${field}", "$$row"]} for field in arrays
    }
    fields["n"] = {"$add": [{"$toLong": "$$row"}, 1]}
    longest = {"$max": [{"$size": f"$${field}"} for field in arrays]}
    numbers = {"$range": [0, longest]}
    whole: Mql = {
        "$let": {
            "vars": arrays,
            "in": {"$map": {"input": numbers, "as": "row", "in": fields}},
        }
    }
    if conditions:
        whole = _filtered(context, node, whole, conditions)
    pipeline.add(Set({name: whole}))
    return name


def _row_layout(node: FunctionScan, prefix: str) -> dict[int, Mql]:
    layout: dict[int, Mql] = {}
    for index, (call, outputs) in enumerate(node.calls):
        for column in outputs:
            inside = f".{column.name}" if call.function.is_composite else ""
            layout[column.id] = f"{prefix}.f{index + 1}{inside}"
    if node.ordinality is not None:
        layout[node.ordinality.id] = f"{prefix}.n"
    return layout


def _filtered(
    context: Context, node: FunctionScan, rows: Mql, conditions: list[Expr]
) -> Mql:
    """The rows for which every condition is TRUE."""
    pipeline = context.pipeline
    before = pipeline.layout
    pipeline.layout = {**before, **_row_layout(node, "$$found")}
    try:
        truths = [predicates.true_form(context, each) for each in conditions]
    finally:
        pipeline.layout = before
    if context.looked_up:
        raise InternalError("a subquery in the condition of an unwound function")
    return {"$filter": {"input": rows, "as": "found", "cond": all_of(truths)}}
