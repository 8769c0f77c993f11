"""WITH RECURSIVE against time, memory and the 16 MB of a command."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

import queryleaf_dbapi
from queryleaf_dbapi.run import recursive
from tests.conftest import close_quietly

COUNT = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t"


@pytest.fixture
def connection(database_uri: str) -> Any:
    found = queryleaf_dbapi.connect(database_uri, autocommit=True)
    yield found
    close_quietly(found)


def test_an_endless_one_ends_with_the_statement_timeout(database_uri: str) -> None:
    connection = queryleaf_dbapi.connect(database_uri, timeout_ms=700)
    start = time.monotonic()
    with pytest.raises(queryleaf_dbapi.OperationalError, match="timeout") as caught:
        connection.execute(f"{COUNT}) SELECT COUNT(*) FROM t")
    assert caught.value.sqlstate == "57014"
    assert time.monotonic() - start < 5
    close_quietly(connection)


def test_memory_is_bounded(connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recursive, "MEMORY", 1 << 20)
    with pytest.raises(queryleaf_dbapi.OperationalError, match="more than 1 MB") as e:
        connection.execute(
            "WITH RECURSIVE t(n, p) AS (SELECT 1, REPEAT('x', 10000) UNION ALL "
            "SELECT n + 1, p FROM t) SELECT COUNT(*) FROM t"
        )
    assert e.value.sqlstate == "54000"


def test_a_large_working_table_goes_in_parts(
    connection: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.execute("CREATE TABLE d (k INTEGER)")
    connection.execute(f"INSERT INTO d {COUNT}) SELECT n FROM t LIMIT 9")
    monkeypatch.setattr(recursive, "COMMAND_BYTES", 200)
    cursor = connection.execute(
        "WITH RECURSIVE t(k, n) AS (SELECT k, 1 FROM d UNION ALL "
        "SELECT t.k, n + 1 FROM t JOIN d ON d.k = t.k WHERE n < 3) SELECT k, n FROM t"
    )
    assert sorted(cursor.fetchall()) == [
        (k, n) for k in range(1, 10) for n in (1, 2, 3)
    ]
    whole = (
        "WITH RECURSIVE t(k, n) AS (SELECT k, 1 FROM d UNION ALL SELECT DISTINCT k, "
        "n + 1 FROM t WHERE n < 3) SELECT k, n FROM t"
    )
    with pytest.raises(queryleaf_dbapi.OperationalError, match="in one command"):
        connection.execute(whole)
    with pytest.raises(queryleaf_dbapi.OperationalError, match="that reads them"):
        connection.execute(f"{COUNT} WHERE n < 99) SELECT COUNT(*) FROM t")


def test_all_rounds_see_one_state(database_uri: str, connection: Any) -> None:
    """While another client moves a row to and fro between two tables, a recursion
    that reads both in different rounds finds it exactly once."""
    connection.execute("CREATE TABLE one (k INTEGER)")
    connection.execute("CREATE TABLE two (k INTEGER)")
    connection.execute("INSERT INTO one VALUES (1)")
    stop = threading.Event()

    def move() -> None:
        other = queryleaf_dbapi.connect(database_uri)
        source, target = "one", "two"
        while not stop.is_set():
            other.execute(f"DELETE FROM {source}")
            other.execute(f"INSERT INTO {target} VALUES (1)")
            other.commit()
            source, target = target, source
        close_quietly(other)

    mover = threading.Thread(target=move)
    mover.start()
    sql = (
        "WITH RECURSIVE t(r, seen) AS (SELECT 0, 0 UNION ALL SELECT r + 1, seen + "
        "CASE WHEN r = 1 AND EXISTS (SELECT 1 FROM one) THEN 1 "
        "WHEN r = 4 AND EXISTS (SELECT 1 FROM two) THEN 1 ELSE 0 END "
        "FROM t WHERE r < 5) SELECT seen FROM t WHERE r = 5"
    )
    try:
        found = {connection.execute(sql).fetchone() for _ in range(15)}
    finally:
        stop.set()
        mover.join()
    assert found == {(1,)}


def test_inside_a_transaction_it_sees_what_was_written(database_uri: str) -> None:
    connection = queryleaf_dbapi.connect(database_uri)
    connection.execute("CREATE TABLE e (a INTEGER, b INTEGER)")
    connection.execute("INSERT INTO e VALUES (1, 2), (2, 3)")
    cursor = connection.execute(
        "WITH RECURSIVE t(x) AS (SELECT 1 UNION SELECT b FROM e JOIN t ON a = x) "
        "SELECT COUNT(*) FROM t"
    )
    assert cursor.fetchall() == [(3,)]
    connection.rollback()
    close_quietly(connection)
