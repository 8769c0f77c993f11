"""The benchmarks: each gives one line of the report.

What a competent pymongo user writes by hand stands beside each SQL statement. Plans
are cached, as they are in a program that runs a statement more than once.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.data import Bench, rows_of
from benchmarks.measure import Ratio, ratio_of
from queryleaf_dbapi.compile import parse_statement
from queryleaf_dbapi.mongo.commands import Aggregate, Find
from queryleaf_dbapi.mongo.stages import Project
from queryleaf_dbapi.run.reads import Reader, ResultStream


def _line(name: str, ratio: Ratio, target: float) -> str:
    verdict = "" if ratio.median <= target else "  missed"
    spread = f"{ratio.low:.2f}-{ratio.high:.2f}"
    times = f"{ratio.ours * 1000:.1f} / {ratio.theirs * 1000:.1f} ms"
    return (
        f"{name:34} {ratio.median:6.2f}x {spread:>13} {target:7.2f}x  {times}{verdict}"
    )


def point_select(bench: Bench) -> str:
    """One row by its key."""
    cursor = bench.connection.cursor()
    collection = bench.database["big"]
    sql = "SELECT id, g, v, s, d FROM big WHERE id = %s"
    projection = {"_id": 0, "id": 1, "g": 1, "v": 1, "s": 1, "d": 1}
    keys = [(n * 7919) % bench.rows for n in range(500)]

    def ours() -> None:
        for key in keys:
            cursor.execute(sql, (key,))
            cursor.fetchall()

    def theirs() -> None:
        for key in keys:
            list(collection.find({"id": key}, projection))

    return _line("point SELECT by key", ratio_of(ours, theirs, 9), 1.15)


def fetch_all(bench: Bench) -> str:
    """All rows by find."""
    cursor = bench.connection.cursor()
    collection = bench.database["big"]

    def ours() -> Any:
        cursor.execute("SELECT id, g, v, s, d FROM big")
        return cursor.fetchall()

    return _line(
        "fetchall of five columns",
        ratio_of(ours, lambda: list(collection.find()), 9),
        1.0,
    )


def fetch_all_by_aggregate(bench: Bench) -> str:
    """The same rows through the driver's aggregate path, which a statement takes
    when find does not have what it needs."""
    connection = bench.connection
    statement = parse_statement("SELECT id, g, v, s, d FROM big", False)
    prepared = connection.prepared(statement, ())
    command = prepared.reader.command if prepared.reader else None
    assert isinstance(command, Find)
    assert prepared.decode is not None
    stages = (Project({k: v for k, v in (command.projection or {}).items() if v}),)
    aggregate = Aggregate(command.database, command.collection, stages)
    reader = Reader(aggregate, prepared.outputs, lambda name: [])
    collection = bench.database["big"]
    decode = prepared.decode

    def ours() -> Any:
        return ResultStream(reader.open(connection.session, ()), decode).fetch_all()

    return _line(
        "the same through an aggregate",
        ratio_of(ours, lambda: list(collection.find()), 9),
        1.2,
    )


def insert_many(bench: Bench) -> str:
    """executemany of all rows."""
    connection, database = bench.connection, bench.database
    columns = "(id INTEGER, g INTEGER, v DOUBLE PRECISION, s TEXT, d TIMESTAMP)"
    cursor = connection.cursor()
    cursor.execute(f"CREATE TABLE target {columns}")
    raw = database["target_raw"]
    # the same validator on both sides: it is the table's, not the driver's, cost
    options = database["target"].options()
    database.create_collection("target_raw", **options)
    rows = [tuple(row.values()) for row in rows_of(bench.rows)]
    names = ("id", "g", "v", "s", "d")

    def ours() -> None:
        cursor.executemany(
            "INSERT INTO target (id, g, v, s, d) VALUES (%s, %s, %s, %s, %s)", rows
        )

    def theirs() -> None:
        raw.insert_many([dict(zip(names, row, strict=True)) for row in rows])

    def reset() -> None:
        raw.delete_many({})
        database["target"].delete_many({})

    return _line("executemany of inserts", ratio_of(ours, theirs, 7, reset), 1.2)


def indexed_join(bench: Bench) -> str:
    """An inner join with an indexed inner key."""
    cursor = bench.connection.cursor()
    collection = bench.database["big"]
    pipeline = [
        {
            "$lookup": {
                "from": "small",
                "localField": "g",
                "foreignField": "k",
                "as": "k",
            }
        },
        {"$unwind": "$k"},
        {"$project": {"_id": 0, "id": 1, "v": 1, "k.name": 1}},
    ]

    def ours() -> Any:
        cursor.execute("SELECT b.id, b.v, s.name FROM big b JOIN small s ON b.g = s.k")
        return cursor.fetchall()

    return _line(
        "indexed inner join",
        ratio_of(ours, lambda: list(collection.aggregate(pipeline)), 3),
        0.6,
    )


def group_by(bench: Bench) -> str:
    """GROUP BY one key with a SUM that is NULL for nothing but NULLs."""
    cursor = bench.connection.cursor()
    collection = bench.database["big"]
    pipeline = [
        {"$group": {"_id": "$g", "n": {"$sum": 1}, "s": {"$sum": "$v"}}},
    ]

    def ours() -> Any:
        cursor.execute("SELECT g, COUNT(*), SUM(v) FROM big GROUP BY g")
        return cursor.fetchall()

    return _line(
        "GROUP BY with NULL-correct SUM",
        ratio_of(ours, lambda: list(collection.aggregate(pipeline)), 15),
        1.3,
    )


MEDIUM = """
    SELECT s.name, COUNT(*) AS n, SUM(b.v) AS total, MAX(b.d) AS latest
    FROM big AS b JOIN small AS s ON b.g = s.k
    WHERE b.v > %s AND (s.reg IN (1, 2, 3) OR s.name LIKE 'dim 1%%')
      AND b.d BETWEEN %s AND %s
    GROUP BY s.name HAVING COUNT(*) > 2
    ORDER BY total DESC, s.name LIMIT 20
