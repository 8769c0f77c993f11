"""Walking and rebuilding plans: the only code that knows every node's children."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

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
    Quantified,
    ScalarSubquery,
    SortKey,
    WindowCall,
)
from queryleaf_dbapi.plan.merge import Merge
from queryleaf_dbapi.plan.relations import (
    Aggregate,
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
    SetOperation,
    Sort,
    Update,
    Values,
    Window,
)
from queryleaf_dbapi.plan.writes import rebuild_write

ExprMap = Callable[[Expr], Expr]
RelationMap = Callable[[Relation], Relation]


def child_expressions(node: Expr) -> tuple[Expr, ...]:
    """The expressions directly below an expression (not those of a subquery)."""
    match node:
        case Call(arguments=arguments):
            return arguments
        case Case(branches=branches, default=default):
            return (*(e for branch in branches for e in branch), default)
        case Cast(operand=operand) | FieldAccess(operand=operand):
            return (operand,)
        case InList(operand=operand, items=items):
            return (operand, *items)
        case Quantified(operand=operand):
            return (operand,)
        case _:
            return ()


def subquery_of(node: Expr) -> Relation | None:
    """The relation inside a subquery expression."""
    match node:
        case (
            ScalarSubquery(relation=relation)
            | Exists(relation=relation)
            | Quantified(relation=relation)
        ):
            return relation
        case _:
            return None


def walk(node: Expr) -> Iterator[Expr]:
    """The expression and all below it, not entering subqueries."""
    yield node
    for child in child_expressions(node):
        yield from walk(child)


def has_subquery(node: Expr) -> bool:
    """Whether a subquery stands anywhere in the expression."""
    return any(subquery_of(each) is not None for each in walk(node))


def _all_same(new: Iterable[object], old: Iterable[object]) -> bool:
    return all(one is other for one, other in zip(new, old, strict=True))


def map_children(node: Expr, change: ExprMap) -> Expr:
    """The same node over changed children (the node itself when none changed);
    subqueries are left alone."""
    old = child_expressions(node)
    if not old:
        return node
    new = tuple(change(child) for child in old)
    if _all_same(new, old):
        return node
    match node:
        case Call():
            return replace(node, arguments=new)
        case Case():
            pairs = tuple(zip(new[:-1:2], new[1:-1:2], strict=True))
            return replace(node, branches=pairs, default=new[-1])
        case InList():
            return replace(node, operand=new[0], items=new[1:])
        case _:
            return replace(node, operand=new[0])  # type: ignore[call-arg]


def transform(node: Expr, change: ExprMap) -> Expr:
    """Bottom-up: children first, then the node; enters subqueries."""
    node = map_children(node, lambda child: transform(child, change))
    relation = subquery_of(node)
    if relation is not None:
        inside = map_expressions(relation, lambda each: transform(each, change))
        if inside is not relation:
            node = replace(node, relation=inside)  # type: ignore[call-arg]
    return change(node)


def inputs(node: Relation) -> tuple[Relation, ...]:
    """The relations directly below."""
    match node:
        case (
            Filter(input=below)
            | Project(input=below)
            | Aggregate(input=below)
            | Sort(input=below)
            | Limit(input=below)
            | Distinct(input=below)
            | Window(input=below)
        ):
            return (below,)
        case Join(left=left, right=right) | SetOperation(left=left, right=right):
            return (left, right)
        case RecursiveUnion(initial=initial, step=step):
            return (initial, step)
        case (
            Insert(source=Relation() as source)
            | Update(source=Relation() as source)
            | Delete(source=Relation() as source)
        ):
            return (source,)
        case Merge():
            return node.sources
        case _:
            return ()


def map_inputs(node: Relation, change: RelationMap) -> Relation:
    """The same node over changed inputs (the node itself when none changed)."""
    below = inputs(node)
    changed = tuple(map(change, below))
    if all(new is old for new, old in zip(changed, below, strict=True)):
        return node
    match node:
        case Join() | SetOperation():
            return replace(node, left=changed[0], right=changed[1])
        case RecursiveUnion():
            return replace(node, initial=changed[0], step=changed[1])
        case Insert() | Update() | Delete():
            return replace(node, source=changed[0])
        case Merge():
            return node.over(changed)
        case _:
            return replace(node, input=changed[0])  # type: ignore[call-arg]


def map_relation(node: Relation, change: RelationMap) -> Relation:
    """Bottom-up over the relations of one query, not entering subqueries."""
    return change(map_inputs(node, lambda below: map_relation(below, change)))


def map_everywhere(node: Relation, change: RelationMap) -> Relation:
    """Bottom-up over all relations, those in subqueries too."""

    def enter(expression: Expr) -> Expr:
        relation = subquery_of(expression)
        if relation is None:
            return expression
        inside = map_everywhere(relation, change)
        if inside is relation:
            return expression
        return replace(expression, relation=inside)  # type: ignore[call-arg]

    def enter_all(expression: Expr) -> Expr:
        return enter(map_children(expression, enter_all))

    node = map_inputs(node, lambda below: map_everywhere(below, change))
    return change(map_own(node, enter_all))


def _map_call(call: AggregateCall, change: ExprMap) -> AggregateCall:
    return replace(
        call,
        arguments=tuple(map(change, call.arguments)),
        condition=None if call.condition is None else change(call.condition),
        order_by=_map_keys(call.order_by, change),
    )


def _map_window(call: WindowCall, change: ExprMap) -> WindowCall:
    return replace(
        call,
        arguments=tuple(map(change, call.arguments)),
        condition=None if call.condition is None else change(call.condition),
    )


def _map_keys(keys: tuple[SortKey, ...], change: ExprMap) -> tuple[SortKey, ...]:
    return tuple(replace(key, expression=change(key.expression)) for key in keys)


def _map_optional(node: Expr | None, change: ExprMap) -> Expr | None:
    return None if node is None else change(node)


def map_own(node: Relation, change: ExprMap) -> Relation:
    """The same relation with its own expressions changed, inputs left alone (the
    relation itself when none changed)."""
    old = own_expressions(node)
    new = {id(each): change(each) for each in old}
    if all(new[id(each)] is each for each in old):
        return node
    return _rebuild(node, lambda each: new[id(each)])


def _rebuild(node: Relation, change: ExprMap) -> Relation:
    match node:
        case Filter():
            return replace(node, predicate=change(node.predicate))
        case Project():
            return replace(node, items=tuple((c, change(e)) for c, e in node.items))
        case Aggregate():
            keys = tuple((c, change(e)) for c, e in node.keys)
            calls = tuple((c, _map_call(call, change)) for c, call in node.calls)
            return replace(node, keys=keys, calls=calls)
        case Window():
            return replace(
                node,
                partition=tuple(map(change, node.partition)),
                order=_map_keys(node.order, change),
                calls=tuple((c, _map_window(call, change)) for c, call in node.calls),
            )
        case Join():
            return replace(node, condition=_map_optional(node.condition, change))
        case Sort():
            return replace(node, keys=_map_keys(node.keys, change))
        case Distinct():
            return replace(
                node,
                on=tuple(map(change, node.on)),
                order=_map_keys(node.order, change),
            )
        case Limit():
            return replace(
                node,
                count=_map_optional(node.count, change),
                offset=_map_optional(node.offset, change),
            )
        case FunctionScan(calls=set_calls):
            changed = tuple(
                (replace(call, arguments=tuple(map(change, call.arguments))), outputs)
                for call, outputs in set_calls
            )
            return replace(node, calls=changed)
        case Values():
            return replace(node, rows=tuple(tuple(map(change, r)) for r in node.rows))
        case _:
            return rebuild_write(node, change)


def map_expressions(node: Relation, change: ExprMap) -> Relation:
    """Every expression of the query below changed once, inputs too."""
    return map_relation(node, lambda each: map_own(each, change))


def own_expressions(node: Relation) -> list[Expr]:
    """The expressions of a relation itself, not of its inputs."""
    match node:
        case Filter(predicate=predicate):
            return [predicate]
        case Project(items=items):
            return [value for _, value in items]
        case Aggregate(keys=keys, calls=calls):
            found = [value for _, value in keys]
            for _, call in calls:
                found += [*call.arguments, *(k.expression for k in call.order_by)]
                found += _present(call.condition)
            return found
        case Window(partition=partition, order=order, calls=window_calls):
            found = [*partition, *(key.expression for key in order)]
            for _, window_call in window_calls:
                found += [*window_call.arguments, *_present(window_call.condition)]
            return found
        case Join(condition=condition):
            return _present(condition)
        case Sort(keys=sort_keys):
            return [key.expression for key in sort_keys]
        case Distinct(on=on, order=order):
            return [*on, *(key.expression for key in order)]
        case Limit(count=count, offset=offset):
            return [*_present(count), *_present(offset)]
        case FunctionScan(calls=set_calls):
            return [each for call, _ in set_calls for each in call.arguments]
        case Values(rows=rows):
            return [cell for row in rows for cell in row]
        case Update(predicate=predicate_, assignments=assignments, returning=items):
            changes = [value for _, value in assignments]
            return [*_present(predicate_), *changes, *(e for _, e in items)]
        case Delete(predicate=predicate_, returning=items):
            return [*_present(predicate_), *(value for _, value in items)]
        case Insert(returning=items, conflict=conflict):
            return [*(value for _, value in items), *_of_conflict(conflict)]
        case _:
            return []


def _of_conflict(node: OnConflict | None) -> list[Expr]:
    if node is None:
        return []
    values = [value for _, value in node.assignments or ()]
    return [*values, *_present(node.predicate)]


def _present(node: Expr | None) -> list[Expr]:
    return [] if node is None else [node]


def referenced(node: Expr) -> Iterator[ColumnRef]:
    """Every column an expression reads, correlated ones of subqueries too."""
    for each in walk(node):
        if isinstance(each, ColumnRef):
            yield each
        relation = subquery_of(each)
        if relation is not None:
            yield from free_columns(relation)


def free_columns(relation: Relation) -> list[ColumnRef]:
    """Columns a relation reads that nothing inside it produces: correlation."""
    produced: set[int] = set()
    read: dict[int, ColumnRef] = {}

    def visit(node: Relation) -> Relation:
        if isinstance(node, Insert | Update | Delete):
            produced.update(column.id for column in node.target.columns)
        if isinstance(node, Insert) and node.conflict is not None:
            produced.update(column.id for column, _ in node.conflict.excluded)
        produced.update(column.id for column in node.columns)
        for expression in own_expressions(node):
            for column in referenced(expression):
                read.setdefault(column.id, column)
        return node

    map_relation(relation, visit)
    return [column for id_, column in read.items() if id_ not in produced]


def refers_to(node: Expr) -> frozenset[int]:
    """The ids of all columns an expression reads."""
    return frozenset(column.id for column in referenced(node))
