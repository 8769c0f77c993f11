"""Connections for the outside suites, whose runners take `--factory factory:connect`.

The runners are processes of their own, so what they need comes through the environment:
QUERYLEAF_TEST_URI, the server; QUERYLEAF_TEST_PREFIX, how the names of databases begin
(who starts the runner drops them); QUERYLEAF_TEST_DATABASE, for data that is there.
"""

from __future__ import annotations

import os
import secrets
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import queryleaf_dbapi


def connect() -> Any:
    """Return a connection to an empty database, or to the one that is named."""
    prefix = os.environ.get("QUERYLEAF_TEST_PREFIX", "queryleaf_suite_")
    database = os.environ.get("QUERYLEAF_TEST_DATABASE") or (
        prefix + secrets.token_hex(6)
    )
    server = urlsplit(os.environ["QUERYLEAF_TEST_URI"])
    return queryleaf_dbapi.connect(urlunsplit(server._replace(path=f"/{database}")))
