r"""The prompt: read statements, run them, print their rows.

Takes lines from a terminal, a pipe or `-c` and a connection; what a statement means
is the driver's business. On a terminal an error is printed and the prompt goes on;
from a pipe or `-c` the first error ends it with status 1.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from queryleaf_dbapi import Connection, Error
from queryleaf_dbapi.shell.describe import describe_table, describe_tables
from queryleaf_dbapi.shell.split import is_blank, split_statements
from queryleaf_dbapi.shell.table import format_table

HELP = r"""Statements end with a semicolon; each is committed at once, but after BEGIN.
  \d          tables, collections and views
  \d NAME     columns and indexes of one
  \timing     show how long each statement takes, or stop showing it
  \?          this list
  \q          leave (or Ctrl-D)
EXPLAIN SELECT ...; shows the plan and the MongoDB command of a query."""
_HISTORY = 1_000  # lines kept


class Quit(Exception):
    """No error: the user said `\\q`."""


class Prompt:
    """One session at the prompt: what is typed so far, and whether to show times."""

    def __init__(self, connection: Connection, output: TextIO | None = None) -> None:
        self.connection = connection
        self.shows_time = False
        self._output = output or sys.stdout
        self._pending = ""

    def run_text(self, text: str) -> bool:
        """Run all statements of a text, the last one with or without `;`.

        False, after printing the error, when one fails: the rest is not run then.
        """
        try:
            for line in text.splitlines(keepends=True):
                self._take(line)
            statement, self._pending = self._pending.strip(), ""
            if not is_blank(statement):
                self._execute(statement)
        except Quit:
            pass
        except Error as error:
            _print_error(error)
            return False
        return True

    def run_terminal(self) -> None:
        """Read from the terminal until `\\q` or the end of input."""
        with _history():
            while True:
                try:
                    self._take(input(self._prompt()) + "\n")
                except (Quit, EOFError):
                    print(file=self._output)
                    return
                except KeyboardInterrupt:
                    self._pending = ""
                    print("^C", file=self._output)
                except Error as error:
                    _print_error(error)

    def _prompt(self) -> str:
        return "queryleaf> " if is_blank(self._pending) else "        -> "

    def _take(self, line: str) -> None:
        """One more line: statements, or a part of one, or a command of the prompt."""
        statements, self._pending = split_statements(self._pending + line)
        for statement in statements:
            self._execute(statement)
        if self._pending.lstrip().startswith("\\"):
            command, self._pending = self._pending.strip(), ""
            self._command(command)

    def _command(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        name = rest.strip().strip('"')
        match word:
            case "\\q":
                raise Quit
            case "\\?":
                self._print(HELP)
            case "\\d" if name:
                self._print_lines(describe_table(self.connection, name))
            case "\\d":
                self._print_lines(describe_tables(self.connection))
            case "\\timing":
                self.shows_time = not self.shows_time
                self._print(f"timing is {'on' if self.shows_time else 'off'}")
            case _:
                self._print(f"no such command: {word}; \\? lists them")

    def _execute(self, statement: str) -> None:
        began = time.perf_counter()
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            if cursor.description is None:
                self._print("OK" + _counted(cursor.rowcount))
            else:
                names = [column[0] for column in cursor.description]
                self._print_lines(format_table(names, cursor))
        if self.shows_time:
            self._print(f"{(time.perf_counter() - began) * 1000:.1f} ms")

    def _print_lines(self, lines: Iterator[str]) -> None:
        for line in lines:
            self._print(line)

    def _print(self, text: str) -> None:
        print(text, file=self._output)


def _counted(rowcount: int) -> str:
    if rowcount < 0:
        return ""
    return f", {rowcount:,} {'row' if rowcount == 1 else 'rows'}"


def _print_error(error: Error) -> None:
    print(f"ERROR {error.sqlstate}: {error}", file=sys.stderr)


@contextlib.contextmanager
def _history() -> Iterator[None]:
    """Line editing with the lines of earlier sessions, where readline is there."""
    try:
        import readline
    except ImportError:
        yield
        return
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    path = Path(state) / "queryleaf" / "history"
    with contextlib.suppress(OSError):
        readline.read_history_file(path)
    readline.set_history_length(_HISTORY)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            readline.write_history_file(path)
