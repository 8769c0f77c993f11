r"""PostgreSQL's regular expressions (ARE) in the server's spelling (PCRE).

Both read most signs alike. What they read differently is rewritten (`$` is only the
very end of the text, `\m` and `\M` are the ends of a word, `\b` is a backspace) or
refused by name; what PostgreSQL itself refuses raises 2201B.
"""

from __future__ import annotations

import re

from queryleaf_dbapi.errors import (
    DataError,
    FeatureNotSupported,
    InvalidRegularExpression,
)

_ESCAPES = {
    "Z": r"\z",
    "y": r"\b",
    "Y": r"\B",
    "m": r"\b(?=\w)",
    "M": r"\b(?<=\w)",
    "b": r"\x08",
    "B": r"\\",
    "v": r"\x0b",
    "a": r"\x07",
    "e": r"\x1b",
    **{each: f"\\{each}" for each in "AsSwWfnrt"},
    "d": "[0-9]",
    "D": "[^0-9]",
}
UNICODE = "(*UCP)"
_NEEDS_UNICODE = re.compile(r"\\[wWsSbB]|\[:")
_QUANTIFIER = re.compile(r"[*+?]|\{\d+(?:,\d*)?\}")
_GROUP = re.compile(r"\(\?(?:[:=!]|<[=!])")
_CLASS = re.compile(r"\[:[a-z]+:\]")
_OPTIONS = re.compile(r"\(\?([a-z]+)\)")


def invalid(detail: str) -> InvalidRegularExpression:
    """PostgreSQL's error for a pattern that is none."""
    return InvalidRegularExpression(f"invalid regular expression: {detail}")


def server_options(flags: str) -> str:
    """The options of $regexMatch for PostgreSQL's flags.

    Raises InvalidArgument-like 22023 for an unknown one.
    """
    for sign in flags:
        if sign not in "bceimnpqstwxg":
            error = DataError(f'invalid regular expression option: "{sign}"')
            error.sqlstate = "22023"
            raise error
        if sign in "bepqw":
            raise FeatureNotSupported(
                f"the option {sign!r} of a regular expression is not supported"
            )
    folds = max(flags.rfind("i"), -1) > max(flags.rfind("c"), -1)
    lines = max(flags.rfind("n"), flags.rfind("m")) > flags.rfind("s")
    return ("m" if lines else "s") + ("i" if folds else "") + "x" * ("x" in flags)


def are_to_pcre(pattern: str, options: str) -> tuple[str, str]:
    """The pattern in PCRE's spelling, and the options it sets by itself (`(?i)`)."""
    if pattern.startswith("***="):
        return re.escape(pattern[4:]), options
    if pattern.startswith("***:"):
        pattern = pattern[4:]
    elif pattern.startswith("***"):
        raise invalid("quantifier operand invalid")
    embedded = _OPTIONS.match(pattern)
    if embedded:
        given = "n" if "m" in options else ""
        given += "".join(each for each in "ix" if each in options)
        options = server_options(given + embedded[1])
        pattern = pattern[embedded.end() :]
    translated = _Translation(pattern, "m" in options, "x" in options).run()
    return with_unicode(translated), options


def with_unicode(pattern: str) -> str:
    """The pattern with letters and blanks of all of Unicode, as in PostgreSQL under a
    UTF-8 locale; digits are those of ASCII there."""
    return UNICODE + pattern if _NEEDS_UNICODE.search(pattern) else pattern


