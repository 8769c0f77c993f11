"""Inspection of declared tables and of collections that nobody declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from pymongo import monitoring

from sqlalchemy_queryleaf import JSONB, OBJECTID


@pytest.fixture
def engine(database_uri: str) -> Iterator[sa.Engine]:
    url = database_uri.replace("mongodb://", "queryleaf://", 1)
    engine = sa.create_engine(url)
    yield engine
    engine.dispose()


def declare() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("parent", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "child",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(start=5), primary_key=True),
        sa.Column("Name", sa.String(30), nullable=False, comment="what it's called"),
        sa.Column("price", sa.Numeric(10, 2), server_default="5"),
        sa.Column("seen", sa.DateTime(timezone=True)),
        sa.Column("doc", JSONB),
        sa.Column("tags", sa.ARRAY(sa.Integer)),
        sa.Column("oid", OBJECTID),
        sa.Column("parent_id", sa.Integer),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["parent.id"], name="fk_parent", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("Name", "price", name="uq_name"),
        sa.CheckConstraint("price > 0", name="ck_price"),
        sa.Index("ix_price", sa.text("price DESC"), "seen"),
        comment="the children",
    )
    return metadata


def test_what_was_declared_is_reflected(engine: sa.Engine) -> None:
    declare().create_all(engine)
    look = sa.inspect(engine)
    columns = {each["name"]: each for each in look.get_columns("child")}
    assert {
        name: each["type"].compile(engine.dialect) for name, each in columns.items()
    } == {
        "id": "BIGINT",
        "Name": "VARCHAR(30)",
        "price": "NUMERIC(10, 2)",
        "seen": "TIMESTAMP WITH TIME ZONE",
        "doc": "JSONB",
        "tags": "INTEGER[]",
        "oid": "OBJECTID",
        "parent_id": "INTEGER",
    }
    assert [name for name, each in columns.items() if not each["nullable"]] == [
        "id",
        "Name",
    ]
    assert columns["price"]["default"] == "'5'"
    assert columns["Name"]["comment"] == "what it's called"
    assert columns["id"]["identity"]["start"] == 5
    assert look.get_columns("parent")[0]["autoincrement"] is True


def test_constraints(engine: sa.Engine) -> None:
    declare().create_all(engine)
    look = sa.inspect(engine)
    assert look.get_pk_constraint("child")["constrained_columns"] == ["id"]
    assert look.get_pk_constraint("child")["name"] == "child_pkey"
    assert look.get_unique_constraints("child") == [
        {"name": "uq_name", "column_names": ["Name", "price"]}
    ]
    assert look.get_foreign_keys("child") == [
        {
            "name": "fk_parent",
            "constrained_columns": ["parent_id"],
            "referred_schema": None,
            "referred_table": "parent",
            "referred_columns": ["id"],
            "options": {"ondelete": "CASCADE"},
        }
    ]
    assert look.get_check_constraints("child") == [
        {"name": "ck_price", "sqltext": "price > 0"}
    ]
    assert look.get_table_comment("child") == {"text": "the children"}
    assert look.get_indexes("child") == [
        {
            "name": "ix_price",
            "column_names": ["price", "seen"],
            "unique": False,
            "column_sorting": {"price": ("desc",)},
        },
        {
            "name": "uq_name",
            "column_names": ["Name", "price"],
            "unique": True,
            "duplicates_constraint": "uq_name",
        },
    ]


def shape(metadata: sa.MetaData) -> Any:
    return {
        table.name: [
            (column.name, repr(column.type), column.nullable, column.primary_key)
            for column in table.columns
        ]
        for table in metadata.sorted_tables
    }


def test_reflected_tables_can_be_made_again(engine: sa.Engine) -> None:
    declare().create_all(engine)
    first = sa.MetaData()
    first.reflect(engine)
    assert list(first.tables) == ["child", "parent"]
    first.drop_all(engine)
    assert sa.inspect(engine).get_table_names() == []
    first.create_all(engine)
    second = sa.MetaData()
    second.reflect(engine)
    assert shape(second) == shape(first)
    parent = sa.Table("parent", sa.MetaData(), autoload_with=engine)
    with engine.begin() as connection:
        made = connection.execute(parent.insert()).inserted_primary_key
    assert made == (1,)


def test_names(engine: sa.Engine, mongo_client: Any) -> None:
    declare().create_all(engine)
    assert engine.url.database is not None
    database = mongo_client[engine.url.database]
    database.create_collection("seen", viewOn="parent", pipeline=[])
    look = sa.inspect(engine)
    assert look.default_schema_name == engine.url.database
    assert look.get_table_names() == ["child", "parent"]
    assert look.get_view_names() == ["seen"]
    assert look.has_table("child")
    assert look.has_table("seen")
    assert not look.has_table("Child")
    assert engine.url.database in look.get_schema_names()
    assert look.has_table("child", schema=engine.url.database)
    with pytest.raises(sa.exc.NoSuchTableError):
        look.get_columns("nothing")


def test_a_collection_nobody_declared(engine: sa.Engine, mongo_client: Any) -> None:
    people = mongo_client[engine.url.database].people
    people.insert_many([{"name": "Ada", "address": {"city": "London"}}, {"age": 3}])
    people.create_index([("address.city", 1)], name="by_city")
    look = sa.inspect(engine)
    columns = {each["name"]: str(each["type"]) for each in look.get_columns("people")}
    assert columns["_id"] == "OBJECTID"
    assert columns["name"] == "TEXT"
    assert columns["age"] == "INTEGER"
    assert look.get_pk_constraint("people")["constrained_columns"] == ["_id"]
    assert look.get_indexes("people") == [
        {
            "name": "by_city",
            "column_names": [None],
            "expressions": ["address.city"],
            "unique": False,
        }
    ]


class Commands(monitoring.CommandListener):
    """The names of the commands that were sent."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.names.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


