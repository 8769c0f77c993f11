"""Inspection: what `sqlalchemy.inspect(engine)` says about the collections.

Everything is read out of the driver's catalog, which gives declared tables as they were
declared and derives the others from their documents. One Inspector reads a collection
once, and all of a database in a number of round trips that does not grow with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from sqlalchemy.engine import Connection, reflection
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.engine.reflection import ReflectionDefaults
from sqlalchemy.exc import NoSuchTableError

from sqlalchemy_queryleaf.types import from_sql_type

_ALL = "queryleaf_collections"  # our key in an Inspector's cache


class QueryLeafReflection(DefaultDialect):
    """The `get_...` methods of the dialect; a schema is a database."""

    # --- names

    @reflection.cache
    def has_table(
        self,
        connection: Connection,
        table_name: str,
        schema: str | None = None,
        **kw: Any,
    ) -> bool:
        """Whether there is a table or view of exactly this name."""
        self._ensure_has_table_connection(connection)
        return table_name in _catalog(connection).names(schema)

    @reflection.cache
    def get_schema_names(self, connection: Connection, **kw: Any) -> list[str]:
        """The databases; the current one even before it holds something."""
        names = set(_catalog(connection).databases())
        return sorted(names | {_driver(connection).database})

    @reflection.cache
    def has_schema(self, connection: Connection, schema_name: str, **kw: Any) -> bool:
        """Whether there is a database of this name."""
        return schema_name in self.get_schema_names(connection, **kw)

    @reflection.cache
    def get_table_names(
        self, connection: Connection, schema: str | None = None, **kw: Any
    ) -> list[str]:
        """The collections."""
        return _names(connection, schema, kw, is_view=False)

    @reflection.cache
    def get_view_names(
        self, connection: Connection, schema: str | None = None, **kw: Any
    ) -> list[str]:
        """The views."""
        return _names(connection, schema, kw, is_view=True)

    @reflection.cache
    def get_view_definition(
        self,
        connection: Connection,
        view_name: str,
        schema: str | None = None,
        **kw: Any,
    ) -> str:
        """The query of a view made by CREATE VIEW; empty for views of others."""
        view = _table(connection, view_name, schema, kw)
        if not view.is_view:
            raise NoSuchTableError(f"{schema}.{view_name}" if schema else view_name)
        return view.view.sql if view.view is not None else ""

    def get_materialized_view_names(
        self, connection: Connection, schema: str | None = None, **kw: Any
    ) -> list[str]:
        """There are none."""
        return []

    get_temp_table_names = get_materialized_view_names
    get_temp_view_names = get_materialized_view_names

    @reflection.cache
    def get_sequence_names(
        self, connection: Connection, schema: str | None = None, **kw: Any
    ) -> list[str]:
        """What CREATE SEQUENCE made; the counter of a column has a dot in its name."""
        return sorted(_catalog(connection).sequences(schema))

    def has_sequence(
        self,
        connection: Connection,
        sequence_name: str,
        schema: str | None = None,
        **kw: Any,
    ) -> bool:
        """Whether CREATE SEQUENCE made one of this name."""
        return sequence_name in self.get_sequence_names(connection, schema, **kw)

    # --- one table

    def get_columns(
        self,
        connection: Connection,
        table_name: str,
        schema: str | None = None,
        **kw: Any,
    ) -> Any:
        """The columns in their order; fields of a collection nobody declared too."""
        table = _table(connection, table_name, schema, kw)
        return [_column(field) for field in table.fields]

    def get_pk_constraint(
        self,
        connection: Connection,
        table_name: str,
        schema: str | None = None,
        **kw: Any,
    ) -> Any:
        """The primary key; `_id` is the one of a collection nobody declared."""
        table = _table(connection, table_name, schema, kw)
        if table.primary_key is not None:
            return _key(table.primary_key, "constrained_columns")
        if not table.closed and not table.is_view and table.field("_id") is not None:
            return {"constrained_columns": ["_id"], "name": None}
        return ReflectionDefaults.pk_constraint()

    def get_unique_constraints(
        self,
        connection: Connection,
        table_name: str,
        schema: str | None = None,
        **kw: Any,
    ) -> Any:
        """The UNIQUE constraints."""
        table = _table(connection, table_name, schema, kw)
        found = [_unique(each) for each in table.unique]
        return sorted(found, key=_by_name)

    def get_foreign_keys(
        self,
        connection: Connection,
        table_name: str,
        schema: str | None = None,
        **kw: Any,
    ) -> Any:
        """The foreign keys as declared; they stay within one database."""
        table = _table(connection, table_name, schema, kw)
        found = [_foreign_key(each, schema) for each in table.foreign_keys]
        return sorted(found, key=_by_name)

    def get_check_constraints(
        self,
        connection: Connection,
        table_name: str,
        schema: str | None = None,
        **kw: Any,
    ) -> Any:
        """The CHECK constraints."""
        table = _table(connection, table_name, schema, kw)
        found = [
            {"name": each.name, "sqltext": each.sql, **_comment(each)}
            for each in table.checks
        ]
        return sorted(found, key=_by_name)

    def get_indexes(
        self,
        connection: Connection,
        table_name: str,
        schema: str | None = None,
        **kw: Any,
    ) -> Any:
        """The indexes but the primary key's; those of UNIQUE say which they repeat."""
        table = _table(connection, table_name, schema, kw)
        primary = table.primary_key.name if table.primary_key else None
        found = [
            _index(each, {field.name for field in table.fields})
            for each in table.indexes
            if each.name != "_id_" and (primary is None or each.constraint != primary)
        ]
        return sorted(found, key=_by_name)

    def get_table_comment(
        self,
        connection: Connection,
        table_name: str,
        schema: str | None = None,
        **kw: Any,
    ) -> Any:
        """The comment of the table."""
        return {"text": _table(connection, table_name, schema, kw).comment}

    # --- many tables

    def _default_multi_reflect(
        self,
        single_tbl_method: Callable[..., Any],
        connection: Connection,
        kind: Any,
        schema: str | None,
        filter_names: Collection[str] | None,
        scope: Any,
        **kw: Any,
    ) -> Any:
        """SQLAlchemy's loop over the tables, over what was read in one go."""
        if filter_names is None or len(filter_names) > 1:
            kw.setdefault("info_cache", {})
            _all(connection, schema, kw)
        multi: Any = super()._default_multi_reflect
        return multi(
            single_tbl_method, connection, kind, schema, filter_names, scope, **kw
        )


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def _catalog(connection: Connection) -> Any:
    return _driver(connection).catalog


