"""The exceptions of the driver, as PEP 249 draws them.

    Exception
     ├── Warning
     └── Error
          ├── InterfaceError                  misuse of the driver itself
          └── DatabaseError
               ├── DataError                  22xxx  a value does not fit
               │    ├── DivisionByZero        22012
               │    ├── NumericValueOutOfRange 22003
               │    ├── InvalidTextRepresentation 22P02
               │    └── SequenceGeneratorLimitExceeded 2200H
               ├── OperationalError           the server or the way to it
               │    ├── ConnectionFailure     08006
               │    ├── SerializationFailure  40001
               │    ├── QueryCanceled         57014
               │    ├── ObjectNotInPrerequisiteState 55000
               │    └── ProgramLimitExceeded  54000
               ├── IntegrityError             23xxx  a constraint said no
               │    ├── NotNullViolation      23502
               │    ├── ForeignKeyViolation   23503
               │    ├── UniqueViolation       23505
               │    └── CheckViolation        23514
               ├── InternalError              a bug of ours; carries the plan
               ├── ProgrammingError           42xxx  the statement is wrong
               │    ├── SyntaxError_          42601
               │    ├── UndefinedTable        42P01
               │    ├── UndefinedColumn       42703
               │    ├── AmbiguousColumn       42702
               │    ├── UndefinedFunction     42883
               │    ├── UndefinedObject       42704
               │    ├── DatatypeMismatch      42804
               │    ├── GroupingError         42803
               │    ├── DuplicateTable        42P07
               │    ├── DuplicateColumn       42701
               │    ├── DuplicateAlias        42712
               │    ├── DuplicateObject       42710
               │    ├── DependentObjectsStillExist 2BP01
               │    ├── InvalidForeignKey     42830
               │    ├── InvalidColumnReference 42P10
               │    ├── InvalidTableDefinition 42P16
               │    ├── InvalidObjectDefinition 42P17
               │    ├── WrongObjectType       42809
               │    ├── GeneratedAlways       428C9
               │    ├── InsufficientPrivilege 42501
               │    ├── CardinalityViolation  21000
               │    └── InvalidTransactionState 25000
               └── NotSupportedError
                    └── FeatureNotSupported   0A000

Every class has an SQLSTATE (PostgreSQL's appendix A). An error that knows its
place in the statement prints line, column and a caret. All are picklable.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the text of a statement: 0-based offset into `sql`."""

    sql: str
    offset: int

    @property
    def line(self) -> int:
        """Line number, from 1."""
        return self.sql.count("\n", 0, self.offset) + 1

    @property
    def column(self) -> int:
        """Column number, from 1."""
        return self.offset - (self.sql.rfind("\n", 0, self.offset) + 1) + 1

    def excerpt(self) -> str:
        """The line of the statement with a caret under the place."""
        start = self.sql.rfind("\n", 0, self.offset) + 1
        end = self.sql.find("\n", self.offset)
        text = self.sql[start : len(self.sql) if end < 0 else end]
        caret = self.offset - start
        if caret > 60:  # keep the caret on the screen in one-line generated SQL
            text, caret = "..." + text[caret - 50 :], 53
        if len(text) > 100:
            text = text[:97] + "..."
        return f"{text}\n{' ' * caret}^"


class Warning(builtins.Warning):  # noqa: A001 - PEP 249 names it so
    """Something important that is not an error (PEP 249)."""


