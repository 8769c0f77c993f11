"""The table of SQL functions, and the decorators that fill it.

Everything about a function stands in one place: names, argument types, result
type, null rule, how sqlglot's tree spells it, its MongoDB expression and
examples that run as tests and stand in the reference.

    @function("UPPER", args=[Text], returns=TEXT, parsed_as="Upper(this)",
              examples={"UPPER('abc')": "ABC"})
    def upper(text):
        '''The text in upper case; the server folds ASCII letters only.'''
        return mql("$toUpper", text)
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from queryleaf_dbapi.plan.signature import (
    Accumulation,
    AggregateDef,
    Argument,
    FunctionDef,
    Mql,
    Nulls,
    NullWhen,
    ResultRule,
    Series,
    SetDef,
    SetRule,
    Volatility,
    WindowDef,
)
from queryleaf_dbapi.types import SqlType

FUNCTIONS: dict[str, list[FunctionDef]] = {}
AGGREGATES: dict[str, list[AggregateDef]] = {}
WINDOWS: dict[str, WindowDef] = {}
SETS: dict[str, list[SetDef]] = {}


def _rule(returns: SqlType | ResultRule) -> ResultRule:
    if isinstance(returns, SqlType):
        constant = returns
        return lambda types: constant
    return returns


def _names(parsed_as: str | Sequence[str]) -> tuple[str, ...]:
    return (parsed_as,) if isinstance(parsed_as, str) else tuple(parsed_as)


def function(
    name: str,
    *,
    args: Sequence[Argument],
    returns: SqlType | ResultRule,
    nulls: Nulls = Nulls.PROPAGATE,
    parsed_as: str | Sequence[str] = (),
    aliases: Sequence[str] = (),
    examples: Mapping[str, object] | None = None,
    volatility: Volatility = Volatility.IMMUTABLE,
    may_return_null: bool = False,
    null_when: NullWhen = NullWhen.ANY,
    symbol: str = "",
) -> Callable[[Callable[..., Mql]], FunctionDef]:
    """Register a scalar function; several of one name are overloads, and the
    first whose arguments fit is taken."""

    def register(body: Callable[..., Mql]) -> FunctionDef:
        definition = FunctionDef(
            name,
            tuple(args),
            _rule(returns),
            nulls,
            body,
            tuple(aliases),
            _names(parsed_as),
            dict(examples or {}),
            volatility,
            may_return_null,
            null_when,
            symbol,
        )
        for each in (name, *aliases):
            FUNCTIONS.setdefault(each.upper(), []).append(definition)
        return definition

    return register


def aggregate(
    name: str,
    *,
    args: Sequence[Argument],
    returns: SqlType | ResultRule,
    empty: object = None,
    over_set: Callable[..., Mql] | None = None,
    over_list: Callable[..., Mql] | None = None,
    keeps_nulls: bool = False,
    parsed_as: str | Sequence[str] = (),
    aliases: Sequence[str] = (),
    examples: Mapping[str, object] | None = None,
    element: Callable[..., Mql] | None = None,
) -> Callable[[Callable[..., Accumulation]], AggregateDef]:
    """Register an aggregate function."""

    def register(body: Callable[..., Accumulation]) -> AggregateDef:
        definition = AggregateDef(
            name,
            tuple(args),
            _rule(returns),
            body,
            over_set,
            over_list,
            keeps_nulls,
            empty,
            tuple(aliases),
            _names(parsed_as),
            dict(examples or {}),
            element,
        )
        for each in (name, *aliases):
            AGGREGATES.setdefault(each.upper(), []).append(definition)
        return definition

    return register


def ordered_set(
    name: str,
    *,
    args: Sequence[Argument],
    returns: SqlType | ResultRule,
    parsed_as: str | Sequence[str],
    examples: Mapping[str, object],
) -> Callable[[Callable[..., Mql]], AggregateDef]:
    """Register an aggregate over sorted values: its body gets their array, then the
    arguments before WITHIN GROUP."""

    def register(body: Callable[..., Mql]) -> AggregateDef:
        @functools.wraps(body)
        def gathered(value: Mql, *rest: Mql, nullable: bool) -> Accumulation:
            return Accumulation(
                {"": {"$push": value}}, lambda array: body(array, *rest)
            )

        definition = AggregateDef(
            name,
            tuple(args),
            _rule(returns),
            gathered,
            over_list=body,
            parsed_as=_names(parsed_as),
            examples=dict(examples),
            ordered_set=True,
        )
        AGGREGATES.setdefault(name, []).append(definition)
        return definition

    return register


def window(
    name: str,
    *,
    args: Sequence[Argument],
    returns: SqlType | ResultRule,
    needs: str,
    reads: Sequence[str] = (),
    direction: int = 1,
    never_null: bool = False,
    parsed_as: str | Sequence[str] = (),
) -> Callable[[Callable[..., Mql]], WindowDef]:
    """Register a function that exists only over a window."""

    def register(body: Callable[..., Mql]) -> WindowDef:
        definition = WindowDef(
            name,
            tuple(args),
            _rule(returns),
            needs,
            body,
            never_null,
            _names(parsed_as),
            tuple(reads),
            direction,
        )
        WINDOWS[name] = definition
        return definition

    return register


def set_returning(
    name: str,
    *,
    args: Sequence[Argument],
    returns: SqlType | SetRule,
    is_composite: bool = False,
    never_null: bool = False,
    nulls: Nulls = Nulls.PROPAGATE,
    parsed_as: str | Sequence[str] = (),
    aliases: Sequence[str] = (),
) -> Callable[[Callable[..., Mql | Series]], SetDef]:
    """Register a set-returning function; a constant type is that of its only
    output, which has the function's name."""

    def register(body: Callable[..., Mql | Series]) -> SetDef:
        rule: SetRule
        if isinstance(returns, SqlType):
            only = ((name.lower(), returns),)
            rule = lambda types: only  # noqa: E731
        else:
            rule = returns
        definition = SetDef(
            name,
            tuple(args),
            rule,
            body,
            is_composite,
            never_null,
            nulls,
            tuple(aliases),
            _names(parsed_as),
        )
        for each in (name, *aliases):
            SETS.setdefault(each.upper(), []).append(definition)
        return definition

    return register


def mql(operator: str, *positional: Mql, **named: Mql) -> dict[str, Any]:
    """An aggregation expression: mql("$add", a, b), mql("$dateTrunc", date=d).

    Named arguments that are None are left out. One positional argument stands
    alone, as most unary operators want it.
    """
    if named:
        return {operator: {k: v for k, v in named.items() if v is not None}}
    if len(positional) == 1:
        return {operator: positional[0]}
    return {operator: list(positional)}


def literal(value: Any) -> Any:
    """A constant that the server cannot take for a field path or an operator."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str) and not value.startswith("$"):
        return value
    return {"$literal": value}
