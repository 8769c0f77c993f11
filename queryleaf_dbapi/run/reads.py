"""Running find and aggregate, and streaming what they give.

Outside a transaction a find without LIMIT uses an exhaust cursor: the server sends
the next batch while the client reads the last one (cookbook section 7).
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.command_cursor import CommandCursor
from pymongo.cursor import Cursor, CursorType

from queryleaf_dbapi.mongo.commands import (
    Aggregate,
    Find,
    OutputColumn,
    ReadCommand,
)
from queryleaf_dbapi.mongo.slots import compile_template
from queryleaf_dbapi.rows.decode import Decoder, Row
from queryleaf_dbapi.run.error_map import translated
from queryleaf_dbapi.run.fill import (
    Document,
    PipelineFiller,
    Values,
    VirtualSource,
    WorkingTables,
)
from queryleaf_dbapi.run.recursive import RecursionRunner, in_pieces
from queryleaf_dbapi.run.session import Session

ServerCursor = Cursor[Document] | CommandCursor[Document]


class Stream:
    """Documents of a running command: those already here, then the cursor's.
    `on_end` is called once, when the cursor is not needed any more."""

    __slots__ = ("_cursor", "_on_end", "_ready")

    def __init__(self, cursor: ServerCursor | None, ready: list[Document]) -> None:
        self._cursor = cursor
        self._ready = ready
        self._on_end: Callable[[], None] | None = None

    def then(self, on_end: Callable[[], None]) -> None:
        """Call this at the end: now, when there is no cursor."""
        self._on_end = on_end
        if self._cursor is None:
            self._end()

    def _end(self) -> None:
        self._cursor = None
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end()

    def take(self, count: int) -> list[Document]:
        """The next `count` documents, fewer at the end."""
        found, self._ready = self._ready[:count], self._ready[count:]
        if len(found) < count and self._cursor is not None:
            with translated():
                found += self._cursor.to_list(count - len(found))
            if len(found) < count:
                self._end()
        return found

    def take_all(self) -> list[Document]:
        """All remaining documents."""
        found, self._ready = self._ready, []
        cursor, self._cursor = self._cursor, None
        if cursor is None:
            return found
        try:
            with translated():
                rest = cursor.to_list()
        finally:
            self._end()
        return found + rest if found else rest

    def close(self) -> None:
        """Forget the rest; the server's cursor is closed."""
        self._ready = []
        cursor, self._cursor = self._cursor, None
        try:
            if cursor is not None:
                with translated():
                    cursor.close()
        finally:
            self._end()


def _started(cursor: ServerCursor) -> Stream:
    """Errors belong to execute(): the first batch is here when it returns."""
    first = cursor.to_list(1)
    return Stream(cursor if first else None, first)


