"""Random window queries over a small table full of NULLs and ties.

Where peers may come in any order, only what does not depend on it is asked: whatever
looks at single rows is ordered by the primary key too.
"""

from __future__ import annotations

import random

CREATE = (
    "CREATE TABLE w (id INTEGER PRIMARY KEY, g INTEGER, k INTEGER, x DOUBLE PRECISION, "
    "m NUMERIC(8, 2), s TEXT, d DATE, t TIMESTAMP, n INTEGER NOT NULL)"
)
COLUMNS = ("k", "x", "m", "d", "t", "n", "s", "g")
RANGE_KEYS = {
    "k": ("0", "1", "3"),
    "x": ("0.5", "2", "1.25"),
    "m": ("1", "0.5", "2.75"),
    "n": ("1", "4"),
    "d": ("INTERVAL '2 days'", "INTERVAL '36 hours'", "INTERVAL '1 month'"),
    "t": ("INTERVAL '1 day'", "INTERVAL '90 minutes'", "INTERVAL '1 month'"),
}
WHOLE = ("SUM({c})", "COUNT({c})", "AVG({c})", "MIN({c})", "MAX({c})")


def statements(seed: int, count: int = 40) -> list[str]:
    """The table and its rows."""
    rng = random.Random(seed)

    def maybe(text: str) -> str:
        return "NULL" if rng.random() < 0.2 else text

    rows = [
        f"({i}, {maybe(str(rng.randint(1, 3)))}, {maybe(str(rng.randint(-4, 4)))}, "
        f"{maybe(str(rng.randint(-8, 8) / 4))}, {maybe(str(rng.randint(-20, 20) / 4))}, "
        f"{maybe(repr(rng.choice('abcB')))}, "
        f"{maybe(f'DATE {chr(39)}2024-0{rng.randint(1, 3)}-{rng.randint(10, 28)}{chr(39)}')}, "
        f"{maybe(f'TIMESTAMP {chr(39)}2024-02-2{rng.randint(7, 9)} 0{rng.randint(0, 9)}:30:00{chr(39)}')}, "
        f"{rng.randint(0, 9)})"
        for i in range(1, count + 1)
    ]
    return [CREATE, f"INSERT INTO w VALUES {', '.join(rows)}"]


class WindowGenerator:
    """One random query per seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def key(self, column: str) -> str:
        text = column + self.random.choice(["", "", " DESC", " ASC"])
        return text + self.random.choice(["", "", " NULLS FIRST", " NULLS LAST"])

    def keys(self, unique: bool, least: int = 1) -> str:
        chosen = self.random.sample(COLUMNS, self.random.randint(least, 2))
        found = [self.key(column) for column in chosen]
        if unique:
            found.append("id" + self.random.choice(["", " DESC"]))
        return "ORDER BY " + ", ".join(found) if found else ""

    def partition(self) -> str:
        return self.random.choice(
            ["", "", "PARTITION BY g ", "PARTITION BY g, s ", "PARTITION BY n % 2 "]
        )

    def bounds(self, offsets: tuple[str, ...]) -> str:
        pick = self.random.choice
        kind = self.random.randrange(7)
        one, other = pick(offsets), pick(offsets)
        if kind == 0:
            return f"{one} PRECEDING"
        start = pick(["UNBOUNDED PRECEDING", f"{one} PRECEDING", "CURRENT ROW"])
        end = pick(["UNBOUNDED FOLLOWING", f"{other} FOLLOWING", "CURRENT ROW"])
        if kind == 1:
            start, end = f"{one} PRECEDING", f"{other} PRECEDING"
        elif kind == 2:
            start, end = f"{one} FOLLOWING", f"{other} FOLLOWING"
        return f"BETWEEN {start} AND {end}"

    def exclude(self) -> str:
        if self.chance(0.6):
            return ""
        word = self.random.choice(["CURRENT ROW", "GROUP", "TIES", "NO OTHERS"])
        return f" EXCLUDE {word}"

    def aggregate(self) -> str:
        call = self.random.choice([*WHOLE, "COUNT(*)", "BOOL_AND({c} > 0)"])
        found = call.format(c=self.random.choice(["k", "x", "m", "n"]))
        if self.chance(0.2):
            found += " FILTER (WHERE k > 0)"
        return found

    def by_row(self) -> str:
        pick, column = self.random.choice, self.random.choice(COLUMNS)
        return pick(
            [
                "ROW_NUMBER()",
                f"NTILE({pick([1, 3, 7, 50])})",
                f"LAG({column})",
                f"LEAD({column}, {pick([0, 2, -1])})",
                f"LAG(k, {pick([1, 3])}, {pick(['0', 'n', '-1'])})",
                f"FIRST_VALUE({column})",
                f"LAST_VALUE({column})",
                f"NTH_VALUE({column}, {pick([1, 2, 5])})",
                "STRING_AGG(s, ',')",
                self.aggregate(),
            ]
        )

    def call(self) -> str:
        """A function over its window."""
        kind = self.random.randrange(5)
        part = self.partition()
        if kind == 0:
            name = self.random.choice(
                ["RANK()", "DENSE_RANK()", "PERCENT_RANK()", "CUME_DIST()"]
            )
            return f"{name} OVER ({part}{self.keys(False, 0)})"
        if kind == 1:
            frame = ""
            if self.chance(0.6):
                frame = f" ROWS {self.bounds(('0', '1', '2', '5'))}{self.exclude()}"
            return f"{self.by_row()} OVER ({part}{self.keys(True, 0)}{frame})"
        if kind == 2:
            frame = f" GROUPS {self.bounds(('0', '1', '2'))}{self.exclude()}"
            return f"{self.aggregate()} OVER ({part}{self.keys(False)}{frame})"
        if kind == 3:
            column = self.random.choice(sorted(RANGE_KEYS))
            offsets = RANGE_KEYS[column]
            key = self.key(column)
            if "DESC" in key:
                offsets = tuple(each for each in offsets if "month" not in each)
            frame = f" RANGE {self.bounds(offsets)}{self.exclude()}"
            return f"{self.aggregate()} OVER ({part}ORDER BY {key}{frame})"
        return f"{self.aggregate()} OVER ({part}{self.keys(False, 0)})"

    def statement(self) -> str:
        calls = [self.call() for _ in range(self.random.randint(1, 3))]
        shown = ", ".join(f"{each} AS w{i}" for i, each in enumerate(calls))
        where = self.random.choice(["", "", " WHERE k IS NOT NULL", " WHERE n > 3"])
        return f"SELECT id, {shown} FROM w{where} ORDER BY id"
