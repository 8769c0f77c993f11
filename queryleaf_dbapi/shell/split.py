"""Statements out of typed text: cut at every `;` that is not inside something.

Text -> the statements that are complete, and what is left. Knows only what PostgreSQL
can put a `;` into: '...', E'...', "...", $tag$...$tag$, -- and nested /* */.
"""

from __future__ import annotations

import re

_PIECE = re.compile(
    r"""
      (?P<line_comment> --[^\n]*(?:\n|\Z) )
    | (?P<comment> /\* )
    | (?P<escaped> \b[eE]'(?:[^'\\]|\\.|'')*'? )
    | (?P<text> '[^']*'? )
    | (?P<name> "[^"]*"? )
    | (?P<dollar> (?<![\w$])\$(?:[A-Za-z_]\w*)?\$ )
    | (?P<end> ; )
    """,
    re.VERBOSE | re.DOTALL,
)


def split_statements(text: str) -> tuple[list[str], str]:
    """The complete statements without their `;`, and the rest of the text."""
    statements: list[str] = []
    start = position = 0
    while found := _PIECE.search(text, position):
        position = _end_of_piece(text, found)
        if found["end"]:
            if not is_blank(text[start : found.start()]):
                statements.append(text[start : found.start()].strip())
            start = position
    return statements, text[start:]


def is_blank(text: str) -> bool:
    """Whether there is nothing but space and comments."""
    position = 0
    while position < len(text):
        found = _PIECE.match(text, position)
        if found and (found["line_comment"] or found["comment"]):
            position = _end_of_piece(text, found)
        elif text[position].isspace():
            position += 1
        else:
            return False
    return True


def _end_of_piece(text: str, found: re.Match[str]) -> int:
    """Where a piece is over; the end of the text when it is not closed."""
    if found["comment"]:
        return _end_of_comment(text, found.end())
    if found["dollar"]:
        end = text.find(found["dollar"], found.end())
        return len(text) if end < 0 else end + len(found["dollar"])
    return found.end()


def _end_of_comment(text: str, position: int) -> int:
    depth = 1
    for found in re.compile(r"/\*|\*/").finditer(text, position):
        depth += 1 if found[0] == "/*" else -1
        if depth == 0:
            return found.end()
    return len(text)
