"""Conditions: comparisons, AND OR NOT, IS, BETWEEN, IN, LIKE, of rows too."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from queryleaf_dbapi.bind import expressions, patterns, rows, subqueries
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.calls import bind_call, make_call
from queryleaf_dbapi.bind.coerce import (
    as_boolean,
    by_length,
    comparable,
    retype,
    settle_type,
    unparametrised,
)
from queryleaf_dbapi.errors import DataError, Position, SyntaxError_
from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.functions.conjunctions import conjunction
from queryleaf_dbapi.plan.expressions import Call, Expr, InList, Literal
from queryleaf_dbapi.plan.signature import FunctionDef
from queryleaf_dbapi.sql.accepted import describe, refuse
from queryleaf_dbapi.types import BOOLEAN, TEXT, Family, common_type_of, settle


def bind_comparison(
    operator: FunctionDef,
) -> Callable[[Binder, Place, exp.Expr], Expr]:
    """A binder of `a op b`, `a op ANY (...)`, `(a, b) op (c, d)`."""

    def bind(binder: Binder, place: Place, node: exp.Expr) -> Expr:
        right = node.expression
        quantifier = _quantifier(right)
        of_rows = rows.bind_comparison(binder, place, node, operator, quantifier)
        if of_rows is not None:
            return of_rows
        if quantifier is not None:
            return subqueries.bind_quantified(binder, place, node, operator, quantifier)
        return compare(
            operator,
            expressions.bind_expression(binder, place, node.this),
            expressions.bind_expression(binder, place, right),
            binder,
            node,
        )

    return bind


def _quantifier(node: exp.Expr) -> exp.Expr | None:
    """ANY or ALL; sqlglot reads ALL (array) as a call of a function."""
    if isinstance(node, exp.Anonymous) and str(node.this).upper() == "ALL":
        if len(node.expressions) == 1:
            return exp.All(this=node.expressions[0])
    return node if isinstance(node, exp.Any | exp.All) else None


def compare(
    operator: FunctionDef,
    left: Expr,
    right: Expr,
    binder: Binder,
    node: exp.Expr,
) -> Call:
    """`left operator right` with both sides brought to comparable types."""
    left, right = comparable(left, right, operator.symbol, binder.position(node))
    return Call(operator, (left, right), BOOLEAN, left.nullable or right.nullable)


def disjunction(parts: list[Expr]) -> Expr:
    """The OR of the parts."""
    return parts[0] if len(parts) == 1 else make_call(operators.or_, parts)


def negation(condition: Expr) -> Expr:
    """NOT condition."""
    return make_call(operators.not_, (condition,))


def bind_and(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """a AND b AND ..., a OR b OR ..., as one call."""
    assert isinstance(node, exp.And | exp.Or)
    # flatten: a chain of thousands must not nest, here or on the server
    word = node.key.upper()
    parts = []
    for each in node.flatten():
        bound = expressions.bind_expression(binder, place, each)
        parts.append(as_boolean(bound, word, binder.position(each)))
    return conjunction(parts) if word == "AND" else disjunction(parts)


def bind_not(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """NOT a."""
    bound = expressions.bind_expression(binder, place, node.this)
    return negation(as_boolean(bound, "NOT", binder.position(node)))


def bind_is(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """a IS [NOT] NULL, TRUE, FALSE."""
    of_row = rows.bind_is_null(binder, place, node)
    if of_row is not None:
        return of_row
    operand = expressions.bind_expression(binder, place, node.this)
    if isinstance(node.expression, exp.Null):
        result: Expr = make_call(operators.is_null, (settle_type(operand),))
    elif isinstance(node.expression, exp.Boolean):
        condition = as_boolean(operand, "IS", binder.position(node))
        if not node.expression.this:
            condition = negation(condition)
        result = make_call(operators.is_true, (condition,))
    else:
        raise refuse(f"IS {describe(node.expression)}", node, binder.sql)
    return negation(result) if node.args.get("negate") else result


def bind_distinct_from(
    negate: bool,
) -> Callable[[Binder, Place, exp.Expr], Expr]:
    """A binder of IS DISTINCT FROM, or its negation."""

    def bind(binder: Binder, place: Place, node: exp.Expr) -> Expr:
        of_rows = rows.bind_distinct(binder, place, node)
        if of_rows is not None:
            return negation(of_rows) if negate else of_rows
        left = expressions.bind_expression(binder, place, node.this)
        right = expressions.bind_expression(binder, place, node.expression)
        sides = comparable(left, right, "IS DISTINCT FROM", binder.position(node))
        differs = make_call(operators.is_distinct_from, sides)
        return negation(differs) if negate else differs

    return bind


def bind_between(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """a BETWEEN b AND c."""
    of_rows = rows.bind_between(binder, place, node)
    if of_rows is not None:
        return of_rows
    operand = expressions.bind_expression(binder, place, node.this)
    low = expressions.bind_expression(binder, place, node.args["low"])
    high = expressions.bind_expression(binder, place, node.args["high"])
    return conjunction(
        [
            compare(operators.GE, operand, low, binder, node),
            compare(operators.LE, operand, high, binder, node),
        ]
    )


def bind_in(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """a IN (b, c, ...), a IN (SELECT ...)."""
    of_rows = rows.bind_in(binder, place, node)
    if of_rows is not None:
        return of_rows
    query = rows.query_of_in(node)
    if query is not None:
        return subqueries.bind_in(binder, place, node, query)
    if not node.expressions:
        raise SyntaxError_(
            'syntax error at or near ")": IN needs a value',
            position=binder.position(node),
        )
    operand = expressions.bind_expression(binder, place, node.this)
    bound = [expressions.bind_expression(binder, place, e) for e in node.expressions]
    operand, *bound = _typed_together(operand, bound, binder.position(node))
    items = []
    for each, item in zip(node.expressions, bound, strict=True):
        items.append(comparable(operand, item, "IN", binder.position(each))[1])
    nullable = operand.nullable or any(item.nullable for item in items)
    return InList(by_length(settle_type(operand)), tuple(items), BOOLEAN, nullable)


def _typed_together(
    operand: Expr, items: list[Expr], position: Position | None
) -> list[Expr]:
    """Constants nobody typed take the common type of the others, items as the operand:
    '1' IN (1, 2.5) compares numbers, NULL IN (NULL, 1) is NULL."""
    listed = [operand, *items]
    common = common_type_of(each.type for each in listed)
    if common is None:  # each comparison speaks for itself
        return listed
    target = unparametrised(settle(common))
    return [
        retype(each, target, position) if each.type.family is Family.UNKNOWN else each
        for each in listed
    ]


def bind_like(name: str) -> Callable[[Binder, Place, exp.Expr], Expr]:
    """A binder of LIKE or ILIKE."""

    def bind(binder: Binder, place: Place, node: exp.Expr) -> Expr:
        return _like(binder, place, node, name)

    return bind


def _like(
    binder: Binder,
    place: Place,
    node: exp.Expr,
    name: str,
    escape: exp.Expr | None = None,
) -> Expr:
    if isinstance(node.expression, exp.Any | exp.All):
        if escape is not None:
            raise refuse("ESCAPE after LIKE ANY or ALL", escape, binder.sql)
        return patterns.bind_like_any(binder, place, node, name)
    text = expressions.bind_expression(binder, place, node.this)
    pattern = expressions.bind_expression(binder, place, node.expression)
    call = bind_call(binder, name, (text, pattern), node)
    assert isinstance(call, Call)
    if escape is not None:
        if not isinstance(escape, exp.Literal):
            raise refuse("ESCAPE other than one constant character", escape, binder.sql)
        if len(escape.name) > 1:
            error = DataError("invalid escape string: it must be one character")
            error.sqlstate = "22025"
            error.position = binder.position(escape)
            raise error
        with_escape = (*call.arguments, Literal(escape.name, TEXT))
        call = Call(call.function, with_escape, BOOLEAN, call.nullable)
    return negation(call) if node.args.get("negate") else call


def bind_escape(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """a LIKE b ESCAPE 'c'."""
    inner = node.this
    if isinstance(inner, exp.SimilarTo):
        return patterns.bind_similar(binder, place, inner, node.expression)
    name = "ILIKE" if isinstance(inner, exp.ILike) else "LIKE"
    return _like(binder, place, inner, name, node.expression)
