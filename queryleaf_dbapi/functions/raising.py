"""Raise a SQL error from inside an aggregation expression.

MongoDB has no operator that fails on purpose. Converting a text that is no number
to an integer fails, and the server's message quotes the text:

    Failed to parse number 'QL22012:division by zero' in $convert with no onError ...

so the SQLSTATE and the message travel in it, and `raised_by` reads them back.

The text must not be a constant: the optimizer folds constant expressions, those of
branches that are never taken too, and would fail before the first row. `$$NOW` is
folded as well (6.0). The type of a field is not, even where no such field exists, so
an empty piece of it is appended. That form works in find projections, `$project`,
`$match` with `$expr`, `$group`, `$lookup` and update pipelines.
"""

from __future__ import annotations

import re

from queryleaf_dbapi.plan.signature import Mql

_NOT_FOLDED = {"$substrBytes": [{"$type": "$_"}, 0, 0]}
_RAISED = re.compile(r"'QL([0-9A-Z]{5}):(.*?)' in \$convert", re.DOTALL)


def raising(sqlstate: str, message: str) -> Mql:
    """An expression whose evaluation fails with that SQLSTATE and message."""
    return {"$toInt": {"$concat": [f"QL{sqlstate}:{message}", _NOT_FOLDED]}}


def raise_unless(condition: Mql, value: Mql, sqlstate: str, message: str) -> Mql:
    """`value` where the condition is true, else the error.

    The message is a constant of ours, never data: it would end up in logs.
    """
    return {"$cond": [condition, value, raising(sqlstate, message)]}


def raised_by(server_message: str) -> tuple[str, str] | None:
    """SQLSTATE and message out of the server's error text, None if not ours."""
    found = _RAISED.search(server_message)
    return (found[1], found[2]) if found else None
