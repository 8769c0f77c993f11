"""The `alembic.plugins` entry point: Alembic calls `setup` while it is imported, and
finds the implementation for the dialect from then on.

Nothing of Alembic is imported above: it is half imported itself at that time.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

__all__ = ["setup"]


def setup(plugin: Any) -> None:
    """Import the implementation, which registers it under the dialect's name; where
    that import is what brought Alembic in, it is under way already."""
    if "alembic_ext.impl" not in sys.modules:
        importlib.import_module("alembic_ext.impl")
