"""information_schema over collections written by hand."""

from __future__ import annotations

import pytest

from queryleaf_dbapi.catalog.catalog import Check, Collection, Field, ForeignKey, Key
from queryleaf_dbapi.catalog.information_schema import (
    VIEW_NAMES,
    rows,
    virtual_collection,
)
from queryleaf_dbapi.types import (
    BIGINT,
    INTEGER,
    JSONB,
    NUMERIC,
    OBJECTID,
    TEXT,
    TIMESTAMP,
    VARCHAR,
    array_of,
)

PARENT = Collection(
    "parent",
    "shop",
    (
        Field("id", BIGINT, False, sequence="parent.id"),
        Field("name", VARCHAR.with_parameters(20), default="'x'"),
        Field("price", NUMERIC.with_parameters(10, 2)),
        Field("at", TIMESTAMP),
        Field("doc", JSONB),
        Field("tags", array_of(INTEGER)),
    ),
    closed=True,
    primary_key=Key("parent_pkey", ("id",)),
    unique=(Key("u", ("name", "price")),),
    checks=(Check("parent_price_check", "price > 0"),),
)
CHILD = Collection(
    "child",
    "shop",
    (Field("_id", OBJECTID), Field("parent_id", BIGINT)),
    closed=True,
    foreign_keys=(
        ForeignKey("fk", ("parent_id",), "parent", ("id",), on_delete="CASCADE"),
    ),
)
VIEW = Collection("v", "shop", (Field("a", TEXT),), is_view=True)
ALL = (PARENT, CHILD, VIEW)


def picked(view: str, *names: str) -> list[tuple[object, ...]]:
    found = rows(view, ALL, ["shop", "other"])
    return [tuple(row[name] for name in names) for row in found]


def test_tables() -> None:
    names = ("table_catalog", "table_schema", "table_name", "table_type")
    assert picked("tables", *names) == [
        ("queryleaf", "shop", "parent", "BASE TABLE"),
        ("queryleaf", "shop", "child", "BASE TABLE"),
        ("queryleaf", "shop", "v", "VIEW"),
    ]
    assert picked("views", "table_name") == [("v",)]


def test_columns() -> None:
    names = (
        "column_name",
        "ordinal_position",
        "data_type",
        "is_nullable",
        "column_default",
        "character_maximum_length",
        "numeric_precision",
        "numeric_scale",
        "udt_name",
    )
    assert picked("columns", *names)[:7] == [
        (
            "id",
            1,
            "bigint",
            "NO",
            "nextval('parent_id_seq'::regclass)",
            None,
            64,
            0,
            "int8",
        ),
        ("name", 2, "character varying", "YES", "'x'", 20, None, None, "varchar"),
        ("price", 3, "numeric", "YES", None, None, 10, 2, "numeric"),
        (
            "at",
            4,
            "timestamp without time zone",
            "YES",
            None,
            None,
            None,
            None,
            "timestamp",
        ),
        ("doc", 5, "jsonb", "YES", None, None, None, None, "jsonb"),
        ("tags", 6, "ARRAY", "YES", None, None, None, None, "_int4"),
        ("_id", 1, "objectid", "YES", None, None, None, None, "objectid"),
    ]
    assert picked("columns", "is_identity", "identity_generation")[:2] == [
        ("NO", None),
        ("NO", None),
    ]


def test_constraints() -> None:
    names = ("table_name", "constraint_name", "constraint_type")
    assert picked("table_constraints", *names) == [
        ("parent", "parent_pkey", "PRIMARY KEY"),
        ("parent", "u", "UNIQUE"),
        ("parent", "parent_price_check", "CHECK"),
        ("child", "fk", "FOREIGN KEY"),
    ]
    names = ("constraint_name", "column_name", "ordinal_position")
    assert picked("key_column_usage", *names) == [
        ("parent_pkey", "id", 1),
        ("u", "name", 1),
        ("u", "price", 2),
        ("fk", "parent_id", 1),
    ]
    rules = ("constraint_name", "unique_constraint_name", "delete_rule", "update_rule")
    assert picked("referential_constraints", *rules) == [
        ("fk", "parent_pkey", "CASCADE", "NO ACTION")
    ]
    assert picked("check_constraints", "check_clause") == [("price > 0",)]


def test_schemata() -> None:
    assert picked("schemata", "catalog_name", "schema_name") == [
        ("queryleaf", "shop"),
        ("queryleaf", "other"),
        ("queryleaf", "information_schema"),
    ]


@pytest.mark.parametrize("view", VIEW_NAMES)
def test_rows_have_the_columns_of_the_relation(view: str) -> None:
    relation = virtual_collection(view)
    assert relation is not None
    assert relation.virtual
    assert relation.closed
    for row in rows(view, ALL, ["shop"]):
        assert list(row) == [each.name for each in relation.fields]


def test_no_other_relation() -> None:
    assert virtual_collection("triggers") is None


def test_a_generated_column() -> None:
    table = Collection(
        "t", "shop", (Field("a", INTEGER), Field("b", INTEGER, generated="a + 1"))
    )
    found = rows("columns", [table], ["shop"])
    assert [(row["is_generated"], row["generation_expression"]) for row in found] == [
        ("NEVER", None),
        ("ALWAYS", "a + 1"),
    ]


def test_the_columns_that_a_check_names() -> None:
    sql = """upper(a) <> 'b' AND "c d".b > 0 AND t.e IS NULL AND abs(abs) > 1"""
    fields = tuple(Field(name, TEXT) for name in ("a", "b", "c d", "abs", "upper"))
    table = Collection("t", "shop", fields, checks=(Check("c", sql),))
    found = rows("constraint_column_usage", [table], ["shop"])
    assert [row["column_name"] for row in found] == ["a", "c d", "abs"]
