"""The `alembic.plugins` entry point: Alembic calls `setup` when it is imported, and
finds the implementation for the dialect from then on."""

from __future__ import annotations

from alembic.runtime.plugins import Plugin

from alembic_ext.impl import QueryLeafImpl

__all__ = ["QueryLeafImpl", "setup"]


def setup(plugin: Plugin) -> None:
    """Nothing to add to the plugin itself: importing the implementation registers it
    under the dialect's name."""
