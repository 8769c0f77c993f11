r"""What regular expressions find in a text: parts, counts, places, replacements.

PostgreSQL takes the longest match, PCRE the first: a pattern for which the two may be
different texts is refused here (`longest.py`), not in conditions.
"""

from __future__ import annotations

from queryleaf_dbapi.errors import DataError, FeatureNotSupported
from queryleaf_dbapi.functions.arguments import Integer, Text, optional
from queryleaf_dbapi.functions.longest import agrees_on_the_text
from queryleaf_dbapi.functions.patterns import computed_regex, option_text
from queryleaf_dbapi.functions.raising import raise_unless, raising
from queryleaf_dbapi.functions.registry import function, literal, mql
from queryleaf_dbapi.functions.regular import are_to_pcre, server_options
from queryleaf_dbapi.functions.text import TO_THE_END
from queryleaf_dbapi.functions.variables import constant_integer, constant_text, let
from queryleaf_dbapi.plan.signature import Deferred, Mql
from queryleaf_dbapi.types import INTEGER, TEXT, array_of

_CHOICES = r"\||[*+?}]\?|\)[*+?{]"
_LOOKS_BEHIND = ("^", r"\b", r"\B", r"\A", "(?<")


def _translated(pattern: str, options: str, inside: bool) -> str:
    found, own = are_to_pcre(pattern, options)
    if own != options:
        raise FeatureNotSupported("(?...) options here; give them as flags")
    if not agrees_on_the_text(found, "i" in options):
        raise FeatureNotSupported(
            "a regular expression in which PostgreSQL's longest match may be another "
            "than the first one, outside of conditions"
        )
    if inside and any(sign in found for sign in _LOOKS_BEHIND):
        raise FeatureNotSupported(
            "a start position beside a pattern that looks behind it (^, \\m, (?<=)"
        )
    return found


def _regex(pattern: Mql, options: str, inside: bool) -> Mql:
    known = constant_text(pattern)
    if known is not None:
        return literal(_translated(known, options, inside))
    if isinstance(pattern, Deferred):
        return pattern.changed(lambda text: _translated(text, options, inside))
    if inside or "i" in options:
        raise FeatureNotSupported("a start or flags beside a computed pattern")

    def build(pattern: Mql) -> Mql:
        chooses = mql("$regexMatch", input=pattern, regex=_CHOICES)
        return raise_unless(
            mql("$not", [chooses]),
            computed_regex(pattern, lines="m" in options),
            "0A000",
            "a computed regular expression with choices, outside of conditions",
        )

    return let(build, pattern=pattern)


def flags_of(name: str, flags: Mql, allows_global: bool = False) -> str:
    """The server's options for constant flags."""
    given = option_text(flags)
    if "g" in given and not allows_global:
        error = DataError(f'{name}() does not support the "global" option')
        error.sqlstate = "22023"
        raise error
    return server_options(given)


def from_position(text: Mql, start: Mql) -> Mql:
    """The text from a start position on."""
    if start is None or constant_integer(start) == 1:
        return text
    place = mql("$subtract", start, 1)
    return raise_unless(
        mql("$gt", start, 0),
        mql("$substrCP", text, place, TO_THE_END),
        "22023",
        "invalid value for parameter: start must be greater than zero",
    )


def first_match(text: Mql, pattern: Mql, options: str) -> Mql:
    """The first match, null for none."""
    regex = _regex(pattern, options, inside=False)
    return mql("$regexFind", input=text, regex=regex, options=options)


def all_matches(text: Mql, pattern: Mql, options: str, start: Mql = None) -> Mql:
    """All matches, from a start position on."""
    inside = start is not None and constant_integer(start) != 1
    regex = _regex(pattern, options, inside)
    return mql(
        "$regexFindAll", input=from_position(text, start), regex=regex, options=options
    )


def none_empty(matches: Mql, result: Mql) -> Mql:
    """The result, unless a match is empty: the server does not find all of those."""
    empty = mql("$in", "", f"{matches}.match")
    failure = raising("0A000", "a regular expression that matches the empty text")
    return mql("$cond", empty, failure, result)


@function(
    "REGEXP_COUNT",
    args=[Text, Text, optional(Integer), optional(Text)],
    returns=INTEGER,
    parsed_as="RegexpCount(this, expression, position, parameters)",
    examples={
        "REGEXP_COUNT('ABCABCAXYaxy', 'A.')": 3,
        "REGEXP_COUNT('ABCABCAXYaxy', 'A.', 1, 'i')": 4,
        "REGEXP_COUNT(NULL, 'x')": None,
    },
)
def regexp_count(text: Mql, pattern: Mql, start: Mql = None, flags: Mql = None) -> Mql:
    """How many times the regular expression matches, from a start position on."""
    options = flags_of("regexp_count", flags)
    return let(
        lambda matches: none_empty(matches, mql("$size", matches)),
        matches=all_matches(text, pattern, options, start),
    )


def _nth(text: Mql, pattern: Mql, options: str, start: Mql, occurrence: Mql) -> Mql:
    """The nth match from a start position on, null for none."""
    if start is None:
        return first_match(text, pattern, options)
    matches = all_matches(text, pattern, options, start)
    index = mql("$subtract", occurrence, 1)
    found = let(
        lambda matches: none_empty(
            matches,
            mql(
                "$cond",
                mql("$gt", mql("$size", matches), index),
                mql("$arrayElemAt", matches, index),
                None,
            ),
        ),
        matches=matches,
    )
    return raise_unless(
        mql("$gt", occurrence, 0),
        found,
        "22023",
        "invalid value for parameter: n must be greater than zero",
    )