class Reader:
    """A read command made ready: filled and run for each execution."""

    def __init__(
        self,
        command: ReadCommand,
        outputs: tuple[OutputColumn, ...],
        virtual: VirtualSource,
    ) -> None:
        self.command = command
        self._outputs = outputs
        self._when_empty: PipelineFiller | None = None
        self._recursions: RecursionRunner | None = None
        if isinstance(command, Find):
            template: Any = {
                "filter": command.filter,
                "skip": command.skip,
                "limit": command.limit,
                "projection": command.projection,
            }
            self._fill_find = compile_template(template)
        else:
            self._pipeline = PipelineFiller(command.stages, virtual)
            if command.when_empty is not None:
                self._when_empty = PipelineFiller(command.when_empty, virtual)
            if command.recursions:
                self._recursions = RecursionRunner(command.recursions, virtual)

    def filled(self, values: Values, working: WorkingTables | None = None) -> Any:
        """What the server is sent: the pipeline, or the parts of the find."""
        if isinstance(self.command, Find):
            return self._fill_find(values)
        return self._pipeline.fill(values, working or {})

    def open(self, session: Session, values: Values) -> Stream:
        """The documents, streamed; the command has been sent when this returns."""
        if isinstance(self.command, Find):
            filled = self.filled(values)
            return session.read(lambda s: self._find(session, s, filled))
        if self._recursions is not None:
            return session.read(lambda s: self._open_recursive(session, values))
        return session.read(lambda s: self._open_aggregate(session, s, values, {}))

    def _open_aggregate(
        self,
        session: Session,
        inside: ClientSession,
        values: Values,
        working: WorkingTables,
    ) -> Stream:
        filled = self.filled(values, working)
        stream = self._aggregate(session, inside, filled)
        if self._when_empty is None:
            return stream
        rows = stream.take(2)
        if not rows:
            nothing = self._when_empty.fill(values, working)
            found = self._aggregate(session, inside, nothing, True)
            rows = [self._nested(found.take(1)[0])]
        return Stream(None, rows)

    def _open_recursive(self, session: Session, values: Values) -> Stream:
        """The recursions first, then the command over their rows, all of one
        snapshot."""
        assert isinstance(self.command, Aggregate)
        assert self._recursions is not None
        inside = session.snapshot()
        own = inside is not session.session
        try:
            working = self._recursions.run(session, inside, values)
            pieces = in_pieces(self.command, working)
            first = self._open_aggregate(session, inside, values, next(pieces))
            for piece in pieces:
                more = self._open_aggregate(session, inside, values, piece)
                first = Stream(None, first.take_all() + more.take_all())
            if own:
                first.then(inside.end_session)
        except BaseException:
            if own:
                inside.end_session()
            raise
        return first

    def _find(
        self, session: Session, inside: ClientSession, filled: Document
    ) -> Stream:
        command = self.command
        assert isinstance(command, Find)
        limit = filled["limit"]
        if limit == 0:
            return Stream(None, [])
        exhaust = (
            limit is None
            and not session.in_transaction
            and not session.client.is_mongos
        )
        cursor = session.database(command.database)[command.collection].find(
            filled["filter"],
            filled["projection"],
            skip=filled["skip"] or 0,
            limit=limit or 0,
            sort=command.sort,
            session=inside,
            batch_size=0 if limit else session.options.batch_size,
            cursor_type=CursorType.EXHAUST if exhaust else CursorType.NON_TAILABLE,
        )
        return _started(cursor)

    def _aggregate(
        self,
        session: Session,
        inside: ClientSession,
        pipeline: list[Document],
        on_database: bool = False,
    ) -> Stream:
        command = self.command
        assert isinstance(command, Aggregate)
        database = session.database(command.database)
        source = database
        if command.collection is not None and not on_database:
            source = database[command.collection]  # type: ignore[assignment]
        return _started(
            source.aggregate(
                pipeline,
                session=inside,
                batchSize=session.options.batch_size,
                allowDiskUse=True,
            )
        )

    def _nested(self, document: Document) -> Document:
        """The row of no input, whose fields are e0, e1, ... by output, as the main
        pipeline would have shaped it."""
        shaped: Document = {}
        for index, column in enumerate(self._outputs):
            *parents, last = column.path
            place = shaped
            for name in parents:
                place = place.setdefault(name, {})
            place[last] = document.get(f"e{index}")
        return shaped


class ResultStream:
    """Rows of an open result: some at a time, or all."""

    def __init__(self, stream: Stream, decode: Decoder) -> None:
        self._stream = stream
        self._decode = decode
        self._rows: list[Row] = []  # read before their time, by buffer()

    def fetch(self, count: int) -> list[Row]:
        """The next `count` rows, fewer at the end."""
        found, self._rows = self._rows[:count], self._rows[count:]
        if len(found) < count:
            found += self._decode(self._stream.take(count - len(found)))
        return found

    def fetch_all(self) -> list[Row]:
        """All remaining rows. The collector is paused: a hundred thousand new
        tuples would make it walk the heap again and again."""
        was_enabled = gc.isenabled()
        if was_enabled:
            gc.disable()
        try:
            found = self._decode(self._stream.take_all())
        finally:
            if was_enabled:
                gc.enable()
        rows, self._rows = self._rows, []
        return rows + found if rows else found

    def buffer(self) -> None:
        """Read the rest into memory: the transaction it belongs to ends."""
        self._rows = self.fetch_all()

    def discard(self) -> None:
        """Forget the rest and close the server's cursor."""
        self._rows = []
        self._stream.close()
