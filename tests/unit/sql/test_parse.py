"""What the parser accepts, what it refuses, and where it points."""

from __future__ import annotations

import pytest

from queryleaf_dbapi import errors
from queryleaf_dbapi.sql.parse import ExplainStatement, SessionCommand, parse


@pytest.mark.parametrize(
    ("sql", "clause"),
    [
        ("SELECT a FROM t FOR UPDATE", "FOR UPDATE"),
        ("SELECT a FROM t FOR SHARE", "FOR SHARE"),
        ("SELECT a FROM t TABLESAMPLE BERNOULLI (10)", "TABLESAMPLE"),
        ("SELECT a INTO b FROM t", "SELECT INTO"),
        ("SELECT a FROM t GROUP BY a WITH ROLLUP", "WITH ROLLUP"),
        ("SELECT a FROM t QUALIFY a = 1", "QUALIFY"),
        ("VACUUM", "VACUUM"),
        ("VACUUM t", "VACUUM"),
        ("LOCK TABLE t", "LOCK"),
        ("COPY t FROM STDIN", "COPY"),
        ("PREPARE p AS SELECT 1", "PREPARE"),
        ("DO $$ BEGIN END $$", "DO"),
        ("CALL p()", "CALL"),
    ],
)
def test_a_clause_is_refused_by_name(sql: str, clause: str) -> None:
    """Never ignored: sqlglot keeps some of them where nobody looks."""
    with pytest.raises((errors.FeatureNotSupported, errors.SyntaxError_)) as caught:
        parse(sql)
    assert clause in str(caught.value)
    assert caught.value.position is not None


@pytest.mark.parametrize(
    ("sql", "offset"),
    [
        ("SELEC 1", 6),
        ("SELECT a b c FROM t", 11),
        ("SELECT a FROM t WHERE", 16),
        ("SELECT a FROM\nt x y", 18),
        ("SELECT (1", None),
        ("SELECT 'a", None),
        ('SELECT "a', None),
        ("SELECT /* a", None),
        ("SELECT 1 +", None),
        ("INSERT INTO", None),
        (")", None),
        ("123", None),
        ("a", None),
    ],
)
def test_a_syntax_error_has_its_place_and_no_internal_name(
    sql: str, offset: int | None
) -> None:
    with pytest.raises(errors.ProgrammingError) as caught:
        parse(sql)
    if offset is not None:
        assert caught.value.position is not None
        assert caught.value.position.offset == offset
    assert "sqlglot" not in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; DROP TABLE t",
        "SELECT 1; SELECT 2",
        "SELECT 1;; DELETE FROM t",
        "DELETE FROM t; DELETE FROM t;",
    ],
)
def test_several_statements_are_refused(sql: str) -> None:
    with pytest.raises(errors.ProgrammingError):
        parse(sql)


@pytest.mark.parametrize("sql", ["", "  ", ";", "-- nothing", "/* nothing */", ";;"])
def test_an_empty_text_is_refused(sql: str) -> None:
    with pytest.raises(errors.ProgrammingError):
        parse(sql)


@pytest.mark.parametrize("sql", ["SELECT 1;", " SELECT 1 ; ", "SELECT 1; -- end"])
def test_a_semicolon_at_the_end_is_accepted(sql: str) -> None:
    assert parse(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "(" * 1000 + "1" + ")" * 1000,
        "SELECT a FROM t WHERE " + "NOT (" * 1000 + "a" + ")" * 1000,
    ],
)
def test_deep_nesting_is_a_limit(sql: str) -> None:
    """sqlglot raises RecursionError."""
    with pytest.raises(errors.ProgramLimitExceeded):
        parse(sql)


def test_a_long_or_is_no_nesting() -> None:
    parse("SELECT a FROM t WHERE " + " OR ".join(f"a = {i}" for i in range(3000)))


@pytest.mark.parametrize(
    ("sql", "verb", "words"),
    [
        ("BEGIN", "BEGIN", ""),
        ("begin;", "BEGIN", ""),
        ("START TRANSACTION", "START", "TRANSACTION"),
        ("/* x */ COMMIT ;", "COMMIT", ""),
        ("-- x\nROLLBACK", "ROLLBACK", ""),
        ("SET timeout = 5", "SET", "timeout = 5"),
        ("SHOW TABLES", "SHOW", "TABLES"),
    ],
)
def test_a_session_command(sql: str, verb: str, words: str) -> None:
    assert parse(sql) == SessionCommand(verb, words)


def test_explain() -> None:
    found = parse("EXPLAIN (ANALYZE, VERBOSE) SELECT 1")
    assert isinstance(found, ExplainStatement)
    assert found.options == {"ANALYZE", "VERBOSE"}
    assert found.statement == "SELECT 1"
    with pytest.raises(errors.FeatureNotSupported):
        parse("EXPLAIN (NONSENSE) SELECT 1")
