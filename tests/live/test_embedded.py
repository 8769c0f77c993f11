"""The embedded server: opening a directory, and what is said when that fails."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from queryleaf_dbapi.embedded import directory as places
from queryleaf_dbapi.embedded import open_server
from queryleaf_dbapi.errors import OperationalError
from tests.live.embedded_members import (
    all_is_gone,
    client_of,
    end_all_under,
    numbers_in,
    processes_over,
    runtime_of,
)

pytestmark = pytest.mark.live


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A directory to open, of which nothing is left afterwards."""
    yield tmp_path / "db"
    end_all_under(tmp_path)


# --- opening


def test_open_write_in_a_transaction_and_open_again(directory: Path) -> None:
    before = time.monotonic()
    with open_server(directory) as server, client_of(server) as client:
        first = time.monotonic() - before
        with client.start_session() as session, session.start_transaction():
            client.shop.orders.insert_one({"number": 1}, session=session)
        with client.start_session() as session, session.start_transaction():
            client.shop.orders.insert_one({"number": 2}, session=session)
            session.abort_transaction()
    assert server.wait_until_stopped()
    assert not processes_over(directory)

    before = time.monotonic()
    with open_server(directory) as server:
        second = time.monotonic() - before
        assert numbers_in(server) == [1]
    print(f"first start {first:.2f} s, second start {second:.2f} s")
    assert first < 20
    assert second < 10


def test_nobody_else_can_reach_it(directory: Path) -> None:
    with open_server(directory) as server:
        runtime = runtime_of(server.uri)
        assert stat.S_IMODE(runtime.stat().st_mode) == 0o700
        assert runtime.stat().st_uid == os.geteuid()
        assert stat.S_IMODE((runtime / "mongod.sock").stat().st_mode) == 0o700
        assert stat.S_IMODE((directory / "data").stat().st_mode) == 0o700
        listening = sockets_of(server.pid)
        assert listening["tcp"] == []
        assert listening["unix"] == ["./mongod.sock"]
    assert server.wait_until_stopped()
    assert not runtime.exists()


