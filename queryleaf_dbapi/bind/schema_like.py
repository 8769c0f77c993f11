"""LIKE other INCLUDING ... in CREATE TABLE: a table copied, without its rows."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from queryleaf_dbapi.bind.schema_names import SchemaBinder, free_name
from queryleaf_dbapi.catalog.catalog import Collection, Field, Index, Key
from queryleaf_dbapi.errors import DuplicateColumn, InvalidTableDefinition
from queryleaf_dbapi.sql.accepted import refuse

_COPIED = {"COMMENTS", "CONSTRAINTS", "DEFAULTS", "GENERATED", "IDENTITY", "INDEXES"}
_NOTHING = {"COMPRESSION", "STATISTICS", "STORAGE"}  # that there could be here


def with_likes(
    binder: SchemaBinder, table: Collection, items: list[exp.Expr]
) -> Collection:
    """The table with the columns, and what else is asked for, of every LIKE; columns
    stand where their item does."""
    if not any(isinstance(each, exp.LikeProperty) for each in items):
        return table
    own = iter(table.fields)
    table = replace(table, fields=())
    for item in items:
        if isinstance(item, exp.ColumnDef):
            table = replace(table, fields=(*table.fields, next(own)))
        elif isinstance(item, exp.LikeProperty):
            table = _like(binder, table, item)
    names = [each.name for each in table.fields]
    for name in names:
        if names.count(name) > 1:
            raise DuplicateColumn(f'column "{name}" specified more than once')
    return table


def _options(binder: SchemaBinder, item: exp.Expr) -> set[str]:
    found: set[str] = set()
    for option in item.expressions:
        value = option.args.get("value")
        word = value.name.upper() if isinstance(value, exp.Expr) else ""
        if word != "ALL" and word not in _COPIED | _NOTHING:
            raise refuse(f"INCLUDING {word}", item, binder.sql)
        words = _COPIED if word == "ALL" else {word}
        found = found | words if option.name == "INCLUDING" else found - words
    return found


def _like(binder: SchemaBinder, table: Collection, item: exp.Expr) -> Collection:
    source = binder.table(item.this)
    if not source.closed:
        raise refuse(
            f'LIKE "{source.name}"', item, binder.sql, "it was not made by CREATE TABLE"
        )
    options = _options(binder, item)
    fields = tuple(_field(binder, table, each, options, item) for each in source.fields)
    table = replace(table, fields=(*table.fields, *fields))
    if "CONSTRAINTS" in options:
        checks = source.checks
        if "COMMENTS" not in options:
            checks = tuple(replace(each, comment=None) for each in checks)
        table = replace(table, checks=(*table.checks, *checks))
    return _with_indexes(binder, table, source, item) if "INDEXES" in options else table


def _field(
    binder: SchemaBinder,
    table: Collection,
    field: Field,
    options: set[str],
    item: exp.Expr,
) -> Field:
    """The column; NOT NULL is always copied, its place in a key is not."""
    kept = Field(field.name, field.type, field.nullable)
    if "COMMENTS" in options:
        kept = replace(kept, comment=field.comment)
    if field.generated is not None:
        is_kept = "GENERATED" in options
        return replace(kept, generated=field.generated) if is_kept else kept
    if field.identity is not None:
        if "IDENTITY" not in options:
            return kept
        return replace(
            kept,
            sequence=f"{table.name}.{field.name}",
            identity=field.identity,
            generated_always=field.generated_always,
        )
    if "DEFAULTS" not in options:
        return kept
    if field.sequence is not None:
        raise refuse(
            f'INCLUDING DEFAULTS of the SERIAL column "{field.name}"',
            item,
            binder.sql,
            "both tables would count with one sequence; add EXCLUDING DEFAULTS",
        )
    return replace(kept, default=field.default)


def _with_indexes(
    binder: SchemaBinder, table: Collection, source: Collection, item: exp.Expr
) -> Collection:
    """Keys and indexes under the names that they would get if they were written."""
    if source.primary_key is not None:
        if table.primary_key is not None:
            raise InvalidTableDefinition(
                f'multiple primary keys for table "{table.name}" are not allowed',
                position=binder.position(item),
            )
        key = replace(source.primary_key, name=f"{table.name}_pkey", comment=None)
        table = replace(table, primary_key=key)
    taken = [each.name for each in table.unique]
    taken += [each.name for each in table.indexes]
    unique: list[Key] = []
    for each in source.unique:
        name = free_name("_".join((table.name, *each.columns, "key")), taken)
        taken.append(name)
        unique.append(replace(each, name=name, comment=None))
    indexes: list[Index] = []
    for index in source.indexes:
        if index.constraint is not None or index.name == "_id_":
            continue
        parts = [path.removesuffix(".$**").replace(".", "_") for path, _ in index.keys]
        name = free_name("_".join((table.name, *parts, "idx")), taken)
        taken.append(name)
        indexes.append(replace(index, name=name, comment=None))
    return replace(
        table,
        unique=(*table.unique, *unique),
        indexes=(*table.indexes, *indexes),
    )
