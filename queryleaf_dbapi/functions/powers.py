"""Roots, powers and logarithms, with PostgreSQL's errors outside their domain."""

from __future__ import annotations

from bson.decimal128 import Decimal128

from queryleaf_dbapi.functions.arguments import Exact, Integer, Number
from queryleaf_dbapi.functions.numeric import Untyped, real
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.variables import constant_integer, let
from queryleaf_dbapi.plan.signature import Mql
from queryleaf_dbapi.types import ANY, DOUBLE, NUMERIC

_INFINITY = float("inf")


@function(
    "SQRT",
    args=[Number],
    returns=real,
    parsed_as="Sqrt(this)",
    examples={"SQRT(2::float8)": 2**0.5, "SQRT(9)": 3.0, "SQRT(NULL::float8)": None},
)
def sqrt(number: Mql) -> Mql:
    """The square root. An error for a negative number."""
    return let(
        lambda number: raise_unless(
            mql("$gte", number, 0),
            mql("$sqrt", number),
            "2201F",
            "cannot take square root of a negative number",
        ),
        number=number,
    )


@function(
    "CBRT",
    args=[Number],
    returns=DOUBLE,
    parsed_as="Cbrt(this)",
    examples={"CBRT(64.0)": 4.0, "CBRT(-27)": -3.0, "CBRT(NULL)": None},
)
def cbrt(number: Mql) -> Mql:
    """The cube root."""

    def build(number: Mql) -> Mql:
        size = mql("$abs", number)
        sign = mql("$cmp", number, 0)

        def refine(root: Mql) -> Mql:
            # one step of Newton's: 64 ** (1/3) is 3.9999999999999996
            excess = mql("$subtract", mql("$multiply", root, root, root), size)
            step = mql("$divide", excess, mql("$multiply", 3, root, root))
            is_plain = mql("$and", mql("$gt", root, 0), mql("$lt", root, _INFINITY))
            return mql("$cond", is_plain, mql("$subtract", root, step), root)

        root = let(refine, root=mql("$pow", size, 1 / 3))
        return mql("$multiply", sign, root)

    return let(build, number=mql("$toDouble", number))


def _in_range(result: Mql, *operands: Mql) -> Mql:
    """The result, or an error when it became infinite out of finite operands."""
    finite = [mql("$lt", mql("$abs", each), _INFINITY) for each in operands]
    was_infinite = mql("$not", [mql("$and", *finite, True)])
    return let(
        lambda result: raise_unless(
            mql("$or", mql("$lt", mql("$abs", result), _INFINITY), was_infinite),
            result,
            "22003",
            "value out of range: overflow",
        ),
        result=result,
    )


@function(
    "EXP",
    args=[Number],
    returns=real,
    parsed_as="Exp(this)",
    examples={"EXP(0)": 1.0, "EXP(1::float8)": 2.718281828459045, "EXP(NULL)": None},
)
def exp(number: Mql) -> Mql:
    """e raised to the number."""
    return let(lambda number: _in_range(mql("$exp", number), number), number=number)


def _logarithm(operator: str, number: Mql) -> Mql:
    return let(
        lambda number: raise_unless(
            mql("$gt", number, 0),
            mql(operator, number),
            "2201E",
            "cannot take logarithm of zero or a negative number",
        ),
        number=number,
    )


@function(
    "LN",
    args=[Number],
    returns=real,
    parsed_as="Ln(this)",
    examples={"LN(1)": 0.0, "LN(2::float8)": 0.6931471805599453, "LN(NULL)": None},
)
def ln(number: Mql) -> Mql:
    """The natural logarithm. An error for zero and negative numbers."""
    return _logarithm("$ln", number)


@function(
    "LOG",
    args=[Number],
    returns=real,
    parsed_as="Log(this, expression)",
    examples={"LOG(100)": 2.0, "LOG(1000::float8)": 3.0, "LOG(NULL)": None},
)
def log(number: Mql) -> Mql:
    """The logarithm to base 10. An error for zero and negative numbers."""
    return _logarithm("$log10", number)


