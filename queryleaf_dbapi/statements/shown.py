"""Rows that the driver itself answers with: SHOW, EXPLAIN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from queryleaf_dbapi.execution import Description
from queryleaf_dbapi.run.reads import ResultStream, Stream
from queryleaf_dbapi.types import TEXT


@dataclass(frozen=True, slots=True)
class Shown:
    """A small result made in the driver."""

    description: Description
    stream: ResultStream
    count: int


def shown(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Shown:
    """A result of text columns."""
    description = tuple((name, TEXT, None, None, None, None, True) for name in names)
    documents = [{"row": row} for row in rows]
    stream = ResultStream(
        Stream(None, documents), lambda found: [each["row"] for each in found]
    )
    return Shown(description, stream, len(rows))
