"""generate_series and generate_subscripts: rows that are counted out."""

from __future__ import annotations

from datetime import datetime, timedelta

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.functions.arguments import (
    Array,
    Boolean,
    Exact,
    Integer,
    Interval,
    Temporal,
    optional,
)
from queryleaf_dbapi.functions.raising import raise_unless, raising
from queryleaf_dbapi.functions.registry import mql, set_returning
from queryleaf_dbapi.functions.temporal_arithmetic import shifted
from queryleaf_dbapi.functions.variables import constant, constant_integer, let
from queryleaf_dbapi.plan.signature import Mql, Series
from queryleaf_dbapi.types import (
    BIGINT,
    INTEGER,
    NUMERIC,
    TIMESTAMP,
    TIMESTAMPTZ,
    Family,
    SqlType,
)

_NO_STEP = ("22023", "step size cannot equal zero")
_INT32 = range(-(2**31), 2**31)
_WRITTEN_OUT = 100_000  # a longer $range is counted out in blocks
_DAY = 86_400_000
# steps of months are taken one by one: enough for 400 years
_MOST_BY_MONTHS = 5000


def _whole_numbers(types: tuple[SqlType, ...]) -> tuple[tuple[str, SqlType], ...]:
    is_big = any("long" in each.bson for each in types)
    return (("generate_series", BIGINT if is_big else INTEGER),)


def _count(distance: Mql, step: Mql) -> Mql:
    """How many rows: one, and one for each whole step within the distance; none
    when the step leads away, which makes the quotient negative."""
    known = constant(step)
    divisor = step if known else mql("$cond", mql("$eq", step, 0), 1, step)
    steps = mql("$toLong", mql("$floor", mql("$divide", distance, divisor)))
    count = mql("$max", 0, mql("$add", steps, 1))
    if known:
        return count
    return raise_unless(mql("$ne", step, 0), count, *_NO_STEP)


def _at(start: Mql, step: Mql) -> Series:
    def at(place: Mql) -> Mql:
        return mql("$add", start, mql("$multiply", place, step) if step != 1 else place)

    return Series(0, at)


@set_returning(
    "GENERATE_SERIES",
    args=[Integer, Integer, optional(Integer)],
    returns=_whole_numbers,
    never_null=True,
    parsed_as="ExplodingGenerateSeries(start, end, step)",
)
def generate_series(start: Mql, stop: Mql, step: Mql = 1) -> Mql | Series:
    """The numbers from the first to the second, both included, one apart or as far
    as the third says; dates an interval apart."""
    first, last, apart = map(constant_integer, (start, stop, step))
    if apart == 0:
        return raising(*_NO_STEP)
    if first is not None and last is not None and apart is not None:
        numbers = range(first, last + (1 if apart > 0 else -1), apart)
        if not numbers:
            return []
        ends = (numbers.start, numbers.stop, numbers.step)
        if len(numbers) <= _WRITTEN_OUT and all(each in _INT32 for each in ends):
            return mql("$range", *(ends if apart != 1 else ends[:2]))
    if first is not None and apart == 1:
        until = stop if first == 1 else mql("$subtract", stop, first - 1)
        return Series(mql("$max", 0, until), _at(start, step).at)
    # in decimals, which are exact for the distance of 64-bit numbers
    count = _count(mql("$subtract", mql("$toDecimal", stop), start), step)
    return Series(count, _at(start, step).at)


@set_returning(
    "GENERATE_SERIES",
    args=[Exact, Exact, optional(Exact)],
    returns=lambda types: (("generate_series", NUMERIC),),
    never_null=True,
)
def generate_decimals(start: Mql, stop: Mql, step: Mql = 1) -> Series:
    """The same of decimals."""
    start = mql("$toDecimal", start)
    count = _count(mql("$subtract", stop, start), step)
    return Series(count, _at(start, step).at)


def _moments(types: tuple[SqlType, ...]) -> tuple[tuple[str, SqlType], ...]:
    """PostgreSQL prefers TIMESTAMPTZ where no argument is a TIMESTAMP."""
    plain = TIMESTAMP in types and TIMESTAMPTZ not in types
    return (("generate_series", TIMESTAMP if plain else TIMESTAMPTZ),)


