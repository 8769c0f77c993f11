"""Inside a $lookup nothing fails for rows that nobody asks for.

The server folds what reads the variables of `let` and constants alone (see
`mongo/unfolded.py`). Here each function of the registry reads such variables, NULL and
the values nearest to trouble, behind a condition that is never true.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from bson.decimal128 import Decimal128

from queryleaf_dbapi import functions
from queryleaf_dbapi.errors import Error
from queryleaf_dbapi.functions.text_joining import CastArgument
from queryleaf_dbapi.mongo.unfolded import unfolded
from queryleaf_dbapi.plan.signature import Argument, FunctionDef, Nulls
from queryleaf_dbapi.types import Family

TROUBLE: dict[Family, list[Any]] = {
    Family.INTEGER: [0, -1],
    Family.FLOAT: [0.0, -1.5, float("nan"), float("inf")],
    Family.DECIMAL: [Decimal128("0"), Decimal128("-2.5")],
    Family.TEXT: ["", "a", "(", "$a"],
    Family.ARRAY: [[], [None]],
    Family.DOCUMENT: [{}, [], "a"],
    Family.BOOLEAN: [False],
}


def values_of(argument: Argument) -> list[Any]:
    """NULL, and what the argument's types hold at worst."""
    families = argument.families or frozenset({Family.INTEGER})
    if isinstance(argument, CastArgument) and argument.target is not None:
        families = frozenset({argument.target.family})
    return [None, *(v for f in TROUBLE if f in families for v in TROUBLE[f])]


def definitions() -> Iterator[Any]:
    seen = set()
    for overloads in functions.FUNCTIONS.values():
        for number, each in enumerate(overloads):
            if each.arguments and id(each) not in seen:
                seen.add(id(each))
                yield pytest.param(each, id=f"{each.name} {number}")


@pytest.fixture(scope="module")
def one_document(mongo_client: Any) -> Iterator[Any]:
    database = mongo_client["queryleaf_test_unfolded"]
    database["one"].insert_one({"a": 1})
    yield database["one"]
    mongo_client.drop_database(database.name)


@pytest.mark.parametrize("definition", list(definitions()))
def test_functions_behind_a_condition(
    one_document: Any, definition: FunctionDef
) -> None:
    words = [each.words[0] if each.words else None for each in definition.arguments]
    read = [word or f"$$c{number}" for number, word in enumerate(words)]
    try:
        body = definition.body(*read)
    except (Error, AssertionError):
        pytest.skip("takes constants here")
    taken = {"$cond": [{"$eq": ["$a", 77]}, body, None]}
    if definition.nulls is Nulls.PROPAGATE:
        guards = [{"$gt": [v, None]} for v in read if v.startswith("$$")]
        taken = {"$cond": [{"$and": guards}, taken, None]}
    stages = [
        {"$match": {"$expr": {"$or": [{"$lt": ["$a", 77]}, {"$eq": [body, 1]}]}}},
        {"$group": {"_id": taken, "n": {"$max": taken}}},
        {"$project": {"_id": 0, "n": {"$ifNull": ["$n", None]}}},
    ]
    columns = [values_of(each) for each in definition.arguments]
    for row in range(max(map(len, columns))):
        values = [column[min(row, len(column) - 1)] for column in columns]
        variables = {f"c{number}": {"$literal": v} for number, v in enumerate(values)}
        lookup = {"from": "one", "let": variables, "as": "r"}
        lookup["pipeline"] = unfolded(stages)
        found = next(one_document.aggregate([{"$lookup": lookup}]))
        assert found["r"] == [{"n": None}], values
