"""Schema statements and the catalog against a real server.

CHECK and DEFAULT are compiled by a table in this file: the expression compiler has
tests of its own.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlglot
from bson.binary import Binary
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from bson.objectid import ObjectId
from pymongo import monitoring
from pymongo.errors import DuplicateKeyError, WriteError

from queryleaf_dbapi import errors
from queryleaf_dbapi import errors as schema_errors
from queryleaf_dbapi.bind.schema_statements import bind_schema_statement
from queryleaf_dbapi.catalog.catalog import Collection, Field
from queryleaf_dbapi.catalog.information_schema import rows
from queryleaf_dbapi.catalog.violation import violation_error
from queryleaf_dbapi.lower.schema import lower_schema_statement
from queryleaf_dbapi.lower.schema_validator import ExpressionCompiler
from queryleaf_dbapi.run.catalog_reader import CatalogReader
from queryleaf_dbapi.run.derive import Bounds
from queryleaf_dbapi.run.schema import execute_schema_change
from queryleaf_dbapi.run.sequences import Sequences
from queryleaf_dbapi.sql.parse import parse

CHECKS: dict[str, Any] = {
    "a > 0": {"$or": [{"$gt": ["$a", 0]}, {"$lte": ["$a", None]}]},
    "b < 10": {"$or": [{"$lt": ["$b", 10]}, {"$lte": ["$b", None]}]},
    '"n" > 0': {"$or": [{"$gt": ["$n", 0]}, {"$lte": ["$n", None]}]},
}


def check(table: Collection, sql: str) -> Any:
    return CHECKS[sql]


def default(table: Collection, field: Field) -> Any:
    return {"$literal": {"7": 7, "'x'": "x"}[field.default or ""]}


COMPILER = ExpressionCompiler(check, default, lambda *_: None, lambda *_: None)


@pytest.fixture
def database(mongo_client: Any, database_uri: str) -> Any:
    return mongo_client[database_uri.rpartition("/")[2].partition("?")[0]]


@pytest.fixture
def reader(mongo_client: Any, database: Any) -> CatalogReader:
    return CatalogReader(mongo_client, database.name)


@pytest.fixture
def run(reader: CatalogReader) -> Callable[[str], None]:
    def run(sql: str) -> None:
        tree = parse(sql)
        assert isinstance(tree, sqlglot.exp.Expression)
        statement = bind_schema_statement(tree, sql, reader, reader.database)
        execute_schema_change(reader, lower_schema_statement(statement, COMPILER))

    return run


def columns(collection: Collection | None) -> dict[str, str]:
    assert collection is not None
    return {each.name: str(each.type) for each in collection.fields}


# --- CREATE TABLE


def test_a_table_comes_back_as_it_was_declared(
    run: Any, reader: CatalogReader, database: Any
) -> None:
    run(
        "CREATE TABLE people (id SERIAL PRIMARY KEY, name VARCHAR(5) NOT NULL, "
        "email TEXT UNIQUE, salary NUMERIC(10, 2) DEFAULT 0, tags TEXT[])"
    )
    table = reader.collection("people")
    assert table is not None
    assert table.closed
    assert columns(table) == {
        "id": "INTEGER",
        "name": "VARCHAR(5)",
        "email": "TEXT",
        "salary": "NUMERIC(10, 2)",
        "tags": "TEXT[]",
    }
    assert [each.nullable for each in table.fields] == [False, False, True, True, True]
    assert table.fields[0].sequence == "people.id"
    assert table.fields[3].default == "0"
    assert {each.name: each.constraint for each in table.indexes} == {
        "_id_": None,
        "people_pkey": "people_pkey",
        "people_email_key": "people_email_key",
    }
    assert reader.names() == ["people"]


def test_the_server_enforces_types_lengths_and_not_null(
    run: Any, reader: CatalogReader, database: Any
) -> None:
    run(
        "CREATE TABLE t (a INTEGER NOT NULL, s VARCHAR(3), j JSON NOT NULL, "
        "h SMALLINT, v INTEGER[])"
    )
    table = reader.collection("t")
    assert table is not None
    database.t.insert_one({"a": 1, "s": "äöü", "j": [1], "h": 5, "v": [1, None, [2]]})
    database.t.insert_one({"a": 1, "s": None, "j": {}, "extra": 1})
    cases: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"j": 1}, errors.NotNullViolation),
        ({"a": None, "j": 1}, errors.NotNullViolation),
        ({"a": 1, "j": None}, errors.NotNullViolation),
        ({"a": 1, "j": 1, "s": "abcd"}, errors.StringDataRightTruncation),
        ({"a": Int64(1), "j": 1}, errors.DataError),
        ({"a": 1, "j": 1, "h": 40000}, errors.DataError),
        ({"a": 1, "j": 1, "v": ["x"]}, errors.DataError),
    ]
    for document, expected in cases:
        with pytest.raises(WriteError) as caught:
            database.t.insert_one(document)
        assert caught.value.code == 121
        details = (caught.value.details or {})["errInfo"]
        assert type(violation_error(table, details)) is expected, document


def test_a_check_that_fails_is_named(
    run: Any, reader: CatalogReader, database: Any
) -> None:
    run(
        "CREATE TABLE t (a INTEGER CHECK (a > 0), b INTEGER, "
        "CONSTRAINT small CHECK (b < 10))"
    )
    table = reader.collection("t")
    assert table is not None
    assert [each.name for each in table.checks] == ["t_a_check", "small"]
    database.t.insert_many([{"a": 1, "b": 1}, {"a": None}, {}])
    for document, name in (({"a": 0}, "t_a_check"), ({"a": 1, "b": 10}, "small")):
        with pytest.raises(WriteError) as caught:
            database.t.insert_one(document)
        error = violation_error(table, (caught.value.details or {})["errInfo"])
        assert isinstance(error, errors.CheckViolation)
        assert f'"{name}"' in error.message


UNIQUE_VALUES: list[tuple[str, list[Any]]] = [
    ("BOOLEAN", [False, True]),
    ("INTEGER", [0, -5]),
    ("BIGINT", [Int64(0), Int64(-(2**63))]),
    ("DOUBLE PRECISION", [0.5, -math.inf, math.nan]),
    ("NUMERIC", [Decimal128("0.5"), Decimal128("NaN"), Decimal128("-Infinity")]),
    ("TEXT", ["", "a"]),
    ("TIME", ["00:00:00.000000"]),
    ("BYTEA", [b"", b"\0"]),
    ("UUID", [Binary.from_uuid(uuid.UUID(int=0)), Binary.from_uuid(uuid.UUID(int=9))]),
    ("DATE", [dt.datetime(1, 1, 1), dt.datetime(2024, 1, 1)]),
    ("TIMESTAMP", [dt.datetime(1969, 1, 1), dt.datetime(9999, 12, 31)]),
    ("OBJECTID", [ObjectId("0" * 24), ObjectId()]),
    ("INTERVAL", [{}, {"months": 1}]),
]


@pytest.mark.parametrize(("sql_type", "values"), UNIQUE_VALUES)
def test_unique_takes_many_nulls_and_each_value_once(
    run: Any, database: Any, sql_type: str, values: list[Any]
) -> None:
    run(f"CREATE TABLE t (k {sql_type} UNIQUE)")
    database.t.insert_many([{"k": None}, {"k": None}, {}, {}])
    database.t.insert_many([{"k": value} for value in values])
    for value in values:
        with pytest.raises(DuplicateKeyError):
            database.t.insert_one({"k": value})
    plan = database.t.find({"k": values[0]}).explain()["queryPlanner"]["winningPlan"]
    assert plan["inputStage"]["stage"] == "IXSCAN"


def test_a_composite_unique_key_ignores_rows_with_any_null(
    run: Any, database: Any
) -> None:
    run("CREATE TABLE t (a INTEGER, b DOUBLE PRECISION, UNIQUE (a, b))")
    database.t.insert_many([{"a": 1, "b": None}] * 1 + [{"a": 1}, {"b": 2.0}])
    database.t.insert_many([{"a": 1, "b": None}, {"b": 2.0}, {"a": 1, "b": 2.0}])
    with pytest.raises(DuplicateKeyError):
        database.t.insert_one({"a": 1, "b": 2.0})


def test_a_unique_index_of_an_undeclared_collection_holds_every_type(
    run: Any, database: Any
) -> None:
    database.c.insert_one({"k": 1})
    run("CREATE UNIQUE INDEX k_once ON c (k)")
    values = ["", 0.5, math.nan, {}, [], True, b"", dt.datetime(2024, 1, 1), ObjectId()]
    database.c.insert_many([{"k": value} for value in values])
    database.c.insert_many([{"k": None}, {}, {}])
    for value in values:
        if value != []:  # an empty array has no elements to be equal
            with pytest.raises(DuplicateKeyError):
                database.c.insert_one({"k": value})


def test_a_primary_key_named_id_is_the_servers_own(
    run: Any, reader: CatalogReader
) -> None:
    run("CREATE TABLE t (_id INTEGER PRIMARY KEY, a TEXT)")
    table = reader.collection("t")
    assert table is not None
    assert [(each.name, each.constraint) for each in table.indexes] == [
        ("_id_", "t_pkey")
    ]


def test_a_name_that_is_taken(run: Any, database: Any, reader: CatalogReader) -> None:
    database.c.insert_one({"a": 1})
    with pytest.raises(errors.DuplicateTable, match='table "c" already exists'):
        run("CREATE TABLE c (a INTEGER)")
    run("CREATE TABLE IF NOT EXISTS c (a INTEGER)")
    table = reader.collection("c")
    assert table is not None
    assert not table.closed  # still what it was
    assert database.queryleaf_catalog.count_documents({}) == 0


def test_a_creation_that_fails_leaves_nothing(
    run: Any, database: Any, reader: CatalogReader
) -> None:
    CHECKS["a > 1"] = {"$noSuchOperator": 1}
    with pytest.raises(Exception, match="noSuchOperator"):
        run("CREATE TABLE t (id SERIAL, a INTEGER CHECK (a > 1), UNIQUE (a))")
    CHECKS["a > 1"] = {"$literal": True}
    assert reader.names() == []
    assert database.queryleaf_catalog.count_documents({}) == 0
    assert database.queryleaf_sequences.count_documents({}) == 0
    run("CREATE TABLE t (id SERIAL, a INTEGER CHECK (a > 1), UNIQUE (a))")
    assert reader.names() == ["t"]


# --- DROP


def test_drop_table_takes_everything_with_it(
    run: Any, database: Any, reader: CatalogReader
) -> None:
    run("CREATE TABLE t (id SERIAL, a TEXT)")
    Sequences(reader.client, reader.database).next_block("t.id", 5)
    run("DROP TABLE t")
    assert reader.names() == []
    assert database.queryleaf_catalog.count_documents({}) == 0
    assert database.queryleaf_sequences.count_documents({}) == 0
    with pytest.raises(errors.UndefinedTable):
        run("DROP TABLE t")
    run("DROP TABLE IF EXISTS t")


def test_a_referenced_table_is_dropped_by_cascade_only(
    run: Any, reader: CatalogReader
) -> None:
    run("CREATE TABLE p (id INTEGER PRIMARY KEY)")
    run("CREATE TABLE c (p_id INTEGER REFERENCES p ON DELETE CASCADE)")
    with pytest.raises(schema_errors.DependentObjectsStillExist) as caught:
        run("DROP TABLE p")
    assert caught.value.sqlstate == "2BP01"
    run("DROP TABLE p CASCADE")
    child = reader.collection("c")
    assert child is not None
    assert child.foreign_keys == ()
    assert reader.collection("p") is None


def test_dropping_both_sides_needs_no_cascade(run: Any, reader: CatalogReader) -> None:
    run("CREATE TABLE p (id INTEGER PRIMARY KEY)")
    run("CREATE TABLE c (p_id INTEGER REFERENCES p (id))")
    run("DROP TABLE p, c")
    assert reader.names() == []


# --- indexes


def test_indexes_are_made_found_and_dropped(run: Any, reader: CatalogReader) -> None:
    run("CREATE TABLE t (a INTEGER, b TEXT, d JSONB)")
    run("CREATE INDEX i ON t (a DESC, d.x)")
    run("CREATE INDEX ON t USING hash (b)")
    table = reader.collection("t")
    assert table is not None
    assert {each.name: each.keys for each in table.indexes} == {
        "_id_": (("_id", 1),),
        "i": (("a", -1), ("d.x", 1)),
        "t_b_idx": (("b", "hashed"),),
    }
    with pytest.raises(errors.DuplicateTable):
        run("CREATE INDEX i ON t (b)")
    run("CREATE INDEX IF NOT EXISTS i ON t (b)")
    run("DROP INDEX i")
    with pytest.raises(errors.UndefinedObject, match='did you mean "t_b_idx"'):
        run("DROP INDEX t_b_id")
    run("DROP INDEX IF EXISTS i")


def test_the_index_of_a_constraint_stays(run: Any) -> None:
    run("CREATE TABLE t (a INTEGER UNIQUE)")
    with pytest.raises(schema_errors.DependentObjectsStillExist):
        run("DROP INDEX t_a_key")


def test_a_unique_index_over_duplicates(run: Any, database: Any) -> None:
    run("CREATE TABLE t (a INTEGER)")
    database.t.insert_many([{"a": 1}, {"a": 1}])
    with pytest.raises(errors.UniqueViolation):
        run("CREATE UNIQUE INDEX u ON t (a)")


def test_a_partial_unique_index(run: Any, database: Any) -> None:
    run("CREATE TABLE t (a TEXT, gone TIMESTAMP, n INTEGER)")
    run("CREATE UNIQUE INDEX u ON t (a) WHERE gone IS NULL AND n >= 3")
    database.t.insert_many([{"a": "x", "n": 1}, {"a": "x", "n": 3}])
    database.t.insert_one({"a": "x", "n": 4, "gone": dt.datetime(2024, 1, 1)})
    with pytest.raises(DuplicateKeyError):
        database.t.insert_one({"a": "x", "n": 4, "gone": None})


# --- ALTER TABLE, TRUNCATE, COMMENT, sequences


def test_columns_are_added_renamed_and_dropped(
    run: Any, database: Any, reader: CatalogReader
) -> None:
    run("CREATE TABLE t (a INTEGER NOT NULL CHECK (a > 0), b TEXT UNIQUE)")
    run("CREATE INDEX i ON t (b, a)")
    database.t.insert_many([{"_id": 1, "a": 1, "b": "x"}, {"_id": 2, "a": 2}])
    CHECKS['"n" > 0'] = {"$gt": ["$n", 0]}
    run("ALTER TABLE t ADD COLUMN c INTEGER NOT NULL DEFAULT 7, ADD d TEXT")
    run("ALTER TABLE t RENAME COLUMN a TO n")
    assert list(database.t.find()) == [
        {"_id": 1, "n": 1, "b": "x", "c": 7},
        {"_id": 2, "n": 2, "c": 7},
    ]
    table = reader.collection("t")
    assert columns(table) == {
        "n": "INTEGER",
        "b": "TEXT",
        "c": "INTEGER",
        "d": "TEXT",
    }
    assert table is not None
    assert {each.name: each.keys for each in table.indexes}["i"] == (
        ("b", 1),
        ("n", 1),
    )
    with pytest.raises(WriteError):
        database.t.insert_one({"n": 0, "c": 1})
    run("ALTER TABLE t DROP COLUMN b")
    assert [each["_id"] for each in database.t.find({"b": {"$exists": True}})] == []
    table = reader.collection("t")
    assert table is not None
    assert [each.name for each in table.indexes] == ["_id_"]
    assert table.unique == ()


def test_an_alteration_that_fails_is_taken_back(
    run: Any, database: Any, reader: CatalogReader
) -> None:
    run("CREATE TABLE t (a INTEGER, b INTEGER)")
    database.t.insert_many([{"_id": 1, "a": 1, "b": 1}, {"_id": 2, "b": 1}])
    before = reader.collection("t"), list(database.t.find())
    for sql, error in (
        ("ADD COLUMN c INTEGER DEFAULT 7, ALTER a SET NOT NULL", "NotNullViolation"),
        ("ADD COLUMN c INTEGER NOT NULL", "NotNullViolation"),
        ("ADD COLUMN c INTEGER DEFAULT 7, ADD UNIQUE (b)", "UniqueViolation"),
    ):
        with pytest.raises(getattr(errors, error)):
            run(f"ALTER TABLE t {sql}")
        assert (reader.collection("t"), list(database.t.find())) == before
    database.t.insert_one({"_id": 3})  # the old validator stands


def test_constraints_come_and_go(
    run: Any, database: Any, reader: CatalogReader
) -> None:
    run("CREATE TABLE t (a INTEGER, b INTEGER)")
    run("ALTER TABLE t ADD CONSTRAINT once UNIQUE (a)")
    run("ALTER TABLE t ADD CONSTRAINT small CHECK (b < 10)")
    database.t.insert_one({"a": 1, "b": 1})
    with pytest.raises(DuplicateKeyError):
        database.t.insert_one({"a": 1})
    with pytest.raises(WriteError):
        database.t.insert_one({"b": 10})
    run("ALTER TABLE t DROP CONSTRAINT once, DROP CONSTRAINT small")
    database.t.insert_many([{"a": 1}, {"b": 10}])


def test_a_table_is_renamed_with_its_counter_and_its_references(
    run: Any, database: Any, reader: CatalogReader
) -> None:
    run("CREATE TABLE p (id SERIAL PRIMARY KEY)")
    run("CREATE TABLE c (p_id INTEGER REFERENCES p)")
    sequences = Sequences(reader.client, reader.database)
    assert sequences.next_block("p.id", 3) == 1
    run("ALTER TABLE p RENAME TO q")
    assert reader.names() == ["c", "q"]
    table, child = reader.collection("q"), reader.collection("c")
    assert table is not None
    assert table.fields[0].sequence == "q.id"
    assert sequences.next_block("q.id") == 4
    assert child is not None
    assert child.foreign_keys[0].table == "q"


def test_truncate(run: Any, database: Any, reader: CatalogReader) -> None:
    run("CREATE TABLE p (id INTEGER GENERATED ALWAYS AS IDENTITY (START WITH 10))")
    run("ALTER TABLE p ADD PRIMARY KEY (id)")
    run("CREATE TABLE c (p_id INTEGER REFERENCES p)")
    database.p.insert_one({"id": 1})
    database.c.insert_one({"p_id": 1})
    sequences = Sequences(reader.client, reader.database)
    assert sequences.next_block("p.id", 2) == 10
    with pytest.raises(errors.FeatureNotSupported, match="foreign key"):
        run("TRUNCATE p")
    run("TRUNCATE p RESTART IDENTITY CASCADE")
    assert database.p.count_documents({}) + database.c.count_documents({}) == 0
    assert sequences.next_block("p.id") == 10


def test_comments(run: Any, reader: CatalogReader) -> None:
    run("CREATE TABLE t (a INTEGER)")
    run("COMMENT ON TABLE t IS 'all of them'")
    run("COMMENT ON COLUMN t.a IS 'the first'")
    table = reader.collection("t")
    assert table is not None
    assert (table.comment, table.fields[0].comment) == ("all of them", "the first")


def test_sequences(run: Any, reader: CatalogReader) -> None:
    run("CREATE SEQUENCE s START WITH 100")
    sequences = Sequences(reader.client, reader.database)
    assert [sequences.next_block("s", 10), sequences.next_block("s")] == [100, 110]
    with pytest.raises(errors.DuplicateTable):
        run("CREATE SEQUENCE s")
    run("DROP SEQUENCE s")
    with pytest.raises(errors.UndefinedTable):
        sequences.next_block("s")


def test_many_takers_get_each_number_once(reader: CatalogReader) -> None:
    sequences = Sequences(reader.client, reader.database)
    with ThreadPoolExecutor(8) as pool:
        blocks = list(pool.map(lambda _: sequences.next_block("t.id", 3), range(40)))
    assert sorted(blocks) == list(range(1, 121, 3))


def test_many_makers_of_one_table(run: Any, reader: CatalogReader) -> None:
    def make(_: int) -> str:
        try:
            run("CREATE TABLE t (id SERIAL PRIMARY KEY, a INTEGER UNIQUE)")
        except errors.DuplicateTable:
            return "late"
        return "made"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(make, range(4))) == ["late", "late", "late", "made"]
    table = reader.collection("t")
    assert table is not None
    assert [each.name for each in table.indexes] == ["_id_", "t_a_key", "t_pkey"]


# --- undeclared collections


def test_a_collection_is_derived_to_its_last_document(
    reader: CatalogReader, database: Any
) -> None:
    many: list[dict[str, Any]] = [{"_id": i, "a": i, "e": {"x": 1}} for i in range(500)]
    many[450] = {"_id": 450, "a": Int64(7), "e": {"x": 1, "y": "s"}, "late": [1, 2]}
    many[499] = {"_id": 499, "a": None, "dotted.name": 1, "mixed": "s"}
    many[498] = {"_id": 498, "mixed": 1, "d": Decimal128("1"), "u": uuid_binary()}
    database.c.insert_many(many)
    found = reader.collection("c")
    assert found is not None
    assert found.complete
    assert not found.closed
    assert columns(found) == {
        "_id": "INTEGER",
        "a": "BIGINT",
        "e": "JSONB",
        "late": "INTEGER[]",
        "d": "NUMERIC",
        "u": "UUID",
        "mixed": "ANY",
    }
    assert all(each.nullable for each in found.fields)
    embedded = found.field("e")
    assert embedded is not None
    assert [(each.name, str(each.type)) for each in embedded.fields] == [
        ("x", "INTEGER"),
        ("y", "TEXT"),
    ]


def uuid_binary() -> Binary:
    return Binary.from_uuid(uuid.UUID(int=1))


def test_beyond_the_bound_no_type_is_believed(mongo_client: Any, database: Any) -> None:
    database.c.insert_many([{"a": 1, f"f{i}": i} for i in range(50)])
    reader = CatalogReader(
        mongo_client, database.name, bounds=Bounds(documents=2, rounds=3)
    )
    found = reader.collection("c")
    assert found is not None
    assert not found.complete
    field = found.field("a")
    assert field is not None
    assert (str(field.type), str(field.seen)) == ("ANY", "INTEGER")


def test_a_validator_gives_the_columns_of_an_empty_collection(
    reader: CatalogReader, database: Any
) -> None:
    schema = {
        "bsonType": "object",
        "properties": {"a": {"bsonType": "int"}, "b": {"bsonType": ["string", "null"]}},
    }
    database.create_collection("c", validator={"$jsonSchema": schema})
    found = reader.collection("c")
    assert found is not None
    assert [(each.name, str(each.type), str(each.seen)) for each in found.fields] == [
        ("a", "ANY", "INTEGER"),
        ("b", "ANY", "TEXT"),
    ]


def test_what_is_read_is_kept_and_forgotten(
    mongo_client: Any, reader: CatalogReader, database: Any
) -> None:
    assert reader.collection("c") is None
    database.c.insert_one({"a": 1})
    first = reader.collection("c")
    version = reader.version
    database.c.insert_one({"b": 1})
    other = CatalogReader(mongo_client, database.name)  # shares the cache
    assert other.collection("c") is first
    other.invalidate("c")
    assert reader.version > version
    assert columns(reader.collection("c")) == {
        "_id": "OBJECTID",
        "a": "INTEGER",
        "b": "INTEGER",
    }


def test_time_to_live(mongo_client: Any, database: Any) -> None:
    reader = CatalogReader(mongo_client, database.name, time_to_live=0)
    database.c.insert_one({"a": 1})
    version = reader.version
    reader.collection("c")
    database.c.insert_one({"b": 1})
    assert "b" in columns(reader.collection("c"))
    assert reader.version > version


class Counter(monitoring.CommandListener):
    def __init__(self) -> None:
        self.commands: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.commands.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


def test_reflection_takes_few_round_trips(
    server_uri: str, run: Any, database: Any
) -> None:
    from pymongo import MongoClient

    for number in range(12):
        run(f"CREATE TABLE t{number:02} (a INTEGER PRIMARY KEY)")
        database[f"c{number:02}"].insert_one({"a": number, "b": [str(number)]})
    database.command({"create": "v", "viewOn": "c00", "pipeline": []})
    counter = Counter()
    with MongoClient[Any](server_uri, event_listeners=[counter]) as client:
        found = CatalogReader(client, database.name).collections()
    assert [each.name for each in found][:2] == ["c00", "c01"]
    assert len(found) == 25
    # names, collections, entries, indexes, and two rounds of derivation
    assert len(counter.commands) <= 8, counter.commands
    by_name = {each.name: each for each in found}
    assert columns(by_name["c03"]) == {"_id": "OBJECTID", "a": "INTEGER", "b": "TEXT[]"}
    assert [each.name for each in by_name["t03"].indexes] == ["_id_", "t03_pkey"]
    assert by_name["v"].is_view


def test_our_own_collections_are_hidden(run: Any, reader: CatalogReader) -> None:
    run("CREATE TABLE t (id SERIAL)")
    assert reader.names() == ["t"]
    assert reader.collection("queryleaf_catalog") is None
    assert reader.collection("system.views") is None


def test_information_schema(run: Any, reader: CatalogReader) -> None:
    run("CREATE TABLE t (a INTEGER PRIMARY KEY, b VARCHAR(3))")
    view = reader.collection("columns", "information_schema")
    assert view is not None
    assert view.virtual
    found = rows("columns", reader.collections(), [reader.database])
    assert [(each["column_name"], each["data_type"]) for each in found] == [
        ("a", "integer"),
        ("b", "character varying"),
    ]


def test_a_statement_finds_a_table_in_other_case(
    run: Any, reader: CatalogReader, database: Any
) -> None:
    database.People.insert_one({"a": 1})
    with pytest.raises(errors.UndefinedTable, match='did you mean "People"'):
        run('DROP TABLE "peple"')
    run("DROP TABLE people")
    assert reader.names() == []


def test_a_schema_that_holds_something_stays(run: Any, reader: CatalogReader) -> None:
    run("CREATE TABLE t (a INTEGER)")
    with pytest.raises(errors.DependentObjectsStillExist, match='table "t"'):
        run(f'DROP SCHEMA "{reader.database}"')
    with pytest.raises(errors.ObjectInUse):
        run(f'DROP DATABASE "{reader.database}"')
    with pytest.raises(errors.DuplicateSchema):
        run(f'CREATE SCHEMA "{reader.database}"')
    with pytest.raises(errors.DuplicateDatabase):
        run(f'CREATE DATABASE "{reader.database}"')
    run(f'DROP SCHEMA "{reader.database}" CASCADE')
    assert reader.database not in reader.databases()
