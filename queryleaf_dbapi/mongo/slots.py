"""Slots for parameters, and `fill`: the only code that puts a value into a document.

A slot says where it stands, and that decides the form a value takes there:

    MATCH       {"$eq": value}: a dict cannot act as operators, a pattern is refused
    ITEM        the value itself, inside a list of $in / $nin
    EXPRESSION  {"$literal": value}: "$name" stays a text, a dict a document
    VALUE       the value itself, in a document to be stored
    COUNT       a whole number for $limit and $skip
    LIKE        a bson Regex made of an SQL pattern
    LIKE_TEXT   the same pattern as a str, for $regexMatch
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bson.regex import Regex

from queryleaf_dbapi.errors import DataError, InternalError
from queryleaf_dbapi.mongo.like import like_to_regex
from queryleaf_dbapi.types import SqlType

NEVER: dict[str, Any] = {"_id": {"$in": []}}  # an EOF plan: reads nothing


class PlaceOfSlot(Enum):
    """Where in a command a slot stands."""

    MATCH = "match"
    ITEM = "item"
    EXPRESSION = "expression"
    VALUE = "value"
    COUNT = "count"
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

    def __repr__(self) -> str:
        return f"<${self.index + 1}>"


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

    def read(values: Sequence[Any]) -> Any:
        value = values[index]
        if value is None:
            raise InternalError(
                f"parameter {index + 1} is NULL in a {place.value} slot"
            )
        return value_in_place(dump(value), place, detail)

    def read_count(values: Sequence[Any]) -> Any:
        number = dump(values[index])
        if number < 0:
            raise DataError("LIMIT and OFFSET must not be negative")
        return number

    return read_count if place is PlaceOfSlot.COUNT else read


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

        def fill_single(values: Sequence[Any]) -> Any:
            return {**node, only: fill_one(values)}

        return False, fill_single

    def fill_dict(values: Sequence[Any]) -> Any:
        filled = dict(node)
        for key, filler in changing:
            filled[key] = filler(values)
        return filled

    return False, fill_dict


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
