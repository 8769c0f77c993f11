"""Relation -> pipeline: one function per kind of relation.

`needed` names the columns the caller will read, so that a stage which rebuilds
the document keeps those and no more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from queryleaf_dbapi.errors import InternalError
from queryleaf_dbapi.functions.conjunctions import conjunction, split_conjunction
from queryleaf_dbapi.lower import (
    expression,
    first_rows,
    grouping,
    joins,
    limits,
    match,
    ordering,
    recursions,
    setoperations,
    sets,
    windows,
)
from queryleaf_dbapi.lower.context import Context
from queryleaf_dbapi.lower.pipeline import (
    Mql,
    Pipeline,
    is_constant,
    is_path,
    path_expression,
    reshape,
    size_of,
)
from queryleaf_dbapi.mongo import stages as mongo
from queryleaf_dbapi.mongo.commands import VirtualRows
from queryleaf_dbapi.plan.expressions import (
    Call,
    Expr,
)
from queryleaf_dbapi.plan.relations import (
    Aggregate,
    Distinct,
    Filter,
    FunctionScan,
    Join,
    Limit,
    Project,
    RecursiveUnion,
    Relation,
    Scan,
    SetOperation,
    Sort,
    Values,
    Window,
    WorkingTable,
)
from queryleaf_dbapi.plan.signature import Volatility
from queryleaf_dbapi.plan.visit import has_subquery, refers_to, walk

_INLINE_LIMIT = 8  # nodes of an expression that may be repeated where it is read
# what reads all its input before it gives the first row
_BLOCKING = (Aggregate, Distinct, SetOperation, Sort, Window)


def lower_relation(
    node: Relation,
    needed: frozenset[int],
    outer: dict[int, Mql],
    database: str,
    in_transaction: bool,
) -> Pipeline:
    """The pipeline of a relation; `outer` holds variables it may read."""
    lowering = Lowering(outer, database, in_transaction)
    return lowering.lower(node, needed)


@dataclass(frozen=True, slots=True)
class Lowering:
    """What stays the same while one pipeline is lowered."""

    outer: dict[int, Mql]
    database: str
    in_transaction: bool
    # only the first rows are read and none needs all the others: stream them
    early: bool = False

    def start(self, collection: str | None) -> Pipeline:
        """An empty pipeline over a collection."""
        return Pipeline(
            self.database,
            collection,
            outer=dict(self.outer),
            in_transaction=self.in_transaction,
        )

    def lower(self, node: Relation, needed: frozenset[int]) -> Pipeline:
        """Dispatch by relation."""
        if self.early and isinstance(node, _BLOCKING):
            return replace(self, early=False).lower(node, needed)
        match node:
            case Scan():
                return self._scan(node)
            case Values():
                return self._values(node)
            case FunctionScan():
                return sets.lower_function_scan(self, node)
            case Filter():
                return self._filter(node, needed)
            case Project():
                return self._project(node, needed)
            case Aggregate():
                return grouping.lower_aggregate(self, node)
            case Join():
                return joins.lower_join(self, node, needed)
            case Sort():
                return self._sort(node, needed)
            case Limit():
                return limits.lower_limit(self, node, needed)
            case Distinct():
                return grouping.lower_distinct(self, node, needed)
            case SetOperation():
                return setoperations.lower_set_operation(self, node)
            case Window():
                return windows.lower_window(self, node, needed)
            case RecursiveUnion() | WorkingTable():
                return recursions.lower_reference(self, node)
            case _:
                raise InternalError(f"no lowering for {type(node).__name__}")

    def _scan(self, node: Scan) -> Pipeline:
        if node.collection.virtual:
            pipeline = self.start(None)
            pipeline.add(mongo.Documents(VirtualRows(node.collection.name)))
        else:
            pipeline = self.start(node.collection.name)
            pipeline.database = node.collection.database
        pipeline.layout = {c.id: path_expression(path) for c, path in node.fields}
        pipeline.taken = {path[0] for _, path in node.fields}
        return pipeline

    def _values(self, node: Values) -> Pipeline:
        pipeline = self.start(None)
        if all(_is_plain(cell) for row in node.rows for cell in row):
            context = Context(pipeline)
            documents = [
                {
                    f"c{i + 1}": expression.lower_value(context, cell)
                    for i, cell in enumerate(row)
                }
                for row in node.rows
            ]
            pipeline.add(mongo.Documents(documents))
            prefix = ""
        else:
            prefix = self._computed_values(node, pipeline)
        for index, column in enumerate(node.columns):
            pipeline.layout[column.id] = f"${prefix}c{index + 1}"
        pipeline.taken = {f"c{i + 1}" for i in range(len(node.columns))}
        return pipeline

    def _computed_values(self, node: Values, pipeline: Pipeline) -> str:
        """Cells with subqueries: look those up, build the rows, unwind them."""
        pipeline.add(mongo.Documents([{}]))
        context = Context(pipeline)
        rows = [
            {
                f"c{i + 1}": expression.lower_value(context, cell)
                for i, cell in enumerate(row)
            }
            for row in node.rows
        ]
        pipeline.add(mongo.Project({"r": rows}))
        pipeline.add(mongo.Unwind("$r"))
        return "r."

    def _filter(self, node: Filter, needed: frozenset[int]) -> Pipeline:
        below = self.lower(node.input, needed | refers_to(node.predicate))
        add_filter(below, node.predicate)
        return below

    def _project(self, node: Project, needed: frozenset[int]) -> Pipeline:
        """Renames and small expressions are only noted in the layout; what costs
        to compute becomes a field, once."""
        wanted = [value for column, value in node.items if column.id in needed]
        read = frozenset[int]().union(*(refers_to(value) for value in wanted))
        pipeline = self.lower(node.input, read)
        context = Context(pipeline)
        layout: dict[int, Mql] = {}
        computed: dict[int, str] = {}
        for column, value in node.items:
            if column.id not in needed:
                continue
            lowered = expression.lower_value(context, value)
            layout[column.id] = lowered
            if not _may_repeat(value, lowered):
                computed[column.id] = column.name
        pipeline.layout = layout
        if computed:
            names = {column.id: column.name for column, _ in node.items}
            reshape(pipeline, set(layout), names)
        return pipeline

    def _sort(self, node: Sort, needed: frozenset[int]) -> Pipeline:
        read = frozenset[int]().union(*(refers_to(key.expression) for key in node.keys))
        pipeline = self.lower(node.input, needed | read)
        ordering.add_sort(pipeline, first_rows.certain_keys(node))
        return pipeline


def _is_plain(node: Expr) -> bool:
    return not any(has_subquery(each) for each in walk(node))


def _may_repeat(node: Expr, lowered: Mql) -> bool:
    if is_path(lowered) or is_constant(lowered):
        return True
    volatile = any(
        isinstance(each, Call) and each.function.volatility is Volatility.VOLATILE
        for each in walk(node)
    )
    return not volatile and size_of(lowered) <= _INLINE_LIMIT


def add_filter(pipeline: Pipeline, predicate: Expr) -> None:
    """$match; parts with subqueries after those without, which leave fewer rows
    to look something up for."""
    parts = split_conjunction(predicate)
    for group in (
        [part for part in parts if not has_subquery(part)],
        [part for part in parts if has_subquery(part)],
    ):
        if not group:
            continue
        context = Context(pipeline)
        joined = conjunction(group)
        query = match.true_query(context, joined)
        if query != match.ALWAYS:
            pipeline.add(mongo.Match(query))