def _all(
    connection: Connection, schema: str | None, kw: dict[str, Any]
) -> dict[str, Any]:
    """All collections of a database by name, once per Inspector."""
    cache = kw.get("info_cache")
    found: dict[str, Any] | None = None
    if cache is not None:
        found = cache.get((_ALL, schema))
    if found is None:
        catalog = _catalog(connection)
        catalog.invalidate(None, schema)  # another process may have changed them
        found = {each.name: each for each in catalog.collections(schema)}
        if cache is not None:
            cache[_ALL, schema] = found
    return found


def _table(
    connection: Connection, name: str, schema: str | None, kw: dict[str, Any]
) -> Any:
    """One collection; NoSuchTableError when there is none."""
    cache = kw.get("info_cache")
    everything = None if cache is None else cache.get((_ALL, schema))
    key = (_ALL, schema, name)
    if everything is not None:
        found = everything.get(name)
    elif cache is not None and key in cache:
        found = cache[key]
    else:
        catalog = _catalog(connection)
        catalog.invalidate(name, schema)
        found = catalog.collection(name, schema)
        if cache is not None:
            cache[key] = found
    if found is None:
        raise NoSuchTableError(f"{schema}.{name}" if schema else name)
    return found


def _names(
    connection: Connection, schema: str | None, kw: dict[str, Any], *, is_view: bool
) -> list[str]:
    found: Iterable[Any] = _all(connection, schema, kw).values()
    return [each.name for each in found if each.is_view is is_view]


