"""A real MongoDB server over a directory, opened the way SQLite opens a file.

`open_server(directory)` starts a `mongod` or joins the one that another process has
started there; the server stops when the last member leaves. This package knows
nothing of SQL: it gives a `mongodb://` URI, and the caller makes its own client.
"""

from __future__ import annotations

from queryleaf_dbapi.embedded.locate import find_mongod
from queryleaf_dbapi.embedded.server import EmbeddedServer, open_server

__all__ = ["EmbeddedServer", "find_mongod", "open_server"]
