"""The tokens of a text, as sqlglot's tokenizer cuts it for PostgreSQL."""

from __future__ import annotations

import sqlglot
from sqlglot.tokenizer_core import Token, TokenType

__all__ = ["Token", "TokenType", "tokens_of"]


def tokens_of(sql: str) -> list[Token]:
    """The tokens; comments are none."""
    return list(sqlglot.tokenize(sql, dialect="postgres"))
