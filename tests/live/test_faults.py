"""Faults: a killed server, lost answers, timeouts. Every one is an error of ours
within a bounded time, or is not noticed at all; what was acknowledged is there.

The servers are this file's own: one is killed, the other has fail points.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

import queryleaf_dbapi
from queryleaf_dbapi import errors
from queryleaf_dbapi.embedded import open_server
from tests.conftest import close_quietly, uri_of_database

pytestmark = pytest.mark.live


@pytest.fixture(autouse=True)
def short_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is retried for 20 seconds is retried for 1.5."""
    monkeypatch.setattr("queryleaf_dbapi.run.session._RETRY_SECONDS", 1.5)


# --- kill -9


def server_process(connection: Any) -> int:
    return int(connection.client.admin.command("serverStatus")["pid"])


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[tuple[Path, Any]]:
    """A directory with its embedded server, and a connection to it."""
    directory = tmp_path / "data"
    connection = queryleaf_dbapi.connect(directory, timeout_ms=5_000)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)")
    yield directory, connection
    close_quietly(connection)


def test_a_killed_server(victim: tuple[Path, Any]) -> None:
    """Statements fail with ConnectionFailure; a new connection finds what was
    acknowledged and nothing of what was not."""
    directory, connection = victim
    acknowledged = list(range(50))
    for number in acknowledged:
        connection.execute("INSERT INTO t (id, n) VALUES (%s, 0)", [number])
        connection.commit()
    connection.execute("INSERT INTO t (id, n) VALUES (1000, 0)")  # not committed
    os.kill(server_process(connection), signal.SIGKILL)
    started = time.monotonic()
    with pytest.raises(errors.OperationalError) as caught:
        connection.execute("UPDATE t SET n = 1 WHERE id = 1")
    assert isinstance(caught.value, (errors.ConnectionFailure, errors.QueryCanceled))
    with pytest.raises(errors.Error):
        connection.commit()
        connection.execute("SELECT 1").fetchall()
        raise AssertionError("the transaction was lost and commit() said nothing")
    assert time.monotonic() - started < 40
    close_quietly(connection)

    again = reconnect(directory)
    found = again.execute("SELECT id FROM t ORDER BY id").fetchall()
    assert [row[0] for row in found] == acknowledged
    again.execute("UPDATE t SET n = 2 WHERE id = 1")
    again.commit()
    again.close()


def reconnect(directory: Path) -> Any:
    """Open the directory again; the supervisor may still be noticing the end."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return queryleaf_dbapi.connect(directory)
        except errors.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def test_a_killed_server_and_an_open_cursor(victim: tuple[Path, Any]) -> None:
    directory, connection = victim
    values = ", ".join(f"({i}, {i})" for i in range(3000))
    connection.execute(f"INSERT INTO t (id, n) VALUES {values}")
    connection.commit()
    connection.execute("DELETE FROM t WHERE id = 0")
    connection.rollback()
    small = queryleaf_dbapi.connect(directory, batch_size=10, timeout_ms=5_000)
    cursor = small.execute("SELECT id FROM t WHERE n >= 0")
    assert cursor.fetchone() is not None
    os.kill(server_process(connection), signal.SIGKILL)
    with pytest.raises(errors.OperationalError):
        for _ in range(3000):
            assert cursor.fetchone() is not None
    close_quietly(small)


# --- fail points


@pytest.fixture(scope="module")
def failing_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that does as the fail points say."""
    directory = tmp_path_factory.mktemp("failing") / "data"
    with open_server(directory, parameters={"enableTestCommands": "1"}) as server:
        # a server that said it shuts down is asked again with the next heartbeat
        yield uri_of_database(server.uri, "db") + "&heartbeatFrequencyMS=500"


class FailPoint:
    """Turns `failCommand` on, for statements of the driver only."""

    def __init__(self, client: MongoClient[Any]) -> None:
        self._client = client

    def __call__(self, *commands: str, times: int = 1, **data: Any) -> None:
        self._client.admin.command(
            "configureFailPoint",
            "failCommand",
            mode={"times": times} if times else "alwaysOn",
            data={"failCommands": list(commands), **data},
        )

    def off(self) -> None:
        self._client.admin.command("configureFailPoint", "failCommand", mode="off")


@pytest.fixture
def fail(failing_uri: str) -> Iterator[FailPoint]:
    with MongoClient[Any](failing_uri) as client:
        # a transaction whose commit was lost holds its locks for a minute
        client.admin.command("killAllSessions", [])
        client.drop_database("db")
        point = FailPoint(client)
        yield point
        point.off()


