"""Random joins, subqueries, groupings and set operations give what PostgreSQL gives.

Each statement runs in autocommit, inside a transaction, and with every physical form of
a join forced where it is possible. The everyday run is small and always the same;
QUERYLEAF_TEST_QUERIES=5000 runs more (`make conformance` does), QUERYLEAF_TEST_SEED
moves on to others.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from queryleaf_dbapi.cost.settings import Settings, using
from tests.conftest import close_quietly, random_database, uri_of_database
from tests.property.joins import (
    GuardedGenerator,
    JoinGenerator,
    declarations,
    for_postgres,
    for_us,
    random_data,
)
from tests.property.oracles import normal_rows
from tests.property.postgres import (
    MISSING,
    PostgresOracle,
    is_there,
    running_postgres,
)

COUNT = int(os.environ.get("QUERYLEAF_TEST_QUERIES", "160"))
FIRST = int(os.environ.get("QUERYLEAF_TEST_SEED", "0"))
PER_DATA = 80
FORMS = ("fields", "hash", "broadcast", "pipeline")

pytestmark = pytest.mark.skipif(not is_there(), reason=MISSING)


@pytest.fixture(scope="module")
def postgres_uri() -> Iterator[str]:
    with running_postgres() as uri:
        yield uri


@dataclass(frozen=True)
class Way:
    """How a statement is run; plans are cached per connection, so each has its own."""

    name: str
    connection: Any
    form: str | None = None
    in_transaction: bool = False

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        if self.in_transaction:
            self.connection.rollback()  # a transaction lives a minute
            self.connection.execute("SELECT id FROM t1 LIMIT 1").fetchall()
        with using(Settings(forced=self.form)):
            rows: list[tuple[Any, ...]] = self.connection.execute(sql).fetchall()
        assert self.connection.in_transaction == self.in_transaction
        return rows


@pytest.fixture
def ways(server_uri: str, mongo_client: Any) -> Iterator[tuple[str, list[Way]]]:
    """A fresh database and the ways to run a statement over it."""
    import queryleaf_dbapi

    name = random_database()
    target = uri_of_database(server_uri, name)
    with contextlib.ExitStack() as stack:
        stack.callback(mongo_client.drop_database, name)

        def connect(**options: Any) -> Any:
            connection = queryleaf_dbapi.connect(target, **options)
            stack.callback(close_quietly, connection)
            return connection

        plain = Way("autocommit", connect(autocommit=True))
        inside = connect(isolation_level="SNAPSHOT")
        forced = [Way(form, connect(autocommit=True), form) for form in FORMS]
        others = [Way("transaction", inside, in_transaction=True), *forced]
        yield name, [plain, *others]


@pytest.mark.parametrize("number", range(-(-COUNT // PER_DATA)))
def test_joins(
    ways: tuple[str, list[Way]], postgres_uri: str, mongo_client: Any, number: int
) -> None:
    compare(ways, postgres_uri, mongo_client, number, JoinGenerator)


@pytest.mark.parametrize("number", range(-(-COUNT // PER_DATA)))
def test_guarded(
    ways: tuple[str, list[Way]], postgres_uri: str, mongo_client: Any, number: int
) -> None:
    """What may fail and reads columns of the queries around it."""
    compare(ways, postgres_uri, mongo_client, number, GuardedGenerator)


def compare(
    ways: tuple[str, list[Way]],
    postgres_uri: str,
    mongo_client: Any,
    number: int,
    generator: type[JoinGenerator],
) -> None:
    """Run statements of a generator over a database of their own."""
    name, all_ways = ways
    start = FIRST + number * PER_DATA
    data = random_data(start)
    # a collection is there before the tables, so that its fields are known at once
    for collection, documents in data.documents.items():
        mongo_client[name][collection].insert_many(documents)
    mongo_client[name]["n"].create_index("k")
    mongo_client[name]["n"].create_index("x")
    for statement in [*declarations(), *data.inserts]:
        all_ways[0].connection.execute(statement)
    oracle = PostgresOracle(
        postgres_uri, [*declarations(), *data.inserts, *data.postgres_statements()]
    )
    counts: Counter[str] = Counter()
    with contextlib.closing(oracle):
        for seed in range(start, start + PER_DATA):
            check(oracle, all_ways, seed, generator, counts)
    print(dict(counts))
    assert counts["answered"] > 0.9 * counts["asked"], "too many are refused"


def check(
    oracle: PostgresOracle,
    ways: list[Way],
    seed: int,
    generator: type[JoinGenerator],
    counts: Counter[str],
) -> None:
    """Compare one statement, run in every way, with PostgreSQL's answer."""
    import queryleaf_dbapi

    sql = generator(seed).statement()
    expected = oracle.run(for_postgres(sql))
    if expected is None:
        counts["PostgreSQL refuses"] += 1
        return
    wanted = normal_rows(expected, ordered=False)
    counts["asked"] += 1
    refused = False
    for way in ways:
        try:
            found = way.run(for_us(sql))
        except queryleaf_dbapi.NotSupportedError as error:
            counts[f"refused: {str(error).splitlines()[0][:60]}"] += 1
            refused = True
            continue
        except Exception as error:
            pytest.fail(_report(seed, way, sql, f"{type(error).__name__}: {error}"))
        if normal_rows(found, ordered=False) != wanted:
            rows = f"found    {sorted(map(repr, found))}"
            rows += f"\nexpected {sorted(map(repr, expected))}"
            pytest.fail(_report(seed, way, sql, rows))
    counts["answered"] += not refused


def _report(seed: int, way: Way, sql: str, text: str) -> str:
    return f"seed {seed}, {way.name}: {for_us(sql)}\n{text}"
