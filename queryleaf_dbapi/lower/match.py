"""Conditions as query documents, which can use an index.

`true_query(p)` fits exactly the documents where p is TRUE, `false_query(p)`
those where it is FALSE. A part without a query form stands in it as `$expr`, so
an answer there always is; inside AND and OR each part keeps its own form.

A query document matches any element of an array. Where a field may hold one, a
guard keeps the whole-value meaning; a declared type makes it unnecessary.
"""

from __future__ import annotations

from typing import Any

from queryleaf_dbapi.functions import access, containment, operators
from queryleaf_dbapi.lower import predicates, subqueries
from queryleaf_dbapi.lower.context import Context, all_of
from queryleaf_dbapi.lower.pipeline import Mql, is_path
from queryleaf_dbapi.mongo.slots import NEVER, PlaceOfSlot, Slot
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
from queryleaf_dbapi.plan.signature import FunctionDef
from queryleaf_dbapi.types import Family, SqlType

Query = dict[str, Any]
ALWAYS: Query = {}
_OPERATORS = {
    operators.LT: "$lt",
    operators.LE: "$lte",
    operators.GT: "$gt",
    operators.GE: "$gte",
}


def true_query(context: Context, node: Expr) -> Query:
    """The query document of the rows where the condition is TRUE."""
    return _query(context, node, True)


def false_query(context: Context, node: Expr) -> Query:
    """The query document of the rows where the condition is FALSE."""
    return _query(context, node, False)


def _query(context: Context, node: Expr, wanted: bool) -> Query:
    found = _plain_query(context, node, wanted)
    if found is not None:
        return found
    truth = (
        predicates.true_form(context, node)
        if wanted
        else predicates.false_form(context, node)
    )
    if truth is True:
        return ALWAYS
    if truth is False:
        return NEVER
    return {"$expr": truth}


def _plain_query(context: Context, node: Expr, wanted: bool) -> Query | None:
    match node:
        case Literal(value=value):
            return ALWAYS if value is wanted else NEVER
        case ColumnRef():
            path = _path(context, node)
            if path is None:
                return None
            return _guard(node.type, path, {path: {"$eq": wanted}})
        case InList():
            return _in_query(context, node, wanted)
        case Exists() | Quantified():
            return subqueries.lookup_query(context, node, wanted)
        case Call():
            return _call_query(context, node, wanted)
        case _:
            return None


def _call_query(context: Context, node: Call, wanted: bool) -> Query | None:
    function, arguments = node.function, node.arguments
    if function is operators.and_ or function is operators.or_:
        is_and = (function is operators.and_) is wanted
        if is_and and predicates.excludes(arguments, wanted):
            return NEVER
        parts = [_query(context, each, wanted) for each in arguments]
        return join_and(parts) if is_and else join_or(parts)
    if function is operators.not_:
        return _query(context, arguments[0], not wanted)
    if function is operators.is_true:
        inner = _query(context, arguments[0], True)
        return inner if wanted else _nor(inner)
    if function is operators.is_null:
        return _null_query(context, arguments[0], wanted)
    if function is operators.is_distinct_from:
        return _distinct_query(context, arguments, wanted)
    if function in operators.COMPARISONS:
        chosen = function if wanted else operators.OPPOSITE[function]
        return _comparison_query(context, chosen, arguments[0], arguments[1])
    if function in (operators.like, operators.ilike):
        return _like_query(context, node, wanted)
    if wanted and function in _ARRAY_QUERIES:
        return _elements_query(context, node)
    return None


def join_and(parts: list[Query]) -> Query:
    """Documents that fit all: one document when no key repeats."""
    if any(part == NEVER for part in parts):
        return NEVER
    merged: Query = {}
    rest: list[Query] = []
    for part in parts:
        pieces = part.get("$and") if list(part) == ["$and"] else [part]
        for piece in pieces or []:
            if all(key not in merged for key in piece):
                merged.update(piece)
            elif "$expr" in piece and list(piece) == ["$expr"]:
                merged["$expr"] = _and_expr(merged["$expr"], piece["$expr"])
            else:
                rest.append(piece)
    if not rest:
        return merged
    return {"$and": [merged, *rest]}


