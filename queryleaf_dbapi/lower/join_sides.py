"""What the forms of a join share: the work to do, keys of both sides, layouts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.lower.pipeline import Mql, Pipeline
from queryleaf_dbapi.plan.columns import Column
from queryleaf_dbapi.plan.expressions import Call, ColumnRef, Expr
from queryleaf_dbapi.plan.relations import Join
from queryleaf_dbapi.plan.signature import Volatility
from queryleaf_dbapi.plan.visit import has_subquery, refers_to, walk

if TYPE_CHECKING:
    from queryleaf_dbapi.lower.relations import Lowering


@dataclass(frozen=True, slots=True)
class JoinWork:
    """One join to lower: its left side is lowered, `parts` are the conditions left,
    `needed` the columns read above it, `read` those and what the conditions read."""

    lowering: Lowering
    left: Pipeline
    node: Join
    parts: tuple[Expr, ...]
    needed: frozenset[int]
    read: frozenset[int]

    @property
    def left_ids(self) -> frozenset[int]:
        """The left side's columns."""
        return frozenset(column.id for column in self.node.left.columns)

    @property
    def right_ids(self) -> frozenset[int]:
        """The right side's columns."""
        return frozenset(column.id for column in self.node.right.columns)

    @property
    def kept(self) -> frozenset[int]:
        """The left side's columns that are read later."""
        return self.left_ids & self.read


@dataclass(frozen=True, slots=True)
class HashKey:
    """`left = right`, each over one side alone."""

    condition: Expr
    left: Expr
    right: Expr


def hash_keys(work: JoinWork) -> tuple[HashKey, ...]:
    """The equalities whose sides can be computed apart and grouped by."""
    found = []
    for part in work.parts:
        if not isinstance(part, Call) or part.function is not operators.EQ:
            continue
        if has_subquery(part) or _is_volatile(part):
            continue
        for one, other in (part.arguments, part.arguments[::-1]):
            if _is_of(one, work.left_ids) and _is_of(other, work.right_ids):
                found.append(HashKey(part, one, other))
                break
    return tuple(found)


def _is_of(node: Expr, ids: frozenset[int]) -> bool:
    read = refers_to(node)
    return bool(read) and read <= ids


def _is_volatile(node: Expr) -> bool:
    return any(
        isinstance(each, Call) and each.function.volatility is Volatility.VOLATILE
        for each in walk(node)
    )


def same_database(left: Pipeline, database: str) -> None:
    """The server's $lookup stays in one database."""
    if left.collection is None:
        left.database = database
    if left.database != database:
        raise FeatureNotSupported(
            f'a join of databases "{left.database}" and "{database}" is not supported: '
            "the server's $lookup stays in one database"
        )


def read_through(pipeline: Pipeline, layout: dict[int, Mql]) -> Pipeline:
    """The same pipeline, its columns read elsewhere."""
    return replace(pipeline, layout=layout)


def reference(column: Column) -> ColumnRef:
    """The column as an expression."""
    return ColumnRef(column.id, column.name, column.type, column.nullable)
