r"""Conditions on patterns: LIKE, SIMILAR TO and regular expressions.

A constant pattern, or a parameter, becomes a PCRE pattern before the command is sent.
A computed one is taken apart on the server: by `$regexFindAll` into its signs, put
together again in PCRE's spelling. Signs that PostgreSQL reads in another way there
are an error, never a guess.
"""

from __future__ import annotations

from queryleaf_dbapi.errors import DataError, FeatureNotSupported
from queryleaf_dbapi.functions.arguments import Text, optional
from queryleaf_dbapi.functions.raising import raise_unless, raising
from queryleaf_dbapi.functions.registry import function, literal, mql
from queryleaf_dbapi.functions.regular import (
    UNICODE,
    are_to_pcre,
    server_options,
    similar_to_are,
)
from queryleaf_dbapi.functions.variables import constant_text, is_not_null, let
from queryleaf_dbapi.plan.signature import Argument, Deferred, Mql, Nulls
from queryleaf_dbapi.types import BOOLEAN, Family

# the part of PostgreSQL's language that PCRE reads alike, sign by sign
_SAME_SIGNS = (
    r"\\(?:[swSW]|[^A-Za-z0-9])"
    r"|\[\^?\]?[^\]\[\\]+\]"
    r"|\((?:\?[:=!])?"
    r"|(?<![(|*+?}^])[*+?](?![*+])(?<!^.)|(?<=[*+?}])\?(?![*+?])"
    r"|(?<![(|*+?}^])\{[0-9]{1,2}(?:,[0-9]{0,2})?\}(?![*+{])"
    r"|[^\\\[\](){}*+?]|\)"
)


def option_text(flags: Mql) -> str:
    """The constant flags of a regular expression."""
    known = "" if flags is None else constant_text(flags)
    if known is None:
        raise FeatureNotSupported("flags of a regular expression must be a constant")
    return known


def regex_of(pattern: Mql, flags: str) -> tuple[Mql, str]:
    """The pattern in PCRE's spelling and the server's options."""
    options = server_options(flags)
    known = constant_text(pattern)
    if known is not None:
        translated, options = are_to_pcre(known, options)
        return literal(translated), options
    if isinstance(pattern, Deferred):

        def translate(text: str) -> str:
            found, own = are_to_pcre(text, options)
            if own != options:
                raise FeatureNotSupported(
                    "(?...) options in a parameter; give them as flags"
                )
            return found

        return pattern.changed(translate), options
    return computed_regex(pattern, lines="m" in options), options


def computed_regex(pattern: Mql, lines: bool = False) -> Mql:
    """A computed pattern, checked sign by sign; only `$` is another sign in PCRE."""
    end = "$" if lines else r"\z"
    sign = mql("$cond", mql("$eq", "$$this.match", literal("$")), end, "$$this.match")

    def build(pattern: Mql, signs: Mql) -> Mql:
        read = {
            "$reduce": {"input": signs, "initialValue": UNICODE, "in": _joined(sign)}
        }
        size = mql("$sum", _map(signs, mql("$strLenCP", "$$this.match")))
        whole = mql("$eq", size, mql("$strLenCP", pattern))
        return raise_unless(
            mql("$and", whole, mql("$ne", mql("$substrCP", pattern, 0, 3), "***")),
            read,
            "0A000",
            "a computed regular expression with signs that are not supported there",
        )

    def find(pattern: Mql) -> Mql:
        found = mql("$regexFindAll", input=pattern, regex=_SAME_SIGNS, options="s")
        return let(lambda signs: build(pattern, signs), signs=found)

    return let(find, pattern=pattern)


def _joined(sign: Mql) -> Mql:
    return mql("$concat", "$$value", sign)


def _map(values: Mql, each: Mql) -> Mql:
    return {"$map": {"input": values, "in": each}}


@function(
    "REGEXP_LIKE",
    args=[Text, Text, optional(Text)],
    returns=BOOLEAN,
    parsed_as="RegexpLike(this, expression, flag)",
    examples={
        "REGEXP_LIKE('Hello World', 'world$', 'i')": True,
        "REGEXP_LIKE('abc', '^b')": False,
        "'foo bar' ~ '\\mbar'": True,
        "REGEXP_LIKE('abc', NULL)": None,
    },
)
def regexp_like(text: Mql, pattern: Mql, flags: Mql = None) -> Mql:
    """Whether the regular expression matches somewhere in the text; `~` is the
    operator."""
    given = option_text(flags)
    if "g" in given:
        error = DataError('regexp_like() does not support the "global" option')
        error.sqlstate = "22023"
        raise error
    regex, options = regex_of(pattern, given)
    return mql("$regexMatch", input=text, regex=regex, options=options)


@function(
    "~*",
    args=[Text, Text],
    returns=BOOLEAN,
    symbol="~*",
    examples={"'Hello' ~* '^h'": True, "'Hello' ~* NULL": None},
)
def matches_folded(text: Mql, pattern: Mql) -> Mql:
    """Whether the regular expression matches, whatever the case of letters."""
    return regexp_like.body(text, pattern, "i")


