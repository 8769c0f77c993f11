"""fill(): the only code that puts a value into a document."""

from __future__ import annotations

from typing import Any

import pytest
from bson.regex import Regex

from queryleaf_dbapi.errors import DataError, InternalError
from queryleaf_dbapi.mongo.slots import (
    NEVER,
    CountRule,
    CountSlot,
    PlaceOfSlot,
    Slot,
    compile_template,
)
from queryleaf_dbapi.types import ANY, INTEGER, TEXT


@pytest.mark.parametrize(
    "value", ["$name", "$$ROOT", {"$gt": ""}, [{"$ne": 1}], {"$where": "1"}]
)
def test_a_value_is_wrapped_by_its_place(value: Any) -> None:
    def fill(place: PlaceOfSlot) -> Any:
        return compile_template({"a": Slot(0, place, ANY)})([value])

    assert fill(PlaceOfSlot.MATCH) == {"a": {"$eq": value}}
    assert fill(PlaceOfSlot.EXPRESSION) == {"a": {"$literal": value}}
    assert fill(PlaceOfSlot.VALUE) == {"a": value}


def test_patterns() -> None:
    template = {
        "a": Slot(0, PlaceOfSlot.LIKE, TEXT),
        "b": Slot(0, PlaceOfSlot.LIKE_TEXT, TEXT),
    }
    filled = compile_template(template)(["x.%"])
    assert filled == {"a": Regex(r"^x\.", "s"), "b": r"^x\."}


def test_a_slot_may_stand_anywhere_and_twice() -> None:
    one, two = Slot(0, PlaceOfSlot.ITEM, INTEGER), Slot(1, PlaceOfSlot.ITEM, INTEGER)
    template = {"x": [{"$in": [one, 5, two]}, {"y": {"z": one}}], "k": 1}
    fill = compile_template(template)
    assert fill([1, 2]) == {"x": [{"$in": [1, 5, 2]}, {"y": {"z": 1}}], "k": 1}
    assert fill([3, 4]) == {"x": [{"$in": [3, 5, 4]}, {"y": {"z": 3}}], "k": 1}
    assert template["x"][0]["$in"][0] is one  # type: ignore[index]


def test_what_has_no_slot_is_shared() -> None:
    constant = {"big": [1, 2, 3]}
    template = {"a": constant, "b": Slot(0, PlaceOfSlot.MATCH, INTEGER)}
    assert compile_template(template)([1])["a"] is constant
    assert compile_template(constant)([]) is constant


def test_counts() -> None:
    fill = compile_template({"$limit": CountSlot(0, INTEGER, CountRule.LIMIT)})
    assert fill([3]) == {"$limit": 3}
    assert fill([0]) == {"$match": NEVER}, "the server refuses $limit 0"
    for bad in (-1, "x", True):
        with pytest.raises(DataError):
            fill([bad])


@pytest.mark.parametrize("place", [PlaceOfSlot.MATCH, PlaceOfSlot.EXPRESSION])
def test_null_is_a_contradiction(place: PlaceOfSlot) -> None:
    """A NULL parameter is another plan: {a: null} would match missing fields."""
    with pytest.raises(InternalError):
        compile_template({"a": Slot(0, place, TEXT)})([None])


def test_a_value_is_checked_by_its_type() -> None:
    with pytest.raises(DataError):
        compile_template({"a": Slot(0, PlaceOfSlot.MATCH, INTEGER)})([2**31])
