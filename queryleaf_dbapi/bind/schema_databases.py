"""CREATE and DROP SCHEMA and DATABASE: a schema is a database of the server."""

from __future__ import annotations

from sqlglot import exp

from queryleaf_dbapi.bind.schema_names import SchemaBinder
from queryleaf_dbapi.catalog.names import check_database_name
from queryleaf_dbapi.plan.schema_statements import CreateDatabase, DropDatabase
from queryleaf_dbapi.sql.accepted import refuse


def bind_create_database(binder: SchemaBinder, node: exp.Expr) -> CreateDatabase:
    """CREATE SCHEMA or DATABASE [IF NOT EXISTS] name."""
    kind = str(node.args["kind"]).upper()
    binder.only(node, "this kind exists", f"CREATE {kind}")
    name = _name(binder, node.this)
    return CreateDatabase(kind.lower(), name, bool(node.args.get("exists")))


def bind_drop_database(binder: SchemaBinder, node: exp.Expr) -> DropDatabase:
    """DROP SCHEMA a, b [CASCADE | RESTRICT] or DROP DATABASE a."""
    kind = str(node.args["kind"]).upper()
    allowed = "tables kind exists"
    if kind == "SCHEMA":
        allowed += " cascade restrict"
    binder.only(node, allowed, f"DROP {kind}")
    names = [_name(binder, each) for each in node.args["tables"]]
    return DropDatabase(
        kind.lower(),
        tuple(dict.fromkeys(names)),
        bool(node.args.get("exists")),
        bool(node.args.get("cascade")),
    )


def _name(binder: SchemaBinder, node: exp.Expr) -> str:
    parts = [each for each in node.args.values() if isinstance(each, exp.Identifier)]
    if len(parts) != 1:
        raise refuse("a name of several parts", node, binder.sql)
    check_database_name(parts[0].name, binder.position(parts[0]))
    return parts[0].name
