"""The first rows in the order of an index, though NULLs stand elsewhere in it.

PostgreSQL's NULLs come last, the server's first, and the key that says so
(`$ifNull: [v, MaxKey]`) is in no index. The rows with a value and those without are
each in the index's order:

    SELECT a FROM t ORDER BY v LIMIT 3
    [{"$match": {"v": {"$ne": null}}}, {"$sort": {"v": 1}}, {"$limit": 3},
     {"$unionWith": {"coll": "t", "pipeline": [{"$match": {"v": {"$eq": null}}},
                                               {"$limit": 3}]}},
     {"$limit": 3}]

The server reads the second part only where the first was too short. MIN and MAX are
the first value of an index.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from queryleaf_dbapi.catalog.catalog import Index
from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.functions.conjunctions import conjunction, split_conjunction
from queryleaf_dbapi.lower.ordering import add_sort
from queryleaf_dbapi.lower.pipeline import Pipeline
from queryleaf_dbapi.mongo import stages as mongo
from queryleaf_dbapi.plan.expressions import (
    Call,
    ColumnRef,
    Expr,
    InList,
    Literal,
    Parameter,
    SortKey,
)
from queryleaf_dbapi.plan.relations import (
    Aggregate,
    Filter,
    Limit,
    Relation,
    Scan,
    Sort,
)
from queryleaf_dbapi.plan.visit import has_subquery
from queryleaf_dbapi.types import BOOLEAN, Family

if TYPE_CHECKING:
    from queryleaf_dbapi.lower.relations import Lowering


@dataclass(frozen=True, slots=True)
class _Source:
    """One collection and the conditions on it."""

    scan: Scan
    parts: tuple[Expr, ...]

    def where(self, part: Expr) -> Relation:
        """The rows with one more condition."""
        return Filter(self.scan, conjunction([*self.parts, part]))

    def equal_paths(self) -> set[str]:
        """The paths that have one value in all rows."""
        return {
            self.path(column)
            for part in self.parts
            if isinstance(part, Call) and part.function is operators.EQ
            for column, other in (part.arguments, part.arguments[::-1])
            if isinstance(column, ColumnRef) and isinstance(other, Literal | Parameter)
        }

    def path(self, column: ColumnRef) -> str:
        """The dotted path of a column; "" for one of an enclosing query."""
        for each, path in self.scan.fields:
            if each.id == column.id:
                return ".".join(path)
        return ""


def certain_keys(node: Sort) -> tuple[SortKey, ...]:
    """The keys of a Sort, those columns NOT NULL of which the filter below keeps no
    NULL: no comparison with one is TRUE."""
    known: set[int] = set()
    below = node.input
    while isinstance(below, Filter):
        for part in split_conjunction(below.predicate):
            known |= _not_null_by(part)
        below = below.input
    if not known:
        return node.keys
    return tuple(
        replace(key, expression=replace(key.expression, nullable=False))
        if isinstance(key.expression, ColumnRef) and key.expression.id in known
        else key
        for key in node.keys
    )


def _not_null_by(part: Expr) -> set[int]:
    """The columns that are not NULL where the condition is TRUE."""
    match part:
        case Call(function=function, arguments=arguments) if (
            function in operators.COMPARISONS
        ):
            return {each.id for each in arguments if isinstance(each, ColumnRef)}
        case Call(function=operators.not_, arguments=(inner,)):
            if isinstance(inner, Call) and inner.function is operators.is_null:
                return {e.id for e in inner.arguments if isinstance(e, ColumnRef)}
            return set()
        case InList(operand=ColumnRef() as column):
            return {column.id}
        case _:
            return set()


def lower_first_rows(lowering: Lowering, node: Limit) -> Pipeline | None:
    """ORDER BY v LIMIT n over an index of v; None where there is nothing to gain, and
    in transactions, which forbid $unionWith."""
    sort, rows = node.input, _rows_to_read(node)
    if lowering.in_transaction or lowering.outer or rows is None:
        return None
    if not isinstance(sort, Sort):
        return None
    source = _source(sort.input)
    if source is None or any(has_subquery(part) for part in source.parts):
        return None
    keys = certain_keys(sort)
    order = [_order(source, key) for key in keys]
    column = keys[0].expression
    if not all(order) or not isinstance(column, ColumnRef):
        return None
    if _is_native(keys[0]) or not all(map(_is_native, keys[1:])):
        return None
    if not any(_serves(i, source, order) for i in source.scan.collection.indexes):
        return None
    is_null = Call(operators.is_null, (column,), BOOLEAN, False)
    certain = replace(keys[0], expression=replace(column, nullable=False))
    with_value = source.where(Call(operators.not_, (is_null,), BOOLEAN, False))
    parts = [
        _first(lowering, with_value, (certain, *keys[1:]), rows),
        _first(lowering, source.where(is_null), keys[1:], rows),
    ]
    if keys[0].nulls_first:
        parts.reverse()
    pipeline, rest = parts
    pipeline.add(mongo.UnionWith(rest.collection, tuple(rest.stages)))
    return pipeline


def _rows_to_read(node: Limit) -> Expr | None:
    """How many rows the answer is made of, with those that OFFSET skips."""
    count, offset = node.count, node.offset
    if node.with_ties or (isinstance(count, Literal) and not count.value):
        return None
    if offset is None and isinstance(count, Literal | Parameter):
        return count
    if isinstance(count, Literal) and isinstance(offset, Literal):
        if isinstance(offset.value, int):
            return replace(count, value=count.value + offset.value)
    return None


def _first(
    lowering: Lowering, relation: Relation, keys: tuple[SortKey, ...], rows: Expr
) -> Pipeline:
    from queryleaf_dbapi.lower.limits import count_value
    from queryleaf_dbapi.mongo.slots import CountRule

    pipeline = lowering.lower(relation, frozenset())
    add_sort(pipeline, keys)
    pipeline.add(mongo.Limit(count_value(rows, CountRule.LIMIT)))
    return pipeline


def lower_extreme(lowering: Lowering, node: Aggregate) -> Pipeline | None:
    """The input of MIN(v) or MAX(v) alone, cut to the row that has it, where an index
    is sorted by v and no other condition but an equality on its first keys."""
    if node.keys or node.sets or len(node.calls) != 1:
        return None
    call = node.calls[0][1]
    if call.function.name not in ("MIN", "MAX") or call.distinct or call.condition:
        return None
    column, source = call.arguments[0], _source(node.input)
    if source is None or not isinstance(column, ColumnRef):
        return None
    if column.type.family in (Family.FLOAT, Family.DECIMAL):
        return None  # NaN: below all for the server's sort, above all for MAX
    known = SortKey(replace(column, nullable=False), call.function.name == "MAX", False)
    order = _order(source, known)
    equal = source.equal_paths()
    if order is None or len(equal) != len(source.parts):
        return None
    if not any(
        _serves(index, source, [order]) and equal <= {path for path, _ in index.keys}
        for index in source.scan.collection.indexes
    ):
        return None
    is_null = Call(operators.is_null, (column,), BOOLEAN, False)
    with_value = source.where(Call(operators.not_, (is_null,), BOOLEAN, False))
    pipeline = lowering.lower(
        with_value if column.nullable else node.input, frozenset()
    )
    add_sort(pipeline, (known,))
    pipeline.add(mongo.Limit(1))
    return pipeline


def _source(node: Relation) -> _Source | None:
    """A collection under filters; None for anything else."""
    parts: list[Expr] = []
    while isinstance(node, Filter):
        parts += split_conjunction(node.predicate)
        node = node.input
    if not isinstance(node, Scan):
        return None
    collection = node.collection
    if collection.virtual or collection.is_view:
        return None
    return _Source(node, tuple(parts))


def _order(source: _Source, key: SortKey) -> tuple[str, int] | None:
    """The path and direction of a key that an index may have."""
    column = key.expression
    if not isinstance(column, ColumnRef) or column.type.may_hold_array:
        return None
    path = source.path(column)
    return (path, -1 if key.descending else 1) if path else None


def _is_native(key: SortKey) -> bool:
    return not key.expression.nullable or key.nulls_first is not key.descending


def _serves(index: Index, source: _Source, order: list[tuple[str, int] | None]) -> bool:
    """Whether all rows are in the index, in this order (or its opposite)."""
    if index.partial or index.sparse or index.options:
        return False
    equal = source.equal_paths()
    keys = list(index.keys)
    while keys and keys[0][0] in equal:
        del keys[0]
    if len(keys) < len(order) or not all(order):
        return False
    pairs = [(key, wanted) for key, wanted in zip(keys, order, strict=False) if wanted]
    return all(key[0] == wanted[0] for key, wanted in pairs) and any(
        all(key[1] == sign * wanted[1] for key, wanted in pairs) for sign in (1, -1)
    )