@function(
    "REGEXP_SUBSTR",
    args=[
        *(Text, Text, optional(Integer), optional(Integer)),
        *(optional(Text), optional(Integer)),
    ],
    returns=TEXT,
    parsed_as="RegexpSubstr(this, expression, position, occurrence, parameters, group)",
    may_return_null=True,
    examples={
        "REGEXP_SUBSTR('number of your street, 7a', '[0-9][a-z]')": "7a",
        "REGEXP_SUBSTR('abcabd', 'ab.', 1, 2)": "abd",
        "REGEXP_SUBSTR('abc', 'x')": None,
        "REGEXP_SUBSTR('abc', NULL)": None,
    },
)
def regexp_substr(
    text: Mql,
    pattern: Mql,
    start: Mql = None,
    occurrence: Mql = 1,
    flags: Mql = None,
    group: Mql = 0,
) -> Mql:
    """The first part that the regular expression matches, or the nth one from a start
    position on, or a group of it; NULL for none."""
    options = flags_of("regexp_substr", flags)
    found = _nth(text, pattern, options, start, occurrence)
    return let(lambda found: _group(found, group), found=found)


def _group(found: Mql, group: Mql) -> Mql:
    known = constant_integer(group)
    if known is None:
        raise FeatureNotSupported("a computed number of a group")
    if known < 0:
        error = DataError('invalid value for parameter "subexpr"')
        error.sqlstate = "22023"
        raise error
    if not known:
        return f"{found}.match"
    captures = mql("$ifNull", f"{found}.captures", [])
    inside = mql("$gte", mql("$size", captures), known)
    return mql("$cond", inside, mql("$arrayElemAt", captures, known - 1), None)


@function(
    "REGEXP_INSTR",
    args=[
        *(Text, Text, optional(Integer), optional(Integer)),
        *(optional(Integer), optional(Text)),
    ],
    returns=INTEGER,
    parsed_as="RegexpInstr(this, expression, position, occurrence, option, parameters)",
    examples={
        "REGEXP_INSTR('ABCABC', 'B')": 2,
        "REGEXP_INSTR('ABCABC', 'B', 1, 2)": 5,
        "REGEXP_INSTR('abc', 'x')": 0,
        "REGEXP_INSTR(NULL, 'x')": None,
    },
)
def regexp_instr(
    text: Mql,
    pattern: Mql,
    start: Mql = None,
    occurrence: Mql = 1,
    behind: Mql = 0,
    flags: Mql = None,
) -> Mql:
    """Where the nth match begins, or with 1 as fifth argument where the text behind
    it does; 0 for none."""
    options = flags_of("regexp_instr", flags)
    after = constant_integer(behind)
    if after not in (0, 1):
        raise FeatureNotSupported("an end option other than a constant 0 or 1")

    def build(found: Mql) -> Mql:
        place = mql("$add", f"{found}.idx", 1 if start is None else start)
        if after:
            place = mql("$add", place, mql("$strLenCP", f"{found}.match"))
        return mql("$cond", mql("$gt", found, None), place, 0)

    return let(build, found=_nth(text, pattern, options, start, occurrence))


@function(
    "REGEXP_MATCH",
    args=[Text, Text, optional(Text)],
    returns=array_of(TEXT),
    may_return_null=True,
    examples={
        "REGEXP_MATCH('foobarbequebaz', '(bar)(beque)')": ["bar", "beque"],
        "REGEXP_MATCH('foobarbequebaz', 'bar.*que')": ["barbeque"],
        "REGEXP_MATCH('abc', 'x')": None,
    },
)
def regexp_match(text: Mql, pattern: Mql, flags: Mql = None) -> Mql:
    """The groups of the first match, the whole match where the pattern has none."""
    options = flags_of("regexp_match", flags)

    def build(found: Mql) -> Mql:
        groups = f"{found}.captures"
        whole = mql("$eq", groups, [])
        return mql(
            "$cond",
            mql("$gt", found, None),
            mql("$cond", whole, [f"{found}.match"], groups),
            None,
        )

    return let(build, found=first_match(text, pattern, options))


@function(
    "SUBSTRING",
    args=[Text, Text],
    returns=TEXT,
    aliases=["SUBSTR"],
    may_return_null=True,
    examples={
        "SUBSTRING('foobar' FROM 'o.b')": "oob",
        "SUBSTRING('foobar' FROM 'o(.)b')": "o",
        "SUBSTRING('foobar' FROM 'x')": None,
    },
)
def substring_matching(text: Mql, pattern: Mql) -> Mql:
    """The part that the regular expression matches, or that its first group does."""

    def build(found: Mql) -> Mql:
        groups = f"{found}.captures"
        whole = mql("$eq", groups, [])
        first = mql("$arrayElemAt", groups, 0)
        return mql(
            "$cond",
            mql("$gt", found, None),
            mql("$cond", whole, f"{found}.match", first),
            None,
        )

    return let(build, found=first_match(text, pattern, "s"))


@function("SUBSTRING", args=[Text, Text, Text], returns=TEXT, aliases=["SUBSTR"])
def substring_similar(text: Mql, pattern: Mql, escape: Mql) -> Mql:
    """Refused: the SQL standard's SUBSTRING with a separator sign."""
    raise FeatureNotSupported("SUBSTRING(... FROM pattern FOR escape)")
