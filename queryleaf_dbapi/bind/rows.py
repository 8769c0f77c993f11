"""Rows as values: `(a, b) = (c, d)`, `(a, b) IN (SELECT x, y ...)`, `(a, b) IS NULL`.

The plan has no row values: each form is spelt out over the single values.

    (a, b) < (x, y)              a < x OR (a = x AND b < y)
    (a, b) IN (SELECT x, y ..)   EXISTS (.. WHERE c) OR (NULL AND EXISTS (.. WHERE c IS NULL))
    (a, b) = (SELECT x, y ..)    (SELECT c ..)       c being a = x AND b = y

The second is IN's own definition: TRUE with a row that is equal, NULL with one that may
be, else FALSE. The third is NULL without a row and an error for two, as a scalar is.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from queryleaf_dbapi.bind import conditions, expressions, query
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.calls import make_call
from queryleaf_dbapi.bind.coerce import comparable, settle_type
from queryleaf_dbapi.errors import ProgrammingError, SyntaxError_
from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.functions.conjunctions import conjunction
from queryleaf_dbapi.plan.expressions import (
    ColumnRef,
    Exists,
    Expr,
    Literal,
    ScalarSubquery,
)
from queryleaf_dbapi.plan.relations import Filter, Project, Relation
from queryleaf_dbapi.plan.signature import FunctionDef
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types import BOOLEAN

Compare = Callable[[Sequence[Expr]], Expr]


def row_items(node: exp.Expr) -> list[exp.Expr] | None:
    """The values of `(a, b)` or `ROW(a, b)`, None for anything else."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Tuple):
        return list(node.expressions)
    if isinstance(node, exp.Anonymous) and str(node.this).upper() == "ROW":
        return list(node.expressions)
    return None


def bind_comparison(
    binder: Binder,
    place: Place,
    node: exp.Expr,
    operator: FunctionDef,
    quantifier: exp.Expr | None,
) -> Expr | None:
    """`row op row`, `row op (SELECT ...)`, `row op ANY / ALL (SELECT ...)`; None when
    neither side is a row."""
    left, right = node.this, node.expression
    items = row_items(left)
    if quantifier is not None:
        if items is None:
            return None
        return _bind_quantified(binder, place, node, operator, quantifier, items)
    others = row_items(right)
    if items is None and others is None:
        return None
    if items is not None and others is not None:
        values = _bind_all(binder, place, items)
        other_values = _bind_all(binder, place, others)
        return _compare(binder, node, operator, values, other_values)
    if items is None:  # PostgreSQL takes the row on the left only
        if _query(left) is None:
            raise refuse("a row compared with a single value", node, binder.sql)
        raise SyntaxError_(
            "subquery must return only one column; write the row on the left",
            position=binder.position(left),
        )
    subquery = _query(right)
    if subquery is None:
        raise refuse("a row compared with a single value", node, binder.sql)
    values = _bind_all(binder, place, items)

    def compare(columns: Sequence[Expr]) -> Expr:
        return _compare(binder, node, operator, values, columns)

    relation, condition = _over(binder, place, subquery, len(values), compare)
    column = binder.ids.column("compared", BOOLEAN, condition.nullable)
    return ScalarSubquery(Project(relation, ((column, condition),)), BOOLEAN)


def bind_distinct(binder: Binder, place: Place, node: exp.Expr) -> Expr | None:
    """`row IS DISTINCT FROM row`; None when they are no rows."""
    items, others = row_items(node.this), row_items(node.expression)
    if items is None or others is None:
        return None
    values = _bind_all(binder, place, items)
    other_values = _bind_all(binder, place, others)
    _check_width(binder, node, len(values), len(other_values))
    parts: list[Expr] = []
    for one, other in zip(values, other_values, strict=True):
        sides = comparable(one, other, "IS DISTINCT FROM", binder.position(node))
        parts.append(make_call(operators.is_distinct_from, sides))
    return conditions.disjunction(parts)


def bind_is_null(binder: Binder, place: Place, node: exp.Expr) -> Expr | None:
    """`row IS NULL`: all values are; `row IS NOT NULL`: none is, which is not the
    negation. None when it is no row."""
    items = row_items(node.this)
    if items is None:
        return None
    if not isinstance(node.expression, exp.Null):
        raise refuse("a row as a condition", node, binder.sql)
    tests: list[Expr] = [
        make_call(operators.is_null, (settle_type(value),))
        for value in _bind_all(binder, place, items)
    ]
    if node.args.get("negate"):
        tests = [conditions.negation(test) for test in tests]
    return conjunction(tests)


def bind_between(binder: Binder, place: Place, node: exp.Expr) -> Expr | None:
    """`row BETWEEN row AND row`; None when the first is no row."""
    items = row_items(node.this)
    if items is None:
        return None
    bounds = []
    for key, operator in (("low", operators.GE), ("high", operators.LE)):
        bound = row_items(node.args[key])
        if bound is None:
            raise refuse("a row BETWEEN single values", node, binder.sql)
        values = _bind_all(binder, place, items)
        others = _bind_all(binder, place, bound)
        bounds.append(_compare(binder, node, operator, values, others))
    return conjunction(bounds)


