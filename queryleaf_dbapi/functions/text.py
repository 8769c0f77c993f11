"""Text: case, length, parts, search. Positions count code points from 1.

Trimming, padding and replacing are in `text_editing.py`, joining and splitting in
`text_joining.py`, regular expressions in `patterns.py`.
"""

from __future__ import annotations

from queryleaf_dbapi.functions.arguments import Binary, Integer, Text, optional
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.functions.registry import function, literal, mql
from queryleaf_dbapi.functions.variables import constant_integer, constant_text, let
from queryleaf_dbapi.plan.signature import Mql
from queryleaf_dbapi.types import BOOLEAN, INTEGER, TEXT

TO_THE_END = 2**31 - 1
# code points 1 to 127 in order: the server has no operator for either direction
_ASCII = "".join(map(chr, range(1, 128)))


@function(
    "UPPER",
    args=[Text],
    returns=TEXT,
    parsed_as="Upper(this)",
    aliases=["UCASE"],
    examples={"UPPER('abc')": "ABC", "UPPER('a1-b')": "A1-B", "UPPER(NULL)": None},
)
def upper(text: Mql) -> Mql:
    """The text in upper case. The server folds ASCII letters only."""
    return mql("$toUpper", text)


@function(
    "LOWER",
    args=[Text],
    returns=TEXT,
    parsed_as="Lower(this)",
    aliases=["LCASE"],
    examples={"LOWER('ABC')": "abc", "LOWER('')": "", "LOWER(NULL)": None},
)
def lower(text: Mql) -> Mql:
    """The text in lower case. The server folds ASCII letters only."""
    return mql("$toLower", text)


@function(
    "LENGTH",
    args=[Text],
    returns=INTEGER,
    parsed_as="Length(this)",
    aliases=["CHAR_LENGTH", "CHARACTER_LENGTH", "LEN"],
    examples={"LENGTH('jose')": 4, "CHAR_LENGTH('żółw')": 4, "LENGTH(NULL)": None},
)
def length(text: Mql) -> Mql:
    """Number of characters in the text."""
    return mql("$strLenCP", text)


@function(
    "LENGTH",
    args=[Binary],
    returns=INTEGER,
    aliases=["CHAR_LENGTH", "CHARACTER_LENGTH", "LEN"],
)
def length_of_binary(value: Mql) -> Mql:
    """Number of bytes of a binary value."""
    return mql("$binarySize", value)


@function(
    "OCTET_LENGTH",
    args=[Text],
    returns=INTEGER,
    examples={
        "OCTET_LENGTH('jose')": 4,
        "OCTET_LENGTH('żółw')": 7,
        "OCTET_LENGTH(NULL)": None,
    },
)
def octet_length(text: Mql) -> Mql:
    """Number of bytes of the text in UTF-8."""
    return mql("$strLenBytes", text)


@function("OCTET_LENGTH", args=[Binary], returns=INTEGER)
def octet_length_of_binary(value: Mql) -> Mql:
    """Number of bytes of a binary value."""
    return mql("$binarySize", value)


@function(
    "BIT_LENGTH",
    args=[Text],
    returns=INTEGER,
    parsed_as="BitLength(this)",
    examples={"BIT_LENGTH('jose')": 32, "BIT_LENGTH(NULL)": None},
)
def bit_length(text: Mql) -> Mql:
    """Number of bits of the text in UTF-8."""
    return mql("$multiply", mql("$strLenBytes", text), 8)


def _tail(text: Mql, start: Mql) -> Mql:
    """The characters from `start` on; all of them when it is 0 or less."""
    known = constant_integer(start)
    if known is not None:
        return mql("$substrCP", text, max(known - 1, 0), TO_THE_END)
    return mql(
        "$substrCP", text, mql("$max", mql("$subtract", start, 1), 0), TO_THE_END
    )


def _part(text: Mql, start: Mql, count: Mql) -> Mql:
    """The characters start .. start+count-1 that exist; count is not negative."""
    begin = mql("$max", mql("$subtract", start, 1), 0)
    end = mql("$subtract", mql("$add", start, count), 1)
    width = mql("$max", mql("$subtract", end, begin), 0)
    return mql("$substrCP", text, begin, mql("$min", width, TO_THE_END))


@function(
    "SUBSTRING",
    args=[Text, Integer, optional(Integer)],
    returns=TEXT,
    parsed_as="Substring(this, start, length)",
    aliases=["SUBSTR"],
    examples={
        "SUBSTRING('Thomas' FROM 2 FOR 3)": "hom",
        "SUBSTR('alphabet', 3)": "phabet",
        "SUBSTRING('abc' FROM 0 FOR 2)": "a",
        "SUBSTRING('abc', -5)": "abc",
        "SUBSTRING('abc', 2, NULL)": None,
    },
)
def substring(text: Mql, start: Mql, count: Mql = None) -> Mql:
    """The characters from position `start`, at most `count` of them. Positions
    before the first count but yield nothing; a negative count is an error."""
    if count is None:
        return _tail(text, start)
    first, width = constant_integer(start), constant_integer(count)
    if first is not None and width is not None and width >= 0:
        begin = max(first - 1, 0)
        end = max(first - 1 + width, begin)
        return mql("$substrCP", text, begin, min(end - begin, TO_THE_END))
    return let(
        lambda text, start, count: raise_unless(
            mql("$gte", count, 0),
            _part(text, start, count),
            "22011",
            "negative substring length not allowed",
        ),
        text=text,
        start=start,
        count=count,
    )


