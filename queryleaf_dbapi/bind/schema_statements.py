"""Schema statements: sqlglot's tree to the plan's, clause by clause.

Every clause that is set and not read here is refused by name: sqlglot parses far
more than is done.
"""

from __future__ import annotations

from sqlglot import exp

from queryleaf_dbapi.bind.binder import CatalogLike
from queryleaf_dbapi.bind.schema_alter import bind_alter_table
from queryleaf_dbapi.bind.schema_comments import bind_comment
from queryleaf_dbapi.bind.schema_databases import (
    bind_create_database,
    bind_drop_database,
)
from queryleaf_dbapi.bind.schema_indexes import bind_create_index, bind_rename_index
from queryleaf_dbapi.bind.schema_names import SchemaBinder
from queryleaf_dbapi.bind.schema_sequences import (
    bind_alter_sequence,
    bind_create_sequence,
    bind_drop_sequence,
)
from queryleaf_dbapi.bind.schema_tables import bind_create_table
from queryleaf_dbapi.bind.schema_views import (
    bind_alter_view,
    bind_create_view,
    bind_drop_view,
)
from queryleaf_dbapi.catalog.catalog import Collection
from queryleaf_dbapi.catalog.names import check_index_name
from queryleaf_dbapi.errors import WrongObjectType
from queryleaf_dbapi.plan.schema_statements import (
    DropIndex,
    DropTable,
    Nothing,
    SchemaStatement,
    Truncate,
)
from queryleaf_dbapi.sql.accepted import describe, refuse


def bind_schema_statement(
    node: exp.Expr, sql: str, catalog: CatalogLike, default_database: str
) -> SchemaStatement:
    """The plan of CREATE, DROP, ALTER TABLE, TRUNCATE or COMMENT ON."""
    binder = SchemaBinder(sql, catalog, default_database)
    kind = str(node.args.get("kind") or "").upper()
    match node:
        case exp.Create() if kind == "TABLE":
            return bind_create_table(binder, node)
        case exp.Create() if kind == "VIEW":
            return bind_create_view(binder, node)
        case exp.Create() if kind in ("SCHEMA", "DATABASE"):
            return bind_create_database(binder, node)
        case exp.Drop() if kind in ("SCHEMA", "DATABASE"):
            return bind_drop_database(binder, node)
        case exp.Alter() if kind == "VIEW":
            return bind_alter_view(binder, node)
        case exp.Create() if kind == "INDEX":
            return bind_create_index(binder, node)
        case exp.Create() if kind == "SEQUENCE":
            return bind_create_sequence(binder, node)
        case exp.Drop() if kind == "TABLE":
            return _drop_table(binder, node)
        case exp.Drop() if kind == "VIEW":
            return bind_drop_view(binder, node)
        case exp.Drop() if kind == "INDEX":
            return _drop_index(binder, node)
        case exp.Drop() if kind == "SEQUENCE":
            return bind_drop_sequence(binder, node)
        case exp.Alter() if kind == "TABLE":
            return bind_alter_table(binder, node)
        case exp.Alter() if kind == "SEQUENCE":
            return bind_alter_sequence(binder, node)
        case exp.Alter() if kind == "INDEX":
            return bind_rename_index(binder, node)
        case exp.TruncateTable():
            return _truncate(binder, node)
        case exp.Comment():
            return bind_comment(binder, node)
    raise refuse(f"{describe(node)} {kind}".strip(), node, sql)


def _drop_table(binder: SchemaBinder, node: exp.Expr) -> DropTable | Nothing:
    binder.only(node, "tables kind exists cascade restrict", "DROP TABLE")
    found: list[Collection] = []
    for name in node.args["tables"]:
        table = binder.existing_table(name)
        if table is None and not node.args.get("exists"):
            binder.table(name)  # raises
        if table is None:
            continue
        if table.is_view:
            raise WrongObjectType(
                f'"{table.name}" is not a table; use DROP VIEW',
                position=binder.position(name),
            )
        if table not in found:
            found.append(table)
    if not found:
        return Nothing()
    return DropTable(tuple(found), bool(node.args.get("cascade")))


def _drop_index(binder: SchemaBinder, node: exp.Expr) -> DropIndex:
    binder.only(node, "tables kind exists cascade restrict concurrently", "DROP INDEX")
    nodes = node.args["tables"]
    if node.args.get("concurrently") and len(nodes) > 1:
        raise refuse("DROP INDEX CONCURRENTLY of several", node, binder.sql)
    for name in nodes:
        binder.only(name, "this db", "DROP INDEX")
        check_index_name(name.name, binder.position(name))
    databases = {name.text("db") or binder.default_database for name in nodes}
    if len(databases) > 1:
        raise refuse("DROP INDEX in several databases", node, binder.sql)
    names = tuple(dict.fromkeys(name.name for name in nodes))
    return DropIndex(databases.pop(), names, bool(node.args.get("exists")))


def _truncate(binder: SchemaBinder, node: exp.Expr) -> Truncate:
    binder.only(node, "expressions identity option", "TRUNCATE")
    tables = []
    for name in node.expressions:
        table = binder.table(name)
        if table.is_view:
            raise WrongObjectType(
                f'"{table.name}" is not a table', position=binder.position(name)
            )
        tables.append(table)
    return Truncate(
        tuple(tables),
        restart_identity=str(node.args.get("identity") or "").upper() == "RESTART",
        cascade=str(node.args.get("option") or "").upper() == "CASCADE",
    )
