"""Engine URLs to the arguments of `queryleaf_dbapi.connect`.

    queryleaf://u:p@h:27017/shop?replicaSet=rs0&timeout_ms=5000
      -> connect("mongodb://u:p@h:27017/shop?replicaSet=rs0", timeout_ms=5000)

Options of the driver leave the query string and become keyword arguments; all others
stay in the URI, where pymongo checks them. Pure: nothing is connected here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

_DEFAULT_HOST = "localhost"


def _boolean(text: str) -> bool:
    words = {"true": True, "1": True, "false": False, "0": False}
    try:
        return words[text.lower()]
    except KeyError:
        raise ValueError(f"{text!r} is neither true nor false") from None


def _number_or_name(text: str) -> int | str:
    return int(text) if text.isdigit() else text


# the driver's options, and how each is read from text
_OPTIONS: dict[str, Callable[[str], Any]] = {
    "autocommit": _boolean,
    "isolation_level": str,
    "timeout_ms": int,
    "wait_queue_timeout_ms": int,
    "w": _number_or_name,
    "j": _boolean,
    "read_concern": str,
    "plan_cache_size": int,
    "batch_size": int,
    "foreign_keys": _boolean,
}


def server_arguments(url: URL) -> tuple[list[Any], dict[str, Any]]:
    """The arguments for a server: a `mongodb://` URI and the options.

    Several hosts are several `host=name:port` in the query, as psycopg writes them;
    `srv=true` asks for a `mongodb+srv://` URI.
    """
    query = _query(url)
    hosts = [host for each in query.pop("host", ()) for host in each.split(",")]
    is_srv = _last(query, "srv", _boolean) or False
    options = _take_options(query)
    if url.host:
        hosts.insert(0, _host(url))
    address = ",".join(hosts or [_DEFAULT_HOST])
    database = quote(url.database or "", safe="")
    rest = urlencode([(key, each) for key, values in query.items() for each in values])
    scheme = "mongodb+srv" if is_srv else "mongodb"
    uri = f"{scheme}://{_login(url)}{address}/{database}"
    return [f"{uri}?{rest}" if rest else uri], options


def embedded_arguments(url: URL) -> tuple[list[Any], dict[str, Any]]:
    """The arguments for an embedded server: a directory and the options.

    As with SQLite three slashes start a relative path and four an absolute one;
    `database=name` chooses one of the databases in the directory.
    """
    if url.host or url.port or url.username or url.password:
        raise ArgumentError(
            "an embedded server has a directory and no host: write "
            "queryleaf+embedded:///relative/path or queryleaf+embedded:////absolute"
        )
    if not url.database:
        raise ArgumentError("name the directory: queryleaf+embedded:///relative/path")
    query = _query(url)
    options = _take_options(query)
    database = _last(query, "database", str)
    if database is not None:
        options["database"] = database
    if query:
        raise ArgumentError(f"unknown option of an embedded server: {min(query)}")
    return [url.database], options


def _query(url: URL) -> dict[str, list[str]]:
    return {
        key: [value] if isinstance(value, str) else list(value)
        for key, value in url.query.items()
    }


def _take_options(query: dict[str, list[str]]) -> dict[str, Any]:
    found = {name: _last(query, name, read) for name, read in _OPTIONS.items()}
    return {name: value for name, value in found.items() if value is not None}


def _last(query: dict[str, list[str]], name: str, read: Callable[[str], Any]) -> Any:
    values = query.pop(name, None)
    if not values:
        return None
    try:
        return read(values[-1])
    except ValueError as error:
        raise ArgumentError(f"option {name}: {error}") from None


def _login(url: URL) -> str:
    if url.username is None:
        return ""
    name = quote(url.username, safe="")
    if url.password is None:
        return f"{name}@"
    return f"{name}:{quote(str(url.password), safe='')}@"


def _host(url: URL) -> str:
    host = url.host or ""
    if ":" in host:  # an IPv6 address, whose brackets SQLAlchemy took away
        host = f"[{host}]"
    return f"{host}:{url.port}" if url.port else host
