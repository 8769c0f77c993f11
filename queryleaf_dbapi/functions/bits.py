"""Bit operators of integers, by arithmetic: MongoDB 6 has none in expressions.

Two's complement through remainders: the low n bits of a are `a mod 2^n`, taken not
negative. AND with a constant mask is a difference of two such remainders for each run
of ones in it; AND of two computed integers looks up each pair of half-bytes in a table.
OR and XOR follow from AND without leaving 64 bits.
"""

from __future__ import annotations

from bson.int64 import Int64

from queryleaf_dbapi.functions.arguments import Integer, common, same_as
from queryleaf_dbapi.functions.registry import function, mql
from queryleaf_dbapi.functions.variables import constant_integer, let
from queryleaf_dbapi.plan.signature import Mql
from queryleaf_dbapi.types import TEXT

_HALF = 1 << 32
_TABLE = [left & right for left in range(16) for right in range(16)]


def low_bits(number: Mql, count: int) -> Mql:
    """The lowest bits as a number that is not negative; fewer than 63."""
    size = Int64(1 << count)
    rest = mql("$mod", number, size)
    return let(
        lambda rest: mql("$cond", mql("$lt", rest, 0), mql("$add", rest, size), rest),
        rest=rest,
    )


def _masked(number: Mql, mask: int) -> Mql:
    """AND with a constant."""
    if mask < 0:  # a & m = a - (a & ~m)
        return mql("$subtract", number, _masked(number, ~mask))
    pieces: list[Mql] = []
    start = 0
    while mask >> start:
        if not mask >> start & 1:
            start += 1
            continue
        end = start
        while mask >> end & 1:
            end += 1
        upper = low_bits(number, end) if end < 63 else _without_sign(number)
        lower = low_bits(number, start) if start else 0
        pieces.append(mql("$subtract", upper, lower) if start else upper)
        start = end
    return {"$add": [0, *pieces]} if len(pieces) != 1 else pieces[0]


def _without_sign(number: Mql) -> Mql:
    """The lowest 63 bits: 2^63 itself is no 64-bit integer."""
    most = Int64((1 << 63) - 1)
    flipped = mql("$add", mql("$add", number, most), 1)
    return mql("$cond", mql("$lt", number, 0), flipped, number)


def _halves(number: Mql) -> Mql:
    """The high and the low 32 bits, neither negative."""

    def split(low: Mql) -> Mql:
        # a multiple of 2^32 is exact as a double
        high = mql("$divide", mql("$subtract", number, low), _HALF)
        return [low_bits(mql("$toLong", high), 32), low]

    return let(split, low=low_bits(number, 32))


def _half_and(left: Mql, right: Mql) -> Mql:
    def digit(number: Mql) -> Mql:
        shifted = mql("$divide", number, "$$power")
        return mql("$mod", mql("$toLong", mql("$trunc", shifted)), 16)

    place = mql("$add", mql("$multiply", digit(left), 16), digit(right))
    found = mql("$arrayElemAt", _TABLE, place)
    digits = {
        "$map": {
            "input": [Int64(1 << shift) for shift in range(0, 32, 4)],
            "as": "power",
            "in": mql("$multiply", found, "$$power"),
        }
    }
    return {"$sum": digits}


def _and(left: Mql, right: Mql) -> Mql:
    for number, other in ((left, right), (right, left)):
        mask = constant_integer(other)
        if mask is not None:
            return _masked(number, mask)

    def build(ahalves: Mql, bhalves: Mql) -> Mql:
        def half(place: int) -> Mql:
            return let(
                _half_and,
                left=mql("$arrayElemAt", ahalves, place),
                right=mql("$arrayElemAt", bhalves, place),
            )

        def joined(high: Mql) -> Mql:
            signed = mql(
                "$cond",
                mql("$gte", high, _HALF >> 1),
                mql("$subtract", high, _HALF),
                high,
            )
            return mql("$add", mql("$multiply", signed, Int64(_HALF)), half(1))

        return let(joined, high=half(0))

    return let(build, ahalves=_halves(left), bhalves=_halves(right))


@function(
    "&",
    args=[Integer, Integer],
    returns=common,
    symbol="&",
    examples={"91 & 15": 11, "-2 & 7": 6, "NULL & 1": None},
)
def bit_and(left: Mql, right: Mql) -> Mql:
    """The bits that both integers have."""
    return let(_and, left=left, right=right)


@function(
    "|",
    args=[Integer, Integer],
    returns=common,
    symbol="|",
    examples={"32 | 3": 35, "-8 | 1": -7, "1 | NULL": None},
)
def bit_or(left: Mql, right: Mql) -> Mql:
    """The bits that one of the integers has."""
    return let(
        lambda left, right: mql(
            "$add", left, mql("$subtract", right, _and(left, right))
        ),
        left=left,
        right=right,
    )


@function(
    "#",
    args=[Integer, Integer],
    returns=common,
    symbol="#",
    examples={"17 # 5": 20, "-1 # 5": -6, "1 # NULL": None},
)
def bit_xor(left: Mql, right: Mql) -> Mql:
    """The bits that just one of the integers has."""

    def build(left: Mql, right: Mql) -> Mql:
        return let(
            lambda both: mql(
                "$add", mql("$subtract", left, both), mql("$subtract", right, both)
            ),
            both=_and(left, right),
        )

    return let(build, left=left, right=right)


