"""Joins: by equality of two fields where that is exactly SQL's `=`, else by a
pipeline with the condition in it.

The field form stays in the server's fast engine as long as something keeps
$lookup and $unwind apart: a $match that drops empty arrays for an inner join, a
$project for an outer one (measured: a quarter to a half of the time). Kept apart,
all partners of a row stand in one document, which must stay below 16 MB: so they
are kept apart only where the key is unique. An inner join with the unique key on
its left is turned round for that.

    [{"$lookup": {"from": "b", "localField": "k", "foreignField": "k", "as": "b"}},
     {"$match": {"b": {"$ne": []}}}, {"$unwind": "$b"}]

$lookup takes null for equal to null and missing, so a key that may be NULL is
replaced by MinKey, which nothing stored equals.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bson.min_key import MinKey

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.functions.conjunctions import split_conjunction
from queryleaf_dbapi.lower import expression, predicates, relations, subqueries
from queryleaf_dbapi.lower.context import Context, all_of
from queryleaf_dbapi.lower.pipeline import (
    Mql,
    Pipeline,
    as_field,
    is_path,
    path_expression,
    reshape,
)
from queryleaf_dbapi.mongo.stages import Lookup, Match, Project, Unwind
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import Call, ColumnRef, Expr
from queryleaf_dbapi.plan.relations import Filter, Join, JoinKind, Relation, Scan
from queryleaf_dbapi.plan.relations import Project as ProjectRelation
from queryleaf_dbapi.plan.visit import free_columns, has_subquery, refers_to

if TYPE_CHECKING:
    from queryleaf_dbapi.lower.relations import Lowering


@dataclass(frozen=True, slots=True)
class StoredSide:
    """A right side that is a stored collection: its scan, the conditions on it,
    and the columns above that only rename fields."""

    scan: Scan
    conditions: tuple[Expr, ...]
    renames: tuple[tuple[int, int], ...]


def lower_join(lowering: Lowering, node: Join, needed: frozenset[int]) -> Pipeline:
    """The left side's pipeline with the right side's documents unwound into it."""
    parts = split_conjunction(node.condition) if node.condition else []
    node = _unique_side_right(lowering, node, parts)
    right_ids = frozenset(column.id for column in node.right.columns)
    read = needed.union(*(refers_to(part) for part in parts))
    if node.lateral:
        read |= {column.id for column in free_columns(node.right)}
    left = lowering.lower(node.left, read)
    if node.kind is JoinKind.INNER:
        parts = _filter_left(left, parts, right_ids)
    kept = frozenset(c.id for c in node.left.columns) & read
    side = _stored_side(node.right)
    inner = node.kind is JoinKind.INNER
    if (
        side is not None
        and not node.lateral
        and (
            inner or not any(map(has_subquery, parts))  # they need stages of their own
        )
    ):
        key = _choose_key(parts, side, left, right_ids)
        others = [part for part in parts if key is None or part is not key.condition]
        # a subquery in ON of an outer join is looked up per pair: inside the pipeline
        simple = node.kind is JoinKind.INNER or not any(map(has_subquery, others))
        # so are other conditions of one that may find many documents
        if node.kind is JoinKind.LEFT and key is not None and simple:
            others = [*others, *side.conditions]
            simple = not others or is_unique(side, key.path)
        if key is not None and simple:
            return _by_fields(left, node, side, parts, key, kept)
    return _by_pipeline(left, node, parts, read & right_ids)


def _unique_side_right(lowering: Lowering, node: Join, parts: list[Expr]) -> Join:
    """An inner join looks up the side whose key is unique: one document for each row
    and not an array, which the server limits to 16 MB."""
    if node.kind is not JoinKind.INNER or node.lateral:
        return node
    left, right = _stored_side(node.left), _stored_side(node.right)
    if left is None or (right is not None and _has_unique_key(parts, right)):
        return node
    if not _has_unique_key(parts, left):
        return node
    return replace(node, left=node.right, right=node.left)


def _has_unique_key(parts: list[Expr], side: StoredSide) -> bool:
    """Whether an equality of the join finds one document of the side at most."""
    for part in parts:
        if isinstance(part, Call) and part.function is operators.EQ:
            for each in part.arguments:
                if isinstance(each, ColumnRef):
                    path = _stored_path(each.id, side)
                    if path is not None and is_unique(side, path):
                        return True
    return False


def is_unique(side: StoredSide, path: str) -> bool:
    """Whether no two documents of the side have the same value, not NULL, there."""
    collection = side.scan.collection
    keys = [collection.primary_key, *collection.unique]
    if any(key is not None and key.columns == (path,) for key in keys):
        return True
    return path == "_id" or any(
        index.unique and [name for name, _ in index.keys] == [path]
        for index in collection.indexes
    )


def _filter_left(
    left: Pipeline, parts: list[Expr], right_ids: frozenset[int]
) -> list[Expr]:
    """Conditions on the left alone filter it before an inner join."""
    own = [part for part in parts if not refers_to(part) & right_ids]
    for part in own:
        relations.add_filter(left, part)
    return [part for part in parts if part not in own]


def _stored_side(node: Relation) -> StoredSide | None:
    conditions: list[Expr] = []
    renames: dict[int, int] = {}
    while not isinstance(node, Scan):
        if isinstance(node, Filter):
            conditions += split_conjunction(node.predicate)
            node = node.input
        elif isinstance(node, ProjectRelation):
            below: dict[int, int] = {}
            for column, value in node.items:
                if not isinstance(value, ColumnRef):
                    return None
                below[column.id] = value.id
            renames = {
                up: below[down] for up, down in renames.items() if down in below
            } or below
            if conditions:
                return None  # conditions over renamed columns: the pipeline form
            node = node.input
        else:
            return None
    if node.collection.virtual or node.collection.is_view:
        return None
    inside = frozenset(column.id for column in node.columns)
    if any(has_subquery(each) or refers_to(each) - inside for each in conditions):
        return None
    if any(down not in inside for down in renames.values()):
        return None
    return StoredSide(node, tuple(conditions), tuple(renames.items()))


@dataclass(frozen=True, slots=True)
class JoinKey:
    """`left = right.path`, the condition the $lookup itself answers."""

    condition: Expr
    left: Expr
    path: str


def _choose_key(
    parts: list[Expr], side: StoredSide, left: Pipeline, right_ids: frozenset[int]
) -> JoinKey | None:
    """An equality of a left expression and a stored right field; an indexed one
    first."""
    found = [
        key
        for part in parts
        if (key := _as_key(part, side, left, right_ids)) is not None
    ]
    indexed = {
        index.keys[0][0] for index in side.scan.collection.indexes if index.keys
    } | {"_id"}
    return next(
        (key for key in found if key.path in indexed), found[0] if found else None
    )


def _as_key(
    part: Expr, side: StoredSide, left: Pipeline, right_ids: frozenset[int]
) -> JoinKey | None:
    if not isinstance(part, Call) or part.function is not operators.EQ:
        return None
    for one, other in (part.arguments, part.arguments[::-1]):
        if not isinstance(other, ColumnRef) or other.id not in right_ids:
            continue
        ids = refers_to(one)
        if ids & right_ids or not ids & left.layout.keys() or has_subquery(one):
            continue
        # arrays match by element in a $lookup: only for types that are none
        if one.type.may_hold_array or other.type.may_hold_array:
            continue
        path = _stored_path(other.id, side)
        if path is not None:
            return JoinKey(part, one, path)
    return None


def _stored_path(id_: int, side: StoredSide) -> str | None:
    id_ = dict(side.renames).get(id_, id_)
    for column, path in side.scan.fields:
        if column.id == id_:
            value = path_expression(path)
            return value[1:] if is_path(value) else None
    return None


def _right_layout(side: StoredSide, prefix: str) -> dict[int, Mql]:
    """Where the right side's columns are below a field (or variable)."""
    layout: dict[int, Mql] = {}
    for column, path in side.scan.fields:
        value = path_expression(path)
        if is_path(value):
            layout[column.id] = f"{prefix}.{value[1:]}"
        else:
            layout[column.id] = _rooted(value, prefix)
    for up, down in side.renames:
        layout[up] = layout[down]
    return layout