@set_returning(
    "GENERATE_SERIES",
    args=[Temporal, Temporal, Interval],
    returns=_moments,
    never_null=True,
)
def generate_moments(start: Mql, stop: Mql, step: Mql) -> Mql | Series:
    """The same of dates and timestamps; a step of months is held within the month
    each time, so that 31 January is followed by 29 February and 29 March."""
    known = constant(step)
    if isinstance(known, dict) and known["months"]:
        return _by_months(start, stop, step, known)
    distance = mql("$subtract", stop, start)
    if isinstance(known, dict):
        width = known["days"] * _DAY + known["milliseconds"]
        if not width:
            return raising(*_NO_STEP)
        first, last = constant(start), constant(stop)
        if isinstance(first, datetime) and isinstance(last, datetime):
            steps = (last - first) // timedelta(milliseconds=width)
            return Series(max(0, steps + 1), _at(start, width).at)
        return Series(_count(distance, width), _at(start, width).at)
    days = mql("$multiply", _part(step, "days"), _DAY)
    computed = mql("$add", days, _part(step, "milliseconds"))
    count = raise_unless(
        mql("$eq", _part(step, "months"), 0),
        let(lambda width: _count(distance, width), width=computed),
        "0A000",
        "generate_series with an interval of months that is not a constant",
    )
    return Series(count, _at(start, computed).at)


def _part(interval: Mql, name: str) -> Mql:
    return {"$getField": {"field": name, "input": interval}}


def _by_months(start: Mql, stop: Mql, step: Mql, known: dict[str, int]) -> Mql:
    months = known["months"]
    if any(months * known[part] < 0 for part in ("days", "milliseconds")):
        raise FeatureNotSupported(
            "generate_series with an interval of months in one direction and days in "
            "the other is not supported"
        )
    distance = mql("$dateDiff", startDate=start, endDate=stop, unit="month")
    steps = mql("$add", mql("$trunc", mql("$divide", distance, months)), 2)
    within = "$lte" if months > 0 else "$gte"
    taken = {
        "$reduce": {
            "input": mql("$range", 0, mql("$max", 0, "$$steps")),
            "initialValue": {"at": start, "rows": []},
            "in": mql(
                "$cond",
                mql(within, "$$value.at", stop),
                {
                    "at": shifted("$$value.at", step),
                    "rows": mql("$concatArrays", "$$value.rows", ["$$value.at"]),
                },
                "$$value",
            ),
        }
    }
    rows = {"$let": {"vars": {"taken": taken}, "in": "$$taken.rows"}}
    limited = raise_unless(
        mql("$lte", "$$steps", _MOST_BY_MONTHS),
        rows,
        "54000",
        f"generate_series by months gives {_MOST_BY_MONTHS} rows at most",
    )
    # clamped, so that a constant series that is refused is not computed before
    return {
        "$let": {
            "vars": {"steps": mql("$min", steps, _MOST_BY_MONTHS + 1)},
            "in": limited,
        }
    }


@set_returning(
    "GENERATE_SUBSCRIPTS",
    args=[Array, Integer, optional(Boolean)],
    returns=INTEGER,
    never_null=True,
)
def generate_subscripts(array: Mql, dimension: Mql, reverse: Mql = False) -> Mql:
    """The places of the array's elements in that dimension (a constant), from 1 or,
    with TRUE, from the last."""
    depth = constant_integer(dimension)
    if depth is None or not isinstance(reverse, bool):
        raise FeatureNotSupported(
            "GENERATE_SUBSCRIPTS with a dimension or direction that is not a constant"
        )
    if depth < 1:
        return []
    for _ in range(depth - 1):
        array = mql("$cond", mql("$isArray", [array]), mql("$first", [array]), None)

    def places(array: Mql) -> Mql:
        size = mql("$cond", mql("$isArray", [array]), mql("$size", array), 0)
        return mql("$range", size, 0, -1) if reverse else mql("$range", 1, _next(size))

    def _next(size: Mql) -> Mql:
        return mql("$add", size, 1)

    return let(places, array=array)


def moment_type(types: tuple[SqlType, ...]) -> SqlType:
    """What a text constant beside these arguments of generate_series is read as."""
    families = {each.family for each in types}
    is_plain = TIMESTAMP in types and Family.TIMESTAMP in families
    return TIMESTAMP if is_plain else TIMESTAMPTZ
