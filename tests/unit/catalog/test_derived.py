"""Documents and validators to fields."""

from __future__ import annotations

from typing import Any

import pytest
from bson.int64 import Int64

from queryleaf_dbapi.catalog.bson_aliases import type_of_aliases
from queryleaf_dbapi.catalog.from_sample import (
    MAX_KEYS,
    Shape,
    merge,
    to_fields,
    to_schema,
)
from queryleaf_dbapi.catalog.from_validator import from_validator
from queryleaf_dbapi.run.bson_alias import alias_of


def shape_of(*documents: dict[str, Any]) -> Shape:
    shape = Shape()
    for document in documents:
        merge(shape, document, alias_of)
    return shape


@pytest.mark.parametrize(
    ("aliases", "expected"),
    [
        (["int"], "INTEGER"),
        (["int", "long"], "BIGINT"),
        (["long"], "BIGINT"),
        (["int", "double"], "DOUBLE PRECISION"),
        (["int", "long", "double", "null"], "DOUBLE PRECISION"),
        (["decimal"], "NUMERIC"),
        (["decimal", "int"], "ANY"),
        (["string", "int"], "ANY"),
        (["null"], "ANY"),
        ([], "ANY"),
        (["date"], "TIMESTAMP"),
        (["objectId"], "OBJECTID"),
        (["uuid"], "UUID"),
        (["uuid", "binData"], "ANY"),
        (["regex"], "ANY"),
        (["bool"], "BOOLEAN"),
        (["object"], "JSONB"),
        (["object", "array"], "ANY"),
    ],
)
def test_types_of_bson_types(aliases: list[str], expected: str) -> None:
    assert str(type_of_aliases(aliases)) == expected


def test_arrays_know_their_elements() -> None:
    assert str(type_of_aliases(["array", "null"], ["int", "null"])) == "INTEGER[]"
    assert str(type_of_aliases(["array"], ["int", "string"])) == "ANY[]"
    assert str(type_of_aliases(["array"])) == "ANY[]"


def test_fields_stand_in_the_order_of_first_sight_and_id_first() -> None:
    shape = shape_of({"b": 1}, {"a": 1, "_id": 1}, {"b": None, "c": Int64(1)})
    fields = to_fields(shape, complete=True)
    assert [(each.name, str(each.type)) for each in fields] == [
        ("_id", "INTEGER"),
        ("b", "INTEGER"),
        ("a", "INTEGER"),
        ("c", "BIGINT"),
    ]
    assert all(each.nullable for each in fields)


def test_names_that_sql_cannot_reach_are_left_out() -> None:
    shape = shape_of({"a.b": 1, "$c": 1, "": 1, "d": 1})
    assert [each.name for each in to_fields(shape, True)] == ["d"]


def test_what_we_know_as_a_schema() -> None:
    shape = shape_of({"a": 1, "e": {"x": "s"}, "l": [1, "s"]}, {"a": None, "x.y": 1})
    assert to_schema(shape) == {
        "bsonType": "object",
        "properties": {
            "a": {"bsonType": ["int", "null"]},
            "e": {
                "bsonType": ["object", "null"],
                "properties": {"x": {"bsonType": ["string", "null"]}},
                "additionalProperties": False,
            },
            "l": {
                "bsonType": ["array", "null"],
                "items": {"bsonType": ["int", "string", "null"]},
            },
        },
        "patternProperties": {"[.]|^[$]|^$": {}},
        "additionalProperties": False,
    }


def test_a_map_of_data_is_one_column() -> None:
    shape = shape_of({"by_day": {f"k{i}": i for i in range(MAX_KEYS + 1)}})
    (field,) = to_fields(shape, True)
    assert (str(field.type), field.fields) == ("JSONB", ())
    assert to_schema(shape)["properties"]["by_day"] == {"bsonType": ["object", "null"]}


def test_types_are_guesses_while_documents_are_unread() -> None:
    (field,) = to_fields(shape_of({"a": 1}), complete=False)
    assert (str(field.type), str(field.seen)) == ("ANY", "INTEGER")


def test_a_validator_is_a_start() -> None:
    shape = from_validator(
        {
            "$and": [
                {"x": {"$gt": 1}},
                {
                    "$jsonSchema": {
                        "properties": {
                            "a": {"bsonType": ["int", "null"], "description": "one"},
                            "e": {
                                "bsonType": "object",
                                "properties": {"x": {"type": "string"}},
                            },
                            "n": {"type": "number"},
                            "any": {},
                        }
                    }
                },
            ]
        }
    )
    fields = to_fields(shape, complete=True)
    assert [(each.name, str(each.seen), each.comment) for each in fields] == [
        ("a", "INTEGER", "one"),
        ("e", "JSONB", None),
        ("n", "DOUBLE PRECISION", None),
        ("any", "None", None),
    ]
    assert all(str(each.type) == "ANY" for each in fields)
    # a document says more than the validator
    merge(shape, {"a": 1, "any": "s"}, alias_of)
    found = {each.name: str(each.type) for each in to_fields(shape, complete=True)}
    assert found == {"a": "INTEGER", "e": "ANY", "n": "ANY", "any": "TEXT"}


def test_no_validator_is_no_start() -> None:
    assert from_validator(None).fields == {}
    assert from_validator({"a": {"$gt": 1}}).fields == {}
