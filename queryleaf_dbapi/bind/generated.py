"""Columns whose values are always generated: what INSERT and UPDATE may say of them.

PostgreSQL's rules: DEFAULT, or for GENERATED ALWAYS AS IDENTITY anything with
OVERRIDING SYSTEM VALUE; OVERRIDING USER VALUE takes DEFAULT for what is given.
"""

from __future__ import annotations

from sqlglot import exp

from queryleaf_dbapi.bind.binder import Binder
from queryleaf_dbapi.catalog.catalog import Collection, Field
from queryleaf_dbapi.errors import GeneratedAlways
from queryleaf_dbapi.sql.accepted import refuse


def check_inserted(
    binder: Binder, field: Field, overriding: str | None, node: exp.Expr
) -> None:
    """Refuse a value for a column that makes its own; GeneratedAlways."""
    if field.generated is not None:
        reason = "it is a generated column"
    elif field.generated_always and overriding is None:
        reason = "it is GENERATED ALWAYS AS IDENTITY: use OVERRIDING SYSTEM VALUE"
    else:
        return
    raise GeneratedAlways(
        f'cannot insert a non-DEFAULT value into column "{field.name}": {reason}',
        position=binder.position(node),
    )


def takes_default(field: Field, overriding: str | None) -> bool:
    """Whether OVERRIDING USER VALUE takes the place of what is given."""
    return overriding == "USER" and field.identity is not None


def check_query_columns(
    binder: Binder, fields: list[Field], overriding: str | None, node: exp.Expr
) -> None:
    """INSERT ... SELECT gives values for all its columns."""
    for field in fields:
        if takes_default(field, overriding):
            raise refuse("OVERRIDING USER VALUE with a query", node, binder.sql)
        check_inserted(binder, field, overriding, node)


def check_updated(
    binder: Binder, collection: Collection, name: str, node: exp.Expr
) -> None:
    """Refuse SET of such a column to anything but DEFAULT; GeneratedAlways."""
    field = collection.field(name)
    if field is None or (field.generated is None and not field.generated_always):
        return
    raise GeneratedAlways(
        f'column "{field.name}" can only be updated to DEFAULT',
        position=binder.position(node),
    )
