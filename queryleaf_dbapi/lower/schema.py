"""Schema statements to changes: commands for the server, entries for the catalog.

    CREATE TABLE t (a INTEGER NOT NULL CHECK (a > 0), b TEXT UNIQUE)

    validator  {"$and": [{"$jsonSchema": {...}}, {"$expr": <a > 0 or NULL>}]}
    indexes    {"key": {"b": 1}, "name": "t_b_key", "unique": true,
                "partialFilterExpression": {"b": {"$gte": ""}}}

CHECK and DEFAULT are SQL; the caller's compiler makes expressions of them.
"""

from __future__ import annotations

from functools import singledispatch

from queryleaf_dbapi.catalog import changes
from queryleaf_dbapi.catalog.declared import index_note, to_document
from queryleaf_dbapi.errors import InternalError
from queryleaf_dbapi.lower.schema_alter import counters, lower_alter_table, sequences
from queryleaf_dbapi.lower.schema_indexes import (
    constraint_indexes,
    index_document,
    stored_index_document,
)
from queryleaf_dbapi.lower.schema_validator import ExpressionCompiler, validator_of
from queryleaf_dbapi.lower.schema_views import lower_create_view
from queryleaf_dbapi.plan import schema_statements as plan


def lower_schema_statement(
    statement: plan.SchemaStatement, compiler: ExpressionCompiler
) -> changes.SchemaChange | None:
    """What has to be done for a schema statement; None for nothing."""
    return _lower(statement, compiler)


@singledispatch
def _lower(
    statement: plan.SchemaStatement, compiler: ExpressionCompiler
) -> changes.SchemaChange | None:
    raise InternalError(f"no lowering of {type(statement).__name__}")


@_lower.register
def _(statement: plan.Nothing, compiler: ExpressionCompiler) -> None:
    return None


@_lower.register
def _(
    statement: plan.CreateTable, compiler: ExpressionCompiler
) -> changes.TableCreation:
    table = statement.table
    for field in table.fields:
        if field.generated is not None:
            compiler.generated(table, field)  # raises for what it cannot say
    return changes.TableCreation(
        database=table.database,
        name=table.name,
        validator=validator_of(table, compiler),
        indexes=(
            *constraint_indexes(table),
            *map(stored_index_document, table.indexes),  # of LIKE
        ),
        entry=to_document(table),
        sequences=counters(table.fields),
        if_not_exists=statement.if_not_exists,
    )


@_lower.register
def _(
    statement: plan.CreateDatabase, compiler: ExpressionCompiler
) -> changes.DatabaseCreation:
    return changes.DatabaseCreation(
        statement.kind, statement.name, statement.if_not_exists
    )


@_lower.register
def _(
    statement: plan.DropDatabase, compiler: ExpressionCompiler
) -> changes.DatabaseRemoval:
    return changes.DatabaseRemoval(
        statement.kind, statement.names, statement.if_exists, statement.cascade
    )


@_lower.register
def _(statement: plan.CreateView, compiler: ExpressionCompiler) -> changes.ViewCreation:
    return lower_create_view(statement)


@_lower.register
def _(statement: plan.DropTable, compiler: ExpressionCompiler) -> changes.TableRemoval:
    tables = tuple(
        (each.database, each.name, sequences(each)) for each in statement.tables
    )
    return changes.TableRemoval(tables, statement.cascade)


@_lower.register
def _(
    statement: plan.CreateIndex, compiler: ExpressionCompiler
) -> changes.IndexCreation:
    return changes.IndexCreation(
        database=statement.table.database,
        table=statement.table.name,
        index=index_document(statement.table, statement.index, statement.where),
        if_not_exists=statement.if_not_exists,
        note=index_note(statement.index) if statement.table.closed else None,
    )


@_lower.register
def _(
    statement: plan.RenameIndex, compiler: ExpressionCompiler
) -> changes.IndexRenaming:
    return changes.IndexRenaming(
        statement.database, statement.name, statement.new_name, statement.if_exists
    )


@_lower.register
def _(
    statement: plan.CommentIndex, compiler: ExpressionCompiler
) -> changes.IndexComment:
    return changes.IndexComment(statement.database, statement.name, statement.comment)


@_lower.register
def _(statement: plan.DropIndex, compiler: ExpressionCompiler) -> changes.IndexRemoval:
    return changes.IndexRemoval(
        statement.database, statement.names, statement.if_exists
    )


@_lower.register
def _(
    statement: plan.RenameTable, compiler: ExpressionCompiler
) -> changes.TableRenaming:
    table = statement.table
    return changes.TableRenaming(
        table.database, table.name, statement.new_name, table.is_view
    )


@_lower.register
def _(statement: plan.Truncate, compiler: ExpressionCompiler) -> changes.Truncation:
    restart: list[tuple[str, str]] = []
    if statement.restart_identity:
        for table in statement.tables:
            restart += [(table.database, name) for name in sequences(table)]
    return changes.Truncation(
        tables=tuple((each.database, each.name) for each in statement.tables),
        restart=tuple(restart),
        cascade=statement.cascade,
    )


@_lower.register
def _(
    statement: plan.CreateSequence, compiler: ExpressionCompiler
) -> changes.SequenceCreation:
    return changes.SequenceCreation(
        statement.database, statement.name, statement.settings, statement.if_not_exists
    )


@_lower.register
def _(
    statement: plan.DropSequence, compiler: ExpressionCompiler
) -> changes.SequenceRemoval:
    return changes.SequenceRemoval(
        statement.database, statement.names, statement.if_exists, statement.cascade
    )


@_lower.register
def _(
    statement: plan.AlterSequence, compiler: ExpressionCompiler
) -> changes.SequenceAlteration:
    return changes.SequenceAlteration(
        statement.database,
        statement.name,
        statement.given,
        statement.restart,
        statement.if_exists,
    )


@_lower.register
def _(statement: plan.Comment, compiler: ExpressionCompiler) -> changes.EntryChange:
    table = statement.table
    return changes.EntryChange(table.database, table.name, to_document(table))


@_lower.register
def _(
    statement: plan.AlterTable, compiler: ExpressionCompiler
) -> changes.TableAlteration:
    return lower_alter_table(statement, compiler)
