"""Plan -> plan with the same rows: the rules, in order, each with its reason."""

from __future__ import annotations

from queryleaf_dbapi.plan.relations import Relation
from queryleaf_dbapi.rewrite.engine import Rule, apply_rules
from queryleaf_dbapi.rewrite.outer_joins import simplify_outer_join
from queryleaf_dbapi.rewrite.push_filter import (
    push_filter_into_join,
    push_filter_through_aggregate,
    push_filter_through_project,
    push_filter_through_sort,
)
from queryleaf_dbapi.rewrite.push_limit import push_limit_into_left_join
from queryleaf_dbapi.rewrite.recursion_first import put_recursions_first

RULES: tuple[Rule, ...] = (
    push_filter_through_project,  # derived tables first: it uncovers joins and scans
    push_filter_through_sort,  # fewer rows to sort
    push_filter_through_aggregate,  # fewer rows to group
    simplify_outer_join,  # an inner join lets filters go to both sides
    push_filter_into_join,  # it sends each part to its side, or into ON
    push_limit_into_left_join,  # last: filters must be below before rows are cut
)


def rewrite(plan: Relation) -> Relation:
    """The plan after every rule, to a fixed point."""
    return put_recursions_first(apply_rules(plan, RULES))
