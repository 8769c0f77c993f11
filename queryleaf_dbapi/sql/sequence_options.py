"""The options of a sequence, read from the tokens: sqlglot reads some of them, in
some orders, and RESTART not at all.

    START WITH 5 INCREMENT BY -2 NO MAXVALUE CYCLE OWNED BY t.a RESTART WITH 7
"""

from __future__ import annotations

from sqlglot import exp

from queryleaf_dbapi.errors import Position, SyntaxError_
from queryleaf_dbapi.sql.tokens import Token, TokenType, tokens_of

_NUMBERS = {
    "START": ("start", "WITH"),
    "INCREMENT": ("increment", "BY"),
    "MINVALUE": ("minvalue", ""),
    "MAXVALUE": ("maxvalue", ""),
    "CACHE": ("cache", ""),
}


def statement_tokens(sql: str) -> list[Token]:
    """The tokens without the semicolon at the end."""
    tokens = tokens_of(sql)
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    return tokens


def word_of(sql: str, token: Token) -> str:
    """The word in capitals; a quoted name or a text is none of ours."""
    return "" if sql[token.start] in "\"'" else token.text.upper()


def sequence_options(sql: str, tokens: list[Token], first: int, end: int) -> exp.Expr:
    """The options between two tokens; SyntaxError_ for what is none."""
    return _Options(sql, tokens[first:end]).read()


class _Options:
    def __init__(self, sql: str, tokens: list[Token]) -> None:
        self.sql = sql
        self.tokens = tokens
        self.words = [word_of(sql, each) for each in tokens]
        self.at = 0
        self.found = exp.SequenceProperties(options=[])

    def read(self) -> exp.Expr:
        while self.at < len(self.words):
            self._one(self._next())
        return self.found

    def _next(self) -> str:
        if self.at >= len(self.words):
            last = self.tokens[-1] if self.tokens else None
            raise SyntaxError_(
                "the options of a sequence end too early",
                position=Position(self.sql, last.start) if last else None,
            )
        self.at += 1
        return self.words[self.at - 1]

    def _take(self, word: str) -> bool:
        there = self.words[self.at : self.at + 1] == [word]
        self.at += there
        return there

    def _one(self, word: str) -> None:
        if word in _NUMBERS:
            name, filler = _NUMBERS[word]
            self._take(filler)
            self._set(name, self._number())
        elif word == "NO":
            self._word(f"NO {self._next()}")
        elif word == "CYCLE":
            self._word(word)
        elif word == "RESTART":
            with_ = self._take("WITH")
            numbered = self.words[self.at : self.at + 1]
            is_number = bool(numbered) and (
                numbered[0].isdigit() or numbered[0] in ("-", "+")
            )
            number = self._number() if with_ or is_number else exp.Boolean(this=True)
            self._set("restart", number)
        elif word == "OWNED" and self._take("BY"):
            self._owner()
        elif word == "AS":
            self._set("type", exp.DataType.build(self._next(), dialect="postgres"))
        else:
            raise self._error()

    def _word(self, words: str) -> None:
        if words not in ("NO MINVALUE", "NO MAXVALUE", "NO CYCLE", "CYCLE"):
            raise self._error()
        self.found.args["options"].append(exp.Var(this=words))

    def _set(self, name: str, value: exp.Expr) -> None:
        if self.found.args.get(name) is not None:
            raise SyntaxError_(
                "conflicting or redundant options", position=self._here()
            )
        self.found.set(name, value)

    def _number(self) -> exp.Expr:
        word = self._next()
        negative = word == "-"
        if word in ("-", "+"):
            word = self._next()
        if not word.isdigit():
            raise self._error()
        number = exp.Literal.number(word)
        return exp.Neg(this=number) if negative else number

    def _owner(self) -> None:
        if self._take("NONE"):
            self.found.set("no_owner", True)
            return
        parts = [self._identifier()]
        while self._take("."):
            parts.append(self._identifier())
        names = dict(zip(("this", "table", "db"), reversed(parts), strict=False))
        self.found.set("owned", exp.Column(**names))

    def _identifier(self) -> exp.Identifier:
        self._next()
        token = self.tokens[self.at - 1]
        quoted = self.sql[token.start] == '"'
        found = exp.Identifier(this=token.text, quoted=quoted)
        found.update_positions(token)
        return found

    def _here(self) -> Position:
        return Position(self.sql, self.tokens[self.at - 1].start)

    def _error(self) -> SyntaxError_:
        token = self.tokens[self.at - 1]
        return SyntaxError_(
            f'syntax error at or near "{token.text}"', position=self._here()
        )
