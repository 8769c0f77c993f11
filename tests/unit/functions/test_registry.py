"""What every entry of the registry must have."""

from __future__ import annotations

import pytest

from queryleaf_dbapi import functions
from queryleaf_dbapi.functions.raising import raise_unless, raised_by
from queryleaf_dbapi.functions.variables import constant, let
from queryleaf_dbapi.plan.signature import AggregateDef, FunctionDef

REGISTRIES = (functions.FUNCTIONS, functions.AGGREGATES)
DEFINITIONS = {
    id(each): each
    for registry in REGISTRIES
    for overloads in registry.values()
    for each in overloads
}.values()
NAMES = sorted({each.name for each in DEFINITIONS})


def overloads(name: str) -> list[FunctionDef | AggregateDef]:
    return [each for each in DEFINITIONS if each.name == name]


@pytest.mark.parametrize("name", NAMES)
def test_a_function_says_what_it_means(name: str) -> None:
    for each in overloads(name):
        assert each.documentation.endswith("."), f"{name} needs a sentence"


@pytest.mark.parametrize("name", NAMES)
def test_a_function_shows_examples(name: str) -> None:
    examples = {k: v for each in overloads(name) for k, v in each.examples.items()}
    takes_values = any(each.arguments for each in overloads(name))
    if any(getattr(each, "symbol", "") for each in overloads(name)):
        return  # operators have their own tests
    assert len(examples) >= (2 if takes_values else 1)


@pytest.mark.parametrize("name", NAMES)
def test_optional_and_variadic_arguments_come_last(name: str) -> None:
    for each in overloads(name):
        kinds = [argument.optional for argument in each.arguments]
        assert kinds == sorted(kinds)
        assert not any(argument.variadic for argument in each.arguments[:-1])


def test_overloads_share_their_aliases() -> None:
    """An alias that reached only some overloads would be another function."""
    for registry in REGISTRIES:
        for known in registry.values():
            aliases = {each.name: {*each.aliases} for each in known}
            for each in known:
                assert {*each.aliases} == aliases[each.name], each.name


class TestLet:
    def test_paths_and_constants_stay(self) -> None:
        assert let(lambda a, b: {"$add": [a, b]}, a="$x", b=1) == {"$add": ["$x", 1]}

    def test_a_computed_value_is_bound_once(self) -> None:
        value = {"$toUpper": "$x"}
        assert let(lambda a: {"$concat": [a, a]}, a=value) == {
            "$let": {"vars": {"a": value}, "in": {"$concat": ["$$a", "$$a"]}}
        }

    def test_a_variable_of_an_iteration_around_is_bound(self) -> None:
        assert "$let" in let(lambda a: {"$concat": [a]}, a="$$this")

    def test_a_literal_is_a_constant(self) -> None:
        assert constant({"$literal": "$5"}) == "$5"
        assert constant("$price") is None


def test_a_raised_error_is_read_back() -> None:
    failing = raise_unless(False, 1, "22012", "division by zero")
    text = failing["$cond"][2]["$toInt"]["$concat"][0]
    server = f"caused by :: Failed to parse number '{text}' in $convert with no onError"
    assert raised_by(server) == ("22012", "division by zero")
    assert raised_by("Failed to parse number 'abc' in $convert") is None
