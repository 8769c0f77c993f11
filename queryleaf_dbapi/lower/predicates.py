"""Conditions as aggregation expressions, in the three forms SQL needs.

`true_form` is true where the condition is TRUE, `false_form` where it is FALSE;
each is false for NULL, so neither needs more guards than its own operator does.
`value_form` is the value itself, true, false or null, made of the two. NOT swaps
the forms, AND and OR distribute them; nothing else knows three-valued logic.
"""

from __future__ import annotations

from collections.abc import Sequence

from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.functions.patterns import like_computed
from queryleaf_dbapi.lower import expression, subqueries
from queryleaf_dbapi.lower.context import (
    Context,
    all_of,
    any_of,
    is_null,
    not_null,
    once,
)
from queryleaf_dbapi.lower.pipeline import Mql
from queryleaf_dbapi.mongo.slots import (
    PatternSlot,
    PlaceOfSlot,
    Slot,
    value_in_place,
)
from queryleaf_dbapi.plan.expressions import (
    Call,
    Exists,
    Expr,
    InList,
    Literal,
    Parameter,
    Quantified,
)
from queryleaf_dbapi.plan.signature import FunctionDef, Nulls
from queryleaf_dbapi.types import BOOLEAN, Family

_CUSTOM = frozenset(
    {
        operators.and_,
        operators.or_,
        operators.not_,
        operators.is_null,
        operators.is_true,
        operators.is_distinct_from,
        operators.like,
        operators.ilike,
    }
)


def is_condition(node: Expr) -> bool:
    """Whether the node has forms of its own here."""
    if isinstance(node, InList | Exists | Quantified):
        return True
    if not isinstance(node, Call):
        return False
    function = node.function
    if function in operators.COMPARISONS or function in _CUSTOM:
        return True
    return node.type == BOOLEAN and function.nulls is Nulls.PROPAGATE


def true_form(context: Context, node: Expr) -> Mql:
    """An expression that is true exactly where the condition is TRUE."""
    return _form(context, node, True)


def false_form(context: Context, node: Expr) -> Mql:
    """An expression that is true exactly where the condition is FALSE."""
    return _form(context, node, False)


def _form(context: Context, node: Expr, wanted: bool) -> Mql:
    match node:
        case Literal(value=value):
            return value is wanted
        case InList():
            return _in_list(context, node, wanted)
        case Exists():
            return subqueries.lower_exists(context, node, wanted)
        case Quantified():
            return subqueries.lower_quantified(context, node, wanted)
        case Call() if is_condition(node):
            return _call_form(context, node, wanted)
        case _:
            return {"$eq": [expression.lower_value(context, node), wanted]}


def _call_form(context: Context, node: Call, wanted: bool) -> Mql:
    function, arguments = node.function, node.arguments
    if function is operators.and_ or function is operators.or_:
        joins = all_of if (function is operators.and_) is wanted else any_of
        if joins is all_of and excludes(arguments, wanted):
            return False
        return joins([_form(context, each, wanted) for each in arguments])
    if function is operators.not_:
        return _form(context, arguments[0], not wanted)
    if function is operators.is_null:
        value = expression.lower_value(context, arguments[0])
        return is_null(value) if wanted else not_null(value)
    if function is operators.is_true:
        truth = true_form(context, arguments[0])
        return truth if wanted else negated(truth)
    if function is operators.is_distinct_from:
        values = [expression.lower_value(context, each) for each in arguments]
        compared = function.body(*values)
        return compared if wanted else {"$eq": compared["$ne"]}
    if function in operators.COMPARISONS:
        chosen = function if wanted else operators.OPPOSITE[function]
        return _comparison(context, chosen, arguments[0], arguments[1])
    if function in (operators.like, operators.ilike):
        return _like(context, node, wanted)
    return _guarded_call(context, node, wanted)


def excludes(conditions: Sequence[Expr], wanted: bool) -> bool:
    """Whether one of them is a constant that is not `wanted`: the others, and the
    subqueries in them, need not be looked at."""
    return any(
        isinstance(each, Literal) and each.value is not wanted for each in conditions
    )


