"""How many rows a relation gives: the collections' counts times guessed shares.

No histograms: a count per collection, unique keys and the form of a condition are
what there is, so the numbers are good for "which side is the small one" only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from queryleaf_dbapi.catalog.catalog import Collection
from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.functions.conjunctions import split_conjunction
from queryleaf_dbapi.plan.expressions import (
    Call,
    ColumnRef,
    Exists,
    Expr,
    InList,
    Literal,
    Parameter,
    Quantified,
)
from queryleaf_dbapi.plan.relations import (
    Aggregate,
    Distinct,
    Filter,
    Join,
    JoinKind,
    Limit,
    Project,
    Relation,
    Scan,
    SetKind,
    SetOperation,
    Values,
)
from queryleaf_dbapi.plan.visit import inputs, refers_to

UNKNOWN_ROWS = 100.0  # of a collection nobody counted
_WORKING_ROWS = 20.0  # of a round of a recursion, or a function in FROM
_EQUAL = 0.02
_RANGE = 0.3
_BOUNDED = 0.25  # of what the first bound leaves
_LIKE = 0.1
_OTHER = 0.5
_HAVING = 0.1  # a condition on an aggregate is there to keep few groups


def rows_of(relation: Relation) -> float:
    """The estimated number of rows, at least 1."""
    return max(1.0, _rows(relation))


def _rows(relation: Relation) -> float:
    match relation:
        case Scan(collection=collection):
            return stored_rows(collection)
        case Values(rows=rows):
            return float(len(rows))
        case Filter(input=below, predicate=predicate):
            return _filtered(below, predicate)
        case Aggregate(input=below, keys=keys):
            return math.pow(rows_of(below), 0.85) if keys else 1.0
        case Distinct(input=below):
            return math.pow(rows_of(below), 0.85)
        case Limit(input=below, count=Literal(value=int() as count)):
            return min(float(count), rows_of(below))
        case Join():
            return _joined(relation)
        case SetOperation(kind=kind, left=left, right=right):
            both = rows_of(left), rows_of(right)
            return sum(both) if kind is SetKind.UNION else both[0]
        case _:
            below_ = inputs(relation)
            return rows_of(below_[0]) if below_ else _WORKING_ROWS


def stored_rows(collection: Collection) -> float:
    """The documents of a collection, as last counted."""
    if collection.rows is None:
        return UNKNOWN_ROWS
    return float(max(collection.rows, 1))


def read_rows(relation: Relation) -> float:
    """How many stored documents are read for a relation, each scan once: all of a
    collection, or what an index finds."""
    match relation:
        case Scan(collection=collection):
            return stored_rows(collection)
        case Filter(input=Scan(collection=collection) as scan, predicate=predicate):
            share = 1.0
            indexed = indexed_paths(collection)
            for part in split_conjunction(predicate):
                if _uses(part, scan, indexed):
                    share = min(share, selectivity(part, scan, rows_of(scan)))
            return stored_rows(collection) * share
        case _:
            return sum(map(read_rows, inputs(relation)))


def _uses(part: Expr, scan: Scan, indexed: frozenset[str]) -> bool:
    """Whether a condition can be answered by an index."""
    if isinstance(part, InList):
        operands: tuple[Expr, ...] = (part.operand,)
    elif isinstance(part, Call) and part.function in operators.COMPARISONS:
        operands = part.arguments
    else:
        return False
    for each in operands:
        if isinstance(each, ColumnRef):
            found = stored_column(scan, each.id)
            if found is not None and found[1] in indexed:
                return True
    return False


def _filtered(below: Relation, predicate: Expr) -> float:
    total = rows_of(below)
    if isinstance(below, Aggregate):
        return total * _HAVING
    return total * _all_true(split_conjunction(predicate), below, total)


def _all_true(parts: Sequence[Expr], below: Relation, total: float) -> float:
    """The share for which all conditions are TRUE; two bounds of one column are a
    range, and narrower than two conditions."""
    share = 1.0
    bounded: set[int] = set()
    for part in parts:
        each = selectivity(part, below, total)
        if each == _RANGE:
            columns = refers_to(part)
            each = _BOUNDED if columns <= bounded and columns else each
            bounded |= columns
        share *= each
    return share


def selectivity(part: Expr, below: Relation, total: float) -> float:
    """The guessed share of `total` rows for which a condition is TRUE."""
    match part:
        case Literal(value=value):
            return 1.0 if value is True else 0.0
        case InList(operand=operand, items=items):
            return min(0.5, len(items) * _equality(operand, below, total))
        case Exists() | Quantified():
            return _OTHER
        case Call():
            return _of_call(part, below, total)
        case _:
            return _OTHER


def _of_call(node: Call, below: Relation, total: float) -> float:
    function, arguments = node.function, node.arguments
    if function is operators.and_ or function is operators.or_:
        shares = [selectivity(each, below, total) for each in arguments]
        if function is operators.or_:
            return min(1.0, sum(shares))
        return _all_true(arguments, below, total)
    if function is operators.not_:
        return max(0.05, 1.0 - selectivity(arguments[0], below, total))
    if function is operators.EQ:
        constants = [a for a in arguments if isinstance(a, Literal | Parameter)]
        if not constants:
            return _EQUAL
        other = next((a for a in arguments if a not in constants), arguments[0])
        return _equality(other, below, total)
    if function is operators.NE:
        return 1.0 - _EQUAL
    if function in operators.COMPARISONS:
        return _RANGE
    if function in (operators.like, operators.ilike):
        return _LIKE
    if function is operators.is_null:
        return 0.1
    return _OTHER


def _equality(operand: Expr, below: Relation, total: float) -> float:
    """The share of one value of the operand."""
    if isinstance(operand, ColumnRef):
        found = stored_column(below, operand.id)
        if found is not None and is_unique(found[0], (found[1],)):
            return 1.0 / total
    return max(_EQUAL, 1.0 / total)


def stored_column(relation: Relation, id_: int) -> tuple[Collection, str] | None:
    """The collection and path a column is read from, when nothing computes it."""
    match relation:
        case Scan(collection=collection, fields=fields):
            for column, path in fields:
                if column.id == id_:
                    return collection, ".".join(path)
            return None
        case Project(input=below, items=items):
            for column, value in items:
                if column.id == id_:
                    if isinstance(value, ColumnRef):
                        return stored_column(below, value.id)
                    return None
            return None
        case _:
            for below in inputs(relation):
                if any(column.id == id_ for column in below.columns):
                    return stored_column(below, id_)
            return None


def is_unique(collection: Collection, paths: tuple[str, ...]) -> bool:
    """Whether no two documents have the same values, none NULL, at these paths."""
    given = set(paths)
    keys = [collection.primary_key, *collection.unique]
    if any(key is not None and given.issuperset(key.columns) for key in keys):
        return True
    return "_id" in given or any(
        index.unique and given.issuperset(path for path, _ in index.keys)
        for index in collection.indexes
    )


def indexed_paths(collection: Collection) -> frozenset[str]:
    """The paths some index begins with."""
    return frozenset(
        str(index.keys[0][0])
        for index in collection.indexes
        if index.keys and index.partial is None and index.options is None
    ) | {"_id"}


def _joined(join: Join) -> float:
    left, right = rows_of(join.left), rows_of(join.right)
    parts = split_conjunction(join.condition) if join.condition is not None else []
    if join.kind is JoinKind.SEMI:
        return left * _matched(join, right, parts)
    if join.kind is JoinKind.ANTI:
        return left * max(0.05, 1 - _matched(join, right, parts))
    pairs = joined_rows(join.left, left, join.right, right, parts)
    if join.kind is JoinKind.LEFT:
        return max(left, pairs)
    if join.kind is JoinKind.FULL:
        return max(left, right, pairs)
    return pairs


def _matched(join: Join, right_rows: float, parts: list[Expr]) -> float:
    """The share of left rows with a partner: of a unique key, what is left of it."""
    left_ids = frozenset(column.id for column in join.left.columns)
    right_ids = frozenset(column.id for column in join.right.columns)
    for part in parts:
        sides = _equal_sides(part, left_ids, right_ids)
        found = stored_column(join.right, sides[1].id) if sides else None
        if found is not None and is_unique(found[0], (found[1],)):
            return min(1.0, right_rows / stored_rows(found[0]))
    return _OTHER


def matches_of(
    outer: tuple[Collection, str] | None, collection: Collection, path: str
) -> float:
    """How many documents of a collection one value of `outer` finds at a path: as the
    values refer to the keys of another collection, those documents shared out."""
    if is_unique(collection, (path,)):
        return 1.0
    total = stored_rows(collection)
    if outer is not None and is_unique(outer[0], (outer[1],)):
        return max(1.0, total / stored_rows(outer[0]))
    return math.pow(total, 0.4)


def joined_rows(
    left: Relation,
    left_rows: float,
    right: Relation,
    right_rows: float,
    parts: list[Expr],
) -> float:
    """How many pairs an inner join with these conditions gives."""
    left_ids = frozenset(column.id for column in left.columns)
    right_ids = frozenset(column.id for column in right.columns)
    paths: dict[bool, list[tuple[Collection, str]]] = {True: [], False: []}
    rest = 1.0
    for part in parts:
        sides = _equal_sides(part, left_ids, right_ids)
        if sides is None:
            rest *= selectivity(part, left, left_rows)
            continue
        for is_left, column in ((True, sides[0]), (False, sides[1])):
            found = stored_column(left if is_left else right, column.id)
            if found is not None:
                paths[is_left].append(found)
    has_keys = any(_equal_sides(p, left_ids, right_ids) is not None for p in parts)
    if not has_keys:
        return left_rows * right_rows * rest
    return left_rows * right_rows * rest / distinct(paths, left_rows, right_rows)


def distinct(
    paths: dict[bool, list[tuple[Collection, str]]], left_rows: float, right_rows: float
) -> float:
    """How many different keys there are: all rows of a side where they are unique."""
    counts = []
    for found in paths.values():
        for collection in {id(c): c for c, _ in found}.values():
            mine = tuple(path for c, path in found if c is collection)
            if is_unique(collection, mine):
                counts.append(stored_rows(collection))
    if counts:
        return max(counts)
    return math.pow(max(min(left_rows, right_rows), 1.0), 0.8)


def _equal_sides(
    part: Expr, left_ids: frozenset[int], right_ids: frozenset[int]
) -> tuple[ColumnRef, ColumnRef] | None:
    if not isinstance(part, Call) or part.function is not operators.EQ:
        return None
    one, other = part.arguments
    if not isinstance(one, ColumnRef) or not isinstance(other, ColumnRef):
        return None
    if one.id in left_ids and other.id in right_ids:
        return one, other
    if other.id in left_ids and one.id in right_ids:
        return other, one
    return None


def reads_only(part: Expr, ids: frozenset[int]) -> bool:
    """Whether a condition reads some of these columns and no others."""
    read = refers_to(part)
    return bool(read) and read <= ids
