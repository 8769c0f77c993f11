"""`a + b + c ...` and `a || b || c ...`: a chain is one call, however long it is.

The syntax tree of a chain is as deep as the chain is long; the server takes a hundred
levels of an expression, Python a thousand calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from queryleaf_dbapi.bind import documents, expressions
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.calls import bind_call
from queryleaf_dbapi.bind.casts import bind_cast
from queryleaf_dbapi.bind.coerce import no_operator, settle_type
from queryleaf_dbapi.plan.expressions import Call, Expr
from queryleaf_dbapi.types import TEXT, Family

# a chain up to here stays nested: `GROUP BY a + b` finds its key in `a + b + c`
_NESTED = 50
_EXACT = (Family.INTEGER, Family.DECIMAL, Family.TEXT)
_TEXTUAL = {Family.TEXT, Family.UNKNOWN, Family.ANY, Family.ARRAY, Family.DOCUMENT}
_WRITTEN_OUT = frozenset(
    {
        Family.INTEGER,
        Family.DECIMAL,
        Family.FLOAT,
        Family.BOOLEAN,
        Family.DATE,
        Family.TIME,
        Family.TIMESTAMP,
        Family.INTERVAL,
        Family.UUID,
    }
)
Join = Callable[[Binder, Expr, Expr, exp.Expr], Expr]


def bind_sum(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """a + b + ..."""
    return _bind_chain(binder, place, node, _add)


def bind_concatenation(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """a || b || ..."""
    return _bind_chain(binder, place, node, _concatenate)


def _bind_chain(binder: Binder, place: Place, node: exp.Expr, join: Join) -> Expr:
    spine = []
    first = node
    while type(first) is type(node):
        spine.append(first)
        first = first.this
    found = expressions.bind_expression(binder, place, first)
    is_long = len(spine) > _NESTED
    for each in reversed(spine):
        right = expressions.bind_expression(binder, place, each.expression)
        call = join(binder, found, right, each)
        if is_long and _continues(call, found):
            assert isinstance(call, Call)
            assert isinstance(found, Call)
            call = replace(call, arguments=(*found.arguments, call.arguments[1]))
        found = call
    return found


def _continues(call: Expr, found: Expr) -> bool:
    """Whether the call takes the chain so far as it is, and sums exactly: the server
    adds several doubles more precisely than one after the other."""
    return (
        isinstance(call, Call)
        and isinstance(found, Call)
        and call.function is found.function
        and call.type == found.type
        and call.type.family in _EXACT
        and len(call.arguments) == 2
        and call.arguments[0] is found
    )


def _add(binder: Binder, left: Expr, right: Expr, node: exp.Expr) -> Expr:
    return bind_call(binder, "+", (left, right), node)


def _concatenate(binder: Binder, left: Expr, right: Expr, node: exp.Expr) -> Expr:
    sides = [left, right]
    families = [each.type.family for each in sides]
    if not _TEXTUAL & set(families):
        raise no_operator("||", sides, binder.position(node))
    if Family.ARRAY in families:
        return documents.bind_array_concat(binder, sides, node)
    if Family.DOCUMENT in families:
        return bind_call(binder, "JSONB ||", sides, node)
    return bind_call(binder, "||", [_as_text(each) for each in sides], node)


def _as_text(node: Expr) -> Expr:
    """`'a' || 5`: PostgreSQL's anynonarray || text casts the other side."""
    if node.type.family in _WRITTEN_OUT:
        return bind_cast(node, TEXT)
    return settle_type(node)
