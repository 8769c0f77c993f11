"""Random conditions over documents nobody declared, written twice: for QueryLeaf and
for sqlite3, which has values of any kind in any column.

An array is a BLOB to sqlite3: it equals an equal array, and no number or text. `<`
compares values of one kind only and is NULL else, which sqlite3 is told by typeof().
"""

from __future__ import annotations

import json
import random
import sqlite3
from typing import Any

Pair = tuple[str, str]
_NUMBERS: list[Any] = [0, 1, 2, 5, 2.5, -1]
_TEXTS: list[Any] = ["", "a", "ab", "5", "$a", "B"]
_ARRAYS: list[Any] = [[5], [1, 2], ["a"], []]
COLUMNS = {"a": "a", "b": "b", "s": "s", "n.x": "n_x", "n.y.z": "n_y_z"}


def random_documents(seed: int, count: int = 40) -> list[dict[str, Any]]:
    """Documents with missing fields, nulls, mixed kinds, arrays and sub-documents."""
    pick = random.Random(seed)

    def value(kinds: list[list[Any]]) -> Any:
        return pick.choice(pick.choice(kinds))

    documents = []
    for number in range(count):
        document: dict[str, Any] = {"_id": number}
        fields = {
            "a": [_NUMBERS, _NUMBERS, _TEXTS, _ARRAYS, [None]],
            "b": [_NUMBERS, _NUMBERS, _TEXTS, [None]],
            "s": [_TEXTS, _TEXTS, _TEXTS, [None]],
        }
        for name, kinds in fields.items():
            if pick.random() < 0.8:
                document[name] = value(kinds)
        if pick.random() < 0.8:
            document["n"] = pick.choice(
                [
                    {"x": value([_NUMBERS, [None]]), "y": {"z": value([_TEXTS])}},
                    {"x": value([_NUMBERS])},
                    {"y": value([_NUMBERS, [None]])},
                    {},
                    [{"x": 1}, {"x": 2}],  # reading x of an array gives NULL
                    None,
                    7,
                ]
            )
        documents.append(document)
    return documents


def _read(document: Any, path: str) -> Any:
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return encode(document)


def encode(value: Any) -> Any:
    """An array as bytes that sort as BSON sorts arrays: by element, numbers first."""
    if not isinstance(value, list):
        return value
    parts = [f"1{v:05}" if isinstance(v, int) else f"2{v}" for v in value]
    return json.dumps(["".join(parts), value]).encode()


def load_sqlite(collections: dict[str, list[dict[str, Any]]]) -> sqlite3.Connection:
    """The same documents as tables whose columns have no affinity."""
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA case_sensitive_like = ON")
    for name, documents in collections.items():
        columns = ", ".join(["_id", *COLUMNS.values()])
        connection.execute(f"CREATE TABLE {name} ({columns})")
        for document in documents:
            row = [document["_id"], *(_read(document, path) for path in COLUMNS)]
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {name} VALUES ({marks})", row)
    return connection