def commands_to_reflect(database_uri: str, tables: int) -> int:
    """How many commands it takes to reflect so many tables."""
    from pymongo import MongoClient

    import queryleaf_dbapi

    listener = Commands()
    client: Any = MongoClient(database_uri, event_listeners=[listener])
    name = client.get_default_database().name
    engine = sa.create_engine(
        "queryleaf://",
        creator=lambda: queryleaf_dbapi.connect(client, database=name),
    )
    metadata = sa.MetaData()
    for number in range(tables):
        key = sa.Column("id", sa.Integer, primary_key=True)
        sa.Table(f"t{number}", metadata, key, sa.Column("a", sa.Integer, index=True))
    metadata.create_all(engine)
    with engine.connect() as connection:
        listener.names.clear()
        reflected = sa.MetaData()
        reflected.reflect(connection)
        assert len(reflected.tables) == tables
    engine.dispose()
    client.close()
    return len(listener.names)


def test_round_trips_do_not_grow_with_the_tables(database_uri: str) -> None:
    few = commands_to_reflect(database_uri, 2)
    assert commands_to_reflect(database_uri, 12) == few


def test_indexes_of_every_kind_come_back(engine: sa.Engine) -> None:
    metadata = sa.MetaData()
    table = sa.Table(
        "books",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.Text),
        sa.Column("price", sa.Integer),
        sa.Column("seen", sa.DateTime),
        sa.Column("info", JSONB),
        sa.UniqueConstraint("title", name="uq", queryleaf_nulls_not_distinct=True),
    )
    options: dict[str, dict[str, Any]] = {
        "by_seen": {"queryleaf_using": "ttl", "queryleaf_expire_after": 3600},
        "covering": {"queryleaf_include": ["price", "seen"]},
        "hashed": {"queryleaf_using": "hashed"},
        "one_price": {"queryleaf_nulls_not_distinct": True},
        "some": {"queryleaf_where": "price > 5"},
        "words": {"queryleaf_using": "text"},
        "paths": {"queryleaf_using": "wildcard"},
    }
    keys = {"by_seen": "seen", "one_price": "price", "paths": "info"}
    for name, kind in options.items():
        column = table.c[keys.get(name, "title")]
        sa.Index(name, column, unique=name == "one_price", **kind)
    metadata.create_all(engine)

    def found() -> dict[str, Any]:
        listed = sa.inspect(engine).get_indexes("books")
        return {each["name"]: each for each in listed if each["name"] != "uq"}

    first = found()
    assert {name: each["dialect_options"] for name, each in first.items()} == options
    assert first["covering"]["column_names"] == ["title"]
    unique = sa.inspect(engine).get_unique_constraints("books")
    assert unique[0]["dialect_options"] == {"queryleaf_nulls_not_distinct": True}
    # what is reflected makes the same again
    again = sa.MetaData()
    again.reflect(engine)
    again.drop_all(engine)
    again.create_all(engine)
    assert found() == first


def test_comments_of_indexes_and_constraints(engine: sa.Engine) -> None:
    declare().create_all(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as run:
        run.exec_driver_sql("COMMENT ON CONSTRAINT ck_price ON child IS 'positive'")
        run.exec_driver_sql("COMMENT ON CONSTRAINT fk_parent ON child IS 'up'")
        run.exec_driver_sql("ALTER TABLE child RENAME COLUMN price TO cost")
    look = sa.inspect(engine)
    assert look.get_check_constraints("child")[0]["comment"] == "positive"
    assert look.get_foreign_keys("child")[0]["comment"] == "up"
