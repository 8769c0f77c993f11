"""Other people's suites over this driver: how each is run, and what it counted.

`make conformance` runs all of them whole and prints passed / wrong / error per suite.
A wrong row is a defect; an error naming something unsupported is a gap; `differs` are
records where PostgreSQL, too, gives something else (sqllogictest_differences.txt). The
suites lie beside the repository in ../shared/suites; a clone elsewhere has only those
from PyPI.
tests/contract/test_shared_suites.py runs samples with the same functions.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import json
import os
import random
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from benchmarks.tpch.tables import INDEXES
from tests.conftest import URI_VARIABLE, running_server, uri_of_database

ROOT = Path(__file__).parents[1]
SUITES = ROOT.parent / "shared" / "suites"
FACTORY = "factory:connect"
DIALECT_SCHEME = "queryleaf"
DIFFERENCES = Path(__file__).with_name("sqllogictest_differences.txt")
FRESH_SEED = "QUERYLEAF_TEST_SEED"

# What sqllogictest calls a failure, and is no wrong answer but none at all.
NO_ANSWER = {"query_error", "statement", "timeout"}


@dataclass(frozen=True, slots=True)
class Score:
    """What a suite counted; `detail` is what it printed about failures.

    `differs` counts the answers that are PostgreSQL's and not the suite's.
    """

    suite: str
    passed: int
    wrong: int
    error: int
    detail: str = ""
    differs: int = 0


class SuiteFailedError(Exception):
    """A runner broke down and counted nothing; carries what it printed."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs the suites' commands against one server, under names of its own."""

    uri: str
    prefix: str

    def run(self, *command: object, **environment: str) -> str:
        """Run Python with arguments and return what it printed."""
        paths = [str(ROOT), str(ROOT / "tests" / "contract")]
        done = subprocess.run(
            [sys.executable, *map(str, command)],
            cwd=ROOT,
            env={
                **os.environ,
                URI_VARIABLE: self.uri,
                "QUERYLEAF_TEST_PREFIX": self.prefix,
                "PYTHONPATH": os.pathsep.join(paths),
                "PYTHONWARNINGS": "ignore",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout

    def database(self) -> str:
        """Return a name for a database that is dropped in the end."""
        return self.prefix + secrets.token_hex(6)


@contextlib.contextmanager
def open_runner(uri: str) -> Iterator[Runner]:
    """Give a runner, and drop the databases it has made."""
    from pymongo import MongoClient

    runner = Runner(uri, f"queryleaf_suite_{secrets.token_hex(4)}_")
    try:
        yield runner
    finally:
        with MongoClient[Any](uri) as client:
            for name in client.list_database_names():
                if name.startswith(runner.prefix):
                    client.drop_database(name)


# --- the suites of ../shared/suites


def run_diff_fuzz(runner: Runner, sample: int | None = None) -> Score:
    """Run random queries on which SQLite, DuckDB and PostgreSQL agree."""
    folder = SUITES / "diff_fuzz"
    queries = folder / "dev_seed1.jsonl"
    with tempfile.TemporaryDirectory() as scratch:
        if sample is not None:
            queries = sample_queries(queries, Path(scratch) / "sample.jsonl", sample)
        return _check_queries(runner, "diff_fuzz", queries)


def run_fresh_diff_fuzz(runner: Runner) -> Score:
    """Generate other queries, on which SQLite and DuckDB agree, and run them."""
    seed = os.environ.get(FRESH_SEED, "1001")
    with tempfile.TemporaryDirectory() as scratch:
        queries = Path(scratch) / "fresh.jsonl"
        made = runner.run(
            *(SUITES / "diff_fuzz" / "diff_fuzz.py", "gen", "--seed", seed),
            *("--schemas", 20, "--per", 100, "--out", queries),
        )
        if not queries.exists():
            raise SuiteFailedError(made)
        return _check_queries(runner, f"diff_fuzz seed {seed}", queries)


def _check_queries(runner: Runner, suite: str, queries: Path) -> Score:
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "wrong.json"
        output = runner.run(
            *(SUITES / "diff_fuzz" / "diff_fuzz.py", "check", queries),
            *("--factory", FACTORY, "--json", report),
        )
        printed = re.search(r"^(\{.*?\}) ", output, re.MULTILINE)
        if not printed:
            raise SuiteFailedError(output)
        counts = ast.literal_eval(printed[1])
        wrong = json.loads(report.read_text())
    errors = counts.get("error", 0) + counts.get("setup_error", 0)
    detail = "\n".join([output, *(f"{w['sql']}\n  {w}" for w in wrong[:10])])
    return Score(suite, counts.get("ok", 0), counts.get("WRONG", 0), errors, detail)


def sample_queries(source: Path, target: Path, size: int) -> Path:
    """Write about `size` queries of a diff_fuzz file, the same ones every time."""
    schemas = [json.loads(line) for line in source.read_text().splitlines()]
    each = -(-size // len(schemas))
    chooser = random.Random(1)
    for schema in schemas:
        queries = schema["queries"]
        schema["queries"] = chooser.sample(queries, min(each, len(queries)))
    target.write_text("".join(json.dumps(schema) + "\n" for schema in schemas))
    return target


def run_sqllogictest(runner: Runner, *paths: str, jobs: int = 1) -> Score:
    """Run SQLite's corpus, or files of it, with its strict check of types."""
    chosen = paths or (".",)
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        output = runner.run(
            *(SUITES / "slt_runner.py", "--strict", "--engine", "queryleaf"),
            *("--factory", FACTORY, "--jobs", jobs, "--json", report),
            *("--keep", 100_000),
            *(SUITES / "sqllogictest" / path for path in chosen),
        )
        if not report.exists():
            raise SuiteFailedError(output)
        files = json.loads(report.read_text())
    counts: Counter[str] = Counter()
    for file in files.values():
        counts.update(file["counts"])
    failures = [
        (str(Path(path).relative_to(SUITES / "sqllogictest")), failure)
        for path, file in files.items()
        for failure in file["fails"]
    ]
    known = read_differences()
    unknown = [(path, each) for path, each in failures if not known.has(path, each)]
    unanswered = sum(each["why"] in NO_ANSWER for _, each in unknown)
    first = [f"{path} {each}" for path, each in unknown][:10]
    return Score(
        "sqllogictest",
        counts["pass"],
        len(unknown) - unanswered,
        unanswered + counts["crash"],
        "\n".join([output, *first]),
        len(failures) - len(unknown),
    )


@dataclass(frozen=True, slots=True)
class Differences:
    """Records that PostgreSQL answers otherwise than SQLite: how, and with what."""

    records: dict[tuple[str, str, int], str | None]

    def has(self, path: str, failure: dict[str, Any]) -> bool:
        """Whether this record may fail, in this way and with these values."""
        key = (path, failure["why"], failure["line"])
        if key not in self.records:
            return False
        values = self.records[key]
        return values is None or values == ",".join(failure["got"])


def read_differences() -> Differences:
    """Read sqllogictest_differences.txt, which says what its lines mean."""
    records: dict[tuple[str, str, int], str | None] = {}
    for line in DIFFERENCES.read_text().splitlines():
        if not line or line[0] in "#[":
            continue
        path, why, *numbers = line.split()
        for number in numbers:
            at, sign, values = number.partition("=")
            records[path, why, int(at)] = values if sign else None
    return Differences(records)


def run_tpch(runner: Runner, scale: str = "0.01", indexed: bool = False) -> Score:
    """Run TPC-H's 22 queries over data that pymongo has loaded: no declared tables.

    `indexed` adds indexes on the foreign keys, with which other plans are chosen.
    """
    generator = shutil.which("tpchgen-cli", path=str(Path(sys.executable).parent))
    if generator is None:
        raise SuiteFailedError("tpchgen-cli is not installed: make conformance does it")
    with tempfile.TemporaryDirectory() as scratch:
        # The runner looks for the data beside itself, and ../shared is read-only.
        folder = shutil.copytree(SUITES / "tpch", Path(scratch) / "tpch")
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        data = folder / f"sf{scale}" / "csv"
        subprocess.run(
            [generator, "csv", "-s", scale, "-o", data], check=True, capture_output=True
        )
        script, report = folder / "run_tpch.py", Path(scratch) / "report.json"
        database = runner.database()
        loaded = runner.run(script, scale, "load-mongo", runner.uri, database)
        if indexed:
            _index_tpch(runner.uri, database)
        output = runner.run(
            *(script, scale, "run", "--factory", FACTORY, "--json", report),
            QUERYLEAF_TEST_DATABASE=database,
        )
        if not report.exists():
            raise SuiteFailedError(loaded + output)
        states = Counter(q["status"] for q in json.loads(report.read_text()).values())
    # "order": the right rows in another order, where the query asked for one.
    wrong = states["WRONG"] + states["order"]
    name = "TPC-H, indexed" if indexed else "TPC-H"
    return Score(name, states["ok"], wrong, states["error"], output)


def _index_tpch(uri: str, database: str) -> None:
    from pymongo import MongoClient

    with MongoClient[Any](uri) as client:
        for table, columns in INDEXES.items():
            keys = [(column.strip(), 1) for column in columns.split(",")]
            client[database][table].create_index(keys)
        client[database]["lineitem"].create_index("l_suppkey")


def run_clients(runner: Runner, *clients: str) -> Score:
    """Run SQLAlchemy, SQLModel, Flask-SQLAlchemy, pandas and Alembic as users do."""
    uri = uri_of_database(runner.uri, runner.database())
    url = re.sub(r"^mongodb\b", DIALECT_SCHEME, uri)
    output = runner.run(SUITES / "clients.py", url, *clients)
    total = re.search(r"^TOTAL steps (\d+) / (\d+)", output, re.MULTILINE)
    if not total:
        raise SuiteFailedError(output)
    passed, steps = int(total[1]), int(total[2])
    # A step that fails is not told apart from one that raises.
    return Score("clients (steps)", passed, 0, steps - passed, output)


# --- the suites of PyPI


def run_pytest(runner: Runner, suite: str, path: str) -> Score:
    """Run a file of tests with pytest and count from its report."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        output = runner.run(
            *("-m", "pytest", "-q", path, f"--junit-xml={report}"),
            QUERYLEAF_TEST_QUERIES=os.environ.get("QUERYLEAF_TEST_QUERIES", "5000"),
        )
        if not report.exists():
            raise SuiteFailedError(output)
        counts: Counter[str] = Counter()
        for test in ElementTree.parse(report).iter("testcase"):
            counts[test[0].tag if len(test) else "passed"] += 1
    bad = counts["failure"] + counts["error"]
    skipped = f"{counts['skipped']} skipped\n" if counts["skipped"] else ""
    return Score(suite, counts["passed"], 0, bad, skipped + output)


SHARED: dict[str, Callable[[Runner], Score]] = {
    "diff_fuzz": run_diff_fuzz,
    "diff_fuzz_fresh": run_fresh_diff_fuzz,
    "sqllogictest": lambda runner: run_sqllogictest(runner, jobs=2),
    "tpch": run_tpch,
    "tpch_indexed": lambda runner: run_tpch(runner, indexed=True),
    "clients": run_clients,
}
FROM_PYPI = {
    "dbapi20": "tests/contract/test_dbapi20.py",
    "sqlalchemy": "tests/contract/test_sqlalchemy_suite.py",
    "alembic": "tests/contract/test_alembic_suite.py",
    "random_postgres": "tests/property/test_joins_postgres.py",
}


def run_suite(runner: Runner, name: str) -> Score | str:
    """Return what a suite counted, or why it did not run."""
    if name in SHARED:
        if not SUITES.is_dir():
            return f"not run: {SUITES} is not there"
        run = SHARED[name]
    elif not (ROOT / FROM_PYPI[name]).exists():
        return f"not run: {FROM_PYPI[name]} is not there"
    else:

        def run(runner: Runner) -> Score:
            return run_pytest(runner, name, FROM_PYPI[name])

    try:
        return run(runner)
    except (SuiteFailedError, subprocess.CalledProcessError) as error:
        return f"broke down: {str(error).strip()[-2000:]}"


def main() -> int:
    """Run the suites that are named, or all; fail when a row was wrong."""
    names = [*FROM_PYPI, *SHARED]
    parser = argparse.ArgumentParser(prog="tests.conformance", description=__doc__)
    parser.add_argument("suite", nargs="*", help=f"of {', '.join(names)}; all if none")
    parser.add_argument("-v", "--verbose", action="store_true", help="show failures")
    arguments = parser.parse_args()
    if unknown := set(arguments.suite) - set(names):
        parser.error(f"no such suite: {', '.join(sorted(unknown))}")
    bad = False
    print(
        f"{'suite':<18}{'passed':>8}{'wrong':>8}{'error':>8}{'differs':>9}", flush=True
    )
    with running_server() as uri, open_runner(uri) as runner:
        for name in arguments.suite or names:
            score = run_suite(runner, name)
            if isinstance(score, str):
                print(f"{name:<18}{score}", flush=True)
                bad |= score.startswith("broke down")
                continue
            counts = f"{score.passed:>8}{score.wrong:>8}{score.error:>8}"
            if score.differs:
                counts += f"{score.differs:>9}"
            print(f"{name:<18}{counts}", flush=True)
            bad |= score.wrong > 0
            if arguments.verbose and (score.wrong or score.error):
                print(score.detail)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
