"""The code blocks of a Markdown file, and the running of them.

Blocks run in order, in one empty directory per file: ```python blocks in one
namespace, ```sql blocks as if typed at the prompt `queryleaf shop`. A ```text block
right after one is what it must print, errors included; a block without one must not
fail. `<!-- not run: REASON -->` on the line before a block leaves it out.

    python tests/docs/blocks.py docs/tutorial.md      # in an empty directory

runs a file. Tests do so in a process of its own: a document may register functions or
change warnings as it likes.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import re
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import queryleaf_dbapi
from queryleaf_dbapi.shell.prompt import Prompt

DIRECTORY = "shop"  # of the embedded server that the documents talk about

_BLOCK = re.compile(
    r"(?P<not_run><!-- not run: [^\n]+ -->\n)?"
    r"^```(?P<language>python|sql)\n(?P<code>.*?)^```\n"
    r"(?:\s*^```text\n(?P<output>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code: its place, and what it should print (None: anything)."""

    language: str
    code: str
    line: int
    output: str | None
    is_run: bool


def read_blocks(text: str) -> Iterator[Block]:
    """The ```python and ```sql blocks of a Markdown text."""
    for found in _BLOCK.finditer(text):
        yield Block(
            language=found["language"],
            code=found["code"],
            line=text.count("\n", 0, found.start("code")) + 1,
            output=found["output"],
            is_run=found["not_run"] is None,
        )


class Runner:
    """Runs the blocks of one file; the working directory is to be an empty one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._namespace: dict[str, Any] = {"__name__": "__docs__"}

    def run(self, block: Block) -> str:
        """What the block prints. An exception of Python code is raised."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            if block.language == "python":
                # the empty lines give tracebacks the right line numbers
                source = "\n" * (block.line - 1) + block.code
                code = compile(source, str(self.path), "exec", dont_inherit=True)
                exec(code, self._namespace)
            elif not self._run_sql(block.code) and block.output is None:
                raise AssertionError(printed.getvalue())
        return printed.getvalue()

    def _run_sql(self, code: str) -> bool:
        with queryleaf_dbapi.connect(DIRECTORY, autocommit=True) as connection:
            return Prompt(connection).run_text(code)


def comparable(text: str) -> str:
    """Printed text without what Markdown editors strip."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def run_file(path: Path) -> int:
    """Run all blocks; say what is wrong with the first bad one. The exit status."""
    runner = Runner(path)
    for block in read_blocks(path.read_text("utf-8")):
        if not block.is_run:
            continue
        try:
            printed = comparable(runner.run(block))
        except Exception:
            print(f"{path.name}, line {block.line}:\n{traceback.format_exc()}")
            return 1
        if block.output is not None and printed != comparable(block.output):
            said = comparable(block.output).splitlines()
            lines = difflib.unified_diff(
                said, printed.splitlines(), "the document", "what ran", lineterm=""
            )
            print(f"{path.name}, line {block.line}:", *lines, sep="\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(run_file(Path(sys.argv[1])))
