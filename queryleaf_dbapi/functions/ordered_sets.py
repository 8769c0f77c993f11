"""Ordered-set aggregates: PERCENTILE_CONT, PERCENTILE_DISC and MODE.

    PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY x)

The values that are not NULL are gathered and sorted; these functions read the sorted
array. Positions are computed in double precision, as PostgreSQL computes them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from queryleaf_dbapi.errors import NumericValueOutOfRange
from queryleaf_dbapi.functions.numeric import same_number
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.functions.registry import mql, ordered_set
from queryleaf_dbapi.functions.text_joining import CastArgument
from queryleaf_dbapi.functions.variables import is_null, let
from queryleaf_dbapi.plan.signature import Argument, Deferred, Mql
from queryleaf_dbapi.types import (
    DOUBLE,
    NUMERIC_FAMILIES,
    Family,
    SqlType,
    array_of,
    settle,
)

Real = CastArgument("double precision", NUMERIC_FAMILIES, DOUBLE)
Sortable = Argument("any", frozenset(Family) - {Family.DOCUMENT, Family.UNKNOWN})
# equal intervals may differ in their parts: 1 month, 30 days
Countable = Argument(
    "any", frozenset(Family) - {Family.DOCUMENT, Family.INTERVAL, Family.UNKNOWN}
)
Fraction = Argument("fraction", NUMERIC_FAMILIES, DOUBLE)
Fractions = Argument("fractions", frozenset({Family.ARRAY}), array_of(DOUBLE))
_Reader = Callable[[Mql, Mql], Mql]


def _in_range(fraction: Any) -> Any:
    """A fraction that is known: raises NumericValueOutOfRange beyond 0 and 1."""
    for each in fraction if isinstance(fraction, list) else [fraction]:
        if each is not None and not 0 <= each <= 1:
            raise NumericValueOutOfRange(
                f"percentile value {each:g} is not between 0 and 1"
            )
    return fraction


def _one(read: _Reader, array: Mql, fraction: Mql) -> Mql:
    """`read` of a fraction that may be computed: NULL for NULL, an error beyond 0
    and 1."""
    if fraction is None:
        return None
    if isinstance(fraction, Deferred):
        return read(array, fraction.changed(_in_range))
    if isinstance(fraction, int | float):
        return read(array, _in_range(fraction))

    def build(fraction: Mql) -> Mql:
        within = mql("$and", mql("$gte", fraction, 0), mql("$lte", fraction, 1))
        checked = raise_unless(
            within,
            read(array, mql("$toDouble", fraction)),
            "22003",
            "percentile value is not between 0 and 1",
        )
        return mql("$cond", is_null(fraction), None, checked)

    return let(build, fraction=fraction)


def _of_one(read: _Reader, array: Mql, fraction: Mql) -> Mql:
    def build(sorted_values: Mql) -> Mql:
        found = _one(read, sorted_values, fraction)
        return mql("$cond", mql("$eq", sorted_values, []), None, found)

    return let(build, sorted_values=array)


def _of_many(read: _Reader, array: Mql, fractions: Mql) -> Mql:
    def build(sorted_values: Mql) -> Mql:
        nothing = mql("$eq", sorted_values, [])
        found: Mql
        if isinstance(fractions, dict) and "$literal" in fractions:
            known = fractions["$literal"]
            found = [_one(read, sorted_values, each) for each in known]
        elif isinstance(fractions, list):  # ARRAY[$1, $2]
            found = [_one(read, sorted_values, each) for each in fractions]
        else:
            given: Mql = fractions
            if isinstance(fractions, Deferred):
                given = fractions.changed(_in_range)
            each = _one(read, sorted_values, "$$this")
            found = {"$map": {"input": given, "in": each}}
            nothing = mql("$or", nothing, is_null(fractions))
        return mql("$cond", nothing, None, found)

    return None if fractions is None else let(build, sorted_values=array)


def _between(values: Mql, fraction: Mql) -> Mql:
    """The value at fraction * (n - 1), between two neighbours by its distance."""

    def build(place: Mql) -> Mql:
        below, above = mql("$floor", place), mql("$ceil", place)

        def interpolated(low: Mql, high: Mql) -> Mql:
            step = mql("$subtract", high, low)
            share = mql("$subtract", place, below)
            return mql("$add", low, mql("$multiply", share, step))

        first = mql("$arrayElemAt", values, below)
        second = mql("$arrayElemAt", values, above)
        between = let(interpolated, low=first, high=second)
        return mql("$cond", mql("$eq", below, above), first, between)

    last = mql("$subtract", mql("$size", values), 1)
    return let(build, place=mql("$multiply", fraction, last))


def _first_at_least(values: Mql, fraction: Mql) -> Mql:
    """The first value that so many of the values do not come after."""
    number = mql("$ceil", mql("$multiply", fraction, mql("$size", values)))
    place = mql("$max", [mql("$subtract", number, 1), 0])
    return mql("$arrayElemAt", values, place)


def _arrays(rule: Callable[[SqlType], SqlType]) -> Callable[..., SqlType]:
    return lambda types: array_of(rule(types[0]))


_NUMBERS = "FROM (VALUES (40), (10), (NULL), (20)) AS t(x)"


@ordered_set(
    "PERCENTILE_CONT",
    args=[Real, Fraction],
    returns=DOUBLE,
    parsed_as="PercentileCont(this)",
    examples={
        f"PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY x) {_NUMBERS}": 20.0,
        f"PERCENTILE_CONT(0.75) WITHIN GROUP (ORDER BY x) {_NUMBERS}": 30.0,
        f"PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY x DESC) {_NUMBERS}": 30.0,
        "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY x) "
        "FROM (VALUES (NULL::integer)) AS t(x)": None,
    },
)
def percentile_cont(values: Mql, fraction: Mql) -> Mql:
    """The value that this fraction of the values comes before, interpolated; NULL
    for no value and a NULL fraction."""
    return _of_one(_between, values, fraction)


@ordered_set(
    "PERCENTILE_CONT",
    args=[Real, Fractions],
    returns=array_of(DOUBLE),
    parsed_as="PercentileCont(this)",
    examples={
        f"PERCENTILE_CONT(ARRAY[0, 0.5, NULL]) WITHIN GROUP (ORDER BY x) {_NUMBERS}": [
            10.0,
            20.0,
            None,
        ],
    },
)
def percentiles_cont(values: Mql, fractions: Mql) -> Mql:
    """An array: one value for each fraction."""
    return _of_many(_between, values, fractions)


@ordered_set(
    "PERCENTILE_DISC",
    args=[Sortable, Fraction],
    returns=same_number,
    parsed_as="PercentileDisc(this)",
    examples={
        f"PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY x) {_NUMBERS}": 20,
        "PERCENTILE_DISC(1) WITHIN GROUP (ORDER BY x) "
        "FROM (VALUES ('b'), ('a')) AS t(x)": "b",
    },
)
def percentile_disc(values: Mql, fraction: Mql) -> Mql:
    """The first value at or beyond this fraction of the values; NULL for no value
    and a NULL fraction."""
    return _of_one(_first_at_least, values, fraction)


@ordered_set(
    "PERCENTILE_DISC",
    args=[Sortable, Fractions],
    returns=_arrays(settle),
    parsed_as="PercentileDisc(this)",
    examples={
        f"PERCENTILE_DISC(ARRAY[0.1, 0.9]) WITHIN GROUP (ORDER BY x) {_NUMBERS}": [
            10,
            40,
        ],
    },
)
def percentiles_disc(values: Mql, fractions: Mql) -> Mql:
    """An array: one value for each fraction."""
    return _of_many(_first_at_least, values, fractions)


@ordered_set(
    "MODE",
    args=[Countable],
    returns=same_number,
    parsed_as="Mode()",
    examples={
        "MODE() WITHIN GROUP (ORDER BY x) FROM (VALUES (2), (1), (2)) AS t(x)": 2,
        "MODE() WITHIN GROUP (ORDER BY x DESC) FROM (VALUES (2), (1)) AS t(x)": 2,
        "MODE() WITHIN GROUP (ORDER BY x) FROM (VALUES (NULL::integer)) AS t(x)": None,
    },
)
def mode(values: Mql) -> Mql:
    """The most frequent value; the first of several in the order given."""

    def longest_run(times: Mql) -> Mql:
        is_more = mql("$gt", times, "$$value.most")
        return {
            "last": "$$this",
            "times": times,
            "found": mql("$cond", is_more, "$$this", "$$value.found"),
            "most": mql("$cond", is_more, times, "$$value.most"),
        }

    again = mql("$add", "$$value.times", 1)
    times = mql("$cond", mql("$eq", "$$this", "$$value.last"), again, 1)
    run = {
        "$reduce": {
            "input": values,
            "initialValue": {"last": None, "times": 0, "found": None, "most": 0},
            "in": let(longest_run, times=times),
        }
    }
    return {"$getField": {"field": "found", "input": run}}
