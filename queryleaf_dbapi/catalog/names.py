"""Which names SQL may give to tables, columns and indexes.

MongoDB reads `$` and `.` in names as instructions, and keeps its own collections
in `system.*`; QueryLeaf keeps its own in `queryleaf_*`. Neither is for SQL.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from queryleaf_dbapi.errors import InsufficientPrivilege, Position, ProgrammingError

OWN_PREFIX = "queryleaf_"
CATALOG_COLLECTION = "queryleaf_catalog"
SEQUENCES_COLLECTION = "queryleaf_sequences"
LOCKS_COLLECTION = "queryleaf_locks"
INFORMATION_SCHEMA = "information_schema"

_SERVER_DATABASES = frozenset({"admin", "local", "config"})
_MAX_DATABASE = 63  # bytes
_MAX_NAMESPACE = 255  # bytes of "database.collection" (MongoDB 4.4 and later)


def is_hidden(name: str) -> bool:
    """Whether a collection is the server's or ours, and so no table."""
    return name.startswith(("system.", OWN_PREFIX))


def is_server_database(name: str) -> bool:
    """Whether a database belongs to the server itself."""
    return name in _SERVER_DATABASES


def check_database_name(name: str, position: Position | None = None) -> None:
    """Refuse a name that no database may have, or that SQL may not make or drop."""
    if is_server_database(name) or name == INFORMATION_SCHEMA:
        raise InsufficientPrivilege(
            f'database "{name}" is not writable through SQL', position=position
        )
    _check_text(name, "database", position)
    if len(name.encode()) > _MAX_DATABASE or set(name) & set('/\\. "$*<>:|?'):
        raise ProgrammingError(
            f'not a name for a database: "{name}"', position=position
        )


def check_table_name(
    name: str, database: str, position: Position | None = None
) -> None:
    """Refuse a name that no table may have, or that SQL may not write to."""
    if is_server_database(database) or database == INFORMATION_SCHEMA:
        raise InsufficientPrivilege(
            f'database "{database}" is not writable through SQL', position=position
        )
    if name.startswith("system."):
        raise InsufficientPrivilege(
            f'"{name}" belongs to the server: system.* is not writable through SQL',
            position=position,
        )
    if name.startswith(OWN_PREFIX):
        raise InsufficientPrivilege(
            f'"{name}" is reserved: names that start with "{OWN_PREFIX}" hold '
            "QueryLeaf's own data",
            position=position,
        )
    _check_text(name, "table", position)
    if "$" in name:
        raise ProgrammingError(
            f'a table name may not contain "$": "{name}"', position=position
        )
    if name.startswith(".") or name.endswith(".") or ".." in name:
        raise ProgrammingError(
            f'a table name may not have an empty part between dots: "{name}"',
            position=position,
        )
    if len(f"{database}.{name}".encode()) > _MAX_NAMESPACE:
        raise ProgrammingError(
            f"a table name with its database takes {_MAX_NAMESPACE} bytes at most",
            position=position,
        )


def check_column_name(name: str, position: Position | None = None) -> None:
    """Refuse a name that would be a path or an operator in a document."""
    _check_text(name, "column", position)
    if name.startswith("$"):
        raise ProgrammingError(
            f'a column name may not start with "$": "{name}"', position=position
        )
    if "." in name:
        raise ProgrammingError(
            f'a column name may not contain a dot: "{name}"', position=position
        )


def check_index_name(name: str, position: Position | None = None) -> None:
    """Refuse a name the server keeps for itself."""
    _check_text(name, "index", position)
    if name == "*" or name.startswith("$"):
        raise ProgrammingError(f'not a name for an index: "{name}"', position=position)


def check_sequence_name(name: str, position: Position | None = None) -> None:
    """Refuse the names that SERIAL columns give to their counters (table.column)."""
    _check_text(name, "sequence", position)
    if "." in name:
        raise ProgrammingError(
            f'a sequence name may not contain a dot: "{name}"', position=position
        )


def _check_text(name: str, what: str, position: Position | None) -> None:
    if not name:
        raise ProgrammingError(
            f"a name of a {what} may not be empty", position=position
        )
    if "\0" in name:
        raise ProgrammingError(f"a {what} name may not contain NUL", position=position)


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """The end of an error message that names what is near, or nothing."""
    by_folded = {each.lower(): each for each in candidates}
    near = difflib.get_close_matches(name.lower(), by_folded, n=1, cutoff=0.7)
    return f'; did you mean "{by_folded[near[0]]}"?' if near else ""


def match_name(name: str, candidates: Iterable[str], quoted: bool) -> str | None:
    """The candidate a name written in SQL stands for, or None.

    The exact one; else, for an unquoted name, the only one that differs in case.
    """
    names = list(candidates)
    if name in names or quoted:
        return name if name in names else None
    folded = [each for each in names if each.lower() == name.lower()]
    return folded[0] if len(folded) == 1 else None
