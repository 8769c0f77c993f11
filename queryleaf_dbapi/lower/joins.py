"""Joins: which of the forms the server can run a join in.

    fields     $lookup by localField and foreignField   `join_fields`
    hash       $unionWith of both sides and $group       `join_hash`
    broadcast  one array of the right side's rows, $filter  `join_arrays`
    pipeline   $lookup with the condition in a pipeline  `join_pipeline`

All give the same rows wherever they are possible; `cost/` says which is fast. The
choice and its reason are noted for EXPLAIN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from queryleaf_dbapi.cost.rows import read_rows, rows_of, stored_rows
from queryleaf_dbapi.cost.settings import settings
from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.functions.conjunctions import split_conjunction
from queryleaf_dbapi.lower import (
    join_arrays,
    join_fields,
    join_hash,
    join_pipeline,
    relations,
    sets,
)
from queryleaf_dbapi.lower.join_sides import JoinWork, hash_keys, same_database
from queryleaf_dbapi.lower.pipeline import Pipeline
from queryleaf_dbapi.mongo.stages import Group, Lookup, Match, Project
from queryleaf_dbapi.plan.expressions import Expr
from queryleaf_dbapi.plan.relations import Join, JoinKind
from queryleaf_dbapi.plan.visit import free_columns, has_subquery, refers_to

if TYPE_CHECKING:
    from queryleaf_dbapi.lower.relations import Lowering


def lower_join(lowering: Lowering, node: Join, needed: frozenset[int]) -> Pipeline:
    """The left side's pipeline with the right side's rows joined to it."""
    parts = split_conjunction(node.condition) if node.condition else []
    node = join_fields.unique_side_right(node, parts)
    right_ids = frozenset(column.id for column in node.right.columns)
    read = needed.union(*(refers_to(part) for part in parts))
    if node.lateral:
        read |= {column.id for column in free_columns(node.right)}
    left = lowering.lower(node.left, read)
    if node.kind in (JoinKind.INNER, JoinKind.SEMI):
        parts = _filter_left(left, parts, right_ids)
    if sets.unwind_side(left, node, parts, needed):
        return left
    work = JoinWork(lowering, left, node, tuple(parts), needed, read)
    form, reason = _choose(work)
    left.notes.append(f"{node.kind.value.lower()} join: {form} ({reason})")
    match form:
        case "fields":
            return join_fields.lower_by_fields(work)
        case "hash":
            return join_hash.lower_by_hash(work)
        case "broadcast":
            return join_arrays.lower_by_broadcast(work)
        case _:
            return join_pipeline.lower_by_pipeline(work)


def _filter_left(
    left: Pipeline, parts: list[Expr], right_ids: frozenset[int]
) -> list[Expr]:
    """Conditions on the left alone filter it before an inner join."""
    own = [part for part in parts if not refers_to(part) & right_ids]
    for part in own:
        relations.add_filter(left, part)
    return [part for part in parts if part not in own]


def _choose(work: JoinWork) -> tuple[str, str]:
    """The cheapest possible form, and what was compared."""
    node = work.node
    offers = _offers(work)
    if not offers:
        raise FeatureNotSupported(
            f"a {node.kind.value.upper()} JOIN with this condition is not supported"
        )
    forced = settings().forced
    if forced in offers:
        return forced, "asked for"
    if len(offers) == 1:
        return next(iter(offers)), "the only form for this condition"
    best = min(offers, key=lambda form: offers[form])
    shown = ", ".join(f"{form} {cost / 1000:.1f} ms" for form, cost in offers.items())
    return best, f"estimated {shown}"


def _offers(work: JoinWork) -> dict[str, float]:
    """The possible forms with their estimated costs in microseconds."""
    node = work.node
    costs = settings().costs
    careful = settings().careful
    left_rows, right_rows = rows_of(node.left), rows_of(node.right)
    offers: dict[str, float] = {}
    plain = not node.lateral and not any(map(has_subquery, work.parts))
    if node.kind is JoinKind.FULL:
        if plain:
            offers["hash"] = 0.0
        return offers
    side = join_fields.stored_side(node.right)
    key = join_fields.choose_key(work) if side is not None else None
    if key is not None and side is not None:
        if key.is_indexed:
            first = (
                costs.looked_up if left_is_fast(work.left) else costs.looked_up_later
            )
            each = first + costs.row * key.matches
            offers["fields"] = each * left_rows
        elif stored_rows(side.scan.collection) <= costs.hash_limit:
            total = left_rows + stored_rows(side.scan.collection)
            offers["fields"] = costs.hashed_by_server * total
        else:
            pairs = left_rows * stored_rows(side.scan.collection)
            offers["fields"] = costs.nested_pair * pairs
    early = work.lowering.early
    if plain and not careful and not early and hash_keys(work):
        offers["hash"] = costs.started + costs.hashed * (left_rows + right_rows)
        offers["hash"] += costs.scanned * read_rows(node.right)
    if plain and not careful and not early and key is None and not hash_keys(work):
        reading = costs.started / 4 + costs.scanned * read_rows(node.right)
        offers["broadcast"] = reading + costs.broadcast_pair * left_rows * right_rows
    if "fields" not in offers:
        read = read_rows(node.right)
        if side is not None and join_pipeline.finds_by_index(work):
            read = max(1.0, read * 0.01)
        offers["pipeline"] = (costs.piped + costs.scanned * read) * left_rows
    return offers


def left_is_fast(left: Pipeline) -> bool:
    """Whether a $lookup that follows runs in the server's fast engine."""
    return all(
        isinstance(each, Match | Project | Group | Lookup) for each in left.begun
    )


__all__ = ["lower_join", "same_database"]
