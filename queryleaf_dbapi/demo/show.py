"""Run the demo's queries and print statement, rows, time, and plan if wanted."""

from __future__ import annotations

import re
import textwrap
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from queryleaf_dbapi import Connection
from queryleaf_dbapi.demo.queries import BY_DRIVER, BY_PANDAS, Query
from queryleaf_dbapi.shell import format_table

_CELL = 60  # characters shown of a value
_MISSING = "left out: {} is not installed (pip install {})"


class Show:
    """The running demo: which query is next, and how much is printed."""

    def __init__(self, connection: Connection, *, show_plan: bool) -> None:
        self._connection = connection
        self._show_plan = show_plan
        self._number = 0

    def run_driver(self) -> None:
        """The queries of plain DB-API."""
        for query in BY_DRIVER:
            self._head("the driver, queryleaf_dbapi", query.title, query.sql)
            began = time.perf_counter()
            cursor = self._connection.execute(query.sql, query.parameters)
            rows = cursor.fetchall()
            seconds = time.perf_counter() - began
            assert cursor.description is not None
            names = [column[0] for column in cursor.description]
            self._result(names, rows, seconds, query)

    def run_orm(self, directory: Path) -> None:
        """The queries of SQLAlchemy's ORM."""
        from sqlalchemy import event
        from sqlalchemy.orm import Session

        from queryleaf_dbapi.demo import orm

        engine = orm.connect_engine(directory)
        sent: list[Query] = []

        @event.listens_for(engine, "before_cursor_execute")
        def remember(*call: Any) -> None:
            _connection, _cursor, sql, parameters, _context, _many = call
            sent.append(Query("", _unwrapped(sql), parameters or None))

        def flights(session: Session) -> list[tuple[Any, ...]]:
            found = session.scalars(orm.longest_delays()).all()
            return [orm.flight_row(each) for each in found]

        def airlines(session: Session) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in session.execute(orm.delay_by_airline())]

        try:
            with Session(engine) as session:
                session.connection()  # the dialect's own first questions are not timed
                for title, columns, fetch in (
                    (orm.LONGEST_TITLE, orm.FLIGHT_COLUMNS, flights),
                    (orm.BY_AIRLINE_TITLE, orm.AIRLINE_COLUMNS, airlines),
                ):
                    sent.clear()
                    began = time.perf_counter()
                    rows = fetch(session)
                    seconds = time.perf_counter() - began
                    texts = [query.sql for query in sent]
                    self._head("SQLAlchemy's ORM", title, "\n\n".join(texts))
                    self._result(columns, rows, seconds, *sent)
        finally:
            engine.dispose()

    def run_pandas(self, directory: Path) -> None:
        """The queries of pandas.read_sql, over the engine."""
        try:
            import pandas
        except ImportError:
            print("\n" + _MISSING.format("pandas", "pandas"))
            return
        from queryleaf_dbapi.demo import orm

        engine = orm.connect_engine(directory)
        try:
            with engine.connect() as connection:
                for query in BY_PANDAS:
                    self._head("pandas.read_sql", query.title, query.sql)
                    began = time.perf_counter()
                    frame = pandas.read_sql(query.sql, connection)
                    seconds = time.perf_counter() - began
                    print(frame.to_string(index=False))
                    self._end(seconds, query)
        finally:
            engine.dispose()

    def _head(self, way: str, title: str, sql: str) -> None:
        self._number += 1
        print(f"\n--- {self._number} of 6, by {way}")
        print(textwrap.fill(title, 78))
        print(f"\n{textwrap.indent(sql.strip(), '    ')}\n")

    def _result(
        self,
        names: Sequence[str],
        rows: Iterable[Sequence[Any]],
        seconds: float,
        *queries: Query,
    ) -> None:
        for line in format_table(names, rows, _CELL):
            print(line)
        self._end(seconds, *queries)

    def _end(self, seconds: float, *queries: Query) -> None:
        print(f"in {seconds * 1000:,.1f} ms")
        for query in queries if self._show_plan else ():
            explained = self._connection.execute(
                f"EXPLAIN {query.sql}", query.parameters
            )
            print("\n".join(["", *(f"    {line}" for (line,) in explained)]))


def _unwrapped(sql: str) -> str:
    """A statement of the ORM, a clause to a line and no line too long."""
    clauses = re.sub(r"\s+(FROM|WHERE|GROUP|HAVING|ORDER|LIMIT)\b", r"\n\1", sql)
    return "\n".join(
        textwrap.fill(line, 74, subsequent_indent="  ", break_long_words=False)
        for line in clauses.splitlines()
    )
