"""The demo's tables and the loading of them.

`airlines`, `planes` and `flights` are declared by CREATE TABLE and filled by
`executemany`; `airports` is a collection that nobody declared, inserted by the
MongoDB client as another program would, so that the driver reads its columns from
its documents. The table `demo_load` gets its one row last of all: without it, after
an interrupted load, everything is dropped and loaded again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path
from typing import Any

from queryleaf_dbapi import Connection, Cursor
from queryleaf_dbapi.demo import data
from queryleaf_dbapi.demo.progress import Progress
from queryleaf_dbapi.errors import UndefinedTable

LAYOUT = "1"  # raise it when the tables below change: an older load is replaced
BATCH = 5_000

TABLES = {
    "airlines": """
        CREATE TABLE airlines (
          carrier TEXT PRIMARY KEY,
          name TEXT NOT NULL)""",
    "planes": """
        CREATE TABLE planes (
          tailnum TEXT PRIMARY KEY,
          year INTEGER,
          type TEXT,
          manufacturer TEXT,
          model TEXT,
          engines INTEGER,
          seats INTEGER,
          engine TEXT)""",
    "flights": """
        CREATE TABLE flights (
          id INTEGER PRIMARY KEY,
          day DATE NOT NULL,
          sched_dep_time INTEGER,
          dep_time INTEGER,
          dep_delay INTEGER,
          sched_arr_time INTEGER,
          arr_time INTEGER,
          arr_delay INTEGER,
          carrier TEXT NOT NULL,
          flight INTEGER NOT NULL,
          tailnum TEXT,
          origin TEXT NOT NULL,
          dest TEXT NOT NULL,
          air_time INTEGER,
          distance INTEGER NOT NULL,
          time_hour TIMESTAMP NOT NULL,
          weather JSONB)""",
}
INDEXES = {
    "flights_day": "CREATE INDEX flights_day ON flights (day)",
    "flights_dest": "CREATE INDEX flights_dest ON flights (dest, day)",
    "flights_tailnum": "CREATE INDEX flights_tailnum ON flights (tailnum)",
    "flights_carrier": "CREATE INDEX flights_carrier ON flights (carrier)",
    "airports_faa": "CREATE UNIQUE INDEX airports_faa ON airports (faa)",
}
_MARKER = """
    CREATE TABLE demo_load (
      layout TEXT NOT NULL,
      data_version TEXT NOT NULL,
      rows_wanted INTEGER,
      flights INTEGER NOT NULL,
      loaded_at TIMESTAMP NOT NULL)"""


def loaded_flights(connection: Connection, limit: int | None) -> int | None:
    """The number of flights there, or None unless a load of this version is complete.

    `limit` is the sample that is wanted, None for all flights.
    """
    cursor = connection.cursor()
    try:
        cursor.execute(
            "SELECT layout, data_version, rows_wanted, flights FROM demo_load"
        )
    except UndefinedTable:
        return None
    row = cursor.fetchone()
    if row is None or row[:3] != (LAYOUT, data.data_version(), limit):
        return None
    return int(row[3])


def load_all(connection: Connection, limit: int | None) -> int:
    """Drop what an earlier load left, load everything, and count the flights.

    Raises data.DataNotFoundError before anything is dropped.
    """
    folder = data.find_data()
    cursor = connection.cursor()
    for name in ("demo_load", *TABLES, "airports"):
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in TABLES.values():
        cursor.execute(statement)
    _insert(cursor, "airlines", data.read_airlines(folder))
    _insert(cursor, "planes", data.read_planes(folder))
    count, carriers = _load_flights(cursor, folder, limit)
    _load_airports(connection, data.read_airports(folder, carriers))
    _create_indexes(cursor)
    cursor.execute(_MARKER)
    cursor.execute(
        "INSERT INTO demo_load VALUES (%s, %s, %s, %s, %s)",
        (LAYOUT, data.data_version(), limit, count, _now()),
    )
    return count


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)


def _load_flights(
    cursor: Cursor, folder: Path, limit: int | None
) -> tuple[int, dict[str, set[str]]]:
    """Insert the flights; return how many, and the carriers seen at each airport."""
    total = data.FLIGHTS if limit is None else min(limit, data.FLIGHTS)
    carriers: dict[str, set[str]] = {}

    def seen() -> Iterator[data.Row]:
        weather = data.read_weather(folder)
        for row in data.read_flights(folder, weather, limit):
            carrier, origin, dest = row[8], row[11], row[12]
            carriers.setdefault(origin, set()).add(carrier)
            carriers.setdefault(dest, set()).add(carrier)
            yield row

    return _insert(cursor, "flights", seen(), total), carriers


def _load_airports(connection: Connection, documents: list[data.Document]) -> None:
    progress = Progress("airports", len(documents))
    connection.client[connection.database]["airports"].insert_many(documents)
    progress.advance(len(documents))
    progress.finish()


def _create_indexes(cursor: Cursor) -> None:
    progress = Progress("indexes", len(INDEXES))
    try:
        for statement in INDEXES.values():
            cursor.execute(statement)
            progress.advance(1)
    except KeyboardInterrupt:
        progress.interrupt()
        raise
    progress.finish()


def _insert(
    cursor: Cursor, table: str, rows: Iterable[data.Row], total: int | None = None
) -> int:
    if isinstance(rows, list):
        total = len(rows)
    progress = Progress(table, total or 0)
    waiting = iter(rows)
    try:
        while batch := list(islice(waiting, BATCH)):
            cursor.executemany(_insert_statement(table, batch[0]), batch)
            progress.advance(len(batch))
    except KeyboardInterrupt:
        progress.interrupt()
        raise
    progress.finish()
    return progress.done


def _insert_statement(table: str, row: tuple[Any, ...]) -> str:
    return f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})"
