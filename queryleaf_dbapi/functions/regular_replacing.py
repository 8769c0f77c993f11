"""Texts taken apart and put together at the matches of a regular expression."""

from __future__ import annotations

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.functions.arguments import Integer, Text, optional
from queryleaf_dbapi.functions.patterns import option_text
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.functions.registry import function, literal, mql
from queryleaf_dbapi.functions.regular_texts import (
    all_matches,
    first_match,
    flags_of,
    from_position,
    none_empty,
)
from queryleaf_dbapi.functions.text import TO_THE_END
from queryleaf_dbapi.functions.variables import constant_integer, constant_text, let
from queryleaf_dbapi.plan.signature import Mql
from queryleaf_dbapi.types import TEXT, array_of


def _between(text: Mql, start: Mql, end: Mql) -> Mql:
    return mql("$substrCP", text, start, mql("$subtract", end, start))


@function(
    "REGEXP_SPLIT_TO_ARRAY",
    args=[Text, Text, optional(Text)],
    returns=array_of(TEXT),
    examples={
        "REGEXP_SPLIT_TO_ARRAY('a1b22c', '[0-9]+')": ["a", "b", "c"],
        "REGEXP_SPLIT_TO_ARRAY('abc', 'x')": ["abc"],
        "REGEXP_SPLIT_TO_ARRAY(NULL, 'x')": None,
    },
)
def regexp_split_to_array(text: Mql, pattern: Mql, flags: Mql = None) -> Mql:
    """The texts between the matches of the regular expression."""
    options = flags_of("regexp_split_to_array", flags)

    def build(text: Mql, matches: Mql) -> Mql:
        part = _between(text, "$$value.end", "$$this.idx")
        done = {
            "$reduce": {
                "input": matches,
                "initialValue": {"parts": [], "end": 0},
                "in": {
                    "parts": mql("$concatArrays", "$$value.parts", [part]),
                    "end": mql("$add", "$$this.idx", mql("$strLenCP", "$$this.match")),
                },
            }
        }
        rest = mql("$substrCP", text, "$$done.end", TO_THE_END)
        split = let(
            lambda done: mql("$concatArrays", f"{done}.parts", [rest]), done=done
        )
        return none_empty(matches, split)

    return let(
        lambda text: let(
            lambda matches: build(text, matches),
            matches=all_matches(text, pattern, options),
        ),
        text=text,
    )


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
            inside = mql("$gte", mql("$size", "$$this.captures"), int(following))
            group = mql("$arrayElemAt", "$$this.captures", int(following) - 1)
            parts.append(mql("$ifNull", mql("$cond", inside, group, ""), ""))
        elif sign == "\\" and following != "\\":
            parts.append(literal(sign + following))
        else:
            parts.append(literal(sign))
    return {"$concat": parts}


def _replaced(text: Mql, matches: Mql, replacement: Mql) -> Mql:
    untouched = _between(text, "$$value.end", "$$this.idx")
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
    return let(lambda done: mql("$concat", f"{done}.text", rest), done=done)


@function(
    "REGEXP_REPLACE",
    args=[Text, Text, Text, optional(Text)],
    returns=TEXT,
    parsed_as="RegexpReplace(this, expression, replacement, position, occurrence, "
    "modifiers, single_replace=True)",
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
    options = flags_of("regexp_replace", flags, allows_global=True)
    everywhere = "g" in option_text(flags)

    def build(text: Mql, replacement: Mql) -> Mql:
        if everywhere:
            found = all_matches(text, pattern, options)
        else:
            first = first_match(text, pattern, options)
            found = let(
                lambda found: mql("$cond", mql("$gt", found, None), [found], []),
                found=first,
            )

        def finish(matches: Mql) -> Mql:
            result = _replaced(text, matches, replacement)
            return none_empty(matches, result) if everywhere else result

        return let(finish, matches=found)

    return let(build, text=text, replacement=replacement)


@function(
    "REGEXP_REPLACE",
    args=[Text, Text, Text, Integer, optional(Integer), optional(Text)],
    returns=TEXT,
    examples={"REGEXP_REPLACE('abcabc', 'b', 'X', 1, 2)": "abcaXc"},
)
def regexp_replace_from(
    text: Mql,
    pattern: Mql,
    replacement: Mql,
    start: Mql,
    occurrence: Mql = 1,
    flags: Mql = None,
) -> Mql:
    """The nth match from a start position on replaced, all of them for 0."""
    options = flags_of("regexp_replace", flags, allows_global=True)
    count = constant_integer(occurrence)
    if count is None:
        raise FeatureNotSupported("a computed number of a match")

    def build(text: Mql, replacement: Mql, start: Mql) -> Mql:
        head = mql("$substrCP", text, 0, mql("$subtract", start, 1))
        tail = from_position(text, start)

        def finish(matches: Mql) -> Mql:
            chosen = matches
            if count:
                size = mql("$size", matches)
                one = mql("$slice", matches, count - 1, 1)
                chosen = mql("$cond", mql("$gte", size, count), one, [])
            result = let(
                lambda tail, chosen: _replaced(tail, chosen, replacement),
                tail=tail,
                chosen=chosen,
            )
            return none_empty(matches, mql("$concat", head, result))

        return let(finish, matches=all_matches(text, pattern, options, start))

    return let(build, text=text, replacement=replacement, start=start)