def _and_expr(one: Mql, other: Mql) -> Mql:
    return all_of([one, other])


def join_or(parts: list[Query]) -> Query:
    """Documents that fit any."""
    if any(part == ALWAYS for part in parts):
        return ALWAYS
    kept: list[Query] = []
    for part in parts:
        if part != NEVER:
            kept += part["$or"] if list(part) == ["$or"] else [part]
    if not kept:
        return NEVER
    return kept[0] if len(kept) == 1 else {"$or": kept}


def _nor(query: Query) -> Query:
    if query == NEVER:
        return ALWAYS
    return NEVER if query == ALWAYS else {"$nor": [query]}


def _path(context: Context, node: Expr) -> str | None:
    """The dotted path of a column in the running document, or None."""
    if not isinstance(node, ColumnRef) or node.id not in context.pipeline.layout:
        return None
    value = context.pipeline.layout[node.id]
    return value[1:] if is_path(value) else None


def _guard(sql_type: SqlType, path: str, query: Query) -> Query:
    """The query, kept from matching an element of an array."""
    if not sql_type.may_hold_array:
        return query
    return {"$and": [query, {path: {"$not": {"$type": "array"}}}]}


def _comparison_query(
    context: Context, operator: FunctionDef, left: Expr, right: Expr
) -> Query | None:
    if not isinstance(right, Literal | Parameter):
        left, right = right, left
        operator = operators.MIRRORED[operator]
    path = _path(context, left)
    if path is None or not isinstance(right, Literal | Parameter):
        return None
    if isinstance(right, Literal) and right.value is None:
        return NEVER
    assert isinstance(left, ColumnRef)
    if _is_container(right):
        return None  # a list or document compares whole: $expr does
    item = predicates.item_value(right)
    if operator is operators.EQ:
        return _guard(left.type, path, {path: _equal(right)})
    if operator is operators.NE:
        if not left.nullable:
            return _not_equal(left, path, {path: {"$ne": item}})
        return _not_equal(left, path, {path: {"$nin": [item, None]}})
    return _guard(left.type, path, {path: {_OPERATORS[operator]: item}})


def _not_equal(left: ColumnRef, path: str, query: Query) -> Query | None:
    # an array that holds the value differs from it all the same
    return None if left.type.may_hold_array else query


def _is_container(node: Literal | Parameter) -> bool:
    return node.type.family in (Family.ARRAY, Family.DOCUMENT, Family.INTERVAL)


def _equal(node: Literal | Parameter) -> Mql:
    if isinstance(node, Parameter):
        return Slot(node.index, PlaceOfSlot.MATCH, node.type)
    return {"$eq": node.value}


def _null_query(context: Context, operand: Expr, wanted: bool) -> Query | None:
    path = _path(context, operand)
    if path is None:
        return None
    assert isinstance(operand, ColumnRef)
    if operand.type.may_hold_array:
        return None  # {a: null} matches an array with a null in it
    return {path: {"$eq" if wanted else "$ne": None}}


def _distinct_query(
    context: Context, arguments: tuple[Expr, ...], wanted: bool
) -> Query | None:
    left, right = arguments
    if not isinstance(right, Literal | Parameter):
        left, right = right, left
    path = _path(context, left)
    if path is None or not isinstance(right, Literal | Parameter):
        return None
    assert isinstance(left, ColumnRef)
    if left.type.may_hold_array or _is_container(right):
        return None
    if wanted:
        return {path: {"$ne": predicates.item_value(right)}}
    return {path: _equal(right)}


