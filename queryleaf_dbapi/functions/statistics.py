"""Deviations, variances, correlations and regressions.

Integers and decimals are gathered exactly, as PostgreSQL does, and come out as
NUMERIC of 34 digits; doubles use the server's own running deviation. The functions of
two columns are double precision and see the rows where both are not NULL.
"""

from __future__ import annotations

from collections.abc import Callable

from bson.decimal128 import Decimal128

from queryleaf_dbapi.functions.aggregate import counted
from queryleaf_dbapi.functions.arguments import Exact, Number
from queryleaf_dbapi.functions.numeric import Real
from queryleaf_dbapi.functions.registry import aggregate, mql
from queryleaf_dbapi.functions.variables import is_not_null, let
from queryleaf_dbapi.plan.signature import Accumulation, AggregateDef, Mql
from queryleaf_dbapi.types import BIGINT, DOUBLE, NUMERIC

_ZERO = Decimal128("0")


def _exact_variance(number: Mql, total: Mql, squares: Mql, sample: bool) -> Mql:
    """(n * sum of squares - square of the sum) / n (n - 1)."""
    spread = mql(
        "$subtract", mql("$multiply", number, squares), mql("$multiply", total, total)
    )
    others = mql("$subtract", number, 1) if sample else number
    return mql(
        "$cond",
        mql("$gt", number, 1 if sample else 0),
        mql("$divide", spread, mql("$multiply", number, others)),
        None,
    )


def _deviation(
    name: str,
    *,
    sample: bool,
    root: bool,
    parsed_as: str,
    says: str,
    aliases: tuple[str, ...] = (),
    examples: dict[str, object],
) -> None:
    """Register both overloads of one of STDDEV_POP ... VAR_SAMP."""
    operator = "$stdDevSamp" if sample else "$stdDevPop"

    def finish(deviation: Mql) -> Mql:
        return deviation if root else mql("$pow", deviation, 2)

    def of_doubles(value: Mql, *, nullable: bool) -> Accumulation:
        return Accumulation({"": {operator: value}}, finish)

    def of_exact(value: Mql, *, nullable: bool) -> Accumulation:
        decimal = mql("$toDecimal", value)

        def result(total: Mql, squares: Mql, number: Mql) -> Mql:
            variance = _exact_variance(number, total, squares, sample)
            return mql("$sqrt", variance) if root else variance

        fields = {
            "": {"$sum": decimal},
            "squares": {"$sum": mql("$multiply", decimal, value)},
            "count": counted(value, nullable),
        }
        return Accumulation(fields, result)

    of_doubles.__doc__ = of_exact.__doc__ = says

    def over_set(array: Mql) -> Mql:
        return finish(mql(operator, array))

    def over_exact_set(array: Mql) -> Mql:
        def build(decimals: Mql) -> Mql:
            squared = {
                "$map": {"input": decimals, "in": mql("$multiply", "$$this", "$$this")}
            }
            variance = _exact_variance(
                mql("$size", decimals),
                mql("$sum", decimals),
                mql("$sum", squared),
                sample,
            )
            return mql("$sqrt", variance) if root else variance

        decimals = {"$map": {"input": array, "in": mql("$toDecimal", "$$this")}}
        return let(build, decimals=decimals)

    aggregate(
        name,
        args=[Real],
        returns=DOUBLE,
        over_set=over_set,
        parsed_as=parsed_as,
        aliases=aliases,
    )(of_doubles)
    aggregate(
        name,
        args=[Exact],
        returns=NUMERIC,
        over_set=over_exact_set,
        parsed_as=parsed_as,
        aliases=aliases,
        examples=examples,
    )(of_exact)


_NUMBERS = "FROM (VALUES (2), (4), (NULL), (6)) AS t(x)"
_ONE = "FROM (VALUES (5)) AS t(x)"

