"""Which expressions inside a $lookup are kept from the server's folding."""

from __future__ import annotations

from typing import Any

import pytest

from queryleaf_dbapi.mongo.unfolded import unfolded

LENGTH = {"$strLenCP": "$$c1"}
KEPT = {"$let": {"vars": {"c1": "$$c1"}, "in": LENGTH}}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (LENGTH, KEPT),
        ({"$eq": ["$a", "$$c1"]}, {"$eq": ["$a", "$$c1"]}),
        ({"$and": [{"$gt": ["$a", LENGTH]}]}, {"$and": [{"$gt": ["$a", KEPT]}]}),
        ({"$cond": ["$a", LENGTH, None]}, {"$cond": ["$a", KEPT, None]}),
        ({"$in": ["$$c1", {"$literal": [1]}]}, {"$in": ["$$c1", {"$literal": [1]}]}),
        ({"$strLenCP": "$a"}, {"$strLenCP": "$a"}),
        ({"$strLenCP": {"$literal": "$$c1"}}, {"$strLenCP": {"$literal": "$$c1"}}),
        ({"$toDate": "$$NOW"}, {"$toDate": "$$NOW"}),
        # a variable of $let is none of the $lookup
        (
            {"$let": {"vars": {"v1": LENGTH}, "in": {"$sqrt": "$$v1"}}},
            {"$let": {"vars": {"v1": KEPT}, "in": {"$sqrt": "$$v1"}}},
        ),
        (
            {"$map": {"input": "$a", "as": "e", "in": {"$sqrt": "$$e"}}},
            {"$map": {"input": "$a", "as": "e", "in": {"$sqrt": "$$e"}}},
        ),
        # the outermost expression that may fail, with all it reads
        (
            {"$divide": ["$$c2.x", {"$sqrt": {"$add": ["$$c1", "$a"]}}]},
            {
                "$let": {
                    "vars": {"c1": "$$c1", "c2": "$$c2"},
                    "in": {"$divide": ["$$c2.x", {"$sqrt": {"$add": ["$$c1", "$a"]}}]},
                }
            },
        ),
    ],
)
def test_expressions(expression: Any, expected: Any) -> None:
    assert unfolded([{"$project": {"x": expression}}]) == [
        {"$project": {"x": expected}}
    ]
    assert unfolded([{"$match": {"$or": [{"a": 1}, {"$expr": expression}]}}]) == [
        {"$match": {"$or": [{"a": 1}, {"$expr": expected}]}}
    ]
    nested = [{"$lookup": {"from": "t", "let": {"c9": expression}, "as": "t"}}]
    assert unfolded(nested)[0]["$lookup"]["let"] == {"c9": expected}
    once = unfolded([{"$set": {"x": expression}}])
    assert unfolded(once) == once, "what is safe stays as it is"


def test_accumulators_keep_their_place() -> None:
    group = {"$group": {"_id": {"k": LENGTH}, "n": {"$sum": LENGTH}}}
    assert unfolded([group]) == [{"$group": {"_id": {"k": KEPT}, "n": {"$sum": KEPT}}}]
    shift = {"output": LENGTH, "by": 1, "default": None}
    windows = {"partitionBy": LENGTH, "output": {"w": {"$shift": shift}}}
    (found,) = unfolded([{"$setWindowFields": windows}])
    assert found["$setWindowFields"] == {
        "partitionBy": KEPT,
        "output": {"w": {"$shift": {"output": KEPT, "by": 1, "default": None}}},
    }


def test_texts_of_query_documents_are_no_variables() -> None:
    match = {
        "$match": {"a": {"$nin": ["$$c1", None]}, "b": {"$not": {"$in": ["$$c1"]}}}
    }
    assert unfolded([match]) == [match]


def test_every_pipeline_inside_is_reached() -> None:
    inner = [{"$set": {"x": LENGTH}}]
    kept = [{"$set": {"x": KEPT}}]
    assert unfolded(
        [
            {"$lookup": {"from": "t", "pipeline": inner, "as": "t"}},
            {"$unionWith": {"coll": "t", "pipeline": inner}},
            {"$facet": {"a": inner}},
        ]
    ) == [
        {"$lookup": {"from": "t", "pipeline": kept, "as": "t"}},
        {"$unionWith": {"coll": "t", "pipeline": kept}},
        {"$facet": {"a": kept}},
    ]
