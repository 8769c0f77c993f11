"""PRIMARY KEY, UNIQUE, CHECK and FOREIGN KEY, wherever they are written.

Names that are not given are PostgreSQL's: t_pkey, t_a_b_key, t_a_check, t_a_fkey,
with a number behind them when taken.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from queryleaf_dbapi.bind.schema_columns import TableConstraint
from queryleaf_dbapi.bind.schema_names import SchemaBinder, free_name
from queryleaf_dbapi.catalog.catalog import Check, Collection, ForeignKey, Key
from queryleaf_dbapi.catalog.names import check_index_name, match_name
from queryleaf_dbapi.errors import (
    DatatypeMismatch,
    DuplicateColumn,
    DuplicateObject,
    InvalidForeignKey,
    InvalidTableDefinition,
    Position,
)
from queryleaf_dbapi.sql.accepted import describe, refuse
from queryleaf_dbapi.types import is_comparable

_ACTIONS = ("CASCADE", "RESTRICT", "SET NULL", "SET DEFAULT", "NO ACTION")
# what PostgreSQL does anyway
_DEFAULT_OPTIONS = ("MATCH SIMPLE", "NOT DEFERRABLE", "INITIALLY IMMEDIATE")


def table_constraints(binder: SchemaBinder, node: exp.Expr) -> list[TableConstraint]:
    """The constraints of one item of a table definition or ADD CONSTRAINT."""
    if isinstance(node, exp.Constraint):
        name = node.this if isinstance(node.this, exp.Identifier) else None
        return [TableConstraint(each, name) for each in node.expressions]
    return [TableConstraint(node)]


def add_constraint(
    binder: SchemaBinder,
    table: Collection,
    constraint: TableConstraint,
    valid: bool = True,
) -> Collection:
    """The table with one more constraint; not `valid` is NOT VALID."""
    node = constraint.node
    if isinstance(node, exp.CheckColumnConstraint):
        return _add_check(binder, table, constraint, valid)
    if not valid:
        words = describe(node).removesuffix("COLUMNCONSTRAINT")
        raise refuse(f"NOT VALID of {words}", node, binder.sql)
    if isinstance(node, exp.PrimaryKey | exp.PrimaryKeyColumnConstraint):
        return _add_primary_key(binder, table, constraint)
    if isinstance(node, exp.UniqueColumnConstraint):
        return _add_unique(binder, table, constraint)
    if isinstance(node, exp.ForeignKey | exp.Reference):
        return _add_foreign_key(binder, table, constraint)
    if isinstance(node, exp.LikeProperty):
        raise refuse("LIKE in CREATE TABLE", node, binder.sql)
    words = describe(node).removesuffix("COLUMNCONSTRAINT")
    raise refuse(f"{words} in a table definition", node, binder.sql)


def constraint_names(table: Collection) -> list[str]:
    """The names of all constraints of a table."""
    keys = [] if table.primary_key is None else [table.primary_key.name]
    return [
        *keys,
        *(each.name for each in table.unique),
        *(each.name for each in table.checks),
        *(each.name for each in table.foreign_keys),
    ]


def _name(
    binder: SchemaBinder, table: Collection, constraint: TableConstraint, auto: str
) -> str:
    taken = [*constraint_names(table), *(each.name for each in table.indexes)]
    if constraint.name is None:
        return free_name(auto, taken)
    name = constraint.name.name
    position = binder.position(constraint.name)
    check_index_name(name, position)
    if name in taken:
        raise DuplicateObject(
            f'constraint "{name}" for relation "{table.name}" already exists',
            position=position,
        )
    return name


def _columns(
    binder: SchemaBinder, table: Collection, nodes: list[exp.Expr], what: str
) -> tuple[str, ...]:
    names: list[str] = []
    for node in nodes:
        if not isinstance(node, exp.Identifier | exp.Column):
            raise refuse(f"an expression in {what}", node, binder.sql)
        identifier = node.this if isinstance(node, exp.Column) else node
        known = [each.name for each in table.fields]
        name = binder.column(identifier, known, table.name)
        if name in names:
            raise DuplicateColumn(
                f'column "{name}" appears twice in {what}',
                position=binder.position(node),
            )
        names.append(name)
    return tuple(names)


def _key_columns(
    binder: SchemaBinder, table: Collection, constraint: TableConstraint, what: str
) -> tuple[str, ...]:
    node = constraint.node
    include = node.args.get("include")
    if isinstance(include, exp.Expr):
        binder.only(include, "", what)
    if constraint.column is not None:
        return (constraint.column,)
    schema = node.args.get("this")
    holder = schema if isinstance(schema, exp.Schema) else node
    return _columns(binder, table, holder.expressions, what)


def _add_primary_key(
    binder: SchemaBinder, table: Collection, constraint: TableConstraint
) -> Collection:
    binder.only(constraint.node, "expressions include", "PRIMARY KEY")
    if table.primary_key is not None:
        raise InvalidTableDefinition(
            f'multiple primary keys for table "{table.name}" are not allowed',
            position=binder.position(constraint.node),
        )
    columns = _key_columns(binder, table, constraint, "PRIMARY KEY")
    key = Key(_name(binder, table, constraint, f"{table.name}_pkey"), columns)
    fields = tuple(
        replace(each, nullable=False) if each.name in columns else each
        for each in table.fields
    )
    return replace(table, primary_key=key, fields=fields)


def _add_unique(
    binder: SchemaBinder, table: Collection, constraint: TableConstraint
) -> Collection:
    node = constraint.node
    binder.only(node, "this include nulls", "UNIQUE")
    columns = _key_columns(binder, table, constraint, "UNIQUE")
    auto = "_".join((table.name, *columns, "key"))
    name = _name(binder, table, constraint, auto)
    key = Key(name, columns, nulls_distinct=not node.args.get("nulls"))
    return replace(table, unique=(*table.unique, key))


def _add_check(
    binder: SchemaBinder, table: Collection, constraint: TableConstraint, valid: bool
) -> Collection:
    node = constraint.node
    binder.only(node, "this", "CHECK")
    condition = node.this
    if condition.find(exp.Query) is not None:
        raise refuse("a subquery in CHECK", condition, binder.sql)
    if condition.find(exp.AggFunc) is not None:
        raise refuse("an aggregate in CHECK", condition, binder.sql)
    known = [each.name for each in table.fields]
    used: dict[str, None] = {}
    for column in condition.find_all(exp.Column):
        head = _without_table(column, table)
        used[binder.column(head, known, table.name)] = None
    middle = tuple(used) if len(used) == 1 else ()
    auto = "_".join((table.name, *middle, "check"))
    check = Check(
        _name(binder, table, constraint, auto),
        condition.sql(dialect="postgres"),
        valid,
    )
    return replace(table, checks=(*table.checks, check))


def _without_table(column: exp.Column, table: Collection) -> exp.Identifier:
    """The first name of a path, after the table's own is taken off it."""
    keys = [key for key in ("catalog", "db", "table", "this") if column.args.get(key)]
    head: exp.Identifier = column.args[keys[0]]
    if len(keys) > 1 and head.name == table.name and table.field(head.name) is None:
        column.set(keys[0], None)
        head = column.args[keys[1]]
    return head


