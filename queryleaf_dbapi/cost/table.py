"""What a step costs on a server, in microseconds.

Measured against MongoDB 6.0.5 on two cores; ratios between the numbers matter, not the
numbers. A server that runs joins otherwise gets a table of its own in `costs_of`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Costs:
    """Microseconds per row, pair or pipeline."""

    scanned: float = 0.7  # a document read and filtered
    row: float = 1.5  # a document handed on by a classic stage
    looked_up: float = 11.0  # $lookup by an index, for each row on the left
    looked_up_later: float = 22.0  # the same behind an $unwind, in the slow engine
    nested_pair: float = 0.23  # $lookup without an index, for each pair of rows
    hashed: float = 2.9  # $unionWith + $group, for each row of both sides
    hashed_by_server: float = 2.0  # the server's own hash join
    piped: float = 60.0  # $lookup with a pipeline, for each row on the left
    broadcast_pair: float = 0.12  # $filter over an array of the other side's rows
    started: float = 2000.0  # a $unionWith or a second branch at all
    # the server hashes an unindexed foreign collection of up to so many documents
    hash_limit: int = 10_000


SERVER_6_0 = Costs()


def costs_of(version: tuple[int, ...]) -> Costs:
    """The table for a server of this version; the nearest that was measured."""
    return SERVER_6_0