@function(
    "~",
    args=[Integer],
    returns=same_as(0),
    symbol="~",
    examples={"~ 1": -2, "~ -1": 0, "~ NULL::integer": None},
)
def bit_not(number: Mql) -> Mql:
    """The integer with each bit turned over."""
    return mql("$subtract", -1, number)


_POWERS = [Int64(1 << n) for n in range(63)]
_LEAST = Int64(-(1 << 63))


def _signed(number: Mql, bits: int) -> Mql:
    """A number of that many bits, the highest being the sign."""
    limit, size = Int64(1 << (bits - 1)), Int64(1 << bits)
    return let(
        lambda number: mql(
            "$cond", mql("$gte", number, limit), mql("$subtract", number, size), number
        ),
        number=number,
    )


def _shifted_left(number: Mql, count: int, bits: int) -> Mql:
    count %= bits
    if not count:
        return number
    if count == 63:
        is_odd = mql("$ne", mql("$mod", number, 2), 0)
        return mql("$cond", is_odd, _LEAST, 0)
    kept = _signed(low_bits(number, bits - count), bits - count)
    if bits - count == 63:  # the lowest 63 bits as a signed number
        kept = let(
            lambda low: mql(
                "$cond",
                mql("$gte", low, Int64(1 << 62)),
                mql("$subtract", mql("$subtract", low, Int64(1 << 62)), Int64(1 << 62)),
                low,
            ),
            low=_without_sign(number),
        )
    return mql("$multiply", kept, Int64(1 << count))


def _shifted_right(number: Mql, count: int, bits: int) -> Mql:
    count %= bits
    if not count:
        return number
    if count == 63:
        return mql("$cond", mql("$lt", number, 0), -1, 0)
    whole = mql("$subtract", number, low_bits(number, count))
    share = mql("$divide", mql("$toDecimal", whole), Int64(1 << count))
    return mql("$toLong", share)


def _shift(one: object, number: Mql, count: Mql, bits: int) -> Mql:
    assert callable(one)
    known = constant_integer(count)
    if known is not None:
        return let(lambda number: one(number, known, bits), number=number)

    def build(number: Mql, count: Mql) -> Mql:
        branches = [
            {"case": mql("$eq", count, n), "then": one(number, n, bits)}
            for n in range(1, bits)
        ]
        return mql("$switch", branches=branches, default=number)

    # a count is taken modulo the width, -1 is the width less one
    return let(build, number=number, count=low_bits(count, bits.bit_length() - 1))


def _register_shifts(name: str, bits: int) -> None:
    suffix = "" if bits == 64 else f" {name}"

    def left(number: Mql, count: Mql) -> Mql:
        return _shift(_shifted_left, number, count, bits)

    left.__doc__ = f"The {name} moved to the left by so many bits, modulo {bits}."
    function(
        f"<<{suffix}",
        args=[Integer, Integer],
        returns=same_as(0),
        symbol="<<",
        examples={"1 << 4": 16, "1 << 31": -2147483648, "1 << 32": 1}
        if bits == 32
        else {"1::bigint << 40": 1 << 40, "1 << NULL": None},
    )(left)

    def right(number: Mql, count: Mql) -> Mql:
        return _shift(_shifted_right, number, count, bits)

    right.__doc__ = (
        f"The {name} moved to the right by so many bits, modulo {bits}; the sign stays."
    )
    function(
        f">>{suffix}",
        args=[Integer, Integer],
        returns=same_as(0),
        symbol=">>",
        examples={"8 >> 2": 2, "-1 >> 1": -1}
        if bits == 32
        else {"-9000000000 >> 3": -1125000000},
    )(right)


for _name, _bits in (("bigint", 64), ("integer", 32)):
    _register_shifts(_name, _bits)


_DIGITS = "0123456789abcdef"


def _hexadecimal(number: Mql, bits: int) -> Mql:
    """The digits, without zeros before them."""

    def half(number: Mql) -> Mql:
        def digit(power: int) -> Mql:
            share = mql("$trunc", mql("$divide", number, Int64(power)))
            place = mql("$mod", mql("$toLong", share), 16)
            return mql("$substrBytes", _DIGITS, place, 1)

        return mql("$concat", *(digit(1 << shift) for shift in range(28, -1, -4)))

    def build(halves: Mql) -> Mql:
        low = let(half, number=mql("$arrayElemAt", halves, 1))
        high = let(half, number=mql("$arrayElemAt", halves, 0))
        return mql("$concat", high, low) if bits == 64 else low

    text = let(build, halves=_halves(number))
    return let(
        lambda digits: mql("$cond", mql("$eq", digits, ""), "0", digits),
        digits=mql("$ltrim", input=text, chars="0"),
    )


@function(
    "TO_HEX",
    args=[Integer],
    returns=TEXT,
    parsed_as="Hex(this)",
    examples={"TO_HEX(255)": "ff", "TO_HEX(-1)": "ffffffff", "TO_HEX(NULL)": None},
)
def to_hex(number: Mql) -> Mql:
    """The hexadecimal digits of an INTEGER, of two's complement when negative."""
    return let(lambda number: _hexadecimal(number, 32), number=number)


@function(
    "TO_HEX bigint",
    args=[Integer],
    returns=TEXT,
    examples={"TO_HEX(-1::bigint)": "f" * 16, "TO_HEX(NULL::bigint)": None},
)
def to_hex_of_bigint(number: Mql) -> Mql:
    """The hexadecimal digits of a BIGINT, of two's complement when negative."""
    return let(lambda number: _hexadecimal(number, 64), number=number)
