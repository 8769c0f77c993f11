"""Keep one mongod running for as long as at least one member is connected.

`server.py` runs this file as a script, `python -I -S supervisor.py ORDERS`. It goes
into the background, so that it outlives the process which started it, and inherits
two descriptors: the socket on which members connect, already listening, and the lock
of the data directory. mongod inherits the lock too: it is free when both are gone.

A member is a connection, so the kernel itself tells when a member dies. mongod asks
the kernel to be killed when this process dies. Neither needs anybody's good will.

Standard library only, and nothing of queryleaf: it must start in milliseconds.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from types import FrameType

PR_SET_PDEATHSIG = 1

# A clean stop takes about a second. After this long mongod is killed, which is safe
# (the journal is replayed at the next start) though slower for that start.
STOP_SECONDS = 30.0
LOG_CHECK_SECONDS = 60.0


@dataclass(frozen=True)
class Orders:
    """What `server.py` wants done; given as one JSON argument."""

    command: list[str]
    runtime: str
    mongod_socket: str
    mongod_output: str
    record: str
    log: str
    log_limit: int
    listener: int
    lock: int
    linger_seconds: float


class Supervisor:
    """The members, and the mongod that lives as long as there are any."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.listener = socket.socket(fileno=orders.listener)
        self.members: set[socket.socket] = set()
        self.empty_since = time.monotonic()
        self.answer: bytes | None = None
        self.told_to_stop = False
        self.selector = selectors.DefaultSelector()
        self.wakeup, self.wakeup_writer = socket.socketpair()
        for watched in (self.listener, self.wakeup, self.wakeup_writer):
            watched.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(self.wakeup, selectors.EVENT_READ)

    def run(self) -> None:
        """Start mongod, serve members, return when mongod has stopped."""
        self._listen_to_signals()
        log_start = shorten_log(self.orders)
        mongod = start_mongod(self.orders)
        next_log_check = time.monotonic() + LOG_CHECK_SECONDS
        while True:
            self._wait()
            if mongod.poll() is not None:
                self._announce(
                    {"error": why_it_stopped(self.orders, mongod, log_start)}
                )
                return
            if self.told_to_stop or self._is_abandoned():
                stop_mongod(mongod)
                return
            if self.answer is None and answers(self.orders.mongod_socket):
                self._announce({"ready": True, "pid": mongod.pid})
            if time.monotonic() > next_log_check:
                next_log_check = time.monotonic() + LOG_CHECK_SECONDS
                if shorten_log(self.orders) == 0:
                    mongod.send_signal(signal.SIGUSR1)

    def fail(self, reason: str) -> None:
        """Tell the members, also those not yet accepted, why there is no server."""
        with contextlib.suppress(OSError):
            self._accept()
        self._announce({"error": reason})

    def _listen_to_signals(self) -> None:
        def told_to_stop(number: int, frame: FrameType | None) -> None:
            self.told_to_stop = True

        signal.signal(signal.SIGTERM, told_to_stop)
        signal.signal(signal.SIGINT, told_to_stop)
        # A handler, though an empty one, makes the end of mongod wake the loop.
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self.wakeup_writer.fileno(), warn_on_full_buffer=False)

    def _wait(self) -> None:
        """Sleep until something happens, then do what concerns members."""
        if self.answer is None:
            seconds = 0.01
        elif self.members:
            seconds = LOG_CHECK_SECONDS
        else:
            left = self.empty_since + self.orders.linger_seconds - time.monotonic()
            seconds = max(left, 0.0)
        for key, _ in self.selector.select(seconds):
            if key.fileobj is self.listener:
                self._accept()
            elif key.fileobj is self.wakeup:
                self.wakeup.recv(4096)
            elif isinstance(key.fileobj, socket.socket):
                self._hear(key.fileobj)

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                member, _ = self.listener.accept()
                member.setblocking(False)
                self.members.add(member)
                self.selector.register(member, selectors.EVENT_READ)
                if self.answer is not None:
                    self._send(member, self.answer)

    def _hear(self, member: socket.socket) -> None:
        # Members say nothing: whatever can be read is the end of the connection.
        with contextlib.suppress(BlockingIOError, ConnectionError):
            if member.recv(4096):
                return
        self.selector.unregister(member)
        self.members.discard(member)
        member.close()
        self.empty_since = time.monotonic()

    def _announce(self, answer: dict[str, object]) -> None:
        self.answer = json.dumps(answer).encode() + b"\n"
        for member in self.members:
            self._send(member, self.answer)

    def _send(self, member: socket.socket, answer: bytes) -> None:
        # One that has just died is noticed when its end is read.
        with contextlib.suppress(OSError):
            member.sendall(answer)

    def _is_abandoned(self) -> bool:
        if self.members:
            return False
        # Nobody waits for a server that is still starting: no need to linger.
        linger = 0.0 if self.answer is None else self.orders.linger_seconds
        return time.monotonic() - self.empty_since >= linger