"""


def compile_time(bench: Bench) -> str:
    """Text to command of a medium query, nothing cached."""
    values = (1.5, "2024-01-01", "2024-02-01")
    times = []
    for _ in range(200):
        start = time.perf_counter()
        bench.connection.compile(parse_statement(MEDIUM, True), values)
        times.append((time.perf_counter() - start) * 1000)
    low, _, high = statistics.quantiles(times, n=4)
    median = statistics.median(times)
    verdict = "" if median <= 3 else "  missed"
    return (
        f"{'compile, uncached':34} {median:5.2f}ms {f'{low:.2f}-{high:.2f}':>13} "
        f"{'3.00ms':>8}{verdict}"
    )


_MEMORY = """
import resource, sys
import queryleaf_dbapi
uri, rows = sys.argv[1], int(sys.argv[2])
connection = queryleaf_dbapi.connect(uri, autocommit=True)
cursor = connection.cursor()
cursor.execute("SELECT id, g, v, s, d FROM big LIMIT 1000")
cursor.fetchall()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
cursor.execute("SELECT a.id, a.g, a.v, a.s, a.d FROM big a CROSS JOIN small s "
               "WHERE s.k < %s", (rows,))
count = 0
while found := cursor.fetchmany(1000):
    count += len(found)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(count, (after - before) / 1024)
"""


def streamed_memory(bench: Bench) -> str:
    """How far the process grows while a million rows pass through fetchmany."""
    times = max(1, 1_000_000 // bench.rows)
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, bench.target, str(times)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    count, grown = done.stdout.split()
    verdict = "" if float(grown) < 100 else "  missed"
    return (
        f"{f'memory, {int(count):,} rows streamed':34} {float(grown):5.1f}MB "
        f"{'':>13} {'100MB':>8}{verdict}"
    )


ALL: tuple[Callable[[Bench], str], ...] = (
    point_select,
    fetch_all,
    fetch_all_by_aggregate,
    insert_many,
    indexed_join,
    group_by,
    compile_time,
    streamed_memory,
)