def _rooted(value: Mql, prefix: str) -> Mql:
    """A $getField chain read below `prefix` instead of from the root."""
    if value == "$$ROOT":
        return prefix
    if is_path(value):
        return f"{prefix}.{value[1:]}"
    inner = value["$getField"]
    return {"$getField": {**inner, "input": _rooted(inner["input"], prefix)}}


def _by_fields(
    left: Pipeline,
    node: Join,
    side: StoredSide,
    parts: list[Expr],
    key: JoinKey,
    kept: frozenset[int],
) -> Pipeline:
    """$lookup by localField and foreignField."""
    same_database(left, side.scan.collection.database)
    local = _local_field(left, key, kept)
    name = left.fresh(side.scan.alias)
    left.add(Lookup(side.scan.collection.name, name, local=local, foreign=key.path))
    rest = [*side.conditions, *(part for part in parts if part is not key.condition)]
    unique = is_unique(side, key.path)
    if node.kind is JoinKind.INNER:
        if unique:
            left.add(Match({name: {"$ne": []}}))
        left.add(Unwind(f"${name}"))
        left.layout.update(_right_layout(side, f"${name}"))
        for part in rest:
            relations.add_filter(left, part)
        return left
    if unique:
        _outer_barrier(left, side, rest, name, kept)
    left.add(Unwind(f"${name}", keep_empty=True))
    left.layout.update(_right_layout(side, f"${name}"))
    return left


