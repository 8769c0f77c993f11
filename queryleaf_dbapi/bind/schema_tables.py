"""CREATE TABLE: the table as a declared Collection.

CREATE TABLE t (id SERIAL PRIMARY KEY, name VARCHAR(20) NOT NULL, UNIQUE (name))
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from queryleaf_dbapi.bind.schema_columns import ColumnDraft, bind_column
from queryleaf_dbapi.bind.schema_constraints import add_constraint, table_constraints
from queryleaf_dbapi.bind.schema_generated import check_generated
from queryleaf_dbapi.bind.schema_like import with_likes
from queryleaf_dbapi.bind.schema_names import SchemaBinder
from queryleaf_dbapi.catalog.catalog import Collection
from queryleaf_dbapi.errors import DuplicateColumn, FeatureNotSupported
from queryleaf_dbapi.plan.schema_statements import CreateTable
from queryleaf_dbapi.sql.accepted import refuse

_PROPERTIES = {
    "TemporaryProperty": "TEMPORARY",
    "UnloggedProperty": "UNLOGGED",
    "PartitionedByProperty": "PARTITION BY",
    "InheritsProperty": "INHERITS",
    "Property": "WITH (...)",
    "WithProperty": "WITH (...)",
}


def refused_property(found: exp.Expr, node: exp.Expr, sql: str) -> FeatureNotSupported:
    """The error for a clause of CREATE TABLE, named as it is written."""
    words = _PROPERTIES.get(type(found).__name__, found.sql(dialect="postgres"))
    return refuse(f"{words} of CREATE TABLE", node, sql)


def bind_create_table(binder: SchemaBinder, node: exp.Expr) -> CreateTable:
    """CREATE TABLE with a list of columns."""
    properties = node.args.get("properties")
    if isinstance(properties, exp.Expr):
        raise refused_property(properties.expressions[0], node, binder.sql)
    binder.only(node, "this kind exists clone no_schema_binding", "CREATE TABLE")
    schema = node.this
    if not isinstance(schema, exp.Schema):
        raise refuse("CREATE TABLE without columns", node, binder.sql)
    binder.only(schema, "this expressions", "CREATE TABLE")
    database, name = binder.new_table(schema.this)
    items = schema.expressions
    drafts = _columns(binder, items, name)
    table = with_likes(
        binder,
        Collection(name, database, tuple(each.column for each in drafts), closed=True),
        items,
    )
    check_generated(binder, table, schema)
    # those of columns first, as PostgreSQL does; but a key of the table counts for
    # the columns before CHECK and REFERENCES look at it
    constraints = [each for draft in drafts for each in draft.constraints]
    for item in items:
        if not isinstance(item, exp.ColumnDef | exp.LikeProperty):
            constraints += table_constraints(binder, item)
    keys = (exp.PrimaryKey, exp.PrimaryKeyColumnConstraint, exp.UniqueColumnConstraint)
    constraints.sort(key=lambda each: not isinstance(each.node, keys))
    for constraint in constraints:
        table = add_constraint(binder, table, constraint)
    return CreateTable(
        table=_without_double_keys(table),
        if_not_exists=bool(node.args.get("exists")),
    )


def _columns(
    binder: SchemaBinder, items: list[exp.Expr], table: str
) -> list[ColumnDraft]:
    drafts: list[ColumnDraft] = []
    names: set[str] = set()
    for item in items:
        if not isinstance(item, exp.ColumnDef):
            continue
        draft = bind_column(binder, item, table)
        # names are kept as written, but two unquoted ones are one in any case
        quoted = isinstance(item.this, exp.Identifier) and item.this.args.get("quoted")
        key = draft.column.name if quoted else draft.column.name.lower()
        if key in names:
            raise DuplicateColumn(
                f'column "{draft.column.name}" specified more than once',
                position=binder.position(item),
            )
        names.add(key)
        drafts.append(draft)
    return drafts


def _without_double_keys(table: Collection) -> Collection:
    """UNIQUE over the primary key's columns, or twice the same, is one index too
    many: the server refuses two indexes that differ in name only."""
    seen = set()
    if table.primary_key is not None:
        seen.add(table.primary_key.columns)
    kept = []
    for key in table.unique:
        if key.columns not in seen:
            seen.add(key.columns)
            kept.append(key)
    return replace(table, unique=tuple(kept))