@function(
    "LEFT",
    args=[Text, Integer],
    returns=TEXT,
    parsed_as="Left(this, expression)",
    examples={
        "LEFT('abcde', 2)": "ab",
        "LEFT('abcde', -2)": "abc",
        "LEFT('ab', -5)": "",
        "LEFT(NULL, 1)": None,
    },
)
def left(text: Mql, count: Mql) -> Mql:
    """The first `count` characters; a negative count leaves that many off the
    end."""
    known = constant_integer(count)
    if known is not None and known >= 0:
        return mql("$substrCP", text, 0, known)

    def build(text: Mql, count: Mql) -> Mql:
        rest = mql("$max", mql("$add", mql("$strLenCP", text), count), 0)
        width = mql("$cond", mql("$gte", count, 0), count, rest)
        return mql("$substrCP", text, 0, width)

    return let(build, text=text, count=count)


@function(
    "RIGHT",
    args=[Text, Integer],
    returns=TEXT,
    parsed_as="Right(this, expression)",
    examples={
        "RIGHT('abcde', 2)": "de",
        "RIGHT('abcde', -2)": "cde",
        "RIGHT('abcde', 9)": "abcde",
        "RIGHT('abcde', 0)": "",
        "RIGHT('abc', NULL)": None,
    },
)
def right(text: Mql, count: Mql) -> Mql:
    """The last `count` characters; a negative count leaves that many off the
    front."""
    known = constant_integer(count)
    if known is not None and known < 0:
        return mql("$substrCP", text, -known, TO_THE_END)

    def build(text: Mql, count: Mql) -> Mql:
        last = mql("$max", mql("$subtract", mql("$strLenCP", text), count), 0)
        begin = last
        if known is None:
            begin = mql("$cond", mql("$gte", count, 0), last, mql("$abs", count))
        return mql("$substrCP", text, begin, TO_THE_END)

    return let(build, text=text, count=count)


@function(
    "STRPOS",
    args=[Text, Text],
    returns=INTEGER,
    parsed_as="StrPosition(this, substr)",
    aliases=["POSITION", "INSTR"],
    examples={
        "STRPOS('high', 'ig')": 2,
        "POSITION('om' IN 'Thomas')": 3,
        "STRPOS('abc', 'x')": 0,
        "STRPOS('abc', '')": 1,
        "STRPOS('abc', NULL)": None,
    },
)
def strpos(text: Mql, part: Mql) -> Mql:
    """Where the part first occurs in the text, 0 for nowhere. POSITION takes the
    part first."""
    return mql("$add", mql("$indexOfCP", text, part), 1)


@function(
    "STARTS_WITH",
    args=[Text, Text],
    returns=BOOLEAN,
    parsed_as="StartsWith(this, expression)",
    examples={
        "STARTS_WITH('alphabet', 'alph')": True,
        "STARTS_WITH('alphabet', 'bet')": False,
        "STARTS_WITH('abc', '')": True,
        "STARTS_WITH(NULL, 'a')": None,
    },
)
def starts_with(text: Mql, start: Mql) -> Mql:
    """Whether the text begins with `start`."""

    known = constant_text(start)
    if known is not None:
        return mql("$eq", mql("$substrCP", text, 0, len(known)), start)
    return let(
        lambda text, start: mql(
            "$eq", mql("$substrCP", text, 0, mql("$strLenCP", start)), start
        ),
        text=text,
        start=start,
    )


@function(
    "ASCII",
    args=[Text],
    returns=INTEGER,
    parsed_as="Ascii(this)",
    examples={
        "ASCII('x')": 120,
        "ASCII('abc')": 97,
        "ASCII('')": 0,
        "ASCII(NULL)": None,
    },
)
def ascii_(text: Mql) -> Mql:
    """The code of the first character, 0 for none. The server knows the codes of
    ASCII characters only: another is an error."""

    def build(index: Mql) -> Mql:
        return raise_unless(
            mql("$gte", index, 0),
            mql("$add", index, 1),
            "0A000",
            "ASCII of a character beyond ASCII is not supported",
        )

    def find(first: Mql) -> Mql:
        index = mql("$indexOfCP", literal(_ASCII), first)
        return mql("$cond", mql("$eq", first, ""), 0, let(build, index=index))

    return let(find, first=mql("$substrCP", text, 0, 1))


@function(
    "CHR",
    args=[Integer],
    returns=TEXT,
    parsed_as="Chr(expressions*)",
    aliases=["CHAR"],
    examples={"CHR(65)": "A", "CHR(233)": "é", "CHR(NULL)": None},
)
def chr_(code: Mql) -> Mql:
    """The character of a code point. A constant may be any; computed codes must be
    ASCII, which is all the server knows."""
    known = constant_integer(code)
    if known is not None and 0 < known <= 0x10FFFF and not 0xD800 <= known <= 0xDFFF:
        return literal(chr(known))
    return let(
        lambda code: raise_unless(
            mql("$and", mql("$gt", code, 0), mql("$lt", code, 128)),
            mql("$substrCP", literal(_ASCII), mql("$subtract", code, 1), 1),
            "0A000",
            "CHR of a computed code beyond ASCII is not supported",
        ),
        code=code,
    )
