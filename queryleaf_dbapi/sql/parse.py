"""Text -> syntax tree. The one place that calls sqlglot's parser.

Statements that PostgreSQL has and sqlglot reads as an opaque command (EXPLAIN,
SHOW, SET, SAVEPOINT) are recognised by their first words here and never reach
its fallback.
"""

from __future__ import annotations

import logging
import re
import threading
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from queryleaf_dbapi.errors import (
    FeatureNotSupported,
    Position,
    ProgramLimitExceeded,
    ProgrammingError,
    SyntaxError_,
)
from queryleaf_dbapi.sql.accepted import check_accepted
from queryleaf_dbapi.sql.arity import check_argument_counts
from queryleaf_dbapi.sql.dialect import DIALECT
from queryleaf_dbapi.sql.misread import check_misread
from queryleaf_dbapi.sql.own_clauses import cut_clauses
from queryleaf_dbapi.sql.positions import position_of
from queryleaf_dbapi.sql.schema_text import parse_schema_text


@dataclass(frozen=True, slots=True)
class SessionCommand:
    """A statement about the session: BEGIN, COMMIT, SET, SHOW, ... with the
    words after the first."""

    verb: str
    words: str


@dataclass(frozen=True, slots=True)
class ExplainStatement:
    """EXPLAIN and its options over the text of another statement."""

    options: frozenset[str]
    statement: str
    offset: int


_COMMENT = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*"
_FIRST_WORD = re.compile(_COMMENT + r"([A-Za-z_]+)", re.S)
_SESSION = frozenset(
    [
        "BEGIN",
        "START",
        "COMMIT",
        "END",
        "ROLLBACK",
        "ABORT",
        "SAVEPOINT",
        "RELEASE",
        "SET",
        "RESET",
        "SHOW",
        "DESCRIBE",
        "DESC",
    ]
)
_REFUSED = frozenset(
    [
        "VACUUM",
        "LOCK",
        "GRANT",
        "REVOKE",
        "COPY",
        "LISTEN",
        "NOTIFY",
        "PREPARE",
        "EXECUTE",
        "DEALLOCATE",
        "DECLARE",
        "FETCH",
        "MOVE",
        "CLOSE",
        "CALL",
        "DO",
        "CLUSTER",
        "REINDEX",
        "CHECKPOINT",
        "DISCARD",
        "LOAD",
        "USE",
    ]
)
_EXPLAIN = re.compile(
    _COMMENT + r"EXPLAIN\s+(?:\(([^)]*)\)\s*)?((?:(?:ANALYZE|VERBOSE)\s+)*)",
    re.I | re.S,
)

Parsed = exp.Expr | SessionCommand | ExplainStatement


def parse(sql: str) -> Parsed:
    """The syntax tree of one statement, every node of it on the accepted list.

    Raises SyntaxError_ with line, column and caret; FeatureNotSupported for what
    parses but is not supported; ProgrammingError for no or several statements.
    """
    first = _FIRST_WORD.match(sql)
    verb = first[1].upper() if first else ""
    if first is not None and verb in _SESSION:
        words = sql[first.end() :].strip().rstrip(";").strip()
        return SessionCommand(verb, words)
    if verb == "EXPLAIN":
        return _parse_explain(sql)
    if first is not None and verb in _REFUSED:
        raise FeatureNotSupported(
            f"{verb} is not supported", position=Position(sql, first.start(1))
        )
    tree = None
    text, attach = cut_clauses(sql, verb)
    if verb in ("CREATE", "DROP", "ALTER", "COMMENT"):
        tree = parse_schema_text(text, verb, _parse_tree)
    if tree is None:
        tree = _parse_tree(text)
    attach(tree)
    check_argument_counts(sql)
    check_misread(sql)
    if not isinstance(
        tree, exp.Create | exp.Drop | exp.Alter | exp.Comment | exp.TruncateTable
    ):
        # schema statements are checked clause by clause where they are bound
        check_accepted(tree, sql)
    return tree


