"""CREATE VIEW and DROP VIEW.

The text of the query is what is kept (`catalog/catalog.py`, View), and each use of
the view binds it again. It is bound here as well: to know its columns, what it
reads, and the rows of the server's own view, which other programs see.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from queryleaf_dbapi.bind.binder import Binder, CatalogLike, TableRead
from queryleaf_dbapi.bind.query import bind_query
from queryleaf_dbapi.bind.schema_names import SchemaBinder, bind_rename
from queryleaf_dbapi.catalog.catalog import Collection, Field, View, ViewRead
from queryleaf_dbapi.catalog.names import check_column_name
from queryleaf_dbapi.errors import (
    DuplicateColumn,
    DuplicateTable,
    InvalidObjectDefinition,
    InvalidTableDefinition,
    SyntaxError_,
    UndefinedTable,
    WrongObjectType,
)
from queryleaf_dbapi.plan.relations import Relation
from queryleaf_dbapi.plan.schema_statements import (
    CreateView,
    DropTable,
    Nothing,
    RenameTable,
)
from queryleaf_dbapi.sql.accepted import check_accepted, refuse
from queryleaf_dbapi.sql.tokens import TokenType, tokens_of

_PROPERTIES = {
    "TemporaryProperty": "TEMPORARY",
    "MaterializedProperty": "MATERIALIZED",
}


@dataclass(frozen=True, slots=True)
class LooseCatalog:
    """The tables without what ALTER TABLE and DROP INDEX may take from them, and
    views as collections (CREATE OR REPLACE changes what they hold): what is lowered
    against it stays right."""

    below: CatalogLike

    def collection(self, name: str, database: str | None = None) -> Collection | None:
        """The collection, every column nullable and none of them a key."""
        found = self.below.collection(name, database)
        if found is None:
            return None
        fields = tuple(replace(each, nullable=True) for each in found.fields)
        return replace(
            found, fields=fields, primary_key=None, unique=(), indexes=(), view=None
        )

    def names(self) -> list[str]:
        """The names of the catalog below."""
        return self.below.names()


def bind_create_view(binder: SchemaBinder, node: exp.Expr) -> CreateView | Nothing:
    """CREATE [OR REPLACE] VIEW v [(a, b)] AS query."""
    properties = node.args.get("properties")
    if isinstance(properties, exp.Expr):
        first = properties.expressions[0]
        words = _PROPERTIES.get(type(first).__name__, first.sql(dialect="postgres"))
        raise refuse(f"{words} of CREATE VIEW", node, binder.sql)
    binder.only(
        node,
        "this kind exists replace expression clone no_schema_binding",
        "CREATE VIEW",
    )
    holder = node.this
    listed = holder.expressions if isinstance(holder, exp.Schema) else []
    target = holder.this if isinstance(holder, exp.Schema) else holder
    database, name = binder.new_table(target)
    query = node.args.get("expression")
    if not isinstance(query, exp.Query | exp.Values):
        raise refuse("CREATE VIEW without a query", node, binder.sql)
    parameter = query.find(exp.Parameter)
    if parameter is not None:
        raise refuse(
            "a parameter in CREATE VIEW", parameter, binder.sql, "write the value"
        )
    check_accepted(query, binder.sql)
    found = _Query.bind(binder, query, binder.catalog)
    if any(each.collection.virtual for each in found.reads):
        raise refuse("a view over information_schema", query, binder.sql)
    if any(each.collection.database != database for each in found.reads):
        raise refuse("a view over another database", query, binder.sql)
    fields = query_fields(binder, found.relation, listed, query, "CREATE VIEW")
    view = Collection(
        name,
        database,
        fields,
        closed=True,
        is_view=True,
        view=View(_query_text(binder.sql), _reads(found.reads)),
    )
    old = binder.catalog.collection(name, database)
    if old is not None:
        if node.args.get("exists"):
            return Nothing()
        if not node.args.get("replace"):
            raise DuplicateTable(
                f'relation "{name}" already exists', position=binder.position(target)
            )
        _check_replaceable(binder, old, view, target)
    loose = _Query.bind(binder, query, LooseCatalog(binder.catalog))
    return CreateView(view, loose.relation, replaces=old is not None)


@dataclass(frozen=True, slots=True)
class _Query:
    relation: Relation
    reads: list[TableRead]

    @staticmethod
    def bind(binder: SchemaBinder, query: exp.Expr, catalog: CatalogLike) -> _Query:
        inner = Binder(binder.sql, catalog, binder.default_database, ())
        relation = inner.finish(bind_query(inner, query.copy()))
        return _Query(relation, inner.reads)


def _query_text(sql: str) -> str:
    """The query as it was written: what follows the first AS of the statement."""
    tokens = tokens_of(sql)
    start = next(each for each in tokens if each.token_type == TokenType.ALIAS)
    last = tokens[-1]
    end = last.start if last.token_type == TokenType.SEMICOLON else last.end + 1
    return sql[start.end + 1 : end].strip()


def query_fields(
    binder: SchemaBinder,
    relation: Relation,
    listed: list[exp.Expr],
    query: exp.Expr,
    what: str,
) -> tuple[Field, ...]:
    """The columns of a view, or of CREATE TABLE AS: those of the query, the first
    ones under the names that are listed."""
    columns = relation.columns
    if len(listed) > len(columns):
        raise SyntaxError_(
            f"{what} specifies more column names than columns",
            position=binder.position(listed[len(columns)]),
        )
    names = [each.name for each in listed]
    names += [each.name for each in columns[len(names) :]]
    for index, name in enumerate(names):
        place = binder.position(listed[index] if index < len(listed) else query)
        check_column_name(name, place)
        if name in names[:index]:
            raise DuplicateColumn(
                f'column "{name}" specified more than once', position=place
            )
    # as PostgreSQL says of every view, its columns may be NULL; the plan of a query
    # over it knows better
    return tuple(
        Field(name, column.type) for name, column in zip(names, columns, strict=True)
    )


def _reads(reads: list[TableRead]) -> tuple[ViewRead, ...]:
    """One entry per written name: what all its uses need together."""
    found: dict[tuple[str, str | None], ViewRead] = {}
    for each in reads:
        names = tuple(field.name for field in each.collection.fields)
        used = names
        if each.scan is not None:
            used = tuple(dict.fromkeys(path[0] for path in each.scan.used))
        key = (each.written, each.written_database)
        if key in found:
            used = tuple(dict.fromkeys((*found[key].used, *used)))
        found[key] = ViewRead(*key, each.collection.name, used, names)
    return tuple(found.values())


def _check_replaceable(
    binder: SchemaBinder, old: Collection, new: Collection, node: exp.Expr
) -> None:
    """PostgreSQL's rule: the columns stay, others may follow them."""
    place = binder.position(node)
    if not old.is_view:
        raise WrongObjectType(f'"{old.name}" is not a view', position=place)
    if old.view is None:
        raise refuse(f'replacing the view "{old.name}"', node, binder.sql, "drop it")
    if _reaches(binder.catalog, new, new.name):
        raise InvalidObjectDefinition(
            f'infinite recursion: view "{new.name}" would read itself', position=place
        )
    if len(new.fields) < len(old.fields):
        raise InvalidTableDefinition("cannot drop columns from view", position=place)
    for before, after in zip(old.fields, new.fields, strict=False):
        if before.name != after.name:
            raise InvalidTableDefinition(
                f'cannot change name of view column "{before.name}" to "{after.name}"',
                position=place,
            )
        if before.type != after.type:
            raise InvalidTableDefinition(
                f'cannot change data type of view column "{before.name}" from '
                f"{before.type} to {after.type}",
                position=place,
            )


