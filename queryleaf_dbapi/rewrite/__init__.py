"""Plan -> plan with the same rows: the list of rules, in order.

Empty so far on purpose: the binder already puts sorts and limits below the select
list, and the lowering splits conditions between the sides of a join.
"""

from __future__ import annotations

from queryleaf_dbapi.plan.relations import Relation


def rewrite(plan: Relation) -> Relation:
    """The plan after every rule."""
    return plan
