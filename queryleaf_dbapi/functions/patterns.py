r"""Regular expressions: PostgreSQL's, run by the server's PCRE.

A constant pattern is rewritten where both read a sign differently: `$` is only the
very end of the text, `\m`, `\M` and `\y` are word boundaries. What decides by the
longest match in PostgreSQL and by the first alternative in PCRE is refused where it
matters, that is where the matched text itself is the answer.
"""

from __future__ import annotations

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.functions.arguments import Text, optional
from queryleaf_dbapi.functions.raising import raise_unless, raising
from queryleaf_dbapi.functions.registry import function, literal, mql
from queryleaf_dbapi.functions.text import TO_THE_END
from queryleaf_dbapi.functions.variables import constant_text, let
from queryleaf_dbapi.plan.signature import Mql
from queryleaf_dbapi.types import BOOLEAN, INTEGER, TEXT

_ESCAPES = {"Z": r"\z", "y": r"\b", "Y": r"\B", "m": r"\b(?=\w)", "M": r"\b(?<=\w)"}


def _pcre(pattern: str, *, lines: bool, decides_text: bool) -> str:
    """The pattern in PCRE's spelling; refuses what both would match differently."""
    parts: list[str] = []
    in_brackets = False
    position = 0
    while position < len(pattern):
        sign = pattern[position]
        if sign == "\\":
            following = pattern[position + 1 : position + 2]
            kept = in_brackets or following not in _ESCAPES
            parts.append(sign + following if kept else _ESCAPES[following])
            position += 2
            continue
        if in_brackets:
            in_brackets = sign != "]" or parts[-1] in ("[", "[^")
        elif sign == "[":
            in_brackets = True
            if pattern[position + 1 : position + 2] == "^":
                sign, position = "[^", position + 1
        elif sign == "$" and not lines:
            sign = r"\z"
        elif decides_text and (sign == "|" or _is_lazy(pattern, position)):
            raise FeatureNotSupported(
                "a regular expression with | or a non-greedy quantifier is supported "
                "in conditions only: PostgreSQL takes the longest match"
            )
        parts.append(sign)
        position += 1
    return "".join(parts)


def _is_lazy(pattern: str, position: int) -> bool:
    return pattern[position] == "?" and pattern[position - 1 : position] in set("*+?}")


def _options(flags: Mql) -> tuple[str, bool]:
    """The server's options, and whether `^` and `$` see lines."""
    known = "" if flags is None else constant_text(flags)
    if known is None or set(known) - set("cginsx"):
        raise FeatureNotSupported(
            "flags of a regular expression are a constant out of c, g, i, n, s, x"
        )
    lines = "n" in known
    options = "m" if lines else "s"
    return options + "".join(sign for sign in "ix" if sign in known), lines


def _regex(pattern: Mql, flags: Mql, *, decides_text: bool) -> tuple[Mql, str]:
    options, lines = _options(flags)
    known = constant_text(pattern)
    if known is None:
        return pattern, options
    return literal(_pcre(known, lines=lines, decides_text=decides_text)), options


@function(
    "REGEXP_LIKE",
    args=[Text, Text, optional(Text)],
    returns=BOOLEAN,
    parsed_as="RegexpLike(this, expression, flag)",
    examples={
        "REGEXP_LIKE('Hello World', 'world$', 'i')": True,
        "REGEXP_LIKE('abc', '^b')": False,
        "REGEXP_LIKE('abc', NULL)": None,
    },
)
def regexp_like(text: Mql, pattern: Mql, flags: Mql = None) -> Mql:
    """Whether the regular expression matches somewhere in the text."""
    regex, options = _regex(pattern, flags, decides_text=False)
    return mql("$regexMatch", input=text, regex=regex, options=options)


def _matches(text: Mql, pattern: Mql, flags: Mql) -> Mql:
    regex, options = _regex(pattern, flags, decides_text=True)
    return mql("$regexFindAll", input=text, regex=regex, options=options)


def _none_empty(matches: Mql, result: Mql) -> Mql:
    """The result, unless a match is empty: the server does not find all of those."""
    empty = mql("$in", "", f"{matches}.match")
    failure = raising("0A000", "a regular expression that matches the empty text")
    return mql("$cond", empty, failure, result)


