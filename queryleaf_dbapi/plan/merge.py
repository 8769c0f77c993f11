"""MERGE: what becomes of pairs of rows, and of rows without a partner."""

from __future__ import annotations

from dataclasses import dataclass, replace

from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.relations import Insert, Relation, Scan


@dataclass(frozen=True, slots=True)
class MergeUpdate:
    """SET: the path and the column of the read that holds its new value.
    `sequences` are (path, sequence) of those that get a number."""

    assignments: tuple[tuple[tuple[str, ...], Column], ...]
    sequences: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MergeDelete:
    """DELETE."""


@dataclass(frozen=True, slots=True)
class MergeInsert:
    """INSERT of one row, whose cells are columns of the read."""

    insert: Insert


MergeAction = MergeUpdate | MergeDelete | MergeInsert


@dataclass(frozen=True, slots=True)
class MergeRead:
    """Rows to act on. Columns of `source`: the _id of the target's row (NULL where
    there is none), the number of the action in `actions`, and then the values of all
    actions, each NULL where another action applies."""

    source: Relation
    actions: tuple[MergeAction, ...]


@dataclass(frozen=True, slots=True)
class Merge(Relation):
    """Update, delete and insert rows of `target` as the rows of `reads` say; all is
    read before anything is written."""

    target: Scan
    reads: tuple[MergeRead, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """None: there is no RETURNING."""
        return ()

    @property
    def sources(self) -> tuple[Relation, ...]:
        """The relations below."""
        return tuple(each.source for each in self.reads)

    def over(self, sources: tuple[Relation, ...]) -> Merge:
        """The same over other relations."""
        pairs = zip(self.reads, sources, strict=True)
        reads = tuple(replace(read, source=source) for read, source in pairs)
        return replace(self, reads=reads)
