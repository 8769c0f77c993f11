"""The .case format: SQL, its plan, its MongoDB commands, and the rows it must give.

    ==== setup
    CREATE TABLE people (id INTEGER PRIMARY KEY, age INTEGER);
    ==== documents pets
    {"_id": 1, "name": "Rex"}

    # name: not_equal_skips_null
    # SQL keeps a row only if the comparison is TRUE.
    SELECT name FROM people WHERE age <> 30
    ---- plan
    ---- mongo
    ---- rows
    'Ada'

Before the first case: `==== setup`, SQL that both MongoDB and the oracle run, and
`==== documents NAME`, JSON lines (extended JSON) inserted as they are into a
collection that nobody declares. `# name:` starts a case. Its other comments are
prose, but for `# oracle: skip REASON` and `# uses: IXSCAN age_1` (the server's own
explain must name that). Statements end with `;` at the end of a line, the last one
needs none; plan, mongo and error are about the first statement, rows about the last.

Sections are optional. A row is a Python literal per line, without the outer
parentheses; Decimal, date, datetime, time, timedelta, UUID and ObjectId may be called.
`plan` and `mongo` may be rewritten by --update-cases; `rows` and `error` never are.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from bson import ObjectId, json_util

SECTIONS = ("plan", "mongo", "rows", "error")
REWRITABLE = ("plan", "mongo")

_ROW_NAMES = {
    "Decimal": Decimal,
    "ObjectId": ObjectId,
    "UUID": UUID,
    "date": dt.date,
    "datetime": dt.datetime,
    "inf": float("inf"),
    "nan": float("nan"),
    "time": dt.time,
    "timedelta": dt.timedelta,
    "utc": dt.timezone.utc,
}
_END_OF_STATEMENT = re.compile(r";[ \t]*(?:--[^\n]*)?$", re.MULTILINE)
_OPAQUE = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_PARENTHESES = re.compile(r"\([^()]*\)")
_READS = re.compile(r"\s*(?:SELECT|VALUES|WITH|TABLE|SHOW|EXPLAIN)\b", re.IGNORECASE)
_WRITES = re.compile(r"\b(?:INSERT|UPDATE|DELETE|MERGE|INTO|NEXTVAL)\b", re.IGNORECASE)


class CaseError(Exception):
    """A case file that breaks the format; names the file and the line."""


@dataclass(frozen=True, slots=True)
class Section:
    """The lines of one section, and where they stand in the file (0-based)."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """One statement (or a few) and what is expected of it."""

    path: Path
    line: int
    name: str
    statements: tuple[str, ...]
    sections: dict[str, Section]
    oracle_skip: str | None
    uses: tuple[tuple[str, str], ...]

    @property
    def sql(self) -> str:
        """The statement that plan, mongo and error are about."""
        return self.statements[0]

    @property
    def is_read_only(self) -> bool:
        """Whether the case can share its data with others."""
        return all(map(reads_only, self.statements))

    @property
    def is_ordered(self) -> bool:
        """Whether the order of the rows is part of the answer."""
        return has_top_level_order(self.statements[-1])

    def expected(self, section: str) -> str | None:
        """Return the text of a section, or None where the case has none."""
        found = self.sections.get(section)
        return None if found is None else found.text

    def expected_rows(self) -> list[tuple[Any, ...]] | None:
        """Return the rows, or None where the case does not list them."""
        section = self.sections.get("rows")
        if section is None:
            return None
        return [
            read_row(line, self.path, section.start + number)
            for number, line in enumerate(section.text.split("\n"))
            if line.strip()
        ]


@dataclass(slots=True)
class CaseFile:
    """A file: the data, and the cases over it."""

    path: Path
    setup: tuple[str, ...] = ()
    documents: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)


def read_case_file(path: Path) -> CaseFile:
    """Parse a file, or raise CaseError with the line that breaks the format."""
    lines = path.read_text(encoding="utf-8").split("\n")
    starts = [i for i, line in enumerate(lines) if line.startswith("# name:")]
    head_end = starts[0] if starts else len(lines)
    found = CaseFile(path)
    _read_head(found, lines[:head_end])
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        case = _read_case(path, lines, start, end)
        if any(case.name == other.name for other in found.cases):
            raise _broken(path, start, f"the name {case.name!r} is taken")
        found.cases.append(case)
    return found


def rewrite_section(case: Case, section: str, text: str) -> None:
    """Replace the text of `plan` or `mongo` in the file; the rest stays as it is."""
    if section not in REWRITABLE:
        raise ValueError(f"{section} is written by a person or by the oracle")
    # An earlier rewrite may have moved the lines: look again.
    current = next(c for c in read_case_file(case.path).cases if c.name == case.name)
    place = current.sections[section]
    lines = case.path.read_text(encoding="utf-8").split("\n")
    lines[place.start : place.end] = text.strip("\n").split("\n")
    case.path.write_text("\n".join(lines), encoding="utf-8")


def split_statements(sql: str) -> tuple[str, ...]:
    """Split at each `;` that ends a line."""
    pieces = (piece.strip() for piece in _END_OF_STATEMENT.split(sql))
    return tuple(piece for piece in pieces if piece)


def reads_only(sql: str) -> bool:
    """Tell whether a statement leaves the data alone; when in doubt, no."""
    return bool(_READS.match(sql)) and not _WRITES.search(_OPAQUE.sub(" ", sql))


def has_top_level_order(sql: str) -> bool:
    """Tell whether ORDER BY stands outside all parentheses."""
    bare, count = _OPAQUE.sub(" ", sql), 1
    while count:
        bare, count = _PARENTHESES.subn(" ", bare)
    return re.search(r"\bORDER\s+BY\b", bare, re.IGNORECASE) is not None


def read_row(line: str, path: Path, index: int) -> tuple[Any, ...]:
    """Evaluate one line of a `rows` section."""
    try:
        value = eval(line, {"__builtins__": {}, **_ROW_NAMES})
    except Exception as error:
        raise _broken(path, index, f"not a row of Python literals: {error}") from error
    return value if isinstance(value, tuple) else (value,)


def comparable(rows: Sequence[Sequence[Any]], is_ordered: bool) -> list[str]:
    """Return rows as texts that differ when a value or its type differs.

    1, 1.0, True and Decimal(1) are equal in Python, and are different answers.
    """
    texts = [", ".join(map(repr, row)) for row in rows]
    return texts if is_ordered else sorted(texts)


def _read_head(found: CaseFile, lines: list[str]) -> None:
    """Read what stands before the first case: comments, setup and documents."""
    kind, name, block_start = "", "", 0
    blocks: list[tuple[str, str, int, list[str]]] = []
    for index, line in enumerate(lines):
        if line.startswith("===="):
            kind, _, name = line.strip("= \t").partition(" ")
            if kind not in ("setup", "documents") or (kind == "documents") != bool(
                name.strip()
            ):
                raise _broken(
                    found.path, index, "write ==== setup or ==== documents NAME"
                )
            block_start = index + 1
            blocks.append((kind, name.strip(), block_start, []))
        elif blocks:
            blocks[-1][3].append(line)
        elif line.strip() and not line.startswith("#"):
            raise _broken(found.path, index, "expected a comment, ==== or # name:")
    for kind, name, start, content in blocks:
        if kind == "setup":
            found.setup += split_statements("\n".join(content))
        else:
            found.documents[name] = list(_read_documents(found.path, start, content))


def _read_documents(
    path: Path, start: int, lines: list[str]
) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines):
        if line.strip() and not line.startswith("#"):
            try:
                yield json_util.loads(line)
            except ValueError as error:
                raise _broken(path, start + number, f"not JSON: {error}") from error


def _read_case(path: Path, lines: list[str], start: int, end: int) -> Case:
    name = lines[start].removeprefix("# name:").strip()
    if not re.fullmatch(r"\w+", name):
        raise _broken(path, start, "a name is one word")
    oracle_skip, uses = None, []
    index = start + 1
    while index < end and lines[index].startswith("#"):
        key, _, value = lines[index].lstrip("# ").partition(":")
        if key == "oracle":
            verb, _, oracle_skip = value.strip().partition(" ")
            if verb != "skip" or not oracle_skip:
                raise _broken(path, index, "write # oracle: skip REASON")
        elif key == "uses":
            stage, _, index_name = value.strip().partition(" ")
            uses.append((stage, index_name.strip()))
        index += 1
    heads = [i for i in range(index, end) if lines[i].startswith("----")]
    statements = split_statements("\n".join(lines[index : heads[0] if heads else end]))
    if not statements:
        raise _broken(path, start, f"the case {name} has no SQL")
    sections: dict[str, Section] = {}
    for head, stop in zip(heads, [*heads[1:], end], strict=False):
        title = lines[head].strip("- \t")
        if title not in SECTIONS or title in sections:
            raise _broken(path, head, f"expected one of {', '.join(SECTIONS)}, once")
        while stop > head + 1 and not lines[stop - 1].strip():
            stop -= 1
        text = "\n".join(lines[head + 1 : stop])
        sections[title] = Section(head + 1, stop, text)
    if "rows" in sections and "error" in sections:
        raise _broken(path, start, f"the case {name} has both rows and an error")
    return Case(path, start + 1, name, statements, sections, oracle_skip, tuple(uses))


def _broken(path: Path, index: int, message: str) -> CaseError:
    return CaseError(f"{path.name}, line {index + 1}: {message}")
