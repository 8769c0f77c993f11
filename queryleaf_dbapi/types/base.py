"""What a SQL type is: its name, its BSON aliases, and how values cross.

A type is one frozen value. `dump` takes a Python value to a BSON-ready one and
raises DataError where it does not fit; `load` takes what pymongo decoded to the
Python value a user sees, or is None when that is the same thing (most types:
the row decoder then spends nothing on the column).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from queryleaf_dbapi.errors import DataError


class Family(Enum):
    """Types of one family compare with each other and convert implicitly."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    TEXT = "text"
    BINARY = "binary"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    INTERVAL = "interval"
    UUID = "uuid"
    DOCUMENT = "document"
    ARRAY = "array"
    OBJECT_ID = "objectid"
    UNKNOWN = "unknown"  # a string literal or NULL before its context types it
    ANY = "any"  # a field nobody declared, or one that holds several types


NUMERIC_FAMILIES = frozenset({Family.INTEGER, Family.DECIMAL, Family.FLOAT})


@dataclass(frozen=True, slots=True)
class SqlType:
    """One SQL type, with its parameters: VARCHAR(20), NUMERIC(10, 2), INTEGER[]."""

    name: str
    family: Family
    bson: tuple[str, ...]
    python: type = field(compare=False)
    dump: Callable[[Any], Any] = field(compare=False, repr=False)
    load: Callable[[Any], Any] | None = field(default=None, compare=False, repr=False)
    parameters: tuple[int, ...] = ()
    element: SqlType | None = None
    # makes `dump` of a parametrised type, such as the length check of VARCHAR(n)
    parametrise: Callable[[tuple[int, ...]], Callable[[Any], Any]] | None = field(
        default=None, compare=False, repr=False
    )

    def with_parameters(self, *parameters: int) -> SqlType:
        """The same type with its length, or precision and scale."""
        if not parameters:
            return self
        if self.parametrise is None:
            raise DataError(f"type {self.name} takes no parameters")
        return replace(
            self, parameters=parameters, dump=self.parametrise(tuple(parameters))
        )

    @property
    def is_numeric(self) -> bool:
        """Whether arithmetic works on it."""
        return self.family in NUMERIC_FAMILIES

    @property
    def may_hold_array(self) -> bool:
        """Whether a query document could match an element instead of the value."""
        return self.family in (Family.ANY, Family.DOCUMENT, Family.ARRAY)

    def __str__(self) -> str:
        if self.element is not None:
            return f"{self.element}[]"
        if not self.parameters:
            return self.name
        return f"{self.name}({', '.join(map(str, self.parameters))})"


def shown(value: Any) -> str:
    """A value for an error message: its Python type, never the value itself.

    Values are literals of the user's data and do not belong in a log.
    """
    return type(value).__name__