def bind_in(binder: Binder, place: Place, node: exp.Expr) -> Expr | None:
    """`row IN (row, ...)`, `row IN (SELECT ...)`; None when it is no row."""
    items = row_items(node.this)
    if items is None:
        return None
    values = _bind_all(binder, place, items)
    subquery = query_of_in(node)
    if subquery is not None:
        return _any(binder, place, subquery, node, operators.EQ, values)
    alternatives = []
    for each in node.expressions:
        others = row_items(each)
        if others is None:
            raise ProgrammingError(
                "a row can be IN a list of rows only", position=binder.position(each)
            )
        other_values = _bind_all(binder, place, others)
        alternatives.append(_compare(binder, node, operators.EQ, values, other_values))
    return conditions.disjunction(alternatives)


def query_of_in(node: exp.Expr) -> exp.Expr | None:
    """The query of `x IN (SELECT ...)` or `x IN (VALUES ...)`."""
    found: exp.Expr | None = node.args.get("query")
    if found is None and len(node.expressions) == 1:
        found = _query(node.expressions[0])
        if not isinstance(found, exp.Values):
            return None  # a list of one scalar subquery
    return found


def _bind_quantified(
    binder: Binder,
    place: Place,
    node: exp.Expr,
    operator: FunctionDef,
    quantifier: exp.Expr,
    items: list[exp.Expr],
) -> Expr:
    subquery = _query(quantifier.this)
    if subquery is None:
        raise refuse("a row compared with ANY / ALL of an array", node, binder.sql)
    values = _bind_all(binder, place, items)
    if isinstance(quantifier, exp.Any):
        return _any(binder, place, subquery, node, operator, values)
    # row op ALL (s) is NOT (row opposite ANY (s)), in three-valued logic too
    opposite = operators.OPPOSITE[operator]
    found = _any(binder, place, subquery, node, opposite, values)
    return conditions.negation(found)


def _query(node: exp.Expr) -> exp.Expr | None:
    while isinstance(node, exp.Paren):
        node = node.this
    return node if isinstance(node, exp.Query | exp.Subquery | exp.Values) else None


def _bind_all(binder: Binder, place: Place, nodes: list[exp.Expr]) -> list[Expr]:
    return [expressions.bind_expression(binder, place, each) for each in nodes]


def _any(
    binder: Binder,
    place: Place,
    subquery: exp.Expr,
    node: exp.Expr,
    operator: FunctionDef,
    values: list[Expr],
) -> Expr:
    def compare(columns: Sequence[Expr]) -> Expr:
        return _compare(binder, node, operator, values, columns)

    width = len(values)
    relation, condition = _over(binder, place, subquery, width, compare)
    is_equal: Expr = Exists(Filter(relation, condition))
    if not condition.nullable:
        return is_equal
    # bound again: each relation of a plan has columns of its own
    relation, condition = _over(binder, place, subquery, width, compare)
    unknown = make_call(operators.is_null, (condition,))
    may_be = Exists(Filter(relation, unknown))
    return conditions.disjunction(
        [is_equal, conjunction([Literal(None, BOOLEAN), may_be])]
    )


def _over(
    binder: Binder, place: Place, subquery: exp.Expr, width: int, compare: Compare
) -> tuple[Relation, Expr]:
    """The relation of a subquery and a comparison with its columns."""
    relation = query.bind_query(binder, subquery, place.scope)
    if len(relation.columns) != width:
        few = len(relation.columns) < width
        raise SyntaxError_(
            f"subquery has too {'few' if few else 'many'} columns",
            position=binder.position(subquery),
        )
    return relation, compare(
        [ColumnRef(c.id, c.name, c.type, c.nullable) for c in relation.columns]
    )


def _check_width(binder: Binder, node: exp.Expr, one: int, other: int) -> None:
    if one != other:
        raise ProgrammingError(
            f"rows of {one} and {other} values cannot be compared",
            position=binder.position(node),
        )


def _compare(
    binder: Binder,
    node: exp.Expr,
    operator: FunctionDef,
    left: Sequence[Expr],
    right: Sequence[Expr],
) -> Expr:
    """One row compared with another, spelt out as the standard does."""
    _check_width(binder, node, len(left), len(right))

    def one(comparison: FunctionDef, index: int) -> Expr:
        return conditions.compare(comparison, left[index], right[index], binder, node)

    if operator is operators.EQ:
        return conjunction([one(operators.EQ, i) for i in range(len(left))])
    if operator is operators.NE:
        return conditions.disjunction([one(operators.NE, i) for i in range(len(left))])
    strict = operators.LT if operator in (operators.LT, operators.LE) else operators.GT
    alternatives = []
    for i in range(len(left)):
        last = i == len(left) - 1
        prefix = [one(operators.EQ, j) for j in range(i)]
        alternatives.append(
            conjunction([*prefix, one(operator if last else strict, i)])
        )
    return conditions.disjunction(alternatives)
