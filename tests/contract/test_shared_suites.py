"""Samples of the suites in ../shared/suites; `make conformance` runs them whole.

A wrong answer fails at once. What is not supported yet may be refused, but no fewer
may pass than FLOORS says: raise a floor when the driver has learnt more.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance import (
    SUITES,
    Runner,
    Score,
    open_runner,
    run_clients,
    run_diff_fuzz,
    run_sqllogictest,
)

# Of 300 queries, 1031 records and 22 steps.
FLOORS = {"diff_fuzz": 300, "sqllogictest": 1031, "clients (steps)": 22}

pytestmark = pytest.mark.skipif(
    not SUITES.is_dir(), reason=f"the outside suites are not there: {SUITES}"
)


@pytest.fixture(scope="module")
def runner(server_uri: str) -> Iterator[Runner]:
    with open_runner(server_uri) as runner:
        yield runner


def check(score: Score) -> None:
    print(f"{score.suite}: {score.passed} passed, {score.wrong} wrong, ", end="")
    print(f"{score.error} error\n{score.detail}")
    assert score.wrong == 0
    assert score.passed >= FLOORS[score.suite]


def test_random_queries_give_what_three_databases_agree_on(runner: Runner) -> None:
    check(run_diff_fuzz(runner, sample=300))


def test_sqllogictest_select1(runner: Runner) -> None:
    check(run_sqllogictest(runner, "select1.test"))


def test_real_clients(runner: Runner) -> None:
    check(run_clients(runner))