def _log_to_base(base: Mql, number: Mql) -> Mql:
    def build(base: Mql, number: Mql) -> Mql:
        found = raise_unless(
            mql("$ne", base, 1), mql("$log", number, base), "22012", "division by zero"
        )
        return raise_unless(
            mql("$and", mql("$gt", base, 0), mql("$gt", number, 0)),
            found,
            "2201E",
            "cannot take logarithm of zero or a negative number",
        )

    return let(build, base=base, number=number)


@function(
    "LOG",
    args=[Exact, Exact],
    returns=NUMERIC,
    examples={
        "LOG(2.0, 64.0) = 6": True,
        "LOG(2, 1024) = 10": True,
        "LOG(2, NULL)": None,
    },
)
def log_to_base(base: Mql, number: Mql) -> Mql:
    """The logarithm of the second number to the base of the first."""
    decimal = _log_to_base(mql("$toDecimal", base), mql("$toDecimal", number))
    return mql("$round", decimal, 16)


@function("LOG", args=[Number, Number], returns=real)
def log_to_base_of_doubles(base: Mql, number: Mql) -> Mql:
    """The logarithm of the second number to the base of the first."""
    return _log_to_base(base, number)


def _power(base: Mql, exponent: Mql) -> Mql:
    whole = constant_integer(exponent)

    def build(base: Mql, exponent: Mql) -> Mql:
        found = _in_range(mql("$pow", base, exponent), base, exponent)
        if whole is not None and whole >= 0:
            return found
        is_whole = mql("$eq", exponent, mql("$trunc", exponent))
        defined = raise_unless(
            mql("$or", mql("$gte", base, 0), is_whole),
            found,
            "2201F",
            "a negative number raised to a non-integer power yields a complex result",
        )
        return raise_unless(
            mql("$or", mql("$ne", base, 0), mql("$gte", exponent, 0)),
            defined,
            "2201F",
            "zero raised to a negative power is undefined",
        )

    return let(build, base=base, exponent=exponent)


@function(
    "POWER",
    args=[Integer, Integer],
    returns=DOUBLE,
    parsed_as="Pow(this, expression)",
    aliases=["POW"],
    examples={"POWER(9, 3)": 729.0, "POW(2, -1)": 0.5, "POWER(2, NULL)": None},
)
def power_of_integers(base: Mql, exponent: Mql) -> Mql:
    """The first number raised to the second."""
    return _power(mql("$toDouble", base), exponent)


def _without_noise(power: Mql) -> Mql:
    """The decimal rounded at 16 places where that changes its last digits only: the
    server's 2.5 ** 2 is 6.249999999999999999999999999999999."""

    def build(power: Mql, rounded: Mql) -> Mql:
        change = mql("$abs", mql("$subtract", power, rounded))
        noise = mql("$abs", mql("$multiply", power, Decimal128("1E-32")))
        return mql("$cond", mql("$lte", change, noise), rounded, power)

    return let(
        lambda power: let(build, power=power, rounded=mql("$round", power, 16)),
        power=power,
    )


@function(
    "POWER",
    args=[Exact, Exact],
    returns=NUMERIC,
    aliases=["POW"],
    examples={"POWER(2.5, 2) = 6.25": True, "POWER(0.1, 3) = 0.001": True},
)
def power_of_decimals(base: Mql, exponent: Mql) -> Mql:
    """The first number raised to the second."""
    return _without_noise(_power(mql("$toDecimal", base), exponent))


@function("POWER", args=[Untyped, Number], returns=ANY, aliases=["POW"])
def power_of_untyped(base: Mql, exponent: Mql) -> Mql:
    """The first number raised to the second."""
    return _power(base, exponent)


@function(
    "POWER",
    args=[Number, Number],
    returns=real,
    aliases=["POW"],
    examples={"POWER(2::float8, 0.5)": 2**0.5},
)
def power(base: Mql, exponent: Mql) -> Mql:
    """The first number raised to the second."""
    return _power(base, exponent)
