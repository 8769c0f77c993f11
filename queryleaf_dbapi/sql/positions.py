"""Where a node of the syntax tree stands in the statement's text.

Places are asked for wherever an error might be raised, and errors are rare: the
tree is searched only when somebody reads the offset.
"""

from __future__ import annotations

from sqlglot import exp

from queryleaf_dbapi.errors import Position


class NodePosition(Position):
    """The place of a node, worked out when it is read."""

    __slots__ = ("_node",)

    def __init__(self, sql: str, node: exp.Expr) -> None:
        object.__setattr__(self, "sql", sql)
        object.__setattr__(self, "_node", node)

    @property
    def offset(self) -> int:
        """The place of the first token known below the node, or around it.

        sqlglot notes offsets on identifiers, literals and function names only, so
        the leftmost of them stands for the whole.
        """
        node: exp.Expr | None = self._node  # type: ignore[attr-defined]
        while node is not None:
            starts = [
                each.meta["start"]
                for each in node.walk()
                if each.meta.get("start") is not None
            ]
            if starts:
                return int(min(starts))
            node = node.parent
        return 0


def position_of(node: exp.Expr | None, sql: str) -> Position | None:
    """The place of a node in `sql`; None for no node."""
    return None if node is None else NodePosition(sql, node)
