"""AST expression -> plan expression: one small function per kind of node."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from queryleaf_dbapi.bind import (
    aggregates,
    bits,
    chains,
    conditions,
    documents,
    grouping_sets,
    patterns,
    sets,
    subqueries,
    windows,
)
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.calls import bind_call
from queryleaf_dbapi.bind.casts import bind_cast
from queryleaf_dbapi.bind.client_values import bind_client_value
from queryleaf_dbapi.bind.coerce import (
    as_boolean,
    retype,
    settle_type,
    unify,
)
from queryleaf_dbapi.bind.intervals import interval_literal, unit_of
from queryleaf_dbapi.bind.shapes import call_shape
from queryleaf_dbapi.errors import DatatypeMismatch, ProgrammingError, WrongObjectType
from queryleaf_dbapi.functions import FUNCTIONS, WINDOWS, operators
from queryleaf_dbapi.plan.expressions import (
    Call,
    Case,
    Expr,
    Literal,
    Parameter,
)
from queryleaf_dbapi.sql.accepted import describe, refuse
from queryleaf_dbapi.types import (
    ANY,
    BIGINT,
    BOOLEAN,
    INTEGER,
    NUMERIC,
    TEXT,
    TIMESTAMPTZ,
    UNKNOWN,
    Family,
    SqlType,
    array_of,
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
    return bind_function(binder, place, node)


def settled(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """The expression, a string literal nobody typed as TEXT."""
    return settle_type(bind_expression(binder, place, node))


def bind_condition(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """An expression that must be boolean."""
    bound = bind_expression(binder, place, node)
    return as_boolean(bound, place.clause, binder.position(node))


def _bind_literal(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    text = str(node.this)
    if node.args.get("is_string") or isinstance(node, exp.ByteString | exp.RawString):
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
    if isinstance(python, SqlType):
        return Parameter(index, python)  # a literal: it has the type of one
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


def _bind_negation(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    if isinstance(node.this, exp.Literal) and not node.this.is_string:
        bound = _bind_literal(binder, place, node.this)
        assert isinstance(bound, Literal)
        if isinstance(bound.value, int):
            return _bind_number(-bound.value)
        if node.this.name == str(1 << 63):
            return _bind_number(-(1 << 63))
        return Literal(NUMERIC.dump(-NUMERIC.load(bound.value)), NUMERIC)  # type: ignore[misc]
    if isinstance(node.this, exp.Neg):
        # + of one operand (see sql/parse.py), or two minuses: the number itself
        operand = bind_expression(binder, place, node.this.this)
        plus = bind_call(binder, "unary plus", (operand,), node)
        assert isinstance(plus, Call)
        return plus.arguments[0]
    operand = bind_expression(binder, place, node.this)
    if operand.type.family is Family.UNKNOWN:
        raise DatatypeMismatch(
            "operator is not unique: - unknown; a CAST may help",
            position=binder.position(node),
        )
    return bind_call(binder, "negate", (operand,), node)


def _bind_number(number: int) -> Literal:
    return Literal(number, INTEGER if -(1 << 31) <= number < 1 << 31 else BIGINT)


def _bind_case(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    operand = node.this
    place = place.without_sets("CASE")
    whens: list[Expr] = []
    results: list[Expr] = []
    subject = bind_expression(binder, place, operand) if operand else None
    for branch in node.args["ifs"]:
        if subject is None:
            whens.append(_case_condition(binder, place, branch.this))
        else:
            value = bind_expression(binder, place, branch.this)
            whens.append(
                conditions.compare(operators.EQ, subject, value, binder, branch)
            )
        results.append(bind_expression(binder, place, branch.args["true"]))
    default = node.args.get("default")
    results.append(bind_expression(binder, place, default) if default else NULL)
    values, sql_type = unify(results, "CASE", binder.position(node))
    nullable = any(value.nullable for value in values)
    branches = tuple(zip(whens, values[:-1], strict=True))
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


def _bind_interval(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    constant = interval_literal(binder, node)
    if constant is not None:
        return constant
    number = bind_expression(binder, place, node.this)
    return bind_call(binder, "*", (number, unit_of(binder, node)), node)


def _bind_array(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    if len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Query):
        return subqueries.bind_array(binder, place, node)
    bound = [bind_expression(binder, place, each) for each in node.expressions]
    items, element = unify(bound, "ARRAY", binder.position(node))
    constants = [each.value for each in items if isinstance(each, Literal)]
    if len(constants) == len(items):
        return Literal(constants, array_of(element if items else ANY))
    return bind_call(binder, "ARRAY[]", items, node)


def bind_function(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """A function by sqlglot's node of it, or by its name."""
    made = bind_client_value(binder, place, node, bind_expression)
    if made is not None:
        return made
    name, nodes = call_shape(node, binder.sql)
    if name in WINDOWS:
        raise WrongObjectType(
            f"window function {name.lower()} requires an OVER clause",
            position=binder.position(node),
        )
    if aggregates.is_aggregate(name):
        return aggregates.bind_aggregate(binder, place, node)
    if sets.is_set_returning(name):
        return sets.bind_set(binder, place, name, nodes, node)
    if name == "COALESCE":
        place = place.without_sets(name)
    arguments = [
        _keyword_name(name, index, each) or bind_expression(binder, place, each)
        for index, each in enumerate(nodes)
    ]
    return bind_call(binder, name, arguments, node)


