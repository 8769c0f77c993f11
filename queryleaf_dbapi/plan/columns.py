"""Output columns of relations, and where their ids come from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from queryleaf_dbapi.types import SqlType


@dataclass(frozen=True, slots=True)
class Column:
    """One output of a relation. The id is unique in the statement; the name is
    for people and for the top of the plan only."""

    id: int
    name: str
    type: SqlType
    nullable: bool


class ColumnIds:
    """Hands out fresh column ids; one per statement."""

    def __init__(self) -> None:
        self._next = count(1)

    def column(self, name: str, sql_type: SqlType, nullable: bool) -> Column:
        """A new column with an id nobody else has."""
        return Column(next(self._next), name, sql_type, nullable)
