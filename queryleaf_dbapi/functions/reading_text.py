"""Computed texts read as other types: CAST(text AS ...), as PostgreSQL reads them.

`fail` makes the value where a text is not one of the type: an error, or NULL for
TRY_CAST. What PostgreSQL would read and these do not raises 0A000 either way.
"""

from __future__ import annotations

from collections.abc import Callable

from bson.decimal128 import Decimal128
from bson.int64 import Int64

from queryleaf_dbapi.functions.intervals import interval_of
from queryleaf_dbapi.functions.raising import raising
from queryleaf_dbapi.functions.registry import mql
from queryleaf_dbapi.functions.variables import let
from queryleaf_dbapi.plan.signature import Mql

Fail = Callable[[str, str], Mql]

# what C's isspace knows; the server's own trim takes more
_BLANKS = " \t\n\v\f\r"
_INTEGER = r"^[+-]?[0-9]+(_[0-9]+)*\z"
_OTHER_BASE = r"^[+-]?0[xXoObB][0-9a-fA-F_]+\z"
_NUMBER = (
    r"^[+-]?([0-9]+(_[0-9]+)*(\.([0-9]+(_[0-9]+)*)?)?|\.[0-9]+(_[0-9]+)*)"
    r"([eE][+-]?[0-9]+)?\z"
)
_PLAIN_NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\z"
_INFINITY = r"^[+-]?inf(inity)?\z"


def _fits(text: Mql, pattern: str, options: str | None = None) -> Mql:
    return mql("$regexMatch", input=text, regex=pattern, options=options)


def _trimmed(text: Mql) -> Mql:
    return mql("$trim", input=text, chars=_BLANKS)


def _converted(value: Mql, to: str, failure: Mql) -> Mql:
    # written out: mql leaves out what is None, and NULL is what TRY_CAST gives
    return {"$convert": {"input": value, "to": to, "onError": failure}}


def _switch(branches: list[tuple[Mql, Mql]], default: Mql) -> Mql:
    listed = [{"case": case, "then": then} for case, then in branches]
    return {"$switch": {"branches": listed, "default": default}}


def _digits(text: Mql) -> Mql:
    """Without a plus sign and underscores, which the server does not read."""
    bare = mql("$ltrim", input=text, chars="+")
    return mql("$replaceAll", input=bare, find="_", replacement="")


def read_integer(text: Mql, name: str, bits: int, fail: Fail) -> Mql:
    """SMALLINT, INTEGER and BIGINT."""
    operator = "$toLong" if bits == 64 else "$toInt"
    low, high = Int64(-(1 << (bits - 1))), Int64((1 << (bits - 1)) - 1)

    def build(text: Mql) -> Mql:
        # 22 characters hold 64 bits; a longer text may be zeros only
        number = mql("$toDecimal", _digits(text))

        def ranged(number: Mql) -> Mql:
            within = mql("$and", mql("$gte", number, low), mql("$lte", number, high))
            outside = fail("22003", f"value is out of range for type {name}")
            return mql("$cond", within, mql(operator, number), outside)

        other = raising("0A000", "a computed hexadecimal, octal or binary integer")
        return _switch(
            [
                (_fits(text, _INTEGER), let(ranged, number=number)),
                (_fits(text, _OTHER_BASE), other),
            ],
            fail("22P02", f"invalid input syntax for type {name}"),
        )

    return let(build, text=_trimmed(text))


def read_decimal(text: Mql, fail: Fail) -> Mql:
    """NUMERIC."""

    def build(text: Mql) -> Mql:
        failure = raising("22003", "a NUMERIC holds 34 digits at most")
        other = raising("0A000", "a computed hexadecimal, octal or binary number")
        infinite = raising("0A000", "an infinite NUMERIC")
        return _switch(
            [
                (_fits(text, _NUMBER), _converted(_digits(text), "decimal", failure)),
                (_fits(text, r"^nan\z", "i"), Decimal128("NaN")),
                (_fits(text, _INFINITY, "i"), infinite),
                (_fits(text, _OTHER_BASE), other),
            ],
            fail("22P02", "invalid input syntax for type numeric"),
        )

    return let(build, text=_trimmed(text))


