"""ALTER TABLE that fails leaves documents, indexes and catalog as they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from queryleaf_dbapi import errors


@pytest.fixture
def connection(connect: Callable[..., Any]) -> Any:
    connection = connect(autocommit=True)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b TEXT)")
    return connection


def documents(connection: Any) -> list[dict[str, Any]]:
    return list(connection.client[connection.database]["t"].find().sort("id"))


def state(connection: Any) -> Any:
    database = connection.client[connection.database]
    return (
        documents(connection),
        database["t"].index_information(),
        database["t"].options(),
        database["queryleaf_catalog"].find_one({"_id": "t"}),
    )


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("ALTER TABLE t ALTER a TYPE INT USING a::int", errors.DataError),
        (
            "ALTER TABLE t ALTER a TYPE INT USING length(a), ADD CHECK (id < 2)",
            errors.CheckViolation,
        ),
        ("ALTER TABLE t ALTER a TYPE INT USING length(a)", errors.UniqueViolation),
        ("ALTER TABLE t ADD z INT DEFAULT 1, ADD UNIQUE (z)", errors.UniqueViolation),
    ],
)
def test_a_failure_changes_nothing(
    connection: Any, sql: str, error: type[Exception]
) -> None:
    connection.execute(
        "INSERT INTO t (id, a, b) VALUES (1, '5', 'x'), (2, 'y', NULL), (4, '44', '')"
    )
    connection.execute("INSERT INTO t (id) VALUES (3)")  # a and b are missing
    before = state(connection)
    with pytest.raises(error):
        connection.execute(sql)
    assert state(connection) == before


def test_an_interrupted_change_begins_anew(connection: Any) -> None:
    """What a killed process left: one document converted, the old value saved."""
    connection.execute("INSERT INTO t (id, a) VALUES (1, '5'), (2, '6')")
    collection = connection.client[connection.database]["t"]
    with connection.client.start_session():
        collection.update_one(
            {"id": 1},
            {"$set": {"a": 50, "queryleaf_before": {"a": "5"}}},
            bypass_document_validation=True,
        )
    connection.execute("ALTER TABLE t ALTER a TYPE INT USING a::int * 10")
    assert [
        {key: each[key] for key in each if key != "_id"}
        for each in documents(connection)
    ] == [{"id": 1, "a": 50}, {"id": 2, "a": 60}]


def test_keys_that_others_refer_to_stay(connection: Any) -> None:
    connection.execute("CREATE TABLE c (t INTEGER REFERENCES t)")
    with pytest.raises(errors.DependentObjectsStillExist, match="c_t_fkey"):
        connection.execute("ALTER TABLE t DROP CONSTRAINT t_pkey")


def test_a_type_that_a_view_reads_stays(connection: Any) -> None:
    connection.execute("CREATE VIEW v AS SELECT a FROM t")
    with pytest.raises(errors.FeatureNotSupported, match='view "v"'):
        connection.execute("ALTER TABLE t ALTER a TYPE VARCHAR(9)")
    connection.execute("ALTER TABLE t ALTER b TYPE VARCHAR(9)")


def test_drop_index_drops_all_or_none(connection: Any) -> None:
    connection.execute("CREATE INDEX i ON t (b)")
    connection.execute("CREATE INDEX j ON t (b, a)")
    before = state(connection)
    with pytest.raises(errors.UndefinedObject, match="nix"):
        connection.execute("DROP INDEX i, nix")
    assert state(connection) == before
    connection.execute("DROP INDEX IF EXISTS i, nix, j")
    assert {each.name for each in connection.catalog.collection("t").indexes} == {
        "_id_",
        "t_pkey",
        "t_a_key",
    }


def test_a_trigger_is_refused_without_a_word_on_stderr(
    connection: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    for sql in ("CREATE TRIGGER r UPDATE ON t BEGIN SELECT 1; END;", "DROP TRIGGER r"):
        with pytest.raises(errors.FeatureNotSupported, match="TRIGGER"):
            connection.execute(sql)
    with pytest.raises(errors.FeatureNotSupported):
        connection.execute("ALTER TABLE t ENABLE TRIGGER r")
    assert capfd.readouterr().err == ""
