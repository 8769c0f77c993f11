"""LIKE patterns -> regular expressions that cannot backtrack without end.

Each run between two `%` is matched at its leftmost place in an atomic group:
right for LIKE, because the leftmost place leaves the most text for the rest, and
linear, where `.*a.*b` meets the server's match limit and silently loses rows.
`\\z` is the end (`$` would also match before a final newline); option `s` lets
`_` and `%` stand for a newline. An anchored constant prefix keeps its index use.
"""

from __future__ import annotations

import re

from queryleaf_dbapi.errors import DataError

_ANY = object()  # one character
_RUN = object()  # any run


def _tokens(pattern: str, escape: str) -> list[object]:
    found: list[object] = []
    characters = iter(pattern)
    for each in characters:
        if escape and each == escape:
            following = next(characters, None)
            if following is None:
                error = DataError("LIKE pattern must not end with escape character")
                error.sqlstate = "22025"
                raise error
            found.append(following)
        elif each == "%":
            if not found or found[-1] is not _RUN:
                found.append(_RUN)
        elif each == "_":
            found.append(_ANY)
        else:
            found.append(each)
    return found


def like_to_regex(pattern: str, escape: str = "\\") -> str:
    """The regular expression (PCRE, option `s`) of an SQL LIKE pattern."""
    runs: list[list[str]] = [[]]
    for token in _tokens(pattern, escape):
        if token is _RUN:
            runs.append([])
        else:
            runs[-1].append("." if token is _ANY else re.escape(str(token)))
    texts = ["".join(run) for run in runs]
    if len(texts) == 1:
        return f"^{texts[0]}\\z"
    first, *middle, last = texts
    groups = "".join(f"(?>.*?{text})" for text in middle if text)
    end = f".*{last}\\z" if last else ""
    return f"^{first}{groups}{end}"
