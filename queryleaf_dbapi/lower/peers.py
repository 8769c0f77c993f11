"""Peers: the rows that are equal by all keys of an ORDER BY.

$rank and $denseRank take one sort key; `single_key` makes one of several.
"""

from __future__ import annotations

from queryleaf_dbapi.lower.pipeline import Mql, Pipeline
from queryleaf_dbapi.mongo.stages import Document, Set, SetWindowFields

# the number of the row, from 1: not $documentNumber, which allows one sort key only
RUNNING: Document = {
    "$sum": 1,
    "window": {"documents": ["unbounded", "current"]},
}


def single_key(
    pipeline: Pipeline, partition: Mql, order: dict[str, int]
) -> dict[str, int]:
    """One key of the same order: several of one direction become a document (not an
    array, which sorts by its least element); of mixed directions, the number of the
    group of peers, counted along the sorted rows."""
    if len(order) == 1:
        return order
    values = {f"k{i}": {"$ifNull": [f"${p}", None]} for i, p in enumerate(order)}
    directions = set(order.values())
    name = pipeline.fresh("key")
    pipeline.add(Set({name: values}))
    if len(directions) == 1:
        return {name: directions.pop()}
    row, before, group = (pipeline.fresh(n) for n in ("row", "before", "group"))
    numbered = {
        row: RUNNING,
        before: {"$shift": {"output": f"${name}", "by": -1}},
    }
    pipeline.add(SetWindowFields(partition, order, numbered))
    starts = {"$cond": [{"$eq": [f"${name}", f"${before}"]}, 0, 1]}
    count = {"$sum": starts, "window": {"documents": ["unbounded", "current"]}}
    pipeline.add(SetWindowFields(partition, {row: 1}, {group: count}))
    return {group: 1}