_deviation(
    "STDDEV",
    sample=True,
    root=True,
    parsed_as="Stddev(this)",
    aliases=("STDEV",),
    says="The sample standard deviation; NULL for fewer than two values.",
    examples={f"STDDEV(x) = 2 {_NUMBERS}": True, f"STDDEV(x) {_ONE}": None},
)
_deviation(
    "STDDEV_SAMP",
    sample=True,
    root=True,
    parsed_as="StddevSamp(this)",
    says="The sample standard deviation; NULL for fewer than two values.",
    examples={f"STDDEV_SAMP(x) = 2 {_NUMBERS}": True, f"STDDEV_SAMP(x) {_ONE}": None},
)
_deviation(
    "STDDEV_POP",
    sample=False,
    root=True,
    parsed_as="StddevPop(this)",
    says="The standard deviation of a whole population.",
    examples={
        f"ROUND(STDDEV_POP(x), 4) = 1.6330 {_NUMBERS}": True,
        f"STDDEV_POP(x) = 0 {_ONE}": True,
    },
)
_deviation(
    "VARIANCE",
    sample=True,
    root=False,
    parsed_as="Variance(this)",
    aliases=("VAR_SAMP",),
    says="The sample variance; NULL for fewer than two values.",
    examples={f"VARIANCE(x) = 4 {_NUMBERS}": True, f"VAR_SAMP(x) {_ONE}": None},
)
_deviation(
    "VAR_POP",
    sample=False,
    root=False,
    parsed_as="VariancePop(this)",
    says="The variance of a whole population.",
    examples={
        f"ROUND(VAR_POP(x), 4) = 2.6667 {_NUMBERS}": True,
        f"VAR_POP(x) = 0 {_ONE}": True,
    },
)


class _Moments:
    """The sums over both columns, as the result expressions see them."""

    def __init__(self, number: Mql, y: Mql, x: Mql, yy: Mql, xx: Mql, xy: Mql) -> None:
        self.number, self.y, self.x = number, y, x
        self.syy = self._spread(yy, y, y)
        self.sxx = self._spread(xx, x, x)
        self.sxy = self._spread(xy, x, y)

    def _spread(self, products: Mql, left: Mql, right: Mql) -> Mql:
        mean = mql("$divide", mql("$multiply", left, right), self.number)
        return mql("$subtract", products, mean)


def _where(condition: Mql, result: Mql) -> Mql:
    return mql("$cond", condition, mql("$toDouble", result), None)


def _positive(value: Mql) -> Mql:
    return mql("$gt", value, 0)


def _r2(m: _Moments) -> Mql:
    both = mql("$multiply", m.sxx, m.syy)
    share = mql("$divide", mql("$multiply", m.sxy, m.sxy), both)
    found = mql("$cond", _positive(m.syy), share, 1)
    return _where(_positive(m.sxx), found)


def _correlation(m: _Moments) -> Mql:
    both = mql("$multiply", m.sxx, m.syy)
    found = mql("$divide", m.sxy, mql("$sqrt", both))
    return _where(mql("$and", _positive(m.sxx), _positive(m.syy)), found)


def _intercept(m: _Moments) -> Mql:
    slope = mql("$divide", m.sxy, m.sxx)
    rest = mql("$subtract", m.y, mql("$multiply", m.x, slope))
    return _where(_positive(m.sxx), mql("$divide", rest, m.number))


def _sample_covariance(m: _Moments) -> Mql:
    others = mql("$subtract", m.number, 1)
    return _where(_positive(others), mql("$divide", m.sxy, others))


def _pairs(
    name: str,
    node: str,
    result: Callable[[_Moments], Mql],
    says: str,
    wanted: float,
) -> AggregateDef:
    """Register a function of two columns; y comes first, as in the standard."""

    def body(y: Mql, x: Mql, *, nullable: bool) -> Accumulation:
        def read(*sums: Mql) -> Mql:
            return mql("$cond", _positive(sums[0]), result(_Moments(*sums)), None)

        return Accumulation(_sums(y, x, nullable), read)

    body.__doc__ = says
    rows = "FROM (VALUES (1, 2), (2, 4), (4, 5), (NULL, 9)) AS t(y, x)"
    none = "FROM (VALUES (1, NULL::integer)) AS t(y, x)"
    return aggregate(
        name,
        args=[Number, Number],
        returns=DOUBLE,
        parsed_as=f"{node}(this, expression)",
        examples={
            f"ROUND({name}(y, x)::numeric, 6) = {wanted} {rows}": True,
            f"{name}(y, x) {none}": None,
        },
    )(body)


