"""Texts taken apart into rows."""

from __future__ import annotations

from queryleaf_dbapi.functions.arguments import Text, optional
from queryleaf_dbapi.functions.array import string_to_array
from queryleaf_dbapi.functions.patterns import option_text
from queryleaf_dbapi.functions.registry import mql, set_returning
from queryleaf_dbapi.functions.regular_replacing import regexp_split_to_array
from queryleaf_dbapi.functions.regular_texts import (
    all_matches,
    flags_of,
    none_empty,
    regexp_match,
)
from queryleaf_dbapi.functions.variables import is_null, let
from queryleaf_dbapi.plan.signature import Mql, Nulls
from queryleaf_dbapi.types import TEXT, array_of


@set_returning(
    "STRING_TO_TABLE",
    args=[Text, Text, optional(Text)],
    returns=TEXT,
    nulls=Nulls.CUSTOM,
)
def string_to_table(text: Mql, delimiter: Mql, null_text: Mql = None) -> Mql:
    """A row for each part of the text between delimiters, for each character with a
    NULL delimiter. A part equal to the third argument becomes NULL."""
    return string_to_array.body(text, delimiter, null_text)


@set_returning(
    "REGEXP_SPLIT_TO_TABLE",
    args=[Text, Text, optional(Text)],
    returns=TEXT,
    never_null=True,
)
def regexp_split_to_table(text: Mql, pattern: Mql, flags: Mql = None) -> Mql:
    """A row for each part of the text between matches of a regular expression."""
    return regexp_split_to_array.body(text, pattern, flags)


@set_returning(
    "REGEXP_MATCHES",
    args=[Text, Text, optional(Text)],
    returns=array_of(TEXT),
    never_null=True,
)
def regexp_matches(text: Mql, pattern: Mql, flags: Mql = None) -> Mql:
    """A row for the first match of a regular expression, for each one with flag g:
    an array of its groups, of the whole match where there are none."""
    options = flags_of("regexp_matches", flags, allows_global=True)
    if "g" not in option_text(flags):
        return let(
            lambda groups: mql("$cond", is_null(groups), [], [groups]),
            groups=regexp_match.body(text, pattern, flags),
        )
    whole = mql("$eq", "$$this.captures", [])
    row = mql("$cond", whole, ["$$this.match"], "$$this.captures")
    return let(
        lambda matches: none_empty(matches, {"$map": {"input": matches, "in": row}}),
        matches=all_matches(text, pattern, options),
    )
