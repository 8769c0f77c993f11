"""Databases for SQLAlchemy's test suite: imported by its test plugin only.

The suite asks for the schemas `test_schema` and `test_schema_2`: databases, which are
there as soon as they hold something, so that nothing needs to be made.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import URL
from sqlalchemy.testing.provision import (
    create_db,
    drop_all_schema_objects_pre_tables,
    drop_db,
    generate_driver_url,
)


@generate_driver_url.for_db("queryleaf")  # type: ignore[untyped-decorator]
def _generate_driver_url(url: URL, driver: str, query_str: str) -> URL | None:
    """The same URL for the same driver; there is no other to test."""
    backend = url.get_backend_name()
    return url.set(drivername=f"{backend}+{driver}") if driver else url


@create_db.for_db("queryleaf")  # type: ignore[untyped-decorator]
def _create_db(config: Any, engine: Any, ident: str) -> None:
    """A database needs no creation."""


@drop_db.for_db("queryleaf")  # type: ignore[untyped-decorator]
def _drop_db(config: Any, engine: Any, ident: str) -> None:
    with engine.connect() as connection:
        connection.connection.dbapi_connection.client.drop_database(ident)


@drop_all_schema_objects_pre_tables.for_db("queryleaf")  # type: ignore[untyped-decorator]
def _drop_all(config: Any, engine: Any) -> None:
    """What an interrupted run left, the counters of sequences among it."""
    with engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        for name in (driver.database, "test_schema", "test_schema_2"):
            driver.client.drop_database(name)
        driver.catalog.invalidate()