def sockets_of(pid: int) -> dict[str, list[str]]:
    """The TCP and unix sockets on which the process listens."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            inodes.add(os.readlink(link).removeprefix("socket:[").removesuffix("]"))
    tcp = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                tcp.append(fields[1])
    unix = []
    for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
        fields = line.split()
        # The flag __SO_ACCEPTCON marks a listening socket.
        if int(fields[3], 16) & 0x10000 and fields[6] in inodes:
            unix.append(fields[7])
    return {"tcp": tcp, "unix": unix}


def test_parameters_reach_mongod_and_test_commands_are_off(directory: Path) -> None:
    with (
        open_server(directory, parameters={"ttlMonitorSleepSecs": "7"}) as server,
        client_of(server) as client,
    ):
        asked = {"getParameter": 1, "ttlMonitorSleepSecs": 1, "enableTestCommands": 1}
        answer = client.admin.command(asked)
        assert answer["ttlMonitorSleepSecs"] == 7
        assert not answer["enableTestCommands"]


def test_an_overlong_log_is_put_aside(directory: Path) -> None:
    directory.mkdir()
    (directory / "mongod.log").write_bytes(b"x" * (9 * 1024 * 1024))
    with open_server(directory):
        assert (directory / "mongod.log").stat().st_size < 1024 * 1024
        assert (directory / "mongod.log.1").stat().st_size == 9 * 1024 * 1024


def test_a_moved_directory_opens(directory: Path, tmp_path: Path) -> None:
    with open_server(directory) as server, client_of(server) as client:
        client.shop.orders.insert_one({"number": 1})
    assert server.wait_until_stopped()
    moved = directory.rename(tmp_path / "moved")
    with open_server(moved) as server, client_of(server) as client:
        assert numbers_in(server) == [1]
        with client.start_session() as session, session.start_transaction():
            client.shop.orders.insert_one({"number": 2}, session=session)


def test_a_copy_does_not_join_the_server_of_its_original(
    directory: Path, tmp_path: Path
) -> None:
    with open_server(directory) as server:
        copy = tmp_path / "copy"
        copy.mkdir()
        for name in ("server.json", "queryleaf.lock"):
            (copy / name).write_bytes((directory / name).read_bytes())
        with open_server(copy) as other:
            assert other.pid != server.pid
        # Nor did it take the original's sockets for its own leftovers.
        assert other.wait_until_stopped()
        assert runtime_of(server.uri).exists()


# --- errors


def test_no_mongod(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUERYLEAF_MONGOD", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(OperationalError, match=r"pip install .queryleaf\[embedded\]"):
        open_server(directory)


@pytest.mark.parametrize(
    ("name", "message"),
    [("missing", "does not exist"), ("plain", r"chmod \+x"), (".", "not a file")],
)
def test_a_wrong_mongod_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    (tmp_path / "plain").write_text("#!/bin/sh\n")
    monkeypatch.setenv("QUERYLEAF_MONGOD", str(tmp_path / name))
    with pytest.raises(OperationalError, match=message):
        open_server(tmp_path / "db")


def test_a_file_is_not_a_directory(tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_text("")
    with pytest.raises(OperationalError, match="needs a directory"):
        open_server(tmp_path / "shop.db")
    with pytest.raises(OperationalError, match="needs a directory"):
        open_server(tmp_path / "shop.db" / "below")


def test_a_directory_that_cannot_be_written() -> None:
    with pytest.raises(OperationalError, match="cannot create the directory"):
        open_server("/proc/queryleaf")
    with pytest.raises(OperationalError, match="cannot write in the directory"):
        open_server("/proc")


def test_the_data_of_a_plain_mongod_is_refused(tmp_path: Path) -> None:
    (tmp_path / "WiredTiger").write_text("")
    with pytest.raises(OperationalError, match="a plain mongod"):
        open_server(tmp_path)


def test_mongods_own_words_when_it_does_not_start(directory: Path) -> None:
    with pytest.raises(OperationalError, match=r"Unknown --setParameter .nonsense"):
        open_server(directory, parameters={"nonsense": "1"})
    # This one is told in the log only.
    (directory / "data" / "mongod.lock").mkdir()
    with pytest.raises(OperationalError, match="lock file"):
        open_server(directory)
    assert all_is_gone(directory)


def test_a_directory_whose_server_cannot_be_reached(directory: Path) -> None:
    place = places.prepare_directory(directory)
    with (
        places.lock_if_free(place),
        pytest.raises(OperationalError, match="another process holds the directory"),
    ):
        open_server(directory, start_timeout=0.3)


def test_sockets_of_another_user_are_refused(directory: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory to another user")
    place = places.prepare_directory(directory)
    with places.lock_if_free(place):
        runtime = places.create_runtime(place)
        os.chown(runtime, 12345, -1)
        with pytest.raises(OperationalError, match="uid 12345"):
            open_server(directory)
        os.chown(runtime, 0, -1)
        places.remove_runtime(place)
    assert not runtime.exists()


def test_a_long_temporary_directory(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    with open_server(directory) as server:
        assert len(str(runtime_of(server.uri) / "mongod.sock")) < 107


def test_windows_is_told_what_to_use(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    with pytest.raises(OperationalError, match="mongodb:// URI"):
        open_server(directory)


def test_a_first_start_that_was_killed_does_not_spoil_the_directory(
    tmp_path: Path,
) -> None:
    """mongod may leave files it cannot open; nobody has stored anything yet."""
    directory = tmp_path / "db"
    with open_server(directory) as server:
        pass
    assert server.wait_until_stopped()
    (directory / "data" / "WiredTiger.turtle").write_text("half written")
    with pytest.raises(OperationalError, match="mongod stopped"):
        open_server(directory)  # it was opened before: its data are not touched
    (directory / "queryleaf.opened").unlink()
    with open_server(directory) as server:
        assert server.pid
    assert server.wait_until_stopped()
