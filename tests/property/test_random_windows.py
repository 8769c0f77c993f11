"""Random window queries give what the oracle gives (see test_random_queries)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import close_quietly, random_database, uri_of_database
from tests.property.oracles import normal_rows, open_oracle
from tests.property.test_random_queries import COUNT, FIRST
from tests.property.windows import WindowGenerator, statements

_TABLES = statements(5)


@pytest.fixture(scope="module")
def connection(server_uri: str, mongo_client: Any) -> Iterator[Any]:
    """A connection to a database with the table."""
    import queryleaf_dbapi

    name = random_database()
    connection = queryleaf_dbapi.connect(
        uri_of_database(server_uri, name), autocommit=True
    )
    for statement in _TABLES:
        connection.execute(statement)
    yield connection
    close_quietly(connection)
    mongo_client.drop_database(name)


def test_windows(connection: Any) -> None:
    """Every function, frame, key direction and place of NULLs."""
    import queryleaf_dbapi

    oracle = open_oracle(_TABLES)
    counted = 0
    for seed in range(FIRST, FIRST + COUNT // 2):
        sql = WindowGenerator(seed).statement()
        expected = oracle.run(sql)
        if expected is None:
            continue
        try:
            found = connection.execute(sql).fetchall()
        except queryleaf_dbapi.NotSupportedError:
            continue
        assert normal_rows(found, True) == normal_rows(expected, True), (
            f"seed {seed}: {sql}"
        )
        counted += 1
    assert counted > COUNT * 0.4, "too many of the statements are refused"
