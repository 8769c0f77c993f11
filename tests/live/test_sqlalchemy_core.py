"""SQLAlchemy Core over a real server: statements, types, transactions, errors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from bson import ObjectId
from sqlalchemy import exc

from sqlalchemy_queryleaf import JSONB, OBJECTID

metadata = sa.MetaData()
items = sa.Table(
    "items",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(20), unique=True, nullable=False),
    sa.Column("price", sa.Numeric(10, 2)),
)
values = sa.Table(
    "values",  # a reserved word
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("flag", sa.Boolean),
    sa.Column("small", sa.SmallInteger),
    sa.Column("big", sa.BigInteger),
    sa.Column("money", sa.Numeric(12, 3)),
    sa.Column("ratio", sa.Float),
    sa.Column("note", sa.Text),
    sa.Column("colour", sa.Enum("red", "blue", name="colour")),
    sa.Column("day", sa.Date),
    sa.Column("at", sa.Time),
    sa.Column("moment", sa.DateTime),
    sa.Column("instant", sa.DateTime(timezone=True)),
    sa.Column("span", sa.Interval),
    sa.Column("raw", sa.LargeBinary),
    sa.Column("uid", sa.Uuid),
    sa.Column("doc", sa.JSON),
    sa.Column("docb", JSONB),
    sa.Column("tags", sa.ARRAY(sa.String)),
    sa.Column("oid", OBJECTID),
)
ROW = {
    "id": 1,
    "flag": True,
    "small": -7,
    "big": 2**53 + 1,
    "money": Decimal("12.340"),
    "ratio": 0.1,
    "note": "it's 100% \\ $x",
    "colour": "blue",
    "day": dt.date(2024, 2, 29),
    "at": dt.time(23, 59, 1, 5000),
    "moment": dt.datetime(2024, 2, 29, 12, 30, 1, 250000),
    "instant": dt.datetime(2024, 2, 29, 12, 30, tzinfo=dt.timezone.utc),
    "span": dt.timedelta(days=-2, seconds=5, milliseconds=7),
    "raw": b"\x00\xff%",
    "uid": UUID("12345678-1234-5678-1234-567812345678"),
    "doc": {"a": [1, {"b": None}], "$c": "x"},
    "docb": [1, "two"],
    "tags": ["a", None, "b"],
    "oid": ObjectId("507f1f77bcf86cd799439011"),
}


def engine_url(database_uri: str) -> str:
    return database_uri.replace("mongodb://", "queryleaf://", 1)


@pytest.fixture
def engine(database_uri: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(engine_url(database_uri))
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def add_three(connection: sa.Connection) -> None:
    names = [
        {"name": "a", "price": 1},
        {"name": "b", "price": 2},
        {"name": "c", "price": None},
    ]
    connection.execute(items.insert(), names)


def test_insert_gives_the_key(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        first = connection.execute(items.insert().values(name="a"))
        second = connection.execute(items.insert().values(name="b"))
        assert first.inserted_primary_key == (1,)
        assert second.inserted_primary_key == (2,)


def test_many_rows_return_in_the_order_of_the_parameters(engine: sa.Engine) -> None:
    rows = [{"name": f"n{i}"} for i in (3, 1, 2)]
    statement = items.insert().returning(
        items.c.id, items.c.name, sort_by_parameter_order=True
    )
    with engine.begin() as connection:
        result = connection.execute(statement, rows).all()
    assert result == [(1, "n3"), (2, "n1"), (3, "n2")]


def test_select_update_delete(engine: sa.Engine) -> None:
    c = items.c
    with engine.begin() as connection:
        add_three(connection)
        raised = connection.execute(
            items.update()
            .where(c.price >= 1)
            .values(price=c.price * 2)
            .returning(c.name, c.price)
        )
        assert sorted(raised.all()) == [("a", Decimal("2.00")), ("b", Decimal("4.00"))]
        assert connection.execute(items.delete().where(c.name == "a")).rowcount == 1
        rest = sa.select(c.name).order_by(c.name.desc())
        assert connection.scalars(rest).all() == ["c", "b"]
        assert connection.scalar(sa.select(sa.func.sum(c.price))) == Decimal("4.00")
        assert connection.scalars(rest.where(c.name.in_([]))).all() == []
        assert connection.scalars(rest.limit(1).offset(1)).all() == ["b"]


def test_group_join_and_cte(engine: sa.Engine) -> None:
    c = items.c
    with engine.begin() as connection:
        add_three(connection)
        dear = sa.select(c.id, c.price).where(c.price.is_not(None)).cte("dear")
        joined = (
            sa.select(c.name, dear.c.price)
            .join_from(items, dear, c.id == dear.c.id, isouter=True)
            .order_by(c.name)
        )
        assert connection.execute(joined).all() == [
            ("a", Decimal("1.00")),
            ("b", Decimal("2.00")),
            ("c", None),
        ]
        counted = sa.select(c.price.is_(None), sa.func.count()).group_by(
            c.price.is_(None)
        )
        assert sorted(connection.execute(counted).all()) == [(False, 2), (True, 1)]


def test_every_type_makes_the_round_trip(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(values.insert(), ROW)
        connection.execute(values.insert(), {"id": 2})
        found = sa.select(values).order_by(values.c.id)
        full, empty = connection.execute(found).mappings().all()
    assert dict(full) == ROW
    assert dict(empty) == {**dict.fromkeys(ROW), "id": 2}


@pytest.mark.parametrize("name", sorted(set(ROW) - {"doc", "docb", "tags"}))
@pytest.mark.parametrize("literal", [False, True])
def test_every_type_compares(engine: sa.Engine, name: str, literal: bool) -> None:
    """As a parameter, and as a literal in the text."""
    condition = values.c[name] == sa.literal(
        ROW[name], values.c[name].type, literal_execute=literal
    )
    with engine.begin() as connection:
        connection.execute(values.insert(), [ROW, {**dict.fromkeys(ROW), "id": 2}])
        assert connection.scalars(sa.select(values.c.id).where(condition)).all() == [1]


def test_json_keys(engine: sa.Engine) -> None:
    docs = [{"id": 1, "doc": {"a": {"n": 5, "it's": "x"}}}, {"id": 2, "doc": {"a": {}}}]
    part = values.c.doc["a"]
    with engine.begin() as connection:
        connection.execute(values.insert(), docs)
        number = sa.select(part["n"].as_integer()).order_by(values.c.id)
        assert connection.scalars(number).all() == [5, None]
        text = sa.select(values.c.id).where(part["it's"].as_string() == "x")
        assert connection.scalars(text).all() == [1]
        assert connection.scalar(sa.select(part).where(values.c.id == 2)) == {}


def test_rollback_and_isolation(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection.execute(items.insert().values(name="a"))
        connection.rollback()
        assert connection.scalar(sa.select(sa.func.count()).select_from(items)) == 0
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
        assert other.get_isolation_level() == "AUTOCOMMIT"
        other.execute(items.insert().values(name="a"))
    with engine.connect() as connection:
        assert connection.get_isolation_level() == "READ COMMITTED"
        assert connection.scalar(sa.select(sa.func.count()).select_from(items)) == 1


def test_snapshot(database_uri: str) -> None:
    engine = sa.create_engine(engine_url(database_uri), isolation_level="SNAPSHOT")
    metadata.create_all(engine)
    count = sa.select(sa.func.count()).select_from(items)
    with engine.connect() as one, engine.connect() as two:
        assert one.scalar(count) == 0
        two.execute(items.insert().values(name="a"))
        two.commit()
        assert one.scalar(count) == 0
        one.rollback()
        assert one.scalar(count) == 1
    engine.dispose()


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        (items.insert().values(id=1, name="b"), exc.IntegrityError),
        (items.insert().values(name="a"), exc.IntegrityError),
        (items.insert().values(name=None), exc.IntegrityError),
        (sa.text("SELECT nothing FROM items"), exc.ProgrammingError),
        (sa.text("SELEC"), exc.ProgrammingError),
        (sa.select(items).with_for_update(), exc.NotSupportedError),
        (sa.select(items).with_for_update(read=True), exc.NotSupportedError),
        (sa.select(1 / sa.literal(0)), exc.DataError),
    ],
)
def test_errors(engine: sa.Engine, statement: Any, error: type[Exception]) -> None:
    with engine.begin() as connection:
        connection.execute(items.insert().values(id=1, name="a"))
    with engine.connect() as connection:
        with pytest.raises(error):
            connection.execute(statement).all()
        connection.rollback()
        assert connection.scalar(sa.select(items.c.name)) == "a"


def test_rows_are_streamed(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(items.insert(), [{"name": f"{i:05}"} for i in range(2500)])
    statement = sa.select(items.c.name).order_by(items.c.name)
    with engine.connect() as connection:
        result = connection.execution_options(yield_per=1000).execute(statement)
        sizes = [len(part) for part in result.partitions()]
        assert sizes == [1000, 1000, 500]
        result = connection.execution_options(stream_results=True).execute(statement)
        assert result.scalars().fetchmany(2) == ["00000", "00001"]
        result.close()


def test_a_percent_sign_is_itself(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT '100%' || 5 % 3")) == "100%2"
        assert connection.scalar(sa.select(sa.literal_column("'5%'"))) == "5%"


def test_pre_ping_finds_a_closed_connection(database_uri: str) -> None:
    engine = sa.create_engine(engine_url(database_uri), pool_pre_ping=True, pool_size=1)
    with engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert connection.scalar(sa.text("SELECT 1")) == 1
    driver.close()  # type: ignore[union-attr]
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
    engine.dispose()


@pytest.mark.live
def test_an_embedded_server(tmp_path: Path) -> None:
    engine = sa.create_engine(f"queryleaf+embedded:///{tmp_path}/data?database=shop")
    metadata.create_all(engine)
    with engine.begin() as connection:
        add_three(connection)
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.max(items.c.name))) == "c"
        assert sa.inspect(connection).default_schema_name == "shop"
    engine.dispose()


def test_is_disconnect_goes_by_the_class_of_the_error(engine: sa.Engine) -> None:
    from queryleaf_dbapi.errors import ConnectionFailure, OperationalError

    judge = engine.dialect.is_disconnect
    assert judge(ConnectionFailure("gone"), None, None)
    assert not judge(OperationalError("connection"), None, None)
