"""Schema statements that sqlglot does not read, cut so that it does.

ALTER TABLE is cut into its actions, since one that sqlglot does not know makes it
give up on all; each is parsed alone, in its place, blanks standing for the others,
so that positions stay true. What is still not read is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from sqlglot import exp
from sqlglot.errors import TokenError

from queryleaf_dbapi.errors import FeatureNotSupported, Position, SyntaxError_
from queryleaf_dbapi.sql.own_clauses import identity_action, parse_alter_sequence
from queryleaf_dbapi.sql.tokens import Token, TokenType, tokens_of

ParseTree = Callable[[str], exp.Expr]

_KINDS = {
    "CREATE": "TABLE VIEW INDEX SEQUENCE SCHEMA DATABASE TYPE",
    "DROP": "TABLE VIEW INDEX SEQUENCE SCHEMA DATABASE TYPE",
    "ALTER": "TABLE VIEW INDEX SEQUENCE",
}
_BEFORE_KIND = re.compile(
    r"OR|REPLACE|TEMP|TEMPORARY|GLOBAL|LOCAL|UNLOGGED|MATERIALIZED|UNIQUE"
)
_ON_CONSTRAINT = re.compile(
    r"\s*COMMENT\s+ON\s+(CONSTRAINT\s+(\w+|\"(?:[^\"]|\"\")+\")\s+ON)\s", re.IGNORECASE
)
_NULL_COMMENT = re.compile(r"\bNULL(\s*;?\s*)$", re.IGNORECASE)


def parse_schema_text(sql: str, verb: str, parse_tree: ParseTree) -> exp.Expr | None:
    """The tree of a CREATE, DROP, ALTER or COMMENT; None where sqlglot will do.

    Raises FeatureNotSupported for kinds of things there are none of here.
    """
    if verb == "COMMENT":  # '' takes a comment away, as NULL does
        text = _NULL_COMMENT.sub(r"''  \1", sql)
        return _comment_on_constraint(text, parse_tree) or parse_tree(text)
    try:
        tokens = tokens_of(sql)
    except TokenError:
        return None  # and the parser says what is wrong
    words = _words(sql, tokens)
    index = 1
    while index < len(words) and _BEFORE_KIND.fullmatch(words[index]):
        index += 1
    kind = words[index] if index < len(words) else ""
    if kind and kind not in _KINDS[verb].split():
        raise FeatureNotSupported(
            f"{verb} {kind} is not supported",
            position=Position(sql, tokens[index].start),
        )
    if (verb, kind) == ("ALTER", "SEQUENCE"):
        return parse_alter_sequence(sql, parse_tree)
    if (verb, kind) == ("ALTER", "TABLE"):
        return _AlterTable(sql, tokens, parse_tree).parse()
    if (verb, kind) == ("CREATE", "INDEX") and "NULLS" in words:
        return _create_index(sql, tokens, words, parse_tree)
    if verb == "DROP" and kind in ("INDEX", "SCHEMA") and "," in words:
        # sqlglot reads lists of tables only
        start, end = tokens[1].start, tokens[1].end + 1
        tree = parse_tree(f"{sql[:start]}{'TABLE':<{end - start}}{sql[end:]}")
        tree.set("kind", kind)
        return tree
    return None


def _words(sql: str, tokens: list[Token]) -> list[str]:
    """As written, in capitals: a quoted name keeps its quotes."""
    return [sql[each.start : each.end + 1].upper() for each in tokens]


def _comment_on_constraint(sql: str, parse_tree: ParseTree) -> exp.Expr | None:
    """COMMENT ON CONSTRAINT c ON t IS ...: as one on table t, and the name beside."""
    found = _ON_CONSTRAINT.match(sql)
    if found is None:
        return None
    start, end = found.span(1)
    tree = parse_tree(f"{sql[:start]}TABLE{' ' * (end - start - 5)}{sql[end:]}")
    name = parse_tree(f"DROP TABLE{' ' * (found.start(2) - 10)}{found[2]}")
    tree.set("kind", "CONSTRAINT")
    tree.set("table", tree.this)
    tree.set("this", name.args["tables"][0].this)
    return tree


def _create_index(
    sql: str, tokens: list[Token], words: list[str], parse_tree: ParseTree
) -> exp.Expr:
    """NULLS [NOT] DISTINCT behind the columns, which sqlglot does not know here."""
    text, said = sql, False
    for index in range(len(words) - 1):
        for phrase in (["NULLS", "NOT", "DISTINCT"], ["NULLS", "DISTINCT"]):
            if words[index : index + len(phrase)] == phrase:
                start, end = tokens[index].start, tokens[index + len(phrase) - 1].end
                text = f"{text[:start]}{' ' * (end + 1 - start)}{text[end + 1 :]}"
                said = len(phrase) == 3
    tree = parse_tree(text)
    if said and isinstance(tree.this, exp.Index):
        tree.this.set("nulls_not_distinct", True)
    return tree


class _AlterTable:
    """ALTER TABLE [IF EXISTS] t action, action, ..."""

    def __init__(self, sql: str, tokens: list[Token], parse_tree: ParseTree) -> None:
        self.sql = sql
        self.parse_tree = parse_tree
        last = tokens[-1].token_type == TokenType.SEMICOLON
        self.tokens = tokens[:-1] if last else tokens
        self.words = _words(sql, self.tokens)

    def parse(self) -> exp.Expr:
        """The tree, with an action for each of the text's."""
        start = self._actions_start()
        if start >= len(self.tokens):
            raise SyntaxError_(
                "ALTER TABLE without an action", position=Position(self.sql, 0)
            )
        self.prefix = self.sql[: self.tokens[start - 1].end + 1]
        # whatever it does: only the name in front of it is read
        alter = self.parse_tree(f"{self.prefix} DROP a")
        actions: list[exp.Expr] = []
        for first, end in self._spans(start):
            actions += self._action(alter, first, end)
        alter.set("actions", actions)
        return alter

    def _actions_start(self) -> int:
        index = 2
        if self.words[index : index + 2] == ["IF", "EXISTS"]:
            index += 2
        if self.words[index : index + 1] == ["ONLY"]:
            index += 1
        while self.words[index + 1 : index + 2] == ["."]:
            index += 2
        return index + 1

    def _spans(self, start: int) -> Iterator[tuple[int, int]]:
        """(first token, token behind the last) of each action."""
        depth = 0
        for index in range(start, len(self.tokens)):
            word = self.words[index]
            depth += (word in ("(", "[")) - (word in (")", "]"))
            if word == "," and depth == 0:
                yield start, index
                start = index + 1
        yield start, len(self.tokens)

    def _action(self, alter: exp.Expr, first: int, end: int) -> list[exp.Expr]:
        words = self.words[first:end]
        not_valid = words[:1] == ["ADD"] and words[-2:] == ["NOT", "VALID"]
        if not_valid:
            end -= 2
            words = words[:-2]
        match words:
            case ["ADD", "CHECK", "(", *_]:
                found = [self._check(first + 2, end)]
            case ["VALIDATE", "CONSTRAINT", _]:
                found = [_named("VALIDATE CONSTRAINT", self._identifier(end - 1))]
            case ["RENAME", "CONSTRAINT", _, "TO", _]:
                old, new = self._identifier(end - 3), self._identifier(end - 1)
                found = [_named("RENAME CONSTRAINT", old, new)]
            case ["RENAME", _, "TO", _]:
                column = exp.Column(this=self._identifier(end - 3))
                renamed = exp.Column(this=self._identifier(end - 1))
                found = [exp.RenameColumn(this=column, to=renamed)]
            case _:
                made = identity_action(self.sql, self.tokens, first, end)
                found = [made] if made is not None else self._parsed(alter, first, end)
        for each in found:
            each.set("not_valid", not_valid)
        return found

    def _parsed(self, alter: exp.Expr, first: int, end: int) -> list[exp.Expr]:
        start = self.tokens[first].start
        padding = " " * (start - len(self.prefix))
        text = f"{self.prefix}{padding}{self._text(first, end)}"
        try:
            tree = self.parse_tree(text)
        except FeatureNotSupported:
            tree = None
        if not isinstance(tree, exp.Alter):
            words = " ".join(self.words[first : min(first + 2, end)])
            raise FeatureNotSupported(
                f"{words} in ALTER TABLE is not supported",
                position=Position(self.sql, start),
            )
        for key, value in tree.args.items():
            if value and key not in ("this", "kind", "exists", "actions", "only"):
                alter.set(key, value)
        return list(tree.args["actions"])

    def _text(self, first: int, end: int) -> str:
        return self.sql[self.tokens[first].start : self.tokens[end - 1].end + 1]

    def _check(self, first: int, end: int) -> exp.Expr:
        """CHECK without a name: its condition as the one item of a SELECT."""
        start = self.tokens[first].start
        tree = self.parse_tree(f"SELECT{' ' * (start - 6)}{self._text(first, end)}")
        condition = tree.expressions[0]
        if len(tree.expressions) > 1 or not isinstance(condition, exp.Paren):
            raise SyntaxError_(
                "syntax error after CHECK (...)", position=Position(self.sql, start)
            )
        check = exp.CheckColumnConstraint(this=condition.this)
        return exp.AddConstraint(expressions=[check])

    def _identifier(self, index: int) -> exp.Identifier:
        token = self.tokens[index]
        quoted = self.sql[token.start] == '"'
        found = exp.Identifier(this=token.text, quoted=quoted)
        found.update_positions(token)
        return found


def _named(words: str, *names: exp.Identifier) -> exp.Expr:
    return exp.Anonymous(this=words, expressions=list(names))
