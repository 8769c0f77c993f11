"""Operators: + - * / % || comparisons, LIKE, AND OR NOT, IS.

The binder makes Calls of them. Comparisons and logic have more than one form in
MongoDB (a query document, an expression that is true, one that may be NULL), so
their lowering is in `lower/predicates.py` and `lower/match.py`; here stand
their types and the plain form over arguments that are not NULL.
"""

from __future__ import annotations

from queryleaf_dbapi.functions.arguments import (
    Anything,
    Boolean,
    Exact,
    Integer,
    Number,
    Text,
    common,
    same_as,
    variadic,
)
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.plan.signature import FunctionDef, Mql, Nulls, NullWhen
from queryleaf_dbapi.types import BOOLEAN, TEXT


def _comparison(name: str, symbol: str, operator: str, says: str) -> FunctionDef:
    def body(left: Mql, right: Mql) -> Mql:
        return mql(operator, left, right)

    body.__doc__ = says
    return function(name, args=[Anything, Anything], returns=BOOLEAN, symbol=symbol)(
        body
    )


EQ = _comparison("=", "=", "$eq", "Whether both values are equal.")
NE = _comparison("<>", "<>", "$ne", "Whether the values differ.")
LT = _comparison("<", "<", "$lt", "Whether the left value is smaller.")
LE = _comparison("<=", "<=", "$lte", "Whether the left value is smaller or equal.")
GT = _comparison(">", ">", "$gt", "Whether the left value is greater.")
GE = _comparison(">=", ">=", "$gte", "Whether the left value is greater or equal.")

# NOT (a < b) is a >= b: both are NULL for the same rows
OPPOSITE = {EQ: NE, NE: EQ, LT: GE, GE: LT, LE: GT, GT: LE}
MIRRORED = {EQ: EQ, NE: NE, LT: GT, GT: LT, LE: GE, GE: LE}
COMPARISONS = frozenset(OPPOSITE)


@function(
    "AND",
    args=[variadic(Boolean)],
    returns=BOOLEAN,
    nulls=Nulls.CUSTOM,
    symbol="AND",
    examples={"TRUE AND NULL": None, "FALSE AND NULL": False, "TRUE AND TRUE": True},
)
def and_(*conditions: Mql) -> Mql:
    """TRUE when all are, FALSE when one is FALSE, else NULL."""
    return mql("$and", *conditions, True)


@function(
    "OR",
    args=[variadic(Boolean)],
    returns=BOOLEAN,
    nulls=Nulls.CUSTOM,
    symbol="OR",
    examples={"TRUE OR NULL": True, "FALSE OR NULL": None, "FALSE OR FALSE": False},
)
def or_(*conditions: Mql) -> Mql:
    """FALSE when all are, TRUE when one is TRUE, else NULL."""
    return mql("$or", *conditions, False)


@function(
    "NOT",
    args=[Boolean],
    returns=BOOLEAN,
    symbol="NOT",
    examples={"NOT TRUE": False, "NOT NULL::boolean": None},
)
def not_(condition: Mql) -> Mql:
    """TRUE for FALSE, FALSE for TRUE, NULL for NULL."""
    return mql("$not", [condition])


@function(
    "IS NULL",
    args=[Anything],
    returns=BOOLEAN,
    nulls=Nulls.CUSTOM,
    null_when=NullWhen.NEVER,
    symbol="IS NULL",
    examples={"NULL IS NULL": True, "1 IS NULL": False},
)
def is_null(value: Mql) -> Mql:
    """Whether the value is NULL; a missing field is. Never NULL itself."""
    return mql("$lte", value, None)


@function(
    "IS TRUE",
    args=[Boolean],
    returns=BOOLEAN,
    nulls=Nulls.CUSTOM,
    null_when=NullWhen.NEVER,
    symbol="IS TRUE",
    examples={"(1 = NULL) IS TRUE": False, "(1 = 1) IS TRUE": True},
)
def is_true(condition: Mql) -> Mql:
    """Whether the condition is TRUE: FALSE for NULL. Never NULL itself."""
    return mql("$eq", condition, True)


@function(
    "IS DISTINCT FROM",
    args=[Anything, Anything],
    returns=BOOLEAN,
    nulls=Nulls.CUSTOM,
    null_when=NullWhen.NEVER,
    symbol="IS DISTINCT FROM",
    examples={
        "1 IS DISTINCT FROM NULL": True,
        "NULL IS DISTINCT FROM NULL": False,
        "1 IS DISTINCT FROM 1": False,
    },
)
def is_distinct_from(left: Mql, right: Mql) -> Mql:
    """Whether the values differ, NULL being equal to NULL. Never NULL itself."""
    return mql("$ne", mql("$ifNull", left, None), mql("$ifNull", right, None))


