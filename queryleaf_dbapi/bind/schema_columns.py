"""A column definition of CREATE TABLE or ADD COLUMN: name, type, constraints.

    price NUMERIC(10, 2) NOT NULL DEFAULT 0 CONSTRAINT positive CHECK (price >= 0)

The column's own properties become a `Field`; the constraints it carries for the
table come back beside it, to be named with the table's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sqlglot import exp

from queryleaf_dbapi.bind.schema_generated import bind_computed
from queryleaf_dbapi.bind.schema_names import SchemaBinder
from queryleaf_dbapi.bind.schema_sequences import identity_settings
from queryleaf_dbapi.catalog.catalog import Field
from queryleaf_dbapi.catalog.names import check_column_name
from queryleaf_dbapi.errors import (
    DatabaseError,
    DataError,
    FeatureNotSupported,
    SyntaxError_,
    UndefinedObject,
)
from queryleaf_dbapi.sql.accepted import describe, refuse
from queryleaf_dbapi.types import (
    BIGINT,
    CHAR,
    DOUBLE,
    INTEGER,
    REAL,
    SMALLINT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    Family,
    SqlType,
    array_of,
    parse_type,
)

_SERIALS = {
    "SERIAL": INTEGER,
    "SERIAL4": INTEGER,
    "BIGSERIAL": BIGINT,
    "SERIAL8": BIGINT,
    "SMALLSERIAL": SMALLINT,
    "SERIAL2": SMALLINT,
}


@dataclass(frozen=True, slots=True)
class TableConstraint:
    """A constraint of the table: its node, its name if given, and the column it
    was written at (None for those of the table)."""

    node: exp.Expr
    name: exp.Identifier | None = None
    column: str | None = None


@dataclass(slots=True)
class ColumnDraft:
    """A column while its constraints are read."""

    column: Field
    constraints: list[TableConstraint] = field(default_factory=list)
    is_serial: bool = False
    is_null: bool | None = None  # what NULL or NOT NULL said


def bind_column(binder: SchemaBinder, node: exp.Expr, table: str) -> ColumnDraft:
    """One column; the counter of SERIAL and IDENTITY is named after it."""
    binder.only(node, "this kind constraints exists", "a column definition")
    name = node.name
    check_column_name(name, binder.position(node))
    kind = node.args.get("kind")
    if not isinstance(kind, exp.DataType):
        raise SyntaxError_(
            f'column "{name}" has no type', position=binder.position(node)
        )
    serial = _SERIALS.get(_type_text(kind).upper())
    draft = ColumnDraft(Field(name, serial or column_type(binder, kind)))
    if serial is not None:
        _make_serial(draft, table, always=False)
        draft.is_serial = True
    for constraint in node.args.get("constraints") or ():
        _bind_constraint(binder, draft, constraint, table)
    if draft.column.sequence is not None or name == "_id":
        # the server stores one null _id at most: it is never NULL here
        draft.column = replace(draft.column, nullable=False)
    return draft


def _make_serial(draft: ColumnDraft, table: str, *, always: bool) -> None:
    draft.column = replace(
        draft.column,
        nullable=False,
        sequence=f"{table}.{draft.column.name}",
        generated_always=always,
    )


def _type_text(node: exp.DataType) -> str:
    kind = node.args.get("kind")
    if isinstance(kind, exp.Identifier):
        return kind.name
    return node.sql(dialect="postgres")


def column_type(binder: SchemaBinder, node: exp.DataType) -> SqlType:
    """The type a DataType node names, PostgreSQL's defaults applied."""
    if node.this == exp.DataType.Type.ARRAY:
        inner = node.expressions[0] if node.expressions else None
        if not isinstance(inner, exp.DataType):
            raise refuse("an array without an element type", node, binder.sql)
        return array_of(column_type(binder, inner))
    try:
        return _plain_type(node)
    except DatabaseError as error:
        error.position = binder.position(node)
        raise


def _plain_type(node: exp.DataType) -> SqlType:
    parameters = [int(each.name) for each in node.expressions if each.name.isdigit()]
    if len(parameters) != len(node.expressions):
        raise UndefinedObject(f'type "{_type_text(node)}" does not exist')
    bare = node.copy()
    bare.set("expressions", None)
    base = parse_type(_type_text(bare))
    if base == CHAR and not parameters:
        return CHAR.with_parameters(1)
    if base == DOUBLE and parameters:  # FLOAT(p): p binary digits
        if not 1 <= parameters[0] <= 53:
            raise DataError("precision of type float is 1 to 53 bits")
        return REAL if parameters[0] <= 24 else DOUBLE
    if base in (TIME, TIMESTAMP, TIMESTAMPTZ) and parameters:
        if parameters[0] < 3:
            raise FeatureNotSupported(
                f"{base}({parameters[0]}) is not supported: milliseconds are kept"
            )
        return base
    _check_parameters(base, parameters)
    return base.with_parameters(*parameters)


