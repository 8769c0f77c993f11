"""Into arrays and documents: subscripts, slices, `->`, `->>`, `@>`, `<@`, `&&`, `?`."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from queryleaf_dbapi.bind import expressions
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.calls import bind_call
from queryleaf_dbapi.bind.coerce import retype
from queryleaf_dbapi.plan.expressions import Expr, FieldAccess, Literal, Parameter
from queryleaf_dbapi.sql.accepted import describe, refuse
from queryleaf_dbapi.types import ANY, INTEGER, JSONB, TEXT, Family, SqlType, array_of

_LAST = (1 << 31) - 1


def bind_bracket(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """`a[n]`, `a[n][m]`, `a[from:to]`, and `doc['key']`."""
    chain: list[exp.Expr] = []
    base: exp.Expr = node
    while isinstance(base, exp.Bracket):
        chain[:0] = base.expressions
        base = base.this
    value = expressions.bind_expression(binder, place, base)
    if value.type.family is Family.DOCUMENT:
        for each in chain:
            key = expressions.bind_expression(binder, place, each)
            value = bind_call(binder, "->", (value, key), node)
        return value
    if any(isinstance(each, exp.Slice) for each in chain):
        return _bind_slice(binder, place, node, value, chain)
    dimensions = _dimensions(value.type)
    if dimensions is not None and dimensions != len(chain):
        return Literal(None, _innermost(value.type))  # PostgreSQL's answer
    for each in chain:
        index = expressions.bind_expression(binder, place, each)
        value = bind_call(binder, "[]", (value, index), node)
    return value


def _dimensions(sql_type: SqlType) -> int | None:
    """How many dimensions the type says; None where it does not."""
    count = 0
    while sql_type.family is Family.ARRAY:
        count += 1
        sql_type = sql_type.element or ANY
    return None if sql_type.family in (Family.ANY, Family.DOCUMENT) else count


def _innermost(sql_type: SqlType) -> SqlType:
    while sql_type.family is Family.ARRAY:
        sql_type = sql_type.element or ANY
    return sql_type


def _bind_slice(
    binder: Binder, place: Place, node: exp.Expr, value: Expr, chain: list[exp.Expr]
) -> Expr:
    part = chain[0]
    if len(chain) > 1 or not isinstance(part, exp.Slice) or part.args.get("step"):
        raise refuse("a slice of several dimensions", node, binder.sql)
    if (_dimensions(value.type) or 1) > 1:
        raise refuse("a slice of several dimensions", node, binder.sql)
    bounds = [
        Literal(default, INTEGER)
        if part.args.get(key) is None
        else expressions.bind_expression(binder, place, part.args[key])
        for key, default in (("this", 1), ("expression", _LAST))
    ]
    return bind_call(binder, "[:]", (value, *bounds), node)


def bind_json_object(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """JSON_OBJECT('key': value, 'key' VALUE value)."""
    parts: list[Expr] = []
    for pair in node.expressions:
        if not isinstance(pair, exp.JSONKeyValue):
            raise refuse("this form of JSON_OBJECT", node, binder.sql)
        parts += (
            expressions.bind_expression(binder, place, side)
            for side in (pair.this, pair.expression)
        )
    clauses = ("null_handling", "unique_keys", "return_type", "encoding")
    lists = [each for each in parts[::2] if each.type.family is Family.ARRAY]
    if lists or any(node.args.get(key) for key in clauses):
        raise refuse("this form of JSON_OBJECT", node, binder.sql)
    return bind_call(binder, "JSON_BUILD_OBJECT", parts, node)


def bind_arrow(as_text: bool) -> Callable[[Binder, Place, exp.Expr], Expr]:
    """A binder of `doc -> key` or `doc ->> key`."""

    def bind(binder: Binder, place: Place, node: exp.Expr) -> Expr:
        result = expressions.bind_expression(binder, place, node.this)
        path = node.expression
        if not isinstance(path, exp.JSONPath):
            key = expressions.bind_expression(binder, place, path)
            result = bind_call(binder, "->", (result, key), node)
        else:
            for step in path.expressions[1:]:
                result = _step(binder, node, result, step)
        if as_text:
            return bind_call(binder, "->> text", (result,), node)
        return result

    return bind


def _step(binder: Binder, node: exp.Expr, value: Expr, step: exp.Expr) -> Expr:
    if isinstance(step, exp.JSONPathKey):
        return FieldAccess(value, (str(step.this),), JSONB)
    if isinstance(step, exp.JSONPathSubscript):
        index = Literal(int(step.this), INTEGER)
        return bind_call(binder, "-> []", (value, index), node)
    raise refuse(describe(step), node, binder.sql)


def bind_containment(name: str) -> Callable[[Binder, Place, exp.Expr], Expr]:
    """A binder of `a @> b` and its like."""

    def bind(binder: Binder, place: Place, node: exp.Expr) -> Expr:
        left = expressions.bind_expression(binder, place, node.this)
        right = expressions.bind_expression(binder, place, node.expression)
        left, right = as_arrays(binder, left, right, node)
        _check_flat(binder, node, left, right)
        return bind_call(binder, name, (left, right), node)

    return bind


def as_arrays(
    binder: Binder, left: Expr, right: Expr, node: exp.Expr
) -> tuple[Expr, Expr]:
    """A text constant or a list beside an array is read as an array of its type."""
    position = binder.position(node)
    if left.type.family is Family.ARRAY and _is_open(right):
        right = retype(right, left.type, position)
    elif right.type.family is Family.ARRAY and _is_open(left):
        left = retype(left, right.type, position)
    return left, right


def _check_flat(binder: Binder, node: exp.Expr, *arrays: Expr) -> None:
    """PostgreSQL looks at the single elements of all dimensions."""
    if any((_dimensions(each.type) or 1) > 1 for each in arrays):
        raise refuse("the elements of several dimensions", node, binder.sql)


def _is_open(node: Expr) -> bool:
    if node.type.family is Family.UNKNOWN:
        return True
    is_list = node.type.family is Family.ARRAY and node.type.element == ANY
    return is_list and isinstance(node, Parameter | Literal)


def element_pair(
    binder: Binder, value: Expr, array: Expr, node: exp.Expr
) -> tuple[Expr, Expr]:
    """The sides of `value op ANY (array)`: what is not typed takes the other's."""
    position = binder.position(node)
    _check_flat(binder, node, array)
    if _is_open(array):
        array = retype(array, array_of(value.type), position)
    element = array.type.element
    if value.type.family is Family.UNKNOWN:
        value = retype(value, TEXT if element is None else element, position)
    return value, array


def bind_array_concat(binder: Binder, sides: list[Expr], node: exp.Expr) -> Expr:
    """`||`: an array beside an array or beside an element; text constants are
    arrays."""
    left, right = as_arrays(binder, sides[0], sides[1], node)
    if Family.ANY not in (left.type.family, right.type.family):
        if left.type.family is not Family.ARRAY:
            return bind_call(binder, "ARRAY_PREPEND", (left, right), node)
        if right.type.family is not Family.ARRAY:
            return bind_call(binder, "ARRAY_APPEND", (left, right), node)
    return bind_call(binder, "ARRAY_CAT", (left, right), node)
