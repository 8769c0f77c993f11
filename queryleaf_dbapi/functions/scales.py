"""How many digits a NUMERIC has after its point."""

from __future__ import annotations

from queryleaf_dbapi.functions.arguments import Exact
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.variables import let
from queryleaf_dbapi.plan.signature import Mql
from queryleaf_dbapi.types import INTEGER, NUMERIC

_FORM = r"^-?[0-9]+(?:\.([0-9]*))?(?:E([+-][0-9]+))?$"


def _scale(number: Mql, *, trimmed: bool) -> Mql:
    """The server writes 12.50, 1E+3 or 1.5E-9."""

    def build(captures: Mql) -> Mql:
        fraction = mql("$ifNull", mql("$arrayElemAt", captures, 0), "")
        if trimmed:
            fraction = mql("$rtrim", input=fraction, chars="0")
        power = mql("$ifNull", mql("$arrayElemAt", captures, 1), "0")
        exponent = mql("$toInt", mql("$ltrim", input=power, chars="+"))
        size = mql("$subtract", mql("$strLenBytes", fraction), exponent)
        return mql("$max", [size, 0])

    text = mql("$toString", mql("$toDecimal", number))
    found = mql("$regexFind", input=text, regex=_FORM)
    return let(build, captures=mql("$getField", input=found, field="captures"))


@function(
    "SCALE",
    args=[Exact],
    returns=INTEGER,
    examples={"SCALE(8.4100)": 4, "SCALE(8)": 0, "SCALE(NULL)": None},
)
def scale(number: Mql) -> Mql:
    """Number of digits after the point."""
    return _scale(number, trimmed=False)


def _least_scale(number: Mql) -> Mql:
    return let(
        lambda number: mql(
            "$cond", mql("$eq", number, 0), 0, _scale(number, trimmed=True)
        ),
        number=number,
    )


@function(
    "MIN_SCALE",
    args=[Exact],
    returns=INTEGER,
    examples={"MIN_SCALE(8.4100)": 2, "MIN_SCALE(NULL)": None},
)
def min_scale(number: Mql) -> Mql:
    """Number of digits after the point without zeros at the end."""
    return _least_scale(number)


@function(
    "TRIM_SCALE",
    args=[Exact],
    returns=NUMERIC,
    examples={"TRIM_SCALE(8.4100)::text": "8.41", "TRIM_SCALE(NULL)": None},
)
def trim_scale(number: Mql) -> Mql:
    """The number without zeros at the end of its fraction."""
    return let(
        lambda number: mql("$round", number, _least_scale(number)),
        number=mql("$toDecimal", number),
    )