def read_double(text: Mql, fail: Fail) -> Mql:
    """DOUBLE PRECISION and REAL."""
    out_of_range = "value is out of range for type double precision"

    def build(text: Mql) -> Mql:
        negative = mql("$eq", mql("$substrCP", text, 0, 1), "-")
        infinite = mql("$cond", negative, float("-inf"), float("inf"))
        bare = mql("$ltrim", input=text, chars="+")

        def checked(number: Mql) -> Mql:
            has_digit = _fits(text, r"^[+-]?[0.]*[1-9]")
            lost = mql("$and", mql("$eq", number, 0), has_digit)
            is_wide = mql("$gte", mql("$abs", number), float("inf"))
            bad = mql("$or", lost, is_wide)
            return mql("$cond", bad, fail("22003", out_of_range), number)

        number = _converted(bare, "double", fail("22003", out_of_range))
        return _switch(
            [
                (_fits(text, _PLAIN_NUMBER), let(checked, number=number)),
                (_fits(text, r"^[+-]?nan\z", "i"), float("nan")),
                (_fits(text, _INFINITY, "i"), infinite),
                (
                    _fits(text, r"^[+-]?0x[0-9a-f.]+(p[+-]?[0-9]+)?\z", "i"),
                    raising("0A000", "a computed hexadecimal number"),
                ),
            ],
            fail("22P02", "invalid input syntax for type double precision"),
        )

    return let(build, text=_trimmed(text))


# every unique beginning of the words counts
TRUE_WORDS = ("t", "tr", "tru", "true", "y", "ye", "yes", "on", "1")
FALSE_WORDS = ("f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0")


def read_boolean(text: Mql, fail: Fail) -> Mql:
    """BOOLEAN."""
    return let(
        lambda word: _switch(
            [
                (mql("$in", word, list(TRUE_WORDS)), True),
                (mql("$in", word, list(FALSE_WORDS)), False),
            ],
            fail("22P02", "invalid input syntax for type boolean"),
        ),
        word=mql("$toLower", _trimmed(text)),
    )


_DAY = r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})|([0-9]{4})([0-9]{2})([0-9]{2})"
_CLOCK = r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,9})?)?"
_ZONE = r"(Z|z|[+-][0-9]{2}(?::?[0-9]{2})?)"
_MOMENT = rf"^(?:{_DAY})(?:[ Tt]+{_CLOCK} ?{_ZONE}?)?\z"
_TIME = rf"^{_CLOCK}\z"
# PostgreSQL may read what has one of these; the rest is surely malformed
_MAYBE = (
    r"[0-9]|^(today|tomorrow|yesterday|now|epoch|-?infinity|allballs)\z|[0-9].*[ap]m\z"
)


def _number(text: Mql) -> Mql:
    return mql("$toInt", mql("$ifNull", text, "0"))


def _captured(found: Mql, place: int) -> Mql:
    return mql("$arrayElemAt", f"{found}.captures", place)


def _unreadable(text: Mql, name: str, fail: Fail) -> Mql:
    other = raising("0A000", f"this spelling of a computed {name}")
    failure = fail("22007", f"invalid input syntax for type {name}")
    return mql("$cond", _fits(text, _MAYBE, "i"), other, failure)


