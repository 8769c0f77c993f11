"""pandas over the dialect: to_sql and read_sql."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa


@pytest.fixture
def engine(database_uri: str) -> Iterator[sa.Engine]:
    url = database_uri.replace("mongodb://", "queryleaf://", 1)
    engine = sa.create_engine(url)
    yield engine
    engine.dispose()


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "i": [1, 2, 3],
            "f": [0.5, None, -2.0],
            "s": ["a", None, "it's 100%"],
            "b": [True, False, True],
            "d": [
                pd.Timestamp("2024-01-01"),
                None,
                pd.Timestamp("2024-02-29 12:30:00.250"),
            ],
        }
    )


@pytest.mark.parametrize("method", [None, "multi"])
@pytest.mark.parametrize("chunksize", [None, 2])
def test_round_trip(engine: sa.Engine, method: Any, chunksize: int | None) -> None:
    written = frame().to_sql(
        "t", engine, index=False, method=method, chunksize=chunksize
    )
    assert written == 3
    found = pd.read_sql("SELECT * FROM t ORDER BY i", engine)
    assert found["i"].tolist() == [1, 2, 3]
    assert found["f"].fillna(99).tolist() == [0.5, 99, -2.0]
    assert found["s"].fillna("none").tolist() == ["a", "none", "it's 100%"]
    assert found["b"].tolist() == [True, False, True]
    assert found["d"].isna().tolist() == [False, True, False]
    assert found["d"][2] == pd.Timestamp("2024-02-29 12:30:00.250")


def test_append_and_replace(engine: sa.Engine) -> None:
    frame().to_sql("t", engine, index=False)
    with pytest.raises(ValueError, match="already exists"):
        frame().to_sql("t", engine, index=False)
    frame().to_sql("t", engine, index=False, if_exists="append")
    count = "SELECT count(*) AS n FROM t"
    assert pd.read_sql(count, engine)["n"].tolist() == [6]
    frame()[["i"]].to_sql("t", engine, index=False, if_exists="replace")
    assert pd.read_sql_table("t", engine).columns.tolist() == ["i"]


def test_read_in_chunks(engine: sa.Engine) -> None:
    pd.DataFrame({"i": range(25)}).to_sql("t", engine, index=False)
    parts = pd.read_sql("SELECT i FROM t ORDER BY i", engine, chunksize=10)
    assert [len(part) for part in parts] == [10, 10, 5]


def test_parameters_and_index(engine: sa.Engine) -> None:
    frame().set_index("i").to_sql("t", engine)
    statement = sa.text("SELECT i, s FROM t WHERE i >= :low ORDER BY i")
    found = pd.read_sql(statement, engine, params={"low": 3}, index_col="i")
    assert found.index.tolist() == [3]
    assert found["s"].tolist() == ["it's 100%"]


def test_the_driver_without_sqlalchemy_types(engine: sa.Engine) -> None:
    frame().to_sql("t", engine, index=False, dtype={"i": sa.BigInteger, "s": sa.Text})
    columns = sa.inspect(engine).get_columns("t")
    assert {each["name"]: str(each["type"]) for each in columns} == {
        "i": "BIGINT",
        "f": "DOUBLE PRECISION",
        "s": "TEXT",
        "b": "BOOLEAN",
        "d": "TIMESTAMP",
    }


def test_dates(engine: sa.Engine) -> None:
    frame().to_sql("t", engine, index=False)
    found = pd.read_sql_table("t", engine)
    assert str(found["d"].dtype).startswith("datetime64")
    late = pd.read_sql("SELECT i FROM t WHERE d >= DATE '2024-02-01'", engine)
    assert late["i"].tolist() == [3]
