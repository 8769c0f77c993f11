"""Options of a connection, parsed and validated once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from queryleaf_dbapi.errors import InterfaceError

ISOLATION_LEVELS = ("READ COMMITTED", "SNAPSHOT", "AUTOCOMMIT")


@dataclass(frozen=True, slots=True)
class Options:
    """How a connection behaves; every time is in seconds unless its name says so.

    `database` names the default database where the URI does not. `isolation_level`
    is one of READ COMMITTED (the transaction opens at the first write), SNAPSHOT
    (at the first statement) and AUTOCOMMIT. Writes wait for `w`, and for the
    journal with `j`; an operation may take `timeout_ms`. `foreign_keys=False` writes
    without checking FOREIGN KEYs and their actions, as a bulk load wants it.
    """

    database: str | None = None
    autocommit: bool = False
    isolation_level: str = "READ COMMITTED"
    timeout_ms: int = 30_000
    wait_queue_timeout_ms: int = 5_000
    w: int | str = "majority"
    j: bool = True
    read_concern: str = "majority"
    plan_cache_size: int = 500
    batch_size: int = 5_000
    foreign_keys: bool = True

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Options:
        """Options from keyword arguments; InterfaceError for an unknown one."""
        known = {each.name for each in fields(cls)}
        unknown = [name for name in given if name not in known]
        if unknown:
            raise InterfaceError(
                f"unknown option {unknown[0]}; there are {', '.join(sorted(known))}"
            )
        options = replace(cls(), **given)
        level = options.isolation_level.upper().replace("_", " ")
        level = "SNAPSHOT" if level == "REPEATABLE READ" else level
        if level not in ISOLATION_LEVELS:
            raise InterfaceError(
                f"isolation level {level} is not supported; there are "
                f"{', '.join(ISOLATION_LEVELS)}"
            )
        if level == "AUTOCOMMIT":
            options = replace(options, autocommit=True)
        return replace(options, isolation_level=level)


def is_uri(target: str) -> bool:
    """Whether a connect() target is a MongoDB URI and not a directory."""
    return target.startswith(("mongodb://", "mongodb+srv://"))


def as_directory(target: str | os.PathLike[str]) -> str:
    """The directory of an embedded server."""
    return os.path.abspath(os.path.expanduser(os.fspath(target)))
