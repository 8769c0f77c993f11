"""Every expression of tests/scalars against what PostgreSQL recorded for it.

Value and type, row by row; where PostgreSQL raises, the same SQLSTATE. A line that
ends in `--! refused` must be refused by name, one in `--! partly` may be.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from queryleaf_dbapi.errors import Error
from tests.scalars.compare import is_same

HERE = Path(__file__).parent.parent / "scalars"
Recorded = dict[str, list[tuple[int, str]]]


def recorded(path: Path) -> Recorded:
    """Expression -> the rows and values PostgreSQL gave."""
    found: Recorded = {}
    for line in path.read_text().splitlines():
        text, row, value = line.split("\t", 2)
        found.setdefault(text.replace("\\t", "\t"), []).append((int(row), value))
    return found


FILES = sorted(HERE.glob("*.tsv"))


def execute(cursor: Any, text: str, row: int) -> Any:
    plain = text.partition("--!")[0].replace("«", "").replace("»", "")
    cursor.execute(f"SELECT {plain} FROM v WHERE id = {row}")
    return cursor.fetchone()[0]


def difference(cursor: Any, text: str, row: int, expected: str) -> str:
    """What is wrong with the expression over that row; empty for nothing."""
    try:
        found = execute(cursor, text, row)
    except Error as error:
        if error.sqlstate == "0A000" and "--!" in text:
            return ""
        if expected == f"!{error.sqlstate}":
            return ""
        return f"{expected!r}, but {error.sqlstate}: {str(error).splitlines()[0]}"
    if "--! refused" in text:
        return f"not refused: {found!r} for {expected!r}"
    if expected.startswith("!"):
        return f"{expected!r}, but the value {found!r}"
    kind, _, value = expected.partition("|")
    return "" if is_same(found, kind, value) else f"{expected!r}, but {found!r}"


def prepared(connection: Any) -> Any:
    cursor = connection.cursor()
    for statement in (HERE / "rows.txt").read_text().split(";\n"):
        if statement.strip():
            cursor.execute(statement)
    return cursor


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_expressions(connect: Callable[..., Any], path: Path) -> None:
    cursor = prepared(connect(autocommit=True))
    wrong = [
        f"{text}  [{row}]  {problem}"
        for text, values in recorded(path).items()
        for row, expected in values
        if (problem := difference(cursor, text, row, expected))
    ]
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong)
