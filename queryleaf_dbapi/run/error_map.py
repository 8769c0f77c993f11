"""Server and pymongo errors -> ours: one row per code.

The server's text is not passed on where it would echo the command: literals of the
user's data do not belong in a message that ends in a log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bson.errors
from pymongo import errors as mongo

from queryleaf_dbapi import errors
from queryleaf_dbapi.catalog.violation import DOCUMENT_FAILED_VALIDATION
from queryleaf_dbapi.functions.raising import raised_by

# server code -> (class, message)
_CODES: dict[int, tuple[type[errors.Error], str]] = {
    13: (errors.InsufficientPrivilege, "the user is not authorized for this"),
    15: (
        errors.ProgramLimitExceeded,
        "the statement nests too deeply for the server: about a hundred calls inside "
        "each other; compute inner values in a subquery",
    ),
    18: (errors.OperationalError, "authentication failed"),
    26: (errors.UndefinedTable, "the collection does not exist any more"),
    43: (errors.OperationalError, "the server closed the cursor; run the query again"),
    48: (errors.DuplicateTable, "the collection exists already"),
    50: (errors.QueryCanceled, "canceling statement due to statement timeout"),
    64: (errors.OperationalError, "the write was done but not confirmed in time"),
    112: (errors.SerializationFailure, "could not serialize access: run it again"),
    125: (errors.OperationalError, "the server runs out of disk space"),
    146: (
        errors.ProgramLimitExceeded,
        "one group or array passes the server's 100 MB; aggregate fewer rows at once",
    ),
    175: (errors.OperationalError, "the collection changed while it was read"),
    189: (errors.ConnectionFailure, "the primary stepped down"),
    202: (errors.QueryCanceled, "the server ran out of time"),
    232: (
        errors.ProgramLimitExceeded,
        "subqueries nest more than 20 deep on the server; keep an inner result in a "
        "table",
    ),
    241: (errors.InvalidTextRepresentation, "a value cannot be converted"),
    246: (errors.OperationalError, "the snapshot is no longer there: run it again"),
    251: (errors.SerializationFailure, "the transaction is gone: run it again"),
    262: (errors.QueryCanceled, "the server ran out of time"),
    263: (errors.NotSupportedError, "the server does not allow this in a transaction"),
    292: (errors.ProgramLimitExceeded, "the sort or group needs more memory"),
    4568: (errors.ProgramLimitExceeded, "a join's partners pass the server's 100 MB"),
    10334: (
        errors.ProgramLimitExceeded,
        "a document passes the server's 16 MB; select fewer columns, or aggregate "
        "fewer rows into one",
    ),
    11601: (errors.QueryCanceled, "canceling statement due to user request"),
    16608: (errors.DivisionByZero, "division by zero"),
    16610: (errors.DivisionByZero, "division by zero"),
    16493: (
        errors.ProgramLimitExceeded,
        "a text passes the server's 16 MB; join fewer or shorter texts",
    ),
    17280: (errors.ProgramLimitExceeded, "an index key is too long"),
    28680: (errors.NumericValueOutOfRange, "bigint out of range"),
    28714: (
        errors.InvalidArgumentForPower,
        "cannot take square root of a negative number",
    ),
    28764: (
        errors.InvalidArgumentForPower,
        "zero raised to a negative power is undefined",
    ),
    28756: (errors.InvalidArgument, "cannot take logarithm of this base"),
    28757: (errors.InvalidArgumentForLogarithm, "cannot take logarithm of this number"),
    28758: (errors.InvalidArgumentForLogarithm, "cannot take logarithm of this number"),
    28759: (errors.InvalidArgumentForLogarithm, "cannot take logarithm of this number"),
    28761: (errors.InvalidArgumentForLogarithm, "cannot take logarithm of this number"),
    28766: (errors.InvalidArgumentForLogarithm, "cannot take logarithm of this number"),
    50989: (errors.NumericValueOutOfRange, "input is out of range"),
    40485: (errors.InvalidArgument, "time zone is not recognized"),
    51091: (errors.InvalidRegularExpression, "the regular expression is not valid"),
    51156: (errors.ProgramLimitExceeded, "the regular expression takes too long"),
}
_DIVISION = re.compile(r"can't \$(divide|mod) by zero")
_OUT_OF_RANGE = re.compile(
    r"would overflow|Conversion would overflow|overflow in|out of range|Overflow"
)
_INDEX = re.compile(r"index: (\S+)")


def from_server(code: int | None, message: str) -> errors.Error:
    """Our error of a server code and text."""
    raised = raised_by(message)
    if raised is not None:
        return by_sqlstate(raised[0], raised[1])
    if _DIVISION.search(message):
        return errors.DivisionByZero("division by zero", server_code=code)
    if code == 11000:
        found = _INDEX.search(message)
        name = f' "{found[1]}"' if found else ""
        return errors.UniqueViolation(
            f"duplicate key value violates unique constraint{name}", server_code=code
        )
    if code == DOCUMENT_FAILED_VALIDATION:
        return errors.CheckViolation(
            "the new row violates the collection's validator", server_code=code
        )
    if _OUT_OF_RANGE.search(message) and code in (2, 241, None):
        return errors.NumericValueOutOfRange(
            "a number is out of range of its type", server_code=code
        )
    known = _CODES.get(code or 0)
    if known is not None:
        return known[0](known[1], server_code=code)
    return errors.OperationalError(
        f"the server refused: {_without_values(message)}", server_code=code
    )


def _without_values(message: str) -> str:
    """The server's text up to where it may repeat the command."""
    text = message.split(", full error:")[0].split(":: caused by ::")[-1].strip()
    return re.split(r"[{\[]", text)[0].strip()[:200] or "see the server code"