@pytest.fixture
def connection(failing_uri: str, fail: FailPoint) -> Iterator[Any]:
    """Autocommit, over a table of ten rows, with everything compiled once."""
    connection = queryleaf_dbapi.connect(failing_uri, autocommit=True, timeout_ms=4_000)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)")
    values = ", ".join(f"({i}, 0)" for i in range(10))
    connection.execute(f"INSERT INTO t (id, n) VALUES {values}")
    assert total(connection) == (10, 0)
    yield connection
    fail.off()
    close_quietly(connection)


def total(connection: Any) -> tuple[Any, ...]:
    found = connection.execute("SELECT COUNT(*), SUM(n) FROM t").fetchone()
    return tuple(found)


READS = {
    "find": "SELECT id FROM t WHERE n = 0",
    "aggregate": "SELECT COUNT(*) FROM t",
}


@pytest.mark.parametrize("command", READS)
def test_a_lost_read_is_retried(connection: Any, fail: FailPoint, command: str) -> None:
    fail(command, closeConnection=True)
    assert len(connection.execute(READS[command]).fetchall()) in (10, 1)


@pytest.mark.parametrize("command", READS)
def test_a_read_that_stays_lost_fails_in_time(
    connection: Any, fail: FailPoint, command: str
) -> None:
    """It is tried again until the timeout; which of the two comes last may differ."""
    fail(command, times=0, closeConnection=True)
    with pytest.raises((errors.ConnectionFailure, errors.QueryCanceled)):
        connection.execute(READS[command]).fetchall()
    fail.off()
    assert total(connection) == (10, 0)


def test_the_catalog_s_reading_is_retried_or_mapped(
    connection: Any, fail: FailPoint, failing_uri: str
) -> None:
    fail("listCollections", times=0, closeConnection=True)
    with (
        contextlib.closing(queryleaf_dbapi.connect(failing_uri)) as fresh,
        contextlib.suppress(errors.OperationalError, errors.UndefinedTable),
    ):
        fresh.execute("SELECT * FROM unknown_collection").fetchall()


def test_a_lost_insert_is_done_once(connection: Any, fail: FailPoint) -> None:
    fail("insert", closeConnection=True)
    connection.execute("INSERT INTO t (id, n) VALUES (10, 0)")
    assert total(connection) == (11, 0)


def test_a_lost_update_of_one_row_is_done_once(
    connection: Any, fail: FailPoint
) -> None:
    fail("update", closeConnection=True)
    connection.execute("UPDATE t SET n = n + 1 WHERE id = 1")
    assert total(connection) == (10, 1)


@pytest.mark.parametrize(
    ("command", "sql", "after"),
    [
        ("update", "UPDATE t SET n = n + 1", (10, 10)),
        ("delete", "DELETE FROM t WHERE id >= 5", (5, 0)),
        ("insert", "INSERT INTO t (id, n) VALUES (10, 0), (11, 0)", (12, 0)),
    ],
)
@pytest.mark.parametrize("times", [1, 2, 20])
def test_a_lost_write_of_many_rows_is_done_once_or_not(
    connection: Any,
    fail: FailPoint,
    command: str,
    sql: str,
    after: tuple[int, int],
    times: int,
) -> None:
    """update_many is never retried by pymongo: here it has a transaction, so it is
    whole or nothing, and the error tells which."""
    fail(command, times=times, closeConnection=True)
    try:
        connection.execute(sql)
    except errors.OperationalError as error:
        fail.off()
        assert error.outcome != "unknown"
        assert total(connection) == (10, 0)
    else:
        fail.off()
        assert total(connection) == after
    connection.execute("DELETE FROM t")
    assert total(connection) == (0, None)


@pytest.mark.parametrize("times", [1, 3])
def test_a_lost_commit_is_retried(
    failing_uri: str, connection: Any, fail: FailPoint, times: int
) -> None:
    with contextlib.closing(queryleaf_dbapi.connect(failing_uri)) as writer:
        writer.execute("UPDATE t SET n = n + 1")
        fail("commitTransaction", times=times, closeConnection=True)
        writer.commit()
        assert not writer.in_transaction
    assert total(connection) == (10, 10)


def test_a_commit_that_stays_lost_is_bounded_and_unknown(
    failing_uri: str, connection: Any, fail: FailPoint
) -> None:
    writer = queryleaf_dbapi.connect(failing_uri, timeout_ms=3_000)
    writer.execute("UPDATE t SET n = n + 1")
    fail("commitTransaction", times=0, closeConnection=True)
    started = time.monotonic()
    with pytest.raises(errors.OperationalError) as caught:
        writer.commit()
    assert time.monotonic() - started < 30
    assert caught.value.outcome == "unknown"
    fail.off()
    close_quietly(writer)
    assert total(connection) in ((10, 0), (10, 10))


