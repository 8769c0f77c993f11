"""GENERATED ALWAYS AS (...) STORED: what may stand in it, and what hangs on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from queryleaf_dbapi.bind.schema_names import SchemaBinder
from queryleaf_dbapi.catalog.catalog import Collection, Field
from queryleaf_dbapi.catalog.names import match_name
from queryleaf_dbapi.errors import (
    DependentObjectsStillExist,
    InvalidObjectDefinition,
    SyntaxError_,
)
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.sql.dialect import DIALECT

if TYPE_CHECKING:
    from queryleaf_dbapi.bind.schema_columns import ColumnDraft


def bind_computed(
    binder: SchemaBinder, draft: ColumnDraft, node: exp.Expr, table: str
) -> None:
    """The expression of a generated column; its columns are looked at when all are
    known (`check_generated`)."""
    binder.only(node, "this", "GENERATED ALWAYS AS")
    column = draft.column
    for what, is_there in (
        ("default", column.default is not None),
        ("identity", column.sequence is not None),
    ):
        if is_there:
            raise SyntaxError_(
                f"both {what} and generation expression specified for column "
                f'"{column.name}" of table "{table}"',
                position=binder.position(node),
            )
    value = node.this
    if value.find(exp.Query) is not None:
        raise refuse("a subquery in a generated column", value, binder.sql)
    if value.find(exp.AggFunc) is not None:
        raise refuse("an aggregate in a generated column", value, binder.sql)
    draft.column = replace(column, generated=value.sql(dialect="postgres"))


def check_generated(binder: SchemaBinder, table: Collection, node: exp.Expr) -> None:
    """Refuse a generated column that reads another one, or none there is."""
    names = [each.name for each in table.fields]
    for field in table.fields:
        for used in used_names(field):
            name = match_name(used.name, names, bool(used.args.get("quoted")))
            other = table.field(name) if name is not None else None
            if other is not None and other.generated is not None:
                raise InvalidObjectDefinition(
                    f'cannot use generated column "{other.name}" in column generation '
                    "expression",
                    position=binder.position(node),
                )
            if other is None and used.name.lower() != table.name.lower():
                binder.column(used, names, table.name)  # raises


def used_names(field: Field) -> list[exp.Identifier]:
    """The first parts of the columns a generated column reads."""
    if field.generated is None:
        return []
    tree = sqlglot.parse_one(field.generated, dialect=DIALECT)
    heads = [column.parts[0] for column in tree.find_all(exp.Column)]
    return [head for head in heads if isinstance(head, exp.Identifier)]


def check_unused(
    binder: SchemaBinder, table: Collection, name: str, what: str, node: exp.Expr
) -> None:
    """Refuse to take away or retype a column that a generated one reads."""
    for field in table.fields:
        used = {each.name.lower() for each in used_names(field)}
        if field.name != name and name.lower() in used:
            raise DependentObjectsStillExist(
                f'cannot {what} column "{name}" of table "{table.name}" because column '
                f'"{field.name}" depends on it: drop that one, or its expression',
                position=binder.position(node),
            )
