"""Arguments that a body uses twice, or inside an iteration.

A body may get any expression, such as `$$this` of an iteration around the call.
Writing it into a `$map` or `$reduce` of one's own would change its meaning, and
writing it twice computes it twice. `let` binds what needs binding and passes field
paths and constants through, so that the common case stays readable:

    let(lambda text: mql("$substrCP", text, 0, mql("$strLenCP", text)), text="$name")
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from bson.decimal128 import Decimal128

from queryleaf_dbapi.plan.signature import Mql

_PLAIN = (bool, int, float, Decimal128, dt.datetime)


def let(build: Callable[..., Mql], **values: Mql) -> Mql:
    """`build` over the values, bound to `$$name` where they are not simple."""
    bound = {name: value for name, value in values.items() if not _is_simple(value)}
    references = {name: f"$${name}" for name in bound}
    body = build(**{**values, **references})
    return {"$let": {"vars": bound, "in": body}} if bound else body


def _is_simple(value: Mql) -> bool:
    if isinstance(value, str):
        # $$lower is a variable, which an iteration may hide; $$UPPER the server's own
        return not value.startswith("$$") or value[2:3].isupper()
    if isinstance(value, dict):
        return value.keys() == {"$literal"}
    return not isinstance(value, list)


def constant(value: Mql) -> Any:
    """The Python value of a constant argument, None for anything else and NULL."""
    if isinstance(value, dict) and value.keys() == {"$literal"}:
        return value["$literal"]
    if isinstance(value, str):
        return None if value.startswith("$") else value
    return value if isinstance(value, _PLAIN) else None


def constant_text(value: Mql) -> str | None:
    """The text of a constant text argument, else None."""
    found = constant(value)
    return found if isinstance(found, str) else None


def constant_integer(value: Mql) -> int | None:
    """The number of a constant integer argument, else None."""
    found = constant(value)
    if isinstance(found, bool) or not isinstance(found, int):
        return None
    return int(found)


def is_null(value: Mql) -> Mql:
    """Whether the value is null or missing: only they are not above null."""
    return {"$lte": [value, None]}


def is_not_null(value: Mql) -> Mql:
    """Whether the value is neither null nor missing."""
    return {"$gt": [value, None]}


def or_null(value: Mql) -> Mql:
    """The value, and null for a missing field too."""
    return {"$ifNull": [value, None]}
