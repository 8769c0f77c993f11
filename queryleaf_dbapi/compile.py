"""SQL text -> something that can be run: every stage, on one page.

    text ── number_placeholders ── parse ── bind ── rewrite ── lower ──► MongoPlan

The result depends on the text, on the Python types of the parameters (NULL is a
type of its own: `a = NULL` is another plan than `a = 5`) and on whether it will run
inside a transaction; connections cache it by those.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

from queryleaf_dbapi.bind.binder import CatalogLike
from queryleaf_dbapi.bind.statement import (
    bind_check,
    bind_conversion,
    bind_default,
    bind_generated,
    bind_statement,
)
from queryleaf_dbapi.catalog.catalog import Collection, Field
from queryleaf_dbapi.catalog.changes import SchemaChange
from queryleaf_dbapi.catalog.generated import Generated
from queryleaf_dbapi.catalog.references import references_of
from queryleaf_dbapi.errors import Error, Position, ProgramLimitExceeded
from queryleaf_dbapi.functions.operators import not_
from queryleaf_dbapi.lower.context import Context, start_numbering
from queryleaf_dbapi.lower.create_table_as import lower_filling
from queryleaf_dbapi.lower.expression import lower_value
from queryleaf_dbapi.lower.insert import lower_insert
from queryleaf_dbapi.lower.merge import lower_merge
from queryleaf_dbapi.lower.pipeline import Pipeline, as_field, path_expression
from queryleaf_dbapi.lower.predicates import false_form
from queryleaf_dbapi.lower.recursions import with_recursions
from queryleaf_dbapi.lower.schema import lower_schema_statement
from queryleaf_dbapi.lower.schema_validator import ExpressionCompiler
from queryleaf_dbapi.lower.statements import lower_query
from queryleaf_dbapi.lower.update import lower_delete, lower_update
from queryleaf_dbapi.mongo.commands import MongoPlan, Target
from queryleaf_dbapi.plan.check import check_plan
from queryleaf_dbapi.plan.client_values import ClientValue
from queryleaf_dbapi.plan.merge import Merge
from queryleaf_dbapi.plan.relations import Delete, Insert, Relation, Update
from queryleaf_dbapi.plan.schema_statements import CreateTableAs, CreateView
from queryleaf_dbapi.rewrite import rewrite
from queryleaf_dbapi.sql.parameters import NumberedSql, number_placeholders
from queryleaf_dbapi.sql.parse import (
    ExplainStatement,
    Parsed,
    SessionCommand,
    parse,
)
from queryleaf_dbapi.types import SqlType

# a tenth of the compile time: on in the tests, and for whoever hunts a bug of ours
_CHECKS_PLANS = bool(os.environ.get("QUERYLEAF_CHECK_PLANS"))


@dataclass(frozen=True, slots=True)
class Statement:
    """A parsed statement: what depends on its text alone."""

    sql: str
    numbered: NumberedSql | None
    tree: Parsed
    # of the literals that became parameters, behind the given ones (lifting.py)
    literal_types: tuple[SqlType, ...] = ()

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
    client_values: tuple[ClientValue, ...] = ()


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
    position = error.position
    if numbered is not None and position is not None and position.sql == numbered.text:
        error.position = Position(sql, numbered.original_offset(position.offset))
    return error


def compile_statement(
    statement: Statement,
    parameter_types: tuple[type | SqlType, ...],
    catalog: CatalogLike,
    database: str,
    in_transaction: bool,
    foreign_keys: bool = True,
) -> Compiled:
    """Bind, rewrite and lower a parsed statement; a data change gets the foreign
    keys it has to respect with it.

    Raises what binding and lowering raise, with the place in the text.
    """
    tree = statement.tree
    assert not isinstance(tree, SessionCommand | ExplainStatement)
    try:
        made: list[ClientValue] = []
        bound = bind_statement(
            tree, statement.text, catalog, database, parameter_types, made
        )
        if not isinstance(bound, Relation):
            filling = None
            if isinstance(bound, CreateTableAs):
                bound = replace(bound, relation=rewrite(bound.relation))
                filling = MongoPlan(lower_filling(bound, database))
                bound = bound.creation
            if isinstance(bound, CreateView):
                bound = replace(bound, relation=rewrite(bound.relation))
            compiler = ExpressionCompiler(
                check=compile_check,
                default=compile_default,
                convert=compile_conversion,
                generated=compile_generated,
            )
            change = lower_schema_statement(bound, compiler)
            return Compiled(statement, None, filling, change, tuple(made))
        if _CHECKS_PLANS:
            check_plan(bound)
        plan = rewrite(bound)
        mongo = lower_plan(plan, database, in_transaction)
        mongo = _with_rules(mongo, catalog, foreign_keys)
        writes = isinstance(plan, Insert | Update | Delete | Merge)
        inside = in_transaction or writes
        mongo = with_recursions(mongo, plan, database, inside)
        return Compiled(statement, plan, mongo, client_values=tuple(made))
    except Error as error:
        raise _placed(error, statement.sql, statement.numbered) from error.__cause__
    except RecursionError:
        raise ProgramLimitExceeded(
            "the statement nests too deeply; flatten its expressions"
        ) from None


def _with_rules(
    mongo: MongoPlan, catalog: CatalogLike, foreign_keys: bool
) -> MongoPlan:
    """The commands of a data change with the foreign keys and the generated columns
    of what it writes."""
    target = getattr(mongo.command, "target", None)
    if not isinstance(target, Target):
        return mongo
    table = catalog.collection(target.collection, target.database)
    if table is None:
        return mongo
    references = None
    if foreign_keys:
        references = references_of(
            table, catalog.collection, compile_default, generated_columns
        )
    generated = generated_columns(table)
    if references is None and generated is None:
        return mongo
    ruled = replace(target, references=references, generated=generated)
    return replace(mongo, command=replace(mongo.command, target=ruled))


def lower_plan(plan: Relation, database: str, in_transaction: bool) -> MongoPlan:
    """The commands of a plan."""
    match plan:
        case Insert():
            return lower_insert(plan, database)
        case Update():
            return lower_update(plan)
        case Delete():
            return lower_delete(plan)
        case Merge():
            return lower_merge(plan, database)
        case _:
            return lower_query(plan, database, in_transaction)


def compile_check(table: Collection, sql: str) -> Any:
    """CHECK (sql) as an expression over a document: true unless it is FALSE."""
    start_numbering()
    condition, scan = bind_check(table, sql)
    pipeline = Pipeline(table.database, table.name)
    pipeline.layout = {c.id: path_expression(path) for c, path in scan.fields}
    return not_.body(false_form(Context(pipeline), condition))


def compile_default(table: Collection, field: Field) -> Any:
    """The DEFAULT of a field as an expression, in the field's type."""
    start_numbering()
    pipeline = Pipeline(table.database, table.name)
    return lower_value(Context(pipeline), bind_default(table, field))


