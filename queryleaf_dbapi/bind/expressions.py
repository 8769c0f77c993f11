"""AST expression -> plan expression: one small function per kind of node."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from queryleaf_dbapi.bind import aggregates, subqueries, windows
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.calls import bind_call, make_call
from queryleaf_dbapi.bind.casts import bind_cast
from queryleaf_dbapi.bind.coerce import (
    as_boolean,
    comparable,
    retype,
    settle_type,
    unify,
)
from queryleaf_dbapi.bind.intervals import bind_interval
from queryleaf_dbapi.bind.shapes import call_shape
from queryleaf_dbapi.errors import ProgrammingError
from queryleaf_dbapi.functions import FUNCTIONS, operators
from queryleaf_dbapi.functions.conjunctions import conjunction
from queryleaf_dbapi.plan.expressions import (
    Call,
    Case,
    Expr,
    FieldAccess,
    InList,
    Literal,
    Parameter,
)
from queryleaf_dbapi.plan.signature import FunctionDef
from queryleaf_dbapi.sql.accepted import describe, refuse
from queryleaf_dbapi.types import (
    BIGINT,
    BOOLEAN,
    INTEGER,
    JSONB,
    NUMERIC,
    TEXT,
    UNKNOWN,
    Family,
    type_of_python,
)

NULL = Literal(None, UNKNOWN)


def bind_expression(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """The plan expression of a syntax node.

    Raises with the node's position for unknown names and functions, types that
    do not go together and constructs that are not supported.
    """
    bind = _BINDERS.get(type(node).__name__)
    if bind is not None:
        return bind(binder, place, node)
    return _bind_function(binder, place, node)


def bind_condition(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """An expression that must be boolean."""
    bound = bind_expression(binder, place, node)
    return as_boolean(bound, place.clause, binder.position(node))


def _bind_literal(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    text = str(node.this)
    if node.args.get("is_string") or isinstance(node, exp.ByteString):
        return Literal(text, UNKNOWN)
    if text.isdigit():
        number = int(text)
        if number < 1 << 31:
            return Literal(number, INTEGER)
        if number < 1 << 63:
            return Literal(number, BIGINT)
    return retype(Literal(text, UNKNOWN), NUMERIC, binder.position(node))


def _bind_parameter(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    index = int(str(node.this.this)) - 1
    if not 0 <= index < len(binder.parameter_types):
        raise ProgrammingError(
            f"parameter ${index + 1} was not given; write %s or %(name)s",
            position=binder.position(node),
        )
    python = binder.parameter_types[index]
    if python is type(None):
        return NULL
    return Parameter(index, type_of_python(python))


def _bind_column(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    if isinstance(node.this, exp.Star):
        raise ProgrammingError(
            '"*" may stand in the SELECT list and in COUNT(*) only',
            position=binder.position(node),
        )
    return place.scope.resolve(dotted_names(node), binder.position(node))


def dotted_names(node: exp.Expr) -> list[str]:
    """The parts of a dotted name: a.b.c."""
    if isinstance(node, exp.Dot):
        if not isinstance(node.expression, exp.Identifier):
            raise TypeError(describe(node.expression))
        return [*dotted_names(node.this), node.expression.name]
    if isinstance(node, exp.Column):
        keys = ("catalog", "db", "table", "this")
        return [node.args[key].name for key in keys if node.args.get(key)]
    if isinstance(node, exp.Identifier):
        return [node.name]
    raise TypeError(describe(node))


def _bind_dot(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    try:
        names = dotted_names(node)
    except TypeError as error:
        raise refuse(f"{error} after a dot", node, binder.sql) from None
    return place.scope.resolve(names, binder.position(node))


def _bind_paren(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    return bind_expression(binder, place, node.this)


def _bind_binary(name: str) -> Callable[[Binder, Place, exp.Expr], Expr]:
    def bind(binder: Binder, place: Place, node: exp.Expr) -> Expr:
        left = bind_expression(binder, place, node.this)
        right = bind_expression(binder, place, node.expression)
        return bind_call(binder, name, (left, right), node)

    return bind


def _bind_concat(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    sides = [
        bind_expression(binder, place, each) for each in (node.this, node.expression)
    ]
    texts = [_as_text(each) for each in sides]
    if any(each.type.family is Family.ARRAY for each in sides):
        return bind_call(binder, "ARRAY_CAT", sides, node)
    return bind_call(binder, "||", texts, node)


def _as_text(node: Expr) -> Expr:
    """`'a' || 5`: PostgreSQL's anynonarray || text casts the other side."""
    if node.type.family in (Family.INTEGER, Family.DECIMAL, Family.BOOLEAN):
        return bind_cast(node, TEXT)
    return settle_type(node)


