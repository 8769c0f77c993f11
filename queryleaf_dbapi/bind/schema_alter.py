"""ALTER TABLE: the actions applied to the table one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import sqlglot
from sqlglot import exp

from queryleaf_dbapi.bind.schema_columns import (
    bind_column,
    column_type,
    default_text,
)
from queryleaf_dbapi.bind.schema_constraints import add_constraint, table_constraints
from queryleaf_dbapi.bind.schema_generated import check_generated, check_unused
from queryleaf_dbapi.bind.schema_identity import IDENTITY_ACTIONS, alter_identity
from queryleaf_dbapi.bind.schema_named_constraints import (
    validated,
    with_renamed,
    without_constraint,
)
from queryleaf_dbapi.bind.schema_names import SchemaBinder, bind_rename
from queryleaf_dbapi.catalog.catalog import Collection, Field, ForeignKey, Key
from queryleaf_dbapi.catalog.names import check_column_name, match_name
from queryleaf_dbapi.errors import (
    DuplicateColumn,
    InvalidArgument,
    InvalidTableDefinition,
    SyntaxError_,
)
from queryleaf_dbapi.plan.schema_statements import (
    AlterTable,
    Nothing,
    RenameTable,
)
from queryleaf_dbapi.sql.accepted import describe, refuse
from queryleaf_dbapi.sql.dialect import DIALECT
from queryleaf_dbapi.types import Family


@dataclass(slots=True)
class Alteration:
    """The table while actions are applied to it."""

    table: Collection
    renamed: dict[str, str] = field(default_factory=dict)  # old -> new
    # (counter, its next number, or True for its start)
    restarts: list[tuple[str, int | bool]] = field(default_factory=list)
    conversions: dict[str, str | None] = field(default_factory=dict)


def bind_alter_table(
    binder: SchemaBinder, node: exp.Expr
) -> AlterTable | RenameTable | Nothing:
    """ALTER TABLE; several actions are done together."""
    binder.only(node, "this kind exists actions options", "ALTER TABLE")
    table = binder.existing_table(node.this)
    if table is None:
        if node.args.get("exists"):
            return Nothing()
        table = binder.table(node.this)  # raises
    actions = node.args.get("actions") or []
    if table.is_view:
        raise refuse("ALTER TABLE of a view", node.this, binder.sql)
    if len(actions) == 1 and isinstance(actions[0], exp.AlterRename):
        return bind_rename(binder, table, actions[0])
    if not table.closed:
        raise refuse(
            f'ALTER TABLE of "{table.name}"',
            node.this,
            binder.sql,
            "it was not made by CREATE TABLE and has no columns to change",
        )
    state = Alteration(table)
    for action in actions:
        _apply(binder, state, action)
    if state.renamed and len(actions) > 1:
        # PostgreSQL has it as a statement of its own as well
        raise refuse("RENAME beside other actions", node, binder.sql)
    return AlterTable(
        table,
        state.table,
        tuple(state.renamed.items()),
        tuple(state.restarts),
        tuple(state.conversions.items()),
    )


def _apply(binder: SchemaBinder, state: Alteration, action: exp.Expr) -> None:
    if isinstance(action, exp.ColumnDef):
        _add_column(binder, state, action)
    elif isinstance(action, exp.RenameColumn):
        _rename_column(binder, state, action)
    elif isinstance(action, exp.AlterColumn):
        _alter_column(binder, state, action)
    elif isinstance(action, exp.AddConstraint):
        for item in action.expressions:
            for constraint in table_constraints(binder, item):
                valid = not action.args.get("not_valid")
                state.table = add_constraint(binder, state.table, constraint, valid)
    elif isinstance(action, exp.Anonymous) and action.this == "VALIDATE CONSTRAINT":
        state.table = validated(binder, state.table, action.expressions[0])
    elif isinstance(action, exp.Anonymous) and action.this in IDENTITY_ACTIONS:
        column = _existing(binder, state.table, action.expressions[0])
        alter_identity(binder, state, column, action)
    elif isinstance(action, exp.Anonymous):
        state.table = with_renamed(binder, state.table, *action.expressions)
    elif isinstance(action, exp.Drop) and action.args.get("kind") == "COLUMN":
        _drop_column(binder, state, action)
    elif isinstance(action, exp.Drop) and action.args.get("kind") == "CONSTRAINT":
        state.table = without_constraint(binder, state.table, action)
    else:
        raise refuse(f"{describe(action)} in ALTER TABLE", action, binder.sql)


def _add_column(binder: SchemaBinder, state: Alteration, action: exp.Expr) -> None:
    table = state.table
    if table.field(action.name) is not None:
        if action.args.get("exists"):
            return
        raise DuplicateColumn(
            f'column "{action.name}" of relation "{table.name}" already exists',
            position=binder.position(action),
        )
    draft = bind_column(binder, action, table.name)
    column = draft.column
    if column.sequence is not None:
        # documents that are there already would need numbers, in some order
        raise refuse("ADD COLUMN with SERIAL or IDENTITY", action, binder.sql)
    if column.name == "_id":
        raise refuse("ADD COLUMN _id", action, binder.sql)
    state.table = replace(table, fields=(*table.fields, column))
    check_generated(binder, state.table, action)
    for constraint in draft.constraints:
        state.table = add_constraint(binder, state.table, constraint)


def _existing(binder: SchemaBinder, table: Collection, node: exp.Expr) -> str:
    identifier = node.this if isinstance(node, exp.Column) else node
    return binder.column(identifier, [each.name for each in table.fields], table.name)


def _rename_column(binder: SchemaBinder, state: Alteration, action: exp.Expr) -> None:
    table = state.table
    if action.args.get("exists"):
        raise refuse("RENAME COLUMN IF EXISTS", action, binder.sql)
    old = _existing(binder, table, action.this)
    new = action.args["to"].name
    check_column_name(new, binder.position(action.args["to"]))
    if table.field(new) is not None:
        raise DuplicateColumn(
            f'column "{new}" of relation "{table.name}" already exists',
            position=binder.position(action.args["to"]),
        )
    if "_id" in (old, new):
        raise refuse("renaming a column from or to _id", action, binder.sql)
    if state.renamed or old in state.renamed.values():
        raise refuse("several RENAME in one statement", action, binder.sql)
    state.renamed[old] = new
    state.table = _renamed(table, old, new)


def _renamed(table: Collection, old: str, new: str) -> Collection:
    def names(columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if each == old else each for each in columns)

    def key(each: Key) -> Key:
        return replace(each, columns=names(each.columns))

    def foreign_key(each: ForeignKey) -> ForeignKey:
        own = each.table == table.name
        return replace(
            each,
            columns=names(each.columns),
            referred=names(each.referred) if own else each.referred,
        )

    return replace(
        table,
        fields=tuple(
            replace(
                each,
                name=new if each.name == old else each.name,
                generated=each.generated and _renamed_in_sql(each.generated, old, new),
            )
            for each in table.fields
        ),
        primary_key=None if table.primary_key is None else key(table.primary_key),
        unique=tuple(key(each) for each in table.unique),
        checks=tuple(
            replace(each, sql=_renamed_in_sql(each.sql, old, new))
            for each in table.checks
        ),
        foreign_keys=tuple(foreign_key(each) for each in table.foreign_keys),
        indexes=tuple(
            replace(
                each,
                include=names(each.include),
                where=each.where and _renamed_in_sql(each.where, old, new),
            )
            for each in table.indexes
        ),
    )


def _used_columns(sql: str) -> list[exp.Identifier]:
    """The identifiers of columns in a CHECK: the first part of every path."""
    tree = sqlglot.parse_one(sql, dialect=DIALECT)
    return [
        column.parts[0]
        for column in tree.find_all(exp.Column)
        if isinstance(column.parts[0], exp.Identifier)
    ]


def _renamed_in_sql(sql: str, old: str, new: str) -> str:
    tree = sqlglot.parse_one(sql, dialect=DIALECT)
    for column in tree.find_all(exp.Column):
        head = column.parts[0]
        if head.name.lower() == old.lower():
            head.replace(exp.to_identifier(new, quoted=True))
    return tree.sql(dialect="postgres")


def _drop_column(binder: SchemaBinder, state: Alteration, action: exp.Expr) -> None:
    table = state.table
    node = action.args["tables"][0]
    if action.args.get("exists"):
        names = [each.name for each in table.fields]
        if match_name(node.name, names, False) is None:
            return
    name = _existing(binder, table, node)
    if name == "_id":
        raise refuse("DROP COLUMN _id", action, binder.sql)
    check_unused(binder, table, name, "drop", action)
    # PostgreSQL drops with a column every constraint and index that uses it
    key = table.primary_key
    state.table = replace(
        table,
        fields=tuple(each for each in table.fields if each.name != name),
        primary_key=None if key is None or name in key.columns else key,
        unique=tuple(each for each in table.unique if name not in each.columns),
        checks=tuple(
            each
            for each in table.checks
            if name.lower()
            not in {used.name.lower() for used in _used_columns(each.sql)}
        ),
        foreign_keys=tuple(
            each for each in table.foreign_keys if name not in each.columns
        ),
    )


def _change_type(
    binder: SchemaBinder, state: Alteration, action: exp.Expr, column: Field
) -> None:
    """ALTER COLUMN ... TYPE; that the values fit is seen when they are converted."""
    binder.only(action, "this dtype using", "ALTER COLUMN")
    table = state.table
    if column.name == "_id":
        raise refuse("ALTER COLUMN _id TYPE", action, binder.sql, "it cannot change")
    if column.generated is not None:
        raise refuse("ALTER COLUMN TYPE of a generated column", action, binder.sql)
    check_unused(binder, table, column.name, "alter type of", action)
    new_type = column_type(binder, action.args["dtype"])
    integers = new_type.family is Family.INTEGER
    if column.sequence is not None and not integers:
        raise InvalidArgument(
            "identity column type must be smallint, integer, or bigint",
            position=binder.position(action),
        )
    if column.name in state.conversions:
        raise refuse("two types for one column", action, binder.sql)
    for index in table.indexes:
        heads = {path.partition(".")[0] for path, _ in index.keys}
        if index.constraint is None and index.partial and column.name in heads:
            raise refuse(
                f'a type of a column that index "{index.name}" has a condition on',
                action,
                binder.sql,
                "drop the index first",
            )
    using = action.args.get("using")
    text = using.sql(dialect="postgres") if isinstance(using, exp.Expr) else None
    state.conversions[column.name] = text
    changed = replace(column, type=new_type)
    state.table = replace(
        table,
        fields=tuple(changed if e.name == column.name else e for e in table.fields),
    )


def _alter_column(binder: SchemaBinder, state: Alteration, action: exp.Expr) -> None:
    table = state.table
    name = _existing(binder, table, action.this)
    column = table.field(name)
    assert column is not None
    if action.args.get("dtype"):
        _change_type(binder, state, action, column)
        return
    binder.only(action, "this allow_null drop default", "ALTER COLUMN")
    if "allow_null" in action.args:
        nullable = bool(action.args["allow_null"])
        key = table.primary_key
        if nullable and key is not None and name in key.columns:
            raise InvalidTableDefinition(
                f'column "{name}" is in a primary key',
                position=binder.position(action),
            )
        column = replace(column, nullable=nullable and name != "_id")
    elif action.args.get("drop"):
        column = replace(column, default=None)
    elif column.generated is not None:
        raise SyntaxError_(
            f'column "{name}" of relation "{table.name}" is a generated column',
            position=binder.position(action),
        )
    elif column.sequence is not None:
        raise refuse("SET DEFAULT of a SERIAL or IDENTITY column", action, binder.sql)
    else:
        default = default_text(binder, action.args["default"])
        column = replace(column, default=default)
    state.table = replace(
        table,
        fields=tuple(column if each.name == name else each for each in table.fields),
    )
