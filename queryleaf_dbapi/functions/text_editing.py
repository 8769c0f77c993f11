"""Text that is trimmed, padded, repeated or replaced.

The server has no loop: where its operators do not reach, `$reduce` goes over the
positions of a text, in time that grows with the square of its length.
"""

from __future__ import annotations

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.functions.arguments import Integer, Text, optional
from queryleaf_dbapi.functions.raising import raise_unless, raising
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.text import TO_THE_END
from queryleaf_dbapi.functions.variables import (
    constant_integer,
    constant_text,
    let,
)
from queryleaf_dbapi.plan.signature import Mql
from queryleaf_dbapi.types import TEXT


def _trimmed(operator: str, text: Mql, characters: Mql) -> Mql:
    # without `chars` the server trims tabs and line ends as well
    return mql(operator, input=text, chars=characters)


@function(
    "TRIM",
    args=[Text, optional(Text)],
    returns=TEXT,
    parsed_as=["Trim(this, expression)", "Trim(this, expression, position='BOTH')"],
    aliases=["BTRIM"],
    examples={
        "TRIM('  abc ')": "abc",
        "TRIM(BOTH 'xyz' FROM 'yxTomxx')": "Tom",
        "BTRIM('xyxtrimyyx', 'xyz')": "trim",
        "TRIM(NULL)": None,
    },
)
def trim(text: Mql, characters: Mql = " ") -> Mql:
    """The text without the given characters (blanks) at both ends."""
    return _trimmed("$trim", text, characters)


@function(
    "LTRIM",
    args=[Text, optional(Text)],
    returns=TEXT,
    parsed_as="Trim(this, expression, position='LEADING')",
    examples={
        "LTRIM('  abc ')": "abc ",
        "LTRIM('zzzytest', 'xyz')": "test",
        "TRIM(LEADING FROM ' a ')": "a ",
        "LTRIM(NULL)": None,
    },
)
def ltrim(text: Mql, characters: Mql = " ") -> Mql:
    """The text without the given characters (blanks) at its start."""
    return _trimmed("$ltrim", text, characters)


@function(
    "RTRIM",
    args=[Text, optional(Text)],
    returns=TEXT,
    parsed_as="Trim(this, expression, position='TRAILING')",
    examples={
        "RTRIM(' abc  ')": " abc",
        "RTRIM('testxxzx', 'xyz')": "test",
        "TRIM(TRAILING 'x' FROM 'axx')": "a",
        "RTRIM(NULL)": None,
    },
)
def rtrim(text: Mql, characters: Mql = " ") -> Mql:
    """The text without the given characters (blanks) at its end."""
    return _trimmed("$rtrim", text, characters)


_LONGEST = 16 << 20  # bytes: what a document holds
_TOO_LONG = "requested length too large: a text passes the server's 16 MB"


def repeated(text: Mql, count: Mql) -> Mql:
    """The text `count` times; both must be safe inside an iteration.

    It is doubled for each binary digit of the count, from the first, and one more is
    added where the digit is 1. A loop over the count would copy it that many times.
    """
    known, times = constant_text(text), constant_integer(count)
    if known is not None and times is not None:
        if len(known.encode()) * times > _LONGEST:  # folded, it would fail in advance
            return raising("54000", _TOO_LONG)
    if times is not None:
        digits: Mql = [digit == "1" for digit in f"{max(times, 0):b}"]
        is_one: Mql = "$$this"
    else:
        digits = [1 << bit for bit in reversed(range(31))]
        is_one = mql(
            "$gte", mql("$mod", count, mql("$multiply", "$$this", 2)), "$$this"
        )
    built = {
        "$reduce": {
            "input": digits,
            "initialValue": "",
            "in": mql("$concat", "$$value", "$$value", mql("$cond", is_one, text, "")),
        }
    }
    size = mql("$multiply", mql("$strLenBytes", text), count)
    if known is not None and times is not None:
        return built
    return raise_unless(mql("$lte", size, _LONGEST), built, "54000", _TOO_LONG)


def _filler(fill: Mql, width: Mql) -> Mql:
    """Exactly `width` characters of the repeated fill; nothing of an empty one."""
    size = mql("$max", mql("$strLenCP", fill), 1)
    times = mql("$toInt", mql("$ceil", mql("$divide", width, size)))
    return mql("$substrCP", repeated(fill, times), 0, width)