def by_sqlstate(sqlstate: str, message: str) -> errors.Error:
    """The error of an SQLSTATE raised inside an expression."""
    for each in vars(errors).values():
        if isinstance(each, type) and issubclass(each, errors.Error):
            if each.sqlstate == sqlstate:
                return each(message)
    return errors.DataError(message, sqlstate=sqlstate)


def validation_details(error: BaseException | None) -> dict[str, Any] | None:
    """What the server says a validator refused, out of one of pymongo's errors."""
    details = getattr(error, "details", None) or {}
    for failure in details.get("writeErrors") or [details]:
        found = failure.get("errInfo")
        if isinstance(found, dict):
            return found
    return None


def translate(error: Exception) -> errors.Error | None:
    """Our error of one of pymongo's (or bson's), None for anything else."""
    if isinstance(error, mongo.BulkWriteError):
        return _bulk(error)
    if isinstance(error, mongo.ExecutionTimeout | mongo.NetworkTimeout):
        return errors.QueryCanceled("canceling statement due to statement timeout")
    if isinstance(error, mongo.WaitQueueTimeoutError):
        return errors.OperationalError("no connection became free in time")
    if isinstance(error, mongo.ServerSelectionTimeoutError):
        return errors.ConnectionFailure("no suitable server answers")
    if isinstance(error, mongo.ConnectionFailure):
        return errors.ConnectionFailure("the connection to the server was lost")
    if isinstance(error, mongo.DocumentTooLarge):
        return errors.ProgramLimitExceeded("a document passes the server's 16 MB")
    if isinstance(error, mongo.OperationFailure):
        return from_server(error.code, str(error))
    if isinstance(error, mongo.InvalidName):
        return errors.ProgrammingError("not a name of a database or collection")
    if isinstance(error, mongo.ConfigurationError):
        return errors.InterfaceError(str(error))
    if isinstance(error, mongo.InvalidOperation):
        return errors.InterfaceError(str(error))
    if isinstance(error, bson.errors.BSONError):
        return errors.DataError("a value has no BSON form")
    if isinstance(error, mongo.PyMongoError):
        return errors.OperationalError(f"the driver failed: {type(error).__name__}")
    return None


def _bulk(error: mongo.BulkWriteError) -> errors.Error:
    failures = (error.details or {}).get("writeErrors") or []
    if not failures:
        return errors.OperationalError("the write was done but not confirmed")
    first = failures[0]
    return from_server(first.get("code"), first.get("errmsg", ""))


@contextmanager
def translated() -> Iterator[None]:
    """Raise pymongo's errors as ours, the original as the cause."""
    try:
        yield
    except (mongo.PyMongoError, bson.errors.BSONError, OverflowError) as error:
        if isinstance(error, OverflowError):
            raise errors.NumericValueOutOfRange("a number is out of range") from None
        ours = translate(error)
        assert ours is not None
        raise ours from error
