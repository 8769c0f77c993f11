"""WITH RECURSIVE: which queries are recursive, and their two terms bound.

PostgreSQL's rules: the query is `first term UNION [ALL] recursive term`, the types are
the first term's, and the recursive term refers to the query once, where its rows can
be taken round by round (`recursive_references` checks that on the text).
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from queryleaf_dbapi.bind import query, recursive_references
from queryleaf_dbapi.bind.binder import Binder, CommonTable
from queryleaf_dbapi.errors import (
    DatatypeMismatch,
    FeatureNotSupported,
    InvalidRecursion,
    ProgrammingError,
)
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.relations import (
    Aggregate,
    Filter,
    Join,
    RecursiveUnion,
    Relation,
    WorkingTable,
)
from queryleaf_dbapi.plan.visit import free_columns, inputs, map_everywhere
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.types import Family, SqlType, common_type, settle


def in_order(binder: Binder, clause: exp.Expr) -> list[exp.Expr]:
    """The queries of a WITH, each after those it refers to: in WITH RECURSIVE a
    query may name a later one.

    Raises FeatureNotSupported for two that refer to each other.
    """
    search = clause.args.get("search")
    if search is not None:
        kind = str(search.args.get("kind") or "").upper()
        word = "CYCLE" if kind == "CYCLE" else f"SEARCH {kind} FIRST"
        raise refuse(word, clause, binder.sql, "carry the path in a column")
    written: list[exp.Expr] = list(clause.expressions)
    if not clause.args.get("recursive"):
        return written
    names = [_name(each) for each in written]
    needs = {
        name: [
            other
            for other in names
            if other != name and recursive_references.tables_named(each.this, other)
        ]
        for name, each in zip(names, written, strict=True)
    }
    ordered: list[exp.Expr] = []
    waiting = list(written)
    while waiting:
        missing = {_name(each) for each in waiting}
        ready = [e for e in waiting if not missing.intersection(needs[_name(e)])]
        if not ready:
            raise FeatureNotSupported(
                "mutual recursion between WITH queries is not supported",
                position=binder.position(waiting[0].this),
            )
        ordered += ready
        done = set(map(id, ready))
        waiting = [each for each in waiting if id(each) not in done]
    return ordered


def _name(node: exp.Expr) -> str:
    return str(node.args["alias"].name).lower()


def recursion_key(binder: Binder, node: exp.Expr) -> int | None:
    """A number for a query of WITH RECURSIVE that names itself, None for others.

    Raises InvalidRecursion (42P19) where PostgreSQL does.
    """
    name = node.args["alias"].name
    if not recursive_references.tables_named(node.this, name.lower()):
        return None
    recursive_references.check(binder, node.this, name)
    return binder.next_key()


def bind_recursion(
    binder: Binder, table: CommonTable, name: str, key: int
) -> RecursiveUnion:
    """The recursion, bound at its first use, with columns of this use's own."""
    found = binder.recursions.get(key)
    if found is None:
        found = binder.recursions[key] = _bind(binder, table, name, key)
    return replace(found, outputs=binder.fresh(found.outputs))


def _bind(binder: Binder, table: CommonTable, name: str, key: int) -> RecursiveUnion:
    node = table.query
    union = recursive_references.union_of(node)
    assert union is not None
    before = binder.common_tables
    binder.common_tables = table.visible
    try:
        with binder.with_common_tables(query.common_tables(binder, union, table.scope)):
            initial = query.bind_query(binder, union.this, table.scope)
            initial, step, columns = _bind_terms(
                binder, table, name, key, union, initial
            )
    finally:
        binder.common_tables = before
    keeps = not union.args.get("distinct")
    found = RecursiveUnion(key, name, keeps, initial, step, columns)
    if free_columns(binder.finish(found)):
        raise refuse(
            f'a WITH RECURSIVE query that reads columns of an outer query ("{name}")',
            node,
            binder.sql,
        )
    return found


def _bind_terms(
    binder: Binder,
    table: CommonTable,
    name: str,
    key: int,
    union: exp.Expr,
    initial: Relation,
) -> tuple[Relation, Relation, tuple[Column, ...]]:
    """Bind the recursive term over columns typed by the first one. A column that
    turns out to be nullable, or a field of any type, is assumed so and bound again."""
    columns = query.renamed(binder, initial.columns, table.column_names, union)
    columns = tuple(replace(c, type=settle(c.type)) for c in columns)
    while True:
        step = _bind_step(binder, table, name, key, union, columns)
        if len(step.columns) != len(columns):
            raise ProgrammingError(
                "each UNION query must have the same number of columns",
                position=binder.position(union),
            )
        wider = tuple(
            _widened(binder, name, number, one, other, union)
            for number, (one, other) in enumerate(
                zip(columns, step.columns, strict=True), 1
            )
        )
        if wider == columns:
            break
        columns = wider
    initial = query.converted(binder, initial, columns)
    step = query.converted(binder, step, columns)
    return initial, step, columns


def _bind_step(
    binder: Binder,
    table: CommonTable,
    name: str,
    key: int,
    union: exp.Expr,
    columns: tuple[Column, ...],
) -> Relation:
    working = WorkingTable(key, name, columns)
    itself = replace(table, working=working)
    with binder.with_common_tables({name: itself}):
        step = query.bind_query(binder, union.expression, table.scope)
    _check_step(binder, step, key, name, union)
    return step


def _widened(
    binder: Binder,
    name: str,
    number: int,
    column: Column,
    of_step: Column,
    union: exp.Expr,
) -> Column:
    found = common_type(column.type, of_step.type)
    if found is None:
        raise DatatypeMismatch(
            f"UNION types {column.type} and {of_step.type} cannot be matched",
            position=binder.position(union),
        )
    overall: SqlType = settle(found)
    if overall != column.type and overall.family is not Family.ANY:
        raise DatatypeMismatch(
            f'recursive query "{name}" column {number} has type {column.type} in '
            f"non-recursive term but type {overall} overall; cast the output of the "
            "non-recursive term to the correct type",
            position=binder.position(union),
        )
    nullable = column.nullable or of_step.nullable
    return replace(column, type=overall, nullable=nullable)


def _check_step(
    binder: Binder, step: Relation, key: int, name: str, union: exp.Expr
) -> None:
    def check(node: Relation) -> Relation:
        if isinstance(node, Aggregate) and node.calls and _at_level(node.input, key):
            raise InvalidRecursion(
                "aggregate functions are not allowed in a recursive query's recursive "
                "term",
                position=binder.position(union.expression),
            )
        if isinstance(node, RecursiveUnion) and node.key != key and _reads(node, key):
            raise refuse(
                f'a WITH RECURSIVE query inside the recursive term of "{name}" that '
                "reads it",
                union.expression,
                binder.sql,
            )
        return node

    map_everywhere(step, check)


def _at_level(node: Relation, key: int) -> bool:
    """Whether the SELECT whose rows these are names the recursion in its FROM."""
    if isinstance(node, WorkingTable):
        return node.key == key
    if isinstance(node, Filter | Join):
        return any(_at_level(below, key) for below in inputs(node))
    return False


def _reads(node: Relation, key: int) -> bool:
    found = False

    def look(each: Relation) -> Relation:
        nonlocal found
        found = found or (isinstance(each, WorkingTable) and each.key == key)
        return each

    map_everywhere(node, look)
    return found
