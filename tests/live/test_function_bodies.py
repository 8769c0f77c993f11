"""Function bodies on the real server.

First by hand, without SQL in between: what NULL and missing fields do, where the
server differs from the standard, and errors raised from inside an expression. Then
every example of the registry, through a cursor.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from bson.decimal128 import Decimal128
from pymongo.errors import OperationFailure

from queryleaf_dbapi import functions
from queryleaf_dbapi.errors import Error
from queryleaf_dbapi.functions.raising import raise_unless, raised_by
from queryleaf_dbapi.plan.signature import Argument, FunctionDef, Nulls
from queryleaf_dbapi.types import Family

Evaluate = Callable[..., Any]


@pytest.fixture
def evaluate(mongo_client: Any) -> Evaluate:
    """Evaluate an aggregation expression over one document."""

    def run(expression: Any, document: Mapping[str, Any] | None = None) -> Any:
        stages = [
            {"$documents": [{"$literal": document}] if document else [{}]},
            {"$project": {"r": {"$ifNull": [expression, None]}}},
        ]
        return next(mongo_client["queryleaf_test"].aggregate(stages))["r"]

    return run


def overload(name: str, count: int = -1) -> FunctionDef:
    """The first overload, or the first that takes that many arguments."""
    known = functions.FUNCTIONS[name]
    return next(
        each
        for each in known
        if count < 0
        or sum(not a.optional for a in each.arguments) <= count <= len(each.arguments)
    )


# --- NULL and missing

SAMPLES = {
    Family.INTEGER: 2,
    Family.FLOAT: 1.5,
    Family.DECIMAL: Decimal128("1.5"),
    Family.TEXT: "a",
    Family.BOOLEAN: True,
    Family.DATE: dt.datetime(2024, 5, 17),
    Family.TIMESTAMP: dt.datetime(2024, 5, 17, 10, 30),
    Family.INTERVAL: {"months": 1, "days": 2, "milliseconds": 3},
    Family.DOCUMENT: {"a": 1},
}


def sample(argument: Argument) -> Any:
    found = [SAMPLES[f] for f in SAMPLES if f in (argument.families or ())]
    return found[0] if found else 2


def native() -> Iterator[Any]:
    """Each argument of each function that says the server itself propagates NULL."""
    seen = set()
    for overloads in functions.FUNCTIONS.values():
        for each in overloads:
            if each.nulls is not Nulls.NATIVE or id(each) in seen:
                continue
            seen.add(id(each))
            for index, argument in enumerate(each.arguments):
                if not argument.words and not argument.optional:
                    types = ",".join(a.label for a in each.arguments)
                    yield pytest.param(each, index, id=f"{each.name}({types})-{index}")


@pytest.mark.parametrize(("definition", "index"), [*native()])
@pytest.mark.parametrize("absent", ["null", "missing"])
def test_native_functions_propagate_null(
    evaluate: Evaluate, definition: FunctionDef, index: int, absent: str
) -> None:
    document: dict[str, Any] = {"_id": 1}
    arguments: list[Any] = []
    for place, argument in enumerate(definition.arguments):
        if argument.words:
            arguments.append(argument.words[0])
            continue
        if argument.optional:
            break
        arguments.append(f"$f{place}")
        if place != index:
            document[f"f{place}"] = sample(argument)
        elif absent == "null":
            document[f"f{place}"] = None
    assert evaluate(definition.body(*arguments), document) is None


CUSTOM: list[tuple[str, list[Any], Any]] = [
    ("COALESCE", ["$none", "$null", 3], 3),
    ("COALESCE", ["$none", "$null"], None),
    ("NULLIF", ["$none", "$null"], None),
    ("NULLIF", ["$one", "$none"], 1),
    ("GREATEST", ["$none", "$one", "$null"], 1),
    ("GREATEST", ["$none", "$null"], None),
    ("LEAST", ["$null", "$one"], 1),
    ("CONCAT", ["$text", "$none", "$null", "b"], "ab"),
    ("CONCAT", ["$none"], ""),
    ("CONCAT_WS", [",", "$none", "$text", "$null"], "a"),
    ("CONCAT_WS", ["$none", "$text", "b"], None),
    ("CONCAT_WS", ["$text", "b", "c"], "bac"),
    ("NUM_NULLS", ["$none", "$null", "$one"], 2),
    ("IIF", ["$none", 1, 2], 2),
    ("ARRAY_APPEND", ["$none", "$null"], [None]),
    ("ARRAY_CAT", ["$none", "$null"], None),
    ("ARRAY_CAT", ["$list", "$none"], [1, None]),
    ("ARRAY_POSITION", ["$list", "$none"], 2),
    ("ARRAY_POSITION", ["$none", 1], None),
    ("ARRAY_REMOVE", ["$list", "$none"], [1]),
    ("ARRAY_REMOVE", ["$none", 1], None),
    ("ARRAY_REPLACE", ["$list", "$none", 0], [1, 0]),
    ("ARRAY_TO_STRING", ["$none", ","], None),
    ("ARRAY_TO_STRING", ["$list", "$none"], None),
    ("ARRAY_TO_STRING", ["$list", ",", "$text"], "1,a"),
    ("STRING_TO_ARRAY", ["$none", ","], None),
    ("STRING_TO_ARRAY", ["ab", "$none"], ["a", "b"]),
    ("STRING_TO_ARRAY", ["ab", "$empty"], ["ab"]),
    ("JSON_BUILD_OBJECT", ["k", "$none"], {"k": None}),
    ("JSON_BUILD_ARRAY", ["$none", "$one"], [None, 1]),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), CUSTOM)
def test_functions_with_a_rule_for_null(
    evaluate: Evaluate, name: str, arguments: list[Any], expected: Any
) -> None:
    document = {"null": None, "one": 1, "text": "a", "empty": "", "list": [1, None]}
    assert evaluate(overload(name).body(*arguments), document) == expected


# --- an argument that is an iteration's own variable


@pytest.mark.parametrize(
    ("name", "rest", "expected"),
    [
        ("REVERSE", [], ["cba", "ed"]),
        ("REPEAT", [2], ["abcabc", "dede"]),
        ("LPAD", [4, "xy"], ["xabc", "xyde"]),
        ("TRANSLATE", ["ad", "AD"], ["Abc", "De"]),
        ("INITCAP", [], ["Abc", "De"]),
        ("CONCAT_WS", ["-", "z"], ["a", "d"]),
    ],
)
def test_bodies_inside_an_iteration(
    evaluate: Evaluate, name: str, rest: list[Any], expected: list[str]
) -> None:
    if name == "CONCAT_WS":
        inside = overload(name).body("$$this", "-", "z")
        expected = ["-abcz", "-dez"]
    else:
        inside = overload(name).body("$$this", *rest)
    mapped = {"$map": {"input": ["abc", "de"], "in": inside}}
    assert evaluate(mapped) == expected


def test_a_value_is_computed_once_where_it_is_random(evaluate: Evaluate) -> None:
    random = {"$toString": {"$rand": {}}}
    body = overload("REPLACE").body(random, "$empty", "x")
    assert evaluate(body, {"empty": ""}).startswith("0.")


# --- rounding: what $round does otherwise


@pytest.mark.parametrize(
    ("number", "places", "expected"),
    [("2.5", 0, "3"), ("-2.5", 0, "-3"), ("0.125", 2, "0.13"), ("1250", -2, "1300")],
)
@pytest.mark.parametrize("constant", [True, False])
def test_decimal_halves_go_away_from_zero(
    evaluate: Evaluate, number: str, places: int, expected: str, constant: bool
) -> None:
    body = overload("ROUND", 2).body("$x", places if constant else "$n")
    found = evaluate(body, {"x": Decimal128(number), "n": places})
    assert found.to_decimal() == Decimal(expected)


def test_an_untyped_number_is_rounded_by_its_own_type(evaluate: Evaluate) -> None:
    untyped = next(
        each
        for each in functions.FUNCTIONS["ROUND"]
        if each.arguments[0].families == {Family.ANY}
    )
    body = untyped.body("$x")
    assert evaluate(body, {"x": Decimal128("2.5")}).to_decimal() == 3
    assert evaluate(body, {"x": 2.5}) == 2.0
    assert evaluate(body, {"x": 2}) == 2


# --- errors from inside an expression


class TestRaising:
    EXPRESSION = raise_unless({"$lt": ["$a", 2]}, 7, "22012", "division by zero")

    @pytest.fixture
    def collection(self, mongo_client: Any, database_uri: str) -> Any:
        name = database_uri.rpartition("/")[2].partition("?")[0]
        collection = mongo_client[name].things
        collection.insert_many([{"_id": n, "a": n} for n in range(3)])
        return collection

    def places(self, collection: Any) -> dict[str, Callable[[dict[str, Any]], Any]]:
        value = self.EXPRESSION
        is_value = {"$expr": {"$eq": [value, 7]}}
        summed = {"_id": None, "r": {"$sum": value}}
        return {
            "find": lambda q: list(collection.find(q, {"r": value})),
            "filter": lambda q: list(collection.find({"$and": [q, is_value]})),
            "project": lambda q: list(
                collection.aggregate([{"$match": q}, {"$project": {"r": value}}])
            ),
            "group": lambda q: list(
                collection.aggregate([{"$match": q}, {"$group": summed}])
            ),
            "update": lambda q: collection.update_many(q, [{"$set": {"r": value}}]),
        }

    @pytest.mark.parametrize("place", ["find", "filter", "project", "group", "update"])
    def test_raises_only_where_it_is_reached(self, collection: Any, place: str) -> None:
        run = self.places(collection)[place]
        run({"a": {"$lt": 2}})
        with pytest.raises(OperationFailure) as caught:
            run({})
        assert raised_by(str(caught.value)) == ("22012", "division by zero")


RAISED: list[tuple[str, list[Any], str]] = [
    ("SUBSTRING", ["abc", 1, -1], "22011"),
    ("SPLIT_PART", ["abc", ",", 0], "22023"),
    ("SQRT", [-1.0], "2201F"),
    ("LN", [0.0], "2201E"),
    ("EXP", [1000.0], "22003"),
    ("POWER", [0, -1], "2201F"),
    ("POWER", [-8, 0.5], "2201F"),
    ("ASIN", [2.0], "22003"),
    ("FACTORIAL", [-1], "22003"),
    ("WIDTH_BUCKET", [1, 0, 10, 0], "2201G"),
    ("MAKE_DATE", [2024, 13, 1], "22008"),
    ("MAKE_DATE", [2023, 2, 29], "22008"),
    ("MAKE_DATE", [2024, 0, 1], "22008"),
    ("MAKE_TIMESTAMP", [2024, 1, 1, 25, 0, 0], "22008"),
    ("JSON_ARRAY_LENGTH", [{"a": 1}], "22023"),
    ("REGEXP_COUNT", ["abc", "x*"], "0A000"),
]


@pytest.mark.parametrize(("name", "arguments", "sqlstate"), RAISED)
def test_errors_of_the_standard(
    evaluate: Evaluate, name: str, arguments: list[Any], sqlstate: str
) -> None:
    document = {f"f{place}": value for place, value in enumerate(arguments)}
    paths = [f"$f{place}" for place in range(len(arguments))]
    with pytest.raises(OperationFailure) as caught:
        evaluate(overload(name, len(arguments)).body(*paths), document)
    found = raised_by(str(caught.value))
    assert found is not None
    assert found[0] == sqlstate


def first_value(connect: Callable[..., Any], text: str) -> Any:
    cursor = connect().cursor()
    cursor.execute(f"SELECT {text}")
    return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("text", "sqlstate"),
    [
        ("SUBSTRING('abc', 1, -1)", "22011"),
        ("MAKE_DATE(2023, 2, 29)", "22008"),
        ("ASIN(2)", "22003"),
        ("SPLIT_PART('a', ',', 0)", "22023"),
    ],
)
def test_errors_reach_the_user(
    connect: Callable[..., Any], text: str, sqlstate: str
) -> None:
    with pytest.raises(Error) as caught:
        first_value(connect, text)
    assert caught.value.sqlstate == sqlstate


# --- every example


def examples() -> dict[str, object]:
    return {
        text: value
        for registry in (functions.FUNCTIONS, functions.AGGREGATES)
        for overloads in registry.values()
        for each in overloads
        for text, value in each.examples.items()
    }


def is_same(found: object, expected: object) -> bool:
    """Equal, and a bool only to a bool; doubles may differ in the last digits."""
    if isinstance(found, bool) is not isinstance(expected, bool):
        return False
    if isinstance(expected, float) and isinstance(found, float | int | Decimal):
        return float(found) == pytest.approx(expected, rel=1e-14, abs=1e-14)
    return found == expected


@pytest.mark.parametrize("text", list(examples()))
def test_example(connect: Callable[..., Any], text: str) -> None:
    found = first_value(connect, text)
    assert is_same(found, examples()[text]), f"{text} gave {found!r}"
