"""Errors that only schema statements raise."""

from __future__ import annotations

from queryleaf_dbapi.errors import ProgrammingError


class DependentObjectsStillExist(ProgrammingError):
    """Something else needs what should be dropped."""

    sqlstate = "2BP01"


class InvalidForeignKey(ProgrammingError):
    """The referenced columns are not a key."""

    sqlstate = "42830"


class InvalidTableDefinition(ProgrammingError):
    """The parts of a table's definition contradict each other."""

    sqlstate = "42P16"


class DuplicateObject(ProgrammingError):
    """A constraint of this name exists already."""

    sqlstate = "42710"


class WrongObjectType(ProgrammingError):
    """The name is of another kind of thing, such as a view for a table."""

    sqlstate = "42809"
