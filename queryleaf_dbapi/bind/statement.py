"""A whole statement bound: the door of `bind/` for the stages after it."""

from __future__ import annotations

from sqlglot import exp

from queryleaf_dbapi.bind.assignment import assign
from queryleaf_dbapi.bind.binder import Binder, CatalogLike, Place
from queryleaf_dbapi.bind.create_table_as import (
    bind_create_table_as,
    is_create_table_as,
)
from queryleaf_dbapi.bind.expressions import bind_condition, bind_expression
from queryleaf_dbapi.bind.insert import bind_insert
from queryleaf_dbapi.bind.merge import bind_merge
from queryleaf_dbapi.bind.query import bind_query, common_tables
from queryleaf_dbapi.bind.schema_statements import bind_schema_statement
from queryleaf_dbapi.bind.scope import Scope
from queryleaf_dbapi.bind.update import bind_delete, bind_update
from queryleaf_dbapi.catalog.catalog import Collection, Field
from queryleaf_dbapi.errors import DatatypeMismatch, InvalidObjectDefinition
from queryleaf_dbapi.plan.client_values import ClientValue
from queryleaf_dbapi.plan.expressions import Call, Expr
from queryleaf_dbapi.plan.relations import Relation, Scan
from queryleaf_dbapi.plan.schema_statements import SchemaStatement
from queryleaf_dbapi.plan.signature import Volatility
from queryleaf_dbapi.plan.visit import walk
from queryleaf_dbapi.sql.parse import parse
from queryleaf_dbapi.types import SqlType

_SCHEMA = exp.Create | exp.Drop | exp.Alter | exp.Comment | exp.TruncateTable


def bind_statement(
    tree: exp.Expr,
    sql: str,
    catalog: CatalogLike,
    database: str,
    parameter_types: tuple[type | SqlType, ...],
    client_values: list[ClientValue],
) -> Relation | SchemaStatement:
    """The plan of a query or a data change, or a schema statement. What the client
    has to make for it is appended to `client_values`.

    Raises with the position in `sql` for what is wrong or not supported.
    """
    if isinstance(tree, _SCHEMA) and not is_create_table_as(tree):
        return bind_schema_statement(tree, sql, catalog, database)
    binder = Binder(sql, catalog, database, parameter_types)
    binder.client_values = client_values
    if is_create_table_as(tree):
        return bind_create_table_as(binder, tree)
    if not isinstance(tree, exp.Insert | exp.Update | exp.Delete | exp.Merge):
        return binder.finish(bind_query(binder, tree))
    with binder.with_common_tables(common_tables(binder, tree, None)):
        return binder.finish(_bind_change(binder, tree))


def _bind_change(binder: Binder, tree: exp.Expr) -> Relation:
    match tree:
        case exp.Insert():
            return bind_insert(binder, tree)
        case exp.Update():
            return bind_update(binder, tree)
        case exp.Merge():
            return bind_merge(binder, tree)
        case _:
            return bind_delete(binder, tree)


class NoCatalog:
    """CHECK and DEFAULT see no tables: subqueries in them find nothing."""

    def collection(self, name: str, database: str | None = None) -> None:
        """No table."""

    def names(self) -> list[str]:
        """No tables."""
        return []


def _expression_of(sql: str) -> exp.Expr:
    tree = parse(f"SELECT {sql}")
    assert isinstance(tree, exp.Select)
    expression: exp.Expr = tree.expressions[0]
    return expression


def bind_check(table: Collection, sql: str) -> tuple[Expr, Scan]:
    """The condition of CHECK (sql), and the scan its columns are of."""
    binder = Binder(f"SELECT {sql}", NoCatalog(), table.database, ())
    scan = binder.open_scan(table, table.name)
    place = Place(Scope([scan]), "CHECK")
    condition = bind_condition(binder, place, _expression_of(sql))
    return condition, scan.scan()


def bind_generated(table: Collection, field: Field) -> tuple[Expr, Scan]:
    """The value of a generated column in its type, and the scan its columns are of.

    Raises InvalidObjectDefinition for what is not the same at any time.
    """
    assert field.generated is not None
    binder = Binder(f"SELECT {field.generated}", NoCatalog(), table.database, ())
    scan = binder.open_scan(table, table.name)
    place = Place(Scope([scan]), "GENERATED ALWAYS AS")
    value = bind_expression(binder, place, _expression_of(field.generated))
    for each in walk(value):
        if isinstance(each, Call) and _varies(each):
            raise InvalidObjectDefinition("generation expression is not immutable")
    return assign(value, field, None), scan.scan()


def _varies(call: Call) -> bool:
    return call.function.volatility is not Volatility.IMMUTABLE


def bind_default(table: Collection, field: Field) -> Expr:
    """The value of the field's DEFAULT, in the field's type."""
    assert field.default is not None
    binder = Binder(f"SELECT {field.default}", NoCatalog(), table.database, ())
    place = Place(Scope(), "DEFAULT")
    value = bind_expression(binder, place, _expression_of(field.default))
    return assign(value, field, None)


def bind_conversion(
    table: Collection, field: Field, using: str | None
) -> tuple[Expr, Scan]:
    """The value of ALTER COLUMN ... TYPE [USING ...], and the scan it reads."""
    sql = using or exp.to_identifier(field.name, quoted=True).sql(dialect="postgres")
    binder = Binder(f"SELECT {sql}", NoCatalog(), table.database, ())
    scan = binder.open_scan(table, table.name)
    value = bind_expression(binder, Place(Scope([scan]), "USING"), _expression_of(sql))
    try:
        return assign(value, field, None), scan.scan()
    except DatatypeMismatch:
        if using is not None:
            message = f'result of USING clause for column "{field.name}"'
        else:
            message = f'column "{field.name}"'
        hint = "" if using else f'; write USING with a CAST of "{field.name}"'
        raise DatatypeMismatch(
            f"{message} cannot be cast automatically to type "
            f"{str(field.type).lower()}{hint}"
        ) from None
