"""What sqlglot reads as something else than PostgreSQL: refused by its tokens."""

from __future__ import annotations

import re

import sqlglot
from sqlglot.tokenizer_core import TokenType

from queryleaf_dbapi.errors import FeatureNotSupported, Position

_TYPES = frozenset({"DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "INTERVAL"})
_SUSPECT = re.compile(r"@|'\s*::")


def check_misread(sql: str) -> None:
    """Refuse `@ x`, which becomes a parameter, and DATE '...'::text, whose casts
    change places. Costs a regular expression for a statement without such a sign."""
    if _SUSPECT.search(sql) is None:
        return
    tokens = sqlglot.tokenize(sql, dialect="postgres")
    for index, token in enumerate(tokens):
        if token.token_type is TokenType.PARAMETER and token.text == "@":
            raise FeatureNotSupported(
                "@ is not supported: write ABS(x)", position=Position(sql, token.start)
            )
        if token.token_type is not TokenType.DCOLON or index < 2:
            continue
        literal, name = tokens[index - 1], tokens[index - 2]
        is_typed = name.text.upper() in _TYPES and name.token_type is not (
            TokenType.IDENTIFIER
        )
        if literal.token_type is TokenType.STRING and is_typed:
            raise FeatureNotSupported(
                f"{name.text.upper()} '...'::type is not supported: put parentheses "
                "around the literal",
                position=Position(sql, name.start),
            )
