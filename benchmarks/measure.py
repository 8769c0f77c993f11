"""Two ways of doing one thing, timed in alternation, as a ratio with its spread.

Alternation shares whatever else the machine does between both sides; the median of
the per-round ratios is what is reported, with the quartiles beside it.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """`ours` over `theirs`: median, quartiles, and the median times in seconds."""

    median: float
    low: float
    high: float
    ours: float
    theirs: float


def timed(run: Callable[[], object]) -> float:
    """Seconds one call takes; what it gives is dropped inside the time."""
    gc.collect()
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def ratio_of(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    rounds: int,
    reset: Callable[[], object] = lambda: None,
) -> Ratio:
    """Both sides once to warm up, then `rounds` times in alternation; `reset` runs
    before each pair and is not timed."""
    ours()
    theirs()
    pairs = []
    for number in range(rounds):
        reset()
        if number % 2:
            their_time, our_time = timed(theirs), timed(ours)
        else:
            our_time, their_time = timed(ours), timed(theirs)
        pairs.append((our_time, their_time))
    ratios = sorted(our / their for our, their in pairs)
    quartiles = statistics.quantiles(ratios, n=4) if rounds > 2 else ratios * 2
    return Ratio(
        statistics.median(ratios),
        quartiles[0],
        quartiles[-1],
        statistics.median(our for our, _ in pairs),
        statistics.median(their for _, their in pairs),
    )