def _add_foreign_key(
    binder: SchemaBinder, table: Collection, constraint: TableConstraint
) -> Collection:
    node = constraint.node
    if isinstance(node, exp.ForeignKey):
        binder.only(node, "expressions reference", "FOREIGN KEY")
        reference = node.args["reference"]
        columns = _columns(binder, table, node.expressions, "FOREIGN KEY")
    else:
        reference, columns = node, (constraint.column or "",)
    binder.only(reference, "this options", "REFERENCES")
    target = reference.this
    listed: list[exp.Expr] = []
    if isinstance(target, exp.Schema):
        target, listed = target.this, target.expressions
    referred_table = _referred_table(binder, table, target)
    referred = _referred_columns(binder, referred_table, listed, target)
    if len(referred) != len(columns):
        raise InvalidForeignKey(
            "number of referencing and referenced columns for foreign key disagree",
            position=binder.position(target),
        )
    on_delete, on_update = _actions(binder, reference)
    auto = "_".join((table.name, *columns, "fkey"))
    name = _name(binder, table, constraint, auto)
    key = ForeignKey(name, columns, referred_table.name, referred, on_delete, on_update)
    check_key_types(table, key, referred_table, binder.position(target))
    if "SET DEFAULT" in (on_delete, on_update):
        _check_defaults(binder, table, key, reference)
    return replace(table, foreign_keys=(*table.foreign_keys, key))


