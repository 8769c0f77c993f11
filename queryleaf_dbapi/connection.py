"""Connection: a database, a session with its transaction, and a plan cache."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any

from queryleaf_dbapi import errors
from queryleaf_dbapi.catalog.information_schema import rows as information_rows
from queryleaf_dbapi.compile import (
    Statement,
    compile_statement,
    parse_statement,
)
from queryleaf_dbapi.cost.settings import settings, using
from queryleaf_dbapi.cost.table import costs_of
from queryleaf_dbapi.cursor import Cursor
from queryleaf_dbapi.execution import Prepared, prepare
from queryleaf_dbapi.lifting import LiftedPlans
from queryleaf_dbapi.options import Options, as_directory, is_uri
from queryleaf_dbapi.run.catalog_reader import CatalogReader
from queryleaf_dbapi.run.clients import abandon, database_of, share_client
from queryleaf_dbapi.run.session import Session
from queryleaf_dbapi.sql.parse import ExplainStatement, SessionCommand

_EMBEDDED_DATABASE = "main"


def connect(target: Any, **options: Any) -> Connection:
    """Open a connection.

    `target` is a MongoDB URI with a database (`mongodb://host/db`,
    `mongodb+srv://...`), the path of a directory for an embedded server, or a
    MongoClient (name the `database` then). For the options see `Options`.

    Raises InterfaceError for a bad target or option, OperationalError when the
    server cannot be reached or started.
    """
    parsed = Options.parse(options)
    if isinstance(target, str | os.PathLike):
        return _connect_text(target, parsed)
    if not hasattr(target, "start_session"):
        raise errors.InterfaceError(
            "connect() takes a MongoDB URI, a directory or a MongoClient, not "
            f"{type(target).__name__}"
        )
    if parsed.database is None:
        raise errors.InterfaceError("name the database: connect(client, database=...)")
    return Connection(target, parsed.database, parsed, lambda: None)


def _connect_text(target: str | os.PathLike[str], options: Options) -> Connection:
    text = os.fspath(target)
    if is_uri(text):
        database = options.database or database_of(text)
        if database is None:
            raise errors.InterfaceError(
                "the URI names no database: write mongodb://host/database"
            )
        client, leave = share_client(text, options)
    else:
        directory = as_directory(text)
        database = options.database or _EMBEDDED_DATABASE

        def start() -> Any:
            from queryleaf_dbapi.embedded import open_server

            return open_server(directory)

        client, leave = share_client(directory, options, start)
    connection = Connection(client, database, options, leave)
    try:
        connection.ping()
    except BaseException:
        connection.close()
        raise
    return connection


class Connection:
    """A PEP 249 connection. Threads may share the module, not connections."""

    # PEP 249's optional extension: the exceptions as attributes
    Warning = errors.Warning
    Error = errors.Error
    InterfaceError = errors.InterfaceError
    DatabaseError = errors.DatabaseError
    DataError = errors.DataError
    OperationalError = errors.OperationalError
    IntegrityError = errors.IntegrityError
    InternalError = errors.InternalError
    ProgrammingError = errors.ProgrammingError
    NotSupportedError = errors.NotSupportedError

    def __init__(
        self, client: Any, database: str, options: Options, leave: Any
    ) -> None:
        self.database = database
        self.options = options
        self._leave = leave
        self._session = Session(client, options)
        self._catalog = CatalogReader(client, database)
        self._closed = False
        self._statements: OrderedDict[Any, Statement] = OrderedDict()
        self._prepared: OrderedDict[Any, Prepared] = OrderedDict()
        size = options.plan_cache_size
        self._lifted = LiftedPlans(self.statement, self.compile, size)
        self._catalog_version = -1
        self.lock = threading.RLock()

    @property
    def client(self) -> Any:
        """The MongoClient below, for what SQL does not say."""
        return self._session.client

    @property
    def catalog(self) -> CatalogReader:
        """The collections as SQL sees them."""
        return self._catalog

    @property
    def session(self) -> Session:
        """The server session; for the driver's own modules."""
        self._check_open()
        return self._session

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._closed

    @property
    def in_transaction(self) -> bool:
        """Whether a server transaction is open."""
        return self._session.in_transaction

    @property
    def autocommit(self) -> bool:
        """Whether every statement is committed at once."""
        return self._session.autocommit

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        if self._session.in_transaction and value:
            raise errors.ProgrammingError(
                "autocommit cannot change inside a transaction: commit or roll back"
            )
        self._session.autocommit = bool(value)

    @property
    def isolation_level(self) -> str:
        """READ COMMITTED, SNAPSHOT or AUTOCOMMIT."""
        return "AUTOCOMMIT" if self.autocommit else self._session.isolation_level

    @isolation_level.setter
    def isolation_level(self, value: str) -> None:
        parsed = Options.parse({"isolation_level": value})
        self.autocommit = parsed.autocommit
        if not parsed.autocommit:
            self._session.isolation_level = parsed.isolation_level

    def _check_open(self) -> None:
        if self._closed:
            raise errors.InterfaceError("the connection is closed")

    def ping(self) -> None:
        """Ask the server for an answer; ConnectionFailure when there is none."""
        self._check_open()
        self._session.ping()

    def cursor(self) -> Cursor:
        """A new cursor."""
        self._check_open()
        return Cursor(self)

    def execute(self, sql: str, parameters: Any = None) -> Cursor:
        """A new cursor on which the statement has been executed."""
        return self.cursor().execute(sql, parameters)

    def commit(self) -> None:
        """Commit the transaction, if one is open."""
        self._check_open()
        with self.lock:
            self._session.commit()

    def rollback(self) -> None:
        """Undo the transaction, if one is open."""
        self._check_open()
        with self.lock:
            self._session.rollback()

    def close(self) -> None:
        """Roll back what is open and leave the server.

        Raises InterfaceError when the connection is closed already.
        """
        self._check_open()
        self._closed = True
        try:
            self._session.close()
        finally:
            self._leave()

    def __enter__(self) -> Connection:
        self._check_open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Commit, or roll back after an exception; then close."""
        if self._closed:
            return
        try:
            if kind is None:
                self.commit()
            else:
                self._session.rollback()
        finally:
            self.close()

    def __del__(self) -> None:
        if not getattr(self, "_closed", True):
            self._closed = True
            abandon(self._session.close)
            abandon(self._leave)

    def lifted(
        self, sql: str, parameters: Any
    ) -> tuple[Prepared, tuple[Any, ...]] | None:
        """The plan shared by texts that differ from this one in literals, and the
        values for it; None where the text is compiled as it is."""
        if (sql, parameters is not None) in self._statements:
            return None
        self._forget_old_plans()
        found = self._lifted.find(sql, parameters, self._session.in_transaction)
        # reading the catalog for it may have changed the version
        self._catalog_version = self._catalog.version
        return found

    def statement(self, sql: str, has_parameters: bool) -> Statement:
        """The parsed statement, out of the cache when it is there."""
        key = (sql, has_parameters)
        found = self._statements.get(key)
        if found is None:
            found = parse_statement(sql, has_parameters)
            _remember(self._statements, key, found, self.options.plan_cache_size)
        return found

    def prepared(
        self, statement: Statement, values: Sequence[Any], careful: bool = False
    ) -> Prepared:
        """The statement ready to run for parameters of these types; `careful` when
        the plan chosen first ran into a limit of the server."""
        self._forget_old_plans()
        inside = self._session.reads_inside
        key = (statement.sql, tuple(map(type, values)), inside, careful)
        found = self._prepared.get(key)
        if found is None:
            found = self.compile(statement, values, careful)
            _remember(self._prepared, key, found, self.options.plan_cache_size)
            # reading the catalog for it may have changed the version
            self._catalog_version = self._catalog.version
        return found

    def _forget_old_plans(self) -> None:
        version = self._catalog.version
        if version != self._catalog_version:
            self._prepared.clear()
            self._lifted.clear()
            self._catalog_version = version

    def compile(
        self, statement: Statement, values: Sequence[Any], careful: bool = False
    ) -> Prepared:
        """Compile now, cache or not."""
        assert not isinstance(statement.tree, SessionCommand | ExplainStatement)
        given = values[: len(values) - len(statement.literal_types)]
        costs = costs_of(self._catalog.server_version)
        with using(replace(settings(), costs=costs, careful=careful)):
            compiled = compile_statement(
                statement,
                (*map(type, given), *statement.literal_types),
                self._catalog,
                self.database,
                self._session.reads_inside,
                self.options.foreign_keys,
            )
        return prepare(compiled, self.virtual_rows)

    def virtual_rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of a relation of information_schema."""
        reader = self._catalog
        if name == "sequences":
            found = reader.sequences()
            listed = [(self.database, each, how) for each, how in found.items()]
            return list(information_rows(name, (), (), listed))
        return list(information_rows(name, reader.collections(), reader.databases()))


def _remember(cache: OrderedDict[Any, Any], key: Any, value: Any, limit: int) -> None:
    cache[key] = value
    if len(cache) > limit:
        cache.popitem(last=False)
