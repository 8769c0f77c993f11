"""The server's own plan of a read command."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from queryleaf_dbapi.mongo.commands import Find
from queryleaf_dbapi.run.fill import Values
from queryleaf_dbapi.run.reads import Reader
from queryleaf_dbapi.run.session import Session


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """What `explain` said: stages from the scan up, index bounds, and what was
    examined (with ANALYZE)."""

    stages: str
    indexes: tuple[tuple[str, str], ...]
    returned: int
    keys: int
    documents: int
    milliseconds: int


def explain_reader(
    reader: Reader, session: Session, values: Values, analyze: bool
) -> ServerPlan:
    """Ask the server how it runs the command; with `analyze` it does run it."""
    command = reader.command
    filled = reader.filled(values)
    if isinstance(command, Find):
        body: dict[str, Any] = {"find": command.collection, "filter": filled["filter"]}
        optional = {**filled, "sort": command.sort}
        for key in ("projection", "sort", "skip", "limit"):
            if optional[key] is not None:
                body[key] = optional[key]
    else:
        source: Any = command.collection if command.collection is not None else 1
        body = {"aggregate": source, "pipeline": filled, "cursor": {}}
    verbosity = "executionStats" if analyze else "queryPlanner"
    database = session.client[command.database]
    answer = session.outside(
        lambda: database.command({"explain": body, "verbosity": verbosity})
    )
    return _read(answer)


def _read(answer: dict[str, Any]) -> ServerPlan:
    plans = list(_winning_plans(answer))
    scans = [stage for plan in plans for stage in _walk(plan)]
    names = [str(stage["stage"]) for stage in scans if "stage" in stage]
    indexes = tuple(
        (str(stage["indexName"]), _bounds(stage.get("indexBounds")))
        for stage in scans
        if "indexName" in stage
    )
    others = [
        next(iter(stage))[1:]
        for stage in answer.get("stages", [])
        if "$cursor" not in stage
    ]
    statistics = list(_statistics(answer))
    totals = [sum(s.get(key, 0) for s in statistics) for key in _COUNTS]
    return ServerPlan(
        " <- ".join(dict.fromkeys([*reversed(others), *names])), indexes, *totals
    )


_COUNTS = ("nReturned", "totalKeysExamined", "totalDocsExamined", "executionTimeMillis")


def _winning_plans(answer: Any) -> Iterator[dict[str, Any]]:
    if isinstance(answer, list):
        for each in answer:
            yield from _winning_plans(each)
    elif isinstance(answer, dict):
        plan = answer.get("winningPlan")
        if isinstance(plan, dict):
            yield plan.get("queryPlan", plan)
            return
        for key, value in answer.items():
            if key != "rejectedPlans":
                yield from _winning_plans(value)


def _statistics(answer: Any) -> Iterator[dict[str, Any]]:
    if isinstance(answer, list):
        for each in answer:
            yield from _statistics(each)
    elif isinstance(answer, dict):
        found = answer.get("executionStats")
        if isinstance(found, dict):
            yield found
            return
        for value in answer.values():
            yield from _statistics(value)


def _walk(stage: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield stage
    for key in ("inputStage", "outerStage", "innerStage", "thenStage", "elseStage"):
        if isinstance(stage.get(key), dict):
            yield from _walk(stage[key])
    for each in stage.get("inputStages") or ():
        yield from _walk(each)


def _bounds(bounds: Any) -> str:
    if not isinstance(bounds, dict):
        return ""
    return ", ".join(f"{path} {' '.join(ranges)}" for path, ranges in bounds.items())
