"""Applies rules everywhere in a plan until none changes anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from queryleaf_dbapi.errors import InternalError
from queryleaf_dbapi.plan.relations import Relation
from queryleaf_dbapi.plan.visit import map_everywhere

Rule = Callable[[Relation], Relation | None]
# a filter moves one relation down per pass: more passes than a plan is deep
_MAX_PASSES = 200


def apply_rules(
    plan: Relation, rules: Sequence[Rule], to: tuple[type[Relation], ...]
) -> Relation:
    """The plan to which no rule applies any more; `to` are the relations they move.

    Raises InternalError naming the rule when there is no end to it.
    """
    last = ""
    for _ in range(_MAX_PASSES):
        changed = False

        def step(node: Relation) -> Relation:
            nonlocal changed, last
            if not isinstance(node, to):
                return node
            for rule in rules:
                found = rule(node)
                if found is not None:
                    changed, last = True, rule.__name__
                    return found
            return node

        plan = map_everywhere(plan, step)
        if not changed:
            return plan
    raise InternalError(f"rewriting does not end; the last rule was {last}")
