"""Start a supervisor over a data directory, and be its first member.

The starter takes the lock, makes the socket on which members connect, connects to it
itself, and only then hands both to the supervisor. So there is no moment at which the
lock is free while a server starts, nor one at which the server has no member: if the
starter is killed on the way, either nothing runs or the supervisor sees nobody left.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from queryleaf_dbapi.embedded import directory as places
from queryleaf_dbapi.embedded import supervisor
from queryleaf_dbapi.embedded.command import LOG_LIMIT, ServerOptions, mongod_command
from queryleaf_dbapi.embedded.directory import DataDirectory
from queryleaf_dbapi.embedded.locate import find_mongod
from queryleaf_dbapi.errors import OperationalError

# The supervisor goes into the background at once; this is for a machine that crawls.
BACKGROUND_SECONDS = 60.0


def connect(runtime: Path) -> socket.socket | None:
    """A member's connection, or None if nobody listens in this runtime directory."""
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(runtime / places.MEMBERS_SOCKET))
    except OSError:
        # The supervisor has ended or was killed.
        connection.close()
        return None
    return connection


def start(
    directory: DataDirectory, options: ServerOptions, anew: bool = False
) -> socket.socket | None:
    """Start a supervisor and join it; None if somebody else has the lock. `anew`
    leaves what an unfinished first start has made."""
    with places.lock_if_free(directory) as lock:
        if lock is None:
            return None
        if anew and not directory.opened.exists():
            directory.put_aside_unfinished()
        command = mongod_command(find_mongod(), directory, options)
        runtime = places.create_runtime(directory)
        try:
            with places.kept_from_forks(_listen(runtime)) as listener:
                orders = supervisor.Orders(
                    command=command,
                    runtime=str(runtime),
                    mongod_socket=str(runtime / places.MONGOD_SOCKET),
                    mongod_output=str(runtime / places.MONGOD_OUTPUT),
                    record=str(directory.record),
                    log=str(directory.log),
                    log_limit=LOG_LIMIT,
                    listener=listener,
                    lock=lock,
                    linger_seconds=options.linger_seconds,
                )
                connection = connect(runtime)
                try:
                    _run_supervisor(orders)
                except BaseException:
                    if connection is not None:
                        connection.close()
                    raise
                return connection
        except BaseException:
            places.remove_runtime(directory)
            raise


def _listen(runtime: Path) -> int:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(runtime / places.MEMBERS_SOCKET))
        listener.listen(128)
        return listener.detach()


def _run_supervisor(orders: supervisor.Orders) -> None:
    script = supervisor.__file__
    if not sys.executable or not Path(script).is_file():
        raise OperationalError(
            "the embedded server needs a Python interpreter and its modules as files; "
            "in a frozen program connect with a mongodb:// URI instead"
        )
    # -I and -S: neither the environment, nor the working directory, nor what is
    # installed can change what the supervisor imports; and it starts faster.
    command = [sys.executable, "-I", "-S", script, json.dumps(asdict(orders))]
    try:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            cwd="/",
            # Away from the terminal: Ctrl-C is for the program, not for its server.
            start_new_session=True,
            pass_fds=(orders.listener, orders.lock),
            timeout=BACKGROUND_SECONDS,
        )
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip()
        raise OperationalError(
            "cannot start the supervisor of the embedded server: "
            + (said or f"it ended with code {error.returncode}")
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OperationalError(
            f"cannot start the supervisor of the embedded server: {error}"
        ) from error