class DocumentGenerator:
    """Writes (QueryLeaf, sqlite3) pairs."""

    def __init__(self, seed: int, prefix: str = "") -> None:
        self.random = random.Random(seed)
        self.prefix = prefix

    def column(self) -> Pair:
        name = self.random.choice(list(COLUMNS))
        return f"{self.prefix}{name}", f"{self.prefix}{COLUMNS[name]}"

    def literal(self) -> tuple[str, str]:
        """A constant and its kind for typeof()."""
        if self.random.random() < 0.6:
            return str(self.random.choice([0, 1, 2, 5, -1])), "number"
        return f"'{self.random.choice(['', 'a', 'ab', '5', '$a'])}'", "text"

    @staticmethod
    def of_kind(column: str, kind: str) -> str:
        kinds = "'integer', 'real'" if kind == "number" else "'text'"
        return f"(CASE WHEN typeof({column}) IN ({kinds}) THEN {column} END)"

    def condition(self, depth: int) -> Pair:
        pick = self.random
        if depth and pick.random() < 0.6:
            one, other = self.condition(depth - 1), self.condition(depth - 1)
            if pick.random() < 0.3:
                return f"NOT ({one[0]})", f"NOT ({one[1]})"
            word = pick.choice(["AND", "OR"])
            return (
                f"({one[0]}) {word} ({other[0]})",
                f"({one[1]}) {word} ({other[1]})",
            )
        return self._simple()

    def _simple(self) -> Pair:
        pick = self.random
        ours, theirs = self.column()
        constant, kind = self.literal()
        choice = pick.randrange(8)
        if choice == 0:
            operator = pick.choice(["=", "<>"])
            return f"{ours} {operator} {constant}", f"{theirs} {operator} {constant}"
        if choice == 1:
            operator = pick.choice(["<", "<=", ">", ">="])
            typed = self.of_kind(theirs, kind)
            return f"{ours} {operator} {constant}", f"{typed} {operator} {constant}"
        if choice == 2:
            word = pick.choice(["IS NULL", "IS NOT NULL"])
            return f"{ours} {word}", f"{theirs} {word}"
        if choice == 3:
            items = [constant] + [
                self.literal()[0] if pick.random() < 0.2 else constant for _ in "12"
            ]
            if pick.random() < 0.3:
                items.append("NULL")
            tail = f"{pick.choice(['', 'NOT '])}IN ({', '.join(items)})"
            return f"{ours} {tail}", f"{theirs} {tail}"
        if choice == 4:
            word = pick.choice(["", "NOT "])
            sql = "IS" if word else "IS NOT"
            return (
                f"{ours} IS {word}DISTINCT FROM {constant}",
                f"{theirs} {sql} {constant}",
            )
        if choice == 5:
            other = self.column()
            operator = pick.choice(["=", "<>"])
            return f"{ours} {operator} {other[0]}", f"{theirs} {operator} {other[1]}"
        if choice == 6:
            low, high = sorted(pick.sample([-1, 0, 1, 2, 5], 2))
            word = pick.choice(["", "NOT "])
            tail = f"{word}BETWEEN {low} AND {high}"
            return f"{ours} {tail}", f"{self.of_kind(theirs, 'number')} {tail}"
        pattern = pick.choice(["a%", "%b", "_", "%", "$%"])
        word = pick.choice(["", "NOT "])
        p = self.prefix
        return f"{p}s {word}LIKE '{pattern}'", f"{p}s {word}LIKE '{pattern}'"

    def statement(self) -> Pair:
        pick = self.random
        choice = pick.randrange(7)
        where = self.condition(1)
        tails = f" WHERE {where[0]}", f" WHERE {where[1]}"
        column = self.column()
        if choice == 0:
            return tuple(  # type: ignore[return-value]
                f"SELECT {c}, COUNT(*) FROM m{t} GROUP BY {c}"
                for c, t in zip(column, tails, strict=True)
            )
        if choice == 1:
            return tuple(  # type: ignore[return-value]
                f"SELECT DISTINCT {c} FROM m{t}"
                for c, t in zip(column, tails, strict=True)
            )
        if choice == 2:
            return tuple(  # type: ignore[return-value]
                f"SELECT COUNT({c}), COUNT(DISTINCT {c}), COUNT(*) FROM m{t}"
                for c, t in zip(column, tails, strict=True)
            )
        if choice == 3:
            return tuple(  # type: ignore[return-value]
                f"SELECT _id, {c} FROM m{t} ORDER BY {c} {w}, _id"
                for w in [pick.choice(["NULLS LAST", "DESC NULLS LAST", "NULLS FIRST"])]
                for c, t in zip(column, tails, strict=True)
            )
        if choice == 4:
            kind = pick.choice(["JOIN", "LEFT JOIN"])
            one, other = (
                pick.choice(list(COLUMNS.items())),
                pick.choice(list(COLUMNS.items())),
            )
            return tuple(  # type: ignore[return-value]
                f"SELECT x._id, y._id FROM m x {kind} k y ON x.{one[i]} = y.{other[i]}"
                for i in (0, 1)
            )
        if choice == 5:
            word = pick.choice(["", "NOT "])
            other = pick.choice(list(COLUMNS.items()))
            return tuple(  # type: ignore[return-value]
                f"SELECT _id FROM m WHERE {column[i]} {word}IN "
                f"(SELECT k.{other[i]} FROM k WHERE k.{other[i]} IS NOT NULL)"
                for i in (0, 1)
            )
        one, other = (
            pick.choice(list(COLUMNS.items())),
            pick.choice(list(COLUMNS.items())),
        )
        word = pick.choice(["", "NOT "])
        return tuple(  # type: ignore[return-value]
            f"SELECT _id FROM m WHERE {word}EXISTS "
            f"(SELECT 1 FROM k WHERE k.{one[i]} = m.{other[i]})"
            for i in (0, 1)
        )

    def three_forms(self) -> list[Pair]:
        """The same condition in WHERE, hidden from the match language, as a value."""
        ours, theirs = self.condition(2)
        return [
            (f"SELECT _id FROM m WHERE {ours}", f"SELECT _id FROM m WHERE {theirs}"),
            (
                f"SELECT _id FROM m WHERE CASE WHEN {ours} THEN 1 ELSE 0 END = 1",
                f"SELECT _id FROM m WHERE {theirs}",
            ),
            (
                f"SELECT _id, CASE WHEN {ours} THEN 1 WHEN NOT ({ours}) THEN 0 END FROM m",
                f"SELECT _id, ({theirs}) FROM m",
            ),
        ]
