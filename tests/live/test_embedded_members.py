"""The embedded server among several members, and under every kind of kill -9.

Everything here is real: members are processes of their own, and they are killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pymongo import WriteConcern
from pymongo.errors import ConnectionFailure

from queryleaf_dbapi.embedded import EmbeddedServer, open_server
from queryleaf_dbapi.embedded import directory as places
from tests.live.embedded_members import (
    Member,
    all_is_gone,
    client_of,
    end_all_under,
    numbers_in,
    processes_over,
    runtime_of,
    supervisor_of,
    wait_for,
)

pytestmark = pytest.mark.live


@pytest.fixture
def member(tmp_path: Path) -> Iterator[Callable[[], Member]]:
    """A function that starts another process for the directory under test."""
    members: list[Member] = []

    def start() -> Member:
        members.append(Member(tmp_path / "db"))
        return members[-1]

    yield start
    for each in members:
        if each.process.poll() is None:
            each.kill()


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A directory to open, of which nothing is left afterwards."""
    yield tmp_path / "db"
    end_all_under(tmp_path)


# --- sharing


def test_two_processes_share_one_server_until_the_last_leaves(
    directory: Path, member: Callable[[], Member]
) -> None:
    one, two = member(), member()
    first, second = one.open(), two.open()
    assert first == second
    one.insert(1)
    one.leave()
    # Longer than the server lingers when nobody is there.
    time.sleep(0.8)
    two.insert(2)
    two.leave()
    assert all_is_gone(directory)
    assert not runtime_of(first["uri"]).exists()
    with open_server(directory) as server:
        assert numbers_in(server) == [1, 2]


def test_two_opens_in_one_process_share_one_server(directory: Path) -> None:
    one, two = open_server(directory), open_server(directory)
    assert one.uri == two.uri
    one.close()
    one.close()
    assert not two.wait_until_stopped(timeout=0.8)
    assert numbers_in(two) == []
    two.close()
    assert two.wait_until_stopped()


def test_the_server_lingers_for_the_next_member(directory: Path) -> None:
    with open_server(directory, linger_seconds=5) as server:
        pass
    time.sleep(0.5)
    with open_server(directory) as again:
        assert again.pid == server.pid
    os.kill(supervisor_of(again.pid), signal.SIGTERM)
    assert again.wait_until_stopped()


def test_an_opener_that_comes_while_the_server_stops(directory: Path) -> None:
    for _ in range(2):
        with open_server(directory, linger_seconds=0) as server:
            pass
        time.sleep(0.1)
        with open_server(directory, linger_seconds=0) as again:
            assert numbers_in(again) == []
        assert again.pid != server.pid


def test_eight_processes_open_at_the_same_instant(
    directory: Path, member: Callable[[], Member]
) -> None:
    members = [member() for _ in range(8)]
    for each in members:
        each.say("open")
    opened = [each.opened() for each in members]
    assert len({each["mongod"] for each in opened}) == 1
    for number, each in enumerate(members):
        each.insert(number)
    assert len(processes_over(directory)) == 2
    for each in members:
        each.leave()
    assert all_is_gone(directory)


def test_threads_open_at_the_same_instant(directory: Path) -> None:
    servers: list[EmbeddedServer] = []
    threads = [
        threading.Thread(target=lambda: servers.append(open_server(directory)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({server.pid for server in servers}) == 1
    assert len(servers) == 4
    for server in servers:
        server.close()


@contextlib.contextmanager
def forked_child() -> Iterator[None]:
    """A fork of this process that is there for the length of the block."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        # Whatever happens to the parent, the child must not stay: it holds copies of
        # all that pytest has open.
        signal.alarm(20)
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    os.close(reader)
    try:
        yield
    finally:
        os.close(writer)
        os.waitpid(child, 0)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_is_a_member_too(directory: Path) -> None:
    server = open_server(directory)
    with forked_child():
        server.close()
        assert not server.wait_until_stopped(timeout=1)
    assert server.wait_until_stopped()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_fork_during_a_start_does_not_keep_the_lock(directory: Path) -> None:
    place = places.prepare_directory(directory)

    def is_free() -> bool:
        with places.lock_if_free(place) as lock:
            return lock is not None

    with contextlib.ExitStack() as stack:
        with places.lock_if_free(place):
            stack.enter_context(forked_child())
            assert not is_free()
        assert wait_for(is_free, seconds=5)


# --- kill -9


def test_kill_of_the_first_opener(
    directory: Path, member: Callable[[], Member]
) -> None:
    one, two = member(), member()
    first = one.open()
    second = two.open()
    one.insert(1)
    one.kill()
    time.sleep(0.8)
    two.insert(2)
    assert first == second
    two.leave()
    assert all_is_gone(directory)


def test_kill_of_all_members(directory: Path, member: Callable[[], Member]) -> None:
    members = [member() for _ in range(3)]
    for number, each in enumerate(members):
        each.open()
        each.insert(number)
    for each in members:
        each.kill()
    assert all_is_gone(directory)
    with open_server(directory) as server:
        assert numbers_in(server) == [0, 1, 2]


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.3])
def test_kill_of_an_opener_while_the_server_starts(
    directory: Path, member: Callable[[], Member], delay: float
) -> None:
    one = member()
    one.say("open")
    time.sleep(delay)
    one.kill()
    with open_server(directory) as server:
        assert numbers_in(server) == []
    assert server.wait_until_stopped()
    assert not processes_over(directory)


@pytest.mark.parametrize("victim", ["mongod", "supervisor"])
def test_kill_of_the_server(directory: Path, victim: str) -> None:
    server = open_server(directory)
    runtime = runtime_of(server.uri)
    with client_of(server) as client:
        safe = WriteConcern(w="majority", j=True)
        orders = client.shop.get_collection("orders", write_concern=safe)
        for number in range(20):
            orders.insert_one({"number": number})
        pid = server.pid if victim == "mongod" else supervisor_of(server.pid)
        os.kill(pid, signal.SIGKILL)
        assert all_is_gone(directory)
        with pytest.raises(ConnectionFailure):
            orders.insert_one({"number": 99})
    # The member that has seen the crash is still there, and does not stand in the way.
    with open_server(directory) as again:
        assert again.pid != server.pid
        assert numbers_in(again) == list(range(20))
        assert not runtime.exists()
    server.close()


def test_kill_of_a_server_that_hangs(directory: Path) -> None:
    server = open_server(directory)
    os.kill(server.pid, signal.SIGSTOP)
    os.kill(supervisor_of(server.pid), signal.SIGKILL)
    assert all_is_gone(directory)
    server.close()


def test_termination_of_the_supervisor_is_a_clean_stop(directory: Path) -> None:
    server = open_server(directory)
    os.kill(supervisor_of(server.pid), signal.SIGTERM)
    assert server.wait_until_stopped()
    assert not (directory / "server.json").exists()
    assert (directory / "data" / "mongod.lock").read_text() == ""
    server.close()
