"""LIKE ANY, SIMILAR TO, and the operators of regular expressions."""

from __future__ import annotations

import re

from sqlglot import exp

from queryleaf_dbapi.bind import conditions, expressions
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.calls import bind_call
from queryleaf_dbapi.functions.conjunctions import conjunction
from queryleaf_dbapi.plan.expressions import Expr, Literal
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types import BOOLEAN, TEXT

# what PostgreSQL would read after the operator: `a ~ b || c` is `(a ~ b) || c` there
_SAME_RANK = (exp.DPipe, exp.Binary)
_OPERATOR = re.compile(r"~")


def bind_like_any(binder: Binder, place: Place, node: exp.Expr, name: str) -> Expr:
    """a LIKE ANY (ARRAY['x', 'y']), a NOT LIKE ALL ('x', 'y')."""
    quantifier = node.expression
    how = "ANY" if isinstance(quantifier, exp.Any) else "ALL"
    listed = quantifier.this
    while isinstance(listed, exp.Paren):
        listed = listed.this
    if isinstance(listed, exp.Query | exp.Subquery):
        raise refuse(f"{name} {how} (SELECT ...)", node, binder.sql)
    items = _items(listed)
    if items is None:
        text = expressions.bind_expression(binder, place, node.this)
        array = expressions.bind_expression(binder, place, listed)
        negation = "not " if node.args.get("negate") else ""
        way = Literal(f"{negation}{name} {how}".lower(), TEXT)
        return bind_call(binder, "LIKE ANY", (way, text, array), node)
    if not items:
        return Literal(how == "ALL", BOOLEAN)
    text = expressions.bind_expression(binder, place, node.this)
    parts = []
    for each in items:
        pattern = expressions.bind_expression(binder, place, each)
        part = bind_call(binder, name, (text, pattern), node)
        parts.append(conditions.negation(part) if node.args.get("negate") else part)
    return conjunction(parts) if how == "ALL" else conditions.disjunction(parts)


def _items(node: exp.Expr) -> list[exp.Expr] | None:
    if isinstance(node, exp.Array | exp.Tuple):
        return list(node.expressions)
    if isinstance(node, exp.Literal):
        return None if node.name.startswith("{") else [node]
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Array):
        return list(node.this.expressions)
    return None


def bind_similar(
    binder: Binder, place: Place, node: exp.Expr, escape: exp.Expr | None = None
) -> Expr:
    """a SIMILAR TO b, with ESCAPE 'c' behind it or not."""
    nodes = [node.this, node.expression, *([escape] if escape else [])]
    arguments = [expressions.bind_expression(binder, place, each) for each in nodes]
    return bind_call(binder, "SIMILAR TO", arguments, node)


def bind_operator(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """a ~ b, a ~* b, REGEXP_LIKE(a, b)."""
    if isinstance(node.expression, _SAME_RANK) and _OPERATOR.search(binder.sql):
        raise refuse(
            "a pattern with an operator behind ~",
            node.expression,
            binder.sql,
            "write parentheses around it: PostgreSQL reads `a ~ b || c` as "
            "`(a ~ b) || c`",
        )
    if isinstance(node, exp.RegexpILike):
        sides = [
            expressions.bind_expression(binder, place, each)
            for each in (node.this, node.expression)
        ]
        return bind_call(binder, "~*", sides, node)
    return expressions.bind_function(binder, place, node)
