"""Arguments that sqlglot drops, counted in the text.

A few of its function builders take the arguments they know and lose the rest:
LENGTH(a, b, c) parses as LENGTH(a). For those names the commas are counted in the
token stream; which names they are is found by
tests/unit/functions/test_function_shapes.py.
"""

from __future__ import annotations

import re

import sqlglot
from sqlglot.tokenizer_core import Token, TokenType

from queryleaf_dbapi.errors import Position, UndefinedFunction

# name -> the most arguments that reach the tree
MOST_ARGUMENTS = {
    "LENGTH": 1,
    "CHAR_LENGTH": 1,
    "CHARACTER_LENGTH": 1,
    "FLOOR": 1,
    "CEIL": 1,
    "CEILING": 1,
    "INITCAP": 1,
    "MOD": 2,
    "DIV": 2,
    "LTRIM": 2,
    "RTRIM": 2,
    "LPAD": 3,
    "RPAD": 3,
    "TO_CHAR": 2,
    "DATE_TRUNC": 3,
    "ARRAY_AGG": 1,
}
_CALL = re.compile(rf"\b({'|'.join(MOST_ARGUMENTS)})\s*\(", re.IGNORECASE)
_OPEN = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET})
_CLOSE = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET})


def check_argument_counts(sql: str) -> None:
    """Raise UndefinedFunction for a call with more arguments than the tree keeps.

    Costs a regular expression for a statement without such a name.
    """
    if _CALL.search(sql) is None:
        return
    tokens = sqlglot.tokenize(sql, dialect="postgres")
    for index, token in enumerate(tokens[:-1]):
        most = MOST_ARGUMENTS.get(token.text.upper())
        if most is None or tokens[index + 1].token_type is not TokenType.L_PAREN:
            continue
        given = _count_arguments(tokens, index + 1)
        if given > most:
            raise UndefinedFunction(
                f"{token.text.upper()} takes at most {most} argument(s), not {given}",
                position=Position(sql, token.start),
            )


def _count_arguments(tokens: list[Token], start: int) -> int:
    """The number of arguments between the parenthesis at `start` and its partner."""
    depth, commas, is_empty = 0, 0, True
    for token in tokens[start:]:
        if token.token_type in _OPEN:
            depth += 1
        elif token.token_type in _CLOSE:
            depth -= 1
            if not depth:
                break
        elif depth == 1 and token.token_type is TokenType.COMMA:
            commas += 1
        is_empty = is_empty and token is tokens[start]
    return 0 if is_empty else commas + 1