# --- mongod


def start_mongod(orders: Orders) -> subprocess.Popen[bytes]:
    """Start mongod so that it dies with this process."""
    supervisor = os.getpid()
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def die_with_supervisor() -> None:
        if prctl is not None:
            # SIGKILL, not SIGTERM: it also ends a mongod that hangs, and the journal
            # holds everything that was acknowledged.
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:
            os._exit(1)

    with open(orders.mongod_output, "wb") as output:
        # The signal comes at the death of the *thread* that forks: this process has
        # one thread only, which also makes preexec_fn safe.
        return subprocess.Popen(
            orders.command,
            cwd=orders.runtime,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(orders.lock,),
            preexec_fn=die_with_supervisor,
        )


def stop_mongod(mongod: subprocess.Popen[bytes]) -> None:
    """Ask mongod to stop, wait, and kill it if it does not."""
    mongod.terminate()
    try:
        mongod.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        mongod.kill()
        mongod.wait()


def answers(path: str) -> bool:
    """Whether a server accepts connections on this socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


# --- the log


def shorten_log(orders: Orders) -> int:
    """Put an overlong log aside; give the length of the log there is now."""
    try:
        length = os.stat(orders.log).st_size
        if length <= orders.log_limit:
            return length
        os.replace(orders.log, orders.log + ".1")
    except OSError:
        pass
    return 0


def why_it_stopped(
    orders: Orders, mongod: subprocess.Popen[bytes], log_start: int
) -> str:
    """One line for people: how mongod ended and what it said last."""
    code = mongod.returncode
    ending = f"exit code {code}"
    if code < 0:
        ending = f"signal {-code}"
    if code == -signal.SIGKILL:
        ending += " (somebody killed it, or the system when it ran out of memory)"
    said = (
        errors_in(orders.log, log_start)
        # What mongod says before it opens its log: wrong options, missing libraries.
        or errors_in(orders.mongod_output, 0)
        or [line for line in read_lines(orders.mongod_output, 0) if line[0] != "{"]
    )
    return f"mongod stopped with {ending}" + (": " if said else "") + "; ".join(said)


def errors_in(path: str, start: int) -> list[str]:
    """The errors that mongod's log tells of, after the byte `start`.

    A line of the log is a JSON document: {"s": "F", "msg": ..., "attr": {...}, ...}.
    """
    errors = []
    for line in read_lines(path, start, 200):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if entry.get("s") in ("E", "F"):
            attributes = entry.get("attr", {})
            detail = attributes.get("error") or attributes.get("message") or attributes
            if isinstance(detail, dict):
                detail = detail.get("errmsg") or detail
            errors.append(f"{entry['msg']}: {detail}" if detail else entry["msg"])
    return errors[-3:]


def read_lines(path: str, start: int, number: int = 3) -> list[str]:
    """The last lines of a file, which may be long, but none from before `start`."""
    try:
        with open(path, "rb") as file:
            length = file.seek(0, os.SEEK_END)
            file.seek(max(start, length - 65536))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line.strip() for line in text.splitlines() if line.strip()][-number:]


# --- the process


def go_into_background() -> None:
    """Let the starter go on, and hold neither its terminal nor its pipes."""
    if os.fork():
        os._exit(0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    os.umask(0o077)


def clean_up(orders: Orders) -> None:
    """Remove the sockets, and the record unless it is already another server's."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        with open(orders.record, encoding="utf-8") as file:
            is_ours = json.load(file)["runtime"] == orders.runtime
        if is_ours:
            os.unlink(orders.record)
    with contextlib.suppress(OSError):
        for name in os.listdir(orders.runtime):
            os.unlink(os.path.join(orders.runtime, name))
        os.rmdir(orders.runtime)


def main(arguments: list[str]) -> None:
    """Run with the given orders, until the last member has left."""
    orders = Orders(**json.loads(arguments[0]))
    go_into_background()
    supervisor = Supervisor(orders)
    try:
        supervisor.run()
    except Exception:
        supervisor.fail(f"the supervisor failed: {traceback.format_exc()}")
    finally:
        clean_up(orders)


if __name__ == "__main__":
    main(sys.argv[1:])
