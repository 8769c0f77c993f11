"""What the tests of the embedded server share: members, and a look at processes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pymongo import MongoClient

from queryleaf_dbapi.embedded import EmbeddedServer
from queryleaf_dbapi.embedded import directory as places

# Opens the directory, says so, and then does what its standard input tells it.
MEMBER = """
import json, sys
from pymongo import MongoClient
from queryleaf_dbapi.embedded import open_server
print("imported", flush=True)
sys.stdin.readline()
server = open_server(sys.argv[1])
client = MongoClient(server.uri)
pid = client.admin.command("serverStatus")["pid"]
print(json.dumps({"uri": server.uri, "mongod": pid}), flush=True)
for line in sys.stdin:
    client.shop.orders.insert_one({"number": int(line)})
    print("inserted", flush=True)
server.close()
"""


class Member:
    """A process that has the directory open."""

    def __init__(self, directory: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", MEMBER, str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert self.hear() == "imported"

    def say(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def open(self) -> dict[str, Any]:
        self.say("open")
        return self.opened()

    def opened(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.hear())
        return answer

    def insert(self, number: int) -> None:
        self.say(str(number))
        assert self.hear() == "inserted"

    def leave(self) -> None:
        self.process.communicate(timeout=20)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def processes_over(directory: Path) -> list[int]:
    """Every mongod and supervisor that was started for the directory."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes()
            is_server = b"mongod\0" in command or b"supervisor.py\0" in command
            if is_server and os.fsencode(directory) in command:
                found.append(int(entry.name))
    return found


def end_all_under(directory: Path) -> None:
    """Leave no server, no sockets and no data of the directories in this one."""
    for process in processes_over(directory):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    assert all_is_gone(directory)
    for path in directory.iterdir():
        places.remove_runtime(places.DataDirectory(path))
    shutil.rmtree(directory)


def supervisor_of(mongod: int) -> int:
    return int(Path(f"/proc/{mongod}/stat").read_text().rsplit(")")[1].split()[1])


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def all_is_gone(directory: Path) -> bool:
    return wait_for(lambda: not processes_over(directory))


def runtime_of(uri: str) -> Path:
    return Path(unquote(urlsplit(uri).netloc)).parent


@contextlib.contextmanager
def client_of(server: EmbeddedServer) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](
        server.uri, serverSelectionTimeoutMS=1000
    ) as client:
        yield client


def numbers_in(server: EmbeddedServer) -> list[int]:
    with client_of(server) as client:
        return sorted(order["number"] for order in client.shop.orders.find())
