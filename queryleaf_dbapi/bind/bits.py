"""Operators whose meaning depends on the width of their left integer."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.calls import bind_call
from queryleaf_dbapi.plan.expressions import Expr
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types import SMALLINT


def bind_by_width(name: str) -> Callable[[Binder, Place, exp.Expr], Expr]:
    """`<<`, `>>` and TO_HEX: an INTEGER has 32 bits, a BIGINT 64."""

    def bind(binder: Binder, place: Place, node: exp.Expr) -> Expr:
        from queryleaf_dbapi.bind.expressions import bind_expression

        nodes = [node.this, node.args.get("expression")]
        bound = [bind_expression(binder, place, each) for each in nodes if each]
        number = bound[0].type
        if number == SMALLINT and name != "TO_HEX":
            raise refuse(f"{name} of SMALLINT", node, binder.sql, "cast to INTEGER")
        is_wide = "long" in number.bson
        if name == "TO_HEX":
            return bind_call(binder, f"{name} bigint" if is_wide else name, bound, node)
        return bind_call(binder, name if is_wide else f"{name} integer", bound, node)

    return bind
