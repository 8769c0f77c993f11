"""The shortest text of a double that reads back as the same double.

The server's own `$toString` writes six digits. Here the exact value is rounded to 15,
16 and 17 digits, and the first that is the same double again is written, as PostgreSQL
does: plainly between 1e-4 and 1e15, else with an exponent.
"""

from __future__ import annotations

from typing import Any

from bson.decimal128 import Decimal128

from queryleaf_dbapi.functions.raising import raising
from queryleaf_dbapi.functions.registry import mql
from queryleaf_dbapi.functions.variables import let
from queryleaf_dbapi.plan.signature import Mql

_ZERO = Decimal128("0")
_LEAST_NORMAL = 2.2250738585072014e-308


def double_text(number: Mql) -> Mql:
    """The text of a double that is not NULL."""

    def build(number: Mql) -> Mql:
        special = [
            {"case": mql("$eq", number, float("nan")), "then": "NaN"},
            {"case": mql("$eq", number, float("inf")), "then": "Infinity"},
            {"case": mql("$eq", number, float("-inf")), "then": "-Infinity"},
            # 0 and -0: six digits are enough
            {"case": mql("$eq", number, 0), "then": mql("$toString", number)},
            {
                "case": mql("$lt", mql("$abs", number), _LEAST_NORMAL),
                "then": raising("0A000", "the text of a subnormal double"),
            },
        ]
        return mql("$switch", branches=special, default=_finite(number))

    return let(build, number=mql("$toDouble", number))


def _power(exponent: Mql) -> Mql:
    """Ten to that power, exactly; $pow is not."""
    return mql("$toDecimal", mql("$concat", "1E", mql("$toString", exponent)))


def _finite(number: Mql) -> Mql:
    guess = mql("$toInt", mql("$floor", mql("$log10", mql("$abs", number))))

    def scaled(exponent: Mql) -> Mql:
        exact = mql("$abs", mql("$add", _ZERO, number))
        # multiplying by a power of ten loses no digit of a decimal
        return mql("$multiply", exact, _power(mql("$subtract", 0, exponent)))

    def adjusted(guess: Mql, mantissa: Mql) -> Mql:
        """The logarithm may be off by one beside a power of ten."""
        low, high = mql("$lt", mantissa, 1), mql("$gte", mantissa, 10)
        step = mql("$cond", low, -1, mql("$cond", high, 1, 0))
        return mql("$add", guess, step)

    exponent = let(
        lambda guess: let(
            lambda mantissa: adjusted(guess, mantissa), mantissa=scaled(guess)
        ),
        guess=guess,
    )

    def choose(exponent: Mql, mantissa: Mql) -> Mql:
        def is_same(rounded: Mql) -> Mql:
            value = mql("$multiply", rounded, _power(exponent))
            back = {
                "$convert": {
                    "input": value,
                    "to": "double",
                    "onError": None,
                    "onNull": None,
                }
            }
            return mql("$eq", back, mql("$abs", number))

        rounded = [mql("$round", mantissa, places) for places in (14, 15, 16)]
        branches = [{"case": is_same(each), "then": each} for each in rounded[:2]]
        return let(
            lambda digits: _written(number, digits, exponent),
            digits=mql("$switch", branches=branches, default=rounded[2]),
        )

    return let(
        lambda exponent: let(
            lambda mantissa: choose(exponent, mantissa), mantissa=scaled(exponent)
        ),
        exponent=exponent,
    )


def _written(number: Mql, digits: Mql, exponent: Mql) -> Mql:
    """A mantissa of 1 to 10 and its exponent as text."""
    sign = mql("$cond", mql("$lt", number, 0), "-", "")

    def build(carried: Mql, place: Mql) -> Mql:
        plain = _stripped(mql("$toString", mql("$multiply", carried, _power(place))))
        size = mql("$toString", mql("$abs", place))
        padded = mql("$cond", mql("$lt", mql("$abs", place), 10), "0", "")
        scientific = mql(
            "$concat",
            _stripped(mql("$toString", carried)),
            mql("$cond", mql("$lt", place, 0), "e-", "e+"),
            padded,
            size,
        )
        is_plain = mql("$and", mql("$gte", place, -4), mql("$lt", place, 15))
        return mql("$concat", sign, mql("$cond", is_plain, plain, scientific))

    overflows = mql("$gte", digits, 10)
    tenth = mql("$divide", digits, 10)
    return let(
        build,
        carried=mql("$cond", overflows, tenth, digits),
        place=mql("$cond", overflows, mql("$add", exponent, 1), exponent),
    )


def _stripped(text: Mql) -> Mql:
    """Without zeros at the end of a fraction."""

    def build(text: Mql) -> Any:
        has_point = mql("$gte", mql("$indexOfBytes", text, "."), 0)
        bare = mql("$rtrim", input=mql("$rtrim", input=text, chars="0"), chars=".")
        return mql("$cond", has_point, bare, text)

    return let(build, text=text)