def _local_field(left: Pipeline, key: JoinKey, kept: frozenset[int]) -> str:
    value = expression.lower_value(Context(left), key.left)
    nullable = key.left.nullable
    if is_path(value) and not nullable:
        return str(value[1:])
    if nullable:
        value = {"$ifNull": [value, MinKey()]}
    reshape(left, set(kept), {})
    last = left.stages[-1]
    assert isinstance(last, Project)
    name = left.fresh("key")
    left.stages[-1] = Project({**last.fields, name: as_field(value)})
    return name


def _outer_barrier(
    left: Pipeline,
    side: StoredSide,
    conditions: list[Expr],
    name: str,
    kept: frozenset[int],
) -> None:
    """A $project between $lookup and $unwind; further conditions of ON filter the
    array there, so that a left row without a partner stays."""
    array: Mql = 1
    if conditions:
        inside = replace_layout(
            left, {**left.layout, **_right_layout(side, "$$partner")}
        )
        context = Context(inside)
        truths = [predicates.true_form(context, each) for each in conditions]
        # a name of our own: functions iterate with "this"
        kept_ones = {"input": f"${name}", "as": "partner", "cond": all_of(truths)}
        array = {"$filter": kept_ones}
        left.stages = inside.stages
    reshape(left, set(kept), {})
    last = left.stages[-1]
    assert isinstance(last, Project)
    left.stages[-1] = Project({**last.fields, name: array})


def replace_layout(pipeline: Pipeline, layout: dict[int, Mql]) -> Pipeline:
    """The same pipeline read through another layout."""
    return replace(pipeline, layout=layout)


def same_database(left: Pipeline, database: str) -> None:
    """The server's $lookup stays in one database."""
    if left.collection is None:
        left.database = database
    if left.database != database:
        raise FeatureNotSupported(
            f'a join of databases "{left.database}" and "{database}" is not supported: '
            "the server's $lookup stays in one database"
        )


def _by_pipeline(
    left: Pipeline, node: Join, parts: list[Expr], needed: frozenset[int]
) -> Pipeline:
    """$lookup with the right side's stages and the condition on variables."""
    left_columns = {column.id: column for column in node.left.columns}
    read = frozenset[int]().union(*(refers_to(part) for part in parts))
    extra = tuple(
        _reference(column) for id_, column in left_columns.items() if id_ in read
    )
    inside, variables = subqueries.lower_inside(left, node.right, needed, extra)
    if inside.collection is not None:
        same_database(left, inside.database)
    for part in parts:
        relations.add_filter(inside, part)
    names = {column.id: column.name for column in node.right.columns}
    if not inside.stages and all(map(is_path, inside.layout.values())):
        pass  # whole stored documents: nothing to shape
    else:
        reshape(inside, set(needed), names)
    name = left.fresh("joined")
    left.add(
        Lookup(
            inside.collection,
            name,
            variables=variables or None,
            pipeline=tuple(inside.stages),
        )
    )
    left.add(Unwind(f"${name}", keep_empty=node.kind is JoinKind.LEFT))
    for id_, value in inside.layout.items():
        if is_path(value):
            left.layout[id_] = f"${name}.{value[1:]}"
    return left


def _reference(column: Column) -> ColumnRef:
    return ColumnRef(column.id, column.name, column.type, column.nullable)