def compile_conversion(table: Collection, field: Field, using: str | None) -> Any:
    """The value a column of a new type gets: USING, or the old one converted."""
    start_numbering()
    value, scan = bind_conversion(table, field, using)
    pipeline = Pipeline(table.database, table.name)
    pipeline.layout = {c.id: path_expression(path) for c, path in scan.fields}
    return lower_value(Context(pipeline), value)


def compile_generated(table: Collection, field: Field) -> Any:
    """The value of a generated column, over a document."""
    start_numbering()
    value, scan = bind_generated(table, field)
    pipeline = Pipeline(table.database, table.name)
    pipeline.layout = {c.id: path_expression(path) for c, path in scan.fields}
    # a NULL must be stored: without a value $set leaves the old one
    return {"$ifNull": [as_field(lower_value(Context(pipeline), value)), None]}


def generated_columns(table: Collection) -> Generated | None:
    """What has to be computed when a row of the table is written."""
    fields = [each for each in table.fields if each.generated is not None]
    if not fields:
        return None
    inputs: set[str] = set()
    for field in fields:
        _, scan = bind_generated(table, field)
        inputs |= {path[0] for _, path in scan.fields}
    expressions = {each.name: compile_generated(table, each) for each in fields}
    return Generated(frozenset(inputs), expressions)