def _reaches(catalog: CatalogLike, view: Collection, name: str) -> bool:
    if view.view is None:
        return False
    for read in view.view.reads:
        found = catalog.collection(read.table, view.database)
        if read.table == name or (found and _reaches(catalog, found, name)):
            return True
    return False


def bind_drop_view(binder: SchemaBinder, node: exp.Expr) -> DropTable | Nothing:
    """DROP VIEW [IF EXISTS] a, b [CASCADE | RESTRICT]."""
    binder.only(node, "tables kind exists cascade restrict", "DROP VIEW")
    found: list[Collection] = []
    for name in node.args["tables"]:
        view = binder.existing_table(name)
        if view is None:
            if node.args.get("exists"):
                continue
            raise UndefinedTable(
                f'view "{name.name}" does not exist', position=binder.position(name)
            )
        if not view.is_view:
            raise WrongObjectType(
                f'"{view.name}" is not a view; use DROP TABLE',
                position=binder.position(name),
            )
        if view not in found:
            found.append(view)
    if not found:
        return Nothing()
    return DropTable(tuple(found), bool(node.args.get("cascade")))


def bind_alter_view(binder: SchemaBinder, node: exp.Expr) -> RenameTable | Nothing:
    """ALTER VIEW [IF EXISTS] v RENAME TO w."""
    binder.only(node, "this kind exists actions", "ALTER VIEW")
    actions = node.args.get("actions") or []
    if len(actions) != 1 or not isinstance(actions[0], exp.AlterRename):
        raise refuse("ALTER VIEW other than RENAME TO", node, binder.sql)
    view = binder.existing_table(node.this)
    if view is None:
        if node.args.get("exists"):
            return Nothing()
        raise UndefinedTable(
            f'view "{node.this.name}" does not exist',
            position=binder.position(node.this),
        )
    if not view.is_view:
        raise WrongObjectType(
            f'"{view.name}" is not a view', position=binder.position(node.this)
        )
    if view.view is None:
        raise refuse(f'renaming the view "{view.name}"', node, binder.sql, "drop it")
    return bind_rename(binder, view, actions[0])