def _bind_aggregate(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    return aggregates.bind_aggregate(binder, place, node)


def _bind_at_time_zone(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    moment = bind_expression(binder, place, node.this)
    zone = bind_expression(binder, place, node.args["zone"])
    if moment.type.family is Family.UNKNOWN:
        moment = retype(moment, TIMESTAMPTZ, binder.position(node))
    if moment.type.family is Family.DATE:
        moment = bind_cast(moment, TIMESTAMPTZ)
    name = "AT TIME ZONE tz" if moment.type == TIMESTAMPTZ else "AT TIME ZONE"
    return bind_call(binder, name, (moment, zone), node)


def _bind_overlaps(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    bound = []
    for side in (node.this, node.expression):
        if not isinstance(side, exp.Tuple) or len(side.expressions) != 2:
            raise refuse("OVERLAPS of other than two pairs", node, binder.sql)
        start, end = (bind_expression(binder, place, e) for e in side.expressions)
        if end.type.family is Family.INTERVAL:
            end = bind_call(binder, "+", (start, end), node)
        bound += [start, end]
    if any(each.nullable for each in bound):
        raise refuse("OVERLAPS with an end that may be NULL", node, binder.sql)
    return bind_call(binder, "OVERLAPS pairs", bound, node)


_INTERVAL_PARTS = ("years", "months", "weeks", "days", "hours", "mins", "secs")


def _bind_make_interval(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """MAKE_INTERVAL(1, 2), MAKE_INTERVAL(days => 10)."""
    given: list[Expr] = []
    named: dict[str, Expr] = {}
    for each in node.args.values():
        if not isinstance(each, exp.Expr):
            continue
        if isinstance(each, exp.Kwarg):
            name = each.this.name.lower()
            if name not in _INTERVAL_PARTS or name in named:
                raise refuse(f"the argument {name!r}", each, binder.sql)
            named[name] = bind_expression(binder, place, each.expression)
        else:
            given.append(bind_expression(binder, place, each))
    names = _INTERVAL_PARTS[len(given) :]
    if any(name not in names for name in named):
        raise refuse("an argument given twice", node, binder.sql)
    given += [named.get(name, Literal(0, INTEGER)) for name in names]
    return bind_call(binder, "MAKE_INTERVAL", given, node)


def _keyword_name(name: str, index: int, node: exp.Expr) -> Expr | None:
    """`DATEADD(month, ...)`: a bare word where a keyword stands is no column."""
    if not isinstance(node, exp.Column) or node.table:
        return None
    for each in FUNCTIONS.get(name.upper(), ()):
        if index < len(each.arguments) and each.arguments[index].words:
            return Literal(node.name, UNKNOWN)
    return None


def _bind_database(binder: Binder, place: Place, node: exp.Expr) -> Expr:
    """current_database(), current_schema: a schema is a database."""
    return Literal(binder.database, TEXT)


_BINDERS: dict[str, Callable[[Binder, Place, exp.Expr], Expr]] = {
    "Literal": _bind_literal,
    "ByteString": _bind_literal,
    "RawString": _bind_literal,
    "Boolean": lambda binder, place, node: Literal(bool(node.this), BOOLEAN),
    "Null": lambda binder, place, node: NULL,
    "CurrentDatabase": _bind_database,
    "CurrentCatalog": _bind_database,
    "CurrentSchema": _bind_database,
    "Var": lambda binder, place, node: Literal(str(node.this), UNKNOWN),
    "Parameter": _bind_parameter,
    "Column": _bind_column,
    "Dot": _bind_dot,
    "Paren": _bind_paren,
    "Neg": _bind_negation,
    "Add": lambda binder, place, node: chains.bind_sum(binder, place, node),
    "Sub": _bind_binary("-"),
    "Mul": _bind_binary("*"),
    "Div": _bind_binary("/"),
    "Mod": _bind_binary("%"),
    "DPipe": lambda binder, place, node: chains.bind_concatenation(binder, place, node),
    "EQ": conditions.bind_comparison(operators.EQ),
    "NEQ": conditions.bind_comparison(operators.NE),
    "LT": conditions.bind_comparison(operators.LT),
    "LTE": conditions.bind_comparison(operators.LE),
    "GT": conditions.bind_comparison(operators.GT),
    "GTE": conditions.bind_comparison(operators.GE),
    "And": conditions.bind_and,
    "Or": conditions.bind_and,
    "Not": conditions.bind_not,
    "Is": conditions.bind_is,
    "NullSafeEQ": conditions.bind_distinct_from(negate=True),
    "NullSafeNEQ": conditions.bind_distinct_from(negate=False),
    "Between": conditions.bind_between,
    "In": conditions.bind_in,
    "Like": conditions.bind_like("LIKE"),
    "ILike": conditions.bind_like("ILIKE"),
    "Escape": conditions.bind_escape,
    "RegexpLike": patterns.bind_operator,
    "RegexpILike": patterns.bind_operator,
    "SimilarTo": patterns.bind_similar,
    "BitwiseAnd": _bind_binary("&"),
    "BitwiseOr": _bind_binary("|"),
    "BitwiseXor": _bind_binary("#"),
    "BitwiseNot": lambda binder, place, node: bind_call(
        binder, "~", (bind_expression(binder, place, node.this),), node
    ),
    "BitwiseLeftShift": bits.bind_by_width("<<"),
    "BitwiseRightShift": bits.bind_by_width(">>"),
    "Hex": bits.bind_by_width("TO_HEX"),
    "Case": _bind_case,
    "Cast": _bind_cast,
    "TryCast": _bind_cast,
    "Interval": _bind_interval,
    "AtTimeZone": _bind_at_time_zone,
    "Overlaps": _bind_overlaps,
    "MakeInterval": _bind_make_interval,
    "Array": _bind_array,
    "Bracket": documents.bind_bracket,
    "ArrayContainsAll": documents.bind_containment("@>"),
    "ArrayContainedBy": documents.bind_containment("<@"),
    "ArrayOverlaps": documents.bind_containment("&&"),
    "JSONBContainsTopKey": documents.bind_containment("?"),
    "JSONBContainsAnyTopKeys": documents.bind_containment("?|"),
    "JSONBContainsAllTopKeys": documents.bind_containment("?&"),
    "JSONObject": documents.bind_json_object,
    "JSONExtract": documents.bind_arrow(as_text=False),
    "JSONExtractScalar": documents.bind_arrow(as_text=True),
    "Subquery": lambda binder, place, node: subqueries.bind_scalar(binder, place, node),
    "Select": lambda binder, place, node: subqueries.bind_scalar(binder, place, node),
    "Exists": lambda binder, place, node: subqueries.bind_exists(binder, place, node),
    "Filter": _bind_aggregate,
    "WithinGroup": _bind_aggregate,
    "Grouping": lambda binder, place, node: grouping_sets.bind_grouping(
        binder, place, node
    ),
    "Window": lambda binder, place, node: windows.bind_window(binder, place, node),
}
