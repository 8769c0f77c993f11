"""A join by $lookup with a pipeline: any right side, any condition.

{"$lookup": {"from": "b", "let": {"c1": "$x"}, "as": "joined",
             "pipeline": [{"$match": {"$expr": {"$lt": ["$y", "$$c1"]}}}]}}
"""

from __future__ import annotations

from queryleaf_dbapi.cost.rows import indexed_paths, stored_column
from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.lower import relations, subqueries
from queryleaf_dbapi.lower.join_sides import JoinWork, same_database
from queryleaf_dbapi.lower.pipeline import Pipeline, is_path, reshape
from queryleaf_dbapi.mongo.stages import Limit, Lookup, Match, Project, Unwind
from queryleaf_dbapi.plan.expressions import Call, ColumnRef
from queryleaf_dbapi.plan.relations import JoinKind
from queryleaf_dbapi.plan.visit import referenced, refers_to


def lower_by_pipeline(work: JoinWork) -> Pipeline:
    """$lookup with the right side's stages and the condition on variables."""
    left, node = work.left, work.node
    needed = work.read & work.right_ids
    read = {c.id: c for part in work.parts for c in referenced(part)}
    # columns of the left side, and of the queries around both
    extra = tuple(c for id_, c in read.items() if id_ not in work.right_ids)
    inside, variables = subqueries.lower_inside(left, node.right, needed, extra)
    if inside.collection is not None:
        same_database(left, inside.database)
    for part in work.parts:
        relations.add_filter(inside, part)
    only_left = node.kind.only_left
    if only_left:
        inside.add(Limit(1))
        inside.add(Project({"_id": {"$literal": 1}}))
    elif inside.stages or not all(map(is_path, inside.layout.values())):
        names = {column.id: column.name for column in node.right.columns}
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
    if only_left:
        left.add(Match({name: {"$ne": []} if node.kind is JoinKind.SEMI else []}))
        return left
    left.add(Unwind(f"${name}", keep_empty=node.kind is JoinKind.LEFT))
    for id_, value in inside.layout.items():
        if is_path(value):
            left.layout[id_] = f"${name}.{value[1:]}"
    return left


def finds_by_index(work: JoinWork) -> bool:
    """Whether a comparison of the condition can use an index of the right side."""
    for part in work.parts:
        if not isinstance(part, Call) or part.function not in operators.COMPARISONS:
            continue
        for one, other in (part.arguments, part.arguments[::-1]):
            if isinstance(one, ColumnRef) and one.id in work.right_ids:
                found = stored_column(work.node.right, one.id)
                if found is None or refers_to(other) & work.right_ids:
                    continue
                if found[1] in indexed_paths(found[0]):
                    return True
    return False
