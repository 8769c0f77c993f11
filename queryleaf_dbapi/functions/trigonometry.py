"""Angles: all in double precision, as in PostgreSQL."""

from __future__ import annotations

import math

from queryleaf_dbapi.functions.arguments import Number
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.variables import let
from queryleaf_dbapi.plan.signature import Mql, Nulls
from queryleaf_dbapi.types import DOUBLE


@function(
    "PI",
    args=[],
    returns=DOUBLE,
    parsed_as="Pi()",
    examples={"PI()": 3.141592653589793, "PI() > 3": True},
)
def pi() -> Mql:
    """The ratio of a circle's circumference to its diameter."""
    return math.pi


@function(
    "SIN",
    args=[Number],
    returns=DOUBLE,
    nulls=Nulls.NATIVE,
    parsed_as="Sin(this)",
    examples={
        "SIN(0)": 0.0,
        "SIN(1)": 0.8414709848078965,
        "SIN(NULL)": None,
    },
)
def sin(number: Mql) -> Mql:
    """The sine of an angle in radians."""
    return mql("$sin", mql("$toDouble", number))


@function(
    "COS",
    args=[Number],
    returns=DOUBLE,
    nulls=Nulls.NATIVE,
    parsed_as="Cos(this)",
    examples={
        "COS(0)": 1.0,
        "COS(1)": 0.5403023058681398,
        "COS(NULL)": None,
    },
)
def cos(number: Mql) -> Mql:
    """The cosine of an angle in radians."""
    return mql("$cos", mql("$toDouble", number))


@function(
    "TAN",
    args=[Number],
    returns=DOUBLE,
    nulls=Nulls.NATIVE,
    parsed_as="Tan(this)",
    examples={
        "TAN(0)": 0.0,
        "TAN(1)": 1.5574077246549023,
        "TAN(NULL)": None,
    },
)
def tan(number: Mql) -> Mql:
    """The tangent of an angle in radians."""
    return mql("$tan", mql("$toDouble", number))


@function(
    "ATAN",
    args=[Number],
    returns=DOUBLE,
    nulls=Nulls.NATIVE,
    parsed_as="Atan(this)",
    examples={
        "ATAN(0)": 0.0,
        "ATAN(1)": 0.7853981633974483,
        "ATAN(NULL)": None,
    },
)
def atan(number: Mql) -> Mql:
    """The angle in radians whose tangent the number is."""
    return mql("$atan", mql("$toDouble", number))


@function(
    "SINH",
    args=[Number],
    returns=DOUBLE,
    nulls=Nulls.NATIVE,
    parsed_as="Sinh(this)",
    examples={
        "SINH(0)": 0.0,
        "SINH(1)": 1.1752011936438014,
        "SINH(NULL)": None,
    },
)
def sinh(number: Mql) -> Mql:
    """The hyperbolic sine."""
    return mql("$sinh", mql("$toDouble", number))


@function(
    "COSH",
    args=[Number],
    returns=DOUBLE,
    nulls=Nulls.NATIVE,
    parsed_as="Cosh(this)",
    examples={
        "COSH(0)": 1.0,
        "COSH(1)": 1.5430806348152437,
        "COSH(NULL)": None,
    },
)
def cosh(number: Mql) -> Mql:
    """The hyperbolic cosine."""
    return mql("$cosh", mql("$toDouble", number))


@function(
    "TANH",
    args=[Number],
    returns=DOUBLE,
    nulls=Nulls.NATIVE,
    parsed_as="Tanh(this)",
    examples={
        "TANH(0)": 0.0,
        "TANH(1)": 0.7615941559557649,
        "TANH(NULL)": None,
    },
)
def tanh(number: Mql) -> Mql:
    """The hyperbolic tangent."""
    return mql("$tanh", mql("$toDouble", number))