def _padded(text: Mql, width: Mql, fill: Mql, *, on_left: bool) -> Mql:
    def build(text: Mql, width: Mql, fill: Mql) -> Mql:
        kept = mql("$substrCP", text, 0, mql("$max", width, 0))
        lacking = mql("$subtract", width, mql("$strLenCP", text))

        def pad(lacking: Mql) -> Mql:
            filler = _filler(fill, lacking)
            parts = [filler, text] if on_left else [text, filler]
            return mql("$cond", mql("$gt", lacking, 0), mql("$concat", *parts), kept)

        return let(pad, lacking=lacking)

    return let(build, text=text, width=width, fill=fill)


@function(
    "LPAD",
    args=[Text, Integer, optional(Text)],
    returns=TEXT,
    parsed_as="Pad(this, expression, fill_pattern, is_left=True)",
    examples={
        "LPAD('hi', 5, 'xy')": "xyxhi",
        "LPAD('hi', 4)": "  hi",
        "LPAD('hello', 2)": "he",
        "LPAD('hi', 5, '')": "hi",
        "LPAD(NULL, 5)": None,
    },
)
def lpad(text: Mql, width: Mql, fill: Mql = " ") -> Mql:
    """The text filled up on the left to `width` characters, or cut to them."""
    return _padded(text, width, fill, on_left=True)


@function(
    "RPAD",
    args=[Text, Integer, optional(Text)],
    returns=TEXT,
    parsed_as="Pad(this, expression, fill_pattern, is_left=False)",
    examples={
        "RPAD('hi', 5, 'xy')": "hixyx",
        "RPAD('hi', 4)": "hi  ",
        "RPAD('hello', -1)": "",
        "RPAD('hi', NULL)": None,
    },
)
def rpad(text: Mql, width: Mql, fill: Mql = " ") -> Mql:
    """The text filled up on the right to `width` characters, or cut to them."""
    return _padded(text, width, fill, on_left=False)


@function(
    "REPEAT",
    args=[Text, Integer],
    returns=TEXT,
    parsed_as="Repeat(this, times)",
    examples={
        "REPEAT('Pg', 4)": "PgPgPgPg",
        "REPEAT('a', 0)": "",
        "REPEAT('a', -1)": "",
        "REPEAT(NULL, 2)": None,
    },
)
def repeat(text: Mql, count: Mql) -> Mql:
    """The text that many times; nothing for a count of 0 or less."""
    return let(repeated, text=text, count=count)


@function(
    "REVERSE",
    args=[Text],
    returns=TEXT,
    parsed_as="Reverse(this)",
    examples={"REVERSE('abcde')": "edcba", "REVERSE('')": "", "REVERSE(NULL)": None},
)
def reverse(text: Mql) -> Mql:
    """The characters in the opposite order."""

    def build(text: Mql) -> Mql:
        character = mql("$substrCP", text, "$$this", 1)
        return {
            "$reduce": {
                "input": mql("$range", 0, mql("$strLenCP", text)),
                "initialValue": "",
                "in": mql("$concat", character, "$$value"),
            }
        }

    return let(build, text=text)


@function(
    "REPLACE",
    args=[Text, Text, Text],
    returns=TEXT,
    parsed_as="Replace(this, expression, replacement)",
    examples={
        "REPLACE('abcdefabcdef', 'cd', 'XX')": "abXXefabXXef",
        "REPLACE('abc', '', 'x')": "abc",
        "REPLACE('abc', 'b', '')": "ac",
        "REPLACE('abc', NULL, 'x')": None,
    },
)
def replace(text: Mql, part: Mql, replacement: Mql) -> Mql:
    """The text with each occurrence of the part replaced."""
    if constant_text(part):
        return mql("$replaceAll", input=text, find=part, replacement=replacement)

    def build(text: Mql, part: Mql) -> Mql:
        # the server would insert the replacement between all characters
        replaced = mql("$replaceAll", input=text, find=part, replacement=replacement)
        return mql("$cond", mql("$eq", part, ""), text, replaced)

    return let(build, text=text, part=part)