def _check_parameters(base: SqlType, parameters: list[int]) -> None:
    if base.family is Family.TEXT and parameters and parameters[0] < 1:
        raise DataError(f"length for type {base.name.lower()} must be at least 1")
    if base.family is Family.DECIMAL and parameters:
        precision, scale = parameters[0], (*parameters, 0)[1]
        if not 1 <= precision <= 34:
            raise FeatureNotSupported(
                f"NUMERIC precision {precision} is not supported: BSON's decimal128 "
                "holds 1 to 34 digits"
            )
        if scale > precision:
            raise FeatureNotSupported(
                f"NUMERIC scale {scale} is not supported: it is greater than the "
                f"precision {precision}"
            )


def _bind_constraint(
    binder: SchemaBinder, draft: ColumnDraft, node: exp.Expr, table: str
) -> None:
    kind = node.args.get("kind")
    if not isinstance(kind, exp.Expr):
        raise refuse("this column constraint", node, binder.sql)
    given = node.args.get("this")
    name = given if isinstance(given, exp.Identifier) else None
    bind = _COLUMN_CONSTRAINTS.get(type(kind).__name__)
    if bind is not None:
        bind(binder, draft, kind, table)
    elif isinstance(
        kind,
        exp.PrimaryKeyColumnConstraint
        | exp.UniqueColumnConstraint
        | exp.CheckColumnConstraint
        | exp.Reference,
    ):
        draft.constraints.append(TableConstraint(kind, name, draft.column.name))
    elif isinstance(kind, exp.CollateColumnConstraint):
        raise refuse("COLLATE", node, binder.sql, "text compares by code point")
    else:
        words = describe(kind).removesuffix("COLUMNCONSTRAINT")
        raise refuse(f"{words} at a column", node, binder.sql)


def _bind_null(
    binder: SchemaBinder, draft: ColumnDraft, node: exp.Expr, table: str
) -> None:
    binder.only(node, "allow_null", "a column definition")
    is_null = bool(node.args.get("allow_null"))
    if draft.is_null is not None and draft.is_null != is_null:
        raise SyntaxError_(
            f'conflicting NULL/NOT NULL declarations for column "{draft.column.name}" '
            f'of table "{table}"',
            position=binder.position(node),
        )
    draft.is_null = is_null
    if not is_null:
        draft.column = replace(draft.column, nullable=False)


def _bind_default(
    binder: SchemaBinder, draft: ColumnDraft, node: exp.Expr, table: str
) -> None:
    if draft.column.default is not None or draft.column.sequence is not None:
        raise _two_defaults(binder, draft, node, table)
    _check_not_generated(binder, draft, node, table, "default")
    draft.column = replace(draft.column, default=default_text(binder, node.this))


def default_text(binder: SchemaBinder, value: exp.Expr) -> str | None:
    """The SQL text of a DEFAULT; None for DEFAULT NULL, which says nothing."""
    if value.find(exp.Column) is not None:
        raise refuse(
            "a column in DEFAULT", value.find(exp.Column), binder.sql, "use a constant"
        )
    if value.find(exp.Query) is not None:
        raise refuse("a subquery in DEFAULT", value, binder.sql)
    return None if isinstance(value, exp.Null) else value.sql(dialect="postgres")


def _bind_identity(
    binder: SchemaBinder, draft: ColumnDraft, node: exp.Expr, table: str
) -> None:
    binder.only(node, "this options", "GENERATED AS IDENTITY")
    if draft.column.default is not None or draft.column.sequence is not None:
        raise _two_defaults(binder, draft, node, table)
    _check_not_generated(binder, draft, node, table, "identity")
    if draft.column.type.family is not Family.INTEGER:
        raise DataError(
            "identity column type must be smallint, integer, or bigint",
            position=binder.position(node),
        )
    settings = identity_settings(binder, node, draft.column.type.name)
    _make_serial(draft, table, always=bool(node.args.get("this")))
    draft.column = replace(draft.column, identity=settings)


def _check_not_generated(
    binder: SchemaBinder, draft: ColumnDraft, node: exp.Expr, table: str, what: str
) -> None:
    if draft.column.generated is not None:
        raise SyntaxError_(
            f"both {what} and generation expression specified for column "
            f'"{draft.column.name}" of table "{table}"',
            position=binder.position(node),
        )


def _two_defaults(
    binder: SchemaBinder, draft: ColumnDraft, node: exp.Expr, table: str
) -> SyntaxError_:
    return SyntaxError_(
        f'multiple default values specified for column "{draft.column.name}" '
        f'of table "{table}"',
        position=binder.position(node),
    )


_COLUMN_CONSTRAINTS: dict[
    str, Callable[[SchemaBinder, ColumnDraft, exp.Expr, str], None]
] = {
    "NotNullColumnConstraint": _bind_null,
    "DefaultColumnConstraint": _bind_default,
    "GeneratedAsIdentityColumnConstraint": _bind_identity,
    "ComputedColumnConstraint": bind_computed,
}