def negated(condition: Mql) -> Mql:
    """NOT of a condition that is true or false."""
    if isinstance(condition, bool):
        return not condition
    return {"$not": [condition]}


def _guarded_call(context: Context, node: Call, wanted: bool) -> Mql:
    """A boolean function that is NULL for NULL: its guarded value compared."""
    values = [expression.lower_value(context, each) for each in node.arguments]
    if any(value is None for value in values):
        return False
    nullable = [each.nullable for each in node.arguments]
    return {"$eq": [expression.guarded(node.function, values, nullable), wanted]}


def _comparison(
    context: Context, operator: FunctionDef, left: Expr, right: Expr
) -> Mql:
    one = expression.lower_value(context, left)
    other = expression.lower_value(context, right)
    if one is None or other is None:
        return False  # a comparison with NULL is never TRUE

    def build(a: Mql, b: Mql) -> Mql:
        guards = comparison_guards(operator, left, right, a, b)
        return all_of([*guards, operator.body(a, b)])

    needs = comparison_guards(operator, left, right, "", "")
    if not needs:
        return operator.body(one, other)
    return once(one, lambda a: once(other, lambda b: build(a, b)))


def comparison_guards(
    operator: FunctionDef, left: Expr, right: Expr, a: Mql, b: Mql
) -> list[Mql]:
    """What must hold beside the bare operator for the comparison to be TRUE.

    BSON orders null and missing before everything: `<` is true for a null on the
    left, `>` for one on the right, `=` for two, `<>` for one. A value of unknown
    type is comparable with values of its own kind only.
    """
    guards: list[Mql] = []
    left_null, right_null = left.nullable, right.nullable
    if operator is operators.EQ:
        if left_null and right_null:
            guards.append(not_null(a))
    elif operator is operators.NE:
        guards += [not_null(v) for v, n in ((a, left_null), (b, right_null)) if n]
    elif operator in (operators.LT, operators.LE):
        if left_null:
            guards.append(not_null(a))
    elif right_null:
        guards.append(not_null(b))
    if operator not in (operators.EQ, operators.NE):
        guards += _bracket_guards(left, right, a, b)
    return guards


def _bracket_guards(left: Expr, right: Expr, a: Mql, b: Mql) -> list[Mql]:
    left_any = left.type.family is Family.ANY
    right_any = right.type.family is Family.ANY
    if left_any and right_any:
        return [{"$eq": [_bracket(a), _bracket(b)]}]
    if left_any:
        return [_is_of(a, right)]
    return [_is_of(b, left)] if right_any else []


def _bracket(value: Mql) -> Mql:
    return {"$cond": [{"$isNumber": value}, "number", {"$type": value}]}


def _is_of(value: Mql, other: Expr) -> Mql:
    sql_type = other.type
    if sql_type.is_numeric:
        return {"$isNumber": value}
    if not sql_type.bson:
        return not_null(value)
    return {"$eq": [{"$type": value}, sql_type.bson[0]]}


def _in_list(context: Context, node: InList, wanted: bool) -> Mql:
    """x IN (a, b, NULL): TRUE for a match; FALSE without match, NULL and x not NULL."""
    operand = expression.lower_value(context, node.operand)
    if operand is None:
        return False
    has_null = any(isinstance(i, Literal) and i.value is None for i in node.items)
    known = [i for i in node.items if not (isinstance(i, Literal) and i.value is None)]
    if not wanted and has_null:
        return False
    values = [expression.lower_value(context, item) for item in known]
    if all(isinstance(item, Literal | Parameter) for item in known):
        return _in_constants(node, operand, known, wanted)
    choose = operators.EQ if wanted else operators.NE

    def build(bound: Mql) -> Mql:
        parts = []
        for item, value in zip(known, values, strict=True):
            guards = comparison_guards(choose, node.operand, item, bound, value)
            parts.append(all_of([*guards, choose.body(bound, value)]))
        return any_of(parts) if wanted else all_of(parts)

    return once(operand, build)


