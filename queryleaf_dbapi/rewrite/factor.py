"""What every branch of an OR says is said once, beside it."""

from __future__ import annotations

from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.functions.conjunctions import (
    conjunction,
    disjunction,
    split_conjunction,
)
from queryleaf_dbapi.plan.expressions import Call, Expr
from queryleaf_dbapi.plan.relations import Filter, Relation
from queryleaf_dbapi.plan.visit import has_subquery, refers_to
from queryleaf_dbapi.rewrite.filters import is_volatile


def factor_common_conditions(node: Relation) -> Relation | None:
    """Filter(r, (a AND b) OR (a AND c))  ==  Filter(r, a AND (b OR c))

    Sound: AND distributes over OR in three-valued logic too. A join's equality is
    found only when it stands outside of the OR.
    """
    if not isinstance(node, Filter):
        return None
    parts = split_conjunction(node.predicate)
    factored = [each for part in parts for each in _factored(part)]
    if factored == parts:
        return None
    return Filter(node.input, conjunction(factored))


def _factored(part: Expr) -> list[Expr]:
    if not isinstance(part, Call) or part.function is not operators.or_:
        return [part]
    if is_volatile(part) or has_subquery(part):
        return [part]
    branches = [split_conjunction(branch) for branch in part.arguments]
    common = [each for each in branches[0] if all(each in b for b in branches[1:])]
    if not common:
        return [part]
    rests = [[each for each in branch if each not in common] for branch in branches]
    if not all(rests):
        return common  # a OR (a AND b) is a
    return [*common, disjunction([conjunction(rest) for rest in rests])]


def implied_by_or(part: Expr, ids: frozenset[int]) -> Expr | None:
    """What an OR says of these columns alone: (a1 AND b1) OR (a2 AND b2) is TRUE only
    where a1 OR a2 is."""
    if not isinstance(part, Call) or part.function is not operators.or_:
        return None
    if is_volatile(part) or has_subquery(part):
        return None
    said = []
    for branch in part.arguments:
        mine = [each for each in split_conjunction(branch) if _is_of(each, ids)]
        if not mine:
            return None
        said.append(conjunction(mine))
    return disjunction(said)


def _is_of(node: Expr, ids: frozenset[int]) -> bool:
    read = refers_to(node)
    return bool(read) and read <= ids
