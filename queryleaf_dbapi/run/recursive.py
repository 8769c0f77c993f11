"""Running WITH RECURSIVE: round by round, the working table written in each command.

All commands of a statement read one snapshot: the transaction's, or that of a session
of its own. The rows stay as the server gave them (raw BSON), so that they go back
unchanged. What is kept in memory is bounded; a working table beyond what one command
holds is sent in parts where the recursive term allows it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import pymongo
from bson.codec_options import CodecOptions
from bson.decimal128 import Decimal128
from bson.raw_bson import RawBSONDocument
from pymongo.client_session import ClientSession

from queryleaf_dbapi.errors import DataError, ProgramLimitExceeded
from queryleaf_dbapi.mongo.commands import Aggregate, Recursion
from queryleaf_dbapi.mongo.slots import compile_template
from queryleaf_dbapi.run.fill import PipelineFiller, Values, VirtualSource
from queryleaf_dbapi.run.session import Session

MEMORY = 256 << 20  # bytes of all rows of a recursion, as the client holds them
COMMAND_BYTES = 12 << 20  # of rows in one command; the server takes 16 MB in all
_OVERHEAD = 200  # bytes of a Python object that holds a small document
_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)

Rows = list[RawBSONDocument]


class RecursionRunner:
    """The recursions of a statement, made ready."""

    def __init__(self, recursions: Sequence[Recursion], virtual: VirtualSource) -> None:
        self._runs = [_Run(each, virtual) for each in recursions]

    def run(
        self, session: Session, inside: ClientSession, values: Values
    ) -> dict[int, Rows]:
        """The rows of each recursion. The whole takes no longer than one operation
        may: a recursion without end is stopped by the statement's timeout.

        Raises ProgramLimitExceeded for more rows than memory is allowed for.
        """
        found: dict[int, Rows] = {}
        with pymongo.timeout(session.client.options.timeout):
            for each in self._runs:
                found[each.recursion.key] = each.rows(session, inside, values, found)
        return found


class _Command:
    """A read command that gives raw documents."""

    def __init__(self, command: Aggregate, virtual: VirtualSource) -> None:
        self._command = command
        self._filler = PipelineFiller(command.stages, virtual)

    def documents(
        self,
        session: Session,
        inside: ClientSession,
        values: Values,
        working: Mapping[int, Rows],
    ) -> Iterator[RawBSONDocument]:
        database = session.database(self._command.database)
        source: Any = database.with_options(codec_options=_RAW)
        if self._command.collection is not None:
            source = source[self._command.collection]
        pipeline = self._filler.fill(values, working)
        yield from source.aggregate(pipeline, session=inside, allowDiskUse=True)


class _Run:
    """One recursion."""

    def __init__(self, recursion: Recursion, virtual: VirtualSource) -> None:
        self.recursion = recursion
        self._initial = _Command(recursion.initial, virtual)
        self._step = _Command(recursion.step, virtual)
        enough = recursion.enough
        self._wanted = compile_template([enough.count, enough.skip] if enough else [])
        self._passing: _Command | None = None
        if enough is not None and enough.passing is not None:
            self._passing = _Command(enough.passing, virtual)

    def rows(
        self,
        session: Session,
        inside: ClientSession,
        values: Values,
        others: Mapping[int, Rows],
    ) -> Rows:
        """All rows, round by round, or as many as the query will read."""
        kept = _Kept(self.recursion)
        key = self.recursion.key

        def counted(new: Rows) -> int:
            if self._passing is None:
                return len(new)
            return sum(
                int(found["n"])
                for part in parts(new)
                for found in self._passing.documents(
                    session, inside, values, {**others, key: part}
                )
            )

        wanted = sum(self._wanted(values)) if self.recursion.enough else None
        new = kept.take(self._initial.documents(session, inside, values, others))
        while new:
            if wanted is not None:
                wanted -= counted(new)
                if wanted <= 0:
                    break
            rounds = [
                self._step.documents(session, inside, values, {**others, key: part})
                for part in self._parts(new)
            ]
            new = kept.take(row for part in rounds for row in part)
        return kept.rows

    def _parts(self, rows: Rows) -> list[Rows]:
        if not self.recursion.step.per_row and not fits(rows):
            raise too_large(self.recursion.name, "in one round of its recursive term")
        return parts(rows)


class _Kept:
    """The rows so far; without ALL also which there were."""

    def __init__(self, recursion: Recursion) -> None:
        self.rows: Rows = []
        self._recursion = recursion
        self._bytes = 0
        self._seen: set[Hashable] | None = None if recursion.all else set()
        self._names = [f"c{index + 1}" for index in range(recursion.width)]

    def take(self, documents: Iterator[RawBSONDocument]) -> Rows:
        """Those of the documents that are new rows, and keep them."""
        new: Rows = []
        for document in documents:
            if self._seen is not None:
                row = tuple(identity(document.get(name)) for name in self._names)
                if row in self._seen:
                    continue
                self._seen.add(row)
                self._bytes += _OVERHEAD
            self._bytes += len(document.raw) + _OVERHEAD
            if self._bytes > MEMORY:
                raise ProgramLimitExceeded(
                    f'the recursive query "{self._recursion.name}" holds more than '
                    f"{MEMORY >> 20} MB of rows; bound its depth, or select fewer "
                    "columns"
                )
            new.append(document)
        self.rows += new
        return new


def identity(value: Any) -> Hashable:
    """A key that is equal for values SQL does not tell apart: numbers by their value,
    whatever their BSON type, NULL like NULL; True is no number."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, Decimal128):
        value = value.to_decimal()
    if isinstance(value, Mapping):
        return (
            "document",
            tuple((name, identity(each)) for name, each in value.items()),
        )
    if isinstance(value, list):
        return ("array", tuple(map(identity, value)))
    if value != value:
        return ("NaN",)
    if not isinstance(value, Hashable):
        raise DataError(f"a {type(value).__name__} cannot be compared in UNION")
    return value


def fits(rows: Rows) -> bool:
    """Whether one command holds the rows."""
    return sum(len(row.raw) + 12 for row in rows) <= COMMAND_BYTES


def parts(rows: Rows) -> list[Rows]:
    """The rows in pieces that one command holds."""
    found: list[Rows] = [[]]
    size = 0
    for row in rows:
        length = len(row.raw) + 12  # its index in the array is written too
        if size + length > COMMAND_BYTES and found[-1]:
            found.append([])
            size = 0
        found[-1].append(row)
        size += length
    return found


def in_pieces(
    command: Aggregate, working: dict[int, Rows]
) -> Iterator[dict[int, Rows]]:
    """The rows of the recursions as the query that follows reads them: in one
    command, or in several where that is the same."""
    if fits([row for rows in working.values() for row in rows]):
        yield working
        return
    if len(working) > 1 or not command.per_row:
        name = command.recursions[-1].name
        raise too_large(name, "for the query that reads them")
    ((key, rows),) = working.items()
    for part in parts(rows):
        yield {key: part}


def too_large(name: str, where: str) -> ProgramLimitExceeded:
    """The error for rows that must be in one command and do not fit."""
    return ProgramLimitExceeded(
        f'the recursive query "{name}" has more than {COMMAND_BYTES >> 20} MB of rows '
        f"{where}, where they must be in one command; filter or aggregate less at once"
    )
