"""Random statements give what the oracle gives; a failure prints the statement.

The everyday run is small and always the same. QUERYLEAF_TEST_QUERIES=20000 runs
more, QUERYLEAF_TEST_SEED moves on to others, QUERYLEAF_TEST_POSTGRES names a
PostgreSQL to believe instead of DuckDB. What the engines do differently on purpose
is `oracles.KNOWN_DIFFERENCES`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import close_quietly, random_database, uri_of_database
from tests.property.documents import (
    DocumentGenerator,
    encode,
    load_sqlite,
    random_documents,
)
from tests.property.generator import Generator, create_statements, insert_statements
from tests.property.oracles import Oracle, normal_rows, open_oracle

COUNT = int(os.environ.get("QUERYLEAF_TEST_QUERIES", "400"))
FIRST = int(os.environ.get("QUERYLEAF_TEST_SEED", "0"))
_TABLES = [*create_statements(), *insert_statements(7)]
_COLLECTIONS = {"m": random_documents(1), "k": random_documents(2, 15)}

Run = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def run(server_uri: str, mongo_client: Any) -> Iterator[Run]:
    """A function that runs a statement over the tables and the documents."""
    import queryleaf_dbapi

    name = random_database()
    for collection, documents in _COLLECTIONS.items():
        mongo_client[name][collection].insert_many(documents)
    mongo_client[name]["m"].create_index("a")  # an array entry may come out of it
    connection = queryleaf_dbapi.connect(
        uri_of_database(server_uri, name), autocommit=True
    )
    for statement in _TABLES:
        connection.execute(statement)

    def run(sql: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
        return rows

    yield run
    close_quietly(connection)
    mongo_client.drop_database(name)


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return open_oracle(_TABLES)


def check_table_query(run: Run, oracle: Oracle, seed: int, sql: str) -> bool:
    """Whether the statement counted: the oracle and we accept it."""
    import queryleaf_dbapi

    expected = oracle.run(sql)
    if expected is None:
        return False
    statement = sql.replace("{div}", "/")
    try:
        found = run(statement)
    except queryleaf_dbapi.NotSupportedError:
        return False
    except Exception as error:
        pytest.fail(f"seed {seed}: {type(error).__name__}: {error}\n{statement}")
    ordered = sql.startswith("SELECT id, s FROM") and " ORDER BY " in sql
    if normal_rows(found, ordered) != normal_rows(expected, ordered):
        pytest.fail(
            f"seed {seed}: {statement}\nfound    {sorted(map(repr, found))}"
            f"\nexpected {sorted(map(repr, expected))}"
        )
    return True


def test_queries(run: Run, oracle: Oracle) -> None:
    """SELECTs of every shape: joins, grouping, subqueries, set operations, ..."""
    seeds = range(FIRST, FIRST + COUNT)
    counted = sum(
        check_table_query(run, oracle, seed, Generator(seed).statement())
        for seed in seeds
    )
    assert counted > COUNT * 0.9, "too many of the statements are refused"


def test_three_forms_of_a_predicate(run: Run, oracle: Oracle) -> None:
    """The match language, the expression form and the value agree with the oracle."""
    seeds = range(FIRST, FIRST + COUNT // 2)
    counted = sum(
        check_table_query(run, oracle, seed, sql)
        for seed in seeds
        for sql in Generator(seed).three_forms()
    )
    assert counted > COUNT


def check_document_query(run: Run, tables: Any, ours: str, theirs: str) -> bool:
    import queryleaf_dbapi

    try:
        found = run(ours)
    except queryleaf_dbapi.errors.DatatypeMismatch:
        return False  # the derived schema knows that the field holds texts only
    expected = tables.execute(theirs).fetchall()
    ordered = " ORDER BY " in ours
    encoded = [tuple(map(encode, row)) for row in found]
    if normal_rows(encoded, ordered) != normal_rows(expected, ordered):
        pytest.fail(
            f"{ours}\nsqlite3: {theirs}\nfound    {sorted(map(repr, encoded))}"
            f"\nexpected {sorted(map(repr, expected))}"
        )
    return True


def test_documents(run: Run) -> None:
    """Missing fields, mixed kinds, arrays as whole values, nested paths."""
    tables = load_sqlite(_COLLECTIONS)
    counted = 0
    for seed in range(FIRST, FIRST + COUNT):
        pairs = [DocumentGenerator(seed).statement()]
        if seed % 2:
            pairs += DocumentGenerator(seed).three_forms()
        counted += sum(check_document_query(run, tables, *pair) for pair in pairs)
    assert counted > COUNT
