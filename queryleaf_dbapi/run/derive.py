"""The shapes of collections nobody declared, read from all of their documents.

    first   the first documents of each collection, in their stored order
    then    the documents that $nor: [{$jsonSchema: what we know}] finds,
            until there is none

A new field in the last of a million documents is found, which no sample does. The
last round reads the whole collection, so there is a bound on time, rounds and
documents; beyond it a shape is not complete. Several collections share each round
through $unionWith: reflection takes as many round trips for a hundred as for one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bson.codec_options import CodecOptions, DatetimeConversion
from pymongo import MongoClient, ReadPreference
from pymongo.errors import OperationFailure

from queryleaf_dbapi.catalog.from_sample import Shape, merge, to_schema
from queryleaf_dbapi.run.bson_alias import alias_of

# dates that Python cannot hold and texts that are not UTF-8 must not stop us
READ_OPTIONS: CodecOptions[dict[str, Any]] = CodecOptions(
    unicode_decode_error_handler="replace",
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
)

Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is read before a shape is given up as not complete."""

    documents: int = 100  # in a round
    rounds: int = 20
    seconds: float = 10.0


@dataclass(slots=True)
class Derivation:
    """The shape of one collection while it grows."""

    name: str
    shape: Shape
    complete: bool = False
    settled: bool = False  # nothing more to ask, complete or not


def derive(
    client: MongoClient[Any],
    database: str,
    starts: Mapping[str, Shape],
    bounds: Bounds | None = None,
) -> dict[str, tuple[Shape, bool]]:
    """For each collection its shape, and whether all of its documents fulfil it.

    `starts` are the collections with the shapes to start from.
    """
    bounds = bounds or Bounds()
    states = [Derivation(name, shape) for name, shape in starts.items()]
    deadline = time.monotonic() + bounds.seconds
    for round_number in range(bounds.rounds):
        open_states = [each for each in states if not each.settled]
        if not open_states:
            break
        _run_round(client, database, open_states, round_number, deadline, bounds)
    return {each.name: (each.shape, each.complete) for each in states}


def _run_round(
    client: MongoClient[Any],
    database: str,
    states: Sequence[Derivation],
    round_number: int,
    deadline: float,
    bounds: Bounds,
) -> None:
    by_name = {each.name: each for each in states}
    counts = dict.fromkeys(by_name, 0)
    try:
        for name, document in _read(
            client, database, states, round_number, deadline, bounds
        ):
            counts[name] += 1
            merge(by_name[name].shape, document, alias_of)
    except OperationFailure:
        # out of time, a broken view, no right to read, a document too big to wrap
        for each in states:
            if len(states) > 1:
                _run_round(client, database, [each], round_number, deadline, bounds)
            else:
                each.settled = True
        return
    for each in states:
        if each.shape.is_map:  # more names than a table can have
            each.settled = True
        elif counts[each.name] == 0:
            each.complete = each.settled = True


def _read(
    client: MongoClient[Any],
    database: str,
    states: Sequence[Derivation],
    round_number: int,
    deadline: float,
    bounds: Bounds,
) -> Iterator[tuple[str, Plain]]:
    milliseconds = int((deadline - time.monotonic()) * 1000)
    if milliseconds <= 0:
        raise OperationFailure("the time to read documents is over")
    first, *others = states
    wrap = bool(others)
    pipeline = _stages(first, round_number, bounds, wrap)
    for each in others:
        inner = _stages(each, round_number, bounds, wrap)
        pipeline.append({"$unionWith": {"coll": each.name, "pipeline": inner}})
    collection = client.get_database(
        database,
        codec_options=READ_OPTIONS,
        read_preference=ReadPreference.PRIMARY_PREFERRED,
    ).get_collection(first.name)
    with collection.aggregate(pipeline, maxTimeMS=milliseconds) as cursor:
        for document in cursor:
            if wrap:
                yield document["name"], document["document"]
            else:
                yield first.name, document


def _stages(
    state: Derivation, round_number: int, bounds: Bounds, wrap: bool
) -> list[dict[str, Any]]:
    stages: list[dict[str, Any]] = []
    if round_number > 0 or state.shape.fields:
        stages.append({"$match": {"$nor": [{"$jsonSchema": to_schema(state.shape)}]}})
    stages.append({"$limit": bounds.documents})
    if wrap:
        name = {"$literal": state.name}
        stages.append({"$replaceWith": {"name": name, "document": "$$ROOT"}})
    return stages
