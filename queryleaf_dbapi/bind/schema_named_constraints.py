"""DROP, RENAME and VALIDATE CONSTRAINT: constraints found by their names."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from sqlglot import exp

from queryleaf_dbapi.bind.schema_constraints import constraint_names
from queryleaf_dbapi.bind.schema_names import SchemaBinder
from queryleaf_dbapi.catalog.catalog import Check, Collection, ForeignKey, Key
from queryleaf_dbapi.catalog.names import check_index_name, did_you_mean, match_name
from queryleaf_dbapi.errors import DuplicateObject, UndefinedObject, WrongObjectType

_Named = TypeVar("_Named", Key, Check, ForeignKey)


def _undefined(
    binder: SchemaBinder, table: Collection, node: exp.Expr
) -> UndefinedObject:
    return UndefinedObject(
        f'constraint "{node.name}" of relation "{table.name}" does not exist'
        + did_you_mean(node.name, constraint_names(table)),
        position=binder.position(node),
    )


def find_constraint(binder: SchemaBinder, table: Collection, node: exp.Expr) -> str:
    """The name of a constraint of a table; UndefinedObject when there is none."""
    quoted = bool(node.args.get("quoted"))
    name = match_name(node.name, constraint_names(table), quoted)
    if name is None:
        raise _undefined(binder, table, node)
    return name


def without_constraint(
    binder: SchemaBinder, table: Collection, action: exp.Expr
) -> Collection:
    """DROP CONSTRAINT [IF EXISTS]."""
    node = action.args["tables"][0]
    names = constraint_names(table)
    name = match_name(node.name, names, False)
    if name is None:
        if action.args.get("exists"):
            return table
        raise _undefined(binder, table, node)
    key = table.primary_key
    return replace(
        table,
        primary_key=None if key is None or key.name == name else key,
        unique=tuple(each for each in table.unique if each.name != name),
        checks=tuple(each for each in table.checks if each.name != name),
        foreign_keys=tuple(each for each in table.foreign_keys if each.name != name),
        # its name is free for another constraint of the same statement
        indexes=tuple(each for each in table.indexes if each.constraint != name),
    )


def with_renamed(
    binder: SchemaBinder, table: Collection, old: exp.Expr, new: exp.Expr
) -> Collection:
    """RENAME CONSTRAINT a TO b; the index of a key has its name."""
    name = find_constraint(binder, table, old)
    wanted = new.name
    check_index_name(wanted, binder.position(new))
    taken = [*constraint_names(table), *(each.name for each in table.indexes)]
    if wanted in taken:
        raise DuplicateObject(
            f'constraint "{wanted}" for relation "{table.name}" already exists',
            position=binder.position(new),
        )

    def renamed(each: _Named) -> _Named:
        return replace(each, name=wanted) if each.name == name else each

    key = table.primary_key
    return replace(
        table,
        primary_key=None if key is None else renamed(key),
        unique=tuple(map(renamed, table.unique)),
        checks=tuple(map(renamed, table.checks)),
        foreign_keys=tuple(map(renamed, table.foreign_keys)),
    )


def validated(binder: SchemaBinder, table: Collection, node: exp.Expr) -> Collection:
    """VALIDATE CONSTRAINT: the rows are looked at when the table is altered."""
    name = find_constraint(binder, table, node)
    keys = (
        [*table.unique]
        if table.primary_key is None
        else [
            *table.unique,
            table.primary_key,
        ]
    )
    if any(each.name == name for each in keys):
        raise WrongObjectType(
            f'constraint "{name}" of relation "{table.name}" is not a foreign key or '
            "check constraint",
            position=binder.position(node),
        )
    return replace(
        table,
        checks=tuple(
            replace(each, valid=True) if each.name == name else each
            for each in table.checks
        ),
    )
