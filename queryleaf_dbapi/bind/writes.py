"""INSERT, UPDATE and DELETE, with RETURNING."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from queryleaf_dbapi.bind import expressions, joins, query, select
from queryleaf_dbapi.bind.assignment import assign
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.errors import undefined_column
from queryleaf_dbapi.bind.scope import ScanRange, Scope, pick_name
from queryleaf_dbapi.catalog.catalog import Collection, Field
from queryleaf_dbapi.errors import (
    DuplicateColumn,
    InsufficientPrivilege,
    ProgrammingError,
)
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import ColumnRef, Expr, Literal, Parameter
from queryleaf_dbapi.plan.relations import (
    ColumnDefault,
    Delete,
    Insert,
    Project,
    Relation,
    Update,
    Values,
)
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.sql.parse import parse
from queryleaf_dbapi.types import ANY

_UNWRITABLE = ("admin", "local", "config", "information_schema")


def _target(binder: Binder, node: exp.Expr) -> tuple[Collection, ScanRange]:
    """The collection that is written, or InsufficientPrivilege."""
    collection = joins.find_collection(binder, node)
    if (
        collection.virtual
        or collection.database in _UNWRITABLE
        or collection.name.startswith(("system.", "queryleaf_"))
    ):
        raise InsufficientPrivilege(
            f'"{collection.database}.{collection.name}" cannot be changed through SQL',
            position=binder.position(node),
        )
    if collection.is_view:
        raise refuse(f'changing the view "{collection.name}"', node, binder.sql)
    return collection, binder.open_scan(collection, node.alias or node.name)


def _refuse_clauses(binder: Binder, node: exp.Expr, *keys: str) -> None:
    names = {"from_": "UPDATE ... FROM", "using": "DELETE ... USING", "with_": "WITH"}
    names["conflict"] = "ON CONFLICT"
    for key in keys:
        if node.args.get(key):
            raise refuse(f"{names[key]} in {node.key.upper()}", node, binder.sql)


def bind_insert(binder: Binder, node: exp.Insert) -> Insert:
    """INSERT INTO t (a, b) VALUES ... or SELECT ..."""
    _refuse_clauses(binder, node, "conflict", "with_")
    into = node.this
    table = into.this if isinstance(into, exp.Schema) else into
    collection, scan = _target(binder, table)
    named = into.expressions if isinstance(into, exp.Schema) else []
    source_node = node.expression
    if node.args.get("default"):
        return _insert(binder, node, collection, scan, (), ((),), None)
    if isinstance(source_node, exp.Values):
        width = len(_cells(source_node.expressions[0]))
        fields = _assigned(binder, collection, named, width, node)
        rows, computed = _rows(binder, source_node, fields)
        names = tuple(field.name for field in fields)
        if computed is None:
            return _insert(binder, node, collection, scan, names, rows, None)
        return _insert(binder, node, collection, scan, names, (), computed)
    relation = query.bind_query(binder, source_node)
    fields = _assigned(binder, collection, named, len(relation.columns), node)
    names = tuple(field.name for field in fields)
    source = _cast_source(binder, relation, fields, node)
    return _insert(binder, node, collection, scan, names, (), source)


def _cells(node: exp.Expr) -> list[exp.Expr]:
    return list(node.expressions) if isinstance(node, exp.Tuple) else [node]


def _assigned(
    binder: Binder,
    collection: Collection,
    named: Sequence[exp.Expr],
    width: int,
    node: exp.Expr,
) -> list[Field]:
    """The fields assigned by position; without a list, the first declared ones."""
    if not named:
        if not collection.closed:
            raise ProgrammingError(
                f'INSERT into "{collection.name}" must name its columns: the '
                "collection has no declared ones",
                position=binder.position(node),
            )
        fields = list(collection.fields)[:width]
        if width > len(collection.fields):
            raise ProgrammingError(
                f"INSERT has {width} expressions, the table has "
                f"{len(collection.fields)} columns",
                position=binder.position(node),
            )
        return fields
    fields = [_field(binder, collection, each.name, each) for each in named]
    names = [field.name for field in fields]
    for each, name in zip(named, names, strict=True):
        if names.count(name) > 1:
            raise DuplicateColumn(
                f'column "{name}" is named more than once',
                position=binder.position(each),
            )
    if width != len(fields):
        more = "more expressions than target columns"
        if width < len(fields):
            more = "more target columns than expressions"
        raise ProgrammingError(f"INSERT has {more}", position=binder.position(node))
    return fields


def _field(binder: Binder, collection: Collection, name: str, node: exp.Expr) -> Field:
    """The field a write names: a known one, or a new one of an open collection."""
    known = [field.name for field in collection.fields]
    picked = pick_name(name, known)
    if picked is not None:
        found = collection.field(picked)
        assert found is not None
        return found
    if name == "_id" or not collection.closed:
        check_field_name(binder, name, node)
        return Field(name, ANY, nullable=name != "_id")
    raise undefined_column(name, f'"{collection.name}"', known, binder.position(node))


def check_field_name(binder: Binder, name: str, node: exp.Expr) -> None:
    """Names the server would read as an operator or a path are refused."""
    if not name or name.startswith("$") or "." in name or "\0" in name:
        raise ProgrammingError(
            f'"{name}" cannot be the name of a field: it is empty, starts with "$" or '
            "holds a dot",
            position=binder.position(node),
        )


def _rows(
    binder: Binder, values: exp.Values, fields: list[Field]
) -> tuple[tuple[tuple[Expr | None, ...], ...], Values | None]:
    """The rows, and the relation that computes them where a cell is more than a
    constant, a parameter or DEFAULT."""
    place = Place(Scope(), "VALUES")
    rows = []
    has_default = is_computed = False
    for row in values.expressions:
        cells = _cells(row)
        if len(cells) != len(fields):
            raise ProgrammingError(
                "VALUES lists must all be the same length",
                position=binder.position(row) or binder.position(values),
            )
        bound: list[Expr | None] = []
        for cell, field in zip(cells, fields, strict=True):
            if _is_default(cell):
                has_default = True
                bound.append(None)
                continue
            value = expressions.bind_expression(binder, place, cell)
            assigned = assign(value, field, binder.position(cell))
            is_computed |= not isinstance(assigned, Literal | Parameter)
            bound.append(assigned)
        rows.append(tuple(bound))
    if not is_computed:
        return tuple(rows), None
    if has_default:
        raise refuse("DEFAULT beside computed values in VALUES", values, binder.sql)
    columns = tuple(binder.ids.column(f.name, f.type, True) for f in fields)
    full = tuple(tuple(cell for cell in row if cell is not None) for row in rows)
    return (), Values(full, columns)


def _cast_source(
    binder: Binder, relation: Relation, fields: list[Field], node: exp.Expr
) -> Relation:
    items: list[tuple[Column, Expr]] = []
    for column, field in zip(relation.columns, fields, strict=True):
        reference = ColumnRef(column.id, column.name, column.type, column.nullable)
        value = assign(reference, field, binder.position(node))
        fresh = binder.ids.column(field.name, value.type, value.nullable)
        items.append((fresh, value))
    return Project(relation, tuple(items))


def _insert(
    binder: Binder,
    node: exp.Expr,
    collection: Collection,
    scan: ScanRange,
    names: tuple[str, ...],
    rows: tuple[tuple[Expr | None, ...], ...],
    source: Relation | None,
) -> Insert:
    defaults = []
    for field in collection.fields:
        default = column_default(binder, field)
        if default is not None:
            defaults.append((field.name, default))
    returning = _returning(binder, node, scan)
    return Insert(scan.scan(), names, rows, source, tuple(defaults), returning)


def column_default(binder: Binder, field: Field) -> ColumnDefault | None:
    """The DEFAULT of a column, bound, or its sequence."""
    if field.sequence is not None:
        return ColumnDefault(sequence=field.sequence)
    if field.default is None:
        return None
    tree = parse(f"SELECT {field.default}")
    assert isinstance(tree, exp.Select)
    place = Place(Scope(), "DEFAULT")
    value = expressions.bind_expression(binder, place, tree.expressions[0])
    return ColumnDefault(value=assign(value, field, None))


def _returning(
    binder: Binder, node: exp.Expr, scan: ScanRange
) -> tuple[tuple[Column, Expr], ...]:
    clause = node.args.get("returning")
    if clause is None:
        return ()
    scope = Scope([scan])
    items: list[tuple[Column, Expr]] = []
    for output in select.bind_items(binder, Place(scope, "RETURNING"), clause):
        value = output.value
        column = binder.ids.column(output.name, value.type, value.nullable)
        items.append((column, value))
    return tuple(items)


def bind_update(binder: Binder, node: exp.Update) -> Update:
    """UPDATE t SET a = ..., b.c = ... WHERE ..."""
    _refuse_clauses(binder, node, "from_", "with_")
    collection, scan = _target(binder, node.this)
    scope = Scope([scan])
    assignments: list[tuple[tuple[str, ...], Expr]] = []
    for each in node.expressions:
        path, value = _assignment(binder, collection, scope, each)
        if any(path[: len(p)] == p or p[: len(path)] == path for p, _ in assignments):
            raise DuplicateColumn(
                f'multiple assignments to column "{".".join(path)}"',
                position=binder.position(each),
            )
        assignments.append((path, value))
    predicate = _where(binder, node, scope)
    returning = _returning(binder, node, scan)
    return Update(scan.scan(), predicate, tuple(assignments), returning)


def _is_default(node: exp.Expr) -> bool:
    """The word DEFAULT, which sqlglot takes for a column in some places."""
    if isinstance(node, exp.Column) and not node.table:
        return node.name.upper() == "DEFAULT" and not node.this.args.get("quoted")
    return isinstance(node, exp.Var) and node.name.upper() == "DEFAULT"


def _assignment(
    binder: Binder, collection: Collection, scope: Scope, node: exp.Expr
) -> tuple[tuple[str, ...], Expr]:
    if not isinstance(node, exp.EQ) or not isinstance(node.this, exp.Column | exp.Dot):
        raise refuse("this form of SET", node, binder.sql)
    names = expressions.dotted_names(node.this)
    if len(names) > 1 and names[0] == scope.ranges[0].alias:
        if pick_name(names[0], scope.ranges[0].names()) is None:
            names = names[1:]
    field = _field(binder, collection, names[0], node.this)
    for name in names[1:]:
        check_field_name(binder, name, node.this)
    path = (field.name, *names[1:])
    target = field
    if len(path) > 1:
        target = collection.field_at(path) or Field(path[-1], ANY)
    if path == ("_id",):
        raise refuse("changing _id", node, binder.sql, "delete and insert instead")
    value = node.expression
    if _is_default(value):
        default = column_default(binder, target)
        if default is not None and default.sequence is not None:
            raise refuse("SET to the DEFAULT of a sequence", node, binder.sql)
        bound = default.value if default is not None else None
        return path, bound or Literal(None, target.type)
    place = Place(scope, "UPDATE")
    bound = expressions.bind_expression(binder, place, value)
    return path, assign(bound, target, binder.position(value))


def _where(binder: Binder, node: exp.Expr, scope: Scope) -> Expr | None:
    where = node.args.get("where")
    if where is None:
        return None
    return expressions.bind_condition(binder, Place(scope, "WHERE"), where.this)


def bind_delete(binder: Binder, node: exp.Delete) -> Delete:
    """DELETE FROM t WHERE ..."""
    _refuse_clauses(binder, node, "using", "with_")
    _, scan = _target(binder, node.this)
    scope = Scope([scan])
    predicate = _where(binder, node, scope)
    returning = _returning(binder, node, scan)
    return Delete(scan.scan(), predicate, returning)
