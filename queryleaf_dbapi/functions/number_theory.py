"""Divisors, multiples and factorials of integers."""

from __future__ import annotations

from decimal import Decimal
from math import factorial as python_factorial

from bson.decimal128 import Decimal128

from queryleaf_dbapi.functions.arguments import Integer, common
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.variables import let
from queryleaf_dbapi.plan.signature import Mql
from queryleaf_dbapi.types import NUMERIC

# Euclid's algorithm needs that many steps at most for 64-bit numbers
_STEPS = 93
# 33! is the last that surely fits the 34 digits of a decimal128
_FACTORIALS = [Decimal128(Decimal(python_factorial(n))) for n in range(34)]


def _divisor(left: Mql, right: Mql) -> Mql:
    step = mql(
        "$cond",
        mql("$eq", "$$value.right", 0),
        "$$value",
        {
            "left": "$$value.right",
            "right": mql("$mod", "$$value.left", "$$value.right"),
        },
    )
    found = {
        "$reduce": {
            "input": mql("$range", 0, _STEPS),
            "initialValue": {"left": left, "right": right},
            "in": step,
        }
    }
    return let(lambda found: mql("$abs", "$$found.left"), found=found)


@function(
    "GCD",
    args=[Integer, Integer],
    returns=common,
    examples={
        "GCD(1071, 462)": 21,
        "GCD(-12, 18)": 6,
        "GCD(0, 5)": 5,
        "GCD(6, NULL)": None,
    },
)
def gcd(left: Mql, right: Mql) -> Mql:
    """The greatest common divisor."""
    return _divisor(left, right)


@function(
    "LCM",
    args=[Integer, Integer],
    returns=common,
    examples={
        "LCM(1071, 462)": 23562,
        "LCM(-4, 6)": 12,
        "LCM(0, 5)": 0,
        "LCM(NULL, 6)": None,
    },
)
def lcm(left: Mql, right: Mql) -> Mql:
    """The least common multiple."""

    def build(left: Mql, right: Mql) -> Mql:
        # dividing through double would lose digits
        share = mql("$divide", mql("$toDecimal", left), _divisor(left, right))
        multiple = mql("$abs", mql("$multiply", share, right))
        return mql(
            "$cond",
            mql("$or", mql("$eq", left, 0), mql("$eq", right, 0)),
            0,
            mql("$toLong", multiple),
        )

    return let(build, left=left, right=right)


@function(
    "FACTORIAL",
    args=[Integer],
    returns=NUMERIC,
    parsed_as="Factorial(this)",
    examples={
        "FACTORIAL(5) = 120": True,
        "FACTORIAL(0) = 1": True,
        "FACTORIAL(NULL)": None,
    },
)
def factorial(number: Mql) -> Mql:
    """The product of the integers up to the number. Beyond 33 the result has more
    digits than a NUMERIC holds here: an error."""
    return let(
        lambda number: raise_unless(
            mql("$and", mql("$gte", number, 0), mql("$lte", number, 33)),
            mql("$arrayElemAt", _FACTORIALS, number),
            "22003",
            "factorial of a negative number or beyond 33",
        ),
        number=number,
    )