@function(
    "TRANSLATE",
    args=[Text, Text, Text],
    returns=TEXT,
    parsed_as="Translate(this, from_, to)",
    examples={
        "TRANSLATE('12345', '143', 'ax')": "a2x5",
        "TRANSLATE('abc', '', 'x')": "abc",
        "TRANSLATE('abc', 'ab', 'ba')": "bac",
        "TRANSLATE(NULL, 'a', 'b')": None,
    },
)
def translate(text: Mql, old: Mql, new: Mql) -> Mql:
    """Each character that stands in `old` replaced by the one at the same place in
    `new`, or left out when `new` is shorter."""

    def build(text: Mql, old: Mql, new: Mql) -> Mql:
        def change(character: Mql) -> Mql:
            return let(
                lambda index: mql(
                    "$cond",
                    mql("$lt", index, 0),
                    "$$character",
                    mql("$substrCP", new, index, 1),
                ),
                index=mql("$indexOfCP", old, character),
            )

        changed = let(change, character=mql("$substrCP", text, "$$this", 1))
        return {
            "$reduce": {
                "input": mql("$range", 0, mql("$strLenCP", text)),
                "initialValue": "",
                "in": mql("$concat", "$$value", changed),
            }
        }

    return let(build, text=text, old=old, new=new)


@function(
    "OVERLAY",
    args=[Text, Text, Integer, optional(Integer)],
    returns=TEXT,
    parsed_as="Overlay(this, expression, from_, for_)",
    examples={
        "OVERLAY('Txxxxas' PLACING 'hom' FROM 2 FOR 4)": "Thomas",
        "OVERLAY('abcdef' PLACING 'XY' FROM 3)": "abXYef",
        "OVERLAY('abc' PLACING NULL FROM 1)": None,
    },
)
def overlay(text: Mql, replacement: Mql, start: Mql, count: Mql = None) -> Mql:
    """The text with `count` characters from `start` on replaced; as many as the
    replacement has when no count is given."""

    def build(text: Mql, replacement: Mql, start: Mql) -> Mql:
        taken = mql("$strLenCP", replacement) if count is None else count
        after = mql("$subtract", mql("$add", start, taken), 1)
        return raise_unless(
            mql("$gt", start, 0),
            mql(
                "$concat",
                mql("$substrCP", text, 0, mql("$subtract", start, 1)),
                replacement,
                mql("$substrCP", text, mql("$max", after, 0), TO_THE_END),
            ),
            "22011",
            "negative substring length not allowed",
        )

    return let(build, text=text, replacement=replacement, start=start)


# what sqlglot fills in for INITCAP's second argument, which PostgreSQL has not
_SQLGLOT_DELIMITERS = " \t\n\r\f\v!\"#$%&'()*+,\\-./:;<=>?@\\[\\]^_`{|}~"


@function(
    "INITCAP",
    args=[Text, optional(Text)],
    returns=TEXT,
    parsed_as="Initcap(this, expression)",
    examples={
        "INITCAP('hi THOMAS')": "Hi Thomas",
        "INITCAP('a1b 2cd-ef')": "A1b 2cd-Ef",
        "INITCAP(NULL)": None,
    },
)
def initcap(text: Mql, delimiters: Mql = None) -> Mql:
    """The first letter of each word in upper case, the others in lower case. A word
    is a run of letters and digits; only ASCII letters change case."""
    if delimiters is not None and constant_text(delimiters) != _SQLGLOT_DELIMITERS:
        raise FeatureNotSupported("INITCAP with delimiters is not supported")

    def build(text: Mql) -> Mql:
        first = mql("$toUpper", mql("$substrCP", "$$this.match", 0, 1))
        others = mql("$toLower", mql("$substrCP", "$$this.match", 1, TO_THE_END))
        between = mql("$subtract", "$$this.idx", "$$value.end")
        length = mql("$strLenCP", "$$this.match")
        words = mql("$regexFindAll", input=text, regex=r"[\p{L}\p{N}]+")
        joined = {
            "$reduce": {
                "input": words,
                "initialValue": {"text": "", "end": 0},
                "in": {
                    "text": mql(
                        "$concat",
                        "$$value.text",
                        mql("$substrCP", text, "$$value.end", between),
                        first,
                        others,
                    ),
                    "end": mql("$add", "$$this.idx", length),
                },
            }
        }
        return let(
            lambda done: mql(
                "$concat",
                "$$done.text",
                mql("$substrCP", text, "$$done.end", TO_THE_END),
            ),
            done=joined,
        )

    return let(build, text=text)
