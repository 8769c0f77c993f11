"""GROUPING SETS: every row, or every finest group, counts once for each set.

    GROUP BY ROLLUP (a)       with COUNT(*)
    [{"$group": {"_id": "$a", "count": {"$sum": 1}}},
     {"$set": {"set": [0, 1]}}, {"$unwind": "$set"},
     {"$group": {"_id": {"set": "$set", "a": {"$cond": [{"$eq": ["$set", 0]}, ...]}},
                 "count": {"$sum": "$count"}}}]

Grouping the groups again is right for what can be summed up of parts (counts, sums,
extremes) and costs little more than one $group; all else unwinds the rows.
"""

from __future__ import annotations

from queryleaf_dbapi.lower.pipeline import Mql, Pipeline, as_field, is_constant
from queryleaf_dbapi.mongo.stages import (
    Document,
    Facet,
    Group,
    Project,
    ReplaceRoot,
    Set,
    Unwind,
)
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.relations import Aggregate

_OF_PARTS = frozenset({"$sum", "$min", "$max"})
Keys = list[tuple[Column, Mql, bool]]
Results = list[tuple[Column, Mql]]


def group_by_sets(
    pipeline: Pipeline,
    node: Aggregate,
    keys: Keys,
    accumulators: Document,
    results: Results,
) -> None:
    """The $group stages; afterwards the layout has keys, set number and results."""
    if all(each.keys() <= _OF_PARTS for each in accumulators.values()):
        finest: Document = {
            f"k{i}": {"$ifNull": [value, None]} if nullable else as_field(value)
            for i, (_, value, nullable) in enumerate(keys)
        }
        pipeline.add(Group(finest, accumulators))
        keys = [(c, f"$_id.k{i}", False) for i, (c, _, _) in enumerate(keys)]
        accumulators = {
            name: dict.fromkeys(each, f"${name}") for name, each in accumulators.items()
        }
        pipeline.taken |= accumulators.keys()
    number = pipeline.fresh("set")
    pipeline.add(Set({number: list(range(len(node.sets)))}))
    pipeline.add(Unwind(f"${number}"))
    key: Document = {"set": f"${number}"}
    for index, (_, value, nullable) in enumerate(keys):
        key[f"k{index}"] = _of_sets(node, index, value, nullable, f"${number}")
    pipeline.add(Group(key, accumulators))
    assert node.set_column is not None
    pipeline.taken = set(accumulators)
    pipeline.layout = {column.id: f"$_id.k{i}" for i, (column, _, _) in enumerate(keys)}
    pipeline.layout[node.set_column.id] = "$_id.set"
    pipeline.layout.update({column.id: value for column, value in results})
    if () in node.sets:
        _guarantee_rows(pipeline, node)


def _of_sets(
    node: Aggregate, index: int, value: Mql, nullable: bool, number: str
) -> Mql:
    """The key in the sets that have it, NULL in the others."""
    having = [i for i, each in enumerate(node.sets) if index in each]
    if len(having) == len(node.sets):
        guarded = nullable and not is_constant(value)
        return {"$ifNull": [value, None]} if guarded else as_field(value)
    if nullable and not is_constant(value):
        value = {"$ifNull": [value, None]}
    within = (
        {"$in": [number, having]} if len(having) > 1 else {"$eq": [number, *having]}
    )
    return {"$cond": [within if having else False, value, None]}


def _guarantee_rows(pipeline: Pipeline, node: Aggregate) -> None:
    """The empty set has its row over no input too (see `_guarantee_row`): the groups
    pass through $facet as one array, up to the server's 100 MB."""
    calls = {column.id: call.function.empty for column, call in node.calls}
    computed: Document = {}
    nothing: Document = {}
    layout: dict[int, Mql] = {}
    for index, column in enumerate(node.columns):
        computed[f"c{index}"] = as_field(pipeline.layout[column.id])
        nothing[f"c{index}"] = calls.get(column.id)
        layout[column.id] = f"$c{index}"
    assert node.set_column is not None
    place = layout[node.set_column.id][1:]
    rows = [
        {**nothing, place: number} for number, each in enumerate(node.sets) if not each
    ]
    pipeline.add(Facet({"r": (Project(computed),)}))
    full = {"$cond": [{"$eq": ["$r", []]}, {"$literal": rows}, "$r"]}
    pipeline.add(Project({"r": full}))
    pipeline.add(Unwind("$r"))
    pipeline.add(ReplaceRoot("$r"))
    pipeline.layout = layout
    pipeline.taken = set(computed)
