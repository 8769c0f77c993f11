"""Messages of the binder: what is wrong, where, and the nearest right name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from queryleaf_dbapi.errors import (
    AmbiguousColumn,
    FeatureNotSupported,
    Position,
    UndefinedColumn,
    UndefinedFunction,
    UndefinedTable,
)
from queryleaf_dbapi.functions.absent import ABSENT


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """`; did you mean "name"?` for the nearest candidate, or nothing."""
    by_lower = {each.lower(): each for each in candidates}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f'; did you mean "{by_lower[near[0]]}"?' if near else ""


def undefined_table(
    name: str, candidates: Iterable[str], position: Position | None
) -> UndefinedTable:
    """No table, view or CTE of this name."""
    return UndefinedTable(
        f'table "{name}" does not exist{did_you_mean(name, candidates)}',
        position=position,
    )


def undefined_column(
    name: str, where: str, candidates: Iterable[str], position: Position | None
) -> UndefinedColumn:
    """No column of this name in scope."""
    place = f" in {where}" if where else ""
    return UndefinedColumn(
        f'column "{name}" does not exist{place}{did_you_mean(name, candidates)}',
        position=position,
    )


def ambiguous_column(
    name: str, tables: Iterable[str], position: Position | None
) -> AmbiguousColumn:
    """Several tables in scope have the column."""
    listed = ", ".join(sorted(tables))
    return AmbiguousColumn(
        f'column "{name}" is ambiguous: it could be of {listed}; '
        "write the table's name before it",
        position=position,
    )


def undefined_function(
    name: str, candidates: Iterable[str], position: Position | None
) -> UndefinedFunction | FeatureNotSupported:
    """No function of this name; or PostgreSQL has it, and we have not."""
    if name.lower() in ABSENT:
        return FeatureNotSupported(
            f"{name.upper()} is not supported", position=position
        )
    return UndefinedFunction(
        f"function {name} does not exist{did_you_mean(name, candidates)}",
        position=position,
    )


def whole_row(alias: str, position: Position | None) -> FeatureNotSupported:
    """A table's name where a value stands: PostgreSQL's row of it."""
    return FeatureNotSupported(
        f'a whole row of "{alias}" as a value is not supported: name its columns',
        position=position,
    )