class _Translation:
    def __init__(self, pattern: str, lines: bool, expanded: bool) -> None:
        self.pattern = pattern
        self.lines = lines
        self.expanded = expanded
        self.parts: list[str] = []
        self.position = 0
        self.depth = 0
        self.groups = 0
        self.atom = False  # whether a quantifier may stand here

    def run(self) -> str:
        while self.position < len(self.pattern):
            self._next()
        if self.depth:
            raise invalid("parentheses () not balanced")
        return "".join(self.parts)

    def _take(self, text: str, written: str | None = None, atom: bool = True) -> None:
        self.parts.append(text if written is None else written)
        self.position += len(text)
        self.atom = atom

    def _next(self) -> None:
        rest = self.pattern[self.position :]
        sign = rest[0]
        quantifier = _QUANTIFIER.match(rest)
        if quantifier:
            self._quantifier(quantifier[0])
        elif sign == "\\":
            self._escape(rest)
        elif sign == "[":
            self._bracket(rest)
        elif sign == "(":
            self._open(rest)
        elif sign == ")" and self.depth:
            self.depth -= 1
            self._take(")")
        elif sign == ")":
            raise invalid("parentheses () not balanced")
        elif sign == "|":
            self._take("|", atom=False)
        elif sign == "^":
            self._take("^", atom=False)
        elif sign == "$":
            self._take("$", "$" if self.lines else r"\z", atom=False)
        elif sign == "{" and rest[1:2].isdigit():
            raise invalid("invalid repetition count(s)")
        elif sign == "{":
            self._take("{", r"\{")
        elif self.expanded and sign == "#":
            raise FeatureNotSupported("a comment in a regular expression")
        else:
            self._take(sign)

    def _quantifier(self, text: str) -> None:
        if not self.atom:
            raise invalid("quantifier operand invalid")
        counts = [int(each) for each in re.findall(r"\d+", text)]
        if any(each > 255 for each in counts) or counts != sorted(counts):
            raise invalid("invalid repetition count(s)")
        self._take(text, atom=False)
        if self.pattern[self.position : self.position + 1] == "?":
            self._take("?", atom=False)

    def _open(self, rest: str) -> None:
        if rest.startswith("(?#"):
            raise FeatureNotSupported("a comment in a regular expression")
        if rest.startswith("(?"):
            found = _GROUP.match(rest)
            if found is None:
                raise invalid("quantifier operand invalid")
            if found[0] != "(?:" and re.search(r"\((?!\?)", rest):
                raise FeatureNotSupported(
                    "a group in or after a lookaround of a regular expression; "
                    "write (?: ... )"
                )
            opening = found[0]
        else:
            opening = "("
            self.groups += 1
        self.depth += 1
        self._take(opening, atom=False)

    def _escape(self, rest: str) -> None:
        sign = rest[1:2]
        if not sign:
            raise invalid("invalid escape \\ sequence")
        if not sign.isalnum() or not sign.isascii():
            self._take(rest[:2])
        elif sign in "123456789":
            if rest[2:3].isdigit() or int(sign) > self.groups:
                raise invalid("invalid backreference number")
            self._take(rest[:2])
        else:
            self._letter(rest, sign, bracket=False)

    def _letter(self, rest: str, sign: str, bracket: bool) -> None:
        code = re.match(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))", rest)
        if code:
            number = int(code[1] or code[2], 16)
            self._take(code[0], f"\\x{{{number:x}}}")
        elif sign in "x0c":
            raise FeatureNotSupported(f"\\{sign} in a regular expression")
        elif sign not in _ESCAPES or (bracket and sign in "AZyYmM"):
            raise invalid("invalid escape \\ sequence")
        elif bracket and sign in "dD":
            if sign == "D":
                raise FeatureNotSupported("\\D in brackets of a regular expression")
            self._take(rest[:2], "0-9")
        else:
            constraint = sign in "AZyYmM"
            self._take(rest[:2], _ESCAPES[sign], atom=not constraint)

    def _bracket(self, rest: str) -> None:
        if rest.startswith(("[[:<:]]", "[[:>:]]")):
            word = _ESCAPES["m" if rest[3] == "<" else "M"]
            self._take(rest[:7], word, atom=False)
            return
        start = 2 if rest.startswith("[^") else 1
        opening = rest[:start] + ("\\n" if start == 2 and self.lines else "")
        self._take(rest[:start], opening)
        if rest[start : start + 1] == "]":
            self._take("]", r"\]")
        while True:
            inner = self.pattern[self.position :]
            if not inner:
                raise invalid("brackets [] not balanced")
            if inner[0] == "]":
                break
            self._in_bracket(inner)
        self._take("]")

    def _in_bracket(self, inner: str) -> None:
        found = _CLASS.match(inner)
        if found:
            self._take(found[0], "0-9" if found[0] == "[:digit:]" else None)
        elif inner.startswith(("[.", "[=", "[:")):
            raise FeatureNotSupported("a collating element in a regular expression")
        elif inner[0] == "[":
            self._take("[", r"\[")
        elif inner[0] == "\\" and inner[1:2].isalpha():
            self._letter(inner, inner[1], bracket=True)
        elif inner[0] == "\\" and len(inner) > 1:
            self._take(inner[:2])
        else:
            self._take(inner[0])


def similar_to_are(pattern: str, escape: str = "\\") -> str:
    """The regular expression of a SIMILAR TO pattern, as PostgreSQL makes it."""
    parts: list[str] = []
    signs = iter(pattern)
    in_brackets = False
    for sign in signs:
        if escape and sign == escape:
            following = next(signs, "")
            if following == '"':
                raise FeatureNotSupported('an escaped " in SIMILAR TO')
            parts.append("\\" + following if following else "\\")
        elif in_brackets:
            parts.append("\\\\" if sign == "\\" else sign)
            in_brackets = sign != "]"
        elif sign == "[":
            in_brackets = True
            parts.append("[")
        elif sign in "%_":
            parts.append(".*" if sign == "%" else ".")
        elif sign == "(":
            parts.append("(?:")
        else:
            parts.append("\\" + sign if sign in "\\.^$" else sign)
    return f"^(?:{''.join(parts)})$"
