"""Text out of parts, and parts out of text."""

from __future__ import annotations

from dataclasses import dataclass

from queryleaf_dbapi.functions.arguments import Integer, Text, variadic
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.variables import (
    constant_integer,
    constant_text,
    is_not_null,
    is_null,
    let,
)
from queryleaf_dbapi.plan.signature import Argument, Mql, Nulls, NullWhen
from queryleaf_dbapi.types import TEXT


@dataclass(frozen=True, slots=True)
class CastArgument(Argument):
    """Takes every type: the binder casts what is not of the target's family."""


AsText = CastArgument("any", None, TEXT)


def joined(texts: Mql, separator: Mql) -> Mql:
    """The texts of an array with the separator in between, null for no text at all.
    The separator must be safe inside an iteration."""
    appended = mql("$concat", "$$value", separator, "$$this")
    return {
        "$reduce": {
            "input": texts,
            "initialValue": None,
            "in": mql("$cond", is_null("$$value"), "$$this", appended),
        }
    }


def split(text: Mql, delimiter: Mql) -> Mql:
    """The parts of a text; the empty delimiter, which the server refuses even in a
    branch not taken, leaves it whole."""
    known = constant_text(delimiter)
    if known is not None:
        return mql("$split", text, delimiter) if known else [text]
    parts = mql("$split", text, delimiter)
    return mql("$cond", mql("$eq", delimiter, ""), [text], parts)


@function(
    "CONCAT",
    args=[variadic(AsText)],
    returns=TEXT,
    nulls=Nulls.CUSTOM,
    null_when=NullWhen.NEVER,
    parsed_as="Concat(expressions*, safe=True, coalesce=True)",
    examples={
        "CONCAT('a', 'b', 'c')": "abc",
        "CONCAT('a', NULL, 'c')": "ac",
        "CONCAT('abcde', 2, NULL, 22)": "abcde222",
        "CONCAT(NULL)": "",
    },
)
def concat(*values: Mql) -> Mql:
    """All values as one text; NULLs are left out."""
    texts = [
        value if constant_text(value) is not None else mql("$ifNull", value, "")
        for value in values
    ]
    return {"$concat": texts}


@function(
    "CONCAT_WS",
    args=[Text, variadic(AsText)],
    returns=TEXT,
    nulls=Nulls.CUSTOM,
    parsed_as="ConcatWs(expressions*, safe=True, coalesce=True)",
    examples={
        "CONCAT_WS(',', 'abcde', 2, NULL, 22)": "abcde,2,22",
        "CONCAT_WS('-', NULL, NULL)": "",
        "CONCAT_WS(', ', 'a', '', 'b')": "a, , b",
        "CONCAT_WS(NULL, 'a', 'b')": None,
    },
)
def concat_ws(separator: Mql, *values: Mql) -> Mql:
    """The values that are not NULL with the separator in between; NULL only for a
    NULL separator."""
    known = constant_text(separator)
    filled = [constant_text(value) is not None for value in values]
    if known is not None and all(filled):
        parts = [part for value in values for part in (separator, value)]
        return {"$concat": parts[1:]}

    def build(separator: Mql) -> Mql:
        texts = {"$filter": {"input": list(values), "cond": is_not_null("$$this")}}
        text = mql("$ifNull", joined(texts, separator), "")
        if known is not None:
            return text
        return mql("$cond", is_null(separator), None, text)

    return let(build, separator=separator)


@function(
    "SPLIT_PART",
    args=[Text, Text, Integer],
    returns=TEXT,
    parsed_as="SplitPart(this, delimiter, part_index)",
    examples={
        "SPLIT_PART('abc~@~def~@~ghi', '~@~', 2)": "def",
        "SPLIT_PART('abc,def,ghi,jkl', ',', -2)": "ghi",
        "SPLIT_PART('a,b', ',', 5)": "",
        "SPLIT_PART('a,b', '', 1)": "a,b",
        "SPLIT_PART(NULL, ',', 1)": None,
    },
)
def split_part(text: Mql, delimiter: Mql, position: Mql) -> Mql:
    """The part of that number, from 1, or from the end for a negative number; the
    empty text when there is no such part."""
    index = constant_integer(position)
    if index and constant_text(delimiter):
        place = index - 1 if index > 0 else index
        parts = mql("$split", text, delimiter)
        return mql("$ifNull", mql("$arrayElemAt", parts, place), "")

    def build(text: Mql, delimiter: Mql, position: Mql) -> Mql:
        parts = split(text, delimiter)
        place = mql(
            "$cond", mql("$gt", position, 0), mql("$subtract", position, 1), position
        )
        return raise_unless(
            mql("$ne", position, 0),
            mql("$ifNull", mql("$arrayElemAt", parts, place), ""),
            "22023",
            "field position must not be zero",
        )

    return let(build, text=text, delimiter=delimiter, position=position)
