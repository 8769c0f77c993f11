"""Engine URLs become the arguments of queryleaf_dbapi.connect()."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import ArgumentError

from sqlalchemy_queryleaf.dialect import QueryLeafDialect, QueryLeafEmbeddedDialect


@pytest.mark.parametrize(
    ("url", "uri", "options"),
    [
        ("queryleaf://h:1234/shop", "mongodb://h:1234/shop", {}),
        ("queryleaf:///shop", "mongodb://localhost/shop", {}),
        ("queryleaf+pymongo://h/shop", "mongodb://h/shop", {}),
        ("queryleaf://[::1]:27/shop", "mongodb://[::1]:27/shop", {}),
        (
            "queryleaf://an%40a:p%3Aw%2Fd@h/shop?authSource=admin&replicaSet=rs0",
            "mongodb://an%40a:p%3Aw%2Fd@h/shop?authSource=admin&replicaSet=rs0",
            {},
        ),
        ("queryleaf:///shop?host=a:1&host=b:2", "mongodb://a:1,b:2/shop", {}),
        ("queryleaf://c.example/shop?srv=true", "mongodb+srv://c.example/shop", {}),
        (
            "queryleaf://h/shop?isolation_level=SNAPSHOT&timeout_ms=50&w=2&j=false",
            "mongodb://h/shop",
            {"isolation_level": "SNAPSHOT", "timeout_ms": 50, "w": 2, "j": False},
        ),
        ("queryleaf://h/shop?w=majority", "mongodb://h/shop", {"w": "majority"}),
    ],
)
def test_server_urls(url: str, uri: str, options: dict[str, object]) -> None:
    assert QueryLeafDialect().create_connect_args(make_url(url)) == ([uri], options)


@pytest.mark.parametrize(
    ("url", "path", "options"),
    [
        ("queryleaf+embedded:///data/shop", "data/shop", {}),
        ("queryleaf+embedded:////var/data/shop", "/var/data/shop", {}),
        ("queryleaf+embedded:///d?database=x&w=1", "d", {"database": "x", "w": 1}),
    ],
)
def test_embedded_urls(url: str, path: str, options: dict[str, object]) -> None:
    dialect = QueryLeafEmbeddedDialect()
    assert dialect.create_connect_args(make_url(url)) == ([path], options)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("queryleaf+embedded://", "name the directory"),
        ("queryleaf+embedded://host/dir", "has a directory and no host"),
        ("queryleaf+embedded:///dir?replicaSet=x", "unknown option .* replicaSet"),
        ("queryleaf://h/d?timeout_ms=soon", "option timeout_ms"),
        ("queryleaf://h/d?j=perhaps", "neither true nor false"),
    ],
)
def test_wrong_urls(url: str, complaint: str) -> None:
    parsed = make_url(url)
    is_embedded = parsed.drivername.endswith("embedded")
    dialect = QueryLeafEmbeddedDialect() if is_embedded else QueryLeafDialect()
    with pytest.raises(ArgumentError, match=complaint):
        dialect.create_connect_args(parsed)


def test_entry_points() -> None:
    assert isinstance(create_engine("queryleaf://h/d").dialect, QueryLeafDialect)
    for driver in ("pymongo", "embedded"):
        engine = create_engine(f"queryleaf+{driver}:///d")
        assert engine.dialect.driver == driver
