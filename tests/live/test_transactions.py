"""Transactions: what another connection sees, and when; and what an error undoes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest

import queryleaf_dbapi
from queryleaf_dbapi import errors

Connect = Callable[..., Any]
ROWS = [(1, 10), (2, 20), (3, 30)]


@pytest.fixture
def other(connect: Connect) -> Any:
    """A second connection, which commits everything at once, over a table `t`."""
    connection = connect(autocommit=True)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)")
    connection.execute("INSERT INTO t (id, n) VALUES (1, 10), (2, 20), (3, 30)")
    return connection


def rows(connection: Any, table: str = "t") -> list[tuple[Any, ...]]:
    found = connection.execute(f"SELECT id, n FROM {table} ORDER BY id").fetchall()
    return [tuple(row) for row in found]


# --- READ COMMITTED, the default


def test_the_transaction_opens_at_the_first_write(connect: Connect, other: Any) -> None:
    connection = connect()
    assert connection.isolation_level == "READ COMMITTED"
    assert not connection.in_transaction
    assert rows(connection) == ROWS
    assert not connection.in_transaction
    connection.execute("UPDATE t SET n = 11 WHERE id = 1")
    assert connection.in_transaction
    connection.commit()
    assert not connection.in_transaction


def test_reads_before_the_first_write_see_new_commits(
    connect: Connect, other: Any
) -> None:
    connection = connect()
    assert rows(connection) == ROWS
    other.execute("UPDATE t SET n = 99 WHERE id = 3")
    assert rows(connection)[2] == (3, 99)


def test_a_transaction_reads_its_own_writes(connect: Connect, other: Any) -> None:
    connection = connect()
    connection.execute("UPDATE t SET n = n + 1 WHERE id = 1")
    connection.execute("INSERT INTO t (id, n) VALUES (4, 40)")
    connection.execute("DELETE FROM t WHERE id = 2")
    assert rows(connection) == [(1, 11), (3, 30), (4, 40)]
    total = connection.execute("SELECT SUM(n), COUNT(*) FROM t").fetchone()
    assert total == (81, 3)
    joined = "SELECT a.id FROM t a JOIN t b ON a.id = b.id WHERE b.n = 40"
    assert connection.execute(joined).fetchall() == [(4,)]
    union = "SELECT id FROM t WHERE n = 40 UNION SELECT id FROM t WHERE n = 11"
    assert sorted(connection.execute(union).fetchall()) == [(1,), (4,)]
    subquery = "SELECT id FROM t WHERE n = (SELECT MAX(n) FROM t)"
    assert connection.execute(subquery).fetchall() == [(4,)]
    assert rows(other) == ROWS


def test_commit_publishes(connect: Connect, other: Any) -> None:
    connection = connect()
    connection.execute("DELETE FROM t WHERE id > 1")
    assert rows(other) == ROWS
    connection.commit()
    assert rows(other) == [(1, 10)]
    connection.commit()  # nothing is open: no error
    assert rows(connection) == [(1, 10)]


def test_rollback_undoes(connect: Connect, other: Any) -> None:
    connection = connect()
    connection.execute("UPDATE t SET n = 0")
    connection.execute("INSERT INTO t (id, n) VALUES (4, 40)")
    connection.rollback()
    assert not connection.in_transaction
    assert rows(connection) == rows(other) == ROWS
    connection.rollback()  # nothing is open: no error
    connection.execute("UPDATE t SET n = 12 WHERE id = 1")
    connection.commit()
    assert rows(other)[0] == (1, 12)


def test_close_rolls_back(connect: Connect, other: Any) -> None:
    connection = connect()
    connection.execute("DELETE FROM t")
    connection.close()
    assert rows(other) == ROWS


def test_the_server_s_error_aborts_until_rollback(connect: Connect, other: Any) -> None:
    connection = connect()
    connection.execute("UPDATE t SET n = 11 WHERE id = 1")
    with pytest.raises(errors.UniqueViolation):
        connection.execute("INSERT INTO t (id, n) VALUES (2, 0)")
    for sql in ("SELECT 1", "SELECT n FROM t", "UPDATE t SET n = 0"):
        with pytest.raises(errors.InvalidTransactionState):
            connection.execute(sql)
    connection.rollback()
    assert rows(connection) == ROWS
    connection.execute("UPDATE t SET n = 12 WHERE id = 1")
    connection.commit()
    assert rows(other)[0] == (1, 12)


def test_commit_of_a_failed_transaction_is_a_rollback(
    connect: Connect, other: Any
) -> None:
    """As in PostgreSQL, where COMMIT answers ROLLBACK."""
    connection = connect()
    connection.execute("UPDATE t SET n = 11 WHERE id = 1")
    with pytest.raises(errors.UniqueViolation):
        connection.execute("INSERT INTO t (id, n) VALUES (2, 0)")
    connection.commit()
    assert not connection.in_transaction
    assert rows(connection) == rows(other) == ROWS


@pytest.mark.parametrize(
    "sql",
    ["SELECT nothing FROM t", "SELEC 1", "SELECT 1 FROM nowhere", "SELECT 'a"],
)
def test_a_statement_refused_here_changes_nothing(
    connect: Connect, other: Any, sql: str
) -> None:
    """Whether it aborts the transaction or not: what is committed is consistent."""
    connection = connect()
    connection.execute("UPDATE t SET n = 11 WHERE id = 1")
    with pytest.raises(errors.ProgrammingError):
        connection.execute(sql)
    connection.rollback()
    assert rows(other) == ROWS


def test_the_context_manager(connect: Connect, other: Any) -> None:
    with connect() as connection:
        connection.execute("UPDATE t SET n = 11 WHERE id = 1")
    assert rows(other)[0] == (1, 11)
    with pytest.raises(ZeroDivisionError), connect() as connection:
        connection.execute("UPDATE t SET n = 12 WHERE id = 1")
        raise ZeroDivisionError
    assert rows(other)[0] == (1, 11)


# --- autocommit


def test_autocommit(connect: Connect, other: Any) -> None:
    connection = connect(autocommit=True)
    connection.execute("UPDATE t SET n = 11 WHERE id = 1")
    assert not connection.in_transaction
    assert rows(other)[0] == (1, 11)
    connection.rollback()
    assert rows(other)[0] == (1, 11)


def test_autocommit_can_be_switched(connect: Connect, other: Any) -> None:
    connection = connect()
    connection.execute("UPDATE t SET n = 11 WHERE id = 1")
    with pytest.raises(errors.ProgrammingError):
        connection.autocommit = True
    connection.rollback()
    connection.autocommit = True
    connection.execute("UPDATE t SET n = 12 WHERE id = 1")
    assert rows(other)[0] == (1, 12)
    connection.autocommit = False
    connection.execute("UPDATE t SET n = 13 WHERE id = 1")
    connection.rollback()
    assert rows(other)[0] == (1, 12)


def test_begin_and_commit_as_sql(connect: Connect, other: Any) -> None:
    connection = connect(autocommit=True)
    connection.execute("BEGIN")
    connection.execute("UPDATE t SET n = 11 WHERE id = 1")
    assert rows(other) == ROWS
    connection.execute("ROLLBACK")
    assert rows(connection) == ROWS
    connection.execute("BEGIN")
    connection.execute("UPDATE t SET n = 12 WHERE id = 1")
    connection.execute("COMMIT")
    assert rows(other)[0] == (1, 12)


FAILING = {
    "division by zero at the 6th row": "UPDATE many SET n = 60 / (id - 6)",
    "unique violation in an UPDATE": "UPDATE many SET u = 7 WHERE id > 3",
    "unique violation in the middle of an INSERT": (
        "INSERT INTO many (id, u, n) VALUES (11, 11, 0), (12, 12, 0), (5, 13, 0), "
        "(14, 14, 0)"
    ),
    "CHECK in the middle of an INSERT": (
        "INSERT INTO many (id, u, n) VALUES (11, 11, 0), (12, 12, -99), (13, 13, 0)"
    ),
    "CHECK in an UPDATE": "UPDATE many SET n = n - (id * 10)",
    "NOT NULL in the middle of an INSERT": (
        "INSERT INTO many (id, u, n) VALUES (11, 11, 0), (12, NULL, 0)"
    ),
    "NOT NULL in an UPDATE": "UPDATE many SET u = NULLIF(u, 6)",
    "overflow in an UPDATE": "UPDATE many SET n = 2147483640 + id",
    "a cast in an INSERT SELECT": (
        "INSERT INTO many (id, u, n) SELECT id + 10, u + 10, "
        "CAST(CASE WHEN id = 6 THEN 'x' ELSE '1' END AS INTEGER) FROM many"
    ),
    "unique violation in an INSERT SELECT": (
        "INSERT INTO many (id, u, n) SELECT id + 5, u + 20, 0 FROM many"
    ),
    "division by zero in a DELETE": "DELETE FROM many WHERE 1 / (id - 6) < 5",
}


@pytest.mark.parametrize("sql", FAILING.values(), ids=FAILING)
@pytest.mark.parametrize("autocommit", [True, False])
def test_a_statement_that_fails_changes_nothing(
    connect: Connect, sql: str, autocommit: bool
) -> None:
    connection = connect(autocommit=autocommit)
    connection.execute(
        "CREATE TABLE many (id INTEGER PRIMARY KEY, u INTEGER NOT NULL UNIQUE, "
        "n INTEGER CHECK (n > -50))"
    )
    values = ", ".join(f"({i}, {i}, {i})" for i in range(1, 11))
    connection.execute(f"INSERT INTO many (id, u, n) VALUES {values}")
    connection.commit()
    text = "SELECT id, u, n FROM many ORDER BY id"
    before = connection.execute(text).fetchall()
    with pytest.raises((errors.DataError, errors.IntegrityError)):
        connection.execute(sql)
    connection.rollback()
    assert connection.execute(text).fetchall() == before


def test_executemany_is_one_statement_per_row(connect: Connect, other: Any) -> None:
    """So in autocommit the rows before the one that fails stay, as with psycopg."""
    sql = "INSERT INTO t (id, n) VALUES (%s, %s)"
    given = [(4, 1), (5, 1), (2, 1), (6, 1)]
    with pytest.raises(errors.UniqueViolation):
        other.cursor().executemany(sql, given)
    assert rows(other) == [*ROWS, (4, 1), (5, 1)]
    connection = connect()
    with pytest.raises(errors.UniqueViolation):
        connection.cursor().executemany(sql, [(7, 1), (2, 1)])
    connection.rollback()
    assert rows(other) == [*ROWS, (4, 1), (5, 1)]
    cursor = connection.cursor()
    cursor.executemany(sql, [(7, 1), (8, 1)])
    assert cursor.rowcount == 2
    connection.commit()
    assert rows(other)[-2:] == [(7, 1), (8, 1)]


# --- SNAPSHOT


def test_snapshot_reads_are_stable(connect: Connect, other: Any) -> None:
    connection = connect(isolation_level="SNAPSHOT")
    assert rows(connection) == ROWS
    assert connection.in_transaction
    other.execute("UPDATE t SET n = 99")
    assert rows(connection) == ROWS
    assert connection.execute("SELECT SUM(n) FROM t").fetchone() == (60,)
    connection.commit()
    assert rows(connection)[0] == (1, 99)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT id FROM t INTERSECT SELECT n / 10 FROM t WHERE n > 10", [2, 3]),
        ("SELECT id FROM t UNION SELECT n FROM t", [1, 2, 3, 10, 20, 30]),
        ("SELECT id FROM t EXCEPT SELECT n / 10 FROM t WHERE n > 10", [1]),
    ],
)
def test_the_first_statement_of_a_snapshot_is_in_it(
    connect: Connect, other: Any, sql: str, expected: list[int]
) -> None:
    """It opens the transaction, where the server has no $unionWith."""
    connection = connect(isolation_level="SNAPSHOT")
    for _ in range(2):
        assert sorted(row[0] for row in connection.execute(sql).fetchall()) == expected
        assert connection.in_transaction
        connection.commit()
    connection.autocommit = True
    assert sorted(row[0] for row in connection.execute(sql).fetchall()) == expected


def test_a_full_join_in_a_snapshot(connect: Connect, other: Any) -> None:
    connection = connect(isolation_level="SNAPSHOT")
    sql = "SELECT a.id, b.id FROM t a FULL JOIN t b ON a.id = b.id + 1"
    found = connection.execute(sql).fetchall()
    assert set(found) == {(1, None), (2, 1), (3, 2), (None, 3)}


def test_repeatable_read_is_snapshot_and_serializable_is_refused(
    connect: Connect,
) -> None:
    assert connect(isolation_level="REPEATABLE READ").isolation_level == "SNAPSHOT"
    with pytest.raises(errors.Error):
        connect(isolation_level="SERIALIZABLE")


# --- conflicts


def test_a_conflict_of_a_first_statement_is_waited_out(
    connect: Connect, other: Any
) -> None:
    """Nothing was handed out before it: it runs again until the other has ended."""
    first, second = connect(), connect()
    first.execute("UPDATE t SET n = n + 1 WHERE id = 1")
    timer = threading.Timer(0.4, first.commit)
    timer.start()
    second.execute("UPDATE t SET n = n + 100 WHERE id = 1")
    timer.join()
    second.commit()
    assert rows(other)[0] == (1, 111)


def test_a_later_conflict_is_a_serialization_failure(
    connect: Connect, other: Any
) -> None:
    first, second = connect(), connect()
    second.execute("UPDATE t SET n = 0 WHERE id = 3")
    first.execute("UPDATE t SET n = n + 1 WHERE id = 1")
    with pytest.raises(errors.SerializationFailure) as caught:
        second.execute("UPDATE t SET n = n + 100 WHERE id = 1")
    assert caught.value.sqlstate == "40001"
    with pytest.raises(errors.InvalidTransactionState):
        second.execute("SELECT 1")
    second.rollback()
    first.commit()
    second.execute("UPDATE t SET n = n + 100 WHERE id = 1")
    second.commit()
    assert rows(other) == [(1, 111), (2, 20), (3, 30)]


def test_a_snapshot_conflict_is_a_serialization_failure(
    connect: Connect, other: Any
) -> None:
    connection = connect(isolation_level="SNAPSHOT")
    assert rows(connection) == ROWS
    other.execute("UPDATE t SET n = 11 WHERE id = 1")
    with pytest.raises(errors.SerializationFailure):
        connection.execute("UPDATE t SET n = n + 100 WHERE id = 1")
    connection.rollback()
    assert rows(connection)[0] == (1, 11)


def test_concurrent_increments_lose_nothing(connect: Connect, other: Any) -> None:
    """Threads with connections of their own; each repeats what was refused."""
    failures: list[BaseException] = []

    def work(connection: Any) -> None:
        try:
            for _ in range(10):
                while True:
                    try:
                        connection.execute("UPDATE t SET n = n + 1 WHERE id = 1")
                        connection.commit()
                        break
                    except errors.SerializationFailure:
                        connection.rollback()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(connect(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert rows(other)[0] == (1, 50)


# --- cursors and schema statements


def test_an_open_cursor_keeps_its_rows_over_commit(
    connect: Connect, other: Any
) -> None:
    other.execute("DELETE FROM t")
    other.cursor().executemany(
        "INSERT INTO t (id, n) VALUES (%s, %s)", [(i, i) for i in range(500)]
    )
    connection = connect(batch_size=50)
    connection.execute("UPDATE t SET n = 0 WHERE id = 0")
    cursor = connection.execute("SELECT id FROM t ORDER BY id")
    assert cursor.fetchmany(3) == [(0,), (1,), (2,)]
    connection.commit()
    other.execute("DELETE FROM t")
    assert cursor.fetchall() == [(i,) for i in range(3, 500)]


def test_an_open_cursor_ends_at_rollback(connect: Connect, other: Any) -> None:
    """Its rows are of a transaction that never was: an error or none, no others."""
    connection = connect(batch_size=2)
    connection.execute("UPDATE t SET n = 0 WHERE id = 1")
    cursor = connection.execute("SELECT id FROM t ORDER BY id")
    connection.rollback()
    with contextlib.suppress(errors.Error):
        assert cursor.fetchall() in ([], [(1,), (2,), (3,)])


def test_cursors_of_a_connection_are_independent(connect: Connect, other: Any) -> None:
    connection = connect(batch_size=2)
    connection.execute("INSERT INTO t (id, n) VALUES (4, 40)")
    one = connection.execute("SELECT id FROM t ORDER BY id")
    two = connection.execute("SELECT id FROM t ORDER BY id DESC")
    assert one.fetchone() == (1,)
    assert two.fetchone() == (4,)
    connection.execute("DELETE FROM t WHERE id = 3")
    assert one.fetchone() == (2,)
    assert len(two.fetchall()) in (2, 3)


def test_a_schema_statement_commits(connect: Connect, other: Any) -> None:
    connection = connect()
    connection.execute("UPDATE t SET n = 11 WHERE id = 1")
    connection.execute("CREATE TABLE made (id INTEGER PRIMARY KEY, n INTEGER)")
    assert not connection.in_transaction
    connection.rollback()
    assert rows(other)[0] == (1, 11)
    connection.execute("INSERT INTO made (id, n) VALUES (1, 1)")
    connection.commit()
    assert rows(other, "made") == [(1, 1)]


def test_a_connection_of_another_thread_works(connect: Connect, other: Any) -> None:
    connection = connect()
    seen: list[Any] = []

    def work() -> None:
        connection.execute("UPDATE t SET n = 5 WHERE id = 1")
        seen.extend(rows(connection))
        connection.commit()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)
    assert seen[0] == rows(other)[0] == (1, 5)


def test_writing_on_a_closed_connection(connect: Connect) -> None:
    connection = connect()
    cursor = connection.cursor()
    connection.close()
    for call in (
        connection.commit,
        connection.rollback,
        connection.cursor,
        lambda: cursor.execute("SELECT 1"),
    ):
        with pytest.raises(queryleaf_dbapi.Error):
            call()


def test_savepoint_is_refused(connect: Connect, other: Any) -> None:
    connection = connect()
    connection.execute("UPDATE t SET n = 11 WHERE id = 1")
    with pytest.raises(errors.NotSupportedError):
        connection.execute("SAVEPOINT s")
    connection.rollback()
    assert rows(other) == ROWS
