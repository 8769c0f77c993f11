"""CREATE TABLE ... AS query: a declared table with the query's columns and rows."""

from __future__ import annotations

from sqlglot import exp

from queryleaf_dbapi.bind.binder import Binder
from queryleaf_dbapi.bind.query import bind_query
from queryleaf_dbapi.bind.schema_names import SchemaBinder
from queryleaf_dbapi.bind.schema_tables import refused_property
from queryleaf_dbapi.bind.schema_views import query_fields
from queryleaf_dbapi.catalog.catalog import Collection
from queryleaf_dbapi.errors import DuplicateTable
from queryleaf_dbapi.plan.relations import RecursiveUnion, Relation
from queryleaf_dbapi.plan.schema_statements import (
    CreateTable,
    CreateTableAs,
    Nothing,
)
from queryleaf_dbapi.plan.visit import map_everywhere
from queryleaf_dbapi.sql.accepted import check_accepted, refuse


def is_create_table_as(node: exp.Expr) -> bool:
    """Whether it is CREATE TABLE with a query."""
    kind = str(node.args.get("kind") or "").upper()
    return isinstance(node, exp.Create) and kind == "TABLE" and bool(node.expression)


def bind_create_table_as(
    binder: Binder, node: exp.Expr
) -> CreateTableAs | CreateTable | Nothing:
    """CREATE TABLE [IF NOT EXISTS] t [(a, b)] AS query [WITH [NO] DATA].

    The columns may be NULL and have no keys, as PostgreSQL makes them.
    """
    names = SchemaBinder(binder.sql, binder.catalog, binder.database)
    with_data = True
    properties = node.args.get("properties")
    for each in properties.expressions if properties is not None else ():
        if not isinstance(each, exp.WithDataProperty):
            raise refused_property(each, node, binder.sql)
        with_data = not each.args.get("no")
    names.only(
        node,
        "this kind exists expression properties clone no_schema_binding",
        "CREATE TABLE AS",
    )
    holder, query = node.this, node.expression
    listed = holder.expressions if isinstance(holder, exp.Schema) else []
    target = holder.this if isinstance(holder, exp.Schema) else holder
    for each in listed:
        if not isinstance(each, exp.Identifier):
            raise refuse("a type or constraint in CREATE TABLE AS", each, binder.sql)
    database, name = names.new_table(target)
    if not isinstance(query, exp.Query | exp.Values):
        raise refuse("CREATE TABLE AS without a query", node, binder.sql)
    check_accepted(query, binder.sql)
    relation = binder.finish(bind_query(binder, query))
    _refuse_recursion(binder, relation, query)
    fields = query_fields(names, relation, listed, query, "CREATE TABLE AS")
    if binder.catalog.collection(name, database) is not None:
        if node.args.get("exists"):
            return Nothing()
        raise DuplicateTable(
            f'relation "{name}" already exists', position=binder.position(target)
        )
    table = Collection(name, database, fields, closed=True)
    if with_data:  # never into a table that somebody made meanwhile
        return CreateTableAs(CreateTable(table), relation)
    return CreateTable(table, if_not_exists=bool(node.args.get("exists")))


def _refuse_recursion(binder: Binder, relation: Relation, query: exp.Expr) -> None:
    """Its rounds are read in a snapshot, in which nothing can be written."""

    def look(node: Relation) -> Relation:
        if isinstance(node, RecursiveUnion):
            raise refuse(
                "WITH RECURSIVE in CREATE TABLE AS",
                query,
                binder.sql,
                "create the table, then INSERT ... SELECT",
            )
        return node

    map_everywhere(relation, look)
