"""Every `__all__` is true: sorted, without repeats, and each name is there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("queryleaf_dbapi", "sqlalchemy_queryleaf", "alembic_ext")


def modules_with_exports() -> list[str]:
    """Return the three packages, and whatever else of ours has an `__all__`."""
    found = set(PACKAGES)
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if re.search(r"^__all__\b", path.read_text(encoding="utf-8"), re.MULTILINE):
                parts = path.relative_to(ROOT).with_suffix("").parts
                found.add(".".join(p for p in parts if p != "__init__"))
    return sorted(found)


def sort_key(name: str) -> tuple[int, list[str | int]]:
    """Order as ruff's RUF022 does: CONSTANTS, then Classes, then the rest."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return kind, [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", name)]


@pytest.mark.parametrize("name", modules_with_exports())
def test_exports_are_sorted_and_real(name: str) -> None:
    module = importlib.import_module(name)
    exports = list(module.__all__)
    assert exports == sorted(exports, key=sort_key)
    assert len(exports) == len(set(exports))
    missing = [export for export in exports if not hasattr(module, export)]
    assert not missing
