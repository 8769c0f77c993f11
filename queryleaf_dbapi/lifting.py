"""One plan for texts that differ in their literals: `id = 5` and `id = 6`.

The literals that a plan does not depend on (`sql/literals.py` lists the places) become
parameters with the type the literal has. To be sure of that, the text at hand is
compiled both ways, and the two must give the same commands: where the literals' values
do something that values of parameters do not, the texts keep plans of their own. So
does a value that its column does not accept: the error then has its place.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Protocol

from queryleaf_dbapi.compile import Statement, parse_statement
from queryleaf_dbapi.errors import Error
from queryleaf_dbapi.execution import Prepared
from queryleaf_dbapi.mongo.slots import CountSlot, PatternSlot, Slot, value_in_place
from queryleaf_dbapi.sql.literals import (
    LiftedPlace,
    TextLiterals,
    lift,
    lifted_places,
    literals_of,
)
from queryleaf_dbapi.sql.parameters import arrange_values, number_placeholders
from queryleaf_dbapi.types import BIGINT, INTEGER, NUMERIC, UNKNOWN, SqlType

_TYPES: dict[str, SqlType] = {
    "i": INTEGER,
    "b": BIGINT,
    "n": NUMERIC,
    "s": UNKNOWN,
}


class Compile(Protocol):
    """Compiles a statement for parameters such as these."""

    def __call__(self, statement: Statement, values: Sequence[Any]) -> Prepared:
        """The statement, ready to run."""


@dataclass(frozen=True, slots=True)
class LiftedPlan:
    """A plan for all texts of a shape; `reads` are the types its literals are read
    as, by their index among all parameters."""

    prepared: Prepared
    reads: tuple[tuple[int, SqlType], ...]

    def accepts(self, values: Sequence[Any]) -> bool:
        """Whether every literal is a value of the type it is read as."""
        try:
            for index, sql_type in self.reads:
                sql_type.dump(values[index])
        except Error:
            return False
        return True


class Parse(Protocol):
    """Parses a statement, and keeps it for whoever runs it as it is."""

    def __call__(self, sql: str, has_parameters: bool) -> Statement:
        """The parsed statement."""


class LiftedPlans:
    """The plans of a connection, by shape. The first text of a shape is compiled as
    it is: most are never followed by another."""

    def __init__(self, parse: Parse, compile_: Compile, size: int) -> None:
        self._parse = parse
        self._compile = compile_
        self._size = size
        self._places: OrderedDict[str, tuple[LiftedPlace, ...]] = OrderedDict()
        self._plans: OrderedDict[Any, LiftedPlan | None] = OrderedDict()
        self._seen: OrderedDict[Any, None] = OrderedDict()

    def clear(self) -> None:
        """Forget the plans: the catalog changed."""
        self._plans.clear()

    def find(
        self, sql: str, parameters: Any, in_transaction: bool
    ) -> tuple[Prepared, tuple[Any, ...]] | None:
        """The plan that texts like this one share, and the values for it: those given
        and those of its literals. None where this text needs a plan of its own, or is
        the first of its kind."""
        has_parameters = parameters is not None
        numbered = number_placeholders(sql) if has_parameters else None
        literals = literals_of(sql if numbered is None else numbered.text)
        if literals is None:
            return None
        places = self._places.get(literals.shape)
        if places is None:
            tree = self._parse(sql, has_parameters).tree
            places = lifted_places(tree, literals)
            self._remember(self._places, literals.shape, places)
        if not places:
            return None
        given = () if numbered is None else arrange_values(numbered, parameters)
        types = tuple(map(type, given)) if has_parameters else None
        key = (literals.shape, fixed_texts(places, literals), types, in_transaction)
        if key not in self._plans:
            if key not in self._seen:
                self._remember(self._seen, key, None)
                return None
            statement = parse_statement(sql, has_parameters)
            try:
                plan = lifted_plan(statement, literals, places, given, self._compile)
            except Error:
                return None  # met again where it is compiled as it is
            self._remember(self._plans, key, plan)
        plan = self._plans[key]
        values = values_at(places, literals)
        if plan is None or values is None:
            return None
        complete = (*given, *values)
        return (plan.prepared, complete) if plan.accepts(complete) else None

    def _remember(self, cache: OrderedDict[Any, Any], key: Any, value: Any) -> None:
        cache[key] = value
        if len(cache) > self._size:
            cache.popitem(last=False)


def values_at(
    places: Sequence[LiftedPlace], literals: TextLiterals
) -> tuple[Any, ...] | None:
    """The values of the lifted literals, as the binder reads them; None where one is
    no value at all."""
    try:
        return tuple([_value(place, literals) for place in places])
    except Error:
        return None


def _value(place: LiftedPlace, literals: TextLiterals) -> Any:
    text, kind = literals.texts[place.index], literals.kinds[place.index]
    if kind == "s":
        return text
    if kind == "n":
        return NUMERIC.dump(text if place.sign > 0 else f"-{text}")
    return place.sign * int(text)


def fixed_texts(
    places: Sequence[LiftedPlace], literals: TextLiterals
) -> tuple[str, ...]:
    """The literals that stay in the plan."""
    lifted = {place.index for place in places}
    return tuple(t for i, t in enumerate(literals.texts) if i not in lifted)


def lifted_plan(
    statement: Statement,
    literals: TextLiterals,
    places: tuple[LiftedPlace, ...],
    given: tuple[Any, ...],
    compile_: Compile,
) -> LiftedPlan | None:
    """The plan for all texts like this one; None where its literals are part of it.

    Raises what the statement raises as it is: that says nothing about others.
    """
    plain = compile_(statement, given)
    values = values_at(places, literals)
    tree: Any = statement.tree
    if values is None or lifted_places(tree, literals) != places:
        return None
    types = tuple(_TYPES[literals.kinds[place.index]] for place in places)
    made = replace(
        statement, tree=lift(tree, literals, len(given) + 1), literal_types=types
    )
    try:
        lifted = compile_(made, (*given, *values))
    except Error:
        return None
    first, last = len(given), len(given) + len(values)
    comparison = _Comparison(range(first, last), (*given, *values))
    try:
        same = comparison.form(lifted.compiled.mongo) == comparison.form(
            plain.compiled.mongo
        )
    except _IsStructure:
        return None
    if not same or lifted.is_schema:
        return None
    return LiftedPlan(lifted, tuple(dict.fromkeys(comparison.reads)))


class _IsStructure(Exception):
    """A literal stands where its value shapes the command."""


class _Comparison:
    """Commands in a form that can be compared, the literals filled in."""

    def __init__(self, lifted: range, values: Sequence[Any]) -> None:
        self.lifted = lifted
        self.values = values
        self.reads: list[tuple[int, SqlType]] = []

    def form(self, node: Any) -> Any:
        """The node as tuples; a value with its type, for 1 is not 1.0."""
        match node:
            case Slot() if node.index in self.lifted:
                return self.form(self._fill(node))
            case CountSlot(index=index) if index in self.lifted:
                raise _IsStructure
            case PatternSlot() if any(
                isinstance(each, Slot) and each.index in self.lifted
                for each in node.pieces
            ):
                raise _IsStructure
            case {"$literal": value} if len(node) == 1 and _is_plain(value):
                return self.form(value)
            case dict():
                return dict, tuple((k, self.form(v)) for k, v in node.items())
            case list() | tuple():
                return type(node), tuple(self.form(each) for each in node)
            case SqlType():
                return node
            case _ if is_dataclass(node) and not isinstance(node, type):
                parts = (getattr(node, each.name) for each in fields(node))
                return type(node), tuple(self.form(each) for each in parts)
            case _:
                return type(node), node

    def _fill(self, slot: Slot) -> Any:
        if slot.change is not None or slot.place.value.startswith("like"):
            raise _IsStructure
        self.reads.append((slot.index, slot.type))
        dumped = slot.type.dump(self.values[slot.index])
        return value_in_place(dumped, slot.place)


def _is_plain(value: Any) -> bool:
    """Whether a constant needs no $literal to be one."""
    if isinstance(value, str):
        return not value.startswith("$")
    return not isinstance(value, dict | list | Slot)
