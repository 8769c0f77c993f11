"""Forms of joins over data that only documents have, and at the server's limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from queryleaf_dbapi import explain
from queryleaf_dbapi.cost.settings import Settings, using

Connect = Callable[..., Any]


@pytest.fixture
def connection(connect: Connect) -> Any:
    return connect(autocommit=True)


@pytest.fixture(params=["fields", "hash", "broadcast", "pipeline"])
def form(request: pytest.FixtureRequest) -> Iterator[str]:
    """The form every join that can have it has."""
    with using(Settings(forced=request.param)):
        yield request.param


def test_a_field_named_as_ours_that_holds_an_array(connection: Any, form: str) -> None:
    database = connection.client[connection.database]
    database.a.insert_one({"x": 1, "s": "p"})
    database.b.insert_many(
        [{"x": 1, "s": "p", "k": [7, 8], "id": 1}, {"x": 1, "s": "p", "id": 2}]
    )
    for kind in ("JOIN", "FULL JOIN"):
        sql = f"SELECT b.id FROM a {kind} b ON a.x = b.x AND a.s = b.s"
        assert sorted(connection.execute(sql).fetchall()) == [(1,), (2,)]


def test_on_reads_the_query_outside(connection: Any, form: str) -> None:
    connection.execute("CREATE TABLE t (x INTEGER)")
    connection.execute("INSERT INTO t VALUES (1), (2), (3)")
    sql = "SELECT b.x, (SELECT COUNT(d.x) FROM t c LEFT JOIN t d ON d.x < b.x) FROM t b"
    assert sorted(connection.execute(sql).fetchall()) == [(1, 0), (2, 3), (3, 6)]


def test_partners_of_more_than_a_document_holds(connection: Any) -> None:
    """The fast form puts all partners of a row into one document; then another one
    runs."""
    connection.execute("CREATE TABLE one (id INTEGER PRIMARY KEY, k INTEGER NOT NULL)")
    connection.execute("CREATE TABLE many (k INTEGER NOT NULL, text TEXT)")
    connection.execute("CREATE INDEX many_k ON many (k)")
    connection.execute("INSERT INTO one VALUES (1, 1), (2, 2)")
    rows = [(1, "x" * 1_000_000)] * 40
    connection.cursor().executemany("INSERT INTO many VALUES (%s, %s)", rows)
    sql = (
        "SELECT one.id, COUNT(*), SUM(LENGTH(text)) FROM one "
        "JOIN many ON one.k = many.k GROUP BY one.id"
    )
    assert connection.execute(sql).fetchall() == [(1, 40, 40_000_000)]
    rest = "SELECT one.id, text FROM one LEFT JOIN many ON one.k = many.k AND id < 9"
    found = connection.execute(rest).fetchall()
    assert sorted((id_, len(text or "")) for id_, text in found) == [
        *[(1, 1_000_000)] * 40,
        (2, 0),
    ]


def test_counts_follow_what_is_written(connection: Any) -> None:
    """A plan made for an empty table is made again when it has grown."""
    connection.execute("CREATE TABLE a (id INTEGER NOT NULL)")
    connection.execute("CREATE TABLE b (id INTEGER NOT NULL)")
    sql = "SELECT COUNT(*) FROM a JOIN b ON a.id = b.id"
    assert "$lookup" in explain.mongo_text(connection, sql)
    for table in ("a", "b"):
        rows = [(i,) for i in range(15_000)]
        connection.cursor().executemany(f"INSERT INTO {table} VALUES (%s)", rows)
    assert "$unionWith" in explain.mongo_text(connection, sql)
    assert connection.execute(sql).fetchall() == [(15_000,)]
