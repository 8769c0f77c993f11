"""The frame of a window: ROWS, RANGE or GROUPS BETWEEN ... AND ..., EXCLUDE."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlglot import exp

from queryleaf_dbapi.bind import expressions
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.coerce import convert, retype
from queryleaf_dbapi.bind.limits import folded, rounded
from queryleaf_dbapi.errors import DataError, DatatypeMismatch, ProgrammingError
from queryleaf_dbapi.plan.expressions import Cast, Expr, Literal, Parameter, SortKey
from queryleaf_dbapi.plan.relations import Bound, Frame, Offset
from queryleaf_dbapi.plan.visit import refers_to
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types import BIGINT, INTERVAL, NUMERIC, Family, SqlType

_TEMPORAL = frozenset({Family.DATE, Family.TIMESTAMP})
_SIDES = ("start", "end")
_DISTANT = Decimal("1E+3000")


def windowing_error(binder: Binder, message: str, node: exp.Expr) -> ProgrammingError:
    """PostgreSQL's 42P20: a window specification that makes no sense."""
    return ProgrammingError(message, position=binder.position(node), sqlstate="42P20")


def bind_frame(
    binder: Binder, place: Place, node: exp.Expr | None, keys: tuple[SortKey, ...]
) -> Frame:
    """The default is everything up to the current row's peers; without ORDER BY all
    rows are peers."""
    if node is None:
        return Frame("GROUPS", None, 0) if keys else Frame("ROWS", None, None)
    mode = str(node.args.get("kind") or "RANGE").upper()
    _check_sides(binder, node)
    start, end = (_bound(binder, place, node, side, mode, keys) for side in _SIDES)
    exclude = str(getattr(node.args.get("exclude"), "name", "") or "").upper()
    exclude = "" if exclude == "NO OTHERS" else exclude
    if mode == "GROUPS" and not keys:
        raise windowing_error(binder, "GROUPS mode requires an ORDER BY clause", node)
    if mode == "RANGE" and start in (None, 0) and end in (None, 0):
        if not keys:
            return Frame("ROWS", None, None, exclude)
        mode = "GROUPS"
    if mode == "RANGE" and keys[0].expression.nullable:
        _refuse_distant_months(binder, node, start, end)
    if mode == "RANGE" and _is_inverted(binder, node, start, end):
        if not keys[0].expression.nullable:
            return Frame("ROWS", 1, 0)  # no row is in it
        # but the peers of a NULL are, at any distance: one that only they have
        start = end = Offset(Literal(NUMERIC.dump(_DISTANT), NUMERIC), 1)
    _refuse_unknown_sides(binder, node, start, end)
    return Frame(mode, start, end, exclude)


def _check_sides(binder: Binder, node: exp.Expr) -> None:
    start, end = (_written(node, side) for side in _SIDES)
    problem = ""
    if start == "UNBOUNDED FOLLOWING":
        problem = "frame start cannot be UNBOUNDED FOLLOWING"
    elif end == "UNBOUNDED PRECEDING":
        problem = "frame end cannot be UNBOUNDED PRECEDING"
    elif start == "CURRENT ROW" and end == "PRECEDING":
        problem = "frame starting from current row cannot have preceding rows"
    elif start == "FOLLOWING" and end in ("PRECEDING", "CURRENT ROW"):
        problem = "frame starting from following row cannot have preceding rows"
    if problem:
        raise windowing_error(binder, problem, node)


def _written(node: exp.Expr, side: str) -> str:
    value = node.args.get(side)
    word = str(node.args.get(f"{side}_side") or "").upper()
    if value is None:
        return "CURRENT ROW"
    if isinstance(value, exp.Expr):
        return word
    return "CURRENT ROW" if str(value).upper() == "CURRENT ROW" else f"UNBOUNDED {word}"


def _refuse_unknown_sides(
    binder: Binder, node: exp.Expr, start: Bound, end: Bound
) -> None:
    """The server refuses a frame that ends before it starts, where SQL says it is
    empty: what is known only later must not be able to say that."""
    signs = [each.sign for each in (start, end) if isinstance(each, Offset)]
    signs += [each for each in (start, end) if isinstance(each, int)]
    unknown = [
        each
        for each in (start, end)
        if isinstance(each, Offset) and isinstance(each.value, Parameter)
    ]
    bounded = start is not None and end is not None
    if unknown and bounded and min(signs) * max(signs) > 0:
        raise refuse(
            "a frame whose bounds are parameters on one side of the current row",
            node,
            binder.sql,
        )


def _is_inverted(binder: Binder, node: exp.Expr, start: Bound, end: Bound) -> bool:
    """Whether a RANGE of known distances ends before it starts."""
    if not isinstance(start, Offset) or not isinstance(end, Offset):
        return False
    first, last = (_months_and_rest(each) for each in (start, end))
    if first is None or last is None:
        return False
    if (first[0] and last[1]) or (first[1] and last[0]):
        raise refuse("RANGE by months and days together", node, binder.sql)
    return bool(first > last)


def _refuse_distant_months(
    binder: Binder, node: exp.Expr, start: Bound, end: Bound
) -> None:
    """NULLs are peers at any distance; the server's calendar knows no such date."""
    starts_after = isinstance(start, Offset) and start.sign > 0
    ends_before = isinstance(end, Offset) and end.sign < 0
    for each in (start, end):
        if (starts_after or ends_before) and isinstance(each, Offset):
            found = _months_and_rest(each)
            if found is not None and found[0]:
                raise refuse(
                    "RANGE by months that leaves out the current row, over a key that "
                    "may be NULL,",
                    node,
                    binder.sql,
                )


