"""Subqueries in expressions: scalar, EXISTS, IN, ANY, ALL."""

from __future__ import annotations

from sqlglot import exp

from queryleaf_dbapi import functions
from queryleaf_dbapi.bind import conditions, documents, expressions, query
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.calls import bind_call
from queryleaf_dbapi.bind.coerce import comparable
from queryleaf_dbapi.errors import ProgrammingError
from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.plan.expressions import (
    AggregateCall,
    ColumnRef,
    Exists,
    Expr,
    InList,
    Literal,
    Quantified,
    ScalarSubquery,
)
from queryleaf_dbapi.plan.relations import Aggregate, Project, Relation
from queryleaf_dbapi.plan.signature import FunctionDef
from queryleaf_dbapi.types import BOOLEAN, array_of


def _one_column(
    binder: Binder, place: Place, node: exp.Expr
) -> tuple[Relation, ColumnRef]:
    bound = query.bind_query(binder, node, place.scope)
    if len(bound.columns) != 1:
        raise ProgrammingError(
            "subquery must return only one column", position=binder.position(node)
        )
    column = bound.columns[0]
    reference = ColumnRef(column.id, column.name, column.type, column.nullable)
    return bound, reference


def bind_scalar(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """(SELECT ...) as a value."""
    relation, column = _one_column(binder, place, node)
    return ScalarSubquery(relation, column.type)


def bind_array(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """ARRAY(SELECT ...): the values in the subquery's order, an empty array for no
    row."""
    relation, column = _one_column(binder, place, node.expressions[0])
    gather = functions.AGGREGATES["ARRAY_AGG"][0]
    sql_type = array_of(column.type)
    call = AggregateCall(gather, (column,), sql_type, True)
    output = binder.ids.column("array", sql_type, True)
    gathered = Aggregate(relation, (), ((output, call),))
    value = ColumnRef(output.id, output.name, sql_type, True)
    result = binder.ids.column("array", sql_type, True)
    subquery = ScalarSubquery(Project(gathered, ((result, value),)), sql_type)
    empty = Literal([], sql_type)
    return bind_call(binder, "COALESCE", (subquery, empty), node)


def bind_exists(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """EXISTS (SELECT ...)."""
    return Exists(query.bind_query(binder, node.this, place.scope))


def bind_in(binder: Binder, place: Place, node: exp.Expr, subquery: exp.Expr) -> Expr:
    """x IN (SELECT ...)."""
    operand = expressions.bind_expression(binder, place, node.this)
    return _any(binder, place, node, operators.EQ, operand, subquery)


def bind_quantified(
    binder: Binder,
    place: Place,
    node: exp.Expr,
    operator: FunctionDef,
    quantifier: exp.Expr,
) -> Expr:
    """x op ANY (...) and x op ALL (...), over a subquery or an array."""
    inside = quantifier.this
    while isinstance(inside, exp.Paren):
        inside = inside.this
    operand = expressions.bind_expression(binder, place, node.this)
    is_all = isinstance(quantifier, exp.All)
    if is_all:
        # x op ALL (s) is NOT (x opposite ANY (s)), in three-valued logic too
        operator = operators.OPPOSITE[operator]
    if isinstance(inside, exp.Array):
        result = _any_of_array(binder, place, node, operator, operand, inside)
    elif isinstance(inside, exp.Query | exp.Subquery | exp.Values):
        result = _any(binder, place, node, operator, operand, inside)
    else:
        array = expressions.bind_expression(binder, place, inside)
        pair = documents.element_pair(binder, operand, array, node)
        result = bind_call(binder, f"{operator.symbol} ANY", pair, node)
    return conditions.negation(result) if is_all else result


def _any_of_array(
    binder: Binder,
    place: Place,
    node: exp.Expr,
    operator: FunctionDef,
    operand: Expr,
    array: exp.Expr,
) -> Expr:
    items = [expressions.bind_expression(binder, place, e) for e in array.expressions]
    if operator is operators.EQ:
        pairs = [
            comparable(operand, item, "=", binder.position(node)) for item in items
        ]
        values = tuple(item for _, item in pairs)
        nullable = operand.nullable or any(value.nullable for value in values)
        return InList(operand, values, BOOLEAN, nullable)
    return conditions.disjunction(
        [conditions.compare(operator, operand, item, binder, node) for item in items]
    )


def _any(
    binder: Binder,
    place: Place,
    node: exp.Expr,
    operator: FunctionDef,
    operand: Expr,
    subquery: exp.Expr,
) -> Expr:
    relation, column = _one_column(binder, place, subquery)
    operand, value = comparable(operand, column, operator.symbol, binder.position(node))
    if value != column:  # it had to be cast: the subquery puts out the cast value
        output = binder.ids.column(column.name, value.type, value.nullable)
        relation = Project(relation, ((output, value),))
    nullable = operand.nullable or value.nullable
    return Quantified(operator, operand, relation, BOOLEAN, nullable)
