"""The data directory on disk: its files, its lock, and its runtime directory.

    directory/queryleaf.lock   locked while a server runs, starts or stops
    directory/server.json      where the sockets of that server are
    directory/data/            mongod's files
    directory/mongod.log

Sockets are kept elsewhere, since their path is limited to 107 bytes and the data
directory's is not: in a runtime directory that `mkdtemp` makes, so its name cannot be
guessed and its mode is 0700. It is not derived from the data directory's path, nor
looked for in $XDG_RUNTIME_DIR first: that variable differs between a login and a cron
job, and logind empties it when the user logs out, under the jobs that still run.

This module knows nothing of mongod's options nor of members.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from queryleaf_dbapi.errors import OperationalError

MEMBERS_SOCKET = "members.sock"
MONGOD_SOCKET = "mongod.sock"
MONGOD_OUTPUT = "mongod.out"
RUNTIME_PREFIX = "queryleaf-"

# sockaddr_un holds 108 bytes on Linux and 104 on macOS, one of them a final zero.
SOCKET_PATH_LIMIT = 103


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """The place of one database on disk. `root` is a real, absolute path."""

    root: Path

    @property
    def lock(self) -> Path:
        """Locked while a server runs, starts or stops."""
        return self.root / "queryleaf.lock"

    @property
    def record(self) -> Path:
        """Where the sockets of the running server are."""
        return self.root / "server.json"

    @property
    def data(self) -> Path:
        """The directory of mongod's own files."""
        return self.root / "data"

    @property
    def log(self) -> Path:
        """mongod's log."""
        return self.root / "mongod.log"

    @property
    def opened(self) -> Path:
        """There since the first time that anybody was given the database."""
        return self.root / "queryleaf.opened"

    def note_opened(self) -> None:
        """Write that down, before anybody can store something."""
        if not self.opened.exists():
            with self.opened.open("w") as note:
                os.fsync(note.fileno())

    def put_aside_unfinished(self) -> None:
        """Begin anew where the first start was killed half-way: mongod may have left
        files it cannot open again, and nobody has stored anything in them yet."""
        aside = self.root / "data.unfinished"
        shutil.rmtree(aside, ignore_errors=True)
        self.data.rename(aside)
        self.data.mkdir(mode=0o700)


def prepare_directory(path: str | os.PathLike[str]) -> DataDirectory:
    """Create the directory if it is not there, and check that it can be used."""
    root = Path(path).absolute()
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise OperationalError(
            f'cannot open "{root}": the embedded server needs a directory, '
            "and there is a file of that name"
        ) from error
    except OSError as error:
        raise OperationalError(
            f'cannot create the directory "{root}": {_reason(error)}'
        ) from error
    directory = DataDirectory(root.resolve())
    try:
        is_a_plain_mongods = (directory.root / "WiredTiger").exists()
        if not is_a_plain_mongods:
            directory.data.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise OperationalError(
            f'cannot write in the directory "{root}": {_reason(error)}'
        ) from error
    if is_a_plain_mongods:
        raise OperationalError(
            f'"{root}" is the data directory of a plain mongod; start that server with '
            "`mongod --dbpath` and connect with a mongodb:// URI"
        )
    return directory


# --- the lock

# Descriptors of a start under way. A thread that forks (without exec) at that moment
# would keep the lock and the listening socket for the life of its child.
_closed_in_forks: set[int] = set()


def _close_in_fork() -> None:
    for descriptor in _closed_in_forks:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    _closed_in_forks.clear()


os.register_at_fork(after_in_child=_close_in_fork)


@contextlib.contextmanager
def kept_from_forks(descriptor: int) -> Iterator[int]:
    """Close the descriptor at the end, and in every fork made before that."""
    _closed_in_forks.add(descriptor)
    try:
        yield descriptor
    finally:
        _closed_in_forks.discard(descriptor)
        os.close(descriptor)