@function(
    "DEGREES",
    args=[Number],
    returns=DOUBLE,
    nulls=Nulls.NATIVE,
    parsed_as="Degrees(this)",
    examples={
        "DEGREES(0)": 0.0,
        "DEGREES(0.5)": 28.64788975654116,
        "DEGREES(NULL)": None,
    },
)
def degrees(number: Mql) -> Mql:
    """Radians as degrees."""
    return mql("$radiansToDegrees", mql("$toDouble", number))


@function(
    "RADIANS",
    args=[Number],
    returns=DOUBLE,
    nulls=Nulls.NATIVE,
    parsed_as="Radians(this)",
    examples={
        "RADIANS(0)": 0.0,
        "RADIANS(45.0)": 0.7853981633974483,
        "RADIANS(NULL)": None,
    },
)
def radians(number: Mql) -> Mql:
    """Degrees as radians."""
    return mql("$degreesToRadians", mql("$toDouble", number))


@function(
    "COT",
    args=[Number],
    returns=DOUBLE,
    nulls=Nulls.NATIVE,
    parsed_as="Cot(this)",
    examples={"COT(0.5)": 1.830487721712452, "COT(NULL)": None},
)
def cot(number: Mql) -> Mql:
    """The cotangent of an angle in radians."""
    return mql("$divide", 1.0, mql("$tan", mql("$toDouble", number)))


def _inverse(operator: str, number: Mql) -> Mql:
    return let(
        lambda number: raise_unless(
            mql("$lte", mql("$abs", number), 1),
            mql(operator, number),
            "22003",
            "input is out of range",
        ),
        number=mql("$toDouble", number),
    )


@function(
    "ASIN",
    args=[Number],
    returns=DOUBLE,
    parsed_as="Asin(this)",
    examples={"ASIN(0)": 0.0, "ASIN(1)": 1.5707963267948966, "ASIN(NULL)": None},
)
def asin(number: Mql) -> Mql:
    """The angle in radians whose sine the number is."""
    return _inverse("$asin", number)


@function(
    "ACOS",
    args=[Number],
    returns=DOUBLE,
    parsed_as="Acos(this)",
    examples={"ACOS(1)": 0.0, "ACOS(0)": 1.5707963267948966, "ACOS(NULL)": None},
)
def acos(number: Mql) -> Mql:
    """The angle in radians whose cosine the number is."""
    return _inverse("$acos", number)


@function(
    "ATAN2",
    args=[Number, Number],
    returns=DOUBLE,
    nulls=Nulls.NATIVE,
    parsed_as="Atan2(this, expression)",
    examples={
        "ATAN2(1, 0)": 1.5707963267948966,
        "ATAN2(0, 1)": 0.0,
        "ATAN2(1, NULL)": None,
    },
)
def atan2(y: Mql, x: Mql) -> Mql:
    """The angle in radians of the point (x, y)."""
    return mql("$atan2", mql("$toDouble", y), mql("$toDouble", x))


def _area(
    name: str, operator: str, low: float, high: float, says: str, one: float
) -> None:
    def body(number: Mql) -> Mql:
        return let(
            lambda number: raise_unless(
                mql("$and", mql("$gte", number, low), mql("$lte", number, high)),
                mql(operator, number),
                "22003",
                "input is out of range",
            ),
            number=mql("$toDouble", number),
        )

    body.__doc__ = says
    function(
        name,
        args=[Number],
        returns=DOUBLE,
        parsed_as=f"{name.capitalize()}(this)",
        examples={f"{name}(1)": one, f"{name}(NULL)": None},
    )(body)


_ANY = float("inf")
_area(
    "ASINH", "$asinh", -_ANY, _ANY, "The inverse of the hyperbolic sine.", math.asinh(1)
)
_area("ACOSH", "$acosh", 1, _ANY, "The inverse of the hyperbolic cosine.", 0.0)
_area("ATANH", "$atanh", -1, 1, "The inverse of the hyperbolic tangent.", _ANY)
