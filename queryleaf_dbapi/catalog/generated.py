"""What has to be computed when a row of a table with generated columns is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Generated:
    """Expressions of the server over a document, by column; `inputs` are the columns
    they read."""

    inputs: frozenset[str]
    expressions: Mapping[str, Any]