@contextlib.contextmanager
def lock_if_free(directory: DataDirectory) -> Iterator[int | None]:
    """The descriptor of the locked lock file, or None if somebody has the lock.

    The lock belongs to the open file, so it lasts until every process that inherited
    the descriptor has closed it: the supervisor and mongod keep it for their lives.
    """
    try:
        opened = os.open(directory.lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise OperationalError(
            f'cannot open the lock file "{directory.lock}": {_reason(error)}'
        ) from error
    with kept_from_forks(opened) as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        # Somebody may have deleted the directory between open and flock: then this
        # is the lock of a file which no other process will ever find.
        yield descriptor if _identity(directory) == _identity_of(descriptor) else None


def _identity(directory: DataDirectory) -> str | None:
    """Which lock file this is. A copy of the directory has another one."""
    try:
        found = os.stat(directory.lock, follow_symlinks=False)
    except OSError:
        return None
    return f"{found.st_dev}:{found.st_ino}"


def _identity_of(descriptor: int) -> str:
    found = os.fstat(descriptor)
    return f"{found.st_dev}:{found.st_ino}"


# --- the runtime directory


def create_runtime(directory: DataDirectory) -> Path:
    """Make a private directory for the sockets, and record it. Needs the lock."""
    remove_runtime(directory)
    runtime = _make_private_directory()
    record = {"runtime": str(runtime), "lock": _identity(directory)}
    written = directory.record.with_suffix(".json.new")
    try:
        written.write_text(json.dumps(record), encoding="utf-8")
        written.replace(directory.record)
    except OSError as error:
        runtime.rmdir()
        raise OperationalError(
            f'cannot write "{directory.record}": {_reason(error)}'
        ) from error
    return runtime


def find_runtime(directory: DataDirectory) -> Path | None:
    """The recorded runtime directory, or None if there is none to trust.

    A record that came along with a copy of the directory names the sockets of the
    original's server: it is recognised by the identity of the lock file.
    """
    try:
        record = json.loads(directory.record.read_text(encoding="utf-8"))
        runtime = Path(record["runtime"])
        identity = record["lock"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if identity is None or identity != _identity(directory):
        return None
    try:
        found = runtime.lstat()
    except OSError:
        return None
    if not runtime.name.startswith(RUNTIME_PREFIX) or not stat.S_ISDIR(found.st_mode):
        return None
    if found.st_uid != os.geteuid():
        raise OperationalError(
            f'"{directory.root}" is in use by a server of another user '
            f"(uid {found.st_uid}); its sockets are private to that user"
        )
    return runtime if stat.S_IMODE(found.st_mode) == 0o700 else None


def remove_runtime(directory: DataDirectory) -> None:
    """Remove what a server that was killed has left behind. Needs the lock."""
    try:
        runtime = find_runtime(directory)
    except OperationalError:
        # Left by a killed server of another user, who alone may remove it.
        runtime = None
    if runtime is not None:
        # By name, not recursively: the record is only a file that says so.
        for name in (MEMBERS_SOCKET, MONGOD_SOCKET, MONGOD_OUTPUT):
            with contextlib.suppress(OSError):
                (runtime / name).unlink()
        with contextlib.suppress(OSError):
            runtime.rmdir()
    with contextlib.suppress(OSError):
        directory.record.unlink()


def _make_private_directory() -> Path:
    tried = []
    bases = [tempfile.gettempdir(), "/tmp", os.environ.get("XDG_RUNTIME_DIR")]
    for base in dict.fromkeys(base for base in bases if base):
        longest = Path(base).resolve() / (RUNTIME_PREFIX + "x" * 8) / MEMBERS_SOCKET
        if len(os.fsencode(longest)) > SOCKET_PATH_LIMIT:
            tried.append(f"{base}: too long for the path of a socket")
            continue
        try:
            return Path(tempfile.mkdtemp(prefix=RUNTIME_PREFIX, dir=base)).resolve()
        except OSError as error:
            tried.append(f"{base}: {_reason(error)}")
    raise OperationalError(
        "no directory for the sockets of the embedded server "
        f"({'; '.join(tried)}); set TMPDIR to a short path that is writable"
    )


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
