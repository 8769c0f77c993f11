"""CREATE TABLE AS: parameters, transactions, and what an error leaves; TRUNCATE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from queryleaf_dbapi import errors

Connect = Callable[..., Any]


@pytest.fixture
def filled(connect: Connect) -> Any:
    """A connection with a table `t` of three rows."""
    connection = connect(autocommit=True)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER)")
    connection.execute("INSERT INTO t VALUES (1, 10), (2, 0), (3, NULL)")
    return connection


def rows(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(sql).fetchall()]


def test_parameters_and_rowcount(filled: Any) -> None:
    made = filled.execute(
        "CREATE TABLE n AS SELECT id + %s AS x, %s AS w FROM t WHERE id < %s",
        (100, "a$b", 3),
    )
    assert made.rowcount == 2
    assert rows(filled, "SELECT x, w FROM n ORDER BY x") == [
        (101, "a$b"),
        (102, "a$b"),
    ]


def test_an_error_leaves_no_table(filled: Any) -> None:
    with pytest.raises(errors.DivisionByZero):
        filled.execute("CREATE TABLE n AS SELECT 1 / a AS q FROM t WHERE a = 0")
    with pytest.raises(errors.UndefinedTable):
        filled.execute("SELECT * FROM n")
    assert filled.execute("CREATE TABLE n AS SELECT id FROM t").rowcount == 3


def test_it_commits_what_was_open(filled: Any, connect: Connect) -> None:
    connection = connect()
    connection.execute("INSERT INTO t VALUES (4, 40)")
    connection.execute("CREATE TABLE n AS SELECT id FROM t")
    connection.rollback()
    assert rows(filled, "SELECT count(*) FROM n") == [(4,)]


def test_what_is_inserted_later_has_the_types(filled: Any) -> None:
    filled.execute("CREATE TABLE n AS SELECT id, a * 1.5 AS d FROM t WITH NO DATA")
    with pytest.raises(errors.DatatypeMismatch):
        filled.execute("INSERT INTO n (id) VALUES (now())")
    with pytest.raises(errors.UndefinedColumn):
        filled.execute("INSERT INTO n (nope) VALUES (1)")


def test_truncate_of_several(filled: Any) -> None:
    filled.execute("CREATE TABLE p (id INTEGER PRIMARY KEY)")
    filled.execute("CREATE TABLE c (p INTEGER REFERENCES p (id))")
    filled.execute("INSERT INTO p VALUES (1)")
    filled.execute("INSERT INTO c VALUES (1)")
    with pytest.raises(errors.FeatureNotSupported, match="foreign key"):
        filled.execute("TRUNCATE p, t")
    assert rows(filled, "SELECT count(*) FROM t") == [(3,)]
    filled.execute("TRUNCATE p, c")
    counts = "SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM c)"
    assert rows(filled, counts) == [(0, 0)]
