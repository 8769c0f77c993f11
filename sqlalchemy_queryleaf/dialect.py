"""The dialect: what this database can do, how to reach it, how transactions work.

The SQL is in `compiler` and `ddl`, types are in `types`, inspection is in `reflection`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from sqlalchemy import URL, pool
from sqlalchemy.engine import Connection
from sqlalchemy.schema import Index, UniqueConstraint

from sqlalchemy_queryleaf.compiler import QueryLeafCompiler
from sqlalchemy_queryleaf.ddl import QueryLeafDDLCompiler
from sqlalchemy_queryleaf.execution import QueryLeafExecutionContext
from sqlalchemy_queryleaf.identifiers import QueryLeafIdentifierPreparer
from sqlalchemy_queryleaf.reflection import QueryLeafReflection
from sqlalchemy_queryleaf.type_compiler import QueryLeafTypeCompiler
from sqlalchemy_queryleaf.types import COLSPECS
from sqlalchemy_queryleaf.urls import embedded_arguments, server_arguments

_ISOLATION_LEVELS = ("READ COMMITTED", "SNAPSHOT", "AUTOCOMMIT")


class QueryLeafDialect(QueryLeafReflection):
    """`queryleaf://host:port/database`: SQL for MongoDB."""

    name = "queryleaf"
    driver = "pymongo"
    default_paramstyle = "pyformat"
    supports_statement_cache = True

    statement_compiler = QueryLeafCompiler
    ddl_compiler = QueryLeafDDLCompiler
    type_compiler_cls = QueryLeafTypeCompiler
    preparer = QueryLeafIdentifierPreparer
    execution_ctx_cls = QueryLeafExecutionContext
    colspecs = COLSPECS
    construct_arguments = [  # noqa: RUF012 - SQLAlchemy's form
        (
            Index,
            {
                "using": None,
                "where": None,
                "include": (),
                "nulls_not_distinct": None,
                "expire_after": None,
            },
        ),
        (UniqueConstraint, {"nulls_not_distinct": None}),
    ]

    # names are kept as they are written, and are at most a namespace long
    max_identifier_length = 128
    requires_name_normalize = False

    # rows and statements
    supports_multivalues_insert = True
    supports_default_values = True
    supports_default_metavalue = True
    supports_empty_insert = False
    supports_sane_rowcount = True
    supports_sane_multi_rowcount = True
    supports_server_side_cursors = True
    supports_is_distinct_from = True
    insert_returning = True
    update_returning = True
    delete_returning = True
    update_returning_multifrom = True
    delete_returning_multifrom = True
    postfetch_lastrowid = False
    # executemany() inserts in batches and returns rows in the order of the parameters,
    # so no long VALUES list is needed for that
    use_insertmanyvalues = False
    insert_executemany_returning = True
    insert_executemany_returning_sort_by_parameter_order = True
    cte_follows_insert = False

    # schema
    supports_alter = True
    supports_comments = True
    inline_comments = False
    supports_identity_columns = True
    supports_sequences = True
    sequences_optional = True
    preexecute_autoincrement_sequences = False
    supports_schemas = True
    supports_views = True

    # types
    supports_native_boolean = True
    supports_native_decimal = True
    supports_native_uuid = True
    supports_native_enum = False

    def __init__(
        self,
        json_serializer: Callable[[Any], str] | None = None,
        json_deserializer: Callable[[str], Any] | None = None,
        **options: Any,
    ) -> None:
        """The two functions of create_engine() see JSON text; without them documents
        and lists pass as they are."""
        super().__init__(**options)
        self._json_serializer = json_serializer
        self._json_deserializer = json_deserializer

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        """The driver."""
        import queryleaf_dbapi

        return queryleaf_dbapi

    def create_connect_args(self, url: URL) -> Any:
        """See `urls`."""
        return server_arguments(url)

    @classmethod
    def get_pool_class(cls, url: URL) -> type[pool.Pool]:
        """Connections are cheap but hold a session each."""
        return pool.QueuePool

    # --- the server

    def _get_server_version_info(self, connection: Connection) -> tuple[int, ...]:
        client: Any = _driver(connection).client
        return tuple(client.server_info()["versionArray"][:3])

    def _get_default_schema_name(self, connection: Connection) -> str:
        return str(_driver(connection).database)

    def do_ping(self, dbapi_connection: Any) -> bool:
        """MongoDB's own ping, which compiles nothing and opens no transaction."""
        dbapi_connection.ping()
        return True

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        """Whether the connection cannot be used any more: by the error's class."""
        from queryleaf_dbapi.errors import ConnectionFailure, InterfaceError

        if isinstance(e, InterfaceError):
            driver = getattr(connection, "dbapi_connection", connection)
            return bool(getattr(driver, "closed", False))
        return isinstance(e, ConnectionFailure)

    # --- transactions

    def get_isolation_level_values(self, dbapi_conn: Any) -> Any:
        """What `isolation_level=` takes."""
        return _ISOLATION_LEVELS

    def get_isolation_level(self, dbapi_connection: Any) -> Any:
        """The level of a connection."""
        return dbapi_connection.isolation_level

    def set_isolation_level(self, dbapi_connection: Any, level: Any) -> None:
        """Set it; a transaction must not be open."""
        dbapi_connection.isolation_level = level

    def get_default_isolation_level(self, dbapi_conn: Any) -> Any:
        """What the URL or the driver says: the pool returns to it."""
        return dbapi_conn.isolation_level

    def detect_autocommit_setting(self, dbapi_conn: Any) -> bool:
        """Whether a rollback can be left out."""
        return bool(dbapi_conn.autocommit)


class QueryLeafEmbeddedDialect(QueryLeafDialect):
    """`queryleaf+embedded:///directory`: a server of this process."""

    driver = "embedded"
    supports_statement_cache = True  # asked of each class by itself

    def create_connect_args(self, url: URL) -> Any:
        """See `urls`."""
        return embedded_arguments(url)


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection
