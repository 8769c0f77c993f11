"""How many documents collections hold, as the server's metadata says.

The numbers choose between plans that give the same rows; nothing else reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo.database import Database
from pymongo.errors import OperationFailure

_UNION_SIZE = 50


def read_counts(
    database: Database[dict[str, Any]], names: Sequence[str]
) -> dict[str, int]:
    """The counts of the named collections, in one command for each fifty; without
    those a user may not ask about."""
    found: dict[str, int] = {}
    for start in range(0, len(names), _UNION_SIZE):
        first, *others = names[start : start + _UNION_SIZE]
        pipeline = _stages(first)
        for name in others:
            inner = _stages(name)
            pipeline.append({"$unionWith": {"coll": name, "pipeline": inner}})
        try:
            for document in database[first].aggregate(pipeline):
                name = document["name"]  # once for each shard
                found[name] = found.get(name, 0) + int(document.get("count", 0))
        except OperationFailure:
            continue
    return found


def _stages(name: str) -> list[dict[str, Any]]:
    return [
        {"$collStats": {"count": {}}},
        {"$project": {"_id": 0, "count": 1, "name": {"$literal": name}}},
    ]
