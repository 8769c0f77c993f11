"""`parsed_as` of every function, checked against what sqlglot really does.

For each name and each number of arguments that the function takes, `NAME($1, $2)` is
parsed and looked at: where did the arguments go? A new version of sqlglot that moves
one fails here, and names it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlglot
from sqlglot import exp

from queryleaf_dbapi import functions
from queryleaf_dbapi.bind.shapes import Shape, call_shape, parse_shape, shapes
from queryleaf_dbapi.plan.signature import AggregateDef, FunctionDef

Definition = FunctionDef | AggregateDef

# a name whose arguments stand in another order than those of the function it means
OTHER_ORDER = {"POSITION": [2, 1]}
# sqlglot wraps DIV in a cast to DECIMAL, which changes nothing: it is one already
WRAPPED = {"DIV": exp.Cast}
# sqlglot fills in an argument that was not written; the body knows it
FILLED_IN = {"INITCAP": 1}
# the last argument is read as a flag only where it is a constant: see SYNTAX
ONLY_CONSTANT = {("REGEXP_REPLACE", 4)}
# spellings that are no call of a name with commas
SYNTAX = {
    "TRIM(BOTH $2 FROM $1)": ("TRIM", [1, 2]),
    "TRIM(LEADING $2 FROM $1)": ("LTRIM", [1, 2]),
    "TRIM(TRAILING FROM $1)": ("RTRIM", [1]),
    "TRIM($2 FROM $1)": ("TRIM", [1, 2]),
    "SUBSTRING($1 FROM $2 FOR $3)": ("SUBSTRING", [1, 2, 3]),
    "SUBSTRING($1 FROM $2)": ("SUBSTRING", [1, 2]),
    "POSITION($1 IN $2)": ("STRPOS", [2, 1]),
    "OVERLAY($1 PLACING $2 FROM $3 FOR $4)": ("OVERLAY", [1, 2, 3, 4]),
    "$1 #> $2": ("#>", [1, 2]),
    "$1 #>> $2": ("#>>", [1, 2]),
    "CURRENT_DATE": ("CURRENT_DATE", []),
    "CURRENT_TIMESTAMP": ("CURRENT_TIMESTAMP", []),
    "LOCALTIMESTAMP": ("LOCALTIMESTAMP", []),
    "CURRENT_TIME": ("LOCALTIME", []),
    "LOCALTIME": ("LOCALTIME", []),
    "REGEXP_REPLACE($1, $2, $3, 'g')": ("REGEXP_REPLACE", [1, 2, 3]),
    "$1 % $2": ("%", [1, 2]),
}
REGISTRIES = (functions.FUNCTIONS, functions.AGGREGATES)


def definitions() -> Iterator[tuple[str, Definition]]:
    for registry in REGISTRIES:
        for name, overloads in registry.items():
            for each in overloads:
                yield name, each


def arities(definition: Definition) -> range:
    needed = sum(not each.optional for each in definition.arguments)
    last = definition.arguments[-1:]
    more = 3 if last and last[0].variadic else 0
    if getattr(definition, "ordered_set", False):
        needed -= 1  # the first argument stands in WITHIN GROUP
        return range(needed, needed + 1)
    return range(needed, len(definition.arguments) + more + 1)


def calls() -> list[tuple[str, int]]:
    """Each name with each number of arguments; operators have no name to call."""
    found = {
        (name, arity): None
        for name, definition in definitions()
        if name.replace("_", "").isalnum() and not getattr(definition, "symbol", "")
        for arity in arities(definition)
        if (name, arity) not in ONLY_CONSTANT
    }
    return list(found)


def parse(sql: str) -> exp.Expression:
    return sqlglot.parse_one(f"SELECT {sql}", dialect="postgres").selects[0]


def numbers(nodes: list[exp.Expression]) -> list[int]:
    """The number of the parameter in each argument; constants are left out."""
    found = [list(node.find_all(exp.Parameter)) for node in nodes]
    return [int(each[0].name) for each in found if each]


def meant(name: str) -> set[str]:
    """What the definitions under a name are called themselves."""
    return {
        each.name for registry in REGISTRIES for each in registry.get(name.upper(), ())
    }


@pytest.mark.parametrize(("name", "arity"), calls(), ids=lambda value: str(value))
def test_arguments_arrive_in_sql_order(name: str, arity: int) -> None:
    sql = f"{name}({', '.join(f'${n}' for n in range(1, arity + 1))})"
    node = parse(sql)
    if name in WRAPPED:
        assert isinstance(node, WRAPPED[name])
        node = node.this
    found, arguments = call_shape(node, sql)
    assert found in {name, *meant(name)}
    expected = OTHER_ORDER.get(name, list(range(1, arity + 1)))
    assert numbers(arguments) == expected
    assert len(arguments) in (arity, arity + FILLED_IN.get(name, 0))


@pytest.mark.parametrize("sql", SYNTAX)
def test_special_syntax(sql: str) -> None:
    found, arguments = call_shape(parse(sql), sql)
    name, order = SYNTAX[sql]
    assert (found, numbers(arguments)) == (name, order)


def used_shapes() -> set[tuple[str, Shape]]:
    """Every declared shape that one of the spellings above is read by."""
    texts = [f"{n}({', '.join(f'${i + 1}' for i in range(a))})" for n, a in calls()]
    used = set()
    for sql in [*texts, *SYNTAX]:
        for node in parse(sql).walk():
            for shape in shapes().get(type(node).__name__, ()):
                if shape.fits(node):
                    used.add((type(node).__name__, shape))
                    break
    return used


def test_every_declared_shape_is_used() -> None:
    declared = {
        parse_shape(definition.name, text)
        for _, definition in definitions()
        for text in definition.parsed_as
    }
    # COUNT(*) is told by its Star before any shape is asked
    assert declared - used_shapes() == set()


def test_one_shape_means_one_function() -> None:
    for node, known in shapes().items():
        keys = [(shape.keys, shape.flags) for shape in known]
        assert len(keys) == len(set(keys)), f"{node} is declared by two functions"
