"""Texts that share a plan but for their literals give what they give alone: rows,
types and description, or the error with its class, SQLSTATE and place."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

import queryleaf_dbapi
from queryleaf_dbapi.sql.literals import literals_of
from tests.conftest import close_quietly, random_database, uri_of_database
from tests.property.generator import Generator, create_statements, insert_statements

COUNT = int(os.environ.get("QUERYLEAF_TEST_QUERIES", "400")) // 4
FIRST = int(os.environ.get("QUERYLEAF_TEST_SEED", "0"))
_VALUES = {
    "i": ["0", "1", "2", "3", "5", "7", "70000"],
    "b": ["3000000000", "9223372036854775807"],
    "n": ["0.5", "2.75", "10.01", "99999999999.125"],
    "s": [
        "",
        "a",
        "ab",
        "abc",
        "$a",
        "5",
        "2024-01-15",
        "x''y",
        "2.5",
        "true",
        "f",
        "yes",
    ],
}
_WRITTEN = [
    "SELECT * FROM t WHERE id = 3",
    "SELECT id, a FROM t WHERE a <> 2 AND NOT (b > 3 OR s = 'a') ORDER BY 1 LIMIT 5",
    "SELECT id FROM t WHERE a IN (1, 2, 3) AND d BETWEEN 0.5 AND 2.75",
    "SELECT id FROM t WHERE a NOT IN (1, -2) OR f < 2.5 OR f = 2",
    "SELECT id, o FROM t WHERE o = 'true'",
    "SELECT id FROM t WHERE a = 'abc'",
    "SELECT id FROM u WHERE day > '2024-01-15' AND s >= 'a'",
    "SELECT t.id, u.id FROM t LEFT JOIN u ON t.a = u.a AND u.c > 1 WHERE t.id < 7",
    "SELECT id FROM t WHERE s = 5",
    "SELECT a, COUNT(*) FROM t WHERE id > 2 GROUP BY a HAVING COUNT(*) > 1",
    "SELECT (SELECT MAX(c) FROM u WHERE u.a = t.a AND u.id > 2) FROM t WHERE b <= 3",
    "SELECT id FROM t WHERE a = 3 AND a = 5",
    "INSERT INTO x (id, v, s, d, f) VALUES (1, 2, 'a', 2.5, 3) RETURNING *",
    "INSERT INTO x VALUES (1, -3, 'ab', 10.01, 2.5), (2, 5, 'a', 2, 7) RETURNING *",
    "INSERT INTO x (id, v) VALUES (5, '7') ON CONFLICT (id) DO UPDATE SET v = 3"
    " WHERE x.v < 5 RETURNING *",
    "INSERT INTO x (id, day) VALUES (5, '2024-01-15') RETURNING *",
    "UPDATE x SET v = 3, s = 'abc', f = 2.5 WHERE id = 2 RETURNING *",
    "UPDATE x SET d = 2.75, s = 5 WHERE v > 1 RETURNING *",
    "DELETE FROM x WHERE v = 3 AND s <> '$a' RETURNING id",
]


@pytest.fixture(scope="module")
def connections(server_uri: str, mongo_client: Any) -> Iterator[tuple[Any, Any]]:
    """One that shares plans, and one that does not, over the same data."""
    name = random_database()
    uri = uri_of_database(server_uri, name)
    sharing = queryleaf_dbapi.connect(uri)
    for statement in [*create_statements(), *insert_statements(7)]:
        sharing.execute(statement)
    sharing.execute(
        "CREATE TABLE x (id INTEGER PRIMARY KEY, v SMALLINT, s VARCHAR(2), "
        "d NUMERIC(5, 2), f DOUBLE PRECISION, day DATE)"
    )
    sharing.execute(
        "INSERT INTO x VALUES (2, 2, 'a', 1, 1, NULL), (3, 3, 'b', 2, 2, NULL)"
    )
    sharing.commit()
    alone = queryleaf_dbapi.connect(uri)
    alone.lifted = lambda sql, parameters: None  # type: ignore[method-assign]
    yield sharing, alone
    close_quietly(sharing)
    close_quietly(alone)
    mongo_client.drop_database(name)


def _outcome(connection: Any, sql: str) -> Any:
    try:
        cursor = connection.execute(sql)
        rows = None
        if cursor.description is not None:
            rows = sorted(map(repr, cursor.fetchall()))
        return cursor.description, cursor.rowcount, rows
    except queryleaf_dbapi.Error as error:
        place = error.position.offset if error.position is not None else None
        return type(error), error.sqlstate, str(error), place
    finally:
        connection.rollback()


def _variants(sql: str, chosen: random.Random) -> Iterator[str]:
    """The text with other literals of the same kinds."""
    literals = literals_of(sql)
    assert literals is not None
    yield sql
    for _ in range(4):
        pieces, taken = [], 0
        for start, kind in zip(literals.starts, literals.kinds, strict=True):
            pattern = r"'(?:[^']|'')*'" if kind == "s" else r"[0-9.]+"
            found = re.compile(pattern).match(sql, start)
            assert found is not None
            value = chosen.choice(_VALUES[kind])
            fixed = chosen.random() < 0.3
            new = found[0] if fixed else f"'{value}'" if kind == "s" else value
            pieces += [sql[taken:start], new]
            taken = found.end()
        yield "".join([*pieces, sql[taken:]])


def _check(connections: tuple[Any, Any], sql: str, seed: int) -> int:
    """How many of the variants ran by a shared plan."""
    sharing, alone = connections
    ways: list[Any] = []
    find = sharing.lifted

    def noted(text: str, parameters: Any) -> Any:
        ways.append(find(text, parameters))
        return ways[-1]

    sharing.lifted = noted
    try:
        for variant in _variants(sql, random.Random(seed)):
            assert _outcome(sharing, variant) == _outcome(alone, variant), variant
    finally:
        del sharing.lifted
    return sum(way is not None for way in ways)


@pytest.mark.parametrize("sql", _WRITTEN)
def test_statements_share_a_plan(connections: tuple[Any, Any], sql: str) -> None:
    shared = sum(_check(connections, sql, seed) for seed in range(8))
    refused = ("s = 5", "a = 'abc'")  # not even the first literal fits there
    assert shared or any(each in sql for each in refused)


def test_random_statements(connections: tuple[Any, Any]) -> None:
    shared = 0
    for seed in range(FIRST, FIRST + COUNT):
        sql = Generator(seed).statement().replace("{div}", "/")
        if literals_of(sql) is not None:
            shared += _check(connections, sql, seed)
    assert shared >= COUNT // 10
