"""The SQL of statements, where it differs from SQLAlchemy's generic form."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from sqlalchemy_queryleaf.dialect import QueryLeafDialect

people = sa.table(
    "people",
    sa.column("id", sa.Integer),
    sa.column("name", sa.String),
    sa.column("born", sa.DateTime),
    sa.column("doc", sa.JSON),
    sa.column("tags", sa.ARRAY(sa.String)),
)
orders = sa.table("orders", sa.column("person_id", sa.Integer))
p = people.c


def sql(statement: Any) -> str:
    text = str(statement.compile(dialect=QueryLeafDialect()))
    return " ".join(text.split())


def where(condition: Any) -> str:
    return sql(sa.select(p.id).where(condition)).partition(" WHERE ")[2]


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (p.name.ilike("A%"), "people.name ILIKE %(name_1)s"),
        (p.name.not_ilike("A"), "people.name NOT ILIKE %(name_1)s"),
        (
            p.name.icontains("a", autoescape=True),
            "(people.name ILIKE '%%' || %(name_1)s || '%%' ESCAPE '/')",
        ),
        (p.name.like("a/%", escape="/"), "people.name LIKE %(name_1)s ESCAPE '/'"),
        (p.name.is_distinct_from(None), "people.name IS DISTINCT FROM NULL"),
        (p.id.is_not_distinct_from(1), "people.id IS NOT DISTINCT FROM %(id_1)s"),
        (p.name.regexp_match("^a"), "people.name ~ %(name_1)s"),
        (~p.name.regexp_match("^a", flags="i"), "people.name !~* %(name_1)s"),
        (p.id % 5 == 1, "people.id %% %(id_1)s = %(param_1)s"),
        (p.id.bitwise_xor(5) == 1, "people.id # %(id_1)s = %(param_1)s"),
        (sa.true(), "true"),
        (p.tags[2] == "a", "people.tags[%(tags_1)s] = %(param_1)s"),
        (
            sa.tuple_(p.id, p.name).in_([(1, "a")]),
            "(people.id, people.name) IN (__[POSTCOMPILE_param_1])",
        ),
    ],
)
def test_conditions(condition: Any, text: str) -> None:
    assert where(condition) == text


def test_division() -> None:
    assert "people.id / CAST(%(id_1)s AS NUMERIC)" in sql(sa.select(p.id / 2))
    assert "people.id / %(id_1)s" in sql(sa.select(p.id // 2))


def test_limit_and_offset() -> None:
    assert sql(sa.select(p.id).limit(2).offset(3)).endswith(
        "FROM people LIMIT %(param_1)s OFFSET %(param_2)s"
    )
    assert sql(sa.select(p.id).offset(3)).endswith("FROM people OFFSET %(param_1)s")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "FOR UPDATE"),
        ({"read": True}, "FOR SHARE"),
        ({"nowait": True}, "FOR UPDATE NOWAIT"),
        ({"skip_locked": True}, "FOR UPDATE SKIP LOCKED"),
    ],
)
def test_row_locks_are_written(options: dict[str, bool], text: str) -> None:
    """The driver refuses them; left out they would not be refused."""
    assert sql(sa.select(p.id).with_for_update(**options)).endswith(f" {text}")


def test_distinct_on_is_written() -> None:
    """The generic compiler warns and leaves it out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sa.exc.SADeprecationWarning)
        statement = sa.select(p.id).distinct(p.name)
    assert sql(statement).startswith("SELECT DISTINCT ON (people.name) people.id")


@pytest.mark.skipif(not hasattr(postgresql, "distinct_on"), reason="SQLAlchemy 2.1")
def test_distinct_on_as_an_extension() -> None:
    statement = sa.select(p.id).ext(postgresql.distinct_on(p.name))
    assert sql(statement).startswith("SELECT DISTINCT ON (people.name) people.id")


def test_several_tables_in_update_and_delete() -> None:
    joined = p.id == orders.c.person_id
    assert sql(people.update().values(name="x").where(joined)) == (
        "UPDATE people SET name=%(name)s FROM orders WHERE people.id = orders.person_id"
    )
    assert sql(people.delete().where(joined)) == (
        "DELETE FROM people USING orders WHERE people.id = orders.person_id"
    )


def test_returning() -> None:
    assert sql(people.insert().values(name="a").returning(p.id)) == (
        "INSERT INTO people (name) VALUES (%(name)s) RETURNING people.id"
    )
    assert sql(people.delete().returning(p.id)).endswith("RETURNING people.id")


def test_fetch_takes_parentheses() -> None:
    assert sql(sa.select(p.id).offset(1).fetch(2, with_ties=True)).endswith(
        "OFFSET (%(param_1)s) ROWS FETCH FIRST (%(param_2)s) ROWS WITH TIES"
    )


def test_on_conflict() -> None:
    insert = postgresql.insert(people).values(id=1, name="a")
    assert sql(insert.on_conflict_do_nothing()).endswith("ON CONFLICT DO NOTHING")
    update = insert.on_conflict_do_update(
        index_elements=["id"], set_={"name": insert.excluded.name}
    )
    assert sql(update).endswith("ON CONFLICT (id) DO UPDATE SET name = excluded.name")


def test_json_keys_are_constants() -> None:
    assert sql(sa.select(p.doc["a"])) == (
        "SELECT people.doc -> __[POSTCOMPILE_doc_1] AS anon_1 FROM people"
    )
    assert sql(sa.select(p.doc["a"].as_integer())) == (
        "SELECT CAST(people.doc ->> __[POSTCOMPILE_doc_1] AS INTEGER) AS anon_1 "
        "FROM people"
    )


def test_percent_signs_are_doubled() -> None:
    assert sql(sa.text("SELECT 5 % 2, '100%'")) == "SELECT 5 %% 2, '100%%'"


def test_names() -> None:
    odd = sa.table("MixedCase", sa.column("order"), sa.column("a.b"), sa.column("aB"))
    assert sql(sa.select(odd)) == (
        'SELECT MixedCase."order", MixedCase."a.b", MixedCase.aB FROM MixedCase'
    )
    assert sql(sa.select(sa.table("t", sa.column("a"), schema="Db"))) == (
        "SELECT Db.t.a FROM Db.t"
    )
