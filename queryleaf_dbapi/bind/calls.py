"""Function calls: the overload that fits, its arguments converted, its type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from sqlglot import exp

from queryleaf_dbapi import functions
from queryleaf_dbapi.bind.binder import Binder
from queryleaf_dbapi.bind.casts import bind_cast
from queryleaf_dbapi.bind.coerce import (
    convert,
    no_operator,
    retype,
    unparametrised,
)
from queryleaf_dbapi.bind.elsewhere import ELSEWHERE
from queryleaf_dbapi.bind.errors import undefined_function
from queryleaf_dbapi.errors import (
    DatatypeMismatch,
    FeatureNotSupported,
    Position,
    ProgrammingError,
    UndefinedFunction,
)
from queryleaf_dbapi.functions.operators import not_
from queryleaf_dbapi.functions.text_joining import CastArgument
from queryleaf_dbapi.plan.expressions import Call, Case, Cast, Expr, Literal
from queryleaf_dbapi.plan.signature import (
    AggregateDef,
    Argument,
    FunctionDef,
    NullWhen,
    SetDef,
)
from queryleaf_dbapi.types import BOOLEAN, DOUBLE, TEXT, Family, SqlType, settle


def bind_call(
    binder: Binder, name: str, arguments: Sequence[Expr], node: exp.Expr
) -> Expr:
    """The call of a scalar function or operator by its SQL name."""
    overloads = functions.FUNCTIONS.get(name.upper())
    position = binder.position(node)
    if not overloads:
        if name.upper() in ELSEWHERE:
            raise FeatureNotSupported(
                f"{name.upper()} is not supported", position=position
            )
        raise undefined_function(name.lower(), known_functions(), position)
    chosen = choose(overloads, arguments, position)
    return make_call(chosen, arguments, position)


def known_functions() -> list[str]:
    """Names a person may have meant."""
    names = [*functions.FUNCTIONS, *functions.AGGREGATES, *functions.SETS]
    return [name.lower() for name in names if name.isidentifier()]


Definition = TypeVar("Definition", FunctionDef, AggregateDef, SetDef)


def choose(
    overloads: Sequence[Definition],
    arguments: Sequence[Expr],
    position: Position | None,
) -> Definition:
    """The overload whose arguments fit best; the first of equals."""
    best: Definition | None = None
    best_score = -1
    for each in overloads:
        score = _score(each, arguments)
        if score > best_score:
            best, best_score = each, score
    if best is not None:
        return best
    raise _no_overload(overloads[0], overloads, arguments, position)


def _score(candidate: Definition, arguments: Sequence[Expr]) -> int:
    """How many arguments fit without a conversion, a literal of no type yet best as
    a text (PostgreSQL's preference); -1 when it cannot be called."""
    slots = argument_slots(candidate.arguments, len(arguments))
    if slots is None:
        return -1
    score = 0
    for slot, argument in zip(slots, arguments, strict=True):
        if slot.words:
            continue
        if not slot.accepts(argument.type):
            return -1
        family = argument.type.family
        if slot.families is None or family in slot.families:
            score += 2
        elif family is Family.UNKNOWN and Family.TEXT in slot.families:
            score += 1
    return score


def argument_slots(declared: Sequence[Argument], given: int) -> list[Argument] | None:
    """One declared argument per given one, or None for a wrong count."""
    slots = list(declared)
    if slots and slots[-1].variadic:
        fixed = len(slots) - 1
        if given < fixed + (0 if slots[-1].optional else 1):
            return None
        return slots[:-1] + [slots[-1]] * (given - fixed)
    needed = sum(not each.optional for each in slots)
    if not needed <= given <= len(slots):
        return None
    return slots[:given]


def _counts(overloads: Sequence[Definition]) -> str:
    counts: set[str] = set()
    for each in overloads:
        needed = sum(not a.optional for a in each.arguments)
        if each.arguments and each.arguments[-1].variadic:
            counts.add(f"{needed} or more")
        else:
            counts.update(str(n) for n in range(needed, len(each.arguments) + 1))
    ordered = sorted(counts)
    shown = " or ".join(
        [", ".join(ordered[:-1]), ordered[-1]] if ordered[:-1] else ordered
    )
    return f"{shown} argument{'' if ordered == ['1'] else 's'}"


def _no_overload(
    first: Definition,
    overloads: Sequence[Definition],
    arguments: Sequence[Expr],
    position: Position | None,
) -> ProgrammingError:
    fits = any(
        argument_slots(each.arguments, len(arguments)) is not None for each in overloads
    )
    if not fits:
        return UndefinedFunction(
            f"{first.name} takes {_counts(overloads)}, not {len(arguments)}",
            position=position,
        )
    symbol = getattr(first, "symbol", "")  # of an operator
    if symbol:
        return no_operator(symbol, arguments, position)
    types = ", ".join(str(each.type).lower() for each in arguments)
    wanted = " or ".join(
        dict.fromkeys(
            f"{each.name.lower()}({', '.join(a.label for a in each.arguments)})"
            for each in overloads
        )
    )
    return DatatypeMismatch(
        f"function {first.name.lower()}({types}) does not exist; there is {wanted}",
        position=position,
    )


def convert_arguments(
    declared: Sequence[Argument], arguments: Sequence[Expr], position: Position | None
) -> tuple[Expr, ...]:
    """Constants take the declared types; decimals beside floats become floats."""
    slots = argument_slots(declared, len(arguments)) or []
    converted = []
    for slot, argument in zip(slots, arguments, strict=True):
        if slot.words:
            converted.append(_keyword(slot, argument, position))
        elif isinstance(slot, CastArgument):
            assert slot.target is not None
            converted.append(_written_out(argument, slot.target, position))
        elif argument.type.family is Family.UNKNOWN and slot.target is not None:
            converted.append(retype(argument, _beside(slot, arguments), position))
        else:
            converted.append(argument)
    families = {each.type.family for each in converted}
    if {Family.FLOAT, Family.DECIMAL} <= families:
        return tuple(_as_float(each) for each in converted)
    return tuple(converted)


def _written_out(argument: Expr, target: SqlType, position: Position | None) -> Expr:
    """A value as CONCAT writes it: a boolean by its letter, as PostgreSQL's output
    does and its cast does not."""
    if argument.type.family is Family.BOOLEAN:
        letters = tuple(Literal(letter, TEXT) for letter in "tf")
        false = Call(not_, (argument,), BOOLEAN, argument.nullable)
        branches = ((argument, letters[0]), (false, letters[1]))
        return Case(branches, Literal(None, TEXT), TEXT, argument.nullable)
    return bind_cast(argument, target, position=position)


def _beside(slot: Argument, arguments: Sequence[Expr]) -> SqlType:
    """A string beside a number in `a + '5'` is read as the number's type."""
    assert slot.target is not None
    for each in arguments:
        if slot.families and each.type.family in slot.families:
            return unparametrised(each.type)
    return slot.target


def _as_float(node: Expr) -> Expr:
    if node.type.family is not Family.DECIMAL:
        return node
    changed = convert(node, DOUBLE)
    return changed if changed is not node else Cast(node, DOUBLE, node.nullable)


def _keyword(slot: Argument, argument: Expr, position: Position | None) -> Expr:
    if isinstance(argument, Literal) and isinstance(argument.value, str):
        word = argument.value.lower()
        singular = word[:-1] if word.endswith("s") else word
        for each in (word, singular):
            if each in slot.words:
                return Literal(each, TEXT)
    raise ProgrammingError(
        f"{slot.label} must be one of {', '.join(slot.words)}, written as a constant",
        position=position,
    )


def make_call(
    function: FunctionDef,
    arguments: Sequence[Expr],
    position: Position | None = None,
) -> Expr:
    """The Call of a chosen function."""
    converted = convert_arguments(function.arguments, arguments, position)
    try:
        found = function.returns(tuple(each.type for each in converted))
    except DatatypeMismatch as error:
        error.position = error.position or position
        raise
    sql_type = settle(found)
    # an argument nobody typed takes the type of the result (COALESCE(a, 'x'))
    converted = tuple(
        convert(each, sql_type, position)
        if each.type.family is Family.UNKNOWN
        else each
        for each in converted
    )
    return Call(function, converted, sql_type, _is_nullable(function, converted))


def _is_nullable(function: FunctionDef, arguments: Sequence[Expr]) -> bool:
    if function.may_return_null:
        return True
    if function.null_when is NullWhen.NEVER:
        return False
    if function.null_when is NullWhen.ALL:
        return all(each.nullable for each in arguments)
    return any(each.nullable for each in arguments)


def with_arguments(call: Call, arguments: Sequence[Expr]) -> Call:
    """The same call over other arguments, nullability worked out again."""
    return replace(
        call,
        arguments=tuple(arguments),
        nullable=_is_nullable(call.function, arguments),
    )
