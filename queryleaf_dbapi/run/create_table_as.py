"""CREATE TABLE AS: the table is made, then filled by the server; without its rows
there is no table."""

from __future__ import annotations

import contextlib
from typing import Any

from queryleaf_dbapi.catalog.changes import TableCreation, TableRemoval
from queryleaf_dbapi.errors import Error
from queryleaf_dbapi.mongo.commands import Aggregate
from queryleaf_dbapi.run.catalog_reader import CatalogReader
from queryleaf_dbapi.run.error_map import translated
from queryleaf_dbapi.run.fill import Values
from queryleaf_dbapi.run.reads import Reader
from queryleaf_dbapi.run.schema import execute_schema_change
from queryleaf_dbapi.run.session import Session


def create_table_as(
    catalog: CatalogReader,
    session: Session,
    creation: TableCreation,
    reader: Reader,
    values: Values,
) -> int:
    """Make and fill the table; how many rows it has.

    Others see the table while it is filled: the server writes the rows of a pipeline
    outside of transactions.
    """
    command = reader.command
    assert isinstance(command, Aggregate)
    execute_schema_change(catalog, creation)
    try:
        database = session.database(command.database)
        source: Any = database
        if command.collection is not None:
            source = database[command.collection]
        made = session.database(creation.database)[creation.name]
        with translated():
            source.aggregate(
                reader.filled(values), session=session.session, allowDiskUse=True
            ).close()
            count: int = made.count_documents({}, session=session.session)
    except BaseException:
        removal = TableRemoval(((creation.database, creation.name, ()),), False)
        with contextlib.suppress(Error):
            execute_schema_change(catalog, removal)
        raise
    catalog.wrote(creation.database, creation.name, count)
    return count
