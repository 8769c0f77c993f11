"""The prompt `queryleaf`: splitting, tables, commands, errors, exit status."""

from __future__ import annotations

import contextlib
import io
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from queryleaf_dbapi.shell import format_table
from queryleaf_dbapi.shell.prompt import Prompt
from queryleaf_dbapi.shell.split import is_blank, split_statements
from queryleaf_dbapi.shell.table import format_value

# --- splitting


@pytest.mark.parametrize(
    ("text", "statements", "rest"),
    [
        ("SELECT 1; SELECT 2", ["SELECT 1"], " SELECT 2"),
        ("SELECT ';'; x", ["SELECT ';'"], " x"),
        ("SELECT 'it''s;';", ["SELECT 'it''s;'"], ""),
        (r"SELECT E'\';';", [r"SELECT E'\';'"], ""),
        (r"SELECT '\';", [r"SELECT '\'"], ""),
        ('SELECT ";";', ['SELECT ";"'], ""),
        ("SELECT $$;$$;", ["SELECT $$;$$"], ""),
        ("SELECT $a$;$b$;$a$;", ["SELECT $a$;$b$;$a$"], ""),
        ("SELECT 1 -- ; no\n;", ["SELECT 1 -- ; no"], ""),
        ("/* ; /* ; */ ; */ SELECT 1;", ["/* ; /* ; */ ; */ SELECT 1"], ""),
        (";;  ; -- nothing\n;", [], ""),
        ("SELECT 'open;", [], "SELECT 'open;"),
        ("SELECT $1; SELECT a$b$c;", ["SELECT $1", "SELECT a$b$c"], ""),
    ],
)
def test_statements_are_cut_at_semicolons(
    text: str, statements: list[str], rest: str
) -> None:
    assert split_statements(text) == (statements, rest)


def test_blank_is_space_and_comments() -> None:
    assert is_blank(" \n -- a\n /* b */ ")
    assert not is_blank(" -- a\n 1")


# --- tables


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        (True, "true"),
        (Decimal("1.50"), "1.50"),
        (date(2024, 5, 1), "2024-05-01"),
        (datetime(2024, 5, 1, 9, 30), "2024-05-01 09:30:00"),
        (time(9, 30), "09:30:00"),
        (b"\x00\xff", "\\x00ff"),
        ({"a": [1, None, date(2024, 5, 1)]}, '{"a": [1, null, "2024-05-01"]}'),
        ("red\x1b[31m\n", "red\\x1b[31m\\n"),
        ("Zoë", "Zoë"),
    ],
)
def test_a_value_takes_one_line(value: Any, text: str) -> None:
    assert format_value(value) == text


def test_a_table_sets_numbers_to_the_right() -> None:
    rows = [("Ada", 36), ("日本", None)]
    assert list(format_table(("name", "age"), rows)) == [
        " name | age",
        "------+------",
        " Ada  |   36",
        " 日本 | NULL",
        "(2 rows)",
    ]


def test_long_cells_are_cut_only_when_asked() -> None:
    rows = [("x" * 20,)]
    assert " xxxxx..." in format_table(("a",), rows, cell=8)
    assert f" {'x' * 20}" in format_table(("a",), rows)
    assert list(format_table(("a",), [])) == [" a", "---", "(0 rows)"]


def test_a_long_result_is_laid_out_in_parts() -> None:
    rows = [("x",)] * 1000 + [("longer",)] * 2
    lines = list(format_table(("a",), rows))
    assert (len(lines), lines[-2:]) == (1005, [" longer", "(1,002 rows)"])


# --- the prompt


@pytest.fixture
def prompt(connect: Callable[..., Any]) -> Prompt:
    return Prompt(connect(autocommit=True), output=io.StringIO())


def run(prompt: Prompt, text: str) -> str:
    """What the prompt prints for a text that has no error."""
    assert prompt.run_text(text)
    output = prompt._output
    assert isinstance(output, io.StringIO)
    printed = output.getvalue()
    output.seek(0)
    output.truncate()
    return printed


def test_statements_over_lines(prompt: Prompt) -> None:
    printed = run(
        prompt,
        "CREATE TABLE t (a INTEGER PRIMARY KEY,\n b TEXT);\n"
        "INSERT INTO t VALUES (1, 'x;y'), (2, NULL); SELECT *\nFROM t",
    )
    assert printed == (
        "OK\nOK, 2 rows\n a | b\n---+------\n 1 | x;y\n 2 | NULL\n(2 rows)\n"
    )


def test_each_statement_is_committed_unless_begin_was_said(prompt: Prompt) -> None:
    run(prompt, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)")
    run(prompt, "BEGIN; DELETE FROM t; ROLLBACK")
    assert "    1\n" in run(prompt, "SELECT COUNT(*) FROM t")


