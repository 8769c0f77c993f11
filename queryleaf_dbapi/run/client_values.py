"""Values that the client makes before a statement runs: `plan/client_values.py`."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from bson.binary import Binary, UuidRepresentation

from queryleaf_dbapi.errors import DataError, ObjectNotInPrerequisiteState
from queryleaf_dbapi.plan.client_values import UUID_VALUES, ClientValue
from queryleaf_dbapi.run.error_map import translated
from queryleaf_dbapi.run.sequences import Sequences
from queryleaf_dbapi.run.session import Session
from queryleaf_dbapi.types import Family, SqlType

Values = tuple[Any, ...]


def with_client_values(
    made: Sequence[ClientValue], session: Session, sets: Sequence[Values]
) -> list[Values]:
    """Each set of parameters with the values behind it that the client makes.

    Raises what the functions raise; numbers taken are not given back.
    """
    if len(sets) > 1 and all(each.kind == "nextval" for each in made):
        columns = [_numbers(each, session, sets) for each in made]
        return [(*values, *map(next, columns)) for values in sets]
    return [
        (*values, *(_value(each, session, values) for each in made)) for values in sets
    ]


def _numbers(
    made: ClientValue, session: Session, sets: Sequence[Values]
) -> Iterator[int]:
    """A block for all the sets, where all name one sequence."""
    names = {_argument(made, 0, values) for values in sets}
    if len(names) > 1:
        return iter([_value(made, session, values) for values in sets])
    with translated():
        counters, name = _sequence(made, session, sets[0])
        numbers = counters.numbers(name, len(sets))
    session.took(made.database, name, numbers[-1])
    return iter(numbers)


def _value(made: ClientValue, session: Session, values: Values) -> Any:
    if made.kind == "gen_random_uuid":
        return uuid.uuid4()
    if made.kind == "lastval":
        if session.last_number is None:
            raise ObjectNotInPrerequisiteState(
                "lastval is not yet defined in this session"
            )
        return session.last_number
    with translated():
        counters, name = _sequence(made, session, values)
        if made.kind == "nextval":
            number = counters.next_block(name)
            session.took(made.database, name, number)
            return number
        if made.kind == "setval":
            return _set_value(made, session, values, counters, name)
    found = session.numbers.get((made.database, name))
    if found is None:
        raise ObjectNotInPrerequisiteState(
            f'currval of sequence "{name}" is not yet defined in this session'
        )
    return found


def _set_value(
    made: ClientValue, session: Session, values: Values, counters: Sequences, name: str
) -> int:
    number = _argument(made, 1, values)
    is_called = len(made.arguments) < 3 or bool(_argument(made, 2, values))
    try:
        number = int(number)
    except (TypeError, ValueError):
        raise DataError("setval() takes a whole number") from None
    counters.set_value(name, number, is_called)
    if is_called:
        session.numbers[made.database, name] = number
    return number


def _argument(made: ClientValue, position: int, values: Values) -> Any:
    argument = made.arguments[position]
    index = getattr(argument, "index", None)
    return argument.value if index is None else values[index]  # type: ignore[union-attr]


def _sequence(
    made: ClientValue, session: Session, values: Values
) -> tuple[Sequences, str]:
    text = _argument(made, 0, values)
    if not isinstance(text, str):
        raise DataError("the name of a sequence is a text")
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    counters = Sequences(session.client, made.database)
    return counters, counters.resolve(text[1:-1] if quoted else text)


def default_values(
    session: Session, database: str, name: str, count: int, sql_type: SqlType
) -> Iterator[Any]:
    """The values of a column whose DEFAULT is a sequence or gen_random_uuid()."""
    if name == UUID_VALUES:
        if sql_type.family is Family.TEXT:
            return (str(uuid.uuid4()) for _ in range(count))
        standard = UuidRepresentation.STANDARD
        return (Binary.from_uuid(uuid.uuid4(), standard) for _ in range(count))
    counters = Sequences(session.client, database)
    with translated():
        numbers = counters.numbers(name, count)
    session.took(database, name, numbers[-1])
    return iter(numbers)
