"""A value per row: literals, parameters, columns, calls, subqueries.

Operators are calls too, so that there is one table of behaviour. Every node
answers `type` and `nullable`; nothing here knows MongoDB or sqlglot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from queryleaf_dbapi.plan.signature import AggregateDef, FunctionDef, SetDef, WindowDef
from queryleaf_dbapi.types import BOOLEAN, SqlType

if TYPE_CHECKING:
    from queryleaf_dbapi.plan.relations import Relation


@dataclass(frozen=True, slots=True)
class Expr:
    """Base of all expressions; every kind has these two."""

    if TYPE_CHECKING:

        @property
        def type(self) -> SqlType:
            """The type of the value."""

        @property
        def nullable(self) -> bool:
            """Whether the value may be NULL."""


@dataclass(frozen=True, slots=True)
class Literal(Expr):
    """A constant. `value` is BSON-ready (what `type.dump` gave), None for NULL."""

    value: Any
    type: SqlType

    @property
    def nullable(self) -> bool:
        """Only the constant NULL is."""
        return self.value is None

    def __hash__(self) -> int:
        return hash((repr(self.value), self.type))


@dataclass(frozen=True, slots=True)
class Parameter(Expr):
    """A value given at execution: `index` from 0, never NULL (a NULL parameter
    is bound as a Literal, for the plan differs). `type.dump` reads the value."""

    index: int
    type: SqlType

    @property
    def nullable(self) -> bool:
        """Never: see the class."""
        return False


@dataclass(frozen=True, slots=True)
class ColumnRef(Expr):
    """A column of an input, or of an enclosing query when correlated."""

    id: int
    name: str
    type: SqlType
    nullable: bool


@dataclass(frozen=True, slots=True)
class Call(Expr):
    """A scalar function or operator over arguments."""

    function: FunctionDef
    arguments: tuple[Expr, ...]
    type: SqlType
    nullable: bool
    # keyword arguments of the SQL text, such as 'month' of DATE_TRUNC, stand in
    # `arguments` as Literal


@dataclass(frozen=True, slots=True)
class Case(Expr):
    """CASE WHEN: the result of the first branch whose condition is TRUE."""

    branches: tuple[tuple[Expr, Expr], ...]
    default: Expr
    type: SqlType
    nullable: bool


@dataclass(frozen=True, slots=True)
class Cast(Expr):
    """CAST(operand AS type); `safe` is TRY_CAST: NULL instead of an error."""

    operand: Expr
    type: SqlType
    nullable: bool
    safe: bool = False


@dataclass(frozen=True, slots=True)
class InList(Expr):
    """`operand IN (items)`: TRUE, FALSE or NULL as the standard says."""

    operand: Expr
    items: tuple[Expr, ...]
    type: SqlType
    nullable: bool


@dataclass(frozen=True, slots=True)
class FieldAccess(Expr):
    """The value at a path inside a document-valued expression."""

    operand: Expr
    path: tuple[str, ...]
    type: SqlType
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class ScalarSubquery(Expr):
    """A subquery used as a value: NULL for no row, an error for two."""

    relation: Relation
    type: SqlType
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Exists(Expr):
    """EXISTS (subquery): TRUE or FALSE, never NULL."""

    relation: Relation
    type: SqlType = BOOLEAN
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Quantified(Expr):
    """`operand comparison ANY (subquery)`; IN is `= ANY`. ALL is bound as the
    negation of ANY with the opposite comparison."""

    comparison: FunctionDef
    operand: Expr
    relation: Relation
    type: SqlType
    nullable: bool


@dataclass(frozen=True, slots=True)
class AggregateCall:
    """An aggregate function inside an Aggregate or Window relation."""

    function: AggregateDef
    arguments: tuple[Expr, ...]
    type: SqlType
    nullable: bool
    distinct: bool = False
    condition: Expr | None = None  # FILTER (WHERE ...)
    order_by: tuple[SortKey, ...] = ()

    @property
    def expressions(self) -> list[Expr]:
        """Every expression it reads."""
        found = [*self.arguments, *(key.expression for key in self.order_by)]
        return found if self.condition is None else [*found, self.condition]


@dataclass(frozen=True, slots=True)
class WindowCall:
    """A function over a window: one that exists only there, or an aggregate."""

    function: WindowDef | AggregateDef
    arguments: tuple[Expr, ...]
    type: SqlType
    nullable: bool
    condition: Expr | None = None  # FILTER (WHERE ...)


@dataclass(frozen=True, slots=True)
class SetCall:
    """A set-returning function over arguments; its outputs are columns of the
    FunctionScan it stands in."""

    function: SetDef
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of an ORDER BY."""

    expression: Expr
    descending: bool
    nulls_first: bool
