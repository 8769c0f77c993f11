"""sqlglot's function nodes -> (SQL name, arguments in SQL order).

The functions declare how sqlglot parses them (`parsed_as`); this reads those
declarations into one table. An argument that no declaration names is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from queryleaf_dbapi import functions
from queryleaf_dbapi.plan.signature import (
    AggregateDef,
    FunctionDef,
    SetDef,
    WindowDef,
)
from queryleaf_dbapi.sql.accepted import describe, refuse

_SHAPE = re.compile(r"^(\w+)\((.*)\)$")


@dataclass(frozen=True, slots=True)
class Shape:
    """One declared spelling: argument keys in order, `*` for a list, and flags."""

    function: str
    keys: tuple[str, ...]
    flags: tuple[tuple[str, str | bool], ...]

    def fits(self, node: exp.Expr) -> bool:
        """Whether the node has these flags and nothing beyond these keys."""
        args = {key: value for key, value in node.args.items() if value}
        for key, wanted in self.flags:
            found = args.pop(key, False)
            value = found if isinstance(found, bool) else str(_plain(found))
            if value != wanted:
                return False
        return args.keys() <= {key.rstrip("*") for key in self.keys}

    def arguments(self, node: exp.Expr) -> list[exp.Expr]:
        """The argument nodes in SQL order."""
        found: list[exp.Expr] = []
        for key in self.keys:
            value = node.args.get(key.rstrip("*"))
            if isinstance(value, list):
                found += value
            elif isinstance(value, exp.Expr):
                found.append(value)
            elif value:
                found.append(exp.Literal.string(str(value)))
        return found


def _plain(value: object) -> object:
    return value.name if isinstance(value, exp.Expr) else value


def parse_shape(name: str, text: str) -> tuple[str, Shape]:
    """ "Trim(this, position='LEADING')" -> ("Trim", Shape)."""
    found = _SHAPE.match(text.strip())
    if found is None:
        raise ValueError(f"parsed_as of {name} is not understood: {text}")
    keys: list[str] = []
    flags: list[tuple[str, str | bool]] = []
    for part in filter(None, (each.strip() for each in found[2].split(","))):
        key, _, value = part.partition("=")
        if not value:
            keys.append(key)
        else:
            flags.append(
                (key, value == "True" if value[0] in "TF" else value.strip("'"))
            )
    return found[1], Shape(name, tuple(keys), tuple(flags))


@lru_cache(maxsize=1)
def shapes() -> dict[str, list[Shape]]:
    """All declared spellings by sqlglot's class name, flagged ones first."""
    table: dict[str, list[Shape]] = {}
    declared: list[FunctionDef | AggregateDef | SetDef | WindowDef] = [
        *(each for overloads in functions.FUNCTIONS.values() for each in overloads),
        *(each for overloads in functions.AGGREGATES.values() for each in overloads),
        *(each for overloads in functions.SETS.values() for each in overloads),
        *functions.WINDOWS.values(),
    ]
    for each in declared:
        for text in each.parsed_as:
            class_name, shape = parse_shape(each.name, text)
            known = table.setdefault(class_name, [])
            if shape not in known:
                known.append(shape)
    for known in table.values():
        known.sort(key=lambda shape: -len(shape.flags))
    return table


def call_shape(node: exp.Expr, sql: str) -> tuple[str, list[exp.Expr]]:
    """The SQL function name of a node and its arguments in SQL order."""
    if isinstance(node, exp.Anonymous):
        return str(node.this).upper(), list(node.expressions)
    declared = shapes().get(type(node).__name__, [])
    for shape in declared:
        if shape.fits(node):
            return shape.function, shape.arguments(node)
    if declared:
        raise refuse(f"this form of {describe(node)}", node, sql)
    raise refuse(describe(node), node, sql)
