"""EXPLAIN: the same stages, printed: plan, exact command, the server's own plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from queryleaf_dbapi.compile import Statement, parse_statement
from queryleaf_dbapi.errors import FeatureNotSupported, ProgrammingError
from queryleaf_dbapi.execution import Prepared
from queryleaf_dbapi.mongo.show import show_plan
from queryleaf_dbapi.plan.show import show
from queryleaf_dbapi.run.explain import ServerPlan, explain_reader
from queryleaf_dbapi.sql.parse import ExplainStatement, SessionCommand
from queryleaf_dbapi.statements.shown import Shown, shown

if TYPE_CHECKING:
    from queryleaf_dbapi.connection import Connection


def _prepare(
    connection: Connection, sql: str, values: tuple[Any, ...], numbered: bool
) -> Prepared:
    statement = parse_statement(sql, numbered)
    if isinstance(statement.tree, SessionCommand | ExplainStatement):
        raise ProgrammingError("EXPLAIN takes a query or a change of data")
    prepared = connection.compile(statement, values)
    if prepared.is_schema:
        raise FeatureNotSupported("EXPLAIN of a schema statement is not supported")
    return prepared


def plan_text(
    connection: Connection, sql: str, parameters: tuple[Any, ...] | None = None
) -> str:
    """The plan of a statement, as EXPLAIN prints it."""
    prepared = _prepare(connection, sql, parameters or (), parameters is not None)
    assert prepared.compiled.plan is not None
    return show(prepared.compiled.plan)


def mongo_text(
    connection: Connection, sql: str, parameters: tuple[Any, ...] | None = None
) -> str:
    """The commands of a statement, as EXPLAIN prints them."""
    prepared = _prepare(connection, sql, parameters or (), parameters is not None)
    assert prepared.compiled.mongo is not None
    return show_plan(prepared.compiled.mongo)


def explain_rows(
    connection: Connection,
    statement: Statement,
    explain: ExplainStatement,
    values: tuple[Any, ...],
) -> Shown:
    """The rows of EXPLAIN [(ANALYZE)]: one line of text each."""
    if "JSON" in explain.options:
        raise FeatureNotSupported("EXPLAIN (FORMAT JSON) is not supported")
    # the placeholders are numbered again in the inner text: same order, same values
    inner = statement.sql[_inner_offset(statement, explain) :]
    prepared = _prepare(connection, inner, values, statement.numbered is not None)
    compiled = prepared.compiled
    assert compiled.plan is not None
    assert compiled.mongo is not None
    lines = ["Plan", *_indented(show(compiled.plan))]
    lines += ["MongoDB", *_indented(show_plan(compiled.mongo))]
    lines += [f"  note: {note}" for note in compiled.mongo.notes]
    if prepared.reader is not None:
        analyze = "ANALYZE" in explain.options
        complete = prepared.imagined(values)
        server = explain_reader(prepared.reader, connection.session, complete, analyze)
        lines += ["Server", *_indented("\n".join(_server_lines(server, analyze)))]
    return shown(("QUERY PLAN",), [(line,) for line in lines])


def _inner_offset(statement: Statement, explain: ExplainStatement) -> int:
    if statement.numbered is None:
        return explain.offset
    return statement.numbered.original_offset(explain.offset)


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]


def _server_lines(server: ServerPlan, analyze: bool) -> list[str]:
    lines = [f"{server.stages or 'no plan reported'}"]
    lines += [f"index {name}: {bounds}" for name, bounds in server.indexes]
    if analyze:
        lines.append(
            f"{server.returned} rows, {server.keys} keys and {server.documents} "
            f"documents examined, {server.milliseconds} ms"
        )
    return lines
