"""Each query both ways, in alternation; first whether both give the same rows."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from bson import Decimal128
from pymongo.errors import ExecutionTimeout

from benchmarks.measure import timed
from benchmarks.tpch import queries_1_to_11, queries_12_to_22
from benchmarks.tpch.stages import Written
from benchmarks.tpch.tables import add_indexes, load
from queryleaf_dbapi import Connection, Error
from queryleaf_dbapi.errors import QueryCanceled

GOAL = 0.7
"""Total time with indexes, ours over hand-written."""

NUMBERS = range(1, 23)


@dataclass(frozen=True, slots=True)
class Choice:
    """What to run and how."""

    scale: str = "0.01"
    queries: tuple[int, ...] = tuple(NUMBERS)
    rounds: int = 5
    timeout: float = 60
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """Median milliseconds of one query; None where it took too long or failed."""

    ours: float | None
    theirs: float | None
    remark: str = ""


def run_tpch(connection: Connection, choice: Choice) -> None:
    """Print a table without and one with indexes on the foreign keys.

    `connection` is to an empty database, in autocommit.
    """
    load(connection, choice.scale, choice.nullable, _say)
    _report(connection, choice, indexed=False)
    _say("indexing")
    add_indexes(connection)
    _report(connection, choice, indexed=True)


def _report(connection: Connection, choice: Choice, indexed: bool) -> None:
    name = "with" if indexed else "without"
    title = f"TPC-H {choice.scale}, {name} indexes on foreign keys"
    _say("")
    print(f"\n{title:44}{'ours':>10}{'by hand':>10}{'ratio':>8}")
    both = []
    for number in choice.queries:
        _say(f"query {number}")
        times = _measure(connection, number, indexed, choice)
        _say("")
        label = f"q{number:02} {_title(number)}"
        print(f"{label:44}{_cells(times.ours, times.theirs)}{times.remark}", flush=True)
        if times.ours is not None and times.theirs is not None:
            both.append((times.ours, times.theirs))
    ours, theirs = (sum(side) for side in zip(*both, strict=True)) if both else (0, 0)
    label = f"total of {len(both)} of {len(choice.queries)}"
    goal = f"  goal {GOAL}" if indexed else ""
    print(f"{label:44}{_cells(ours, theirs)}{goal}", flush=True)


def _cells(ours: float | None, theirs: float | None) -> str:
    texts = ["-" if each is None else f"{each:.1f}" for each in (ours, theirs)]
    ratio = f"{ours / theirs:.2f}x" if ours is not None and theirs else "-"
    return f"{texts[0]:>10}{texts[1]:>10}{ratio:>8}"


def _measure(
    connection: Connection, number: int, indexed: bool, choice: Choice
) -> Times:
    sql = (Path(__file__).parent / f"queries/q{number:02}.sql").read_text()
    collection, pipeline = _written(number)(indexed)
    target = connection.client[connection.database][collection]
    columns = [name for name in pipeline[-1]["$project"] if name != "_id"]

    def ours() -> list[tuple[Any, ...]]:
        return connection.execute(sql).fetchall()

    def theirs() -> list[dict[str, Any]]:
        limit = int(choice.timeout * 1000)
        return list(target.aggregate(pipeline, maxTimeMS=limit))

    remarks = []
    rows = documents = None
    try:
        rows = ours()
    except QueryCanceled:
        remarks.append(f"ours took more than {choice.timeout:g} s")
    except Error as error:
        remarks.append(f"{type(error).__name__}: {str(error)[:90]}")
    try:
        documents = theirs()
    except ExecutionTimeout:
        remarks.append(f"by hand it took more than {choice.timeout:g} s")
    if rows is not None and documents is not None:
        found = [tuple(map(document.get, columns)) for document in documents]
        if not found and rows == [(None,) * len(columns)]:
            found = rows  # `$group` of nothing gives nothing where SQL gives NULLs
        if _normal(rows) != _normal(found):
            remarks.append("THE ROWS DIFFER")
    rounds = choice.rounds
    times: tuple[list[float], list[float]] = ([], [])
    sides: list[tuple[Callable[[], object], list[float]]] = []
    if rows is not None:
        sides.append((ours, times[0]))
    if documents is not None:
        sides.append((theirs, times[1]))
    for turn in range(rounds):
        for side, taken in sides if turn % 2 else reversed(sides):
            taken.append(timed(side) * 1000)
        if sum(map(sum, times)) > choice.timeout * 1000 / 2:
            break
    medians = [statistics.median(side) if side else None for side in times]
    return Times(*medians, remark="".join(f"  {remark}" for remark in remarks))


def _written(number: int) -> Callable[[bool], Written]:
    module = queries_1_to_11 if number <= 11 else queries_12_to_22
    written: Callable[[bool], Written] = getattr(module, f"query_{number}")
    return written


def _title(number: int) -> str:
    return (_written(number).__doc__ or "").rstrip(".")


def _normal(rows: list[tuple[Any, ...]]) -> list[str]:
    """Rows as texts without an order, numbers at nine digits, dates without times."""
    return sorted(" | ".join(map(_text, row)) for row in rows)


def _text(value: Any) -> str:
    if isinstance(value, Decimal128):
        value = value.to_decimal()
    if isinstance(value, (int, float, Decimal)):
        return f"{float(value):.9g}"
    return str(value).removesuffix(" 00:00:00")


def _say(text: str) -> None:
    """Show what is being done, on a terminal, until the next line."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
