"""Every tests/cases/*.case is run three ways: as a compiler's golden file, on MongoDB
for its rows, and on sqlite3 to prove the expected rows themselves.

Cases of one file share a database, unless they write: those get one of their own.
"""

from __future__ import annotations

import contextlib
import decimal
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.case_files import (
    REWRITABLE,
    Case,
    CaseError,
    CaseFile,
    comparable,
    has_top_level_order,
    read_case_file,
    reads_only,
    rewrite_section,
)
from tests.conftest import close_quietly, random_database, uri_of_database

FILES = {
    path: read_case_file(path)
    for path in sorted((Path(__file__).parent / "cases").glob("*.case"))
}
CASES = [case for file in FILES.values() for case in file.cases]


def cases_with(*sections: str) -> pytest.MarkDecorator:
    """Run a test for each case that has one of the sections (or for all)."""
    chosen = [case for case in CASES if not sections or case.sections.keys() & sections]
    return pytest.mark.parametrize(
        "case", chosen, ids=[f"{case.path.stem}-{case.name}" for case in chosen]
    )


# --- MongoDB


@pytest.fixture(scope="session")
def open_database(
    server_uri: str, mongo_client: Any
) -> Iterator[Callable[[CaseFile], str]]:
    """A function that puts a file's data into a fresh database and gives its URI."""
    names: list[str] = []

    def open_database(file: CaseFile) -> str:
        import queryleaf_dbapi

        names.append(random_database())
        for collection, documents in file.documents.items():
            mongo_client[names[-1]][collection].insert_many(documents)
        uri = uri_of_database(server_uri, names[-1])
        if file.setup:
            connection = queryleaf_dbapi.connect(uri, autocommit=True)
            with contextlib.closing(connection):
                for statement in file.setup:
                    connection.cursor().execute(statement)
        return uri

    yield open_database
    for name in names:
        mongo_client.drop_database(name)


@pytest.fixture(scope="session")
def shared_uris() -> dict[Path, str]:
    """The database of each file, for the cases that only read."""
    return {}


@pytest.fixture
def case_uri(
    case: Case,
    open_database: Callable[[CaseFile], str],
    shared_uris: dict[Path, str],
) -> str:
    if not case.is_read_only:
        return open_database(FILES[case.path])
    if case.path not in shared_uris:
        shared_uris[case.path] = open_database(FILES[case.path])
    return shared_uris[case.path]


@pytest.fixture
def case_connection(case_uri: str) -> Iterator[Any]:
    import queryleaf_dbapi

    connection = queryleaf_dbapi.connect(case_uri)
    yield connection
    close_quietly(connection)


def run_statements(connection: Any, statements: Sequence[str]) -> list[tuple[Any, ...]]:
    """Execute all and return the rows of the last one, or none."""
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    return [] if cursor.description is None else list(cursor.fetchall())


@cases_with("plan", "mongo")
def test_plan_and_mongo(
    case: Case, case_connection: Any, pytestconfig: pytest.Config
) -> None:
    from queryleaf_dbapi import explain

    texts = {"plan": explain.plan_text, "mongo": explain.mongo_text}
    for section in REWRITABLE:
        expected = case.expected(section)
        if expected is None:
            continue
        found = texts[section](case_connection, case.sql).strip("\n")
        if pytestconfig.getoption("update_cases"):
            if found != expected:
                rewrite_section(case, section, found)
        else:
            assert found == expected, f"{section}; pytest --update-cases rewrites it"


@cases_with()
def test_rows(case: Case, case_connection: Any) -> None:
    """On MongoDB, the case gives its rows, or its error."""
    import queryleaf_dbapi

    if (message := case.expected("error")) is not None:
        with pytest.raises(queryleaf_dbapi.Error) as caught:
            run_statements(case_connection, case.statements[:1])
        assert str(caught.value).rstrip() == message.rstrip()
        return
    found = run_statements(case_connection, case.statements)
    expected = case.expected_rows()
    if expected is not None:
        assert comparable(found, case.is_ordered) == comparable(
            expected, case.is_ordered
        )


# --- index use


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.uses], ids=lambda c: f"{c.path.stem}-{c.name}"
)
def test_index_use(case: Case, case_uri: str) -> None:
    """The server's explain of what we sent names the stage and the index."""
    from pymongo import MongoClient, monitoring

    import queryleaf_dbapi

    class Recorder(monitoring.CommandListener):
        def __init__(self) -> None:
            self.commands: list[dict[str, Any]] = []

        def started(self, event: monitoring.CommandStartedEvent) -> None:
            if event.command_name in EXPLAINABLE:
                self.commands.append(dict(event.command))

        def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

        def failed(self, event: monitoring.CommandFailedEvent) -> None: ...

    recorder = Recorder()
    with MongoClient[Any](case_uri, event_listeners=[recorder]) as client:
        database = client.get_default_database()
        connection = queryleaf_dbapi.connect(client, database=database.name)
        run_statements(connection, case.statements[:1])
        close_quietly(connection)
        explained = [
            database.command(
                "explain",
                {key: value for key, value in command.items() if key not in SESSION},
                verbosity="executionStats",
            )
            for command in list(recorder.commands)
        ]
    seen = {use for answer in explained for use in index_uses(answer)}
    assert set(case.uses) <= seen, f"the server used {sorted(seen) or 'no index'}"


