"""The stages hand-written pipelines are made of."""

from __future__ import annotations

import datetime as dt
from typing import Any

Stage = dict[str, Any]
Written = tuple[str, list[Stage]]
"""The collection and the stages."""

REVENUE = {"$multiply": ["$l.l_extendedprice", {"$subtract": [1, "$l.l_discount"]}]}
OWN_REVENUE = {"$multiply": ["$l_extendedprice", {"$subtract": [1, "$l_discount"]}]}


def day(text: str) -> dt.datetime:
    """A date as it is stored."""
    return dt.datetime.fromisoformat(text)


def between(first: str, past: str) -> dict[str, Any]:
    """A condition on dates: from `first`, before `past`."""
    return {"$gte": day(first), "$lt": day(past)}


def join(table: str, local: str, foreign: str, name: str) -> list[Stage]:
    """`$lookup` and `$unwind`: an inner join."""
    lookup = {"from": table, "localField": local, "foreignField": foreign, "as": name}
    return [{"$lookup": lookup}, {"$unwind": f"${name}"}]


def lookup(table: str, local: str, foreign: str, name: str, **more: Any) -> Stage:
    """`$lookup` alone, with what else it takes."""
    lookup = {"from": table, "localField": local, "foreignField": foreign, "as": name}
    return {"$lookup": {**lookup, **more}}


def match(**conditions: Any) -> Stage:
    """`$match`; `__` in a name is a dot."""
    return {"$match": {name.replace("__", "."): c for name, c in conditions.items()}}


def where(expression: Any) -> Stage:
    """`$match` of an expression."""
    return {"$match": {"$expr": expression}}


def group(key: Any, **accumulators: Any) -> Stage:
    """`$group`."""
    return {"$group": {"_id": key, **accumulators}}


def show(**columns: Any) -> Stage:
    """The columns of the result, in order."""
    return {"$project": {"_id": 0, **columns}}


def sort(**keys: int) -> Stage:
    """`$sort`."""
    return {"$sort": keys}


def total(value: Any) -> Any:
    """The `$sum` accumulator."""
    return {"$sum": value}
