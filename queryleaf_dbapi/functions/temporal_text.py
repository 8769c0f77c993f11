"""Dates as text: TO_CHAR, and the names of months and days.

sqlglot hands over TO_CHAR's template with the parts it knows in strftime's spelling
(YYYY as %Y); the others stand as they were written.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.functions.arguments import Temporal, Text
from queryleaf_dbapi.functions.registry import function, literal, mql
from queryleaf_dbapi.functions.variables import constant_text, let
from queryleaf_dbapi.plan.signature import Mql
from queryleaf_dbapi.types import TEXT

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
DAYS = (
    *("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
)


def _formatted(template: str) -> Callable[[Mql], Mql]:
    return lambda moment: mql("$dateToString", date=moment, format=template)


def _name_of_month(change: Callable[[str], str]) -> Callable[[Mql], Mql]:
    names = [change(name) for name in MONTHS]
    return lambda moment: mql(
        "$arrayElemAt", names, mql("$subtract", mql("$month", moment), 1)
    )


def _name_of_day(change: Callable[[str], str]) -> Callable[[Mql], Mql]:
    names = [change(name) for name in DAYS]
    return lambda moment: mql(
        "$arrayElemAt", names, mql("$subtract", mql("$dayOfWeek", moment), 1)
    )


def _half_day(morning: str, evening: str) -> Callable[[Mql], Mql]:
    return lambda moment: mql(
        "$cond", mql("$lt", mql("$hour", moment), 12), morning, evening
    )


def _two_digits(number: Mql) -> Mql:
    padded = mql("$concat", "0", mql("$toString", number))
    size = mql("$strLenCP", padded)
    return mql("$substrCP", padded, mql("$subtract", size, 2), 2)


def _hour_of_12(moment: Mql) -> Mql:
    shifted = mql("$mod", mql("$add", mql("$hour", moment), 11), 12)
    return _two_digits(mql("$add", shifted, 1))


def _quarter(moment: Mql) -> Mql:
    quarter = mql("$ceil", mql("$divide", mql("$month", moment), 3))
    return mql("$toString", mql("$toInt", quarter))


def _second_of_day(moment: Mql) -> Mql:
    parts = [
        mql("$multiply", mql("$hour", moment), 3600),
        mql("$multiply", mql("$minute", moment), 60),
        mql("$second", moment),
    ]
    return mql("$toString", mql("$add", *parts))


# longest first: `Month` before `Mon`, `HH24` before `HH`
_PARTS: dict[str, Callable[[Mql], Mql]] = {
    "%Y": _formatted("%Y"),
    "%y": lambda moment: mql(
        "$substrCP", mql("$dateToString", date=moment, format="%Y"), 2, 2
    ),
    "%m": _formatted("%m"),
    "%-m": lambda moment: mql("$toString", mql("$month", moment)),
    "%d": _formatted("%d"),
    "%-d": lambda moment: mql("$toString", mql("$dayOfMonth", moment)),
    "%j": _formatted("%j"),
    "%H": _formatted("%H"),
    "hh24": _formatted("%H"),
    "%I": _hour_of_12,
    "HH": _hour_of_12,
    "%M": _formatted("%M"),
    "%S%S": _second_of_day,  # SSSS
    "%S": _formatted("%S"),
    "MS": _formatted("%L"),
    "%f": _formatted("%L000"),
    "Q": _quarter,
    "%V": _formatted("%V"),
    "%G": _formatted("%G"),
    "MONTH": _name_of_month(lambda name: name.upper().ljust(9)),
    "Month": _name_of_month(lambda name: name.ljust(9)),
    "month": _name_of_month(lambda name: name.lower().ljust(9)),
    "%B": _name_of_month(str),
    "MON": _name_of_month(lambda name: name[:3].upper()),
    "Mon": _name_of_month(lambda name: name[:3]),
    "mon": _name_of_month(lambda name: name[:3].lower()),
    "%uAY": _name_of_day(lambda name: name.upper().ljust(9)),
    "%uay": _name_of_day(lambda name: name.ljust(9)),
    "day": _name_of_day(lambda name: name.lower().ljust(9)),
    "%uY": _name_of_day(lambda name: name[:3].upper()),
    "%uy": _name_of_day(lambda name: name[:3]),
    "dy": _name_of_day(lambda name: name[:3].lower()),
    "AM": _half_day("AM", "PM"),
    "PM": _half_day("AM", "PM"),
    "am": _half_day("am", "pm"),
    "pm": _half_day("am", "pm"),
}
_TOKEN = re.compile(
    "|".join(re.escape(part) for part in sorted(_PARTS, key=len, reverse=True))
    + r'|"(?P<quoted>[^"]*)"|(?P<plain>[^A-Za-z%"\\]+)|(?P<other>.)',
    re.DOTALL,
)


@function(
    "TO_CHAR",
    args=[Temporal, Text],
    returns=TEXT,
    parsed_as="TimeToStr(this, format)",
    examples={
        "TO_CHAR(TIMESTAMP '2002-04-20 17:31:12.66', 'HH12:MI:SS')": "05:31:12",
        "TO_CHAR(DATE '2024-05-07', 'YYYY-MM')": "2024-05",
        "TO_CHAR(TIMESTAMP '2024-05-07 03:04:05', 'Mon DD, YYYY HH24:MI:SS.MS')": (
            "May 07, 2024 03:04:05.000"
        ),
        "TO_CHAR(DATE '2024-05-07', 'Day Q')": "Tuesday   2",
        "TO_CHAR(NULL::timestamp, 'YYYY')": None,
    },
)
def to_char(moment: Mql, template: Mql) -> Mql:
    """A date or timestamp in the form of a template, which is a constant: YYYY, MM,
    DD, HH24, HH12, MI, SS, MS, Mon, Month, Dy, Day, Q, IW and their like."""
    known = constant_text(template)
    if known is None:
        raise FeatureNotSupported("the template of TO_CHAR must be a constant")

    def build(moment: Mql) -> Mql:
        parts: list[Mql] = []
        for token in _TOKEN.finditer(known):
            if token["other"]:
                raise FeatureNotSupported(
                    f"TO_CHAR template near {known[token.start() :][:10]!r}; "
                    "put plain text in double quotes"
                )
            plain = token["quoted"] if token["plain"] is None else token["plain"]
            parts.append(_PARTS[token[0]](moment) if plain is None else literal(plain))
        return {"$concat": parts or [""]}

    return let(build, moment=moment)


@function(
    "MONTHNAME",
    args=[Temporal],
    returns=TEXT,
    parsed_as="Monthname(this)",
    examples={"MONTHNAME(DATE '2024-05-07')": "May", "MONTHNAME(NULL)": None},
)
def monthname(moment: Mql) -> Mql:
    """The English name of the month, as MySQL gives it."""
    return _name_of_month(str)(moment)


@function(
    "DAYNAME",
    args=[Temporal],
    returns=TEXT,
    parsed_as="Dayname(this)",
    examples={"DAYNAME(DATE '2024-05-07')": "Tuesday", "DAYNAME(NULL)": None},
)
def dayname(moment: Mql) -> Mql:
    """The English name of the day of the week, as MySQL gives it."""
    return _name_of_day(str)(moment)
