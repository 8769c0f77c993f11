"""Slots for parameters, and `fill`: the only code that puts a value into a document.

A slot says where it stands, and that decides the form a value takes there:

    MATCH       {"$eq": value}: a dict cannot act as operators, a pattern is refused
    ITEM        the value itself, inside a list of $in / $nin
    EXPRESSION  {"$literal": value}: "$name" stays a text, a dict a document
    VALUE       the value itself, in a document to be stored
    LIKE        a bson Regex made of an SQL pattern
    LIKE_TEXT   the same pattern as a str, for $regexMatch

A CountSlot is a bare whole number where the server takes nothing else: $limit, the
bounds of a window. It cannot be anything but a number, so it needs no wrapper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from bson.decimal128 import Decimal128
from bson.regex import Regex

from queryleaf_dbapi.errors import DataError, FeatureNotSupported, InternalError
from queryleaf_dbapi.mongo.like import like_to_regex
from queryleaf_dbapi.types import SqlType

NEVER: dict[str, Any] = {"_id": {"$in": []}}  # an EOF plan: reads nothing


class PlaceOfSlot(Enum):
    """Where in a command a slot stands."""

    MATCH = "match"
    ITEM = "item"
    EXPRESSION = "expression"
    VALUE = "value"
    LIKE = "like"
    LIKE_TEXT = "like_text"


@dataclass(frozen=True, slots=True)
class Slot:
    """Parameter `index` (from 0), read as `type`, in the form its place needs.

    `detail` is the LIKE options and escape character.
    """

    index: int
    place: PlaceOfSlot
    type: SqlType
    detail: tuple[str, str] = ("s", "\\")
    # what becomes of the value first: a pattern into the server's spelling
    change: Callable[[Any], Any] | None = field(default=None, compare=False)

    def changed(self, change: Callable[[Any], Any]) -> Slot:
        """The slot of the changed value."""
        return replace(self, change=change)

    def computed(self, change: Callable[[Any], Any]) -> Slot:
        """A slot for the expression made of the value; `change` answers for values
        that the server could take for a path or an operator."""
        return replace(self, place=PlaceOfSlot.VALUE, change=change)

    def __repr__(self) -> str:
        return f"<${self.index + 1}>"


class CountRule(Enum):
    """What a count is for: its least value, and the error for anything less."""

    LIMIT = (0, "2201W", "LIMIT must not be negative")
    OFFSET = (0, "2201X", "OFFSET must not be negative")
    FRAME_START = (0, "22013", "frame starting offset must not be negative")
    FRAME_END = (0, "22013", "frame ending offset must not be negative")
    RANGE = (0, "22013", "invalid preceding or following size in window function")
    NTILE = (1, "22014", "argument of ntile must be greater than zero")
    NTH_VALUE = (1, "22016", "argument of nth_value must be greater than zero")
    SHIFT = (None, "", "")

    def check(self, number: Any) -> None:
        """Raise DataError, with the SQLSTATE, for a number below the least."""
        least, sqlstate, message = self.value
        if least is not None and number < least:
            raise DataError(message, sqlstate=sqlstate)


@dataclass(frozen=True, slots=True)
class CountSlot:
    """Parameter `index` as a bare number, multiplied by `sign`."""

    index: int
    type: SqlType
    rule: CountRule
    sign: int = 1

    def __repr__(self) -> str:
        return f"<{'-' if self.sign < 0 else ''}${self.index + 1}>"


@dataclass(frozen=True, slots=True)
class PatternSlot:
    """A LIKE pattern joined of texts and parameters: `'%' || $1 || '%'`."""

    pieces: tuple[str | Slot, ...]
    place: PlaceOfSlot
    detail: tuple[str, str]

    def __repr__(self) -> str:
        return f"<{' || '.join(map(repr, self.pieces))}>"


Filler = Callable[[Sequence[Any]], Any]


def value_in_place(
    value: Any, place: PlaceOfSlot, detail: tuple[str, str] = ("s", "\\")
) -> Any:
    """The form a BSON-ready value takes at a place; None where no NULL may be
    (a NULL parameter is bound as a literal) is a contradiction."""
    if place is PlaceOfSlot.EXPRESSION:
        return {"$literal": value}
    if place is PlaceOfSlot.MATCH:
        return {"$eq": value}
    if place is PlaceOfSlot.LIKE:
        return Regex(like_to_regex(value, detail[1]), detail[0])
    if place is PlaceOfSlot.LIKE_TEXT:
        return like_to_regex(value, detail[1])
    return value


def _read(slot: Slot) -> Filler:
    index, dump, place, detail = slot.index, slot.type.dump, slot.place, slot.detail
    change = slot.change

    def read(values: Sequence[Any]) -> Any:
        value = values[index]
        if value is None:
            raise InternalError(
                f"parameter {index + 1} is NULL in a {place.value} slot"
            )
        dumped = dump(value) if change is None else change(dump(value))
        return value_in_place(dumped, place, detail)

    return read


def _read_count(slot: CountSlot) -> Filler:
    def read(values: Sequence[Any]) -> Any:
        number = slot.type.dump(values[slot.index])
        if isinstance(number, Mapping):
            number = milliseconds(number)
        if isinstance(number, Decimal128):
            decimal = number.to_decimal()
            slot.rule.check(decimal)
            return number if slot.sign > 0 else Decimal128(-decimal)
        slot.rule.check(number)
        return number if slot.sign > 0 else -number

    return read


def milliseconds(interval: Mapping[str, int]) -> int:
    """An interval of days and less as one number: stored times have no zone, so a day
    is 24 hours."""
    if interval.get("months"):
        raise FeatureNotSupported("months in a parameter of a frame are not supported")
    return interval.get("days", 0) * 86_400_000 + interval.get("milliseconds", 0)


def compile_template(template: Any) -> Filler:
    """A function from parameter values to the filled document.

    Parts without slots are shared between calls, never copied: filling costs what
    the slots cost. The caller must not change what it gets.
    """
    constant, filler = _compile(template)
    if constant:
        return lambda values: template
    return filler


def _read_pattern(slot: PatternSlot) -> Filler:
    readers = [_read(p) if isinstance(p, Slot) else p for p in slot.pieces]

    def read(values: Sequence[Any]) -> Any:
        pattern = "".join(p if isinstance(p, str) else p(values) for p in readers)
        return value_in_place(pattern, slot.place, slot.detail)

    return read


def _compile(node: Any) -> tuple[bool, Filler]:
    if isinstance(node, Slot):
        return False, _read(node)
    if isinstance(node, CountSlot):
        return False, _read_count(node)
    if isinstance(node, PatternSlot):
        return False, _read_pattern(node)
    if isinstance(node, dict):
        return _compile_dict(node)
    if isinstance(node, list):
        return _compile_list(node)
    return True, lambda values: node


def _compile_dict(node: dict[str, Any]) -> tuple[bool, Filler]:
    compiled = [(key, *_compile(value)) for key, value in node.items()]
    changing = [(key, filler) for key, constant, filler in compiled if not constant]
    if not changing:
        return True, lambda values: node
    if len(changing) == 1:
        only, fill_one = changing[0]
        if only == "$limit":
            return False, lambda values: _limit_stage(fill_one(values))

        def fill_single(values: Sequence[Any]) -> Any:
            return {**node, only: fill_one(values)}

        return False, fill_single

    def fill_dict(values: Sequence[Any]) -> Any:
        filled = dict(node)
        for key, filler in changing:
            filled[key] = filler(values)
        return filled

    return False, fill_dict


def _limit_stage(count: int) -> dict[str, Any]:
    """The server refuses $limit 0, at any depth."""
    return {"$limit": count} if count else {"$match": NEVER}


def _compile_list(node: list[Any]) -> tuple[bool, Filler]:
    compiled = [_compile(value) for value in node]
    changing = [
        (i, filler) for i, (constant, filler) in enumerate(compiled) if not constant
    ]
    if not changing:
        return True, lambda values: node

    def fill_list(values: Sequence[Any]) -> Any:
        filled = list(node)
        for index, filler in changing:
            filled[index] = filler(values)
        return filled

    return False, fill_list
