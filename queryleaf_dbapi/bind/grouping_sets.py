"""GROUPING SETS, ROLLUP and CUBE as plain lists of sets, and GROUPING().

ROLLUP (a, b)       (a, b), (a), ()
CUBE (a, b)         (a, b), (a), (b), ()
GROUP BY a, CUBE b  the sets of each item, every one with every one: (a, b), (a)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, product

from sqlglot import exp

from queryleaf_dbapi.bind import expressions
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.errors import GroupingError, Position, ProgramLimitExceeded
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import (
    Case,
    ColumnRef,
    Expr,
    InList,
    Literal,
)
from queryleaf_dbapi.types import BOOLEAN, INTEGER

Set = tuple[int, ...]  # positions in the list of keys
_MAX_SETS = 4096  # PostgreSQL's own limits
_MAX_CUBE = 12


def expand(
    binder: Binder, clause: exp.Expr | None, key: Callable[[exp.Expr], int]
) -> list[Set]:
    """The sets of a GROUP BY; `key` gives the position of an expression's key."""
    if clause is None:
        return [()]
    position = binder.position(clause)
    found = _crossed([_sets(binder, each, key) for each in clause.expressions])
    if len(found) > _MAX_SETS:
        raise ProgramLimitExceeded(
            f"too many grouping sets present (maximum {_MAX_SETS})",
            position=position,
            sqlstate="54001",
        )
    if clause.args.get("all") is False:  # GROUP BY DISTINCT
        by_keys = {frozenset(each): each for each in reversed(found)}
        return [each for each in found if by_keys[frozenset(each)] is each]
    return found


def _crossed(lists: Sequence[list[Set]]) -> list[Set]:
    size = 1
    for each in lists:
        size *= len(each)
    if size > _MAX_SETS:
        return [()] * (_MAX_SETS + 1)
    return [_joined(parts) for parts in product(*lists)]


def _joined(parts: Sequence[Set]) -> Set:
    return tuple(dict.fromkeys(index for part in parts for index in part))


def _sets(binder: Binder, node: exp.Expr, key: Callable[[exp.Expr], int]) -> list[Set]:
    if isinstance(node, exp.GroupingSets):
        return [
            found for each in node.expressions for found in _sets(binder, each, key)
        ]
    if isinstance(node, exp.Rollup | exp.Cube):
        units = [_unit(each, key) for each in node.expressions]
        if isinstance(node, exp.Rollup):
            return [_joined(units[:size]) for size in range(len(units), -1, -1)]
        if len(units) > _MAX_CUBE:
            raise ProgramLimitExceeded(
                f"CUBE is limited to {_MAX_CUBE} elements",
                position=binder.position(node),
                sqlstate="54011",
            )
        return [
            _joined(chosen)
            for size in range(len(units), -1, -1)
            for chosen in combinations(units, size)
        ]
    return [_unit(node, key)]


def _unit(node: exp.Expr, key: Callable[[exp.Expr], int]) -> Set:
    """What stands in a set as one: an expression, or several in parentheses."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Tuple):
        return _joined([_unit(each, key) for each in node.expressions])
    return (key(node),)


def bind_grouping(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """GROUPING(a, b): a column that grouping replaces once the sets are known."""
    position = binder.position(node)
    if place.collector is None:
        raise GroupingError(
            f"grouping operations are not allowed in {place.clause}", position=position
        )
    inside = Place(place.scope, "GROUPING")
    arguments = tuple(
        expressions.bind_expression(binder, inside, each) for each in node.expressions
    )
    column = binder.ids.column("grouping", INTEGER, False)
    place.collector.groupings[column.id] = (arguments, position)
    return ColumnRef(column.id, column.name, INTEGER, False)


def grouping_value(
    arguments: tuple[Expr, ...],
    position: Position | None,
    keys: Sequence[tuple[Column, Expr]],
    sets: Sequence[Set],
    set_column: Column | None,
) -> Expr:
    """The bits of GROUPING: 1 where the row's set leaves the argument's key out, the
    last argument in the lowest bit."""
    places = []
    for argument in arguments:
        index = next((i for i, (_, v) in enumerate(keys) if v == argument), None)
        if index is None:
            raise GroupingError(
                "arguments to GROUPING must be grouping expressions of the associated "
                "query level",
                position=position,
            )
        places.append(index)
    by_mask: dict[int, list[Expr]] = {}
    for number, each in enumerate(sets):
        mask = 0
        for index in places:
            mask = mask * 2 + (index not in each)
        by_mask.setdefault(mask, []).append(Literal(number, INTEGER))
    masks = [Literal(mask, INTEGER) for mask in by_mask]
    if set_column is None or len(masks) == 1:
        return masks[0]
    of_set = ColumnRef(set_column.id, set_column.name, INTEGER, False)
    branches = tuple(
        (InList(of_set, tuple(numbers), BOOLEAN, False), mask)
        for mask, numbers in zip(masks[1:], list(by_mask.values())[1:], strict=True)
    )
    return Case(branches, masks[0], INTEGER, False)
