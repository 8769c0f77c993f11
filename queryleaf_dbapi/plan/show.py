"""The plan as indented text: one format, for EXPLAIN and for the case files.

Project name, age + 1 AS older
  Filter age > 30
    Scan people (age, name)
"""

from __future__ import annotations

from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import (
    AggregateCall,
    Call,
    Case,
    Cast,
    ColumnRef,
    Exists,
    Expr,
    FieldAccess,
    InList,
    Literal,
    Parameter,
    Quantified,
    ScalarSubquery,
    SetCall,
    SortKey,
    WindowCall,
)
from queryleaf_dbapi.plan.merge import Merge
from queryleaf_dbapi.plan.relations import (
    Aggregate,
    Assignment,
    Delete,
    Distinct,
    Filter,
    FunctionScan,
    Insert,
    Join,
    Limit,
    OnConflict,
    Project,
    RecursiveUnion,
    Relation,
    Scan,
    SetOperation,
    Sort,
    Update,
    Values,
    Window,
    WorkingTable,
)
from queryleaf_dbapi.plan.signature import AggregateDef
from queryleaf_dbapi.plan.visit import inputs, own_expressions, subquery_of, walk


def show(relation: Relation, depth: int = 0) -> str:
    """The indented text of a plan; subqueries follow the relation they stand in."""
    lines = ["  " * depth + _line(relation)]
    for expression in own_expressions(relation):
        for each in walk(expression):
            inside = subquery_of(each)
            if inside is not None:
                lines.append("  " * (depth + 1) + "Subquery")
                lines.append(show(inside, depth + 2))
    lines += [show(below, depth + 1) for below in inputs(relation)]
    return "\n".join(lines)


def _line(node: Relation) -> str:
    match node:
        case Scan(collection=collection, alias=alias, fields=fields):
            paths = ", ".join(".".join(path) for _, path in fields)
            name = collection.name
            if alias != name:
                name += f" AS {alias}"
            return f"Scan {name} ({paths})"
        case Values(rows=rows):
            return f"Values {len(rows)} row{'s' if len(rows) != 1 else ''}"
        case FunctionScan(calls=set_calls, ordinality=ordinality):
            shown = ", ".join(map(_set_call, (call for call, _ in set_calls)))
            return f"Functions {shown}{' with ordinality' if ordinality else ''}"
        case Filter(predicate=predicate):
            return f"Filter {show_expression(predicate)}"
        case Project(items=items):
            return "Project " + ", ".join(_item(c, e) for c, e in items)
        case Aggregate(keys=keys, calls=calls, sets=sets):
            by = ", ".join(show_expression(value) for _, value in keys)
            if sets:
                by += " sets " + ", ".join(_set(keys, each) for each in sets)
            shown = ", ".join(f"{_call(call)}" for _, call in calls)
            parts = [f"by {by}" if by else "", shown]
            return " ".join(["Aggregate", *filter(None, parts)])
        case Join(kind=kind, condition=condition):
            on = f" on {show_expression(condition)}" if condition is not None else ""
            return f"{kind.value} join{on}"
        case Sort(keys=keys):
            return "Sort " + ", ".join(map(_key, keys))
        case Limit(count=count, offset=offset, with_ties=with_ties):
            parts = ["Limit"]
            if count is not None:
                parts.append(show_expression(count))
            if offset is not None:
                parts.append(f"offset {show_expression(offset)}")
            parts += ["with ties"] if with_ties else []
            return " ".join(parts)
        case Distinct(on=on, order=order):
            by = f" on {', '.join(map(show_expression, on))}" if on else ""
            first = f" first by {', '.join(map(_key, order))}" if order else ""
            return f"Distinct{by}{first}"
        case Window(partition=partition, order=order, calls=calls):
            return _window(partition, order, calls)
        case SetOperation(kind=kind, all=keeps):
            return f"{kind.value}{' all' if keeps else ''}"
        case RecursiveUnion(name=name, all=keeps):
            return f"Recursive union{' all' if keeps else ''} {name}"
        case WorkingTable(name=name, outputs=outputs):
            return f"Working table {name} ({', '.join(c.name for c in outputs)})"
        case _:
            return _write_line(node)


def _set(keys: tuple[tuple[Column, Expr], ...], indexes: tuple[int, ...]) -> str:
    return f"({', '.join(show_expression(keys[index][1]) for index in indexes)})"


def _set_call(call: SetCall) -> str:
    inside = ", ".join(map(show_expression, call.arguments))
    return f"{call.function.name.lower()}({inside})"