def _months_and_rest(offset: Offset) -> tuple[Any, Any] | None:
    """The distance of a bound, negative before the current row; None if not known."""
    if not isinstance(offset.value, Literal):
        return None
    value, load = offset.value.value, offset.value.type.load
    if isinstance(value, dict):
        days = value.get("days", 0) * 86_400_000
        rest = days + value.get("milliseconds", 0)
        return offset.sign * value.get("months", 0), offset.sign * rest
    return 0, offset.sign * (value if load is None else load(value))


def _bound(
    binder: Binder,
    place: Place,
    node: exp.Expr,
    side: str,
    mode: str,
    keys: tuple[SortKey, ...],
) -> Bound:
    written = node.args.get(side)
    if not isinstance(written, exp.Expr):
        return 0 if _written(node, side) == "CURRENT ROW" else None
    sign = -1 if _written(node, side) == "PRECEDING" else 1
    value = expressions.bind_expression(binder, place, written)
    if refers_to(value):
        raise ProgrammingError(
            f"argument of {mode} must not contain variables",
            position=binder.position(written),
            sqlstate="42P10",
        )
    value = folded(value)
    if isinstance(value, Cast) and isinstance(value.operand, Parameter):
        value = retype(value.operand, value.type)
    if not isinstance(value, Literal | Parameter):
        raise refuse("a computed frame bound", written, binder.sql)
    if isinstance(value, Literal) and value.value is None:
        raise DataError(
            f"frame {side}ing offset must not be null",
            position=binder.position(written),
            sqlstate="22004",
        )
    if mode == "RANGE":
        return Offset(_distance(binder, node, written, value, keys), sign)
    return _counted(binder, written, value, side, mode, sign)


def _counted(
    binder: Binder, node: exp.Expr, value: Expr, side: str, mode: str, sign: int
) -> Bound:
    position = binder.position(node)
    value = rounded(value)
    if value.type.family not in (Family.INTEGER, Family.UNKNOWN):
        raise DatatypeMismatch(
            f"argument of {mode} must be type bigint, not type "
            f"{str(value.type).lower()}",
            position=position,
        )
    value = retype(value, BIGINT, position)
    if isinstance(value, Parameter):
        return Offset(value, sign)
    assert isinstance(value, Literal)
    _refuse_negative(binder, node, value.value, side)
    return sign * int(value.value)


def _refuse_negative(
    binder: Binder, node: exp.Expr, number: object, side: str = ""
) -> None:
    if isinstance(number, int | float) and number < 0:
        message = (
            f"frame {side}ing offset must not be negative"
            if side
            else "invalid preceding or following size in window function"
        )
        raise DataError(message, position=binder.position(node), sqlstate="22013")


def _distance(
    binder: Binder,
    frame: exp.Expr,
    node: exp.Expr,
    value: Expr,
    keys: tuple[SortKey, ...],
) -> Expr:
    """The offset of a RANGE bound, in the type that goes with its sort key."""
    if len(keys) != 1:
        raise windowing_error(
            binder,
            "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY "
            "column",
            frame,
        )
    key = keys[0].expression.type
    position = binder.position(node)
    if key.family in _TEMPORAL:
        return _interval(binder, node, retype_unknown(value, INTERVAL), keys[0])
    if not key.is_numeric or not _goes_with(value.type, key):
        raise refuse(
            f"RANGE with offset PRECEDING/FOLLOWING for column type "
            f"{str(key).lower()} and offset type {str(value.type).lower()}",
            node,
            binder.sql,
        )
    value = convert(retype_unknown(value, key), key, position)
    if isinstance(value, Literal):
        _refuse_negative(binder, node, value.value)
        load = value.type.load
        number = value.value if load is None else load(value.value)
        if number < 0:
            _refuse_negative(binder, node, -1)
    return value


def retype_unknown(value: Expr, sql_type: SqlType) -> Expr:
    """A text nobody typed, read as the type its place needs."""
    return retype(value, sql_type) if value.type.family is Family.UNKNOWN else value


def _goes_with(offset: SqlType, key: SqlType) -> bool:
    if offset.family is Family.UNKNOWN:
        return True
    order = (Family.INTEGER, Family.DECIMAL, Family.FLOAT)
    return offset.is_numeric and order.index(offset.family) <= order.index(key.family)


def _interval(binder: Binder, node: exp.Expr, value: Expr, key: SortKey) -> Expr:
    """A distance in time: months alone, or days and less; the server knows one."""
    if value.type.family is not Family.INTERVAL:
        raise refuse(
            f"RANGE with offset PRECEDING/FOLLOWING for column type "
            f"{str(key.expression.type).lower()} and offset type "
            f"{str(value.type).lower()}",
            node,
            binder.sql,
        )
    if isinstance(value, Literal):
        parts = value.value
        months = parts.get("months", 0)
        rest = (parts.get("days", 0), parts.get("milliseconds", 0))
        _refuse_negative(binder, node, min(months, *rest))
        if months and any(rest):
            raise refuse("RANGE by months and days together", node, binder.sql)
        if months and key.descending:
            raise refuse("RANGE by months over a descending key", node, binder.sql)
    return value
