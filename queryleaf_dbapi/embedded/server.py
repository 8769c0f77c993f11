"""Open a data directory: join the server that runs there, or start one.

Every opener holds one connection to the supervisor for as long as it uses the server.
All openers, in one process or in many, do the same until they succeed: connect to the
supervisor; if there is none, take the directory's lock and start one; if somebody else
has the lock (a server is starting or stopping), wait a little and try again.

This module knows nothing of SQL. How a server is started is in `start.py`, what keeps
it running in `supervisor.py`, with what options in `command.py`, over which files in
`directory.py`.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from queryleaf_dbapi.embedded import directory as places
from queryleaf_dbapi.embedded import supervisor
from queryleaf_dbapi.embedded.command import ServerOptions
from queryleaf_dbapi.embedded.directory import DataDirectory
from queryleaf_dbapi.embedded.replica_set import ensure_primary
from queryleaf_dbapi.embedded.start import connect, start
from queryleaf_dbapi.errors import OperationalError

RETRY_SECONDS = 0.02


class EmbeddedServer:
    """A share in a running server: it runs at least until this is closed.

    A process that dies without closing is noticed by the kernel. A forked child is a
    member of its own until it closes its copy, ends, or executes another program.
    """

    __slots__ = ("_connection", "directory", "pid", "uri")

    def __init__(
        self, directory: Path, uri: str, pid: int, connection: socket.socket
    ) -> None:
        self.directory = directory
        self.uri = uri
        self.pid = pid
        self._connection = connection

    def close(self) -> None:
        """Leave. The server stops soon after the last one has left."""
        self._connection.close()

    def wait_until_stopped(self, timeout: float = 20.0) -> bool:
        """Whether the server stops within this many seconds; call it after `close`.

        For a caller who wants to move, copy or delete the directory next.
        """
        deadline = time.monotonic() + timeout
        directory = DataDirectory(self.directory)
        while directory.root.exists():
            with places.lock_if_free(directory) as lock:
                if lock is not None:
                    return True
            if time.monotonic() > deadline:
                return False
            time.sleep(RETRY_SECONDS)
        return True

    def __enter__(self) -> EmbeddedServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"EmbeddedServer({str(self.directory)!r}, pid={self.pid})"


def open_server(
    directory: str | os.PathLike[str],
    *,
    cache_size_gb: float = 0.25,
    oplog_size_mb: int = 512,
    parameters: Mapping[str, str] | None = None,
    linger_seconds: float = 0.5,
    start_timeout: float = 60.0,
) -> EmbeddedServer:
    """Serve this directory, which is created if it is not there.

    If a server runs there already it is joined, and stays as it was started: the
    options are for a server that this call starts. `parameters` are mongod's
    (`--setParameter`). `linger_seconds` is how long the server waits for another
    member after the last has left.
    """
    _require_unix()
    place = places.prepare_directory(directory)
    options = ServerOptions(
        cache_size_gb, oplog_size_mb, linger_seconds, dict(parameters or {})
    )
    deadline = time.monotonic() + start_timeout
    anew = False
    while True:
        connection = _join(place) or start(place, options, anew)
        if connection is not None:
            try:
                server = _enter(place, connection, deadline)
            except OperationalError as error:
                # a first start that was killed: see put_aside_unfinished
                if anew or place.opened.exists() or CORRUPT not in str(error).lower():
                    raise
                anew = True
                continue
            if server is not None:
                place.note_opened()
                return server
        if time.monotonic() > deadline:
            raise OperationalError(_timeout_message(place, start_timeout))
        time.sleep(RETRY_SECONDS)


# what mongod names when it cannot open the files of its storage engine
CORRUPT = "wiredtiger"


def _require_unix() -> None:
    if sys.platform not in ("linux", "darwin"):
        raise OperationalError(
            f"the embedded server does not run on {sys.platform}: it needs unix "
            "sockets and file locks; connect to a server with a mongodb:// URI instead"
        )


def _join(directory: DataDirectory) -> socket.socket | None:
    """A connection to the supervisor that runs here, or None."""
    runtime = places.find_runtime(directory)
    return None if runtime is None else connect(runtime)


def _enter(
    directory: DataDirectory, connection: socket.socket, deadline: float
) -> EmbeddedServer | None:
    """Wait for the server to be ready; None if it stops instead of becoming so."""
    runtime = Path(connection.getpeername()).parent
    uri = f"mongodb://{quote(str(runtime / places.MONGOD_SOCKET), safe='')}/"
    uri += "?directConnection=true"
    is_ready = False
    try:
        answer = _answer(connection, deadline)
        if answer is None:
            return None
        if "error" in answer:
            raise OperationalError(
                f'cannot start the embedded server over "{directory.root}": '
                f"{answer['error']}; its log is {directory.log}"
            )
        is_ready = ensure_primary(uri, deadline)
    finally:
        if not is_ready:
            connection.close()
    if not is_ready:
        return None
    return EmbeddedServer(directory.root, uri, int(str(answer["pid"])), connection)


def _answer(connection: socket.socket, deadline: float) -> dict[str, object] | None:
    """What the supervisor says, or None if it has ended or the time is over."""
    received = b""
    try:
        while not received.endswith(b"\n"):
            connection.settimeout(max(deadline - time.monotonic(), 0.01))
            part = connection.recv(65536)
            if not part:
                return None
            received += part
    except (ConnectionError, TimeoutError):
        return None
    answer: dict[str, object] = json.loads(received)
    return answer


def _timeout_message(directory: DataDirectory, start_timeout: float) -> str:
    said = supervisor.errors_in(str(directory.log), 0)
    return (
        f'no embedded server over "{directory.root}" within {start_timeout:g} seconds: '
        "either mongod needs longer to start (give a longer start_timeout) or another "
        "process holds the directory and its server cannot be reached from here; "
        f"the last errors in {directory.log}: {'; '.join(said) or 'none'}"
    )