def check_key_types(
    table: Collection,
    key: ForeignKey,
    referred: Collection,
    position: Position | None,
) -> None:
    """Refuse a FOREIGN KEY over columns whose values cannot be compared."""
    for name, other in zip(key.columns, key.referred, strict=True):
        ours, theirs = table.field(name), referred.field(other)
        if ours is None or theirs is None or is_comparable(ours.type, theirs.type):
            continue
        raise DatatypeMismatch(
            f'foreign key constraint "{key.name}" cannot be implemented: key columns '
            f'"{name}" and "{other}" are of incompatible types: '
            f"{str(ours.type).lower()} and {str(theirs.type).lower()}",
            position=position,
        )


def _check_defaults(
    binder: SchemaBinder, table: Collection, key: ForeignKey, node: exp.Expr
) -> None:
    for name in key.columns:
        field = table.field(name)
        if field is not None and field.sequence is not None:
            raise refuse("SET DEFAULT of a SERIAL or IDENTITY column", node, binder.sql)


def _referred_table(
    binder: SchemaBinder, table: Collection, node: exp.Expr
) -> Collection:
    database = node.text("db") or binder.default_database
    if database != table.database:
        raise refuse("a FOREIGN KEY into another database", node, binder.sql)
    return table if node.name == table.name else binder.table(node)


def _referred_columns(
    binder: SchemaBinder,
    table: Collection,
    listed: list[exp.Expr],
    place: exp.Expr,
) -> tuple[str, ...]:
    if not listed:
        if table.primary_key is not None:
            return table.primary_key.columns
        if not table.closed:
            return ("_id",)
        raise InvalidForeignKey(
            f'there is no primary key for referenced table "{table.name}"',
            position=binder.position(place),
        )
    if table.closed:
        referred = _columns(binder, table, listed, "REFERENCES")
    else:
        known = [each.name for each in table.fields]
        referred = tuple(match_name(e.name, known, False) or e.name for e in listed)
    if not _is_key(table, referred):
        raise InvalidForeignKey(
            "there is no unique constraint matching given keys for referenced table "
            f'"{table.name}"',
            position=binder.position(place),
        )
    return referred


def _is_key(table: Collection, columns: tuple[str, ...]) -> bool:
    keys = [set(each.columns) for each in table.unique]
    if table.primary_key is not None:
        keys.append(set(table.primary_key.columns))
    keys += [
        {path for path, _ in index.keys} for index in table.indexes if index.unique
    ]
    return set(columns) in keys or columns == ("_id",)


def _actions(
    binder: SchemaBinder, reference: exp.Expr
) -> tuple[str | None, str | None]:
    """ON DELETE and ON UPDATE; None for NO ACTION, which is the default."""
    found: dict[str, str | None] = {}
    for option in reference.args.get("options") or ():
        text = str(option).upper()
        event, action = text[:9], text[10:]
        if event in ("ON DELETE", "ON UPDATE") and action in _ACTIONS:
            found[event] = None if action == "NO ACTION" else action
        elif text not in _DEFAULT_OPTIONS:
            raise refuse(f"{text} of a FOREIGN KEY", reference, binder.sql)
    return found.get("ON DELETE"), found.get("ON UPDATE")
