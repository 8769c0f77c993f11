"""A declared table as a document of the catalog, and back."""

from __future__ import annotations

import pytest

from queryleaf_dbapi.catalog.catalog import Check, Collection, Field, ForeignKey, Key
from queryleaf_dbapi.catalog.declared import from_document, to_document
from queryleaf_dbapi.errors import OperationalError
from queryleaf_dbapi.types import ALL_TYPES, BIGINT, NUMERIC, TEXT, VARCHAR, array_of

TABLE = Collection(
    name="orders",
    database="shop",
    fields=(
        Field("id", BIGINT, False, sequence="orders.id", generated_always=True),
        Field("total", NUMERIC.with_parameters(10, 2), default="0", comment="net"),
        Field("tags", array_of(TEXT)),
    ),
    closed=True,
    primary_key=Key("orders_pkey", ("id",)),
    unique=(Key("orders_tags_key", ("tags", "total")),),
    checks=(Check("orders_total_check", "total >= 0"),),
    foreign_keys=(
        ForeignKey("orders_id_fkey", ("id",), "people", ("id",), "CASCADE", None),
    ),
    comment="all of them",
)


def test_the_document_can_be_read_by_a_person() -> None:
    assert to_document(TABLE) == {
        "_id": "orders",
        "version": 1,
        "columns": [
            {
                "name": "id",
                "type": "BIGINT",
                "nullable": False,
                "sequence": "orders.id",
                "generated_always": True,
            },
            {
                "name": "total",
                "type": "NUMERIC(10, 2)",
                "nullable": True,
                "default": "0",
                "comment": "net",
            },
            {"name": "tags", "type": "TEXT[]", "nullable": True},
        ],
        "primary_key": {"name": "orders_pkey", "columns": ["id"]},
        "unique": [{"name": "orders_tags_key", "columns": ["tags", "total"]}],
        "checks": [{"name": "orders_total_check", "sql": "total >= 0"}],
        "foreign_keys": [
            {
                "name": "orders_id_fkey",
                "columns": ["id"],
                "table": "people",
                "referred": ["id"],
                "on_delete": "CASCADE",
            }
        ],
        "comment": "all of them",
    }


def test_it_comes_back_the_same() -> None:
    assert from_document(to_document(TABLE), "shop") == TABLE


@pytest.mark.parametrize("sql_type", [*ALL_TYPES, VARCHAR.with_parameters(3)], ids=str)
def test_every_type_comes_back(sql_type: object) -> None:
    for each in (sql_type, array_of(sql_type)):  # type: ignore[arg-type]
        table = Collection("t", "d", (Field("a", each),), closed=True)  # type: ignore[arg-type]
        assert from_document(to_document(table), "d") == table


def test_an_entry_of_a_later_version_is_refused() -> None:
    with pytest.raises(OperationalError, match="upgrade"):
        from_document({"_id": "t", "version": 2, "columns": []}, "d")