def _in_constants(node: InList, operand: Mql, items: list[Expr], wanted: bool) -> Mql:
    listed = [item_value(item) for item in items]
    if wanted:
        return {"$in": [operand, _constant_list(listed)]}
    missing = {"$not": [{"$in": [operand, _constant_list(listed)]}]}
    if not node.operand.nullable:
        return missing
    return once(
        operand,
        lambda v: all_of(
            [not_null(v), {"$not": [{"$in": [v, _constant_list(listed)]}]}]
        ),
    )


def _constant_list(values: list[Mql]) -> Mql:
    return {"$literal": values}


def item_value(item: Expr) -> Mql:
    """A constant as it stands in a list of $in."""
    if isinstance(item, Parameter):
        return Slot(item.index, PlaceOfSlot.ITEM, item.type)
    assert isinstance(item, Literal)
    return item.value


def pattern_pieces(node: Expr) -> list[str | Parameter | None] | None:
    """The texts and parameters a pattern is joined of; None where it is computed."""
    match node:
        case Literal(value=value):
            return [value]
        case Parameter():
            return [node]
        case Call(function=operators.concatenate, arguments=arguments):
            joined: list[str | Parameter | None] = []
            for each in arguments:
                inner = pattern_pieces(each)
                if inner is None:
                    return None
                joined += inner
            return joined
        case _:
            return None


def _like_detail(node: Call) -> tuple[str, str]:
    """The options of a LIKE call and its escape character."""
    escape = "\\"
    if len(node.arguments) > 2:
        given = node.arguments[2]
        assert isinstance(given, Literal)
        escape = str(given.value)
    return ("si" if node.function is operators.ilike else "s", escape)


def like_pattern(node: Call, place: PlaceOfSlot) -> Mql:
    """The pattern of a LIKE call as a regular expression, or a slot for one."""
    detail = _like_detail(node)
    found = pattern_pieces(node.arguments[1])
    assert found is not None
    pieces = tuple(
        Slot(each.index, PlaceOfSlot.ITEM, each.type)
        if isinstance(each, Parameter)
        else str(each)
        for each in found
    )
    if all(isinstance(each, str) for each in pieces):
        return value_in_place("".join(map(str, pieces)), place, detail)
    return PatternSlot(pieces, place, detail)


def is_computed_pattern(node: Call) -> bool:
    """Whether only the data knows the pattern of a LIKE call."""
    return pattern_pieces(node.arguments[1]) is None


def is_null_pattern(node: Call) -> bool:
    """Whether the pattern of a LIKE call is NULL."""
    return None in (pattern_pieces(node.arguments[1]) or [])


def _like(context: Context, node: Call, wanted: bool) -> Mql:
    if is_computed_pattern(node):
        return _like_computed(context, node, wanted)
    if is_null_pattern(node):
        return False
    text = expression.lower_value(context, node.arguments[0])
    if text is None:
        return False
    pattern = like_pattern(node, PlaceOfSlot.LIKE_TEXT)
    matched = node.function.body(text, pattern)
    if wanted:
        return matched  # $regexMatch is false for null and missing input
    if not node.arguments[0].nullable:
        return negated(matched)
    return once(
        text,
        lambda v: all_of([not_null(v), negated(node.function.body(v, pattern))]),
    )


def _like_computed(context: Context, node: Call, wanted: bool) -> Mql:
    options, escape = _like_detail(node)
    sides = node.arguments[:2]
    values = [expression.lower_value(context, each) for each in sides]
    if any(value is None for value in values):
        return False

    def build(text: Mql, pattern: Mql) -> Mql:
        guards = [
            not_null(value)
            for value, side in zip((text, pattern), sides, strict=True)
            if side.nullable
        ]
        matched = like_computed(text, pattern, escape, options)
        return all_of([*guards, matched if wanted else negated(matched)])

    return once(values[0], lambda text: once(values[1], lambda p: build(text, p)))


def value_form(context: Context, node: Expr) -> Mql:
    """The condition's value: true, false or null."""
    truth = true_form(context, node)
    if not node.nullable or (isinstance(truth, bool) and truth):
        return truth
    falsehood = false_form(context, node)
    if falsehood is False and truth is False:
        return None
    return {
        "$switch": {
            "branches": [
                {"case": truth, "then": True},
                {"case": falsehood, "then": False},
            ],
            "default": None,
        }
    }