def test_a_lost_statement_of_a_transaction_aborts_it(
    failing_uri: str, connection: Any, fail: FailPoint
) -> None:
    with contextlib.closing(queryleaf_dbapi.connect(failing_uri)) as writer:
        writer.execute("UPDATE t SET n = 1 WHERE id = 1")
        fail("update", times=1, closeConnection=True)
        with pytest.raises((errors.SerializationFailure, errors.ConnectionFailure)):
            writer.execute("UPDATE t SET n = 2 WHERE id = 2")
        with pytest.raises(errors.InvalidTransactionState):
            writer.execute("SELECT 1")
        writer.rollback()
        assert total(connection) == (10, 0)
        writer.execute("UPDATE t SET n = 3 WHERE id = 3")
        writer.commit()
    assert total(connection) == (10, 3)


def test_a_first_statement_s_transient_error_is_retried(
    failing_uri: str, connection: Any, fail: FailPoint
) -> None:
    with contextlib.closing(queryleaf_dbapi.connect(failing_uri)) as writer:
        labels = ["TransientTransactionError"]
        fail("update", times=2, errorCode=112, errorLabels=labels)
        writer.execute("UPDATE t SET n = 1 WHERE id = 1")
        writer.commit()
    assert total(connection) == (10, 1)


CODES = {
    "primary steps down": (10107, errors.OperationalError),
    "shutdown": (91, errors.OperationalError),
    "timeout": (50, errors.QueryCanceled),
    "killed": (11601, errors.QueryCanceled),
    "unauthorized": (13, errors.InsufficientPrivilege),
    "memory": (292, errors.ProgramLimitExceeded),
    "unknown": (424242, errors.OperationalError),
}


@pytest.mark.parametrize("case", CODES.values(), ids=CODES)
@pytest.mark.parametrize("command", ["find", "aggregate", "update", "insert"])
def test_a_server_code_has_its_class(
    connection: Any, fail: FailPoint, command: str, case: tuple[int, Any]
) -> None:
    code, expected = case
    sql = {
        **READS,
        "update": "UPDATE t SET n = 1",
        "insert": "INSERT INTO t (id, n) VALUES (99, 5)",
    }[command]
    fail(command, times=0, errorCode=code)
    with pytest.raises(expected) as caught:
        connection.execute(sql).fetchall()
    assert "full error" not in str(caught.value)
    fail.off()
    assert total(connection) == (10, 0)


def test_a_blocked_command_runs_into_the_timeout(
    failing_uri: str, connection: Any, fail: FailPoint
) -> None:
    with contextlib.closing(
        queryleaf_dbapi.connect(failing_uri, timeout_ms=1_000)
    ) as hurried:
        hurried.execute("SELECT id FROM t WHERE n = 0").fetchall()
        fail("find", times=0, blockConnection=True, blockTimeMS=5_000)
        started = time.monotonic()
        with pytest.raises(errors.QueryCanceled):
            hurried.execute("SELECT id FROM t WHERE n = 0").fetchall()
        assert time.monotonic() - started < 3
        fail.off()
        assert len(hurried.execute("SELECT id FROM t WHERE n = 0").fetchall()) == 10


def test_a_long_statement_is_canceled(failing_uri: str, connection: Any) -> None:
    """The server gives up as well: nothing of it is left running."""
    connection.execute("CREATE TABLE big (id INTEGER PRIMARY KEY, n INTEGER)")
    values = [(i, i) for i in range(4000)]
    connection.cursor().executemany("INSERT INTO big (id, n) VALUES (%s, %s)", values)
    with contextlib.closing(
        queryleaf_dbapi.connect(failing_uri, timeout_ms=700)
    ) as hurried:
        started = time.monotonic()
        with pytest.raises(errors.QueryCanceled):
            hurried.execute(
                "SELECT COUNT(*) FROM big a CROSS JOIN big b CROSS JOIN big c "
                "WHERE a.n + b.n + c.n = 1"
            ).fetchall()
        assert time.monotonic() - started < 5
    time.sleep(1)
    current = connection.client.admin.aggregate(
        [{"$currentOp": {}}, {"$match": {"ns": "db.big", "op": "command"}}]
    )
    assert list(current) == []


def test_no_server_is_a_connection_failure() -> None:
    started = time.monotonic()
    with pytest.raises(errors.ConnectionFailure):
        queryleaf_dbapi.connect(
            "mongodb://127.0.0.1:1/db?serverSelectionTimeoutMS=500", timeout_ms=800
        )
    assert time.monotonic() - started < 5