class Error(Exception):
    """Base of all errors of the driver (PEP 249).

    `sqlstate` is the five-character code, `position` the place in the statement
    or None, `server_code` MongoDB's own error code or None, `outcome` is
    "unknown" when a write may or may not have been applied, else None.
    """

    sqlstate = "HY000"

    def __init__(
        self,
        message: str = "",
        *,
        position: Position | None = None,
        server_code: int | None = None,
        outcome: str | None = None,
        sqlstate: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.server_code = server_code
        self.outcome = outcome
        if sqlstate is not None:  # a state too rare for a class of its own
            self.sqlstate = sqlstate

    def __str__(self) -> str:
        if self.position is None:
            return self.message
        place = f"line {self.position.line}, column {self.position.column}"
        return f"{self.message} ({place})\n{self.position.excerpt()}"

    def __reduce__(self) -> tuple[Any, ...]:
        place = self.position
        state = {
            "position": place and Position(place.sql, place.offset),
            "server_code": self.server_code,
            "outcome": self.outcome,
            "sqlstate": self.sqlstate,
        }
        return (_rebuild, (type(self), self.message, state))


def _rebuild(cls: type[Error], message: str, state: dict[str, Any]) -> Error:
    return cls(message, **state)


class InterfaceError(Error):
    """The driver itself was misused, such as a closed cursor."""

    sqlstate = "08003"


class DatabaseError(Error):
    """An error that concerns the database."""


class DataError(DatabaseError):
    """A value does not fit where it should go."""

    sqlstate = "22000"


class DivisionByZero(DataError):
    """A division by zero."""

    sqlstate = "22012"


class NumericValueOutOfRange(DataError):
    """A number is outside the range of its type."""

    sqlstate = "22003"


class InvalidTextRepresentation(DataError):
    """A text cannot be read as the type it should have."""

    sqlstate = "22P02"


class InvalidArgument(DataError):
    """An argument is outside the domain of a function, such as SQRT(-1)."""

    sqlstate = "22023"


class SequenceGeneratorLimitExceeded(DataError):
    """A sequence without CYCLE has given its last number."""

    sqlstate = "2200H"


class InvalidArgumentForPower(DataError):
    """The square root of a negative number, zero to a negative power."""

    sqlstate = "2201F"


class InvalidArgumentForLogarithm(DataError):
    """The logarithm of zero or a negative number."""

    sqlstate = "2201E"


class InvalidRegularExpression(DataError):
    """A pattern that is no regular expression."""

    sqlstate = "2201B"


class StringDataRightTruncation(DataError):
    """A text is longer than its column allows."""

    sqlstate = "22001"


class OperationalError(DatabaseError):
    """The server, or the way to it, failed."""

    sqlstate = "58000"


class ConnectionFailure(OperationalError):
    """The connection to the server was lost or not made."""

    sqlstate = "08006"


class SerializationFailure(OperationalError):
    """The transaction conflicts with another one: run it again."""

    sqlstate = "40001"


class QueryCanceled(OperationalError):
    """The statement was cancelled or ran out of its time."""

    sqlstate = "57014"


class ObjectNotInPrerequisiteState(OperationalError):
    """currval() or lastval() before nextval() in this connection."""

    sqlstate = "55000"


class ProgramLimitExceeded(OperationalError):
    """A limit of the server stands in the way (size, memory, depth)."""

    sqlstate = "54000"


class IntegrityError(DatabaseError):
    """A constraint refused the change."""

    sqlstate = "23000"


class NotNullViolation(IntegrityError):
    """NULL in a column that is NOT NULL."""

    sqlstate = "23502"


class ForeignKeyViolation(IntegrityError):
    """A FOREIGN KEY points at nothing, or is still pointed at."""

    sqlstate = "23503"


class UniqueViolation(IntegrityError):
    """A duplicate in a UNIQUE or PRIMARY KEY column."""

    sqlstate = "23505"


class CheckViolation(IntegrityError):
    """A CHECK constraint or the collection's validator refused a document."""

    sqlstate = "23514"


class InternalError(DatabaseError):
    """A contradiction inside the driver: a bug; the message is the report."""

    sqlstate = "XX000"


class ProgrammingError(DatabaseError):
    """The statement, or the call, is wrong."""

    sqlstate = "42000"


class SyntaxError_(ProgrammingError):  # noqa: N801 - the builtin has the name
    """The text is not SQL."""

    sqlstate = "42601"


class UndefinedTable(ProgrammingError):
    """No such table."""

    sqlstate = "42P01"


class UndefinedColumn(ProgrammingError):
    """No such column."""

    sqlstate = "42703"


class AmbiguousColumn(ProgrammingError):
    """A column name that fits several tables."""

    sqlstate = "42702"


class UndefinedFunction(ProgrammingError):
    """No such function or operator for these arguments."""

    sqlstate = "42883"


class UndefinedObject(ProgrammingError):
    """No such index, type, sequence or constraint."""

    sqlstate = "42704"


class InvalidRecursion(ProgrammingError):
    """WITH RECURSIVE refers to itself where it may not."""

    sqlstate = "42P19"


class DatatypeMismatch(ProgrammingError):
    """Types that do not go together."""

    sqlstate = "42804"


class GroupingError(ProgrammingError):
    """A column outside GROUP BY, or an aggregate where none may stand."""

    sqlstate = "42803"


class DuplicateTable(ProgrammingError):
    """The table or index exists already."""

    sqlstate = "42P07"


class UndefinedSchema(ProgrammingError):
    """A schema, which is a database here, that does not exist."""

    sqlstate = "3F000"


class UndefinedDatabase(ProgrammingError):
    """A database that does not exist."""

    sqlstate = "3D000"


class DuplicateSchema(ProgrammingError):
    """A schema of this name exists already."""

    sqlstate = "42P06"


class DuplicateDatabase(ProgrammingError):
    """A database of this name exists already."""

    sqlstate = "42P04"


class ObjectInUse(ProgrammingError):
    """The database to drop is the one of this connection."""

    sqlstate = "55006"


class DuplicateColumn(ProgrammingError):
    """A column is named twice."""

    sqlstate = "42701"


class DuplicateAlias(ProgrammingError):
    """A table name or alias is used twice in one FROM."""

    sqlstate = "42712"


class DependentObjectsStillExist(ProgrammingError):
    """Something else needs what should be dropped."""

    sqlstate = "2BP01"


class InvalidForeignKey(ProgrammingError):
    """The referenced columns are not a key."""

    sqlstate = "42830"


class InvalidColumnReference(ProgrammingError):
    """The columns are not what the clause needs: ON CONFLICT of no unique key."""

    sqlstate = "42P10"


class InvalidTableDefinition(ProgrammingError):
    """The parts of a table's definition contradict each other."""

    sqlstate = "42P16"


class InvalidObjectDefinition(ProgrammingError):
    """A definition that cannot be, such as a view that reads itself."""

    sqlstate = "42P17"


class DuplicateObject(ProgrammingError):
    """A constraint of this name exists already."""

    sqlstate = "42710"


class WrongObjectType(ProgrammingError):
    """The name is of another kind of thing, such as a view for a table."""

    sqlstate = "42809"


class GeneratedAlways(ProgrammingError):
    """A value for a column whose values are always generated."""

    sqlstate = "428C9"


class InsufficientPrivilege(ProgrammingError):
    """The user may not do this, or nobody may through SQL."""

    sqlstate = "42501"


class CardinalityViolation(ProgrammingError):
    """More rows than one where one must be: a subquery used as a value, a row that
    one statement changes twice."""

    sqlstate = "21000"


class InvalidTransactionState(ProgrammingError):
    """The statement cannot run in this state of the transaction."""

    sqlstate = "25000"


class NotSupportedError(DatabaseError):
    """The driver or the server cannot do this."""

    sqlstate = "0A000"


class FeatureNotSupported(NotSupportedError):
    """A construct that is not on the accepted list: refused, never ignored."""
