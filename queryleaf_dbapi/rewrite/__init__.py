"""Plan -> plan with the same rows: the rules, in order, each with its reason."""

from __future__ import annotations

from queryleaf_dbapi.plan.relations import Filter, Join, Limit, Project, Relation
from queryleaf_dbapi.plan.visit import map_everywhere
from queryleaf_dbapi.rewrite.decorrelate import aggregate_subquery_to_join
from queryleaf_dbapi.rewrite.dependent_keys import drop_dependent_keys
from queryleaf_dbapi.rewrite.drop_never_true import drop_never_true
from queryleaf_dbapi.rewrite.engine import Rule, apply_rules
from queryleaf_dbapi.rewrite.factor import factor_common_conditions
from queryleaf_dbapi.rewrite.order_joins import order_joins
from queryleaf_dbapi.rewrite.outer_joins import simplify_outer_join
from queryleaf_dbapi.rewrite.push_filter import (
    merge_filters,
    push_filter_into_join,
    push_filter_through_aggregate,
    push_filter_through_project,
    push_filter_through_sort,
)
from queryleaf_dbapi.rewrite.push_limit import push_limit_into_left_join
from queryleaf_dbapi.rewrite.push_semi_join import push_semi_join
from queryleaf_dbapi.rewrite.recursion_first import put_recursions_first
from queryleaf_dbapi.rewrite.semi_joins import (
    semi_join_to_inner_join,
    subquery_to_semi_join,
)

RULES: tuple[Rule, ...] = (
    drop_never_true,  # before the rest sees a predicate: less of it
    merge_filters,  # one predicate to take apart
    push_filter_through_project,  # derived tables first: it uncovers joins and scans
    push_filter_through_sort,  # fewer rows to sort
    push_filter_through_aggregate,  # fewer rows to group
    factor_common_conditions,  # it uncovers the equalities of joins
    simplify_outer_join,  # an inner join lets filters go to both sides
    push_filter_into_join,  # it sends each part to its side, or into ON
    push_semi_join,  # as a filter would go
    push_limit_into_left_join,  # last: filters must be below before rows are cut
)
# Once filters are where their rows come from: estimates need them there.
UNNESTING: tuple[Rule, ...] = (
    subquery_to_semi_join,
    semi_join_to_inner_join,
    aggregate_subquery_to_join,
)
_MOVED = (Filter, Join, Limit)
_UNNESTED = (Filter, Join, Project)


def rewrite(plan: Relation) -> Relation:
    """The plan after every rule, to a fixed point, and its joins in a good order."""
    plan = apply_rules(plan, RULES, _MOVED)
    unnested = apply_rules(plan, UNNESTING, _UNNESTED)
    if unnested is not plan:
        plan = apply_rules(unnested, RULES, _MOVED)
    return put_recursions_first(map_everywhere(order_joins(plan), drop_dependent_keys))
