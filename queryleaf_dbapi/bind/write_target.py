"""What INSERT, UPDATE, DELETE and MERGE share: the collection they write, its
fields, their defaults, and RETURNING."""

from __future__ import annotations

from sqlglot import exp

from queryleaf_dbapi.bind import expressions, joins, select
from queryleaf_dbapi.bind.assignment import assign
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.client_values import default_sequence
from queryleaf_dbapi.bind.errors import undefined_column
from queryleaf_dbapi.bind.scope import ScanRange, Scope, pick_name
from queryleaf_dbapi.catalog.catalog import Collection, Field
from queryleaf_dbapi.errors import InsufficientPrivilege, ProgrammingError
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import Expr
from queryleaf_dbapi.plan.relations import ColumnDefault
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.sql.parse import parse
from queryleaf_dbapi.types import ANY

_UNWRITABLE = ("admin", "local", "config", "information_schema")


def find_target(binder: Binder, node: exp.Expr) -> tuple[Collection, ScanRange]:
    """The collection that is written, or InsufficientPrivilege."""
    if node.args.get("joins"):
        raise refuse("a join as the table of a change", node, binder.sql)
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


def target_field(
    binder: Binder, collection: Collection, name: str, node: exp.Expr
) -> Field:
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


def is_default(node: exp.Expr) -> bool:
    """The word DEFAULT, which sqlglot takes for a column in some places."""
    if isinstance(node, exp.Column) and not node.table:
        return node.name.upper() == "DEFAULT" and not node.this.args.get("quoted")
    return isinstance(node, exp.Var) and node.name.upper() == "DEFAULT"


def column_default(binder: Binder, field: Field) -> ColumnDefault | None:
    """The DEFAULT of a column, bound, or its sequence."""
    if field.sequence is not None:
        return ColumnDefault(sequence=field.sequence)
    if field.default is None:
        return None
    tree = parse(f"SELECT {field.default}")
    assert isinstance(tree, exp.Select)
    sequence = default_sequence(tree.expressions[0])
    if sequence is not None:
        return ColumnDefault(sequence=sequence)
    place = Place(Scope(), "DEFAULT")
    value = expressions.bind_expression(binder, place, tree.expressions[0])
    return ColumnDefault(value=assign(value, field, None))


def bind_returning(
    binder: Binder, node: exp.Expr, scope: Scope
) -> tuple[tuple[Column, Expr], ...]:
    """The items of RETURNING, over the columns of the target and those of the tables
    joined with it."""
    clause = node.args.get("returning")
    if clause is None:
        return ()
    items: list[tuple[Column, Expr]] = []
    for output in select.bind_items(binder, Place(scope, "RETURNING"), clause):
        value = output.value
        column = binder.ids.column(output.name, value.type, value.nullable)
        items.append((column, value))
    return tuple(items)
