"""Plan expression -> aggregation expression, with its value in three-valued logic.

    a + 1              {"$add": ["$a", 1]}
    UPPER(s)           {"$cond": [{"$gt": ["$s", null]}, {"$toUpper": "$s"}, null]}

Conditions have more than one form; those are in `predicates`.
"""

from __future__ import annotations

from queryleaf_dbapi.errors import InternalError
from queryleaf_dbapi.lower import predicates, subqueries
from queryleaf_dbapi.lower.casts import lower_cast
from queryleaf_dbapi.lower.context import Context, all_of, not_null, once
from queryleaf_dbapi.lower.overflow import checked, unchecked
from queryleaf_dbapi.lower.pipeline import Mql, is_path
from queryleaf_dbapi.mongo.slots import PlaceOfSlot, Slot
from queryleaf_dbapi.plan.expressions import (
    Call,
    Case,
    Cast,
    ColumnRef,
    Expr,
    FieldAccess,
    Literal,
    Parameter,
    ScalarSubquery,
)
from queryleaf_dbapi.plan.signature import FunctionDef, Nulls
from queryleaf_dbapi.types import BOOLEAN


def lower_value(context: Context, node: Expr) -> Mql:
    """The expression's value: null or missing for NULL."""
    match node:
        case Literal(value=value):
            return constant(value)
        case Parameter(index=index, type=sql_type):
            return Slot(index, PlaceOfSlot.EXPRESSION, sql_type)
        case ColumnRef():
            return context.pipeline.value_of(node)
        case FieldAccess(operand=operand, path=path):
            return _lower_access(lower_value(context, operand), path)
        case Case():
            return _lower_case(context, node)
        case Cast(operand=operand):
            return lower_cast(lower_value(context, operand), node)
        case ScalarSubquery():
            return subqueries.lower_scalar(context, node)
        case Call() if not predicates.is_condition(node):
            return _lower_call(context, node)
        case _ if node.type == BOOLEAN:
            return predicates.value_form(context, node)
        case _:
            raise InternalError(f"no expression form for {type(node).__name__}")


def constant(value: object) -> Mql:
    """A constant that the server cannot take for a path or an operator."""
    if isinstance(value, str):
        return {"$literal": value} if value.startswith("$") else value
    if isinstance(value, dict | list):
        return {"$literal": value}
    return value


def _lower_access(value: Mql, path: tuple[str, ...]) -> Mql:
    """$getField and not a dotted path: through an array a path would collect the
    elements' values, where SQL says NULL."""
    for name in path:
        field = {"$literal": name} if name.startswith("$") else name
        value = {"$getField": {"field": field, "input": value}}
    return value


def _lower_case(context: Context, node: Case) -> Mql:
    default = lower_value(context, node.default)
    branches: list[dict[str, Mql]] = []
    results = [default]
    for condition, result in node.branches:
        case = predicates.true_form(context, condition)
        then = _unlike(lower_value(context, result), results)
        branches.append({"case": case, "then": then})
        results.append(then)
    if len(branches) == 1:
        return {"$cond": [branches[0]["case"], branches[0]["then"], default]}
    return {"$switch": {"branches": branches, "default": default}}


def _unlike(value: Mql, others: list[Mql]) -> Mql:
    """The value, spelled unlike any other branch: MongoDB 6.0's fast engine refuses
    a $group over a $cond that gives one path twice ("duplicate field")."""
    if is_path(value) and value in others:
        return {"$ifNull": [value, None]}
    return value


def _lower_call(context: Context, node: Call) -> Mql:
    function = node.function
    values = [
        _argument(context, function, index, each)
        for index, each in enumerate(node.arguments)
    ]
    if function.nulls is not Nulls.CUSTOM and any(value is None for value in values):
        return None  # the constant NULL: bodies never see it
    if function.nulls is not Nulls.PROPAGATE:
        return checked(flat_call(function, values), node)
    nullable = [each.nullable for each in node.arguments]
    return checked(guarded(function, values, nullable), node)


def _argument(context: Context, function: FunctionDef, index: int, node: Expr) -> Mql:
    """A keyword reaches the body as a plain str, any other argument lowered."""
    declared = function.arguments[min(index, len(function.arguments) - 1)]
    if declared.words:
        assert isinstance(node, Literal)
        return node.value
    return lower_value(context, node)


_CHAINS = {"+": "$add", "*": "$multiply", "||": "$concat"}


def flat_call(function: FunctionDef, values: list[Mql]) -> Mql:
    """The body over the values; a chain of one associative operator becomes one
    operator, for the server allows about a hundred levels."""
    body = function.body(*values)
    operator = _CHAINS.get(function.name)
    if operator is None or not isinstance(body, dict) or operator not in body:
        return body
    first = unchecked(values[0])
    if isinstance(first, dict) and isinstance(first.get(operator), list):
        return {operator: [*first[operator], *values[1:]]}
    return body


def guarded(function: FunctionDef, values: list[Mql], nullable: list[bool]) -> Mql:
    """The body, or NULL when an argument is: the guard of Nulls.PROPAGATE."""
    if not any(nullable):
        return function.body(*values)

    def build(index: int, bound: list[Mql]) -> Mql:
        if index == len(values):
            guards = [
                not_null(value)
                for value, may_be_null in zip(bound, nullable, strict=True)
                if may_be_null
            ]
            return {"$cond": [all_of(guards), function.body(*bound), None]}
        if not nullable[index]:
            return build(index + 1, [*bound, values[index]])
        return once(values[index], lambda value: build(index + 1, [*bound, value]))

    return build(0, [])
