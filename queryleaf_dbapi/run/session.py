"""The server session of a connection and its transaction.

READ COMMITTED opens the server's transaction at the first write: reads before it
run outside, after it inside, so that an idle reader never holds a transaction the
server would kill after a minute. SNAPSHOT opens it at the first statement.
"""

from __future__ import annotations

import time
import warnings
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

import pymongo
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from queryleaf_dbapi.errors import (
    InvalidTransactionState,
    NotSupportedError,
    SerializationFailure,
    Warning,
)
from queryleaf_dbapi.options import Options
from queryleaf_dbapi.run.error_map import translate, translated
from queryleaf_dbapi.run.key_locks import next_stripe

_Result = TypeVar("_Result")
_TRANSIENT = "TransientTransactionError"
_UNKNOWN_COMMIT = "UnknownTransactionCommitResult"
_RETRY_SECONDS = 20.0


class Session:
    """Runs operations in the right transaction and ends it.

    Not thread-safe: a connection serialises its statements.
    """

    def __init__(self, client: MongoClient[Any], options: Options) -> None:
        self.client = client
        self.options = options
        self.autocommit = options.autocommit
        self.isolation_level = options.isolation_level
        self._session: ClientSession | None = None
        self._databases: dict[str, Database[dict[str, Any]]] = {}
        self._failed = False
        self._has_transactions: bool | None = None
        self._wrote_without = False
        self._has_results = False
        # open results inside the transaction, read into memory before it ends
        self._open: weakref.WeakSet[Any] = weakref.WeakSet()
        # operations may use the session themselves; only the outermost is retried
        self._depth = 0
        # numbers taken from sequences, by (database, name): currval(), lastval()
        self.numbers: dict[tuple[str, str], int] = {}
        self.last_number: int | None = None
        self.stripe = next_stripe()  # see run/key_locks.py

    @property
    def session(self) -> ClientSession:
        """The causally consistent session, started when first used."""
        if self._session is None:
            with translated():
                self._session = self.client.start_session(causal_consistency=True)
        return self._session

    @property
    def in_transaction(self) -> bool:
        """Whether a server transaction is open."""
        return self._session is not None and self._session.in_transaction

    @property
    def reads_inside(self) -> bool:
        """Whether a read, were it sent now, would run inside a transaction: one is
        open, or the read itself opens it."""
        return self.in_transaction or (
            self.isolation_level == "SNAPSHOT"
            and not self.autocommit
            and self.has_transactions()
        )

    def database(self, name: str) -> Database[dict[str, Any]]:
        """A database with the connection's read and write concern."""
        found = self._databases.get(name)
        if found is None:
            found = self._databases[name] = self.client.get_database(
                name,
                read_concern=self._read_concern(),
                write_concern=self._write_concern(),
            )
        return found

    def _read_concern(self) -> ReadConcern:
        """The option's; a URI's where the option was left alone."""
        if self.options.read_concern == Options().read_concern:
            said = self.client.read_concern
            return said if said.level else ReadConcern(self.options.read_concern)
        return ReadConcern(self.options.read_concern)

    def _write_concern(self) -> WriteConcern:
        """The options'; a URI's or client's where they were left alone."""
        defaults = Options()
        said = self.client.write_concern
        if said.document and (self.options.w, self.options.j) == (
            defaults.w,
            defaults.j,
        ):
            return said
        if self.options.w == 0:
            return WriteConcern(w=0)
        return WriteConcern(w=self.options.w, j=self.options.j)

    def has_transactions(self) -> bool:
        """Whether the deployment has transactions; a standalone server has not."""
        if self._has_transactions is None:
            with translated():
                hello = self.client.admin.command("hello")
            self._has_transactions = (
                "setName" in hello or hello.get("msg") == "isdbgrid"
            )
            if not self._has_transactions and not self.autocommit:
                warnings.warn(
                    Warning(
                        "the server is a standalone: it has no transactions, every "
                        "statement is committed at once"
                    ),
                    stacklevel=4,
                )
        return self._has_transactions

    def read(self, operation: Callable[[ClientSession], _Result]) -> _Result:
        """Run a read in the open transaction, or in none."""
        self._check_not_failed()
        if self.reads_inside and not self.in_transaction:
            self._begin()
        return self._run(operation)

    def snapshot(self) -> ClientSession:
        """The session for several reads of one state of the data: the transaction's
        where one is open, else one of its own, which the caller ends."""
        if self.in_transaction or not self.has_transactions():
            return self.session
        with translated():
            return self.client.start_session(snapshot=True)

    def ping(self) -> None:
        """Ask the server for an answer, no longer than it may take to find one: the
        timeout of operations would have it retried all that time."""
        with (
            translated(),
            pymongo.timeout(self.client.options.server_selection_timeout),
        ):
            self.client.admin.command("ping")

    def outside(self, operation: Callable[[], _Result]) -> _Result:
        """Run something that belongs to no transaction, such as explain."""
        with translated():
            return operation()

    def write(
        self, operation: Callable[[ClientSession], _Result], *, atomic: bool
    ) -> _Result:
        """Run a write. Without autocommit it opens the transaction; with it, an
        operation on several documents (`atomic`) gets a transaction of its own."""
        self._check_not_failed()
        if self.in_transaction:
            return self._run(operation, writes=True)
        if not self.has_transactions():
            self._wrote_without = not self.autocommit
            return self._run(operation, writes=True)
        if not self.autocommit:
            self._begin()
            return self._run(operation, writes=True)
        if not atomic:
            return self._run(operation, writes=True)
        return self._in_own_transaction(operation)

    def _in_own_transaction(
        self, operation: Callable[[ClientSession], _Result]
    ) -> _Result:
        deadline = time.monotonic() + _RETRY_SECONDS
        while True:
            self._begin()
            try:
                result = self._run(operation, writes=True)
                self.commit()
            except SerializationFailure:
                self.rollback()
                if time.monotonic() > deadline:
                    raise
            except BaseException:
                self.rollback()
                raise
            else:
                return result

    def begin(self) -> None:
        """BEGIN: the transaction opens now, whatever autocommit says."""
        if self.in_transaction:
            raise InvalidTransactionState("there is already a transaction in progress")
        if not self.has_transactions():
            raise NotSupportedError("a standalone server has no transactions")
        self._begin()

    def _begin(self) -> None:
        self._failed = False
        self._has_results = False
        with translated():
            self.session.start_transaction(
                read_concern=ReadConcern("snapshot"),
                write_concern=WriteConcern(w="majority"),
            )

    def _check_not_failed(self) -> None:
        if self._failed:
            raise InvalidTransactionState(
                "current transaction is aborted, statements are ignored until ROLLBACK"
            )

    def _run(
        self, operation: Callable[[ClientSession], _Result], *, writes: bool = False
    ) -> _Result:
        inside = self.in_transaction
        first = inside and not self._has_results and not self._depth
        self._depth += 1
        try:
            with translated():
                result = operation(self.session)
        except Exception as error:
            cause = error.__cause__
            if inside and first and _is_transient(cause):
                return self._retry(operation, error, writes)
            if inside:
                self._fail(cause, writes)
            lost = isinstance(cause, ConnectionFailure)  # a label, but no conflict
            if inside and _is_transient(cause) and not lost:
                raise SerializationFailure(
                    "the transaction conflicts with another one: run it again"
                ) from cause
            raise
        finally:
            self._depth -= 1
        if inside and not self._depth:
            self._has_results = True
        return result

    def _retry(
        self,
        operation: Callable[[ClientSession], _Result],
        error: Exception,
        writes: bool,
    ) -> _Result:
        """A conflict before any result was handed out: begin again, quietly."""
        deadline = time.monotonic() + _RETRY_SECONDS
        pause = 0.005
        while time.monotonic() < deadline:
            self._abort()
            time.sleep(pause)
            pause = min(pause * 2, 0.5)
            self._begin()
            try:
                with translated():
                    result = operation(self.session)
            except Exception as again:
                error = again
                if not _is_transient(again.__cause__):
                    self._fail(again.__cause__, writes)
                    raise
            else:
                self._has_results = True
                return result
        self._fail(error.__cause__, writes)
        raise SerializationFailure(
            "the transaction conflicts with another one: run it again"
        ) from error.__cause__

    def _fail(self, cause: BaseException | None, writes: bool) -> None:
        """The server's refusal aborts its transaction. Ours leaves it open, but for a
        write: the part of it that is done cannot be taken back alone."""
        if writes or isinstance(cause, PyMongoError):
            self._failed = True

    def took(self, database: str, sequence: str, number: int) -> None:
        """Remember the last number that a sequence gave to this connection."""
        self.numbers[database, sequence] = number
        self.last_number = number

    def keep(self, result: Any) -> None:
        """Remember an open result: it is read to its end before the transaction."""
        if self.in_transaction:
            self._open.add(result)

    def commit(self) -> None:
        """COMMIT; retried while the server's answer is unknown. A transaction that
        failed is rolled back instead, as PostgreSQL does."""
        self._wrote_without = False
        if not self.in_transaction:
            self._failed = False
            return
        if self._failed:
            self.rollback()
            return
        for result in list(self._open):
            result.buffer()
        self._open.clear()
        deadline = time.monotonic() + _RETRY_SECONDS
        with translated():
            while True:
                try:
                    self.session.commit_transaction()
                except (OperationFailure, ConnectionFailure) as error:
                    if not error.has_error_label(_UNKNOWN_COMMIT):
                        raise
                    if time.monotonic() > deadline:
                        ours = translate(error)
                        assert ours is not None
                        ours.outcome = "unknown"
                        raise ours from error
                else:
                    return

    def rollback(self) -> None:
        """ROLLBACK. On a standalone server, after a write: NotSupportedError."""
        wrote, self._wrote_without = self._wrote_without, False
        self._abort()
        self._failed = False
        if wrote:
            raise NotSupportedError(
                "a standalone server has no transactions: the changes are committed"
            )

    def _abort(self) -> None:
        for result in list(self._open):
            result.discard()
        self._open.clear()
        if self.in_transaction:
            with translated():
                self.session.abort_transaction()

    def close(self) -> None:
        """Roll back and give the session back to the server."""
        session, self._session = self._session, None
        for result in list(self._open):
            result.discard()
        if session is not None:
            session.end_session()


def _is_transient(cause: BaseException | None) -> bool:
    return isinstance(cause, PyMongoError) and cause.has_error_label(_TRANSIENT)
