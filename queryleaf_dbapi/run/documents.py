"""Rows of an INSERT -> documents: one function per row of the statement.

Like the row decoder, the function is written out for the columns at hand, so that
executemany costs a dict display and one `dump` per value.

    def make(values, sequences, constants):
        document = {"_id": new_id()}
        value = values[0]
        document["id"] = missing("id") if value is None else dump_0(value)
        ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from bson.objectid import ObjectId

from queryleaf_dbapi.errors import NotNullViolation
from queryleaf_dbapi.mongo.commands import DEFAULT, InsertField
from queryleaf_dbapi.mongo.slots import Slot

Document = dict[str, Any]
Maker = Callable[
    [Sequence[Any], Mapping[str, Iterator[Any]], Mapping[str, Any]], Document
]


def _missing(name: str) -> NoReturn:
    raise NotNullViolation(
        f'null value in column "{name}" violates not-null constraint'
    )


def build_maker(fields: Sequence[InsertField], row: Sequence[Any]) -> Maker:
    """The function that makes the document of one row: `row` holds constants, slots
    and DEFAULT by position; sequences and computed defaults come at the call."""
    names: dict[str, Any] = {"missing": _missing, "new_id": ObjectId}
    lines = []
    has_id = False
    for number, field in enumerate(fields):
        cell = DEFAULT if field.position is None else row[field.position]
        found = _cell_lines(field, cell, number, names)
        lines += found
        has_id |= field.name == "_id" and bool(found)
    start = "document = {}" if has_id else 'document = {"_id": new_id()}'
    body = "\n    ".join([start, *lines, "return document"])
    source = f"def make(values, sequences, constants):\n    {body}\n"
    # the text holds names we made; field names and values come in as constants
    exec(compile(source, "<document maker>", "exec"), names)
    maker: Maker = names["make"]
    return maker


def _cell_lines(
    field: InsertField, cell: Any, number: int, names: dict[str, Any]
) -> list[str]:
    """The lines that put one field into the document; none for a field left out."""
    names[f"name_{number}"] = field.name
    target = f"document[name_{number}]"
    null = "None" if field.nullable else f"missing(name_{number})"
    if isinstance(cell, Slot):
        names[f"dump_{number}"] = cell.type.dump
        return [
            f"value = values[{cell.index}]",
            f"{target} = {null} if value is None else dump_{number}(value)",
        ]
    if cell is not DEFAULT:
        names[f"value_{number}"] = cell
        return [f"{target} = {null if cell is None else f'value_{number}'}"]
    if field.sequence is not None:
        return [f"{target} = next(sequences[name_{number}])"]
    if field.computed is not None:
        return [f"{target} = constants.get(name_{number})"]
    if field.default is not None:
        names[f"value_{number}"] = field.default
        return [f"{target} = value_{number}"]
    if field.nullable or field.name == "_id":
        return []  # missing, which reads as NULL
    return [f"missing(name_{number})"]
