"""Rows as a table of plain text, in the manner of psql.

     name  | age
    -------+------
     Ada   |   36
     Grace | NULL
    (2 rows)

Numbers are set to the right. Control characters are shown escaped, so that stored
data cannot write to the terminal by itself.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Any

_CHUNK = 1_000  # rows measured and held at a time


def format_value(value: Any) -> str:
    """One value on one line."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, dict | list):
        return _printable(json.dumps(value, ensure_ascii=False, default=_plain))
    return _printable(str(value))


def _plain(value: Any) -> Any:
    """What JSON has no form for, inside a document."""
    return float(value) if isinstance(value, Decimal) else format_value(value)


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode()
        for each in text
    )


def format_table(
    names: Sequence[str], rows: Iterable[Sequence[Any]], cell: int | None = None
) -> Iterator[str]:
    """The lines of the table, the count of rows last.

    Cells longer than `cell` characters are cut. A long result is laid out a
    thousand rows at a time: columns get wider further down if they must.
    """
    source = iter(rows)
    chunk = list(islice(source, _CHUNK))
    widths = [_width(_printable(name)) for name in names]
    yield from _header(names, widths, chunk, cell)
    count = 0
    while chunk:
        count += len(chunk)
        texts = [[_cut(format_value(each), cell) for each in row] for row in chunk]
        _widen(widths, texts)
        for row, text in zip(chunk, texts, strict=True):
            yield _line(row, text, widths)
        chunk = list(islice(source, _CHUNK))
    yield f"({count:,} {'row' if count == 1 else 'rows'})"


def _header(
    names: Sequence[str],
    widths: list[int],
    chunk: list[Sequence[Any]],
    cell: int | None,
) -> Iterator[str]:
    texts = [[_cut(format_value(each), cell) for each in row] for row in chunk]
    _widen(widths, texts)
    yield (
        " "
        + " | ".join(
            _pad(_printable(name), width)
            for name, width in zip(names, widths, strict=True)
        ).rstrip()
    )
    yield "+".join("-" * (width + 2) for width in widths)


def _widen(widths: list[int], texts: list[list[str]]) -> None:
    for text in texts:
        for index, each in enumerate(text):
            widths[index] = max(widths[index], _width(each))


def _line(row: Sequence[Any], texts: list[str], widths: list[int]) -> str:
    cells = [
        _pad(text, width, _is_number(value))
        for value, text, width in zip(row, texts, widths, strict=True)
    ]
    return f" {' | '.join(cells)}".rstrip()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _cut(text: str, cell: int | None) -> str:
    if cell is None or len(text) <= cell:
        return text
    return text[: cell - 3] + "..."


def _width(text: str) -> int:
    """Places on a terminal: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 1 + (_is_wide(each)) for each in text
    )


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _pad(text: str, width: int, right: bool = False) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
