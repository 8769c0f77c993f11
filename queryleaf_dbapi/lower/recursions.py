"""WITH RECURSIVE: the terms as commands, and the places that read their rows.

    WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5)
    SELECT n FROM t

The server has nothing that keeps the rows of a recursion ($graphLookup visits each
document once and so loses the second path to it). Each round is a command whose
working table is written in it as $documents; the query then reads all rows the same
way. The relation itself is lowered where it stands to that $documents stage, so that
joins, subqueries and set operations around it are lowered as for any other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from queryleaf_dbapi.lower import limits, relations
from queryleaf_dbapi.lower.pipeline import Pipeline, as_field
from queryleaf_dbapi.mongo.commands import (
    Aggregate,
    DeleteRows,
    Enough,
    InsertRows,
    MergeRows,
    MongoPlan,
    Recursion,
    UpdateRows,
    WorkingRows,
)
from queryleaf_dbapi.mongo.slots import CountRule
from queryleaf_dbapi.mongo.stages import Documents, Group, Stage
from queryleaf_dbapi.mongo.stages import Project as ProjectStage
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import ColumnRef, Literal, Parameter
from queryleaf_dbapi.plan.relations import (
    Filter,
    Join,
    JoinKind,
    Limit,
    Project,
    RecursiveUnion,
    Relation,
    WorkingTable,
)
from queryleaf_dbapi.plan.visit import map_everywhere

if TYPE_CHECKING:
    from queryleaf_dbapi.lower.relations import Lowering

Reference = RecursiveUnion | WorkingTable


def lower_reference(lowering: Lowering, node: Reference) -> Pipeline:
    """The rows of a recursion, as documents that `run/` writes into the command."""
    pipeline = lowering.start(None)
    pipeline.add(Documents(WorkingRows(node.key, node.name)))
    names = [f"c{index + 1}" for index in range(len(node.columns))]
    pairs = zip(node.columns, names, strict=True)
    pipeline.layout = {column.id: f"${name}" for column, name in pairs}
    pipeline.taken = set(names)
    return pipeline


def with_recursions(
    mongo: MongoPlan, plan: Relation, database: str, in_transaction: bool
) -> MongoPlan:
    """The commands with the recursions of the plan before the one that reads them."""
    references = _references(plan)
    if not references:
        return mongo
    limited = _limits(plan)
    found: dict[int, Recursion] = {}
    for node in references:
        if node.key in found:
            continue
        enough = None
        if sum(each.key == node.key for each in references) == 1:
            limit = limited.get(node.key)
            if limit is not None:
                enough = _enough(limit, node.key, database, in_transaction)
        found[node.key] = Recursion(
            node.key,
            node.name,
            node.all,
            len(node.columns),
            _term(node.initial, None, database, in_transaction),
            _term(node.step, node.key, database, in_transaction),
            enough,
        )
    recursions = tuple(found.values())
    per_row = len(references) == 1 and _is_per_row(plan, references[0].key)

    def attach(command: object) -> object:
        assert isinstance(command, Aggregate)
        return replace(command, recursions=recursions, per_row=per_row)

    return replace(mongo, command=_attached(mongo.command, attach))


def _attached(command: object, attach: object) -> object:
    assert callable(attach)
    match command:
        case InsertRows(source=source):
            return replace(command, source=attach(source))
        case UpdateRows(select=select) | DeleteRows(select=select):
            return replace(command, select=attach(select))
        case MergeRows(reads=reads):
            attached = [
                replace(each, command=attach(each.command))
                if isinstance(each.command, Aggregate)
                else each
                for each in reads
            ]
            return replace(command, reads=tuple(attached))
        case _:
            return attach(command)


def _references(plan: Relation) -> list[RecursiveUnion]:
    """Every reference to a recursion, those that others read first."""
    found: list[RecursiveUnion] = []

    def look(node: Relation) -> Relation:
        if isinstance(node, RecursiveUnion):
            found.append(node)
        return node

    map_everywhere(plan, look)
    return found


def _term(
    relation: Relation, key: int | None, database: str, in_transaction: bool
) -> Aggregate:
    """One term, its columns named c1, c2, ..."""
    pipeline = _lower(relation, database, in_transaction)
    fields = {}
    for index, column in enumerate(relation.columns):
        fields[f"c{index + 1}"] = as_field(pipeline.value_of(_reference(column)))
    stages: tuple[Stage, ...] = (*pipeline.stages, ProjectStage(fields))
    per_row = key is not None and _is_per_row(relation, key)
    return Aggregate(pipeline.database, pipeline.collection, stages, per_row=per_row)


def _lower(relation: Relation, database: str, in_transaction: bool) -> Pipeline:
    needed = frozenset(column.id for column in relation.columns)
    return relations.lower_relation(relation, needed, {}, database, in_transaction)


def _reference(column: Column) -> ColumnRef:
    return ColumnRef(column.id, column.name, column.type, column.nullable)


def _is_per_row(node: Relation, key: int) -> bool:
    """Whether every row of the result comes from one row of the recursion, so that
    the rows may be read in parts."""
    match node:
        case RecursiveUnion() | WorkingTable():
            return node.key == key
        case Filter(input=below) | Project(input=below):
            return _is_per_row(below, key)
        case Join(kind=JoinKind.INNER, left=left, right=right):
            return _is_per_row(left, key) or _is_per_row(right, key)
        case Join(kind=JoinKind.LEFT | JoinKind.SEMI | JoinKind.ANTI, left=left):
            return _is_per_row(left, key)
        case _:
            return False


def _limits(plan: Relation) -> dict[int, Limit]:
    """The LIMITs that read a recursion row by row: it need not give more."""
    found: dict[int, Limit] = {}

    def look(node: Relation) -> Relation:
        if isinstance(node, Limit) and _is_known(node):
            below = node.input
            while isinstance(below, Filter | Project):
                below = below.input
            if isinstance(below, RecursiveUnion):
                found[below.key] = node
        return node

    map_everywhere(plan, look)
    return found


def _is_known(node: Limit) -> bool:
    """Whether the rows wanted are a number before anything runs."""
    known = (Literal, Parameter)
    skipped = node.offset is None or isinstance(node.offset, known)
    return not node.with_ties and skipped and isinstance(node.count, known)


def _enough(limit: Limit, key: int, database: str, in_transaction: bool) -> Enough:
    assert limit.count is not None
    count = limits.count_value(limit.count, CountRule.LIMIT)
    skip = 0
    if limit.offset is not None:
        skip = limits.count_value(limit.offset, CountRule.OFFSET)
    below = limit.input
    while isinstance(below, Project):
        below = below.input
    if isinstance(below, RecursiveUnion):
        return Enough(count, skip, None)
    pipeline = _lower(below, database, in_transaction)
    stages = (*pipeline.stages, Group(None, {"n": {"$sum": 1}}))
    return Enough(
        count, skip, Aggregate(pipeline.database, pipeline.collection, stages)
    )
