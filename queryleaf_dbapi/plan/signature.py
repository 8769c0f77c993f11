"""What a SQL function is: its arguments, result, null rule and body.

Plain data that a Call in the plan points at. The table of all functions and the
decorators that fill it are in `functions/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol, runtime_checkable

from queryleaf_dbapi.types import Family, SqlType


@runtime_checkable
class Deferred(Protocol):
    """A value known when the command is filled: a parameter in an argument."""

    def changed(self, change: Callable[[Any], Any]) -> Any:
        """The same, `change` being applied to the value before it is written."""

    def computed(self, change: Callable[[Any], Any]) -> Any:
        """The expression that `change` makes of the value."""


Mql = Any  # an aggregation expression: a field path, a variable, a dict, a constant


class Nulls(Enum):
    """What a function does with NULL arguments."""

    PROPAGATE = "propagate"  # any NULL in, NULL out; lowering writes the guard
    NATIVE = "native"  # MongoDB's own operator propagates: no guard, a test proves it
    IGNORE = "ignore"  # aggregates skip NULLs
    CUSTOM = "custom"  # the body answers for NULL: COALESCE, CONCAT, IS NULL


class NullWhen(Enum):
    """For which arguments a result may be NULL: what nullability follows from."""

    ANY = "any"  # some argument is NULL
    ALL = "all"  # every argument is NULL: COALESCE
    NEVER = "never"  # IS NULL


class Volatility(Enum):
    """Whether calls with equal arguments give equal results (PostgreSQL's words)."""

    IMMUTABLE = "immutable"
    STABLE = "stable"  # within one statement
    VOLATILE = "volatile"


@dataclass(frozen=True, slots=True)
class Argument:
    """What one argument accepts.

    `families` None accepts every type. A literal of unknown type becomes
    `target`. `words` makes it a keyword such as the unit of DATE_TRUNC, which
    must be a constant and reaches the body as a lower-case str.
    """

    label: str
    families: frozenset[Family] | None = None
    target: SqlType | None = None
    optional: bool = False
    variadic: bool = False
    words: tuple[str, ...] = ()

    def accepts(self, sql_type: SqlType) -> bool:
        """Whether a value of this type may stand here without a cast."""
        if self.families is None or sql_type.family in self.families:
            return True
        return sql_type.family in (Family.UNKNOWN, Family.ANY)


ResultRule = Callable[[tuple[SqlType, ...]], SqlType]


@dataclass(frozen=True, slots=True)
class FunctionDef:
    """One scalar SQL function or operator (one overload of it)."""

    name: str
    arguments: tuple[Argument, ...]
    returns: ResultRule = field(compare=False)
    nulls: Nulls
    body: Callable[..., Mql] = field(compare=False)
    aliases: tuple[str, ...] = ()
    parsed_as: tuple[str, ...] = ()
    examples: Mapping[str, object] = field(default_factory=dict, compare=False)
    volatility: Volatility = Volatility.IMMUTABLE
    # whether the result may be NULL although no argument is
    may_return_null: bool = False
    null_when: NullWhen = NullWhen.ANY
    symbol: str = ""  # how `show` prints an operator: `a + b`

    @property
    def documentation(self) -> str:
        """The docstring of the body: the function's meaning for people."""
        return (self.body.__doc__ or "").strip()

    def __hash__(self) -> int:
        return hash(self.name)


@dataclass(frozen=True, slots=True)
class Accumulation:
    """How an aggregate is gathered: accumulators of `$group`, then a result.

    `fields` maps a short suffix to an accumulator, such as {"": {"$sum": 1}};
    `result` gets the paths of those fields in the same order.
    """

    fields: Mapping[str, Mql]
    result: Callable[..., Mql]


@dataclass(frozen=True, slots=True)
class AggregateDef:
    """One SQL aggregate function.

    `body(*values, nullable)` gives the Accumulation; `over_set(array)` gives the
    result from an array of the distinct non-NULL values, for AGG(DISTINCT x);
    `over_list(array, *rest)` from what every row gives to a list, for AGG(x ORDER BY
    y): its first value, or the `element(*values)`. `empty` is the result over no rows
    at all. An `ordered_set` takes its first value from WITHIN GROUP (ORDER BY x).
    """

    name: str
    arguments: tuple[Argument, ...]
    returns: ResultRule = field(compare=False)
    body: Callable[..., Accumulation] = field(compare=False)
    over_set: Callable[..., Mql] | None = field(default=None, compare=False)
    over_list: Callable[..., Mql] | None = field(default=None, compare=False)
    keeps_nulls: bool = False  # ARRAY_AGG: a NULL is an element
    empty: object = None
    aliases: tuple[str, ...] = ()
    parsed_as: tuple[str, ...] = ()
    examples: Mapping[str, object] = field(default_factory=dict, compare=False)
    element: Callable[..., Mql] | None = field(default=None, compare=False)
    ordered_set: bool = False

    @property
    def documentation(self) -> str:
        """The docstring of the body: the function's meaning for people."""
        return (self.body.__doc__ or "").strip()

    def __hash__(self) -> int:
        return hash(self.name)


@dataclass(frozen=True, slots=True)
class WindowDef:
    """One function that exists only over a window, such as ROW_NUMBER.

    `needs` says what it is made of: "place" (the numbers in `reads` of the row's place
    in the sorted partition), "shift" (a row so many further in `direction`) or "frame"
    (the rows of the frame).
    """

    name: str
    arguments: tuple[Argument, ...]
    returns: ResultRule = field(compare=False)
    needs: str
    body: Callable[..., Mql] = field(compare=False)
    never_null: bool = False
    parsed_as: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    direction: int = 1

    @property
    def documentation(self) -> str:
        """The docstring of the body: the function's meaning for people."""
        return (self.body.__doc__ or "").strip()

    def __hash__(self) -> int:
        return hash(self.name)


@dataclass(frozen=True, slots=True)
class Series:
    """Rows that are counted out: `at(n)` is the row for n from 0 below `count`."""

    count: Mql
    at: Callable[[Mql], Mql]


SetRule = Callable[[tuple[SqlType, ...]], tuple[tuple[str, SqlType], ...]]


@dataclass(frozen=True, slots=True)
class SetDef:
    """One set-returning function: a row or none, or many, for each call.

    `body` gives an array with one element per row, or a Series. With one output
    (`is_composite` False) an element is its value, else a document with a field
    for each output. `returns` names the outputs and their types.
    """

    name: str
    arguments: tuple[Argument, ...]
    returns: SetRule = field(compare=False)
    body: Callable[..., Mql | Series] = field(compare=False)
    is_composite: bool = False
    never_null: bool = False  # no row's value is NULL
    nulls: Nulls = Nulls.PROPAGATE  # no rows for a NULL argument
    aliases: tuple[str, ...] = ()
    parsed_as: tuple[str, ...] = ()

    @property
    def documentation(self) -> str:
        """The docstring of the body: the function's meaning for people."""
        return (self.body.__doc__ or "").strip()

    def __hash__(self) -> int:
        return hash(self.name)
