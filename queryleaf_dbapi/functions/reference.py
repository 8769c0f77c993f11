"""docs/functions.md, made of the registry.

    python -m queryleaf_dbapi.functions.reference > docs/functions.md

A test compares the file with what this prints.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from queryleaf_dbapi.functions.registry import AGGREGATES, FUNCTIONS, SETS, WINDOWS
from queryleaf_dbapi.plan.signature import (
    AggregateDef,
    Argument,
    FunctionDef,
    SetDef,
    WindowDef,
)

_Definition = FunctionDef | AggregateDef | SetDef | WindowDef
_INTRODUCTION = """# Functions

Made from the registry by `python -m queryleaf_dbapi.functions.reference`; do not edit.
Every example runs in the tests. To add one: [adding-a-function](adding-a-function.md).
"""


def _shown_arguments(arguments: Sequence[Argument]) -> str:
    shown = []
    for each in arguments:
        text = each.label
        if each.variadic:
            text += ", ..."
        shown.append(f"[{text}]" if each.optional else text)
    return ", ".join(shown)


def _signature(definition: _Definition) -> str:
    symbol = getattr(definition, "symbol", "")
    labels = [each.label for each in definition.arguments]
    if getattr(definition, "ordered_set", False):
        direct = _shown_arguments(definition.arguments[1:])
        return f"{definition.name}({direct}) WITHIN GROUP (ORDER BY {labels[0]})"
    if not symbol:
        return f"{definition.name}({_shown_arguments(definition.arguments)})"
    if symbol.startswith("IS ") and len(labels) == 1:
        return f"{labels[0]} {symbol}"
    if len(labels) == 1 and definition.arguments[0].variadic:
        return f"{labels[0]} {symbol} {labels[0]}"
    return f" {symbol} ".join(labels) if len(labels) > 1 else f"{symbol} {labels[0]}"


def _unique(table: Iterable[Sequence[_Definition]]) -> list[list[_Definition]]:
    """The overloads of each name, once, however many aliases lead to them."""
    by_name: dict[str, list[_Definition]] = {}
    for overloads in table:
        for each in overloads:
            known = by_name.setdefault(each.name, [])
            if not any(each is other for other in known):
                known.append(each)
    return [by_name[name] for name in sorted(by_name, key=str.lower)]


def _entry(overloads: Sequence[_Definition]) -> list[str]:
    first = overloads[0]
    lines = [f"### {first.name}", ""]
    signatures = dict.fromkeys(_signature(each) for each in overloads)
    lines += [f"`{signature}`  " for signature in signatures]
    aliases = sorted({a for each in overloads for a in getattr(each, "aliases", ())})
    if aliases:
        lines.append(f"Also: {', '.join(f'`{alias}`' for alias in aliases)}")
    texts = dict.fromkeys(" ".join(each.documentation.split()) for each in overloads)
    lines += ["", *(text for text in texts if text), ""]
    examples = [
        (sql, value)
        for each in overloads
        for sql, value in getattr(each, "examples", {}).items()
    ]
    if examples:
        lines += ["| example | gives |", "| --- | --- |"]
        lines += [f"| `{_cell(sql)}` | `{_cell(repr(v))}` |" for sql, v in examples]
        lines.append("")
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def markdown() -> str:
    """The text of docs/functions.md."""
    lines = [_INTRODUCTION]
    windows = [[each] for each in WINDOWS.values()]
    for title, table in (
        ("Functions and operators", FUNCTIONS.values()),
        ("Aggregates", AGGREGATES.values()),
        ("Set-returning functions", SETS.values()),
        ("Window functions", windows),
    ):
        lines += [f"## {title}", ""]
        for overloads in _unique(table):
            lines += _entry(overloads)
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    from queryleaf_dbapi import functions

    assert functions.FUNCTIONS is FUNCTIONS  # importing the package filled the registry
    sys.stdout.write(markdown())
