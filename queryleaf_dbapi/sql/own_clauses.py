"""Clauses that sqlglot does not read, cut out of the text before it sees the rest.

    INSERT INTO t OVERRIDING SYSTEM VALUE VALUES (1)
    id INT GENERATED ALWAYS AS IDENTITY (START 5 MINVALUE 1)
    ALTER SEQUENCE s RESTART WITH 5
    ALTER TABLE t ALTER id SET GENERATED ALWAYS RESTART

Blanks take their place, so that positions stay true; what they say is put into the
tree afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlglot import exp

from queryleaf_dbapi.errors import FeatureNotSupported, Position, SyntaxError_
from queryleaf_dbapi.sql.sequence_options import (
    sequence_options,
    statement_tokens,
    word_of,
)
from queryleaf_dbapi.sql.tokens import Token, tokens_of

ParseTree = Callable[[str], exp.Expr]
Attach = Callable[[exp.Expr], None]


def cut_clauses(sql: str, verb: str) -> tuple[str, Attach]:
    """The text without the clauses, and what puts them into the tree."""
    upper = sql.upper()
    if verb in ("INSERT", "WITH", "MERGE") and "OVERRIDING" in upper:
        return _cut_overriding(sql)
    if verb == "CREATE" and "SEQUENCE" in upper:
        return _cut_options(sql)
    if verb in ("CREATE", "ALTER") and "GENERATED" in upper:
        return _cut_generated(sql)
    return sql, lambda tree: None


def _cut_overriding(sql: str) -> tuple[str, Attach]:
    tokens = tokens_of(sql)
    words = [word_of(sql, each) for each in tokens]
    for index, word in enumerate(words):
        if word == "OVERRIDING" and words[index + 2 : index + 3] == ["VALUE"]:
            whose = words[index + 1]
            if whose in ("SYSTEM", "USER"):
                text = _blank(sql, tokens[index].start, tokens[index + 2].end)
                return text, partial(_override, whose)
    return sql, lambda tree: None


def _override(whose: str, tree: exp.Expr) -> None:
    insert = tree.find(exp.Insert)
    if insert is not None:
        insert.set("overriding", whose)


def _cut_options(sql: str) -> tuple[str, Attach]:
    """CREATE SEQUENCE s ...: sqlglot reads some of the options in some orders."""
    tokens = statement_tokens(sql)
    words = [word_of(sql, each) for each in tokens]
    if words[1:2] != ["SEQUENCE"]:
        return sql, lambda tree: None
    name = 5 if words[2:5] == ["IF", "NOT", "EXISTS"] else 2
    end = _name_end(words, name)
    if end >= len(tokens):
        return sql, lambda tree: None
    found = sequence_options(sql, tokens, end, len(tokens))
    text = _blank(sql, tokens[end].start, tokens[-1].end)

    def attach(tree: exp.Expr) -> None:
        tree.set("properties", exp.Properties(expressions=[found]))

    return text, attach


def _cut_generated(sql: str) -> tuple[str, Attach]:
    tokens = tokens_of(sql)
    words = [word_of(sql, each) for each in tokens]
    text = sql
    options: list[exp.Expr | None] = []
    for index, word in enumerate(words):
        following = words[index + 1 : index + 2]
        if word == "IDENTITY" and words[index - 1] == "AS":
            if "ADD" in (words[index - 4], words[index - 5]):
                continue  # of ALTER COLUMN: see `identity_action`
            found = None
            if following == ["("]:
                end = _closing(words, index + 1, sql, tokens)
                found = sequence_options(sql, tokens, index + 2, end)
                text = _blank(text, tokens[index + 1].start, tokens[end].end)
            options.append(found)
        elif word == "AS" and words[index - 1] == "ALWAYS" and following == ["("]:
            end = _closing(words, index + 1, sql, tokens)
            kind = words[end + 1] if end + 1 < len(words) else ""
            if kind != "STORED":
                raise FeatureNotSupported(
                    "a generated column that is not STORED is not supported",
                    position=Position(sql, tokens[index].start),
                )

    def attach(tree: exp.Expr) -> None:
        nodes = tree.find_all(exp.GeneratedAsIdentityColumnConstraint)
        for node, found in zip(nodes, options, strict=False):
            node.set("options", found)

    return text, attach


def parse_alter_sequence(sql: str, parse_tree: ParseTree) -> exp.Expr:
    """The tree of ALTER SEQUENCE."""
    tokens = statement_tokens(sql)
    words = [word_of(sql, each) for each in tokens]
    at = 4 if words[2:4] == ["IF", "EXISTS"] else 2
    end = _name_end(words, at)
    if end >= len(tokens):
        raise SyntaxError_("ALTER SEQUENCE without options", position=Position(sql, 0))
    start, stop = tokens[at].start, tokens[end - 1].end + 1
    holder = "DROP SEQUENCE "
    name = parse_tree(f"{holder:<{start}}{sql[start:stop]}").args["tables"][0]
    options = sequence_options(sql, tokens, end, len(tokens))
    return exp.Alter(this=name, kind="SEQUENCE", exists=at == 4, actions=[options])


def _name_end(words: list[str], start: int) -> int:
    """The token behind a name, which may have dots."""
    end = start + 1
    while words[end : end + 1] == ["."]:
        end += 2
    return end


def identity_action(
    sql: str, tokens: list[Token], first: int, end: int
) -> exp.Expr | None:
    """ALTER [COLUMN] c ADD GENERATED ... / DROP IDENTITY / SET ... / RESTART / DROP
    EXPRESSION between two tokens; None for another action."""
    words = [word_of(sql, each) for each in tokens[:end]]
    at = first + 1 + (words[first + 1 : first + 2] == ["COLUMN"])
    if words[first] != "ALTER" or at + 1 >= end:
        return None
    rest = words[at + 1 :]
    column = exp.Identifier(this=tokens[at].text, quoted=sql[tokens[at].start] == '"')
    column.update_positions(tokens[at])
    made = exp.Anonymous(this="", expressions=[column])
    match rest:
        case ["DROP", "IDENTITY" | "EXPRESSION" as what, *more] if more in (
            [],
            ["IF", "EXISTS"],
        ):
            made.set("this", f"DROP {what}")
            made.set("exists", bool(more))
            return made
        case ["ADD", "GENERATED", *_] if "IDENTITY" in rest:
            return _add_identity(sql, tokens, at, end, made)
        case ["SET", "GENERATED" | "INCREMENT" | "MINVALUE" | "MAXVALUE" | "START", *_]:
            pass
        case ["SET", "NO" | "CACHE" | "CYCLE" | "RESTART", *_] | ["RESTART", *_]:
            pass
        case _:
            return None
    text = sql
    for index in range(at + 1, end):
        if words[index] != "SET":
            continue
        text = _blank(text, tokens[index].start, tokens[index].end)
        if words[index + 1 : index + 2] == ["GENERATED"]:
            always = words[index + 2] == "ALWAYS"
            last = index + (2 if always else 3)
            made.set("always", exp.Boolean(this=always))
            text = _blank(text, tokens[index].start, tokens[last].end)
    made.set("this", "SET IDENTITY")
    kept = tokens_of(text[: tokens[end - 1].end + 1])
    begin = next(
        (n for n, each in enumerate(kept) if each.start > tokens[at].end), len(kept)
    )
    made.set("options", sequence_options(text, kept, begin, len(kept)))
    return made


def _add_identity(
    sql: str,
    tokens: list[Token],
    at: int,
    end: int,
    made: exp.Anonymous,
) -> exp.Expr:
    words = [word_of(sql, each) for each in tokens[:end]]
    identity = words.index("IDENTITY", at)
    made.set("this", "ADD IDENTITY")
    made.set("always", exp.Boolean(this=words[at + 3] == "ALWAYS"))
    if words[identity + 1 : identity + 2] == ["("]:
        close = _closing(words, identity + 1, sql, tokens)
        made.set("options", sequence_options(sql, tokens, identity + 2, close))
    return made


def _closing(words: list[str], opening: int, sql: str, tokens: list[Token]) -> int:
    depth = 0
    for index in range(opening, len(words)):
        depth += (words[index] == "(") - (words[index] == ")")
        if depth == 0:
            return index
    raise SyntaxError_(
        "a parenthesis is not closed", position=Position(sql, tokens[opening].start)
    )


def _blank(text: str, start: int, end: int) -> str:
    return f"{text[:start]}{' ' * (end + 1 - start)}{text[end + 1 :]}"
