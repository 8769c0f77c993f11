"""ON CONFLICT and changes by other tables: transactions, batches, several writers."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest

from queryleaf_dbapi import errors
from queryleaf_dbapi.run import spool

Connect = Callable[..., Any]
COUNT = (
    "INSERT INTO t (id, n) VALUES (%s, 1) "
    "ON CONFLICT (id) DO UPDATE SET n = t.n + EXCLUDED.n"
)


@pytest.fixture
def other(connect: Connect) -> Any:
    """A connection that commits everything at once, over a table `t`."""
    connection = connect(autocommit=True)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, s TEXT)")
    connection.execute("INSERT INTO t (id, n) VALUES (1, 10), (2, 20)")
    return connection


def rows(connection: Any) -> list[tuple[Any, ...]]:
    found = connection.execute("SELECT id, n FROM t ORDER BY id").fetchall()
    return [tuple(row) for row in found]


def test_a_conflict_leaves_the_transaction_usable(connect: Connect, other: Any) -> None:
    connection = connect()
    connection.execute("INSERT INTO t (id, n) VALUES (3, 30)")
    skipped = connection.execute(
        "INSERT INTO t (id, n) VALUES (1, 0), (3, 0) ON CONFLICT DO NOTHING"
    )
    assert skipped.rowcount == 0
    assert connection.execute(COUNT, (3,)).rowcount == 1
    assert rows(connection) == [(1, 10), (2, 20), (3, 31)]
    assert rows(other) == [(1, 10), (2, 20)]
    connection.commit()
    assert rows(other) == [(1, 10), (2, 20), (3, 31)]


def test_rollback_undoes_an_upsert(connect: Connect, other: Any) -> None:
    connection = connect()
    for key in (1, 5):
        connection.execute(COUNT, (key,))
    connection.rollback()
    assert rows(other) == [(1, 10), (2, 20)]


@pytest.mark.parametrize("autocommit", [True, False])
def test_executemany_is_one_statement_per_set(
    connect: Connect, other: Any, autocommit: bool
) -> None:
    """The same key may come again: it is another statement."""
    connection = connect(autocommit=autocommit)
    cursor = connection.cursor().executemany(COUNT, [(1,), (7,), (1,), (7,), (7,)])
    assert cursor.rowcount == 5
    connection.commit()
    assert rows(other) == [(1, 12), (2, 20), (7, 3)]


def test_executemany_with_a_condition(other: Any) -> None:
    cursor = other.cursor().executemany(
        "INSERT INTO t (id, n) VALUES (%s, %s) "
        "ON CONFLICT (id) DO UPDATE SET n = EXCLUDED.n WHERE t.n < EXCLUDED.n",
        [(1, 11), (1, 5), (1, 12), (3, 1), (3, 0)],
    )
    assert cursor.rowcount == 3
    assert rows(other) == [(1, 12), (2, 20), (3, 1)]


def test_a_row_met_twice_leaves_nothing_behind(other: Any) -> None:
    with pytest.raises(errors.CardinalityViolation) as raised:
        other.execute(
            "INSERT INTO t (id, n) VALUES (8, 1), (1, 2), (1, 3) "
            "ON CONFLICT (id) DO UPDATE SET n = EXCLUDED.n"
        )
    assert raised.value.sqlstate == "21000"
    assert rows(other) == [(1, 10), (2, 20)]


def test_a_parameter_is_a_value_in_the_update(other: Any) -> None:
    """Not a path, not an operator, even in the excluded row."""
    other.execute(
        "INSERT INTO t (id, s) VALUES (1, %s) "
        "ON CONFLICT (id) DO UPDATE SET s = EXCLUDED.s || %s",
        ("$n", "$id"),
    )
    assert other.execute("SELECT s FROM t WHERE id = 1").fetchone() == ("$n$id",)


def test_writers_of_one_key_lose_no_increment(connect: Connect, other: Any) -> None:
    other.execute("DELETE FROM t")
    failures: list[BaseException] = []

    def count() -> None:
        try:
            with contextlib.closing(connect(autocommit=True)) as connection:
                for number in range(20):
                    connection.execute(COUNT, (number % 2,))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert rows(other) == [(0, 40), (1, 40)]


def test_writers_of_one_key_insert_it_once(connect: Connect, other: Any) -> None:
    other.execute("DELETE FROM t")
    counts: list[int] = []

    def insert() -> None:
        with contextlib.closing(connect(autocommit=True)) as connection:
            for key in range(10):
                sql = "INSERT INTO t (id) VALUES (%s) ON CONFLICT DO NOTHING"
                counts.append(connection.execute(sql, (key,)).rowcount)

    threads = [threading.Thread(target=insert) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 10
    assert len(rows(other)) == 10


def test_insert_from_itself_does_not_read_its_own_rows(other: Any) -> None:
    """More rows than one batch: a cursor would come to those just written."""
    other.execute("DELETE FROM t")
    data = [(number,) for number in range(25_000)]
    other.cursor().executemany("INSERT INTO t (id) VALUES (%s)", data)
    cursor = other.execute("INSERT INTO t (id) SELECT id + 100000 FROM t")
    assert cursor.rowcount == 25_000
    found = other.execute("SELECT COUNT(*), MAX(id) FROM t").fetchone()
    assert tuple(found) == (50_000, 124_999)


def test_rows_set_aside_beyond_memory(
    other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "_ROWS_IN_MEMORY", 1)
    other.execute("INSERT INTO t (id, n) VALUES (3, 30)")
    moved = other.execute("INSERT INTO t (id, n) SELECT id + 10, n FROM t ORDER BY id")
    assert moved.rowcount == 3
    changed = other.execute(
        "UPDATE t SET n = b.n + 1 FROM t AS b WHERE b.id = t.id - 10 RETURNING t.id"
    )
    assert sorted(tuple(row) for row in changed) == [(11,), (12,), (13,)]
    assert rows(other)[3:] == [(11, 11), (12, 21), (13, 31)]


def test_an_error_in_the_middle_changes_nothing(other: Any) -> None:
    other.execute("CREATE TABLE d (id INTEGER, by INTEGER)")
    other.execute("INSERT INTO d VALUES (1, 2), (2, 0)")
    with pytest.raises(errors.DivisionByZero):
        other.execute("UPDATE t SET n = t.n / d.by FROM d WHERE d.id = t.id")
    assert rows(other) == [(1, 10), (2, 20)]


def test_update_from_sees_the_transaction_s_rows(connect: Connect, other: Any) -> None:
    connection = connect()
    connection.execute("INSERT INTO t (id, n) VALUES (3, 30)")
    cursor = connection.execute(
        "UPDATE t SET n = x.n FROM (SELECT MAX(n) AS n FROM t) AS x WHERE t.id = 1"
    )
    assert cursor.rowcount == 1
    assert rows(connection) == [(1, 30), (2, 20), (3, 30)]
    connection.rollback()
    assert rows(other) == [(1, 10), (2, 20)]


def test_foreign_keys_hold_for_upserts(other: Any) -> None:
    other.execute(
        "CREATE TABLE c (id INTEGER PRIMARY KEY, t_id INTEGER REFERENCES t (id))"
    )
    upsert = (
        "INSERT INTO c VALUES (1, %s) "
        "ON CONFLICT (id) DO UPDATE SET t_id = EXCLUDED.t_id"
    )
    assert other.execute(upsert, (1,)).rowcount == 1
    assert other.execute(upsert, (2,)).rowcount == 1
    with pytest.raises(errors.ForeignKeyViolation):
        other.execute(upsert, (9,))
    assert other.execute("SELECT t_id FROM c").fetchone() == (2,)


def test_insert_of_rows_that_describe_the_schema(other: Any) -> None:
    cursor = other.execute(
        "INSERT INTO t (id, s) SELECT 9, table_name FROM information_schema.tables "
        "WHERE table_name = 't'"
    )
    assert cursor.rowcount == 1
