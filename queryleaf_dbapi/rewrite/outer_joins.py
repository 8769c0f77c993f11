"""Outer joins whose extended rows a filter drops are inner ones."""

from __future__ import annotations

from dataclasses import replace

from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.functions.conjunctions import split_conjunction
from queryleaf_dbapi.plan.expressions import (
    Call,
    Cast,
    ColumnRef,
    Expr,
    FieldAccess,
    InList,
)
from queryleaf_dbapi.plan.relations import Filter, Join, JoinKind, Relation
from queryleaf_dbapi.plan.signature import Nulls

_STRICT = frozenset({operators.like, operators.ilike})


def simplify_outer_join(node: Relation) -> Relation | None:
    """Filter(LeftJoin(a, b), p)  ==  Filter(Join(a, b), p)
    Filter(FullJoin(a, b), p)  ==  Filter(LeftJoin(a, b), p)   and mirrored

    where p is not TRUE when every column of `b` (of `a` for the mirrored forms) is
    NULL. Sound: the rows that only the outer join gives are those p drops.
    """
    if not isinstance(node, Filter) or not isinstance(node.input, Join):
        return None
    join = node.input
    if join.kind not in (JoinKind.LEFT, JoinKind.FULL):
        return None
    strict = frozenset[int]().union(
        *(rejected(part) for part in split_conjunction(node.predicate))
    )
    keeps_left = not strict & {column.id for column in join.right.columns}
    keeps_right = join.kind is JoinKind.FULL and not strict & {
        column.id for column in join.left.columns
    }
    if join.kind is JoinKind.LEFT:
        if keeps_left:
            return None
        return replace(node, input=replace(join, kind=JoinKind.INNER))
    if keeps_left and keeps_right:
        return None
    if keeps_left:
        return replace(node, input=replace(join, kind=JoinKind.LEFT))
    if keeps_right:
        turned = replace(join, kind=JoinKind.LEFT, left=join.right, right=join.left)
        return replace(node, input=turned)
    return replace(node, input=replace(join, kind=JoinKind.INNER))


def rejected(node: Expr) -> frozenset[int]:
    """The columns for which a NULL keeps the condition from being TRUE."""
    if isinstance(node, Call):
        function, arguments = node.function, node.arguments
        if function is operators.and_:
            return frozenset[int]().union(*map(rejected, arguments))
        if function is operators.or_:
            return frozenset[int].intersection(*map(rejected, arguments))
        if function is operators.is_true:
            return rejected(arguments[0])
        if function is operators.not_:
            inner = arguments[0]
            if isinstance(inner, Call) and inner.function is operators.is_null:
                return nullifying(inner.arguments[0])
    return nullifying(node)


def nullifying(node: Expr) -> frozenset[int]:
    """The columns for which a NULL makes the value NULL."""
    match node:
        case ColumnRef(id=id_):
            return frozenset({id_})
        case (
            Cast(operand=operand)
            | InList(operand=operand)
            | FieldAccess(operand=operand)
        ):
            return nullifying(operand)
        case Call(function=function, arguments=arguments) if arguments:
            found = map(nullifying, arguments)
            if function is operators.and_ or function is operators.or_:
                return frozenset[int].intersection(*found)
            strict = function in operators.COMPARISONS or function in _STRICT
            if strict or function.nulls in (Nulls.PROPAGATE, Nulls.NATIVE):
                return frozenset[int]().union(*found)
    return frozenset()
