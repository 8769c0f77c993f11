"""PEP 249, as the compliance suite of PyPI (`dbapi-compliance`) checks it: 34 tests."""

from __future__ import annotations

from typing import Any

import dbapi20
import pytest

import queryleaf_dbapi
from tests.conftest import close_quietly


class TestDatabaseApi20(dbapi20.DatabaseAPI20Test):
    """The suite over a fresh database for each test."""

    driver = queryleaf_dbapi
    lower_func = None  # the suite's word for "no stored procedures to call"

    @pytest.fixture(autouse=True)
    def _use_fresh_database(self, database_uri: str) -> None:
        self.connect_args = (database_uri,)

    def _connect(self) -> Any:
        """Connect; some tests of the suite leave the closing to the collector."""
        connection = super()._connect()
        self.addCleanup(close_quietly, connection)
        return connection

    # Abstract in the suite, which leaves both to the driver: there are no stored
    # procedures that could return a second result, and values are never cut, so
    # setoutputsize has nothing to show (test_setoutputsize_basic runs).
    test_nextset = None
    test_setoutputsize = None
