"""Where a node of the syntax tree stands in the statement's text."""

from __future__ import annotations

from sqlglot import exp

from queryleaf_dbapi.errors import Position


def position_of(node: exp.Expr | None, sql: str) -> Position | None:
    """The place of the first token known below `node`, or None.

    sqlglot notes offsets on identifiers, literals and function names only, so
    the leftmost of them stands for the whole.
    """
    if node is None:
        return None
    starts = [
        each.meta["start"] for each in node.walk() if each.meta.get("start") is not None
    ]
    if not starts:
        parent = node.parent
        return position_of(parent, sql) if parent is not None else None
    return Position(sql, min(starts))
