"""Joins against the `$lookup` + `$unwind` that is written for them by hand.

At size 1: a million facts, 50 000 customers, 1000 dimensions of 50 regions; the tables
of the join without an index have 10 000 and 100 000 rows.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pymongo.errors import ExecutionTimeout

from benchmarks.measure import timed
from queryleaf_dbapi import Connection
from queryleaf_dbapi.errors import QueryCanceled

_ROUNDS = 5
_TABLES = (
    "regions (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    "dims (id INTEGER PRIMARY KEY, region INTEGER NOT NULL, name TEXT NOT NULL)",
    "customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
    "orders (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, v DOUBLE PRECISION)",
    "facts (id INTEGER PRIMARY KEY, dim INTEGER NOT NULL, customer INTEGER NOT NULL, "
    "v DOUBLE PRECISION)",
    "small (id INTEGER PRIMARY KEY, k INTEGER, v DOUBLE PRECISION)",
    "large (id INTEGER PRIMARY KEY, k INTEGER, name TEXT NOT NULL)",
)


@dataclass(frozen=True, slots=True)
class Tables:
    """The loaded tables, and how long one statement may take."""

    connection: Connection
    timeout: float


def load(connection: Connection, size: float, timeout: float) -> Tables:
    """Declare the tables and write the rows, once for all benchmarks."""
    pick = random.Random(1)
    for table in _TABLES:
        connection.execute(f"CREATE TABLE {table}")

    def count(at_size_one: int, least: int = 1) -> int:
        return max(least, int(at_size_one * size))

    customers, dims = count(50_000), min(1000, count(1_000_000) // 10)
    rows: dict[str, Any] = {
        "regions": ({"id": n, "name": f"region {n}"} for n in range(50)),
        "dims": ({"id": n, "region": n % 50, "name": f"dim {n}"} for n in range(dims)),
        "customers": ({"id": n, "name": f"name {n}"} for n in range(customers)),
        "orders": (
            {"id": n, "customer": pick.randrange(customers), "v": pick.random()}
            for n in range(count(100_000))
        ),
        "facts": (
            {
                "id": n,
                "dim": pick.randrange(dims),
                "customer": pick.randrange(customers),
                "v": pick.random(),
            }
            for n in range(count(1_000_000))
        ),
        "small": (
            {"id": n, "k": pick.randrange(count(100_000)), "v": pick.random()}
            for n in range(count(10_000))
        ),
        "large": (
            {"id": n, "k": pick.randrange(count(100_000)), "name": f"name {n}"}
            for n in range(count(100_000))
        ),
    }
    database = connection.client[connection.database]
    for name, documents in rows.items():
        database[name].insert_many(list(documents))
    return Tables(connection, timeout)


def _join(table: str, local: str, foreign: str, name: str) -> list[dict[str, Any]]:
    lookup = {"from": table, "localField": local, "foreignField": foreign, "as": name}
    return [{"$lookup": lookup}, {"$unwind": f"${name}"}]


def foreign_key(tables: Tables) -> str:
    """100k orders and their customers, by the customers' key."""
    pipeline = [
        *_join("customers", "customer", "id", "c"),
        {"$project": {"_id": 0, "id": 1, "v": 1, "c.name": 1}},
    ]
    sql = "SELECT o.id, o.v, c.name FROM orders o JOIN customers c ON o.customer = c.id"
    return _line(tables, "indexed foreign key", sql, "orders", pipeline, 0.5)


def large_join(tables: Tables) -> str:
    """1M facts and 50k customers, nothing filtered."""
    pipeline = [
        *_join("customers", "customer", "id", "c"),
        {"$project": {"_id": 0, "id": 1, "v": 1, "c.name": 1}},
    ]
    sql = "SELECT f.id, f.v, c.name FROM facts f JOIN customers c ON f.customer = c.id"
    return _line(tables, "1M x 50k, unfiltered", sql, "facts", pipeline, 0.25)


def star_join(tables: Tables) -> str:
    """1M facts, 1k dimensions, 50 regions, grouped by the region's name."""
    pipeline = [
        *_join("dims", "dim", "id", "d"),
        *_join("regions", "d.region", "id", "r"),
        {"$group": {"_id": "$r.name", "n": {"$sum": 1}, "v": {"$sum": "$v"}}},
    ]
    sql = (
        "SELECT r.name, COUNT(*), SUM(f.v) FROM facts f JOIN dims d ON f.dim = d.id "
        "JOIN regions r ON d.region = r.id GROUP BY r.name"
    )
    return _line(tables, "star, grouped by an attribute", sql, "facts", pipeline, 0.15)


def unindexed_join(tables: Tables) -> str:
    """10k and 100k rows, no index on either key; the goal is in seconds."""
    pipeline = [
        *_join("large", "k", "k", "l"),
        {"$project": {"_id": 0, "id": 1, "l.name": 1}},
    ]
    sql = "SELECT s.id, l.name FROM small s JOIN large l ON s.k = l.k"
    return _line(tables, "10k x 100k without an index", sql, "small", pipeline, None)


def _line(
    tables: Tables,
    name: str,
    sql: str,
    collection: str,
    pipeline: list[dict[str, Any]],
    goal: float | None,
) -> str:
    """Both sides in alternation; without a goal for the ratio it is two seconds."""
    connection = tables.connection
    target = connection.client[connection.database][collection]
    limit = int(tables.timeout * 1000)
    counts = [-1, -1]

    def ours() -> None:
        counts[0] = len(connection.execute(sql).fetchall())

    def theirs() -> None:
        counts[1] = len(list(target.aggregate(pipeline, maxTimeMS=limit)))

    times = ([_tried(ours)], [_tried(theirs)])
    if None not in (times[0][0], times[1][0]) and counts[0] != counts[1]:
        raise AssertionError(f"{name}: {counts[0]} rows, by hand {counts[1]}")
    for turn in range(_ROUNDS):
        sides = list(zip((ours, theirs), times, strict=True))
        for side, taken in sides if turn % 2 else reversed(sides):
            if taken[0] is not None:
                taken.append(timed(side))
        if sum(t for side in times for t in side if t is not None) > tables.timeout:
            break
    # the first of several had the plan to make and the cache to warm
    medians = [statistics.median(t[1:] or t) if t[0] else None for t in times]
    return _text(name, medians[0], medians[1], goal, tables.timeout)


def _tried(run: Callable[[], None]) -> float | None:
    try:
        return timed(run)
    except (ExecutionTimeout, QueryCanceled):
        return None


def _text(
    name: str,
    ours: float | None,
    theirs: float | None,
    goal: float | None,
    timeout: float,
) -> str:
    late = f"> {timeout:g} s"
    our_text = late if ours is None else f"{ours * 1000:.0f} ms"
    their_text = late if theirs is None else f"{theirs * 1000:.0f} ms"
    ratio = None
    if ours is not None:
        # one that was cut off took at least that long
        ratio = ours / (timeout if theirs is None else theirs)
    shown = "-" if ratio is None else f"{'<' * (theirs is None)}{ratio:.2f}x"
    if goal is None:
        met, goal_text = ours is not None and ours < 2, "2 s"
    else:
        met, goal_text = ratio is not None and ratio <= goal, f"{goal:.2f}x"
    verdict = "" if met else "  missed"
    return f"{name:34} {shown:>7} {our_text:>13} {goal_text:>8}  {their_text}{verdict}"


ALL: tuple[Callable[[Tables], str], ...] = (
    foreign_key,
    large_join,
    star_join,
    unindexed_join,
)
