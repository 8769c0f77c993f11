"""The demo's tables as classes of SQLAlchemy's ORM, and two queries over them.

The classes describe the tables that `load.py` made; they create nothing. Foreign
keys are named for the ORM only, which needs them to know how the tables join.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, ForeignKey, Select, create_engine, func, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    mapped_column,
    relationship,
    selectinload,
)


class Base(DeclarativeBase):
    """The base of the demo's classes."""


class Airline(Base):
    """A carrier by its two letters."""

    __tablename__ = "airlines"

    carrier: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Plane(Base):
    """A plane by the number on its tail."""

    __tablename__ = "planes"

    tailnum: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int | None]
    manufacturer: Mapped[str | None]
    model: Mapped[str | None]
    seats: Mapped[int | None]


class Flight(Base):
    """A departure from one of New York's three airports."""

    __tablename__ = "flights"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    carrier: Mapped[str] = mapped_column(ForeignKey("airlines.carrier"))
    flight: Mapped[int]
    tailnum: Mapped[str | None] = mapped_column(ForeignKey("planes.tailnum"))
    origin: Mapped[str]
    dest: Mapped[str]
    dep_delay: Mapped[int | None]
    arr_delay: Mapped[int | None]

    airline: Mapped[Airline] = relationship()
    plane: Mapped[Plane | None] = relationship()


LONGEST_TITLE = (
    "objects with their related objects: the flights that left with the longest delay,"
    " each with its airline and its plane (NULL where the plane is not in the list)"
)
BY_AIRLINE_TITLE = "an aggregate over a join: delay by airline, the large ones only"


def connect_engine(directory: Path) -> Engine:
    """An engine over the embedded server of `directory`."""
    return create_engine(f"queryleaf+embedded:///{directory}")


def longest_delays() -> Select[Any]:
    """The five longest delays, each with airline and plane."""
    return (
        select(Flight)
        .options(selectinload(Flight.airline), selectinload(Flight.plane))
        .where(Flight.dep_delay.is_not(None))
        .order_by(Flight.dep_delay.desc(), Flight.id)
        .limit(5)
    )


def delay_by_airline(at_least: int = 1000) -> Select[Any]:
    """Airlines with at least so many flights, by their mean delay on arrival."""
    flights = func.count().label("flights")
    delay = func.round(func.avg(Flight.arr_delay), 1).label("arr_delay")
    return (
        select(Airline.name, flights, delay)
        .select_from(Flight)
        .join(Flight.airline)
        .group_by(Airline.name)
        .having(func.count() >= at_least)
        .order_by(delay.desc(), Airline.name)
    )


def flight_row(flight: Flight) -> tuple[object, ...]:
    """What the demo prints of a flight and of the objects it refers to."""
    plane = flight.plane
    return (
        flight.day,
        flight.airline.name,
        flight.flight,
        f"{flight.origin} -> {flight.dest}",
        flight.dep_delay,
        None if plane is None else f"{plane.manufacturer} {plane.model}",
    )


FLIGHT_COLUMNS = ("day", "airline", "flight", "route", "dep_delay", "plane")
AIRLINE_COLUMNS = ("name", "flights", "arr_delay")
