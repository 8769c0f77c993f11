"""A join by $lookup with localField and foreignField, over a stored right side.

The pair stays in the server's fast engine as long as something keeps $lookup and
$unwind apart: a $match that drops empty arrays for an inner join, a $project for an
outer one (measured: a quarter to a half of the time).

    [{"$lookup": {"from": "b", "localField": "k", "foreignField": "k", "as": "b"}},
     {"$match": {"b": {"$ne": []}}}, {"$unwind": "$b"}]

Kept apart, all partners of a row stand in one document, which must stay below 16 MB: a
statement that runs into that limit is compiled again, `careful` then, and keeps them
apart only where the key is unique.

$lookup takes null for equal to null and missing, so a key that may be NULL is
replaced by MinKey, which nothing stored equals.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bson.min_key import MinKey

from queryleaf_dbapi.cost.rows import (
    indexed_paths,
    is_unique,
    matches_of,
    read_rows,
    rows_of,
    stored_column,
)
from queryleaf_dbapi.cost.settings import settings
from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.functions.conjunctions import split_conjunction
from queryleaf_dbapi.lower import expression, predicates, relations
from queryleaf_dbapi.lower.context import Context, all_of
from queryleaf_dbapi.lower.join_sides import JoinWork, read_through, same_database
from queryleaf_dbapi.lower.pipeline import (
    Mql,
    Pipeline,
    as_field,
    is_path,
    path_expression,
    reshape,
)
from queryleaf_dbapi.mongo.stages import Lookup, Match, Project, Unwind
from queryleaf_dbapi.plan.expressions import Call, ColumnRef, Expr
from queryleaf_dbapi.plan.relations import Filter, Join, JoinKind, Relation, Scan
from queryleaf_dbapi.plan.relations import Project as ProjectRelation
from queryleaf_dbapi.plan.visit import has_subquery, refers_to


@dataclass(frozen=True, slots=True)
class StoredSide:
    """A right side that is a stored collection: its scan, the conditions on it,
    and the columns above that only rename fields."""

    scan: Scan
    conditions: tuple[Expr, ...]
    renames: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class JoinKey:
    """`left = right.path`, the condition the $lookup itself answers."""

    condition: Expr
    left: Expr
    path: str
    is_indexed: bool
    is_unique: bool
    matches: float  # partners of one row, estimated


def unique_side_right(node: Join, parts: list[Expr]) -> Join:
    """An inner join looks up the side whose key is unique, one document for each row
    and not an array, where that is not much slower."""
    if node.kind is not JoinKind.INNER or node.lateral:
        return node
    left, right = stored_side(node.left), stored_side(node.right)
    if left is None or (right is not None and _has_unique_key(parts, right)):
        return node
    if not _has_unique_key(parts, left):
        return node
    turned = replace(node, left=node.right, right=node.left)
    if right is None or settings().careful:
        return turned
    costs = settings().costs
    now, then = (
        costs.scanned * read_rows(side) + costs.looked_up * rows_of(side)
        for side in (node.left, node.right)
    )
    return turned if then <= now + costs.started else node


def _has_unique_key(parts: list[Expr], side: StoredSide) -> bool:
    """Whether an equality of the join finds one document of the side at most."""
    for part in parts:
        if isinstance(part, Call) and part.function is operators.EQ:
            for each in part.arguments:
                if isinstance(each, ColumnRef):
                    path = _stored_path(each.id, side)
                    if path is not None and is_unique(side.scan.collection, (path,)):
                        return True
    return False


def stored_side(node: Relation) -> StoredSide | None:
    """The relation as one stored collection under conditions and renames, or None."""
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


def choose_key(work: JoinWork) -> JoinKey | None:
    """An equality of a left expression and a stored right field that $lookup can
    answer, a unique one first, then an indexed one; None where this form is not
    possible."""
    node = work.node
    side = stored_side(node.right)
    if side is None or node.lateral:
        return None
    inner = node.kind is JoinKind.INNER
    if not inner and any(map(has_subquery, work.parts)):
        return None  # stages of their own, for each pair: inside the pipeline
    found = [key for part in work.parts if (key := _as_key(part, side, work))]
    key = min(found, key=_rank, default=None)
    if key is None:
        return None
    if node.kind is JoinKind.LEFT and settings().careful and not key.is_unique:
        if len(work.parts) > 1 or side.conditions:
            return None  # its array is filtered, so it must stand in one document
    return key


def _rank(key: JoinKey) -> tuple[bool, bool, float]:
    return not key.is_unique, not key.is_indexed, key.matches


def _as_key(part: Expr, side: StoredSide, work: JoinWork) -> JoinKey | None:
    if not isinstance(part, Call) or part.function is not operators.EQ:
        return None
    for one, other in (part.arguments, part.arguments[::-1]):
        if not isinstance(other, ColumnRef) or other.id not in work.right_ids:
            continue
        ids = refers_to(one)
        if ids & work.right_ids or not ids & work.left_ids or has_subquery(one):
            continue
        # arrays match by element in a $lookup: only for types that are none
        if one.type.may_hold_array or other.type.may_hold_array:
            continue
        path = _stored_path(other.id, side)
        if path is not None:
            collection = side.scan.collection
            outer = None
            if isinstance(one, ColumnRef):
                outer = stored_column(work.node.left, one.id)
            return JoinKey(
                part,
                one,
                path,
                path in indexed_paths(collection),
                is_unique(collection, (path,)),
                matches_of(outer, collection, path),
            )
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


def lower_by_fields(work: JoinWork) -> Pipeline:
    """$lookup by localField and foreignField."""
    left, kind = work.left, work.node.kind
    side, key = stored_side(work.node.right), choose_key(work)
    assert side is not None
    assert key is not None
    same_database(left, side.scan.collection.database)
    local = _local_field(left, key, work.kept)
    name = left.fresh(side.scan.alias)
    lookup = Lookup(side.scan.collection.name, name, local=local, foreign=key.path)
    rest = [part for part in work.parts if part is not key.condition]
    rest = [*side.conditions, *rest]
    apart = key.is_unique or not settings().careful
    if kind is JoinKind.INNER and key.is_unique:
        left.look_up(lookup, Unwind(f"${name}"))
    else:
        left.add(lookup)
    if kind.only_left:
        _keep_matched(left, side, rest, name, kind is JoinKind.SEMI)
        return left
    if kind is JoinKind.INNER:
        if apart and not key.is_unique:
            left.add(Match({name: {"$ne": []}}))
        if not key.is_unique:
            left.add(Unwind(f"${name}"))
        left.layout.update(_right_layout(side, f"${name}"))
        for part in rest:
            relations.add_filter(left, part)
        return left
    if apart or rest:
        _outer_barrier(left, side, rest, name, work.kept)
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


def _truths(left: Pipeline, side: StoredSide, conditions: list[Expr]) -> Mql:
    """The conditions being TRUE of a document called $$partner."""
    layout = {**left.layout, **_right_layout(side, "$$partner")}
    inside = read_through(left, layout)
    context = Context(inside)
    truths = [predicates.true_form(context, each) for each in conditions]
    left.stages = inside.stages
    return all_of(truths)


def _keep_matched(
    left: Pipeline, side: StoredSide, conditions: list[Expr], name: str, wanted: bool
) -> None:
    """Rows that have a partner fulfilling the conditions, or the others."""
    if not conditions:
        left.add(Match({name: {"$ne": []} if wanted else []}))
        return
    truth = _truths(left, side, conditions)
    some = {"$map": {"input": f"${name}", "as": "partner", "in": truth}}
    exists = {"$anyElementTrue": [some]}
    left.add(Match({"$expr": exists if wanted else {"$not": [exists]}}))


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
        # a name of our own: functions iterate with "this"
        truth = _truths(left, side, conditions)
        array = {"$filter": {"input": f"${name}", "as": "partner", "cond": truth}}
    reshape(left, set(kept), {})
    last = left.stages[-1]
    assert isinstance(last, Project)
    left.stages[-1] = Project({**last.fields, name: array})
