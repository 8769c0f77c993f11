"""Where a WITH RECURSIVE query may name itself: PostgreSQL's rules, on the text.

Works on the syntax tree alone, before anything is bound, so that the error names the
place the user wrote.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from queryleaf_dbapi.bind.binder import Binder
from queryleaf_dbapi.errors import InvalidRecursion
from queryleaf_dbapi.sql.accepted import refuse

_FIRST_TERM = "its non-recursive term"
_SUBQUERY = "a subquery"
_OUTER_JOIN = "an outer join"
_ALLOWED = ""

Reference = tuple[exp.Expr, str]


def tables_named(node: exp.Expr, name: str) -> list[exp.Expr]:
    """The places in a query that mean the WITH query `name` (in lower case)."""
    return [table for table, _ in _references(node, name, _ALLOWED)]


def union_of(node: exp.Expr) -> exp.Expr | None:
    """The UNION a recursive query consists of."""
    while isinstance(node, exp.Subquery | exp.Paren) and not _has_clauses(node):
        node = node.this
    return node if isinstance(node, exp.Union) else None


def _has_clauses(node: exp.Expr) -> bool:
    return any(node.args.get(key) for key in ("order", "limit", "offset", "with_"))


def check(binder: Binder, node: exp.Expr, name: str) -> None:
    """Raise InvalidRecursion (42P19) where PostgreSQL refuses the reference."""
    union = union_of(node)
    if union is None or type(union) is not exp.Union:
        raise InvalidRecursion(
            f'recursive query "{name}" does not have the form non-recursive-term '
            "UNION [ALL] recursive-term",
            position=binder.position(node),
        )
    for key in ("order", "limit", "offset"):
        if union.args.get(key):
            word = "ORDER BY" if key == "order" else key.upper()
            raise refuse(f"{word} in a recursive query", union.args[key], binder.sql)
    folded = name.lower()
    found = _references(union.this, folded, _FIRST_TERM)
    found += _references(union.expression, folded, _ALLOWED)
    inner = union.args.get("with_")
    for each in inner.expressions if inner else ():
        found += _references(each.this, folded, _SUBQUERY)
    for table, context in found:
        if context:
            raise InvalidRecursion(
                f'recursive reference to query "{name}" must not appear within '
                f"{context}",
                position=binder.position(table),
            )
    if len(found) > 1:
        raise InvalidRecursion(
            f'recursive reference to query "{name}" must not appear more than once',
            position=binder.position(found[1][0]),
        )


def _references(node: exp.Expr, name: str, context: str) -> list[Reference]:
    """Each reference to the name below a query, with what forbids it there."""
    if isinstance(node, exp.Table):
        found = _of_table(node, name, context)
        return found + _of_joins(node.args.get("joins") or [], [], name, context)
    found = []
    clause = node.args.get("with_")
    if clause is not None:
        for each in clause.expressions:
            found += _references(each.this, name, context)
            if each.args["alias"].name.lower() == name:
                return found  # the inner query hides the outer one
    if isinstance(node, exp.Select):
        return found + _of_select(node, name, context)
    if isinstance(node, exp.SetOperation):
        return found + _of_set(node, name, context)
    if isinstance(node, exp.Subquery | exp.Paren | exp.Lateral | exp.CTE):
        found += _references(node.this, name, context)
        joins = node.args.get("joins") or []
        return found + _of_joins(joins, [], name, context)
    return found + _in_expressions(node, name, context)


def _of_table(node: exp.Expr, name: str, context: str) -> list[Reference]:
    is_it = not node.args.get("db") and node.name.lower() == name
    return [(node, context)] if is_it else []


def _of_select(node: exp.Expr, name: str, context: str) -> list[Reference]:
    clause = node.args.get("from_")
    first = _references(clause.this, name, context) if clause is not None else []
    found = _of_joins(node.args.get("joins") or [], first, name, context)
    for key, value in node.args.items():
        if key not in ("from_", "joins", "with_"):
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, exp.Expr):
                    found += _in_expressions(each, name, context)
    return found


def _of_joins(
    joins: list[exp.Expr], before: list[Reference], name: str, context: str
) -> list[Reference]:
    """References of joined tables; those on the side that gets NULLs are marked."""
    for join in joins:
        side = str(join.args.get("side") or "").upper()
        right = context if side not in ("LEFT", "FULL") else context or _OUTER_JOIN
        if side in ("RIGHT", "FULL"):
            before = [(table, seen or _OUTER_JOIN) for table, seen in before]
        before = before + _references(join.this, name, right)
        condition = join.args.get("on")
        if condition is not None:
            before += _in_expressions(condition, name, context)
    return before


def _of_set(node: exp.Expr, name: str, context: str) -> list[Reference]:
    left = right = context
    if isinstance(node, exp.Except):
        right = context or "EXCEPT"
    if isinstance(node, exp.Intersect | exp.Except) and not node.args.get("distinct"):
        left = right = context or node.key.upper()
    found = _references(node.this, name, left)
    return found + _references(node.expression, name, right)


def _in_expressions(node: exp.Expr, name: str, context: str) -> list[Reference]:
    """References in subqueries of an expression: none is allowed."""
    found: list[Reference] = []
    for query in _queries(node):
        found += _references(query, name, context or _SUBQUERY)
    return found


def _queries(node: exp.Expr) -> Iterator[exp.Expr]:
    """The outermost queries in an expression."""
    if isinstance(node, exp.Query | exp.Subquery):
        yield node
        return
    for child in node.iter_expressions():
        yield from _queries(child)
