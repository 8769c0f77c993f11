"""BEGIN, COMMIT, ROLLBACK, SET and SHOW."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from queryleaf_dbapi.errors import (
    FeatureNotSupported,
    ProgrammingError,
    UndefinedObject,
    UndefinedTable,
)
from queryleaf_dbapi.sql.parse import SessionCommand
from queryleaf_dbapi.statements.shown import Shown, shown

if TYPE_CHECKING:
    from queryleaf_dbapi.connection import Connection

_FILLERS = re.compile(r"^(TRANSACTION|WORK)\b\s*", re.I)
_LEVEL = re.compile(r"^ISOLATION\s+LEVEL\s+(.+)$", re.I)
_SET_LEVEL = re.compile(
    r"^(?:SESSION\s+CHARACTERISTICS\s+AS\s+)?TRANSACTION\s+ISOLATION\s+LEVEL\s+(.+)$",
    re.I,
)


def run_session_command(
    connection: Connection, command: SessionCommand
) -> Shown | None:
    """Do what the command says; the rows of a SHOW, else None."""
    if command.verb == "SHOW":
        return _show(connection, command.words)
    if command.verb in ("DESCRIBE", "DESC"):
        return _show(connection, f"COLUMNS FROM {command.words}")
    runner = _RUNNERS.get(command.verb)
    if runner is None:
        raise FeatureNotSupported(f"{command.verb} is not supported")
    runner(connection, command.words)
    return None


def _begin(connection: Connection, words: str) -> None:
    rest = _FILLERS.sub("", words)
    if level := _LEVEL.match(rest):
        _set_level(connection, level[1])
    elif rest:
        raise FeatureNotSupported(f"BEGIN {rest} is not supported")
    connection.session.begin()


def _commit(connection: Connection, words: str) -> None:
    _only_fillers("COMMIT", words)
    connection.session.commit()


def _rollback(connection: Connection, words: str) -> None:
    _only_fillers("ROLLBACK", words)
    connection.session.rollback()


def _only_fillers(verb: str, words: str) -> None:
    rest = _FILLERS.sub("", words)
    if rest:
        hint = ": savepoints are not supported" if rest.upper().startswith("TO") else ""
        raise FeatureNotSupported(f"{verb} {rest} is not supported{hint}")


def _start(connection: Connection, words: str) -> None:
    if not words.upper().startswith("TRANSACTION"):
        raise ProgrammingError("START must be followed by TRANSACTION")
    _begin(connection, words)


def _set(connection: Connection, words: str) -> None:
    level = _SET_LEVEL.match(words)
    if level is None:
        raise FeatureNotSupported(
            f"SET {words.split()[0] if words else ''} is not supported"
        )
    _set_level(connection, level[1])


def _set_level(connection: Connection, level: str) -> None:
    name = level.strip().upper()
    if name not in ("READ COMMITTED", "SNAPSHOT", "REPEATABLE READ"):
        raise FeatureNotSupported(
            f"isolation level {name} is not supported; there are READ COMMITTED and "
            "SNAPSHOT"
        )
    connection.isolation_level = name


_RUNNERS: dict[str, Callable[[Connection, str], None]] = {
    "BEGIN": _begin,
    "START": _start,
    "COMMIT": _commit,
    "END": _commit,
    "ROLLBACK": _rollback,
    "ABORT": _rollback,
    "SET": _set,
}


def _show(connection: Connection, words: str) -> Shown:
    upper = words.upper()
    if upper == "TABLES":
        names = connection.catalog.names()
        return shown(("table_name",), [(name,) for name in names])
    if upper == "DATABASES":
        return shown(("database",), [(n,) for n in connection.catalog.databases()])
    if upper in ("TRANSACTION ISOLATION LEVEL", "TRANSACTION_ISOLATION"):
        return shown(("transaction_isolation",), [(connection.isolation_level,)])
    found = re.match(
        r"^(COLUMNS|INDEXES)\s+(?:FROM|IN|ON)\s+\"?([^\"]+?)\"?$", words, re.I
    )
    if found is None:
        raise UndefinedObject(
            f"SHOW {words} is not supported; there are SHOW TABLES, DATABASES, "
            "COLUMNS FROM t, INDEXES FROM t, TRANSACTION ISOLATION LEVEL"
        )
    collection = connection.catalog.collection(found[2])
    if collection is None:
        raise UndefinedTable(f'table "{found[2]}" does not exist')
    if found[1].upper() == "COLUMNS":
        return shown(
            ("column_name", "data_type", "is_nullable", "column_default"),
            [
                (f.name, str(f.type), "YES" if f.nullable else "NO", f.default)
                for f in collection.fields
            ],
        )
    return shown(
        ("index_name", "keys", "is_unique"),
        [
            (
                index.name,
                ", ".join(f"{path} {_direction(way)}" for path, way in index.keys),
                "YES" if index.unique else "NO",
            )
            for index in collection.indexes
        ],
    )


def _direction(way: int | str) -> str:
    return {1: "ASC", -1: "DESC"}.get(way, str(way)) if isinstance(way, int) else way
