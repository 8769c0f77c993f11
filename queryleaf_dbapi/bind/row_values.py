"""Whole rows in COUNT: COUNT((a, b)), COUNT(DISTINCT (a, b)), COUNT(t.*)."""

from __future__ import annotations

from sqlglot import exp

from queryleaf_dbapi.bind import expressions
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.calls import bind_call
from queryleaf_dbapi.bind.scope import ScanRange
from queryleaf_dbapi.errors import UndefinedTable
from queryleaf_dbapi.plan.expressions import Expr, Literal
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types import INTEGER


def is_row(node: exp.Expr) -> bool:
    """Whether it is `(a, b)` or `t.*`."""
    whole = isinstance(node, exp.Column) and isinstance(node.this, exp.Star)
    return whole or isinstance(node, exp.Tuple)


def bind_row(binder: Binder, place: Place, node: exp.Expr, distinct: bool) -> Expr:
    """A value that COUNT counts like the row: a row of NULLs is one too."""
    if isinstance(node, exp.Tuple):
        parts = [expressions.settled(binder, place, e) for e in node.expressions]
        return bind_call(binder, "row value", parts, node)
    alias = node.table  # type: ignore[attr-defined]
    table = place.scope.range_named(alias)
    if table is None:
        raise UndefinedTable(
            f'missing FROM-clause entry for table "{alias}"',
            position=binder.position(node),
        )
    if distinct:
        raise refuse(f"COUNT(DISTINCT {alias}.*)", node, binder.sql)
    if isinstance(table, ScanRange):  # every document has an _id
        found = table.column("_id")
        if found is not None:
            return found
    if table.nullable or table not in place.scope.ranges:
        raise refuse(f"COUNT({alias}.*) of this table", node, binder.sql)
    return Literal(1, INTEGER)
