"""FROM and joins: relations, and what their tables put in scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from queryleaf_dbapi.bind import conditions, expressions, query, sets, views
from queryleaf_dbapi.bind.aggregates import scope_ids
from queryleaf_dbapi.bind.binder import Binder, Place, TableRead
from queryleaf_dbapi.bind.calls import bind_call, make_call
from queryleaf_dbapi.bind.errors import undefined_table
from queryleaf_dbapi.bind.scope import (
    DerivedRange,
    Range,
    ScanRange,
    Scope,
    pick_name,
)
from queryleaf_dbapi.catalog.catalog import Collection
from queryleaf_dbapi.errors import (
    AmbiguousColumn,
    DuplicateAlias,
    ProgrammingError,
    SyntaxError_,
    UndefinedColumn,
)
from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.plan.expressions import Call, ColumnRef, Expr
from queryleaf_dbapi.plan.relations import Join, JoinKind, Project, Relation, Values
from queryleaf_dbapi.plan.visit import free_columns
from queryleaf_dbapi.sql.accepted import describe, refuse


def bind_from(
    binder: Binder, node: exp.Expr, parent: Scope | None
) -> tuple[Relation, Scope]:
    """The relation of FROM with its joins, and the scope it makes."""
    scope = Scope(parent=parent)
    clause = node.args.get("from_")
    if clause is None:
        if node.args.get("joins"):
            raise SyntaxError_(
                "JOIN without FROM", position=binder.position(node.args["joins"][0])
            )
        return Values(((),), ()), scope
    joins = node.args.get("joins") or []
    return _bind_chain(binder, clause.this, joins, scope), scope


def _bind_chain(
    binder: Binder, first: exp.Expr, joins: Sequence[exp.Expr], scope: Scope
) -> Relation:
    """A table and what is joined to it, one after the other."""
    if _is_join(first):
        relation, tables, merged = _bind_nested(binder, first, scope)
        scope.merged.update(merged)
    else:
        relation, table = _bind_table(binder, first, scope)
        tables = [table]
    _add(binder, scope, tables, first)
    for join in [*(first.args.get("joins") or []), *joins]:
        relation = _bind_join(binder, join, relation, scope)
    return relation


def _is_join(node: exp.Expr) -> bool:
    """Whether it is `(a JOIN b ON ...)`; one table in parentheses is no SQL."""
    if not isinstance(node, exp.Subquery):
        return False
    inner = node.this
    is_query = isinstance(inner, exp.Query) and not isinstance(inner, exp.Subquery)
    return not is_query and (bool(inner.args.get("joins")) or _is_join(inner))


def _bind_nested(
    binder: Binder, node: exp.Expr, beside: Scope
) -> tuple[Relation, list[Range], dict[str, Expr]]:
    """A join in parentheses, and the tables it adds: its own, which alone its ON may
    name, or with an alias one that has all their columns."""
    inner = Scope(parent=beside.parent)
    laterals = [each for each in _tables_of(node) if _reads_beside(each)]
    if laterals and beside.ranges:
        raise refuse("LATERAL in a parenthesised join", laterals[0], binder.sql)
    first = node.this if isinstance(node, exp.Subquery) else node
    relation = _bind_chain(binder, first, (), inner)
    if not isinstance(node, exp.Subquery) or node.args.get("alias") is None:
        return relation, inner.ranges, inner.merged
    outputs = [*inner.merged.items()]
    for each in inner.ranges:
        outputs += [(n, value) for n, value in each.outputs() if n not in inner.merged]
    items = tuple(
        (binder.ids.column(name, value.type, value.nullable), value)
        for name, value in outputs
    )
    relation, table = _derived(binder, node, Project(relation, items))
    return relation, [table], {}


def _tables_of(node: exp.Expr) -> list[exp.Expr]:
    """The tables that stand in a parenthesised join, at any depth."""
    found = [] if _is_join(node) else [node]
    inside = [node.this] if _is_join(node) else []
    inside += [join.this for join in node.args.get("joins") or []]
    return found + [table for each in inside for table in _tables_of(each)]


def _reads_beside(node: exp.Expr) -> bool:
    return isinstance(node, exp.Lateral) or sets.is_function(node)


def _add(binder: Binder, scope: Scope, tables: list[Range], node: exp.Expr) -> None:
    for table in tables:
        if any(each.alias == table.alias for each in scope.ranges):
            raise DuplicateAlias(
                f'table name "{table.alias}" is used more than once; give one an alias',
                position=binder.position(node),
            )
        scope.ranges.append(table)


def find_collection(binder: Binder, node: exp.Expr) -> Collection:
    """The collection a Table node names.

    Raises UndefinedTable, with the nearest name.
    """
    database = node.args["db"].name if node.args.get("db") else None
    found = binder.catalog.collection(node.name, database)
    if found is None and database is None:
        picked = pick_name(node.name, binder.catalog.names())
        found = binder.catalog.collection(picked) if picked else None
    if found is None:
        shown = f"{database}.{node.name}" if database else node.name
        names = binder.catalog.names() if database is None else []
        raise undefined_table(shown, names, binder.position(node.this))
    return found


def _bind_table(binder: Binder, node: exp.Expr, scope: Scope) -> tuple[Relation, Range]:
    if sets.is_function(node):
        return sets.bind_function(binder, node, scope)
    if isinstance(node, exp.Table):
        return _bind_named(binder, node)
    if isinstance(node, exp.Lateral):
        relation = query.bind_query(binder, node.this, scope)
        return _derived(binder, node, relation)
    if isinstance(node, exp.Subquery | exp.Values):
        inner = node.this if isinstance(node, exp.Subquery) else node
        # the tables beside a derived table are not visible in it, those outside are
        relation = query.bind_query(binder, inner, scope.parent)
        return _derived(binder, node, relation)
    raise refuse(f"{describe(node)} in FROM", node, binder.sql)


def _bind_named(binder: Binder, node: exp.Expr) -> tuple[Relation, Range]:
    if not isinstance(node.this, exp.Identifier):
        raise refuse(f"{describe(node.this)} in FROM", node, binder.sql)
    if node.args.get("ordinality"):
        raise refuse("WITH ORDINALITY of a table", node, binder.sql)
    if node.args.get("db") is None:
        common = query.find_common_table(binder, node.name)
        if common is not None:
            relation = query.bind_common_table(binder, common, node.name)
            columns = query.renamed(binder, relation.columns, common.column_names, node)
            return relation, _aliased(binder, node, DerivedRange(node.name, columns))
    collection = find_collection(binder, node)
    alias = node.alias or node.name
    database = node.args["db"].name if node.args.get("db") else None
    if collection.view is not None:
        binder.reads.append(TableRead(node.name, database, collection, None))
        view = views.bind_view(binder, collection, alias)
        return view.relation, _aliased(binder, node, view.range)
    scan = binder.open_scan(collection, alias)
    binder.reads.append(TableRead(node.name, database, collection, scan))
    if node.args.get("alias") and node.args["alias"].columns:
        return _renamed_scan(binder, node, scan)
    return scan.scan(), scan


def _renamed_scan(
    binder: Binder, node: exp.Expr, scan: ScanRange
) -> tuple[Relation, Range]:
    """`FROM t AS x(a, b)`: a derived table of all columns."""
    items = tuple(
        (binder.ids.column(name, value.type, value.nullable), value)
        for name, value in scan.outputs()
    )
    relation = Project(scan.scan(), items)
    return _derived(binder, node, relation)


def _aliased(binder: Binder, node: exp.Expr, table: DerivedRange) -> DerivedRange:
    alias = node.args.get("alias")
    if alias is None:
        return table
    names = tuple(column.name for column in alias.columns)
    columns = query.renamed(binder, table.columns, names, node)
    return DerivedRange(alias.name or table.alias, columns)


def _derived(
    binder: Binder, node: exp.Expr, relation: Relation
) -> tuple[Relation, Range]:
    table = DerivedRange(f"?{id(node)}", relation.columns)
    return relation, _aliased(binder, node, table)


def _bind_join(
    binder: Binder, node: exp.Expr, left: Relation, scope: Scope
) -> Relation:
    side = str(node.args.get("side") or "").upper()
    kind = str(node.args.get("kind") or "").upper()
    method = str(node.args.get("method") or "").upper()
    if kind not in ("", "INNER", "OUTER", "CROSS") or method not in (
        "",
        "NATURAL",
    ):
        words = " ".join(word for word in (method, side, kind) if word)
        raise refuse(f"{words} JOIN", node, binder.sql)
    tables: list[Range]
    if _is_join(node.this) or node.this.args.get("joins"):
        right, tables, merged = _bind_nested(binder, node.this, scope)
        if merged:
            raise refuse("USING or NATURAL inside a joined join", node, binder.sql)
    else:
        right, table = _bind_table(binder, node.this, scope)
        tables = [table]
    lateral = isinstance(node.this, exp.Lateral) and not sets.is_function(node.this)
    if sets.is_function(node.this):  # lateral only if it does read a table before it
        free = {column.id for column in free_columns(right)}
        lateral = bool(free & scope_ids(scope))
    before = list(scope.ranges)
    _add(binder, scope, tables, node.this)
    condition = _bind_condition(binder, node, scope, before, tables, side, method)
    if condition is None and side and not method and not node.args.get("using"):
        raise ProgrammingError(
            f"{side} JOIN needs ON or USING", position=binder.position(node)
        )
    if side == "LEFT":
        _extend_with_nulls(scope, tables, keep_merged=True)
        return Join(JoinKind.LEFT, left, right, condition, lateral)
    if side == "FULL":
        if lateral:
            raise refuse("FULL JOIN LATERAL", node, binder.sql)
        _extend_with_nulls(scope, tables, keep_merged=True)
        _extend_with_nulls(scope, before)
        return Join(JoinKind.FULL, left, right, condition)
    if side == "RIGHT":
        if lateral:
            raise refuse("RIGHT JOIN LATERAL", node, binder.sql)
        _extend_with_nulls(scope, before)
        return Join(JoinKind.LEFT, right, left, condition)
    return Join(JoinKind.INNER, left, right, condition, lateral)


def _extend_with_nulls(
    scope: Scope, tables: list[Range], keep_merged: bool = False
) -> None:
    """These tables stand on the side of an outer join that may have no row."""
    for each in tables:
        each.nullable = True
    if keep_merged:  # USING's names mean the other side, or both
        return
    columns = {name for each in tables for name in each.names()}
    for name in scope.merged.keys() & columns:
        scope.merged[name] = _nullable(scope.merged[name])


def _nullable(value: Expr) -> Expr:
    """The value where its table may have no row."""
    return (
        replace(value, nullable=True) if isinstance(value, ColumnRef | Call) else value
    )


def _bind_condition(
    binder: Binder,
    node: exp.Expr,
    scope: Scope,
    before: list[Range],
    tables: list[Range],
    side: str,
    method: str,
) -> Expr | None:
    using = [each.name for each in node.args.get("using") or []]
    if method == "NATURAL":
        known = {name for each in before for name in each.names()}
        own = dict.fromkeys(name for each in tables for name in each.names())
        using = [name for name in own if name in known]
    if using:
        return _bind_using(binder, node, scope, before, tables, side, using)
    condition = node.args.get("on")
    if condition is None:
        return None
    place = Place(scope, "JOIN ON")
    return expressions.bind_condition(binder, place, condition)


def _bind_using(
    binder: Binder,
    node: exp.Expr,
    scope: Scope,
    before: list[Range],
    tables: list[Range],
    side: str,
    names: list[str],
) -> Expr:
    """Equality of each named column; afterwards the bare name means the column
    of the side that is never NULL-extended, or whichever is not NULL."""
    left_scope = Scope(list(before), merged=dict(scope.merged))
    parts = []
    for name in names:
        right = _named_column(binder, node, tables, name)
        left = left_scope.resolve([name], binder.position(node))
        parts.append(conditions.compare(operators.EQ, left, right, binder, node))
        if side == "FULL":
            either = (_nullable(left), _nullable(right))
            scope.merged[name] = bind_call(binder, "COALESCE", either, node)
        else:
            scope.merged[name] = right if side == "RIGHT" else left
    return parts[0] if len(parts) == 1 else make_call(operators.and_, parts)


def _named_column(
    binder: Binder, node: exp.Expr, tables: list[Range], name: str
) -> ColumnRef:
    """The column of the right side that USING names."""
    found = []
    for table in tables:
        picked = pick_name(name, table.names())
        column = table.column(picked) if picked else None
        if column is not None:
            found.append(column)
    if len(found) == 1:
        return found[0]
    if found:
        raise AmbiguousColumn(
            f'common column name "{name}" appears more than once in right table',
            position=binder.position(node),
        )
    names = " or ".join(f'"{table.alias}"' for table in tables)
    raise UndefinedColumn(
        f'column "{name}" named in USING is not in {names}',
        position=binder.position(node),
    )