def _write_line(node: Relation) -> str:
    match node:
        case Insert(target=target, assigned=assigned, conflict=conflict):
            text = f"Insert {target.collection.name} ({', '.join(assigned)})"
            return text + _conflict(conflict)
        case Update(target=target, assignments=assignments, predicate=predicate):
            sets = _sets(assignments, node.sequences)
            return f"Update {target.collection.name} set {sets}{_where(predicate)}"
        case Delete(target=target, predicate=predicate):
            return f"Delete {target.collection.name}{_where(predicate)}"
        case Merge(target=target):
            return f"Merge {target.collection.name}"
        case _:
            return type(node).__name__


def _sets(
    assignments: tuple[Assignment, ...], sequences: tuple[tuple[str, str], ...] = ()
) -> str:
    sets = [f"{'.'.join(path)} = {show_expression(v)}" for path, v in assignments]
    return ", ".join([*sets, *(f"{path} = next of {name}" for path, name in sequences)])


def _conflict(node: OnConflict | None) -> str:
    if node is None:
        return ""
    keys = " or ".join(f"({', '.join(key)})" for key in node.keys)
    if node.assignments is None:
        return f" on conflict of {keys} nothing"
    sets = _sets(node.assignments)
    return f" on conflict of {keys} set {sets}{_where(node.predicate)}"


def _where(predicate: Expr | None) -> str:
    return "" if predicate is None else f" where {show_expression(predicate)}"


def _window(
    partition: tuple[Expr, ...],
    order: tuple[SortKey, ...],
    calls: tuple[tuple[Column, WindowCall], ...],
) -> str:
    parts = ["Window", ", ".join(_call(call) for _, call in calls)]
    if partition:
        parts.append("by " + ", ".join(map(show_expression, partition)))
    if order:
        parts.append("order " + ", ".join(map(_key, order)))
    return " ".join(parts)


def _item(column: Column, value: Expr) -> str:
    text = show_expression(value)
    return (
        text if text.rsplit(".", 1)[-1] == column.name else f"{text} AS {column.name}"
    )


def _key(key: SortKey) -> str:
    text = show_expression(key.expression)
    if key.descending:
        text += " desc"
    if key.nulls_first != key.descending:
        text += " nulls first" if key.nulls_first else " nulls last"
    return text


def _call(call: AggregateCall | WindowCall) -> str:
    star = "*" if isinstance(call.function, AggregateDef) else ""
    inside = ", ".join(map(show_expression, call.arguments)) or star
    if isinstance(call, AggregateCall) and call.distinct:
        inside = f"distinct {inside}"
    if isinstance(call, AggregateCall) and call.order_by:
        inside += " order by " + ", ".join(map(_key, call.order_by))
    text = f"{call.function.name.lower()}({inside})"
    if call.condition is not None:
        text += f" filter ({show_expression(call.condition)})"
    return text


def show_expression(node: Expr) -> str:
    """One expression in SQL's notation."""
    match node:
        case Literal(value=value):
            return _constant(value)
        case Parameter(index=index):
            return f"${index + 1}"
        case ColumnRef(name=name):
            return name
        case FieldAccess(operand=operand, path=path):
            return ".".join([show_expression(operand), *path])
        case Cast(operand=operand, type=sql_type):
            return f"cast({show_expression(operand)} as {str(sql_type).lower()})"
        case InList(operand=operand, items=items):
            listed = ", ".join(map(show_expression, items[:10]))
            more = f", ... {len(items)} items" if len(items) > 10 else ""
            return f"{show_expression(operand)} in ({listed}{more})"
        case Case(branches=branches, default=default):
            whens = " ".join(
                f"when {show_expression(c)} then {show_expression(v)}"
                for c, v in branches
            )
            return f"case {whens} else {show_expression(default)} end"
        case Call():
            return _show_call(node)
        case Exists():
            return "exists(subquery)"
        case ScalarSubquery():
            return "(subquery)"
        case Quantified(comparison=comparison, operand=operand):
            return f"{show_expression(operand)} {comparison.symbol} any(subquery)"
        case _:
            return type(node).__name__


def _constant(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)


def _show_call(node: Call) -> str:
    symbol = node.function.symbol
    shown = [_operand(each) for each in node.arguments]
    if not symbol:
        inside = ", ".join(map(show_expression, node.arguments))
        return f"{node.function.name.lower()}({inside})"
    if symbol.startswith("IS ") and len(shown) == 1:
        return f"{shown[0]} {symbol.lower()}"
    if len(shown) == 1:
        return f"{symbol.lower()} {shown[0]}" if symbol == "NOT" else symbol + shown[0]
    return f" {symbol.lower() if symbol.isalpha() else symbol} ".join(shown)


def _operand(node: Expr) -> str:
    text = show_expression(node)
    if isinstance(node, Call) and node.function.symbol and len(node.arguments) > 1:
        return f"({text})"
    return text
