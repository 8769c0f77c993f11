"""What several rules ask of conditions."""

from __future__ import annotations

from queryleaf_dbapi.functions.conjunctions import conjunction
from queryleaf_dbapi.plan.expressions import Call, Expr
from queryleaf_dbapi.plan.relations import Filter, Relation
from queryleaf_dbapi.plan.signature import Volatility
from queryleaf_dbapi.plan.visit import walk


def filtered(relation: Relation, parts: list[Expr]) -> Relation:
    """The relation under a filter of the parts, or itself for none."""
    return Filter(relation, conjunction(parts)) if parts else relation


def is_volatile(node: Expr) -> bool:
    """Whether moving it could change how often, and so with what result, it runs."""
    return any(
        isinstance(each, Call) and each.function.volatility is Volatility.VOLATILE
        for each in walk(node)
    )
