"""ALTER TABLE ... ALTER COLUMN: IDENTITY added, changed, dropped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from queryleaf_dbapi.bind.schema_names import SchemaBinder
from queryleaf_dbapi.bind.schema_sequences import identity_settings, restart_of
from queryleaf_dbapi.catalog.catalog import Field
from queryleaf_dbapi.errors import (
    DataError,
    InvalidTableDefinition,
    ObjectNotInPrerequisiteState,
)
from queryleaf_dbapi.types import Family

if TYPE_CHECKING:
    from queryleaf_dbapi.bind.schema_alter import Alteration

IDENTITY_ACTIONS = ("ADD IDENTITY", "SET IDENTITY", "DROP IDENTITY", "DROP EXPRESSION")


def alter_identity(
    binder: SchemaBinder, state: Alteration, name: str, action: exp.Expr
) -> None:
    """Apply one of IDENTITY_ACTIONS to a column.

    Raises ObjectNotInPrerequisiteState where the column is not what it should be.
    """
    column = state.table.field(name)
    assert column is not None
    if action.this == "ADD IDENTITY":
        changed = _added(binder, state, column, action)
    elif action.this == "DROP EXPRESSION":
        changed = _without_expression(binder, state, column, action)
    elif column.identity is None:
        if action.args.get("exists"):
            return
        raise _not_ready(binder, state, name, "is not an identity column", action)
    elif action.this == "DROP IDENTITY":
        changed = replace(column, sequence=None, identity=None, generated_always=False)
    else:
        changed = _set(binder, state, column, action)
    fields = tuple(changed if each is column else each for each in state.table.fields)
    state.table = replace(state.table, fields=fields)


def _added(
    binder: SchemaBinder, state: Alteration, column: Field, action: exp.Expr
) -> Field:
    if column.identity is not None:
        raise _not_ready(
            binder, state, column.name, "is already an identity column", action
        )
    if column.default is not None or column.sequence is not None:
        raise _not_ready(
            binder, state, column.name, "already has a default value", action
        )
    if column.nullable:
        raise _not_ready(
            binder,
            state,
            column.name,
            "must be declared NOT NULL before identity can be added",
            action,
        )
    if column.type.family is not Family.INTEGER:
        raise DataError(
            "identity column type must be smallint, integer, or bigint",
            position=binder.position(action.expressions[0]),
        )
    return replace(
        column,
        sequence=f"{state.table.name}.{column.name}",
        identity=identity_settings(binder, action, column.type.name),
        generated_always=bool(action.args["always"].this),
    )


def _set(
    binder: SchemaBinder, state: Alteration, column: Field, action: exp.Expr
) -> Field:
    assert column.identity is not None
    assert column.sequence is not None
    always = action.args.get("always")
    options = action.args.get("options")
    restart = restart_of(binder, options) if options is not None else False
    if restart is not False:
        state.restarts.append((column.sequence, restart))
    return replace(
        column,
        identity=identity_settings(binder, action, column.type.name, column.identity),
        generated_always=column.generated_always
        if always is None
        else bool(always.this),
    )


def _without_expression(
    binder: SchemaBinder, state: Alteration, column: Field, action: exp.Expr
) -> Field:
    if column.generated is None:
        if action.args.get("exists"):
            return column
        raise _not_ready(
            binder, state, column.name, "is not a stored generated column", action
        )
    return replace(column, generated=None)


def _not_ready(
    binder: SchemaBinder, state: Alteration, name: str, what: str, action: exp.Expr
) -> ObjectNotInPrerequisiteState | InvalidTableDefinition:
    return ObjectNotInPrerequisiteState(
        f'column "{name}" of relation "{state.table.name}" {what}',
        position=binder.position(action.expressions[0]),
    )
