"""INTERVAL literals, with the fields behind them: INTERVAL '1-2' YEAR TO MONTH."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from queryleaf_dbapi.bind.binder import Binder
from queryleaf_dbapi.errors import DataError
from queryleaf_dbapi.plan.expressions import Literal
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types import INTERVAL
from queryleaf_dbapi.types.interval_text import read_interval


def interval_literal(binder: Binder, node: exp.Expr) -> Literal | None:
    """INTERVAL '1 day', INTERVAL '1' DAY; None where the number is no constant."""
    if not isinstance(node.this, exp.Literal):
        return None
    try:
        found = [read_interval(*each) for each in dict.fromkeys(_written(binder, node))]
    except DataError as error:
        error.position = binder.position(node)
        raise
    if not found or any(each != found[0] for each in found):
        raise refuse(
            "this spelling of INTERVAL",
            node,
            binder.sql,
            "write CAST('...' AS INTERVAL)",
        )
    return Literal(found[0], INTERVAL)


# sqlglot makes an interval of the step of GENERATE_SERIES too, without the word
_IN_TEXT = re.compile(
    r"(?:\bINTERVAL\s*)?'((?:[^']|'')*)'(?:\s*([A-Za-z]+))?"
    r"|\bINTERVAL\s*(-?[\d.]+)\s*([A-Za-z]+)",
    re.I,
)


def _written(binder: Binder, node: exp.Expr) -> Iterator[tuple[str, str, str]]:
    """The text and the fields behind it that may have become this node.

    sqlglot takes '1 day ago' and '1.5 days' apart and keeps 1, DAY; so the node is
    looked up in the statement's text.
    """
    first, last = _fields(binder, node)
    text = node.this.name
    for found in _IN_TEXT.finditer(binder.sql):
        inside, number = found[1], found[3]
        unit = (found[2] or found[4] or "").lower()
        if number is not None:
            if number == text and unit == last:
                yield f"{number} {unit}", "", ""
            continue
        pieces = exp.INTERVAL_STRING_RE.findall(inside)
        if len(pieces) == 1 and (pieces[0][0], pieces[0][1].lower()) == (text, last):
            yield inside, "", ""
        elif inside == text and (not last or unit == first):
            yield inside, first, last


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
