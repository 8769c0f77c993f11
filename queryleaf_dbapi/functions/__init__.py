"""Every SQL function: importing this package fills the registry."""

from __future__ import annotations

import importlib
import pkgutil

from queryleaf_dbapi.functions.registry import AGGREGATES, FUNCTIONS, SETS, WINDOWS

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["AGGREGATES", "FUNCTIONS", "SETS", "WINDOWS"]
