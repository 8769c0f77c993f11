"""SQL text -> something that can be run: every stage, on one page.

    text ── number_placeholders ── parse ── bind ── check, rewrite ── lower ──► MongoPlan

The result depends on the text, on the Python types of the parameters (NULL is a
type of its own: `a = NULL` is another plan than `a = 5`) and on whether a
transaction is open; connections cache it by those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from queryleaf_dbapi.bind.binder import Binder, CatalogLike, Place
from queryleaf_dbapi.bind.expressions import bind_condition, bind_expression
from queryleaf_dbapi.bind.query import bind_query
from queryleaf_dbapi.bind.schema_statements import bind_schema_statement
from queryleaf_dbapi.bind.scope import Scope
from queryleaf_dbapi.bind.assignment import assign
from queryleaf_dbapi.bind.writes import bind_delete, bind_insert, bind_update
from queryleaf_dbapi.catalog.catalog import Collection, Field
from queryleaf_dbapi.catalog.changes import SchemaChange
from queryleaf_dbapi.errors import Error, Position
from queryleaf_dbapi.functions.operators import not_
from queryleaf_dbapi.lower.context import Context, start_numbering
from queryleaf_dbapi.lower.expression import lower_value
from queryleaf_dbapi.lower.pipeline import Pipeline, path_expression
from queryleaf_dbapi.lower.predicates import false_form
from queryleaf_dbapi.lower.schema import lower_schema_statement
from queryleaf_dbapi.lower.schema_validator import ExpressionCompiler
from queryleaf_dbapi.lower.statements import lower_query
from queryleaf_dbapi.lower.writes import lower_delete, lower_insert, lower_update
from queryleaf_dbapi.mongo.commands import MongoPlan
from queryleaf_dbapi.plan.relations import Delete, Insert, Relation, Update
from queryleaf_dbapi.rewrite import rewrite
from queryleaf_dbapi.sql.parameters import NumberedSql, number_placeholders
from queryleaf_dbapi.sql.parse import ExplainStatement, SessionCommand, parse


@dataclass(frozen=True, slots=True)
class Statement:
    """A parsed statement: what depends on its text alone."""

    sql: str
    numbered: NumberedSql | None
    tree: exp.Expression | SessionCommand | ExplainStatement

    @property
    def text(self) -> str:
        """The text the tree's positions refer to."""
        return self.numbered.text if self.numbered is not None else self.sql


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement ready to run: its plan and commands, or its schema change."""

    statement: Statement
    plan: Relation | None
    mongo: MongoPlan | None = None
    change: SchemaChange | None = None


def parse_statement(sql: str, has_parameters: bool) -> Statement:
    """Number the placeholders and parse."""
    numbered = number_placeholders(sql) if has_parameters else None
    try:
        tree = parse(numbered.text if numbered is not None else sql)
    except Error as error:
        raise _placed(error, sql, numbered) from error.__cause__
    return Statement(sql, numbered, tree)


def _placed(error: Error, sql: str, numbered: NumberedSql | None) -> Error:
    """The error with its place in the text as the user wrote it."""
    if error.position is not None and numbered is not None:
        if error.position.sql == numbered.text:
            offset = numbered.original_offset(error.position.offset)
            error.position = Position(sql, offset)
    return error


def compile_statement(
    statement: Statement,
    parameter_types: tuple[type, ...],
    catalog: CatalogLike,
    database: str,
    in_transaction: bool,
) -> Compiled:
    """Bind, rewrite and lower a parsed statement.

    Raises what binding and lowering raise, with the place in the text.
    """
    tree = statement.tree
    assert isinstance(tree, exp.Expression)
    try:
        if isinstance(
            tree, exp.Create | exp.Drop | exp.Alter | exp.Comment | exp.TruncateTable
        ):
            return _compile_schema(statement, tree, catalog, database)
        plan = bind_plan(statement, parameter_types, catalog, database)
        plan = rewrite(plan)
        return Compiled(statement, plan, lower_plan(plan, database, in_transaction))
    except Error as error:
        raise _placed(error, statement.sql, statement.numbered) from error.__cause__


def bind_plan(
    statement: Statement,
    parameter_types: tuple[type, ...],
    catalog: CatalogLike,
    database: str,
) -> Relation:
    """The bound plan of a query or a data change."""
    binder = Binder(statement.text, catalog, database, parameter_types)
    tree = statement.tree
    if isinstance(tree, exp.Insert):
        return binder.finish(bind_insert(binder, tree))
    if isinstance(tree, exp.Update):
        return binder.finish(bind_update(binder, tree))
    if isinstance(tree, exp.Delete):
        return binder.finish(bind_delete(binder, tree))
    assert isinstance(tree, exp.Expression)
    return binder.finish(bind_query(binder, tree))


def lower_plan(plan: Relation, database: str, in_transaction: bool) -> MongoPlan:
    """The commands of a plan."""
    match plan:
        case Insert():
            return lower_insert(plan, database, in_transaction)
        case Update():
            return lower_update(plan, in_transaction)
        case Delete():
            return lower_delete(plan, in_transaction)
        case _:
            return lower_query(plan, database, in_transaction)


def _compile_schema(
    statement: Statement, tree: exp.Expression, catalog: CatalogLike, database: str
) -> Compiled:
    bound = bind_schema_statement(tree, statement.text, catalog, database)
    compiler = ExpressionCompiler(check=compile_check, default=compile_default)
    return Compiled(statement, None, change=lower_schema_statement(bound, compiler))


class _NoCatalog:
    """CHECK and DEFAULT see no tables: subqueries in them find nothing."""

    def collection(self, name: str, database: str | None = None) -> None:
        """No table."""

    def names(self) -> list[str]:
        """No tables."""
        return []


def _expression_of(sql: str) -> exp.Expression:
    tree = parse(f"SELECT {sql}")
    assert isinstance(tree, exp.Select)
    return tree.expressions[0]


def compile_check(table: Collection, sql: str) -> Any:
    """CHECK (sql) as an expression over a document: true unless it is FALSE."""
    start_numbering()
    binder = Binder(f"SELECT {sql}", _NoCatalog(), table.database, ())
    scan = binder.open_scan(table, table.name)
    place = Place(Scope([scan]), "CHECK")
    condition = bind_condition(binder, place, _expression_of(sql))
    pipeline = Pipeline(table.database, table.name)
    for column, path in scan.scan().fields:
        pipeline.layout[column.id] = path_expression(path)
    return not_.body(false_form(Context(pipeline), condition))


def compile_default(table: Collection, field: Field) -> Any:
    """The DEFAULT of a field as an expression, in the field's type."""
    start_numbering()
    assert field.default is not None
    binder = Binder(f"SELECT {field.default}", _NoCatalog(), table.database, ())
    place = Place(Scope(), "DEFAULT")
    value = bind_expression(binder, place, _expression_of(field.default))
    pipeline = Pipeline(table.database, table.name)
    return lower_value(Context(pipeline), assign(value, field, None))