def _in_query(context: Context, node: InList, wanted: bool) -> Query | None:
    path = _path(context, node.operand)
    constants = [i for i in node.items if isinstance(i, Literal | Parameter)]
    if path is None or len(constants) != len(node.items):
        return None
    if any(_is_container(each) for each in constants):
        return None
    assert isinstance(node.operand, ColumnRef)
    known = [c for c in constants if not (isinstance(c, Literal) and c.value is None)]
    listed = [predicates.item_value(each) for each in known]
    if wanted:
        query = {path: {"$in": listed}} if listed else NEVER
        return _guard(node.operand.type, path, query)
    if len(known) < len(constants):
        return NEVER  # NOT IN with a NULL in the list is never TRUE
    if node.operand.nullable:
        listed.append(None)
    return _not_equal(node.operand, path, {path: {"$nin": listed}})


_ARRAY_QUERIES = frozenset(
    {access.equals_any, containment.array_contains, containment.array_contained}
    | {containment.array_overlaps}
)


def _elements_query(context: Context, node: Call) -> Query | None:
    """Conditions on the elements of a column of arrays of single values:

        'x' = ANY (tags)               {tags: {$eq: 'x', $type: 'array'}}
        tags @> ARRAY['x', 'y']        {tags: {$all: ['x', 'y'], $type: 'array'}}
        tags && ARRAY['x', 'y']        {tags: {$in: ['x', 'y'], $type: 'array'}}

    A query document matches any element, here as wanted, and its index has an entry
    for each. The type keeps out what is no array in documents that nobody declared.
    """
    function = node.function
    column, other = node.arguments
    on_the_left = (containment.array_contains, containment.array_overlaps)
    if function not in on_the_left or isinstance(other, ColumnRef):
        column, other = other, column
    if function is containment.array_contains and column is not node.arguments[0]:
        return None  # a constant that contains the column's elements
    path = _path(context, column)
    listed = [other] if function is access.equals_any else _listed(other)
    if path is None or "." in path or listed is None:
        return None
    if not all(map(_is_single, listed)) or not _holds_single(column.type):
        return None
    known = [e for e in listed if not (isinstance(e, Literal) and e.value is None)]
    items = [predicates.item_value(each) for each in known]
    if function is containment.array_overlaps:
        return {path: {"$in": items, "$type": "array"}} if items else NEVER
    if len(known) < len(listed):
        return NEVER  # no element equals NULL
    if not items:
        return None  # every array contains the empty one
    wanted = {"$all": items} if len(items) > 1 else {"$eq": items[0]}
    return {path: {**wanted, "$type": "array"}}


def _is_single(node: Expr) -> bool:
    """Whether it is a constant that equals what is stored as it is."""
    if isinstance(node, Literal) and isinstance(node.value, list | dict):
        return False
    if node.type.may_hold_array and node.type.family is not Family.ANY:
        return False
    is_constant = isinstance(node, Literal | Parameter)
    return is_constant and node.type.family is not Family.INTERVAL


def _holds_single(sql_type: SqlType) -> bool:
    """Whether the elements of such a column are no arrays, as far as we know."""
    element = sql_type.element
    return element is None or not (
        element.may_hold_array or element.family is Family.INTERVAL
    )


def _listed(node: Expr) -> list[Expr] | None:
    """The elements of an array that is spelt out."""
    match node:
        case Literal(value=list() as values) if node.type.element is not None:
            return [Literal(each, node.type.element) for each in values]
        case Call(function=access.array, arguments=arguments):
            return list(arguments)
        case _:
            return None


def _like_query(context: Context, node: Call, wanted: bool) -> Query | None:
    if predicates.is_computed_pattern(node):
        return None
    if predicates.is_null_pattern(node):
        return NEVER
    path = _path(context, node.arguments[0])
    if path is None:
        return None
    operand = node.arguments[0]
    assert isinstance(operand, ColumnRef)
    if operand.type.may_hold_array:
        return None
    regex = predicates.like_pattern(node, PlaceOfSlot.LIKE)
    if wanted:
        return {path: regex}
    if operand.nullable:
        return {path: {"$not": regex, "$ne": None}}
    return {path: {"$not": regex}}
