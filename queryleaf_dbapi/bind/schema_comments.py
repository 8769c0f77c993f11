"""COMMENT ON: what is said of tables, columns, indexes and constraints is recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from sqlglot import exp

from queryleaf_dbapi.bind.schema_named_constraints import find_constraint
from queryleaf_dbapi.bind.schema_names import SchemaBinder
from queryleaf_dbapi.catalog.catalog import Check, Collection, ForeignKey, Key
from queryleaf_dbapi.errors import WrongObjectType
from queryleaf_dbapi.plan.schema_statements import Comment, CommentIndex
from queryleaf_dbapi.sql.accepted import refuse

_Named = TypeVar("_Named", Key, Check, ForeignKey)


def bind_comment(binder: SchemaBinder, node: exp.Expr) -> Comment | CommentIndex:
    """COMMENT ON TABLE, VIEW, COLUMN, INDEX or CONSTRAINT; NULL takes it away."""
    binder.only(node, "this kind expression table", "COMMENT ON")
    kind = str(node.args["kind"]).upper()
    value = node.args.get("expression")
    if not (isinstance(value, exp.Literal) and value.is_string):
        raise refuse("this comment", node, binder.sql, "write a quoted text")
    text = value.name or None  # '' takes the comment away, as NULL does
    target = node.this
    match kind:
        case "TABLE" | "VIEW":
            table = _declared(binder, target)
            if table.is_view != (kind == "VIEW"):
                raise WrongObjectType(
                    f'"{table.name}" is a {"view" if table.is_view else "table"}',
                    position=binder.position(target),
                )
            return Comment(replace(table, comment=text))
        case "COLUMN":
            return _of_column(binder, target, text)
        case "CONSTRAINT":
            return _of_constraint(binder, node, text)
        case "INDEX":
            database = target.text("db") or binder.default_database
            return CommentIndex(database, target.name, text)
    raise refuse(f"COMMENT ON {kind}", node, binder.sql)


def _of_column(binder: SchemaBinder, target: exp.Expr, text: str | None) -> Comment:
    holder = exp.Table(this=target.args.get("table"), db=target.args.get("db"))
    table = _declared(binder, holder)
    name = binder.column(target.this, [each.name for each in table.fields], table.name)
    fields = tuple(
        replace(each, comment=text) if each.name == name else each
        for each in table.fields
    )
    return Comment(replace(table, fields=fields))


def _of_constraint(binder: SchemaBinder, node: exp.Expr, text: str | None) -> Comment:
    table = _declared(binder, node.args["table"])
    name = find_constraint(binder, table, node.this)

    def said(each: _Named) -> _Named:
        return replace(each, comment=text) if each.name == name else each

    key = table.primary_key
    return Comment(
        replace(
            table,
            primary_key=None if key is None else said(key),
            unique=tuple(map(said, table.unique)),
            checks=tuple(map(said, table.checks)),
            foreign_keys=tuple(map(said, table.foreign_keys)),
        )
    )


def _declared(binder: SchemaBinder, node: exp.Expr) -> Collection:
    table = binder.table(node)
    if not table.closed:
        raise refuse(
            f'COMMENT ON "{table.name}"',
            node,
            binder.sql,
            "it was not made by CREATE TABLE",
        )
    return table
