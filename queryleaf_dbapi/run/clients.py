"""MongoClients, shared: connections to the same place use one pool.

A client holds monitoring threads and a socket pool, so one per (URI, options) and
process serves all connections; it is closed when the last of them leaves. After a
fork the child makes clients of its own.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from queryleaf_dbapi.errors import Error, InterfaceError
from queryleaf_dbapi.options import Options
from queryleaf_dbapi.run.error_map import translated

_Key = tuple[Any, ...]


@dataclass
class _Shared:
    client: MongoClient[Any]
    users: int
    on_close: Callable[[], None] | None = None


_clients: dict[_Key, _Shared] = {}
_lock = threading.Lock()
# what to do for connections the collector found: it may run anywhere, also inside
# pymongo while that holds a lock, so nothing is closed there
_abandoned: deque[Callable[[], object]] = deque()


def abandon(close: Callable[[], object]) -> None:
    """Close something later: with the next connection, or at exit."""
    _abandoned.append(close)


def close_abandoned() -> None:
    """Close what was abandoned so far."""
    while _abandoned:
        close = _abandoned.popleft()
        with contextlib.suppress(Error, PyMongoError):
            close()


atexit.register(close_abandoned)


def database_of(uri: str) -> str | None:
    """The database a URI names, if any.

    Raises InterfaceError for a text that is no MongoDB URI.
    """
    try:
        name = parse_uri(uri, validate=False, warn=False)["database"]
    except Exception as error:
        raise InterfaceError(f"not a MongoDB URI: {type(error).__name__}") from None
    return str(name) if name else None


def share_client(
    uri: str, options: Options, open_server: Callable[[], Any] | None = None
) -> tuple[MongoClient[Any], Callable[[], None]]:
    """A client for the URI, and what to call when the connection leaves it.

    `open_server` starts the embedded server of a directory (`uri` is only the key
    then) and gives an object with `.uri` and `.close()`.
    """
    close_abandoned()
    key = (uri, options.timeout_ms, options.wait_queue_timeout_ms, os.getpid())
    with _lock:
        shared = _clients.get(key)
        if shared is None:
            server = open_server() if open_server is not None else None
            target = uri if server is None else server.uri
            with translated():
                client: MongoClient[Any] = MongoClient(
                    target, **_defaults(target, options)
                )
            close = server.close if server is not None else None
            shared = _clients[key] = _Shared(client, 0, close)
        shared.users += 1
    return shared.client, lambda: _leave(key)


def _defaults(uri: str, options: Options) -> dict[str, Any]:
    """Our options of the client; what the URI itself says goes before them."""
    said = parse_uri(uri, validate=False, warn=False)["options"]
    ours = {
        "timeoutMS": options.timeout_ms or None,
        "waitQueueTimeoutMS": options.wait_queue_timeout_ms,
        "serverSelectionTimeoutMS": options.timeout_ms or 30_000,
        "appname": "queryleaf",
    }
    names = {name.lower() for name in said}
    return {name: value for name, value in ours.items() if name.lower() not in names}


def _leave(key: _Key) -> None:
    with _lock:
        shared = _clients.get(key)
        if shared is None:
            return
        shared.users -= 1
        if shared.users:
            return
        del _clients[key]
    shared.client.close()
    if shared.on_close is not None:
        shared.on_close()
