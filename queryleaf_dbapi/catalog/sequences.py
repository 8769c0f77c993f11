"""Sequences as data: what CREATE SEQUENCE and GENERATED AS IDENTITY say.

    queryleaf_sequences: {"_id": "people.id", "value": 41, "before_first": 0}

`value` is the last number given; what differs from a plain sequence (1, 2, 3, ...)
stands beside it. The counter of a column is named table.column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from queryleaf_dbapi.errors import InvalidArgument

_BITS = {"SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}


@dataclass(frozen=True, slots=True)
class SequenceSettings:
    """How a sequence counts. `cache` is recorded only: every number is taken from
    the server when it is asked for. `owner` is the (table, column) it goes with."""

    start: int = 1
    increment: int = 1
    minimum: int = 1
    maximum: int = (1 << 63) - 1
    cycle: bool = False
    cache: int = 1
    type: str = "BIGINT"
    owner: tuple[str, str] | None = None

    @property
    def before_first(self) -> int:
        """The value from which one step leads to the first number."""
        return self.start - self.increment


PLAIN = SequenceSettings()


def limits(type_name: str) -> tuple[int, int]:
    """The least and the greatest number of an integer type."""
    bits = _BITS[type_name]
    return -(1 << (bits - 1)), (1 << (bits - 1)) - 1


def settings_of(
    increment: int = 1,
    minimum: int | None = None,
    maximum: int | None = None,
    start: int | None = None,
    type_name: str = "BIGINT",
    **others: Any,
) -> SequenceSettings:
    """The settings with PostgreSQL's defaults for what is not given (None).

    Raises InvalidArgument for what contradicts itself.
    """
    if increment == 0:
        raise InvalidArgument("INCREMENT must not be zero")
    least, greatest = limits(type_name)
    if minimum is None:
        minimum = 1 if increment > 0 else least
    if maximum is None:
        maximum = greatest if increment > 0 else -1
    for word, value in (("MINVALUE", minimum), ("MAXVALUE", maximum)):
        if not least <= value <= greatest:
            raise InvalidArgument(
                f"{word} ({value}) is out of range for sequence data type "
                f"{type_name.lower()}"
            )
    if minimum >= maximum:
        raise InvalidArgument(
            f"MINVALUE ({minimum}) must be less than MAXVALUE ({maximum})"
        )
    if start is None:
        start = minimum if increment > 0 else maximum
    if start < minimum:
        raise InvalidArgument(
            f"START value ({start}) cannot be less than MINVALUE ({minimum})"
        )
    if start > maximum:
        raise InvalidArgument(
            f"START value ({start}) cannot be greater than MAXVALUE ({maximum})"
        )
    if others.get("cache", 1) < 1:
        raise InvalidArgument(f"CACHE ({others['cache']}) must be greater than zero")
    return SequenceSettings(
        start, increment, minimum, maximum, type=type_name, **others
    )


def changed(settings: SequenceSettings, given: Mapping[str, Any]) -> SequenceSettings:
    """The settings with some of them said anew, as ALTER SEQUENCE does."""
    before = asdict(settings)
    before["type_name"] = before.pop("type")
    return settings_of(**{**before, **given})


def settings_document(settings: SequenceSettings) -> dict[str, Any]:
    """What differs from a plain sequence, as it is stored."""
    found = {
        name: value
        for name, value in asdict(settings).items()
        if value != getattr(PLAIN, name)
    }
    if settings.owner is not None:
        found["owner"] = list(settings.owner)
    return found


def settings_from(document: Mapping[str, Any]) -> SequenceSettings:
    """The settings that a stored document gives."""
    known = {each.name for each in fields(SequenceSettings)}
    given = {name: value for name, value in document.items() if name in known}
    if "owner" in given:
        given["owner"] = tuple(given["owner"])
    if "start" not in given and "before_first" in document:  # of a version before
        given["start"] = document["before_first"] + given.get("increment", 1)
    return SequenceSettings(**given)


def counter(name: str, settings: SequenceSettings) -> dict[str, Any]:
    """The document of a counter that has given nothing yet."""
    return {
        "_id": name,
        "value": settings.before_first,
        "before_first": settings.before_first,
        **settings_document(settings),
    }
