"""ORDER BY keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from queryleaf_dbapi.bind import expressions
from queryleaf_dbapi.bind.binder import Binder, Place
from queryleaf_dbapi.bind.coerce import by_length, settle_type
from queryleaf_dbapi.errors import AmbiguousColumn, ProgrammingError
from queryleaf_dbapi.plan.expressions import Expr, SortKey

if TYPE_CHECKING:
    from queryleaf_dbapi.bind.select import SelectState


def bind_keys(
    binder: Binder,
    place: Place,
    nodes: Sequence[exp.Expr],
    named: Callable[[exp.Expr], Expr | None] = lambda node: None,
) -> tuple[SortKey, ...]:
    """The keys of an ORDER BY; `named` resolves positions and output names.

    PostgreSQL puts NULLs last ascending and first descending; sqlglot has
    already worked that out into `nulls_first`.
    """
    keys = []
    for node in nodes:
        inner = node.this if isinstance(node, exp.Ordered) else node
        value = named(inner)
        if value is None:
            value = settle_type(expressions.bind_expression(binder, place, inner))
        descending = bool(node.args.get("desc"))
        nulls_first = bool(node.args.get("nulls_first"))
        keys.append(SortKey(by_length(value), descending, nulls_first))
    return tuple(keys)


def position_of_output(
    binder: Binder, node: exp.Expr, count: int, clause: str
) -> int | None:
    """`ORDER BY 2`: the output's index from 0, or None when it is no number."""
    if not isinstance(node, exp.Literal) or node.is_string:
        return None
    if not node.name.isdigit() or not 1 <= int(node.name) <= count:
        raise ProgrammingError(
            f"{clause} position {node.name} is not in the select list",
            position=binder.position(node),
            sqlstate="42P10",
        )
    return int(node.name) - 1


def naming(
    binder: Binder, state: SelectState, clause: str = "ORDER BY"
) -> Callable[[exp.Expr], Expr | None]:
    """What a position or an output's name means where PostgreSQL reads those first."""

    def named(node: exp.Expr) -> Expr | None:
        index = position_of_output(binder, node, len(state.outputs), clause)
        if index is not None:
            return state.outputs[index].value
        if isinstance(node, exp.Column) and not node.table:
            found = [each.value for each in state.outputs if each.name == node.name]
            if any(each != found[0] for each in found):
                raise AmbiguousColumn(
                    f'{clause} "{node.name}" is ambiguous',
                    position=binder.position(node),
                )
            return found[0] if found else None
        return None

    return named
