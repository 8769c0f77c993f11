"""The limits of the server and of Python, met head-on: each statement works or says
what is too much (SQLSTATE 54000), in our words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

import queryleaf_dbapi
from tests.conftest import close_quietly, random_database, uri_of_database


@pytest.fixture(scope="module")
def connection(server_uri: str, mongo_client: Any) -> Iterator[Any]:
    name = random_database()
    found = queryleaf_dbapi.connect(uri_of_database(server_uri, name), autocommit=True)
    found.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, s TEXT)")
    found.cursor().executemany(
        "INSERT INTO t VALUES (%s, %s, %s)", [(i, i % 10, f"s{i}") for i in range(100)]
    )
    found.execute("CREATE TABLE big (id INTEGER PRIMARY KEY, z TEXT)")
    found.cursor().executemany(
        "INSERT INTO big VALUES (%s, %s)",
        [(i, f"{i:03}" + "x" * 200_000) for i in range(600)],
    )
    yield found
    close_quietly(found)
    mongo_client.drop_database(name)


WORKS = {
    "in_list": (
        f"SELECT COUNT(*) FROM t WHERE id IN ({', '.join(map(str, range(100_000)))})",
        100,
    ),
    "or_chain": (
        "SELECT COUNT(*) FROM t WHERE "
        + " OR ".join(f"(id = {i} AND a = {i % 10})" for i in range(5_000)),
        100,
    ),
    "and_chain": (
        "SELECT COUNT(*) FROM t WHERE "
        + " AND ".join(f"id <> {i}" for i in range(1, 5_000)),
        1,
    ),
    "concatenation": (
        f"SELECT LENGTH({' || '.join(['s'] * 5_000)}) FROM t WHERE id = 5",
        10_000,
    ),
    "sum": (f"SELECT {' + '.join(['a', '2'] * 2_500)} FROM t WHERE id = 1", 7_500),
    "case": (
        "SELECT CASE a "
        + " ".join(f"WHEN {i} THEN 'x{i}'" for i in range(1_000))
        + " END FROM t WHERE id = 7",
        "x7",
    ),
    "joins": (
        "SELECT COUNT(*) FROM t t0 "
        + " ".join(f"JOIN t t{i} ON t{i}.id = t{i - 1}.id" for i in range(1, 60)),
        100,
    ),
    "unions": (
        "SELECT COUNT(*) FROM ("
        + " UNION ALL ".join(["SELECT id FROM t WHERE id = 1"] * 100)
        + ") u",
        100,
    ),
    "values": (
        "SELECT SUM(x) FROM (VALUES "
        + ", ".join(f"({i})" for i in range(20_000))
        + ") v(x)",
        199_990_000,
    ),
    # integer functions check their range and nest three levels each
    "calls": (f"SELECT {'ABS(' * 25}a{')' * 25} FROM t WHERE id = 1", 1),
    "texts": (f"SELECT {'LOWER(' * 40}s{')' * 40} FROM t WHERE id = 1", "s1"),
    "parentheses": (f"SELECT {'(' * 300}a{')' * 300} FROM t WHERE id = 1", 1),
}


@pytest.mark.parametrize("name", WORKS)
def test_large_statements_work(connection: Any, name: str) -> None:
    sql, expected = WORKS[name]
    assert connection.execute(sql).fetchall() == [(expected,)]


def test_a_thousand_columns(connection: Any) -> None:
    columns = ", ".join(f"a + {i} AS c{i}" for i in range(1_000))
    (row,) = connection.execute(f"SELECT {columns} FROM t WHERE id = 1").fetchall()
    assert row == tuple(range(1, 1_001))


def test_a_hundred_thousand_parameters(connection: Any) -> None:
    marks = ", ".join(["%s"] * 100_000)
    sql = f"SELECT COUNT(*) FROM t WHERE id IN ({marks})"
    assert connection.execute(sql, range(100_000)).fetchall() == [(100,)]


def test_the_time_for_an_in_list_is_linear(connection: Any) -> None:
    def seconds(count: int, first: int = 0) -> float:
        items = ", ".join(map(str, range(first, first + count)))  # a text of its own
        start = time.perf_counter()
        connection.execute(f"SELECT COUNT(*) FROM t WHERE id IN ({items})")
        return time.perf_counter() - start

    small = min(seconds(10_000, first) for first in range(1, 4))
    assert seconds(40_000) < 10 * small  # 16 times, were it quadratic


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT COUNT(*) FROM big",
        "SELECT z FROM big ORDER BY z || 'a'",
        "SELECT DISTINCT z || 'a' FROM big",
        "SELECT ROW_NUMBER() OVER (ORDER BY z || 'a') FROM big",
    ],
)
def test_more_than_100_mb_spill(connection: Any, sql: str) -> None:
    """120 MB of rows: read, sorted, grouped and numbered."""
    rows = connection.execute(sql).fetchall()
    assert len(rows) in (1, 600)


TOO_MUCH = {
    "array_of_20_mb": (
        "SELECT ARRAY_AGG(z) FROM big WHERE id < 100",
        "a document passes the server's 16 MB",
    ),
    "text_of_20_mb": (
        "SELECT LENGTH(STRING_AGG(z, '')) FROM big WHERE id < 100",
        "a text passes the server's 16 MB",
    ),
    "array_of_120_mb": ("SELECT ARRAY_AGG(z) FROM big", "passes the server's 100 MB"),
    "sort_keys": (
        f"SELECT id FROM t ORDER BY {', '.join(f'a + {i}' for i in range(33))}",
        "ORDER BY has 33 keys; the server sorts by 32",
    ),
    "subqueries": (
        "SELECT id FROM t WHERE a IN (" * 30 + "SELECT 1" + ")" * 30,
        "subqueries nest more than 20 deep",
    ),
    "calls": (f"SELECT {'ABS(' * 180}a{')' * 180} FROM t", "nests too deeply"),
    "many_calls": (f"SELECT {'ABS(' * 900}a{')' * 900} FROM t", "nests too deeply"),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_too_much_is_said_in_our_words(connection: Any, name: str) -> None:
    sql, message = TOO_MUCH[name]
    with pytest.raises(queryleaf_dbapi.OperationalError, match=message) as caught:
        connection.execute(sql).fetchall()
    assert caught.value.sqlstate == "54000"


def test_a_parameter_beyond_16_mb(connection: Any) -> None:
    text = "x" * (17 << 20)
    for sql in (
        "SELECT id FROM t WHERE s = %s",
        "INSERT INTO t (id, s) VALUES (-1, %s)",
    ):
        with pytest.raises(queryleaf_dbapi.OperationalError, match="16 MB") as caught:
            connection.execute(sql, [text])
        assert caught.value.sqlstate == "54000"


def test_repeat_is_built_by_doubling(connection: Any) -> None:
    start = time.perf_counter()
    sql = "SELECT t.s || REPEAT('x', 20000) FROM t, t AS u WHERE u.id < 10"
    rows = connection.execute(sql).fetchall()
    assert time.perf_counter() - start < 10  # a loop over the count took minutes
    assert {len(text) for (text,) in rows} == {20_002, 20_003}
    counts = [-1, 0, 1, 2, 3, 5, 8, 31, 100, 1023, 1025]
    for n in counts:
        sql = f"SELECT REPEAT('ab', {n}), REPEAT(s, {n}), REPEAT('é', id) FROM t"
        expected = [("ab" * n, f"s{i}" * n, "é" * i) for i in range(100)]
        assert sorted(connection.execute(sql).fetchall()) == sorted(expected)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT REPEAT('x', 20000000)",
        "SELECT LENGTH(REPEAT(s, 20000000)) FROM t",
        "SELECT REPEAT(s, id * 20000000) FROM t WHERE id = 50",
        "SELECT RPAD(s, 2000000000) FROM t",
    ],
)
def test_too_long_a_text_is_refused_before_it_is_built(
    connection: Any, sql: str
) -> None:
    with pytest.raises(
        queryleaf_dbapi.OperationalError, match="requested length too large"
    ) as caught:
        connection.execute(sql).fetchall()
    assert caught.value.sqlstate == "54000"
    assert connection.execute("SELECT REPEAT('', 2000000000)").fetchall() == [("",)]


def test_output_names_with_dots_and_dollars(connection: Any) -> None:
    cursor = connection.execute('SELECT a AS "x.y", s AS "$z" FROM t WHERE id = 1')
    assert [column[0] for column in cursor.description] == ["x.y", "$z"]
    assert cursor.fetchall() == [(1, "s1")]
