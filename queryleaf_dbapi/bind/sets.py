"""Set-returning functions: in FROM, where they are lateral by nature, and in the
select list, where several of them go side by side.

    FROM t, UNNEST(t.tags) WITH ORDINALITY AS x(tag, place)
    SELECT id, UNNEST(tags) FROM t
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from queryleaf_dbapi import functions
from queryleaf_dbapi.bind import expressions, select
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.calls import choose, convert_arguments
from queryleaf_dbapi.bind.coerce import retype, settle_type
from queryleaf_dbapi.bind.scope import DerivedRange, Scope
from queryleaf_dbapi.bind.shapes import call_shape
from queryleaf_dbapi.errors import (
    DatatypeMismatch,
    FeatureNotSupported,
    ProgrammingError,
)
from queryleaf_dbapi.functions.series import moment_type
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import (
    ColumnRef,
    Expr,
    SetCall,
    SortKey,
)
from queryleaf_dbapi.plan.relations import (
    FunctionScan,
    Join,
    JoinKind,
    Project,
    Relation,
    Sort,
    Values,
)
from queryleaf_dbapi.plan.signature import SetDef
from queryleaf_dbapi.plan.visit import refers_to
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types import BIGINT, INTERVAL, Family

if TYPE_CHECKING:
    from queryleaf_dbapi.bind.select import SelectState

Outputs = tuple[Column, ...]


def is_set_returning(name: str) -> bool:
    """Whether the SQL name is a set-returning function's."""
    return name.upper() in functions.SETS


def bind_set(
    binder: Binder, place: Place, name: str, nodes: list[exp.Expr], node: exp.Expr
) -> Expr:
    """A reference to the column with the results of a call in the select list."""
    if place.sets is None:
        where = place.no_sets_in or place.clause
        raise FeatureNotSupported(
            f"set-returning functions are not allowed in {where}",
            position=binder.position(node),
        )
    inside = place.without_sets("the arguments of another one")
    call, outputs = _make_call(binder, inside, name, nodes, node)
    outputs = _padded(outputs)  # another function may stand beside it
    if len(outputs) > 1:
        raise refuse(
            f"{name} in the select list", node, binder.sql, "call it in FROM instead"
        )
    for known, columns in place.sets:
        if known == call:
            return _reference(columns[0])
    place.sets.append((call, outputs))
    return _reference(outputs[0])


def expanded(relation: Relation, calls: Sequence[tuple[SetCall, Outputs]]) -> Relation:
    """Each row with the rows of the functions, which may read its columns."""
    scan = FunctionScan(tuple(calls))
    return Join(JoinKind.INNER, relation, scan, None, lateral=True)


def expand_first(state: SelectState) -> None:
    """The functions of the select list go below what counts their rows."""
    if state.collector.sets:
        state.relation = expanded(state.relation, state.collector.sets)
        state.collector.sets = []


def sorted_rows(state: SelectState, keys: tuple[SortKey, ...]) -> Relation:
    """ORDER BY and the functions of the select list: sorted first where no key needs
    them, so that the rows of one row stay in their order."""
    calls = state.collector.sets
    produced = {column.id for _, outputs in calls for column in outputs}
    if any(refers_to(key.expression) & produced for key in keys):
        expand_first(state)
    relation = Sort(state.relation, keys) if keys else state.relation
    calls = state.collector.sets
    return expanded(relation, calls) if calls else relation


def _make_call(
    binder: Binder, place: Place, name: str, nodes: list[exp.Expr], node: exp.Expr
) -> tuple[SetCall, Outputs]:
    arguments = [expressions.bind_expression(binder, place, each) for each in nodes]
    position = binder.position(node)
    if any(each.type.family is Family.UNKNOWN for each in arguments):
        arguments = _typed(binder, name, arguments, node)
    definition = choose(functions.SETS[name.upper()], arguments, position)
    converted = convert_arguments(definition.arguments, arguments, position)
    converted = tuple(settle_type(each) for each in converted)
    outputs = definition.returns(tuple(each.type for each in converted))
    own_name = definition.name.lower()
    columns = tuple(
        binder.ids.column(
            name.lower() if label == own_name else label,
            sql_type,
            not definition.never_null,
        )
        for label, sql_type in outputs
    )
    return SetCall(definition, converted), columns


def _typed(
    binder: Binder, name: str, arguments: list[Expr], node: exp.Expr
) -> list[Expr]:
    """Text constants beside dates: moments, and an interval as the third."""
    position = binder.position(node)
    upper = name.upper()
    if upper == "UNNEST":
        raise DatatypeMismatch(
            "could not determine the type of the array; write a CAST, such as "
            "'{1, 2}'::integer[]",
            position=position,
        )
    if upper != "GENERATE_SERIES" or len(arguments) != 3:
        return arguments
    first, second, step = arguments
    types = (first.type, second.type)
    families = {each.family for each in types} | {step.type.family}
    if not families & {Family.DATE, Family.TIMESTAMP, Family.INTERVAL}:
        return arguments
    if step.type.family is Family.UNKNOWN:
        step = retype(step, INTERVAL, position)
    moments = [
        retype(each, moment_type(types), position)
        if each.type.family is Family.UNKNOWN
        else each
        for each in (first, second)
    ]
    return [*moments, step]


