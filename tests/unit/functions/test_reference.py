"""docs/functions.md is what the registry says now."""

from __future__ import annotations

from pathlib import Path

from queryleaf_dbapi import functions
from queryleaf_dbapi.functions.reference import markdown

ROOT = Path(__file__).parents[3]


def test_the_reference_is_up_to_date() -> None:
    written = (ROOT / "docs" / "functions.md").read_text(encoding="utf-8")
    assert written == markdown(), (
        "run: python -m queryleaf_dbapi.functions.reference > docs/functions.md"
    )


def test_there_are_at_least_sixty_functions() -> None:
    names = {each.name for group in functions.FUNCTIONS.values() for each in group}
    assert len(names) >= 60