def read_moment(text: Mql, name: str, fail: Fail) -> Mql:
    """DATE, TIMESTAMP and TIMESTAMPTZ, of ISO 8601."""

    def build(text: Mql, found: Mql) -> Mql:
        value = let(
            lambda year, month, day: _moment(found, name, year, month, day, fail),
            year=_number(mql("$ifNull", _captured(found, 0), _captured(found, 3))),
            month=_number(mql("$ifNull", _captured(found, 1), _captured(found, 4))),
            day=_number(mql("$ifNull", _captured(found, 2), _captured(found, 5))),
        )
        unreadable = _unreadable(text, name, fail)
        return mql("$cond", mql("$gt", found, None), value, unreadable)

    return let(
        lambda text: let(
            lambda found: build(text, found),
            found=mql("$regexFind", input=text, regex=_MOMENT),
        ),
        text=_trimmed(text),
    )


def _moment(found: Mql, name: str, year: Mql, month: Mql, day: Mql, fail: Fail) -> Mql:
    failure = fail("22008", "date/time field value out of range")
    date = mql("$dateFromParts", year=year, month=month, day=day)
    ranges = [mql("$gte", each, 1) for each in (year, month, day)]
    in_year = mql("$and", *ranges, mql("$lte", month, 12), mql("$lte", day, 31))
    clock = _milliseconds(found, 6)
    known = mql("$and", mql("$eq", mql("$dayOfMonth", date), day), _valid(found, 6))
    if name == "date":
        moment: Mql = date
    elif name == "timestamp":
        moment = mql("$add", date, clock)
    else:
        moment = mql("$subtract", mql("$add", date, clock), _offset(found))
    # nested: a month of 13 would fail before it was compared
    return mql("$cond", in_year, mql("$cond", known, moment, failure), failure)


def _valid(found: Mql, first: int) -> Mql:
    """Whether hour, minute and second are; 24:00 and 23:59:60 are the next."""
    hour, minute, second = (_number(_captured(found, first + i)) for i in range(3))
    whole_day = mql("$eq", mql("$add", minute, second), 0)
    return mql(
        "$and",
        mql("$or", mql("$lt", hour, 24), mql("$and", mql("$eq", hour, 24), whole_day)),
        mql("$lt", minute, 60),
        mql("$lte", second, 60),
    )


def _milliseconds(found: Mql, first: int) -> Mql:
    hour, minute, second = (_number(_captured(found, first + i)) for i in range(3))
    fraction = mql("$concat", "0", mql("$ifNull", _captured(found, first + 3), ".0"))
    thousandths = mql("$multiply", mql("$toDecimal", fraction), 1000)
    return mql(
        "$add",
        mql("$multiply", hour, 3_600_000),
        mql("$multiply", minute, 60_000),
        mql("$multiply", second, 1000),
        mql("$toLong", mql("$trunc", mql("$add", thousandths, Decimal128("0.5")))),
    )


def _offset(found: Mql) -> Mql:
    zone = mql("$ifNull", _captured(found, 10), "Z")
    digits = mql("$replaceAll", input=zone, find=":", replacement="")
    hours = mql("$toInt", mql("$substrBytes", digits, 1, 2))
    rest = mql("$substrBytes", digits, 3, 2)
    minutes = mql("$toInt", mql("$concat", "0", rest))
    sign = mql("$cond", mql("$eq", mql("$substrBytes", digits, 0, 1), "-"), -1, 1)
    size = mql("$add", mql("$multiply", hours, 60), minutes)
    milliseconds = mql("$multiply", sign, size, 60_000)
    return mql("$cond", mql("$in", zone, ["Z", "z"]), 0, milliseconds)


