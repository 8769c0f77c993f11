"""Each word that the parser reads as syntax is quoted, wherever a name may stand."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
import sqlglot
from sqlalchemy.schema import CreateTable, DropTable
from sqlglot import exp
from sqlglot.dialects.postgres import Postgres

from sqlalchemy_queryleaf.dialect import QueryLeafDialect

DIALECT = QueryLeafDialect()
WORDS = sorted(
    {
        word.lower()
        for word in (*Postgres.Tokenizer.KEYWORDS, *Postgres.Parser.FUNCTIONS)
        if re.fullmatch(r"[A-Za-z_]\w*", word)
    }
)


def names_in(statement: object) -> set[str]:
    text = str(statement.compile(dialect=DIALECT))  # type: ignore[attr-defined]
    numbered = re.sub(r"%\(\w+\)s", "1", text)
    tree = sqlglot.parse_one(numbered, dialect="postgres")
    return {each.name for each in tree.find_all(exp.Identifier)}


@pytest.mark.parametrize("start", range(0, len(WORDS), 100))
def test_every_word_is_a_name(start: int) -> None:
    for word in WORDS[start : start + 100]:
        t = sa.Table(word, sa.MetaData(), sa.Column(word, sa.Integer, primary_key=True))
        alias = t.alias(word)
        label = t.c[word].label(word)
        statements = [
            sa.select(t).where(t.c[word] == 1).order_by(t.c[word].desc()),
            sa.select(alias).join(t.alias("b"), alias.c[word] == 1).group_by(alias),
            sa.select(label, sa.func.count(t.c[word])).group_by(label),
            sa.select(sa.select(t.c[word]).cte(word)),
            t.insert().values({word: 1}).returning(t.c[word]),
            t.update().values({word: t.c[word] + 1}).where(t.c[word] == 1),
            t.delete().where(t.c[word].in_(sa.select(alias.c[word]))),
            CreateTable(t),
            DropTable(t),
        ]
        for statement in statements:
            assert word in names_in(statement), statement