def _bind_negation(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    if isinstance(node.this, exp.Literal) and not node.this.is_string:
        bound = _bind_literal(binder, place, node.this)
        assert isinstance(bound, Literal)
        if isinstance(bound.value, int):
            return _bind_number(-bound.value)
        return Literal(NUMERIC.dump(-NUMERIC.load(bound.value)), NUMERIC)  # type: ignore[misc]
    operand = bind_expression(binder, place, node.this)
    return bind_call(binder, "negate", (operand,), node)


def _bind_number(number: int) -> Literal:
    return Literal(number, INTEGER if -(1 << 31) <= number < 1 << 31 else BIGINT)


def _bind_comparison(
    operator: FunctionDef,
) -> Callable[[Binder, Place, exp.Expr], Expr]:
    def bind(binder: Binder, place: Place, node: exp.Expr) -> Expr:
        right = node.expression
        if isinstance(right, exp.Any | exp.All):
            return subqueries.bind_quantified(binder, place, node, operator)
        rows = [_row_items(each) for each in (node.this, right)]
        if rows[0] is not None and rows[1] is not None:
            return _bind_rows(binder, place, node, operator, rows[0], rows[1])
        return compare(
            operator,
            bind_expression(binder, place, node.this),
            bind_expression(binder, place, right),
            binder,
            node,
        )

    return bind


def compare(
    operator: FunctionDef,
    left: Expr,
    right: Expr,
    binder: Binder,
    node: exp.Expr,
) -> Call:
    """`left operator right` with both sides brought to comparable types."""
    left, right = comparable(left, right, operator.symbol, binder.position(node))
    return Call(operator, (left, right), BOOLEAN, left.nullable or right.nullable)


def _row_items(node: exp.Expr) -> list[exp.Expr] | None:
    if isinstance(node, exp.Tuple):
        return list(node.expressions)
    if isinstance(node, exp.Anonymous) and str(node.this).upper() == "ROW":
        return list(node.expressions)
    return None


def _bind_rows(
    binder: Binder,
    place: Place,
    node: exp.Expr,
    operator: FunctionDef,
    left: list[exp.Expr],
    right: list[exp.Expr],
) -> Expr:
    """(a, b) = (c, d), or an ordering of rows, spelt out as the standard does."""
    if len(left) != len(right):
        raise ProgrammingError(
            f"rows of {len(left)} and {len(right)} values cannot be compared",
            position=binder.position(node),
        )
    pairs = [
        (bind_expression(binder, place, a), bind_expression(binder, place, b))
        for a, b in zip(left, right, strict=True)
    ]

    def one(comparison: FunctionDef, index: int) -> Expr:
        return compare(comparison, *pairs[index], binder, node)

    if operator is operators.EQ:
        return conjunction([one(operators.EQ, i) for i in range(len(pairs))])
    if operator is operators.NE:
        return disjunction([one(operators.NE, i) for i in range(len(pairs))])
    strict = operators.LT if operator in (operators.LT, operators.LE) else operators.GT
    alternatives = []
    for i in range(len(pairs)):
        last = i == len(pairs) - 1
        prefix = [one(operators.EQ, j) for j in range(i)]
        alternatives.append(
            conjunction([*prefix, one(operator if last else strict, i)])
        )
    return disjunction(alternatives)


def disjunction(parts: list[Expr]) -> Expr:
    """The OR of the parts."""
    return parts[0] if len(parts) == 1 else make_call(operators.or_, parts)


def negation(condition: Expr) -> Expr:
    """NOT condition."""
    return make_call(operators.not_, (condition,))


def _bind_and(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    assert isinstance(node, exp.And | exp.Or)
    # flatten: a chain of thousands must not nest, here or on the server
    word = node.key.upper()
    parts = []
    for each in node.flatten():
        bound = bind_expression(binder, place, each)
        parts.append(as_boolean(bound, word, binder.position(each)))
    return conjunction(parts) if word == "AND" else disjunction(parts)


def _bind_not(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    bound = bind_expression(binder, place, node.this)
    return negation(as_boolean(bound, "NOT", binder.position(node)))


def _bind_is(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    operand = bind_expression(binder, place, node.this)
    if isinstance(node.expression, exp.Null):
        result: Expr = make_call(operators.is_null, (settle_type(operand),))
    elif isinstance(node.expression, exp.Boolean):
        condition = as_boolean(operand, "IS", binder.position(node))
        if not node.expression.this:
            condition = negation(condition)
        result = make_call(operators.is_true, (condition,))
    else:
        raise refuse(f"IS {describe(node.expression)}", node, binder.sql)
    return negation(result) if node.args.get("negate") else result


def _bind_distinct_from(
    negate: bool,
) -> Callable[[Binder, Place, exp.Expr], Expr]:
    def bind(binder: Binder, place: Place, node: exp.Expr) -> Expr:
        left = bind_expression(binder, place, node.this)
        right = bind_expression(binder, place, node.expression)
        sides = comparable(left, right, "IS DISTINCT FROM", binder.position(node))
        differs = make_call(operators.is_distinct_from, sides)
        return negation(differs) if negate else differs

    return bind


def _bind_between(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    operand = bind_expression(binder, place, node.this)
    low = bind_expression(binder, place, node.args["low"])
    high = bind_expression(binder, place, node.args["high"])
    return conjunction(
        [
            compare(operators.GE, operand, low, binder, node),
            compare(operators.LE, operand, high, binder, node),
        ]
    )


def _bind_in(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    query = node.args.get("query")
    if query is not None:
        return subqueries.bind_in(binder, place, node)
    row = _row_items(node.this)
    if row is not None:
        return _bind_row_in(binder, place, node, row)
    operand = bind_expression(binder, place, node.this)
    items = []
    for each in node.expressions:
        bound = bind_expression(binder, place, each)
        operand_here, item = comparable(operand, bound, "IN", binder.position(each))
        if operand.type.family is Family.UNKNOWN:
            operand = operand_here
        items.append(item)
    nullable = operand.nullable or any(item.nullable for item in items)
    return InList(settle_type(operand), tuple(items), BOOLEAN, nullable)


def _bind_row_in(
    binder: Binder, place: Place, node: exp.Expr, row: list[exp.Expr]
) -> Expr:
    alternatives = []
    for each in node.expressions:
        items = _row_items(each)
        if items is None:
            raise ProgrammingError(
                "a row can be IN a list of rows only", position=binder.position(each)
            )
        alternatives.append(_bind_rows(binder, place, node, operators.EQ, row, items))
    return disjunction(alternatives)


def _bind_like(name: str) -> Callable[[Binder, Place, exp.Expr], Expr]:
    def bind(binder: Binder, place: Place, node: exp.Expr) -> Expr:
        return _like(binder, place, node, name)

    return bind


def _like(
    binder: Binder,
    place: Place,
    node: exp.Expr,
    name: str,
    escape: exp.Expr | None = None,
) -> Expr:
    text = bind_expression(binder, place, node.this)
    pattern = bind_expression(binder, place, node.expression)
    if not _is_constant_text(pattern):
        raise refuse(
            f"{name} with a pattern that is not a constant or parameter",
            node.expression,
            binder.sql,
        )
    call = bind_call(binder, name, (text, pattern), node)
    assert isinstance(call, Call)
    if escape is not None:
        if not isinstance(escape, exp.Literal) or len(escape.name) > 1:
            raise refuse("ESCAPE other than one character", escape, binder.sql)
        with_escape = (*call.arguments, Literal(escape.name, TEXT))
        call = Call(call.function, with_escape, BOOLEAN, call.nullable)
    return negation(call) if node.args.get("negate") else call


def _is_constant_text(node: Expr) -> bool:
    """A constant, a parameter, or such joined by `||`: known before the command."""
    if isinstance(node, Call) and node.function is operators.concatenate:
        return all(map(_is_constant_text, node.arguments))
    return isinstance(node, Literal | Parameter)


def _bind_escape(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    inner = node.this
    name = "ILIKE" if isinstance(inner, exp.ILike) else "LIKE"
    return _like(binder, place, inner, name, node.expression)


def _bind_case(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    operand = node.this
    conditions, results = [], []
    subject = bind_expression(binder, place, operand) if operand else None
    for branch in node.args["ifs"]:
        if subject is None:
            conditions.append(_case_condition(binder, place, branch.this))
        else:
            value = bind_expression(binder, place, branch.this)
            conditions.append(compare(operators.EQ, subject, value, binder, branch))
        results.append(bind_expression(binder, place, branch.args["true"]))
    default = node.args.get("default")
    results.append(bind_expression(binder, place, default) if default else NULL)
    values, sql_type = unify(results, "CASE", binder.position(node))
    nullable = any(value.nullable for value in values)
    branches = tuple(zip(conditions, values[:-1], strict=True))
    return Case(branches, values[-1], sql_type, nullable)


def _case_condition(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    bound = bind_expression(binder, place, node)
    return as_boolean(bound, "CASE WHEN", binder.position(node))


def _bind_cast(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    from queryleaf_dbapi.bind.casts import named_type

    target = named_type(node.args["to"], binder)
    if isinstance(node.this, exp.Array) and not node.this.expressions:
        return Literal([], target)
    operand = bind_expression(binder, place, node.this)
    safe = isinstance(node, exp.TryCast)
    return bind_cast(operand, target, safe, binder.position(node))


def _bind_array(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    bound = [bind_expression(binder, place, each) for each in node.expressions]
    items, _ = unify(bound, "ARRAY", binder.position(node))
    return bind_call(binder, "ARRAY[]", items, node)


def _bind_bracket(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    if len(node.expressions) != 1:
        raise refuse("an array slice", node, binder.sql)
    array = bind_expression(binder, place, node.this)
    index = bind_expression(binder, place, node.expressions[0])
    # sqlglot has shifted the literal index to start at 0
    return bind_call(binder, "[]", (array, index), node)


def _bind_json_path(as_text: bool) -> Callable[[Binder, Place, exp.Expr], Expr]:
    def bind(binder: Binder, place: Place, node: exp.Expr) -> Expr:
        result = bind_expression(binder, place, node.this)
        path = node.expression
        if not isinstance(path, exp.JSONPath):
            raise refuse("a path that is not a constant", node, binder.sql)
        for step in path.expressions[1:]:
            if isinstance(step, exp.JSONPathKey):
                result = FieldAccess(result, (str(step.this),), JSONB)
            elif isinstance(step, exp.JSONPathSubscript):
                index = Literal(int(step.this), INTEGER)
                result = bind_call(binder, "-> []", (result, index), node)
            else:
                raise refuse(describe(step), node, binder.sql)
        if as_text:
            return bind_call(binder, "->> text", (result,), node)
        return result

    return bind


def _bind_function(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    name, nodes = call_shape(node, binder.sql)
    if aggregates.is_aggregate(name):
        return aggregates.bind_aggregate(binder, place, node)
    arguments = [
        _keyword_name(name, index, each) or bind_expression(binder, place, each)
        for index, each in enumerate(nodes)
    ]
    return bind_call(binder, name, arguments, node)


def _keyword_name(name: str, index: int, node: exp.Expr) -> Expr | None:
    """`DATEADD(month, ...)`: a bare word where a keyword stands is no column."""
    if not isinstance(node, exp.Column) or node.table:
        return None
    for each in FUNCTIONS.get(name.upper(), ()):
        if index < len(each.arguments) and each.arguments[index].words:
            return Literal(node.name, UNKNOWN)
    return None


_BINDERS: dict[str, Callable[[Binder, Place, exp.Expr], Expr]] = {
    "Literal": _bind_literal,
    "ByteString": _bind_literal,
    "Boolean": lambda binder, place, node: Literal(bool(node.this), BOOLEAN),
    "Null": lambda binder, place, node: NULL,
    "Var": lambda binder, place, node: Literal(str(node.this), UNKNOWN),
    "Parameter": _bind_parameter,
    "Column": _bind_column,
    "Dot": _bind_dot,
    "Paren": _bind_paren,
    "Neg": _bind_negation,
    "Add": _bind_binary("+"),
    "Sub": _bind_binary("-"),
    "Mul": _bind_binary("*"),
    "Div": _bind_binary("/"),
    "Mod": _bind_binary("%"),
    "DPipe": _bind_concat,
    "EQ": _bind_comparison(operators.EQ),
    "NEQ": _bind_comparison(operators.NE),
    "LT": _bind_comparison(operators.LT),
    "LTE": _bind_comparison(operators.LE),
    "GT": _bind_comparison(operators.GT),
    "GTE": _bind_comparison(operators.GE),
    "And": _bind_and,
    "Or": _bind_and,
    "Not": _bind_not,
    "Is": _bind_is,
    "NullSafeEQ": _bind_distinct_from(negate=True),
    "NullSafeNEQ": _bind_distinct_from(negate=False),
    "Between": _bind_between,
    "In": _bind_in,
    "Like": _bind_like("LIKE"),
    "ILike": _bind_like("ILIKE"),
    "Escape": _bind_escape,
    "Case": _bind_case,
    "Cast": _bind_cast,
    "TryCast": _bind_cast,
    "Interval": lambda binder, place, node: bind_interval(binder, node),
    "Array": _bind_array,
    "Bracket": _bind_bracket,
    "JSONExtract": _bind_json_path(as_text=False),
    "JSONExtractScalar": _bind_json_path(as_text=True),
    "Subquery": lambda binder, place, node: subqueries.bind_scalar(binder, place, node),
    "Select": lambda binder, place, node: subqueries.bind_scalar(binder, place, node),
    "Exists": lambda binder, place, node: subqueries.bind_exists(binder, place, node),
    "Filter": lambda binder, place, node: aggregates.bind_aggregate(
        binder, place, node
    ),
    "Window": lambda binder, place, node: windows.bind_window(binder, place, node),
}
