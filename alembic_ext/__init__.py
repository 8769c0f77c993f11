"""Alembic over MongoDB: the implementation Alembic finds by the dialect's name."""

from __future__ import annotations

from alembic_ext.impl import QueryLeafImpl

__all__ = ["QueryLeafImpl"]