def read_time(text: Mql, fail: Fail) -> Mql:
    """TIME, as the text HH:MM:SS.ffffff that is stored."""

    def build(text: Mql, found: Mql) -> Mql:
        hour = mql("$substrBytes", mql("$concat", "0", _captured(found, 0)), 0, 3)
        padded = mql(
            "$substrBytes", hour, mql("$subtract", mql("$strLenBytes", hour), 2), 2
        )
        fraction = mql("$ifNull", _captured(found, 3), ".")
        value = mql(
            "$concat",
            padded,
            ":",
            _captured(found, 1),
            ":",
            mql("$ifNull", _captured(found, 2), "00"),
            mql("$substrBytes", mql("$concat", fraction, "000000"), 0, 7),
        )
        late = mql(
            "$or",
            mql("$eq", _number(_captured(found, 0)), 24),
            mql("$eq", _number(_captured(found, 2)), 60),
            mql("$gt", mql("$strLenBytes", fraction), 7),
        )
        valid = _switch(
            [
                (
                    mql("$not", [_valid(found, 0)]),
                    fail("22008", "date/time field value out of range"),
                ),
                (
                    late,
                    raising(
                        "0A000",
                        "24:00, a second of 60 or seven digits in a computed time",
                    ),
                ),
            ],
            value,
        )
        unreadable = _unreadable(text, "time", fail)
        return mql("$cond", mql("$gt", found, None), valid, unreadable)

    return let(
        lambda text: let(
            lambda found: build(text, found),
            found=mql("$regexFind", input=text, regex=_TIME),
        ),
        text=_trimmed(text),
    )


_UNITS = {  # pattern -> (part, how many of it)
    r"years?|yrs?|y": ("months", 12),
    r"mons?|months?": ("months", 1),
    r"weeks?|w": ("days", 7),
    r"days?|d": ("days", 1),
    r"hours?|hrs?|h": ("milliseconds", 3_600_000),
    r"minutes?|mins?|m": ("milliseconds", 60_000),
    r"seconds?|secs?|s": ("milliseconds", 1000),
}
_INTERVAL_CLOCK = r"([+-]?)([0-9]{1,9}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,6})?)?"
_UNIT_WORDS = "|".join(_UNITS)
_INTERVAL = rf"^(?:[+-]?[0-9]{{1,9}} *(?:{_UNIT_WORDS})\b *)*(?:{_INTERVAL_CLOCK})?\z"


def read_interval(text: Mql, fail: Fail) -> Mql:
    """INTERVAL: whole numbers with units, then a clock, as PostgreSQL writes it."""

    def total(text: Mql, part: str) -> Mql:
        sums: list[Mql] = []
        for words, (into, size) in _UNITS.items():
            if into != part:
                continue
            found = mql(
                "$regexFindAll",
                input=text,
                regex=rf"([+-]?[0-9]{{1,9}}) *(?:{words})\b",
                options="i",
            )
            number = mql("$ltrim", input=mql("$first", "$$this.captures"), chars="+")
            numbers = mql("$map", input=found, **{"in": mql("$toLong", number)})
            sums.append(mql("$multiply", mql("$sum", numbers), size))
        return mql("$add", *sums, 0)

    def clock(found: Mql) -> Mql:
        hour, minute = _number(_captured(found, 1)), _number(_captured(found, 2))
        fraction = mql("$concat", "0", mql("$ifNull", _captured(found, 4), ".0"))
        size = mql(
            "$add",
            mql("$multiply", mql("$toLong", hour), 3_600_000),
            mql("$multiply", minute, 60_000),
            mql("$multiply", _number(_captured(found, 3)), 1000),
            mql(
                "$toLong",
                mql("$round", mql("$multiply", mql("$toDecimal", fraction), 1000), 0),
            ),
        )
        sign = mql("$cond", mql("$eq", _captured(found, 0), "-"), -1, 1)
        return mql("$cond", mql("$gt", found, None), mql("$multiply", sign, size), 0)

    def build(text: Mql) -> Mql:
        found = mql("$regexFind", input=text, regex=_INTERVAL_CLOCK + r"\z")
        rest = mql("$add", total(text, "milliseconds"), let(clock, found=found))
        value = interval_of(total(text, "months"), total(text, "days"), rest)
        is_known = mql("$and", mql("$ne", text, ""), _fits(text, _INTERVAL, "i"))
        return mql("$cond", is_known, value, _unreadable(text, "interval", fail))

    return let(build, text=_trimmed(text))