def test_describing_tables(prompt: Prompt) -> None:
    run(prompt, "CREATE TABLE t (a INTEGER PRIMARY KEY, b JSONB DEFAULT NULL)")
    run(prompt, "CREATE INDEX t_b ON t (b DESC)")
    client, database = prompt.connection.client, prompt.connection.database
    client[database]["open"].insert_one({"_id": 1, "at": {"lat": 1.5}})
    listed = run(prompt, r"\d")
    assert " t    | table " in listed
    assert " open | collection (columns from its documents) |" in listed
    described = run(prompt, r"\d t")
    assert described.startswith("t: table\n")
    assert " a      | INTEGER | no       | NULL\n" in described
    assert "unique index t_pkey (a)\n" in described
    assert "index t_b (b DESC)\n" in described
    assert " at.lat | DOUBLE PRECISION | yes " in run(prompt, r"\d open")


def test_the_other_commands(prompt: Prompt) -> None:
    assert run(prompt, "\\timing\nSELECT 1;\n\\timing").count(" ms\n") == 1
    assert r"\q" in run(prompt, r"\?")
    assert "no such command" in run(prompt, r"\x")
    assert run(prompt, "SELECT 1 AS a; \\q\nSELECT 2 AS b;").count("(1 row)") == 1


def test_an_error_has_its_state_and_caret(
    prompt: Prompt, capsys: pytest.CaptureFixture[str]
) -> None:
    run(prompt, "CREATE TABLE people (name TEXT)")
    assert not prompt.run_text("SELECT nmae FROM people; SELECT 1;")
    error = capsys.readouterr().err
    assert error.startswith('ERROR 42703: column "nmae" does not exist in "people"')
    assert error.endswith("SELECT nmae FROM people\n       ^\n")
    assert not prompt.run_text(r"\d nothing")
    assert "42P01" in capsys.readouterr().err


# --- the program


def queryleaf(
    *arguments: str, stdin: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "queryleaf_dbapi.shell", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        timeout=60,
        check=False,
    )


def test_commands_and_pipes(database_uri: str) -> None:
    done = queryleaf(database_uri, "-c", "SELECT 1 AS a", "-c", "SELECT 2 AS b")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == " a\n---\n 1\n(1 row)\n b\n---\n 2\n(1 row)\n"
    done = queryleaf(database_uri, stdin="SELECT 1 AS a;\nSELEC;\nSELECT 3 AS c;\n")
    assert (done.returncode, done.stdout) == (1, " a\n---\n 1\n(1 row)\n")
    assert done.stderr.startswith("ERROR 42601: ")


def test_what_is_not_committed_is_rolled_back(database_uri: str) -> None:
    queryleaf(database_uri, "-c", "CREATE TABLE t (a INTEGER)")
    assert queryleaf(database_uri, stdin="BEGIN; INSERT INTO t VALUES (1)").stdout
    assert "    0\n" in queryleaf(database_uri, "-c", "SELECT COUNT(*) FROM t").stdout


def test_a_server_that_is_not_there() -> None:
    uri = "mongodb://user:secret@localhost:1/x?serverSelectionTimeoutMS=200"
    done = queryleaf(uri, "-c", "SELECT 1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ERROR 08006: ")
    assert "secret" not in done.stderr


def test_the_demo_is_a_word_of_the_shell() -> None:
    done = queryleaf("demo", "--help")
    assert done.returncode == 0
    assert "usage: queryleaf demo" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed")
def test_a_terminal(database_uri: str, tmp_path: Path) -> None:
    """The prompt survives errors and Ctrl-C, and remembers its lines."""
    import pty

    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "queryleaf_dbapi.shell", database_uri],
        stdin=child,
        stdout=child,
        stderr=child,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path), "TERM": "dumb"},
        start_new_session=True,
    )
    os.close(child)
    try:
        seen = read_until(parent, "queryleaf> ")
        assert "MongoDB" in seen
        os.write(parent, b"SELECT\n")
        read_until(parent, "-> ")
        assert "^C" in interrupt(process, parent)
        os.write(parent, b"SELECT nothing;\n")
        assert "ERROR 42703" in read_until(parent, "queryleaf> ")
        os.write(parent, b"SELECT 6 * 7 AS answer;\n")
        assert "42\r\n(1 row)" in read_until(parent, "queryleaf> ")
        os.write(parent, b"\\q\n")
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(parent)
    history = tmp_path / "queryleaf" / "history"
    assert "SELECT 6 * 7 AS answer;" in history.read_text()
    assert history.stat().st_mode & 0o077 == 0


def interrupt(process: subprocess.Popen[bytes], descriptor: int) -> str:
    """What Ctrl-C leads to. Between showing a prompt and waiting for a key there is
    a moment in which CPython notes the signal but does not act on it: try again."""
    for _ in range(9):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(AssertionError):
            return read_until(descriptor, "queryleaf> ", seconds=2)
    process.send_signal(signal.SIGINT)
    return read_until(descriptor, "queryleaf> ")


def read_until(descriptor: int, text: str, seconds: float = 20) -> str:
    """What a terminal shows up to and with this text; fails when it never comes."""
    seen = ""
    deadline = monotonic() + seconds
    while not seen.endswith(text):
        left = deadline - monotonic()
        ready, _, _ = select.select([descriptor], [], [], max(left, 0))
        assert ready, f"no {text!r} in {seconds} s after {seen!r}"
        seen += os.read(descriptor, 4096).decode()
    return seen
