"""INTERVAL literals, with the fields behind them: INTERVAL '1-2' YEAR TO MONTH."""

from __future__ import annotations

import re

from sqlglot import exp

from queryleaf_dbapi.bind.binder import Binder
from queryleaf_dbapi.errors import DataError
from queryleaf_dbapi.plan.expressions import Literal
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types import INTERVAL
from queryleaf_dbapi.types.interval_text import read_interval


def interval_literal(binder: Binder, node: exp.Expr) -> Literal | None:
    """INTERVAL '1 day', INTERVAL '1' DAY; None where the number is no constant."""
    text = node.this
    if not isinstance(text, exp.Literal):
        return None
    first, last = _fields(binder, node)
    read = text.name
    is_number = not read.lstrip("+-").replace(".", "", 1).strip("0123456789")
    if is_number and first == last:
        # sqlglot reads '1.5 days' as 1.5, DAYS; the field DAY alone would cut the
        # fraction off
        if "." in read and _stands_outside(binder.sql, read, last):
            raise refuse(f"INTERVAL '{read}' {last.upper()}", node, binder.sql)
        read, first, last = f"{read} {last}", "", ""
    try:
        return Literal(read_interval(read, first, last), INTERVAL)
    except DataError as error:
        error.position = binder.position(node)
        raise


def _stands_outside(sql: str, number: str, unit: str) -> bool:
    return bool(re.search(rf"'\s*{re.escape(number)}\s*'\s*{unit}\b", sql, re.I))


def _fields(binder: Binder, node: exp.Expr) -> tuple[str, str]:
    """The first and last field of DAY TO SECOND, the same one of DAY."""
    unit = node.args.get("unit")
    if unit is None:
        return "", ""
    if isinstance(unit, exp.IntervalSpan):
        return unit.this.name.lower(), unit.expression.name.lower()
    if not isinstance(unit, exp.Var):
        raise refuse("INTERVAL with a precision of seconds", node, binder.sql)
    return unit.name.lower(), unit.name.lower()


def unit_of(binder: Binder, node: exp.Expr) -> Literal:
    """One unit of INTERVAL n DAY, where n is a column or an expression."""
    _, last = _fields(binder, node)
    if not last:
        raise refuse("INTERVAL of an expression without a unit", node, binder.sql)
    return Literal(read_interval(f"1 {last}"), INTERVAL)
