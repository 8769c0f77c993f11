"""FOREIGN KEYs between two connections: no orphan, whatever comes first."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest

import queryleaf_dbapi
from queryleaf_dbapi import errors

Connect = Callable[..., Any]


@pytest.fixture
def tables(connect: Connect) -> Any:
    """A connection that commits everything at once, over parents and children."""
    connection = connect(autocommit=True)
    connection.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT)")
    connection.execute(
        "CREATE TABLE child (id INTEGER PRIMARY KEY, "
        "parent INTEGER REFERENCES parent ON DELETE SET NULL)"
    )
    connection.execute("CREATE TABLE strict (parent INTEGER REFERENCES parent)")
    return connection


def orphans(connection: Any, table: str) -> int:
    found = connection.execute(
        f"SELECT COUNT(*) FROM {table} WHERE parent IS NOT NULL AND parent NOT IN "
        "(SELECT id FROM parent)"
    ).fetchone()
    return int(found[0])


def count(connection: Any, table: str) -> int:
    return int(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


def test_a_child_never_survives_its_parent(connect: Connect, tables: Any) -> None:
    """Fifty times two threads start together; afterwards nobody is an orphan."""
    rounds = 50
    start = threading.Barrier(3)
    outcomes: list[tuple[str, int]] = []

    def run(name: str, sql: str) -> None:
        connection = connect(autocommit=True)
        for number in range(rounds):
            start.wait()
            try:
                connection.execute(sql, (number,))
            except errors.ForeignKeyViolation:
                outcomes.append((name, number))

    for number in range(rounds):
        tables.execute("INSERT INTO parent (id) VALUES (%s)", (number,))
    threads = [
        threading.Thread(
            target=run, args=("delete", "DELETE FROM parent WHERE id = %s")
        ),
        threading.Thread(
            target=run, args=("insert", "INSERT INTO strict (parent) VALUES (%s)")
        ),
    ]
    for thread in threads:
        thread.start()
    for _ in range(rounds):
        start.wait()
    for thread in threads:
        thread.join(60)
    assert orphans(tables, "strict") == 0
    # exactly one of the two has its way in every round
    assert sorted(number for _, number in outcomes) == list(range(rounds))


def test_an_open_insert_stops_the_delete(connect: Connect, tables: Any) -> None:
    tables.execute("INSERT INTO parent (id) VALUES (1)")
    inserting, deleting = connect(), connect()
    inserting.execute("INSERT INTO child (id, parent) VALUES (1, 1)")
    deleting.execute("INSERT INTO parent (id) VALUES (2)")  # its snapshot is taken
    with pytest.raises(errors.SerializationFailure):
        deleting.execute("DELETE FROM parent WHERE id = 1")
    deleting.rollback()
    inserting.commit()
    tables.execute("DELETE FROM parent WHERE id = 1")
    assert tables.execute("SELECT parent FROM child").fetchall() == [(None,)]


def test_a_delete_that_committed_stops_an_older_snapshot(
    connect: Connect, tables: Any
) -> None:
    tables.execute("INSERT INTO parent (id) VALUES (1), (2)")
    inserting = connect()
    inserting.execute("INSERT INTO child (id, parent) VALUES (1, 2)")
    tables.execute("DELETE FROM parent WHERE id = 1")
    with pytest.raises(errors.SerializationFailure):  # it still sees the parent
        inserting.execute("INSERT INTO child (id, parent) VALUES (2, 1)")
    inserting.rollback()
    assert orphans(tables, "child") == 0


def test_children_of_one_parent_do_not_disturb_each_other(
    connect: Connect, tables: Any
) -> None:
    tables.execute("INSERT INTO parent (id) VALUES (1)")
    first, second = connect(), connect()
    first.execute("INSERT INTO child (id, parent) VALUES (1, 1)")
    second.execute("INSERT INTO child (id, parent) VALUES (2, 1)")
    first.commit()
    second.commit()
    assert count(tables, "child") == 2


def test_a_violation_aborts_the_transaction(connect: Connect, tables: Any) -> None:
    """The rows were written before they were checked: nothing of it may stay."""
    connection = connect()
    connection.execute("INSERT INTO parent (id) VALUES (1)")
    with pytest.raises(errors.ForeignKeyViolation):
        connection.execute("INSERT INTO child (id, parent) VALUES (1, 1), (2, 99)")
    with pytest.raises(errors.InvalidTransactionState):
        connection.execute("SELECT 1")
    connection.commit()  # rolls back, as PostgreSQL does
    assert (count(tables, "parent"), count(tables, "child")) == (0, 0)


def test_an_abandoned_transaction_leaves_nothing(connect: Connect, tables: Any) -> None:
    """Killed between the parent's delete and the children's: both are as before."""
    tables.execute("INSERT INTO parent (id) VALUES (1)")
    tables.execute("INSERT INTO child (id, parent) VALUES (1, 1)")
    connection = connect()
    connection.execute("DELETE FROM parent WHERE id = 1")
    assert connection.execute("SELECT parent FROM child").fetchall() == [(None,)]
    session = connection.session.session
    connection.client.admin.command(
        {"killSessions": [{"id": session.session_id["id"]}]}
    )
    with contextlib.suppress(errors.Error):
        connection.commit()
    assert tables.execute("SELECT parent FROM child").fetchall() == [(1,)]
    assert count(tables, "parent") == 1


def test_without_foreign_keys(connect: Connect, tables: Any) -> None:
    """The option is for bulk loads: nothing is checked, no child is touched."""
    connection = connect(autocommit=True, foreign_keys=False)
    connection.execute("INSERT INTO child (id, parent) VALUES (1, 99)")
    tables.execute("INSERT INTO parent (id) VALUES (1)")
    tables.execute("INSERT INTO child (id, parent) VALUES (2, 1)")
    connection.execute("DELETE FROM parent WHERE id = 1")
    assert orphans(connection, "child") == 2


def test_executemany(connect: Connect, tables: Any) -> None:
    """The parents of a batch are looked for together."""
    sets = [(number, number % 7) for number in range(3000)]
    sql = "INSERT INTO child (id, parent) VALUES (%s, %s)"
    cursor = tables.cursor()
    with pytest.raises(errors.ForeignKeyViolation):
        cursor.executemany(sql, sets)
    assert count(tables, "child") == 0
    tables.cursor().executemany(
        "INSERT INTO parent (id) VALUES (%s)", [(number,) for number in range(7)]
    )
    cursor.executemany(sql, sets)
    assert count(tables, "child") == 3000


def test_numbers_of_different_types_are_one_key(connect: Connect) -> None:
    connection = connect(autocommit=True)
    connection.execute("CREATE TABLE n (id NUMERIC PRIMARY KEY)")
    connection.execute("CREATE TABLE m (n BIGINT REFERENCES n ON DELETE CASCADE)")
    connection.execute("INSERT INTO n VALUES (5.0), (7)")
    connection.execute("INSERT INTO m VALUES (5), (7)")
    connection.execute("DELETE FROM n WHERE id = 5")
    assert connection.execute("SELECT n FROM m").fetchall() == [(7,)]


def test_no_value_is_in_the_message(connect: Connect, tables: Any) -> None:
    with pytest.raises(errors.ForeignKeyViolation) as caught:
        tables.execute("INSERT INTO child (id, parent) VALUES (1, 4711)")
    assert "4711" not in str(caught.value)
    assert caught.value.sqlstate == "23503"


def test_the_option_in_connect() -> None:
    with pytest.raises(queryleaf_dbapi.InterfaceError):
        queryleaf_dbapi.connect("mongodb://127.0.0.1:1/x", foreign_key=False)
