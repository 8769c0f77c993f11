"""Cursor: execute a statement, fetch its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from queryleaf_dbapi.catalog.changes import TableCreation
from queryleaf_dbapi.errors import (
    Error,
    InterfaceError,
    NotSupportedError,
    ProgramLimitExceeded,
    ProgrammingError,
)
from queryleaf_dbapi.execution import Description, Prepared
from queryleaf_dbapi.plan.relations import Insert
from queryleaf_dbapi.rows.decode import Row
from queryleaf_dbapi.run.create_table_as import create_table_as
from queryleaf_dbapi.run.insert import Inserter
from queryleaf_dbapi.run.reads import ResultStream, Stream
from queryleaf_dbapi.run.schema import execute_schema_change
from queryleaf_dbapi.sql.parameters import arrange_values
from queryleaf_dbapi.sql.parse import ExplainStatement, SessionCommand

if TYPE_CHECKING:
    from queryleaf_dbapi.compile import Statement
    from queryleaf_dbapi.connection import Connection

Parameters = Sequence[Any] | Mapping[str, Any] | None


class Cursor:
    """A PEP 249 cursor; rows are tuples and are streamed from the server."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.arraysize = 1
        self.rowcount = -1
        self.lastrowid: Any = None
        self.rownumber: int | None = None
        self.description: Description | None = None
        self._result: ResultStream | None = None
        self._closed = False

    def _check_open(self) -> None:
        if self._closed:
            raise InterfaceError("the cursor is closed")
        if self.connection.closed:
            raise InterfaceError("the connection is closed")

    def _reset(self) -> None:
        if self._result is not None:
            self._result.discard()
            self._result = None
        self.rowcount = -1
        self.lastrowid = None
        self.rownumber = None
        self.description = None

    def execute(self, operation: str, parameters: Parameters = None) -> Cursor:
        """Run one statement. `%s` and `%(name)s` are filled from `parameters`;
        without parameters a `%` is an ordinary character.

        Raises the errors of `queryleaf_dbapi.errors`; nothing is changed then.
        """
        self._check_open()
        with self.connection.lock:
            self._reset()
            lifted = self.connection.lifted(operation, parameters)
            if lifted is not None:
                self._run(*lifted)
                return self
            statement = self.connection.statement(operation, parameters is not None)
            values = _values(statement, parameters)
            if isinstance(statement.tree, SessionCommand):
                self._run_session_command(statement.tree)
            elif isinstance(statement.tree, ExplainStatement):
                self._explain(statement, statement.tree, values)
            else:
                prepared = self.connection.prepared(statement, values)
                self._run(prepared, values)
        return self

    def executemany(
        self, operation: str, seq_of_parameters: Iterable[Parameters]
    ) -> Cursor:
        """Run a statement once per set of parameters; an INSERT of rows goes to
        the server in batches."""
        self._check_open()
        with self.connection.lock:
            self._reset()
            statement = self.connection.statement(operation, True)
            sets = [_values(statement, each) for each in seq_of_parameters]
            if not sets:
                self.rowcount = 0
                return self
            if isinstance(statement.tree, SessionCommand | ExplainStatement):
                raise ProgrammingError("executemany() takes INSERT, UPDATE or DELETE")
            prepared = self.connection.prepared(statement, _typed(sets))
            if prepared.reader is not None:
                raise ProgrammingError(
                    "executemany() takes no statement that returns rows"
                )
            if isinstance(prepared.writer, Inserter):
                self._write(prepared, sets)
            else:
                self._each(statement, sets)
        return self

    def _each(self, statement: Statement, sets: list[tuple[Any, ...]]) -> None:
        total = 0
        for values in sets:
            self._run(self.connection.prepared(statement, values), values)
            total += max(self.rowcount, 0)
        self.rowcount = total

    def _run(self, prepared: Prepared, values: tuple[Any, ...]) -> None:
        session = self.connection.session
        if prepared.is_schema:
            session.commit()  # a schema statement ends the transaction, as in MySQL
            catalog, change = self.connection.catalog, prepared.change
            if prepared.reader is None:
                execute_schema_change(catalog, change)
                return
            assert isinstance(change, TableCreation)
            complete = prepared.completed(session, [values])[0]
            filling = prepared.reader
            self.rowcount = create_table_as(catalog, session, change, filling, complete)
            return
        if prepared.reader is None:
            self._write(prepared, [values])
            return
        complete = prepared.completed(session, [values])[0]
        try:
            stream = prepared.reader.open(session, complete)
        except ProgramLimitExceeded:
            other = self._other_plan(prepared, values, complete)
            if other is None:
                raise
            prepared, stream = other
        assert prepared.decode is not None
        self.description = prepared.description
        self._set_result(ResultStream(stream, prepared.decode))

    def _other_plan(
        self,
        prepared: Prepared,
        values: tuple[Any, ...],
        complete: tuple[Any, ...],
    ) -> tuple[Prepared, Stream] | None:
        """The statement run by slower forms that keep no many rows in one document.
        None in a transaction, which the error ended, and where nothing changes."""
        if self.connection.in_transaction:
            return None
        statement = prepared.compiled.statement
        careful = self.connection.prepared(statement, values, careful=True)
        if careful.compiled.mongo == prepared.compiled.mongo:
            return None
        assert careful.reader is not None
        return careful, careful.reader.open(self.connection.session, complete)

    def _set_result(self, result: ResultStream) -> None:
        self._result = result
        self.rownumber = 0
        self.connection.session.keep(result)

    def _write(self, prepared: Prepared, sets: list[tuple[Any, ...]]) -> None:
        session = self.connection.session
        try:
            result = prepared.write(session, sets)
        except Error as error:
            raise prepared.refined(error) from error.__cause__
        self.rowcount = result.rowcount
        self.lastrowid = result.lastrowid
        plan = prepared.compiled.plan
        if isinstance(plan, Insert) and result.rowcount > 0:
            collection = plan.target.collection
            self.connection.catalog.wrote(
                collection.database, collection.name, result.rowcount
            )
        if prepared.decode is not None and result.returned is not None:
            self.description = prepared.description
            self._set_result(ResultStream(result.returned, prepared.decode))

    def _run_session_command(self, command: SessionCommand) -> None:
        from queryleaf_dbapi.statements.session import run_session_command

        rows = run_session_command(self.connection, command)
        if rows is not None:
            self._show(rows)

    def _explain(
        self, statement: Statement, explain: ExplainStatement, values: tuple[Any, ...]
    ) -> None:
        from queryleaf_dbapi.explain import explain_rows

        self._show(explain_rows(self.connection, statement, explain, values))

    def _show(self, result: Any) -> None:
        self.description = result.description
        self._set_result(result.stream)
        self.rowcount = result.count

    def _rows(self) -> ResultStream:
        self._check_open()
        if self._result is None:
            raise ProgrammingError("there are no rows: the statement was no query")
        return self._result

    def fetchone(self) -> Row | None:
        """The next row, or None at the end."""
        rows = self._rows().fetch(1)
        if not rows:
            return None
        self._advance(1)
        return rows[0]

    def fetchmany(self, size: int | None = None) -> list[Row]:
        """The next `size` rows (by default `arraysize`), fewer at the end."""
        rows = self._rows().fetch(self.arraysize if size is None else size)
        self._advance(len(rows))
        return rows

    def fetchall(self) -> list[Row]:
        """All remaining rows."""
        rows = self._rows().fetch_all()
        self._advance(len(rows))
        if self.rowcount < 0:
            self.rowcount = self.rownumber or 0
        return rows

    def _advance(self, count: int) -> None:
        self.rownumber = (self.rownumber or 0) + count

    def __iter__(self) -> Iterator[Row]:
        while rows := self._rows().fetch(max(self.arraysize, 100)):
            self._advance(len(rows))
            yield from rows

    def __next__(self) -> Row:
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row

    def next(self) -> Row:
        """The next row; StopIteration at the end."""
        return self.__next__()

    def close(self) -> None:
        """Free the cursor; only `rowcount` and `description` can be read afterwards."""
        if self._result is not None and not self.connection.closed:
            self._result.discard()
        self._closed = True
        self._result = None

    def __enter__(self) -> Cursor:
        self._check_open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def setinputsizes(self, sizes: Any) -> None:
        """Does nothing: sizes are not needed (PEP 249 allows that)."""

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        """Does nothing: sizes are not needed (PEP 249 allows that)."""

    def callproc(self, procname: str, parameters: Any = None) -> NoReturn:
        """NotSupportedError: the server has no stored procedures."""
        self._check_open()
        raise NotSupportedError("MongoDB has no stored procedures")

    def nextset(self) -> NoReturn:
        """NotSupportedError: a statement has one result."""
        self._check_open()
        raise NotSupportedError("a statement has one result set")


def _values(statement: Statement, parameters: Parameters) -> tuple[Any, ...]:
    if statement.numbered is None or parameters is None:
        return ()
    return arrange_values(statement.numbered, parameters)


def _typed(sets: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """One value per parameter that shows its type: the first that is not NULL."""
    first = sets[0]
    if None not in first:
        return first
    return tuple(
        next((row[i] for row in sets if row[i] is not None), None)
        for i in range(len(first))
    )
