"""The collections the benchmarks run over."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any

from queryleaf_dbapi import Connection


@dataclass(frozen=True, slots=True)
class Bench:
    """A loaded database: the connection, pymongo's own view of it, the size."""

    connection: Connection
    database: Any
    rows: int
    target: str


def rows_of(count: int) -> list[dict[str, Any]]:
    """Five columns of the usual kinds; a tenth of `v` is NULL."""
    source = random.Random(1)
    start = dt.datetime(2024, 1, 1)
    return [
        {
            "id": number,
            "g": source.randrange(1000),
            "v": None if source.random() < 0.1 else source.random() * 1000,
            "s": f"name {source.randrange(100_000)}",
            "d": start + dt.timedelta(minutes=number),
        }
        for number in range(count)
    ]


def load(connection: Connection, target: str, count: int) -> Bench:
    """Make and fill the tables `big` and `small`."""
    client = connection.client
    connection.execute(
        "CREATE TABLE big (id INTEGER PRIMARY KEY, g INTEGER NOT NULL, "
        "v DOUBLE PRECISION, s TEXT NOT NULL, d TIMESTAMP NOT NULL)"
    )
    connection.execute(
        "CREATE TABLE small (k INTEGER PRIMARY KEY, name TEXT NOT NULL, "
        "reg INTEGER NOT NULL)"
    )
    database = client[connection.database]
    database["big"].insert_many(rows_of(count))
    database["small"].insert_many(
        [{"k": n, "name": f"dim {n}", "reg": n % 50} for n in range(1000)]
    )
    return Bench(connection, database, count, target)
