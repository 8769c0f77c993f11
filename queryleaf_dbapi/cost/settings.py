"""What the choice of a form depends on beside the plan: one value per statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from queryleaf_dbapi.cost.table import SERVER_6_0, Costs


@dataclass(frozen=True, slots=True)
class Settings:
    """`careful`: only forms that keep no more than one row in a document, because
    another ran into a limit of the server. `forced`: the name of a join form that
    tests want wherever it is possible."""

    costs: Costs = field(default=SERVER_6_0)
    careful: bool = False
    forced: str | None = None


_DEFAULT = Settings()
_current: ContextVar[Settings] = ContextVar("settings", default=_DEFAULT)


def settings() -> Settings:
    """The settings of the statement that is being compiled."""
    return _current.get()


@contextmanager
def using(value: Settings) -> Iterator[None]:
    """Compile with these settings."""
    token = _current.set(value)
    try:
        yield
    finally:
        _current.reset(token)