class _Quiet(logging.Filter):
    """sqlglot prints a warning about each text that it keeps as a command; here
    those are errors."""

    parsing = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep what is said while others parse."""
        return not getattr(self.parsing, "now", False)


logging.getLogger("sqlglot").addFilter(_Quiet())


_DIALECT = DIALECT()
_DASH = TokenType.DASH
# after these a + has one operand
_BEFORE_UNARY = frozenset(
    {
        *(TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.COMMA, TokenType.DPIPE),
        *(TokenType.PLUS, _DASH, TokenType.STAR, TokenType.SLASH, TokenType.MOD),
        *(TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT),
        *(TokenType.GTE, TokenType.AND, TokenType.OR, TokenType.NOT, TokenType.BETWEEN),
        *(TokenType.SELECT, TokenType.DISTINCT, TokenType.ALL, TokenType.WHERE),
        *(TokenType.ON, TokenType.HAVING, TokenType.ORDER_BY, TokenType.GROUP_BY),
        *(TokenType.CASE, TokenType.WHEN, TokenType.THEN, TokenType.ELSE),
        *(TokenType.LIMIT, TokenType.OFFSET, TokenType.RETURNING, TokenType.LIKE),
    }
)


def _tokens(sql: str) -> list[Token]:
    """The tokens, with `- -` for each + of one operand: sqlglot's parser drops those,
    and `+ name` would pass where PostgreSQL has no such operator."""
    tokens = list(_DIALECT.tokenize(sql))
    if "+" not in sql:
        return tokens
    found: list[Token] = []
    before = TokenType.L_PAREN
    for token in tokens:
        if token.token_type is TokenType.PLUS and before in _BEFORE_UNARY:
            place = (token.line, token.col, token.start, token.end, token.comments)
            found += [Token(_DASH, token.text, *place) for _ in range(2)]
        else:
            found.append(token)
        before = token.token_type
    return found


def _parse_tree(sql: str) -> exp.Expr:
    _Quiet.parsing.now = True
    try:
        trees = [
            tree
            for tree in _DIALECT.parser().parse(_tokens(sql), sql)
            if tree and not isinstance(tree, exp.Semicolon)  # a comment after the `;`
        ]
    except ParseError as error:
        raise _syntax_error(error, sql) from None
    except TokenError as error:
        raise SyntaxError_(_token_message(error)) from None
    except RecursionError:
        raise ProgramLimitExceeded(
            "the statement nests too deeply; flatten its parentheses"
        ) from None
    finally:
        _Quiet.parsing.now = False
    if not trees:
        raise ProgrammingError("the statement is empty")
    if len(trees) > 1 or isinstance(trees[0], exp.Block):
        raise ProgrammingError(
            "one statement at a time: the text holds several, separated by ';'"
        )
    tree = trees[0]
    if isinstance(tree, exp.Command):
        raise FeatureNotSupported(f"{str(tree.this).upper()} is not supported here")
    if not isinstance(
        tree,
        exp.Query
        | exp.Insert
        | exp.Update
        | exp.Delete
        | exp.Merge
        | exp.Create
        | exp.Drop
        | exp.Alter
        | exp.Comment
        | exp.Analyze
        | exp.TruncateTable
        | exp.Values,
    ):
        raise SyntaxError_(
            "this is not a statement: it should start with SELECT, INSERT, UPDATE, "
            "DELETE, CREATE, DROP, ALTER, EXPLAIN, ...",
            position=position_of(tree, sql) or Position(sql, 0),
        )
    return tree


def _token_message(error: TokenError) -> str:
    return "a quoted string, name or comment is not closed"


def _syntax_error(error: ParseError, sql: str) -> SyntaxError_:
    detail = error.errors[0] if error.errors else {}
    highlight = detail.get("highlight") or ""
    line, column = detail.get("line"), detail.get("col")
    description = (detail.get("description") or "syntax error").rstrip(".")
    description = description.split(" but got <Token", 1)[0]
    description = description[0].lower() + description[1:]
    position = None
    if line is not None and column is not None:
        position = Position(sql, _offset(sql, line, column, highlight))
    near = f' at or near "{highlight}"' if highlight else " at the end"
    if description.startswith("invalid expression") or "<class" in description:
        return SyntaxError_(f"syntax error{near}", position=position)
    return SyntaxError_(f"syntax error{near}: {description}", position=position)


def _offset(sql: str, line: int, column: int, highlight: str) -> int:
    """sqlglot's column is the end of the token, from 1."""
    start = 0
    for _ in range(line - 1):
        start = sql.find("\n", start) + 1
    return max(0, min(start + column - max(len(highlight), 1), len(sql)))


def _parse_explain(sql: str) -> ExplainStatement:
    found = _EXPLAIN.match(sql)
    if found is None:
        raise SyntaxError_("EXPLAIN needs a statement")
    words = (found[1] or "").replace(",", " ").split() + found[2].split()
    options = frozenset(word.upper() for word in words)
    unknown = options - {"ANALYZE", "VERBOSE", "FORMAT", "JSON", "TEXT", "TRUE", "ON"}
    if unknown:
        raise FeatureNotSupported(f"EXPLAIN option {min(unknown)} is not supported")
    return ExplainStatement(options, sql[found.end() :], found.end())