@function(
    "LIKE",
    args=[Text, Text],
    returns=BOOLEAN,
    symbol="LIKE",
    examples={
        "'abc' LIKE 'a%'": True,
        "'abc' LIKE '_b_'": True,
        "'abc' LIKE 'b'": False,
        "'a%c' LIKE 'a\\%c'": True,
        "NULL LIKE 'a'": None,
    },
)
def like(text: Mql, pattern: Mql) -> Mql:
    """Whether the whole text fits the pattern: `%` any run, `_` one character,
    backslash escapes. The pattern is a constant or parameter."""
    return mql("$regexMatch", input=text, regex=pattern, options="s")


@function(
    "ILIKE",
    args=[Text, Text],
    returns=BOOLEAN,
    symbol="ILIKE",
    examples={"'ABC' ILIKE 'a%'": True, "'ABC' ILIKE NULL": None},
)
def ilike(text: Mql, pattern: Mql) -> Mql:
    """LIKE without regard to case."""
    return mql("$regexMatch", input=text, regex=pattern, options="si")


@function(
    "||",
    args=[Text, Text],
    returns=TEXT,
    nulls=Nulls.NATIVE,
    symbol="||",
    examples={"'a' || 'b'": "ab", "'a' || NULL": None},
)
def concatenate(*texts: Mql) -> Mql:
    """The texts, one after the other; NULL when one is NULL."""
    return mql("$concat", *texts)


@function(
    "+",
    args=[Number, Number],
    returns=common,
    nulls=Nulls.NATIVE,
    symbol="+",
    examples={"1 + 2": 3, "1 + NULL": None},
)
def add(*numbers: Mql) -> Mql:
    """The sum."""
    return mql("$add", *numbers)


@function(
    "-",
    args=[Number, Number],
    returns=common,
    nulls=Nulls.NATIVE,
    symbol="-",
    examples={"3 - 5": -2, "NULL - 1": None},
)
def subtract(left: Mql, right: Mql) -> Mql:
    """The difference."""
    return mql("$subtract", left, right)


@function(
    "*",
    args=[Number, Number],
    returns=common,
    nulls=Nulls.NATIVE,
    symbol="*",
    examples={"3 * 5": 15, "NULL * 1": None},
)
def multiply(left: Mql, right: Mql) -> Mql:
    """The product."""
    return mql("$multiply", left, right)


@function(
    "/",
    args=[Integer, Integer],
    returns=common,
    nulls=Nulls.NATIVE,
    symbol="/",
    examples={"7 / 2": 3, "-7 / 2": -3, "7 / NULL": None},
)
def divide_integers(left: Mql, right: Mql) -> Mql:
    """The quotient of integers, truncated toward zero."""
    # $divide goes through double: exact for 53 bits only, hence the decimal. The
    # quotient of two 64-bit integers has 19 digits at most before the point, so 34
    # digits never round it up to the next integer.
    return mql("$toLong", mql("$trunc", mql("$divide", mql("$toDecimal", left), right)))


@function(
    "/",
    args=[Exact, Exact],
    returns=common,
    nulls=Nulls.NATIVE,
    symbol="/",
    examples={"7.0 / 2 = 3.5": True},
)
def divide_decimals(left: Mql, right: Mql) -> Mql:
    """The quotient as a decimal of 34 digits."""
    return mql("$divide", left, right)


@function(
    "/",
    args=[Number, Number],
    returns=common,
    nulls=Nulls.NATIVE,
    symbol="/",
    examples={"7::float8 / 2": 3.5},
)
def divide(left: Mql, right: Mql) -> Mql:
    """The quotient."""
    return mql("$divide", left, right)


@function(
    "%",
    args=[Exact, Exact],
    returns=common,
    nulls=Nulls.NATIVE,
    symbol="%",
    parsed_as="Mod(this, expression)",
    aliases=["MOD"],
    examples={"7 % 3": 1, "-7 % 3": -1, "MOD(7, 3)": 1, "7 % NULL": None},
)
def modulo(left: Mql, right: Mql) -> Mql:
    """The remainder; it has the sign of the dividend."""
    return mql("$mod", left, right)


@function(
    "unary plus",
    args=[Number],
    returns=same_as(0),
    nulls=Nulls.NATIVE,
    symbol="+",
    examples={"+ (2 + 3)": 5, "+ NULL::integer": None},
)
def unary_plus(value: Mql) -> Mql:
    """The number itself; there is none of a text."""
    return value


@function(
    "negate",
    args=[Number],
    returns=same_as(0),
    nulls=Nulls.NATIVE,
    symbol="-",
    examples={"- (2 + 3)": -5, "- NULL::integer": None},
)
def negate(value: Mql) -> Mql:
    """The number with the other sign."""
    # 0 - x and not -1 * x, which would turn a float 0 into -0
    return mql("$subtract", 0, value)
