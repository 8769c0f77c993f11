"""Views on the real server: what other programs and SQLAlchemy see of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from queryleaf_dbapi import errors


@pytest.fixture
def connection(connect: Callable[..., Any]) -> Any:
    connection = connect(autocommit=True)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT)")
    connection.execute("INSERT INTO t VALUES (1, 10, 'x'), (2, NULL, 'y')")
    return connection


@pytest.fixture
def engine(database_uri: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(database_uri.replace("mongodb://", "queryleaf://", 1))
    yield engine
    engine.dispose()


def stored(connection: Any, name: str) -> list[dict[str, Any]]:
    return list(connection.client[connection.database][name].find())


def rows(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    return list(connection.execute(sql).fetchall())


def test_other_programs_see_the_rows(connection: Any) -> None:
    connection.execute("CREATE VIEW v (k, twice) AS SELECT id, a * 2 FROM t")
    connection.execute("CREATE VIEW n AS SELECT COUNT(*) AS n FROM v WHERE twice > 0")
    connection.execute("CREATE VIEW one AS SELECT 1 AS a, '$a' AS b")
    assert stored(connection, "v") == [{"k": 1, "twice": 20}, {"k": 2, "twice": None}]
    assert stored(connection, "n") == [{"n": 1}]
    assert stored(connection, "one") == [{"a": 1, "b": "$a"}]


def test_the_servers_view_follows_what_is_below(connection: Any) -> None:
    connection.execute("CREATE VIEW v AS SELECT id, a FROM t WHERE a > 5")
    connection.execute("CREATE VIEW w AS SELECT COUNT(*) AS n FROM v")
    connection.execute("CREATE VIEW u AS SELECT x.id FROM t AS x JOIN t AS y USING (b)")
    connection.execute("ALTER TABLE t RENAME TO q")
    assert stored(connection, "w") == [{"n": 1}]
    assert sorted(each["id"] for each in stored(connection, "u")) == [1, 2]
    connection.execute("CREATE OR REPLACE VIEW v AS SELECT id, a FROM q")
    assert stored(connection, "w") == [{"n": 2}]
    assert rows(connection, "SELECT n FROM w") == [(2,)]


def test_the_servers_view_survives_drop_not_null(connection: Any) -> None:
    connection.execute("ALTER TABLE t ALTER b SET NOT NULL")
    connection.execute("CREATE VIEW v AS SELECT id FROM t WHERE b <> 'x'")
    connection.execute("ALTER TABLE t ALTER b DROP NOT NULL")
    connection.execute("INSERT INTO t (id) VALUES (3)")
    assert stored(connection, "v") == [{"id": 2}]
    assert rows(connection, "SELECT id FROM v") == [(2,)]


def test_a_column_that_a_view_reads_stays(connection: Any) -> None:
    connection.execute("CREATE VIEW v AS SELECT id FROM t WHERE a > 5")
    for sql in ("ALTER TABLE t DROP COLUMN a", "ALTER TABLE t RENAME COLUMN a TO z"):
        with pytest.raises(errors.DependentObjectsStillExist, match='view "v"'):
            connection.execute(sql)
    connection.execute("ALTER TABLE t DROP COLUMN b")
    assert rows(connection, "SELECT id FROM v") == [(1,)]


def test_a_view_over_a_collection_nobody_declared(connection: Any) -> None:
    collection = connection.client[connection.database]["open"]
    collection.insert_many([{"_id": 1, "a": 5}, {"_id": 2, "a": "x", "d": {"e": 7}}])
    connection.execute("CREATE VIEW v AS SELECT _id, d.e AS e FROM open")
    assert rows(connection, "SELECT _id, e FROM v ORDER BY _id") == [(1, None), (2, 7)]
    collection.delete_many({})
    connection.catalog.invalidate()
    assert rows(connection, "SELECT * FROM v") == []


def test_a_view_that_another_program_made(connection: Any) -> None:
    database = connection.client[connection.database]
    database.create_collection("m", viewOn="t", pipeline=[{"$match": {"id": 2}}])
    assert rows(connection, "SELECT b FROM m") == [("y",)]
    connection.execute("CREATE VIEW v AS SELECT b FROM m")
    assert rows(connection, "SELECT b FROM v") == [("y",)]
    connection.execute("DROP VIEW m CASCADE")
    assert connection.catalog.names() == ["t"]


def test_a_name_taken_behind_our_back(connection: Any) -> None:
    connection.catalog.collection("v")
    connection.client[connection.database].create_collection("v")
    with pytest.raises(errors.DuplicateTable):
        connection.execute("CREATE VIEW v AS SELECT id FROM t")
    connection.catalog.invalidate()
    assert connection.catalog.collection("v").view is None


def test_views_in_a_transaction(connect: Callable[..., Any], connection: Any) -> None:
    connection.execute("CREATE VIEW v AS SELECT id FROM t WHERE a > 5")
    other = connect()
    other.execute("INSERT INTO t VALUES (7, 70, 'z')")
    assert rows(other, "SELECT id FROM v ORDER BY id") == [(1,), (7,)]
    other.rollback()


def test_sqlalchemy_reflects_views(connection: Any, engine: sa.Engine) -> None:
    connection.execute("CREATE VIEW v (k, s) AS SELECT id, b || '!' FROM t")
    inspector = sa.inspect(engine)
    assert inspector.get_view_names() == ["v"]
    assert inspector.get_table_names() == ["t"]
    assert inspector.has_table("v")
    assert inspector.get_view_definition("v") == "SELECT id, b || '!' FROM t"
    columns = [(each["name"], str(each["type"])) for each in inspector.get_columns("v")]
    assert columns == [("k", "INTEGER"), ("s", "TEXT")]
    with pytest.raises(sa.exc.NoSuchTableError):
        inspector.get_view_definition("t")
    view = sa.Table("v", sa.MetaData(), autoload_with=engine)
    with engine.connect() as session:
        assert session.execute(sa.select(view.c.s).where(view.c.k == 1)).all() == [
            ("x!",)
        ]