def _padded(outputs: Outputs) -> Outputs:
    """The outputs of one of several functions, NULL where it has fewer rows."""
    return tuple(replace(column, nullable=True) for column in outputs)


def _reference(column: Column) -> ColumnRef:
    return ColumnRef(column.id, column.name, column.type, column.nullable)


def is_function(node: exp.Expr) -> bool:
    """Whether what stands in FROM is a function call."""
    inner = node.this if isinstance(node, exp.Table | exp.Lateral) else node
    return isinstance(inner, exp.Func | exp.Unnest)


def bind_function(
    binder: Binder, node: exp.Expr, scope: Scope
) -> tuple[Relation, DerivedRange]:
    """A function in FROM; its arguments may read the tables before it."""
    call_node = node.this if isinstance(node, exp.Table | exp.Lateral) else node
    place = Place(scope, "a function in FROM")
    if isinstance(call_node, exp.Unnest):
        name, parts = "UNNEST", [[each] for each in call_node.expressions]
        if call_node.args.get("explode_array"):
            raise refuse("this form of UNNEST", node, binder.sql)
    else:
        name, nodes = call_shape(call_node, binder.sql)
        parts = [nodes]
    if not is_set_returning(name):
        return _bind_scalar(binder, place, node, call_node)
    calls = tuple(_make_call(binder, place, name, each, call_node) for each in parts)
    if len(calls) > 1:
        calls = tuple((call, _padded(outputs)) for call, outputs in calls)
    counted, last_name = _ordinality(binder, node, call_node)
    ordinality = binder.ids.column("ordinality", BIGINT, False) if counted else None
    scan = FunctionScan(calls, ordinality)
    alias = node.args.get("alias") or call_node.args.get("alias")
    single = len(calls) == 1 and len(calls[0][1]) == 1
    columns = _named(binder, scan, alias, last_name, single, node)
    scan = _renamed(scan, columns)
    table_name = alias.name if alias is not None and alias.name else name.lower()
    return scan, DerivedRange(table_name, columns, is_scalar=single)


def _ordinality(
    binder: Binder, node: exp.Expr, call: exp.Expr
) -> tuple[bool, str | None]:
    """Whether WITH ORDINALITY stands there, and the column name that sqlglot has
    taken out of the alias for it."""
    offset = call.args.get("offset") if isinstance(call, exp.Unnest) else None
    if isinstance(offset, exp.Identifier):
        if re.search(r"\bWITH\s+OFFSET\b", binder.sql, re.IGNORECASE):
            raise refuse(
                "WITH OFFSET", node, binder.sql, "write WITH ORDINALITY, from 1"
            )
        return True, str(offset.name)
    return bool(offset) or bool(node.args.get("ordinality")), None


def _named(
    binder: Binder,
    scan: FunctionScan,
    alias: exp.TableAlias | None,
    last_name: str | None,
    single: bool,
    node: exp.Expr,
) -> Outputs:
    """PostgreSQL's names: the alias is the only column's name too, if that has none
    of its own; a column list goes first."""
    names = [] if alias is None else [column.name for column in alias.columns]
    if last_name is not None:
        names.append(last_name)
    columns = list(scan.columns)
    if len(names) > len(columns):
        raise ProgrammingError(
            f"the alias names {len(names)} columns, the function has {len(columns)}",
            position=binder.position(node),
        )
    call, _ = scan.calls[0]
    if single and alias is not None and alias.name and not names:
        if _has_function_name(call.function, columns[0]):
            names = [alias.name]
    for index, name in enumerate(names):
        columns[index] = replace(columns[index], name=name)
    return tuple(columns)


def _renamed(scan: FunctionScan, columns: Outputs) -> FunctionScan:
    """The same under the names of FROM, which the fields of the pipeline take. The
    outputs of a composite keep theirs: they are the fields of its documents."""
    names = {column.id: column for column in columns}

    def rename(outputs: Outputs) -> Outputs:
        return tuple(names[column.id] for column in outputs)

    calls = tuple(
        (call, outputs if call.function.is_composite else rename(outputs))
        for call, outputs in scan.calls
    )
    ordinality = scan.ordinality
    if ordinality is not None:
        ordinality = names[ordinality.id]
    return FunctionScan(calls, ordinality)


def _has_function_name(definition: SetDef, column: Column) -> bool:
    known = {definition.name, *definition.aliases}
    return column.name.upper() in known


def _bind_scalar(
    binder: Binder, place: Place, node: exp.Expr, call: exp.Expr
) -> tuple[Relation, DerivedRange]:
    """A function with one value: a table of one row."""
    if _ordinality(binder, node, call)[0]:
        raise refuse("WITH ORDINALITY of such a function", node, binder.sql)
    value = settle_type(expressions.bind_expression(binder, place, call))
    alias = node.args.get("alias")
    name = select.output_name(call)
    names = [] if alias is None else [column.name for column in alias.columns]
    table = alias.name if alias is not None and alias.name else name
    column_name = names[0] if names else table
    column = binder.ids.column(column_name, value.type, value.nullable)
    relation = Project(Values(((),), ()), ((column, value),))
    return relation, DerivedRange(table, (column,), is_scalar=True)
