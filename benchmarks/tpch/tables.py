"""TPC-H's tables: their declarations, their data, their foreign keys' indexes."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from queryleaf_dbapi import Connection

TABLES: dict[str, tuple[str, str]] = {
    "region": (
        "r_regionkey INTEGER, r_name VARCHAR(25), r_comment VARCHAR(152)",
        "r_regionkey",
    ),
    "nation": (
        "n_nationkey INTEGER, n_name VARCHAR(25), n_regionkey INTEGER, "
        "n_comment VARCHAR(152)",
        "n_nationkey",
    ),
    "supplier": (
        "s_suppkey INTEGER, s_name VARCHAR(25), s_address VARCHAR(40), "
        "s_nationkey INTEGER, s_phone VARCHAR(15), s_acctbal DECIMAL(15,2), "
        "s_comment VARCHAR(101)",
        "s_suppkey",
    ),
    "customer": (
        "c_custkey INTEGER, c_name VARCHAR(25), c_address VARCHAR(40), "
        "c_nationkey INTEGER, c_phone VARCHAR(15), c_acctbal DECIMAL(15,2), "
        "c_mktsegment VARCHAR(10), c_comment VARCHAR(117)",
        "c_custkey",
    ),
    "part": (
        "p_partkey INTEGER, p_name VARCHAR(55), p_mfgr VARCHAR(25), "
        "p_brand VARCHAR(10), "
        "p_type VARCHAR(25), p_size INTEGER, p_container VARCHAR(10), "
        "p_retailprice DECIMAL(15,2), p_comment VARCHAR(23)",
        "p_partkey",
    ),
    "partsupp": (
        "ps_partkey INTEGER, ps_suppkey INTEGER, ps_availqty INTEGER, "
        "ps_supplycost DECIMAL(15,2), ps_comment VARCHAR(199)",
        "ps_partkey, ps_suppkey",
    ),
    "orders": (
        "o_orderkey INTEGER, o_custkey INTEGER, o_orderstatus VARCHAR(1), "
        "o_totalprice DECIMAL(15,2), o_orderdate DATE, o_orderpriority VARCHAR(15), "
        "o_clerk VARCHAR(15), o_shippriority INTEGER, o_comment VARCHAR(79)",
        "o_orderkey",
    ),
    "lineitem": (
        "l_orderkey INTEGER, l_partkey INTEGER, l_suppkey INTEGER, "
        "l_linenumber INTEGER, l_quantity DECIMAL(15,2), "
        "l_extendedprice DECIMAL(15,2), l_discount DECIMAL(15,2), "
        "l_tax DECIMAL(15,2), l_returnflag VARCHAR(1), l_linestatus VARCHAR(1), "
        "l_shipdate DATE, l_commitdate DATE, l_receiptdate DATE, "
        "l_shipinstruct VARCHAR(25), l_shipmode VARCHAR(10), l_comment VARCHAR(44)",
        "l_orderkey, l_linenumber",
    ),
}
"""Columns and primary key of each; every column is NOT NULL, as the standard says."""

INDEXES = {
    "nation": "n_regionkey",
    "supplier": "s_nationkey",
    "customer": "c_nationkey",
    "partsupp": "ps_suppkey",
    "orders": "o_custkey",
    "lineitem": "l_partkey, l_suppkey",
}
"""Foreign keys that no primary key's index begins with; `l_suppkey` has one more."""


class NoDataError(Exception):
    """The data generator is not installed."""


def columns_of(table: str) -> list[tuple[str, str]]:
    """Name and type of each column."""
    text = TABLES[table][0].replace("(15,2)", "(15;2)")
    pairs = [column.strip().split(" ", 1) for column in text.split(",")]
    return [(name, kind.replace(";", ",")) for name, kind in pairs]


def load(
    connection: Connection, scale: str, nullable: bool, say: Callable[[str], None]
) -> None:
    """Generate the data and write it through the driver."""
    generator = shutil.which("tpchgen-cli", path=str(Path(sys.executable).parent))
    if generator is None:
        raise NoDataError("TPC-H needs its data generator: pip install tpchgen-cli")
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run(
            [generator, "csv", "-s", scale, "-o", directory],
            check=True,
            capture_output=True,
        )
        for table in TABLES:
            _create(connection, table, nullable)
            say(f"loading {table}")
            _fill(connection, table, Path(directory) / f"{table}.csv")


def add_indexes(connection: Connection) -> None:
    """Index the foreign keys."""
    for table, columns in INDEXES.items():
        connection.execute(f"CREATE INDEX {table}_fk ON {table} ({columns})")
    connection.execute("CREATE INDEX lineitem_fk2 ON lineitem (l_suppkey)")


def _create(connection: Connection, table: str, nullable: bool) -> None:
    rule = "" if nullable else " NOT NULL"
    columns = [f"{name} {kind}{rule}" for name, kind in columns_of(table)]
    key = f"PRIMARY KEY ({TABLES[table][1]})"
    connection.execute(f"CREATE TABLE {table} ({', '.join([*columns, key])})")


def _fill(connection: Connection, table: str, file: Path) -> None:
    columns = columns_of(table)
    marks = ", ".join(["%s"] * len(columns))
    insert = f"INSERT INTO {table} VALUES ({marks})"
    readers = [_READERS.get(kind.split("(")[0], str) for _, kind in columns]
    with file.open(newline="") as lines, connection.cursor() as cursor:
        records = csv.reader(lines)
        next(records)
        rows = (
            tuple(read(text) for read, text in zip(readers, record, strict=True))
            for record in records
        )
        for batch in _batches(rows, 5000):
            cursor.executemany(insert, batch)


_READERS: dict[str, Callable[[str], Any]] = {"INTEGER": int, "DECIMAL": Decimal}


def _batches(rows: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while batch := list(islice(rows, size)):
        yield batch