def _sums(y: Mql, x: Mql, nullable: bool) -> dict[str, Mql]:
    present = mql("$and", is_not_null(y), is_not_null(x))

    def gathered(term: Mql) -> Mql:
        return {"$sum": mql("$cond", present, term, None) if nullable else term}

    def product(left: Mql, right: Mql) -> Mql:
        # exact: squares of large doubles would lose what is left after the mean
        return mql("$multiply", mql("$add", _ZERO, left), right)

    return {
        "": gathered(1),
        "y": gathered(mql("$add", _ZERO, y)),
        "x": gathered(mql("$add", _ZERO, x)),
        "yy": gathered(product(y, y)),
        "xx": gathered(product(x, x)),
        "xy": gathered(product(x, y)),
    }


def _of(read: Callable[[_Moments], Mql]) -> Callable[[_Moments], Mql]:
    return lambda m: mql("$toDouble", read(m))


def _slope(m: _Moments) -> Mql:
    return _where(_positive(m.sxx), mql("$divide", m.sxy, m.sxx))


def _mean(total: Mql, number: Mql) -> Mql:
    return mql("$divide", total, number)


_pairs("CORR", "Corr", _correlation, "The correlation coefficient.", 0.928571)
_pairs(
    "COVAR_POP",
    "CovarPop",
    _of(lambda m: _mean(m.sxy, m.number)),
    "The covariance of a whole population.",
    1.444444,
)
_pairs(
    "COVAR_SAMP", "CovarSamp", _sample_covariance, "The sample covariance.", 2.166667
)
_pairs(
    "REGR_SLOPE",
    "RegrSlope",
    _slope,
    "The slope of the line that fits the points (x, y) best.",
    0.928571,
)
_pairs(
    "REGR_INTERCEPT",
    "RegrIntercept",
    _intercept,
    "Where the line that fits the points best crosses x = 0.",
    -1.071429,
)
_pairs("REGR_R2", "RegrR2", _r2, "The square of the correlation.", 0.862245)
_pairs(
    "REGR_AVGX",
    "RegrAvgx",
    _of(lambda m: _mean(m.x, m.number)),
    "The average of the second column over rows where both are given.",
    3.666667,
)
_pairs(
    "REGR_AVGY",
    "RegrAvgy",
    _of(lambda m: _mean(m.y, m.number)),
    "The average of the first column over rows where both are given.",
    2.333333,
)
_pairs(
    "REGR_SXX",
    "RegrSxx",
    _of(lambda m: m.sxx),
    "The sum of squares of the second column about its average.",
    4.666667,
)
_pairs(
    "REGR_SYY",
    "RegrSyy",
    _of(lambda m: m.syy),
    "The sum of squares of the first column about its average.",
    4.666667,
)
_pairs(
    "REGR_SXY",
    "RegrSxy",
    _of(lambda m: m.sxy),
    "The sum of products of both columns about their averages.",
    4.333333,
)


@aggregate(
    "REGR_COUNT",
    args=[Number, Number],
    returns=BIGINT,
    empty=0,
    parsed_as="RegrCount(this, expression)",
    examples={
        "REGR_COUNT(y, x) FROM (VALUES (1, 2), (2, NULL)) AS t(y, x)": 1,
        "REGR_COUNT(y, x) FROM (VALUES (1, NULL::integer)) AS t(y, x)": 0,
    },
)
def regr_count(y: Mql, x: Mql, *, nullable: bool) -> Accumulation:
    """Number of rows where neither column is NULL."""
    present = mql("$and", is_not_null(y), is_not_null(x))
    counter = {"$sum": mql("$cond", present, 1, 0)}
    return Accumulation({"": counter}, lambda path: path)