@function(
    "SIMILAR TO",
    args=[Text, Text, optional(Text)],
    returns=BOOLEAN,
    symbol="SIMILAR TO",
    examples={
        "'abc' SIMILAR TO '%(b|d)%'": True,
        "'abc' SIMILAR TO '(b|c)%'": False,
        "'abc' SIMILAR TO NULL": None,
    },
)
def similar_to(text: Mql, pattern: Mql, escape: Mql = "\\") -> Mql:
    """Whether the whole text fits the pattern of the SQL standard: `%`, `_` and the
    signs of regular expressions. The pattern is a constant or parameter."""
    sign = constant_text(escape)
    known = constant_text(pattern)
    if sign is None or len(sign) > 1:
        raise FeatureNotSupported("ESCAPE other than one constant character")

    def translate(text: str) -> str:
        return are_to_pcre(similar_to_are(text, sign), "s")[0]

    if known is not None:
        regex = literal(translate(known))
    elif isinstance(pattern, Deferred):
        regex = pattern.changed(translate)
    else:
        raise FeatureNotSupported(
            "SIMILAR TO a pattern that is not a constant or parameter"
        )
    return mql("$regexMatch", input=text, regex=regex, options="s")


def _quoted(text: Mql) -> Mql:
    r"""The text between \Q and \E, where PCRE reads no sign."""
    inner = mql("$replaceAll", input=text, find="\\E", replacement="\\E\\\\E\\Q")
    return mql("$concat", "\\Q", inner, "\\E")


def like_regex(pattern: Mql, escape: str) -> Mql:
    """The regular expression of a computed LIKE pattern, as `mongo.like` makes it of
    a constant one: an atomic group for each run between two `%`."""
    sign = "".join(f"\\x{{{ord(each):x}}}" for each in escape)
    lone = f"|{sign}\\z" if escape else ""
    tokens = f"%|_|{sign}(.){lone}|[^%_{sign}]+" if escape else "%|_|[^%_]+"
    token = "$$this.match"
    escaped = _quoted(mql("$first", "$$this.captures"))
    plain = _quoted(token)
    branches = [{"case": mql("$eq", token, "_"), "then": "."}]
    if escape:
        failure = raising("22025", "LIKE pattern must not end with escape character")
        branches += [
            {"case": mql("$eq", token, literal(escape)), "then": failure},
            {
                "case": mql("$eq", mql("$substrCP", token, 0, 1), literal(escape)),
                "then": escaped,
            },
        ]
    run = mql(
        "$concat", "$$value.run", {"$switch": {"branches": branches, "default": plain}}
    )
    opened = mql(
        "$cond",
        mql("$eq", "$$value.head", ""),
        mql("$concat", "^", "$$value.run"),
        mql("$concat", "$$value.head", "(?>.*?", "$$value.run", ")"),
    )
    is_run = mql("$eq", token, "%")
    read = {
        "$reduce": {
            "input": mql("$regexFindAll", input=pattern, regex=tokens, options="s"),
            "initialValue": {"head": "", "run": ""},
            "in": {
                "head": mql("$cond", is_run, opened, "$$value.head"),
                "run": mql("$cond", is_run, "", run),
            },
        }
    }
    return let(
        lambda read: mql(
            "$cond",
            mql("$eq", "$$read.head", ""),
            mql("$concat", "^", "$$read.run", "\\z"),
            mql("$concat", "$$read.head", ".*", "$$read.run", "\\z"),
        ),
        read=read,
    )


def like_computed(text: Mql, pattern: Mql, escape: str, options: str) -> Mql:
    """LIKE with a pattern that only the data knows; neither side is NULL."""
    regex = like_regex(pattern, escape)
    # not mql(): it would leave out a constant NULL, which the caller's guard answers
    return {"$regexMatch": {"input": text, "regex": regex, "options": options}}


_ARRAY_OF_TEXT = Argument("text[]", frozenset({Family.ARRAY}), None)
_WAYS = tuple(
    f"{negation}{name} {how}"
    for negation in ("", "not ")
    for name in ("like", "ilike")
    for how in ("any", "all")
)


@function(
    "LIKE ANY",
    args=[Argument("way", words=_WAYS), Text, _ARRAY_OF_TEXT],
    returns=BOOLEAN,
    nulls=Nulls.CUSTOM,
    may_return_null=True,
    examples={
        "'abc' LIKE ANY (STRING_TO_ARRAY('x,a%', ','))": True,
        "'abc' LIKE ALL (STRING_TO_ARRAY('x,a%', ','))": False,
        "NULL LIKE ANY (STRING_TO_ARRAY('x,a%', ','))": None,
    },
)
def like_any(way: str, text: Mql, patterns: Mql) -> Mql:
    """LIKE ANY and LIKE ALL over an array: NULL patterns count as in OR and AND."""
    options = "si" if "ilike" in way else "s"
    decisive = way.endswith("any")

    def build(text: Mql, patterns: Mql) -> Mql:
        fits = like_computed(text, "$$pattern", "\\", options)
        if way.startswith("not"):
            fits = mql("$not", [fits])
        known = mql("$and", is_not_null(text), is_not_null("$$pattern"))
        each = mql("$cond", known, fits, None)
        answers = {"$map": {"input": patterns, "as": "pattern", "in": each}}
        return mql(
            "$cond",
            is_not_null(patterns),
            let(decide, answers=answers),
            None,
        )

    def decide(answers: Mql) -> Mql:
        unknown = mql("$cond", mql("$in", None, answers), None, not decisive)
        return mql("$cond", mql("$in", decisive, answers), decisive, unknown)

    return let(build, text=text, patterns=patterns)
