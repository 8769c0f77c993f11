"""Integer arithmetic that leaves its type raises 22003.

The server widens: a 32-bit sum becomes a 64-bit integer, a 64-bit one a double. So an
INTEGER result goes through `$toInt`, which fails past 32 bits, and a BIGINT result must
not have become a double. A chain of one operator is checked at its end: what has become
a double stays one.
"""

from __future__ import annotations

from typing import Any

from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.lower.context import all_of, once
from queryleaf_dbapi.lower.pipeline import Mql
from queryleaf_dbapi.plan.expressions import Call
from queryleaf_dbapi.types import SMALLINT, Family

_CHECKED = frozenset({"+", "-", "*", "negate", "ABS", "/", "LCM", "GCD"})


def checked(value: Mql, node: Call) -> Mql:
    """The value of an arithmetic call, an error where it is out of its type."""
    is_arithmetic = node.function.name in _CHECKED
    if not is_arithmetic or node.type.family is not Family.INTEGER:
        return value
    if not isinstance(value, dict):
        return value
    if node.type == SMALLINT:
        return once(value, _within_16_bits)
    if "long" not in node.type.bson:
        return {"$toInt": value.get("$toLong", value)}
    return value if "$toLong" in value else once(value, _within_64_bits)


def _within_16_bits(value: Mql) -> Mql:
    within = all_of([{"$gte": [value, -32768]}, {"$lte": [value, 32767]}])
    is_null = {"$lte": [value, None]}
    return raise_unless(
        {"$or": [is_null, within]}, value, "22003", "smallint out of range"
    )


def _within_64_bits(value: Mql) -> Mql:
    is_integer = {"$ne": [{"$type": value}, "double"]}
    return raise_unless(is_integer, value, "22003", "bigint out of range")


def unchecked(value: Mql) -> Mql:
    """What `checked` made its check around, else the value."""
    if not isinstance(value, dict):
        return value
    if "$toInt" in value:
        return value["$toInt"]
    bound: Any = value.get("$let")
    if bound is None or len(bound["vars"]) != 1:
        return value
    name, inner = next(iter(bound["vars"].items()))
    return inner if bound["in"] == _within_64_bits(f"$${name}") else value
