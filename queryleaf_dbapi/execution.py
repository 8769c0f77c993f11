"""A compiled statement made ready to run: readers, writers and the row decoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from queryleaf_dbapi.catalog.changes import SchemaChange
from queryleaf_dbapi.catalog.violation import (
    DOCUMENT_FAILED_VALIDATION,
    violation_error,
)
from queryleaf_dbapi.compile import Compiled
from queryleaf_dbapi.errors import Error, InternalError, ProgramLimitExceeded
from queryleaf_dbapi.mongo.commands import (
    Aggregate,
    DeleteRows,
    Find,
    InsertRows,
    MergeRows,
    OutputColumn,
    UpdateRows,
)
from queryleaf_dbapi.plan.merge import Merge
from queryleaf_dbapi.plan.relations import Delete, Insert, Update
from queryleaf_dbapi.rows.decode import Decoder, build_decoder
from queryleaf_dbapi.run.client_values import with_client_values
from queryleaf_dbapi.run.error_map import validation_details
from queryleaf_dbapi.run.fill import VirtualSource
from queryleaf_dbapi.run.insert import Inserter
from queryleaf_dbapi.run.merge import Merger
from queryleaf_dbapi.run.reads import Reader
from queryleaf_dbapi.run.session import Session
from queryleaf_dbapi.run.update import Deleter, Updater
from queryleaf_dbapi.run.written import WriteResult
from queryleaf_dbapi.types import SqlType

Description = tuple[tuple[str, SqlType, None, None, int | None, int | None, bool], ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a cursor runs; one per (text, parameter types, in a transaction)."""

    compiled: Compiled
    outputs: tuple[OutputColumn, ...]
    description: Description | None
    decode: Decoder | None
    reader: Reader | None = None
    writer: Inserter | Updater | Deleter | Merger | None = None
    change: SchemaChange | None = None
    is_schema: bool = False

    def write(self, session: Session, sets: list[tuple[Any, ...]]) -> WriteResult:
        """Run the change; an INSERT takes all sets of parameters at once."""
        sets = self.completed(session, sets)
        writer = self.writer
        if isinstance(writer, Inserter):
            return writer.run(session, sets)
        assert writer is not None
        return writer.run(session, sets[0])

    def completed(
        self, session: Session, sets: list[tuple[Any, ...]]
    ) -> list[tuple[Any, ...]]:
        """The sets of parameters with what the client makes for each of them."""
        made = self.compiled.client_values
        return with_client_values(made, session, sets) if made else sets

    def imagined(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """The parameters with something in the place of what the client makes:
        EXPLAIN takes no number of a sequence."""
        made = self.compiled.client_values
        uuid_or_zero = (
            UUID(int=0) if each.kind == "gen_random_uuid" else 0 for each in made
        )
        return (*values, *uuid_or_zero)

    def refined(self, error: Error) -> Error:
        """What a validator refused, named as the table's declaration names it."""
        if error.server_code != DOCUMENT_FAILED_VALIDATION:
            return error
        details = validation_details(error.__cause__)
        if details is None:
            return error
        plan = self.compiled.plan
        assert isinstance(plan, Insert | Update | Delete | Merge)
        return violation_error(plan.target.collection, details)


def describe(outputs: Sequence[OutputColumn]) -> Description:
    """PEP 249's seven items per column."""
    described = []
    for column in outputs:
        precision, scale = (*column.type.parameters, None, None)[:2]
        described.append(
            (column.name, column.type, None, None, precision, scale, column.nullable)
        )
    return tuple(described)


def prepare(compiled: Compiled, virtual: VirtualSource) -> Prepared:
    """Make a compiled statement ready.

    Raises ProgramLimitExceeded for commands nested deeper than Python recurses.
    """
    try:
        return _prepare(compiled, virtual)
    except RecursionError:
        raise ProgramLimitExceeded(
            "the statement nests too deeply; flatten its expressions"
        ) from None


def _prepare(compiled: Compiled, virtual: VirtualSource) -> Prepared:
    mongo = compiled.mongo
    if mongo is None:
        return Prepared(
            compiled, (), None, None, change=compiled.change, is_schema=True
        )
    if compiled.change is not None:
        filling = Reader(mongo.command, (), virtual)
        change = compiled.change
        return Prepared(compiled, (), None, None, filling, None, change, True)
    outputs = mongo.outputs
    has_rows = bool(outputs) or isinstance(mongo.command, Find | Aggregate)
    description = describe(outputs) if has_rows else None
    decode = build_decoder(outputs) if has_rows else None
    command: Any = mongo.command
    match command:
        case Find() | Aggregate():
            reader = Reader(command, outputs, virtual)
            return Prepared(compiled, outputs, description, decode, reader=reader)
        case InsertRows():
            writer: Any = Inserter(command, mongo.returning, virtual)
        case UpdateRows():
            writer = Updater(command, mongo.returning, virtual)
        case DeleteRows():
            writer = Deleter(command, mongo.returning, virtual)
        case MergeRows():
            writer = Merger(command, virtual)
        case _:
            raise InternalError(f"no execution of {type(command).__name__}")
    return Prepared(compiled, outputs, description, decode, writer=writer)
