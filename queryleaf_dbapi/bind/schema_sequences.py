"""CREATE, ALTER and DROP SEQUENCE, and the options of GENERATED AS IDENTITY."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from queryleaf_dbapi.bind.schema_names import SchemaBinder
from queryleaf_dbapi.catalog.names import check_sequence_name
from queryleaf_dbapi.catalog.sequences import SequenceSettings, changed, settings_of
from queryleaf_dbapi.errors import DataError, InvalidArgument
from queryleaf_dbapi.plan.schema_statements import (
    AlterSequence,
    CreateSequence,
    DropSequence,
)
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types import parse_type

_NUMBERS = {
    "start": "start",
    "increment": "increment",
    "minvalue": "minimum",
    "maxvalue": "maximum",
    "cache": "cache",
}
_WORDS: dict[str, tuple[str, Any]] = {
    "NO MINVALUE": ("minimum", None),
    "NO MAXVALUE": ("maximum", None),
    "CYCLE": ("cycle", True),
    "NO CYCLE": ("cycle", False),
}


def bind_create_sequence(binder: SchemaBinder, node: exp.Expr) -> CreateSequence:
    """CREATE SEQUENCE with its options."""
    binder.only(
        node,
        "this kind exists properties clone no_schema_binding",
        "CREATE SEQUENCE",
    )
    given: dict[str, Any] = {}
    properties = node.args.get("properties")
    for each in properties.expressions if properties is not None else ():
        if not isinstance(each, exp.SequenceProperties):
            raise refuse("this property of CREATE SEQUENCE", node, binder.sql)
        if each.args.get("restart"):
            raise refuse("RESTART in CREATE SEQUENCE", node, binder.sql)
        given.update(given_options(binder, each, "CREATE SEQUENCE"))
        if each.args.get("type"):
            given["type_name"] = _type_name(binder, each.args["type"])
    database, name = _sequence(binder, node.this)
    settings = _placed(binder, node, given)
    return CreateSequence(database, name, settings, bool(node.args.get("exists")))


def bind_alter_sequence(binder: SchemaBinder, node: exp.Expr) -> AlterSequence:
    """ALTER SEQUENCE: the options that are said."""
    (options,) = node.args["actions"]
    if options.args.get("type"):
        raise refuse("AS in ALTER SEQUENCE", node, binder.sql)
    given = given_options(binder, options, "ALTER SEQUENCE")
    if options.args.get("no_owner"):
        given["owner"] = None
    database, name = _sequence(binder, node.this)
    return AlterSequence(
        database,
        name,
        tuple(given.items()),
        restart_of(binder, options),
        bool(node.args.get("exists")),
    )


def bind_drop_sequence(binder: SchemaBinder, node: exp.Expr) -> DropSequence:
    """DROP SEQUENCE."""
    binder.only(node, "tables kind exists cascade restrict", "DROP SEQUENCE")
    names = [_sequence(binder, each) for each in node.args["tables"]]
    databases = {database for database, _ in names}
    if len(databases) > 1:
        raise refuse("DROP SEQUENCE in several databases", node, binder.sql)
    return DropSequence(
        databases.pop(),
        tuple(name for _, name in names),
        bool(node.args.get("exists")),
        bool(node.args.get("cascade")),
    )


def identity_settings(
    binder: SchemaBinder,
    node: exp.Expr,
    type_name: str,
    before: SequenceSettings | None = None,
) -> SequenceSettings:
    """The settings of an IDENTITY column, or of what changes it."""
    options = node.args.get("options")
    given: dict[str, Any] = {}
    if options is not None:
        given = given_options(binder, options, "GENERATED AS IDENTITY")
        if "owner" in given or options.args.get("no_owner"):
            raise refuse("OWNED BY of an IDENTITY column", node, binder.sql)
    if before is not None:
        try:
            return changed(before, given)
        except InvalidArgument as error:
            error.position = binder.position(node)
            raise
    return _placed(binder, node, {"type_name": type_name, **given})


def restart_of(binder: SchemaBinder, options: exp.Expr) -> int | bool:
    """RESTART: the number, True for the start again, False for none."""
    restart = options.args.get("restart")
    if restart is None:
        return False
    if isinstance(restart, exp.Boolean):
        return True
    return _number(binder, restart)


def given_options(binder: SchemaBinder, node: exp.Expr, where: str) -> dict[str, Any]:
    """What the options say, by the names of `settings_of`; None for NO MINVALUE."""
    allowed = " ".join(_NUMBERS)
    binder.only(node, f"{allowed} options owned restart no_owner type", where)
    given: dict[str, Any] = {}
    for key, name in _NUMBERS.items():
        value = node.args.get(key)
        if isinstance(value, exp.Expr):
            given[name] = _number(binder, value)
        elif value is not None:
            raise refuse(f"{key.upper()} without a number", node, binder.sql)
    for option in node.args.get("options") or ():
        words = str(option.this).upper()
        if words not in _WORDS:
            raise refuse(f"{words} in {where}", node, binder.sql)
        name, value = _WORDS[words]
        given[name] = value
    owner = node.args.get("owned")
    if owner is not None:
        given["owner"] = _owner(binder, owner)
    return given


def _placed(
    binder: SchemaBinder, node: exp.Expr, given: dict[str, Any]
) -> SequenceSettings:
    try:
        return settings_of(**given)
    except InvalidArgument as error:
        error.position = binder.position(node)
        raise


def _number(binder: SchemaBinder, node: exp.Expr) -> int:
    try:
        return int(node.sql())
    except ValueError:
        raise refuse(
            "an option of a sequence other than a number", node, binder.sql
        ) from None


def _type_name(binder: SchemaBinder, node: exp.Expr) -> str:
    name = parse_type(node.sql(dialect="postgres")).name
    if name not in ("SMALLINT", "INTEGER", "BIGINT"):
        raise DataError(
            "sequence type must be smallint, integer, or bigint",
            position=binder.position(node),
        )
    return name


def _owner(binder: SchemaBinder, node: exp.Expr) -> tuple[str, str]:
    holder = exp.Table(this=node.args.get("table"), db=node.args.get("db"))
    if holder.this is None:
        raise refuse("OWNED BY without a table", node, binder.sql, "write table.column")
    table = binder.table(holder)
    names = [each.name for each in table.fields]
    return table.name, binder.column(node.this, names, table.name)


def _sequence(binder: SchemaBinder, node: exp.Expr) -> tuple[str, str]:
    binder.only(node, "this db", "this statement")
    check_sequence_name(node.name, binder.position(node))
    return node.text("db") or binder.default_database, node.name