@function(
    "REGEXP_COUNT",
    args=[Text, Text],
    returns=INTEGER,
    parsed_as="RegexpCount(this, expression)",
    examples={
        "REGEXP_COUNT('ABCABCAXYaxy', 'A.')": 3,
        "REGEXP_COUNT('abc', 'x')": 0,
        "REGEXP_COUNT(NULL, 'x')": None,
    },
)
def regexp_count(text: Mql, pattern: Mql) -> Mql:
    """How many times the regular expression matches."""
    return let(
        lambda matches: _none_empty(matches, mql("$size", matches)),
        matches=_matches(text, pattern, None),
    )


@function(
    "REGEXP_SUBSTR",
    args=[Text, Text],
    returns=TEXT,
    parsed_as="RegexpSubstr(this, expression)",
    may_return_null=True,
    examples={
        "REGEXP_SUBSTR('number of your street, 7a', '[0-9][a-z]')": "7a",
        "REGEXP_SUBSTR('abc', 'x')": None,
        "REGEXP_SUBSTR('abc', NULL)": None,
    },
)
def regexp_substr(text: Mql, pattern: Mql) -> Mql:
    """The first part that the regular expression matches, NULL for none."""
    regex, options = _regex(pattern, None, decides_text=True)
    return {
        "$let": {
            "vars": {
                "found": mql("$regexFind", input=text, regex=regex, options=options)
            },
            "in": "$$found.match",
        }
    }


def _replacement(replacement: Mql) -> Mql:
    r"""What stands for `$$this`, a match: `\1` is a group, `\&` the whole match."""
    known = constant_text(replacement)
    if known is None:
        return raise_unless(
            mql("$lt", mql("$indexOfBytes", replacement, "\\"), 0),
            replacement,
            "0A000",
            "a backslash in a computed replacement",
        )
    parts: list[Mql] = [""]
    signs = iter(known)
    for sign in signs:
        following = next(signs, "") if sign == "\\" else ""
        if following == "&":
            parts.append("$$this.match")
        elif following.isdigit() and following != "0":
            group = mql("$arrayElemAt", "$$this.captures", int(following) - 1)
            parts.append(mql("$ifNull", group, ""))
        else:
            parts.append(literal(following or sign))
    return {"$concat": parts}


@function(
    "REGEXP_REPLACE",
    args=[Text, Text, Text, optional(Text)],
    returns=TEXT,
    parsed_as="RegexpReplace(this, expression, replacement, modifiers, "
    "single_replace=True)",
    examples={
        "REGEXP_REPLACE('Thomas', '.[mN]a.', 'M')": "ThM",
        "REGEXP_REPLACE('foobarbaz', 'b..', 'X', 'g')": "fooXX",
        "REGEXP_REPLACE('foobarbaz', 'b(..)', 'X\\1Y', 'g')": "fooXarYXazY",
        "REGEXP_REPLACE('abc', NULL, 'x')": None,
    },
)
def regexp_replace(text: Mql, pattern: Mql, replacement: Mql, flags: Mql = None) -> Mql:
    """The first match replaced, each one with flag g; `\\1` in the replacement is
    a group of the pattern and `\\&` the whole match."""
    everywhere = "g" in (constant_text(flags) or "")

    def build(text: Mql, replacement: Mql) -> Mql:
        found = _matches(text, pattern, flags)
        if not everywhere:
            found = mql("$slice", found, 1)
        return let(lambda matches: replaced(text, matches, replacement), matches=found)

    def replaced(text: Mql, matches: Mql, replacement: Mql) -> Mql:
        between = mql("$subtract", "$$this.idx", "$$value.end")
        untouched = mql("$substrCP", text, "$$value.end", between)
        done = {
            "$reduce": {
                "input": matches,
                "initialValue": {"text": "", "end": 0},
                "in": {
                    "text": mql(
                        "$concat", "$$value.text", untouched, _replacement(replacement)
                    ),
                    "end": mql("$add", "$$this.idx", mql("$strLenCP", "$$this.match")),
                },
            }
        }
        rest = mql("$substrCP", text, "$$done.end", TO_THE_END)
        result = let(lambda done: mql("$concat", "$$done.text", rest), done=done)
        return _none_empty(matches, result) if everywhere else result

    return let(build, text=text, replacement=replacement)