def _column(field: Any) -> dict[str, Any]:
    column = {
        "name": field.name,
        "type": from_sql_type(field.seen or field.type),
        "nullable": field.nullable,
        "default": field.default,
        "autoincrement": field.sequence is not None,
        "comment": field.comment,
    }
    if field.generated is not None:
        column["computed"] = {"sqltext": field.generated, "persisted": True}
    if field.identity is not None:
        column["identity"] = _identity(field)
    return column


def _identity(field: Any) -> dict[str, Any]:
    """What the catalog keeps of GENERATED AS IDENTITY: all that can be asked for."""
    return {
        "always": field.generated_always,
        "start": field.identity.start,
        "increment": field.identity.increment,
        "minvalue": field.identity.minimum,
        "maxvalue": field.identity.maximum,
        "cycle": field.identity.cycle,
        "cache": field.identity.cache,
    }


def _key(key: Any, columns: str) -> dict[str, Any]:
    return {columns: list(key.columns), "name": key.name, **_comment(key)}


def _comment(constraint: Any) -> dict[str, Any]:
    return {} if constraint.comment is None else {"comment": constraint.comment}


def _unique(key: Any) -> dict[str, Any]:
    found = _key(key, "column_names")
    if not key.nulls_distinct:
        found["dialect_options"] = {"queryleaf_nulls_not_distinct": True}
    return found


def _foreign_key(key: Any, schema: str | None) -> dict[str, Any]:
    actions = {"ondelete": key.on_delete, "onupdate": key.on_update}
    return {
        "name": key.name,
        **_comment(key),
        "constrained_columns": list(key.columns),
        "referred_schema": schema,
        "referred_table": key.table,
        "referred_columns": list(key.referred),
        "options": {
            name: action
            for name, action in actions.items()
            if action not in (None, "NO ACTION")
        },
    }


def _index(index: Any, columns: set[str]) -> dict[str, Any]:
    """A path into documents is no column: it is shown as an expression."""
    keys = index.keys[: len(index.keys) - len(index.include)]
    paths = [path.removesuffix(".$**") for path, _ in keys]
    found: dict[str, Any] = {
        "name": index.name,
        "column_names": [path if path in columns else None for path in paths],
        "unique": index.unique,
    }
    if not columns.issuperset(paths):
        found["expressions"] = paths
    descending = {path: ("desc",) for path, way in keys if way == -1}
    if descending:
        found["column_sorting"] = descending
    if index.constraint is not None:
        found["duplicates_constraint"] = index.constraint
    options = _index_options(index)
    if options:
        found["dialect_options"] = options
    return found


def _index_options(index: Any) -> dict[str, Any]:
    """What CREATE INDEX said beyond the keys, as `Index(queryleaf_...=)` says it."""
    options: dict[str, Any] = {}
    methods = {way for _, way in index.keys if isinstance(way, str)}
    if methods:
        options["queryleaf_using"] = methods.pop()
    elif index.expire_after_seconds is not None:
        options["queryleaf_using"] = "ttl"
        options["queryleaf_expire_after"] = index.expire_after_seconds
    elif any(path.endswith("$**") for path, _ in index.keys):
        options["queryleaf_using"] = "wildcard"
    if index.include:
        options["queryleaf_include"] = list(index.include)
    if index.where is not None:
        options["queryleaf_where"] = index.where
    if not index.nulls_distinct:
        options["queryleaf_nulls_not_distinct"] = True
    return options


def _by_name(item: dict[str, Any]) -> str:
    return item["name"] or ""
