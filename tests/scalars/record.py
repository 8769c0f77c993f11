"""Ask PostgreSQL what the expressions of tests/scalars/*.sql are worth.

    python -m tests.scalars.record [file ...]

Each line of a .sql file is one expression over the row `v` below. PostgreSQL (PyPI
`pgserver`, a development tool) computes it for every row; a .tsv file beside it keeps
type and value, or the SQLSTATE. A line may end in `--! refused`: QueryLeaf refuses it,
or in `--! partly`: for some rows.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
SCHEMA = (HERE / "rows.txt").read_text()


def expressions(path: Path) -> list[str]:
    """The expressions of a file, in order."""
    lines = path.read_text().splitlines()
    return [line for line in lines if line.strip() and not line.startswith("--")]


def _script(lines: list[str]) -> Iterator[str]:
    yield "\\set VERBOSITY sqlstate\n\\pset null '<NULL>'\n\\pset tuples_only\n"
    yield "\\pset format unaligned\n\\pset fieldsep '|'\nSET TIME ZONE 'UTC';\n"
    yield "SET client_min_messages = error;\n"
    yield "DROP TABLE IF EXISTS v;\n" + SCHEMA
    for number, line in enumerate(lines):
        text = line.partition("--!")[0].strip()
        for row in (1, 2, 3, 4, 5) if _reads_row(text) else (1,):
            yield f"\\echo @{number}:{row}\n"
            yield (
                "SELECT pg_typeof(x), CASE WHEN pg_typeof(x)::text LIKE '%[]' "
                "THEN to_json(x)::text ELSE replace(replace(x::text, E'\\\\', "
                f"E'\\\\\\\\'), E'\\n', E'\\\\n') END FROM (SELECT {text} AS x "
                f"FROM v WHERE id = {row}) AS q;\n"
            )


def _reads_row(text: str) -> bool:
    """Whether the line names a column: one in double angle marks, such as «s»."""
    return "«" in text


def _line(lines: list[str], key: str, value: str) -> str:
    number, row = key.split(":")
    text = lines[int(number)].replace("\t", "\\t")
    return f"{text}\t{row}\t{value}"


def main(names: list[str]) -> None:
    """Record the files named, or all."""
    import pgserver

    server = pgserver.get_server(Path(tempfile.gettempdir()) / "pg-scalars")
    psql = Path(pgserver.__file__).parent / "pginstall" / "bin" / "psql"
    paths = [HERE / name for name in names] or sorted(HERE.glob("*.sql"))
    for path in paths:
        lines = expressions(path)
        script = "".join(_script(lines)).replace("«", "").replace("»", "")
        merged = subprocess.run(
            [str(psql), server.get_uri(), "-q"],
            input=script,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        ).stdout
        found: dict[str, str] = {}
        key = ""
        for line in merged.splitlines():
            if line.startswith("@"):
                key = line[1:]
            elif key and "ERROR:" in line:
                found[key] = "!" + line.split("ERROR:")[1].strip()
            elif key and "|" in line:
                found.setdefault(key, line)
        rows = [_line(lines, key, value) for key, value in found.items()]
        path.with_suffix(".tsv").write_text("\n".join(rows) + "\n")
        print(path.name, len(lines), "expressions,", len(rows), "values")


if __name__ == "__main__":
    main(sys.argv[1:])
