"""Placeholders of a statement: `%s` and `%(name)s` become `$1`, `$2`, ...

    number_placeholders("SELECT a FROM t WHERE b = %(x)s AND c <> %(x)s")
    -> text "SELECT a FROM t WHERE b = $1 AND c <> $1", names ("x",)

Call it only when parameters were given: without them `%` is an ordinary character
(psycopg does the same). With them `%%` stands for one `%` everywhere, inside literals
too, while a `%s` inside a literal, a quoted name or a comment is text. This module
knows nothing of sqlglot: it must agree with PostgreSQL about where a literal ends.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NoReturn

from queryleaf_dbapi.errors import Position, ProgrammingError

Parameters = Sequence[object] | Mapping[str, object]

# Every alternative starts with a literal character, so that the scan skips plain
# text in C. A doubled quote ('it''s') is two literals side by side: no need to know.
# An unterminated literal reaches to the end; the parser reports it.
_INTERESTING = re.compile(
    r"""
      '(?:
          (?<=[eE]')(?<![\w$][eE]')                       # E'...': backslash escapes
          [^'\\]*(?:(?:\\.|'')[^'\\]*)*'?
        | [^']*'?
      )
    | "[^"]*"?
    | --[^\n]*
    | (?P<comment>/\*)
    | %(?P<placeholder>s(?!\w)|\((?P<name>[^()%]+)\)s(?!\w)|(?P<escape>%)|)
    | \$(?<![\w$]\$)(?:
          (?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z)  # $tag$ ... $tag$
        | (?P<number>\d+)
      )
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_ESCAPED_PERCENT = re.compile("%%")


@dataclass(frozen=True, slots=True)
class NumberedSql:
    """A statement whose placeholders are `$1`, `$2`, ...

    `names[n - 1]` is the name behind `$n`, or None for a positional one. `offsets`
    pairs a place in `text` with its place in the original, one pair wherever the
    distance between the two changes.
    """

    text: str
    names: tuple[str | None, ...]
    offsets: tuple[tuple[int, int], ...]

    def original_offset(self, offset: int) -> int:
        """Return where `offset` of `text` was in the statement as it was given."""
        index = bisect_right(self.offsets, offset, key=itemgetter(0))
        new, original = self.offsets[index - 1]
        found = original + offset - new
        if index < len(self.offsets):  # "$10" is longer than the "%s" it stands for
            found = min(found, self.offsets[index][1] - 1)
        return found


class _Rewriting:
    """The output of one scan: pieces of text, and where they came from."""

    __slots__ = ("length", "offsets", "pieces", "taken")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.offsets = [(0, 0)]
        self.length = 0  # of the pieces
        self.taken = 0  # how much of the original is in the pieces

    def replace(self, sql: str, start: int, end: int, replacement: str) -> None:
        before = sql[self.taken : start]
        self.pieces += (before, replacement)
        self.length += len(before)
        self.offsets.append((self.length, start))
        self.length += len(replacement)
        self.offsets.append((self.length, end))
        self.taken = end


def number_placeholders(sql: str) -> NumberedSql:
    """Number the placeholders of `sql`; a name used twice has one number."""
    output = _Rewriting()
    names: list[str | None] = []
    numbers: dict[str, int] = {}
    position = 0
    while match := _INTERESTING.search(sql, position):
        start, position = match.span()
        placeholder = match["placeholder"]
        if placeholder is None:
            if match["number"] is not None:
                _refuse_number(sql, start, match["number"])
            if match["comment"] is not None:
                position = _end_of_comment(sql, position)
            for escape in _ESCAPED_PERCENT.finditer(sql, start, position):
                output.replace(sql, *escape.span(), "%")
            continue
        if match["escape"] is not None:
            output.replace(sql, start, position, "%")
            continue
        if not placeholder:
            _refuse_placeholder(sql, start)
        name = match["name"]
        if names and (name is None) != (names[0] is None):
            _refuse(sql, start, "%s and %(name)s are mixed in one statement; use one")
        if name is None:
            names.append(None)
            number = len(names)
        else:
            number = numbers.setdefault(name, len(names) + 1)
            if number > len(names):
                names.append(name)
        # the blank keeps "$1,$2" from being read as the start of a $tag$ literal
        output.replace(sql, start, position, f"${number} ")
    output.pieces.append(sql[output.taken :])
    return NumberedSql("".join(output.pieces), tuple(names), tuple(output.offsets))


def arrange_values(numbered: NumberedSql, parameters: Parameters) -> tuple[object, ...]:
    """Return the values for `$1`, `$2`, ... in their order."""
    names = numbered.names
    if isinstance(parameters, Mapping):
        if names and names[0] is None:
            raise ProgrammingError(
                "the statement has %s placeholders: give a sequence, not a mapping"
            )
        try:
            return tuple([parameters[name] for name in names if name is not None])
        except KeyError as error:
            missing = error.args[0] if error.args else error
            raise ProgrammingError(
                f"no value was given for the placeholder %({missing})s"
            ) from error
    if isinstance(parameters, (str, bytes, bytearray)) or not isinstance(
        parameters, Sequence
    ):
        raise ProgrammingError(
            "parameters must be a sequence or a mapping, not "
            f"{type(parameters).__name__}; write (value,) for a single one"
        )
    if names and names[0] is not None:
        raise ProgrammingError(
            f"the statement has named placeholders such as %({names[0]})s: "
            f"give a mapping, not a {type(parameters).__name__}"
        )
    if len(parameters) != len(names):
        raise ProgrammingError(
            f"the statement has {_count(len(names), 'placeholder')}, "
            f"{_count(len(parameters), 'value')} "
            f"{'was' if len(parameters) == 1 else 'were'} given"
        )
    return tuple(parameters)


def _end_of_comment(sql: str, position: int) -> int:
    """Return where the `/*` comment ends that was entered before `position`."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(sql, position):
        depth += 1 if edge[0] == "/*" else -1
        if not depth:
            return edge.end()
    return len(sql)


def _refuse_placeholder(sql: str, start: int) -> NoReturn:
    """Say what is wrong with the `%` at `start`."""
    rest = sql[start + 1 :]
    hint = "write %% for a percent sign"
    if not rest:
        problem = f"incomplete placeholder %; {hint}"
    elif named := re.match(r"\(([^()%]*)\)(\w*)", rest):
        if not named[1]:
            problem = "the placeholder %()s has no name"
        elif not named[2]:
            problem = f"incomplete placeholder %({named[1]}); write %({named[1]})s"
        else:
            problem = f"unknown placeholder %{named[0]}; write %({named[1]})s"
    elif rest[0] == "(":
        problem = f"incomplete placeholder %(; write %(name)s, or {hint}"
    elif word := re.match(r"\w+", rest):
        problem = f"unknown placeholder %{word[0]}; write %s or %(name)s, or {hint}"
    else:
        problem = f"unknown placeholder %{rest[0]}; write %s or %(name)s, or {hint}"
    _refuse(sql, start, problem)


def _refuse_number(sql: str, start: int, number: str) -> NoReturn:
    _refuse(sql, start, f"${number} is not a placeholder here; write %s or %(name)s")


def _refuse(sql: str, offset: int, message: str) -> NoReturn:
    raise ProgrammingError(message, position=Position(sql, offset))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
