"""The six queries of the demo: two each by the driver, the ORM and pandas.

From a lookup by key to four tables joined and counted. The two of the ORM are in
`orm.py`, as SQLAlchemy expressions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Query:
    """A statement and what it is there to show."""

    title: str
    sql: str
    parameters: dict[str, Any] | None = None


POINT_LOOKUP = Query(
    "one flight by its key; the weather of its hour is a document, a dict in Python",
    """\
SELECT id, day, carrier, flight, origin, dest, weather
FROM flights
WHERE id = %(id)s""",
    {"id": 1},
)

WORST_IN_FOG = Query(
    "paths into the document, in WHERE and among the columns",
    """\
SELECT day, carrier, flight, origin, dest, dep_delay,
       weather.visibility, weather.wind.speed AS wind
FROM flights
WHERE weather.visibility < %(miles)s AND dep_delay IS NOT NULL
ORDER BY dep_delay DESC, id
LIMIT 5""",
    {"miles": 0.2},
)

DELAY_BY_SKY = Query(
    "all flights of the year grouped by a CASE over the weather; a field that a"
    " document lacks is NULL",
    """\
SELECT CASE WHEN weather.visibility < 1 THEN 'fog'
            WHEN weather.precipitation > 0 THEN 'rain or snow'
            WHEN weather.wind.speed > 25 THEN 'wind'
            WHEN weather IS NULL THEN 'unknown'
            ELSE 'fair' END AS sky,
       COUNT(*) AS flights,
       ROUND(AVG(dep_delay), 1) AS dep_delay,
       COUNT(*) FILTER (WHERE dep_time IS NULL) AS cancelled
FROM flights
GROUP BY sky
ORDER BY dep_delay DESC""",
)

TO_THE_WEST = Query(
    "four tables joined and counted: who flew what to the west coast in July",
    """\
SELECT l.name AS airline, p.manufacturer,
       COUNT(*) AS flights,
       COUNT(DISTINCT p.tailnum) AS planes,
       COUNT(DISTINCT a.faa) AS airports,
       ROUND(AVG(f.arr_delay), 1) AS arr_delay
FROM flights f
JOIN airports a ON a.faa = f.dest
JOIN airlines l ON l.carrier = f.carrier
JOIN planes p ON p.tailnum = f.tailnum
WHERE f.day BETWEEN DATE '2013-07-01' AND DATE '2013-07-31'
  AND a.location.lon < -115
GROUP BY l.name, p.manufacturer
ORDER BY flights DESC, airline, p.manufacturer
LIMIT 8""",
)

BY_DRIVER = (POINT_LOOKUP, WORST_IN_FOG)
BY_PANDAS = (DELAY_BY_SKY, TO_THE_WEST)
