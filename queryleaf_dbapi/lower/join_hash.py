"""A join by grouping both sides on the key: the hash join MongoDB 6 has for any size.

    [{"$project": {"k": "$x", "a": ["$x", "$y"]}},
     {"$unionWith": {"coll": "b",
                     "pipeline": [{"$project": {"k": "$z", "b": ["$w"]}}]}},
     {"$group": {"_id": "$k", "a": {"$push": "$a"}, "b": {"$push": "$b"}}},
     {"$unwind": "$a"}, {"$unwind": "$b"}]

NULL equals nothing, $group takes it for equal: rows with a NULL key are left out where
they cannot be in the result, and get a key of their own side (MinKey on the left,
MaxKey on the right) where an outer join keeps them. Inside a transaction, where
$unionWith is forbidden, both sides are looked up into one document.
"""

from __future__ import annotations

from bson.max_key import MaxKey
from bson.min_key import MinKey

from queryleaf_dbapi.lower import expression, relations
from queryleaf_dbapi.lower.context import Context
from queryleaf_dbapi.lower.join_arrays import array_of, condition_between, layout_of
from queryleaf_dbapi.lower.join_sides import (
    HashKey,
    JoinWork,
    hash_keys,
    same_database,
)
from queryleaf_dbapi.lower.pipeline import Mql, Pipeline, as_field
from queryleaf_dbapi.lower.setoperations import append
from queryleaf_dbapi.mongo.stages import Document, Group, Match, Project, Unwind
from queryleaf_dbapi.mongo.stages import Set as SetFields
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import Expr
from queryleaf_dbapi.plan.relations import JoinKind
from queryleaf_dbapi.plan.visit import refers_to


def lower_by_hash(work: JoinWork) -> Pipeline:
    """Both sides grouped by the key, then pairs made within each group."""
    node, kind = work.node, work.node.kind
    keys = hash_keys(work)
    rest = [each for each in work.parts if all(each is not k.condition for k in keys)]
    left = work.left
    right = work.lowering.lower(node.right, work.read & work.right_ids)
    read = work.needed.union(*(refers_to(part) for part in rest))
    if right.collection is not None:
        same_database(left, right.database)
    left_columns = tuple(c for c in node.left.columns if c.id in read)
    right_columns = tuple(c for c in node.right.columns if c.id in read)
    counted = kind.only_left and not rest
    keeps_left = kind in (JoinKind.LEFT, JoinKind.FULL, JoinKind.ANTI)
    _key_side(
        left,
        {"a": array_of(left, left_columns)},
        [key.left for key in keys],
        MinKey() if keeps_left else None,
    )
    _key_side(
        right,
        {"b": {"$literal": 1} if counted else array_of(right, right_columns)},
        [key.right for key in keys],
        MaxKey() if kind is JoinKind.FULL else None,
    )
    pipeline = append(work.lowering, left, right)
    partners = {"$max": "$b"} if counted else {"$push": "$b"}
    pipeline.add(Group("$k", {"a": {"$push": "$a"}, "b": partners}))
    pipeline.taken = {"a", "b", "k"}
    _make_pairs(work, pipeline, rest, left_columns, right_columns)
    return pipeline


def _key_side(
    pipeline: Pipeline, row: Document, keys: list[Expr], for_null: object
) -> None:
    """The side as documents of its key and its row; without keys all have one key."""
    context = Context(pipeline)
    values: list[Mql] = []
    for key in keys:
        value = expression.lower_value(context, key)
        if key.nullable and for_null is not None:
            value = {"$ifNull": [value, for_null]}
        values.append(as_field(value))
    names = [f"k{index + 1}" for index in range(len(values))]
    joined: Mql = {"$literal": 1}
    if len(values) == 1:
        joined = values[0]
    elif values:
        joined = as_field(dict(zip(names, values, strict=True)))
    pipeline.add(Project({"k": joined, **row}))
    nullable = [key.nullable and for_null is None for key in keys]
    paths = ["k"] if len(values) == 1 else [f"k.{name}" for name in names]
    absent = (
        [path for path, may in zip(paths, nullable, strict=True) if may] if keys else []
    )
    if absent:
        # $nor, because the server would walk a whole index for {$ne: null}
        each = [{path: None} for path in absent]
        pipeline.add(Match({"$nor": each}))


def _make_pairs(
    work: JoinWork,
    pipeline: Pipeline,
    rest: list[Expr],
    left: tuple[Column, ...],
    right: tuple[Column, ...],
) -> None:
    kind = work.node.kind
    in_left, in_right = layout_of(left, "$a"), layout_of(right, "$b")
    if kind is JoinKind.FULL:
        _full_pairs(work, pipeline, rest, left, right)
        return
    if kind.only_left:
        if not rest:
            pipeline.add(Match({"b": 1 if kind is JoinKind.SEMI else None}))
        pipeline.add(Unwind("$a"))
        if rest:
            inside = layout_of(right, "$$partner")
            condition = condition_between(work, list(rest), in_left, inside)
            some = {"$map": {"input": "$b", "as": "partner", "in": condition}}
            exists = {"$anyElementTrue": [some]}
            wanted = exists if kind is JoinKind.SEMI else {"$not": [exists]}
            pipeline.add(Match({"$expr": wanted}))
        pipeline.layout = in_left
        return
    pipeline.add(Unwind("$a"))
    if kind is JoinKind.LEFT and rest:
        inside = layout_of(right, "$$partner")
        condition = condition_between(work, list(rest), in_left, inside)
        kept = {"input": "$b", "as": "partner", "cond": condition}
        pipeline.add(SetFields({"b": {"$filter": kept}}))
    pipeline.add(Unwind("$b", keep_empty=kind is JoinKind.LEFT))
    pipeline.layout = {**in_left, **in_right}
    if kind is JoinKind.INNER:
        for part in rest:
            relations.add_filter(pipeline, part)


def _full_pairs(
    work: JoinWork,
    pipeline: Pipeline,
    rest: list[Expr],
    left: tuple[Column, ...],
    right: tuple[Column, ...],
) -> None:
    """Pairs, and the rows of both sides that are in none."""
    if not rest:
        pipeline.add(Unwind("$a", keep_empty=True))
        pipeline.add(Unwind("$b", keep_empty=True))
        pipeline.layout = {**layout_of(left, "$a"), **layout_of(right, "$b")}
        return
    in_left, in_right = layout_of(left, "$$one"), layout_of(right, "$$partner")
    condition = condition_between(work, list(rest), in_left, in_right)
    partners = {"$filter": {"input": "$b", "as": "partner", "cond": condition}}
    with_partners = {
        "$map": {"input": "$a", "as": "one", "in": {"a": "$$one", "b": partners}}
    }
    matched = {
        "$anyElementTrue": [{"$map": {"input": "$a", "as": "one", "in": condition}}]
    }
    alone = {"$filter": {"input": "$b", "as": "partner", "cond": {"$not": [matched]}}}
    as_rows = {"$map": {"input": alone, "as": "partner", "in": {"b": ["$$partner"]}}}
    pipeline.add(Project({"p": {"$concatArrays": [with_partners, as_rows]}}))
    pipeline.add(Unwind("$p"))
    pipeline.add(Unwind("$p.b", keep_empty=True))
    pipeline.taken = {"p"}
    pipeline.layout = {**layout_of(left, "$p.a"), **layout_of(right, "$p.b")}


__all__ = ["HashKey", "lower_by_hash"]