EXPLAINABLE = {"find", "aggregate", "update", "delete", "findAndModify", "count"}
SESSION = {
    *("lsid", "txnNumber", "startTransaction", "autocommit", "readConcern"),
    *("$clusterTime", "$db", "$readPreference", "writeConcern", "stmtId"),
}


def index_uses(explained: Any) -> Iterator[tuple[str, str]]:
    """Yield (stage, index) of an explain document; $lookup lists names only."""
    if isinstance(explained, dict):
        if "indexName" in explained:
            yield explained.get("stage", "IXSCAN"), explained["indexName"]
        for name in explained.get("indexesUsed", ()):
            yield "LOOKUP", name
        explained = list(explained.values())
    if isinstance(explained, list):
        for value in explained:
            yield from index_uses(value)


# --- the oracle


@cases_with("rows")
def test_oracle_gives_the_same_rows(case: Case) -> None:
    """The expected rows are right: sqlite3 gives them too."""
    if case.oracle_skip:
        pytest.skip(case.oracle_skip)
    file = FILES[case.path]
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        for name, documents in file.documents.items():
            load_documents(connection, name, documents)
        found = run_statements(connection, [*file.setup, *case.statements])
    expected = [[as_sqlite(value) for value in row] for row in case.expected_rows()]
    assert comparable(found, case.is_ordered) == comparable(expected, case.is_ordered)


def load_documents(
    connection: sqlite3.Connection, name: str, documents: list[dict[str, Any]]
) -> None:
    """Make a table of documents: a missing field is NULL, nested values stay out."""
    fields = dict.fromkeys(field for document in documents for field in document)
    scalar = [
        field
        for field in fields
        if not any(isinstance(d.get(field), (dict, list)) for d in documents)
    ]
    columns = ", ".join(f'"{field}"' for field in scalar)
    connection.execute(f'CREATE TABLE "{name}" ({columns})')
    connection.executemany(
        f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(scalar))})',
        [
            [as_sqlite(document.get(field)) for field in scalar]
            for document in documents
        ],
    )


def as_sqlite(value: Any) -> Any:
    """Return the nearest value that sqlite3 has."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, decimal.Decimal):
        return float(value)
    if value is None or isinstance(value, (int, float, str, bytes)):
        return value
    return str(value)


# --- the format itself


def test_updating_rewrites_plan_and_mongo_only(tmp_path: Path) -> None:
    path = tmp_path / "x.case"
    text = (
        "# head\n\n# name: one\nSELECT 1\n---- plan\n---- mongo\nold\nold\n"
        "---- rows\n1\n\n# name: two\nSELECT 2\n---- plan\nkeep\n"
    )
    path.write_text(text)
    one, _ = read_case_file(path).cases
    rewrite_section(one, "plan", "a\nb")
    rewrite_section(one, "mongo", "new\n")  # although the lines have moved
    rewritten = text.replace("---- plan\n----", "---- plan\na\nb\n----", 1)
    assert path.read_text() == rewritten.replace("old\nold", "new")
    with pytest.raises(ValueError, match="rows is written by a person"):
        rewrite_section(one, "rows", "2")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 1\n", "line 1: expected a comment, ==== or # name:"),
        ("==== documents\n", "line 1: write ==== setup or ==== documents NAME"),
        ("==== documents a\n\n{x}\n", "line 3: not JSON"),
        ("# name: a b\nSELECT 1\n", "line 1: a name is one word"),
        ("# name: a\n---- rows\n", "line 1: the case a has no SQL"),
        ("# name: a\nSELECT 1\n---- row\n", "line 3: expected one of plan, mongo"),
        ("# name: a\nSELECT 1\n---- rows\n---- error\n", "both rows and an error"),
        ("# name: a\nSELECT 1\n# name: a\nSELECT 1\n", "line 3: the name 'a' is taken"),
        (
            "# name: a\n# oracle: skip\nSELECT 1\n",
            "line 2: write # oracle: skip REASON",
        ),
    ],
)
def test_a_broken_file_is_refused_with_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "x.case"
    path.write_text(text)
    with pytest.raises(CaseError, match=message):
        read_case_file(path)


@pytest.mark.parametrize(
    ("sql", "is_ordered", "is_read_only"),
    [
        ("SELECT a FROM t ORDER BY a", True, True),
        ("SELECT a FROM (SELECT a FROM t ORDER BY (a)) x", False, True),
        ("SELECT row_number() OVER (ORDER BY a) FROM t", False, True),
        ("SELECT 'order by insert' FROM t", False, True),
        ("WITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x", False, False),
        ("UPDATE t SET a = 1", False, False),
        ("SELECT nextval('s')", False, False),
    ],
)
def test_what_a_statement_is(sql: str, is_ordered: bool, is_read_only: bool) -> None:
    assert (has_top_level_order(sql), reads_only(sql)) == (is_ordered, is_read_only)


def test_equal_values_of_different_types_are_different_rows() -> None:
    values = [1, 1.0, True, decimal.Decimal(1), "1"]
    assert len({comparable([[value]], False)[0] for value in values}) == len(values)
