"""A decoder per result: one function that turns a batch of documents into rows.

The function is written out for the columns at hand and compiled once per plan, so
that a row costs one tuple display and a `get` per column; a column whose type
needs no loading costs nothing more (measured: cookbook section 7).

    def decode(documents):
        return [(g("k"), load_1(g("price"))) for g in (d.get for d in documents)]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from queryleaf_dbapi.mongo.commands import OutputColumn

Row = tuple[Any, ...]
Decoder = Callable[[Iterable[dict[str, Any]]], list[Row]]


def _optional(load: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def load_value(value: Any) -> Any:
        return None if value is None else load(value)

    return load_value


def _descend(document: Any, path: tuple[str, ...]) -> Any:
    """The value at a path; None where it ends early, as SQL reads a missing field."""
    for name in path:
        if not isinstance(document, dict):
            return None
        document = document.get(name)
    return document


def build_decoder(outputs: tuple[OutputColumn, ...]) -> Decoder:
    """The decoder of a result with these columns."""
    names: dict[str, Any] = {"descend": _descend}
    cells = []
    for index, column in enumerate(outputs):
        names[f"name_{index}"] = column.path[0]
        cell = f"g(name_{index})"
        if len(column.path) > 1:
            names[f"path_{index}"] = column.path[1:]
            cell = f"descend({cell}, path_{index})"
        if column.type.load is not None:
            names[f"load_{index}"] = _optional(column.type.load)
            cell = f"load_{index}({cell})"
        cells.append(cell)
    row = f"({', '.join(cells)},)" if cells else "()"
    source = (
        f"def decode(documents, {', '.join(f'{n}={n}' for n in names)}):\n"
        f"    return [{row} for g in [d.get for d in documents]]\n"
    )
    # the text holds names we made; field names and loaders come in as constants
    exec(compile(source, "<row decoder>", "exec"), names)
    decoder: Decoder = names["decode"]
    return decoder
