"""Random joins, subqueries, groupings and set operations, with PostgreSQL's answer.

Tables t1 to t3 are declared alike: t1 has no index, t2 has some, t3 has a unique key.
Collections m and n are nobody's: fields are missing, `k` holds integers, doubles,
decimals, texts and arrays. To PostgreSQL `k` is jsonb, whose equality is that of whole
values; a text marks with «» what it must turn into jsonb to be compared with it.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bson import Decimal128

NUMBER, TEXT, MIXED = "number", "text", "mixed"
DECLARED = ("t1", "t2", "t3")
UNDECLARED = ("m", "n")
_COLUMNS = {"id": NUMBER, "x": NUMBER, "y": NUMBER, "z": NUMBER, "s": TEXT}
_FIELDS = {"id": NUMBER, "x": NUMBER, "s": TEXT, "k": MIXED}
_TYPES = "id INTEGER PRIMARY KEY, x INTEGER{unique}, y DOUBLE PRECISION, z NUMERIC(8,2), s TEXT"
_TEXTS = ["", "a", "b", "ab", "A", "5"]
_MIXED: list[Any] = [0, 1, 2, 1.0, 2.5, Decimal("1.00"), Decimal("2.50"), "a", "5"]
_ARRAYS: list[Any] = [[1], [1, 2], [], [2.5], ["a"]]
_COMPARED = ["=", "<>", "<", "<=", ">", ">="]


def for_postgres(sql: str) -> str:
    """The text for PostgreSQL, which must be told what is jsonb."""
    return re.sub("«([^«»]*)»", r"to_jsonb(\1)", sql)


def for_us(sql: str) -> str:
    """The text without the marks."""
    return re.sub("[«»]", "", sql)


def declarations() -> list[str]:
    """CREATE TABLE and CREATE INDEX, for both."""
    made = [
        f"CREATE TABLE {table} ("
        + _TYPES.format(unique=" UNIQUE" if table == "t3" else "")
        + ")"
        for table in DECLARED
    ]
    return [*made, "CREATE INDEX t2_x ON t2 (x)", "CREATE INDEX t2_s ON t2 (s)"]


@dataclass(frozen=True)
class Data:
    """Rows of the declared tables as INSERTs, documents of the collections."""

    inserts: list[str]
    documents: dict[str, list[dict[str, Any]]]

    def postgres_statements(self) -> list[str]:
        """The collections as PostgreSQL's tables."""
        made = [
            f"CREATE TABLE {name} (id INTEGER, x INTEGER, s TEXT, k JSONB)"
            for name in UNDECLARED
        ]
        for name, documents in self.documents.items():
            for document in documents:
                values = [
                    *(_literal(document.get(field)) for field in ("id", "x", "s")),
                    "NULL"
                    if document.get("k") is None
                    else f"'{json.dumps(_plain(document['k']))}'",
                ]
                made.append(f"INSERT INTO {name} VALUES ({', '.join(values)})")
        return made


def random_data(seed: int) -> Data:
    """Few values that meet often, many NULLs; now and then a table is empty."""
    pick = random.Random(seed)

    def count() -> int:
        return 0 if pick.random() < 0.1 else pick.randint(4, 14)

    def or_null(value: Any) -> Any:
        return None if pick.random() < 0.25 else value

    inserts = []
    for table in DECLARED:
        unique = pick.sample(range(-2, 14), 16)
        for number in range(1, count() + 1):
            values = [
                number,
                or_null(unique[number] if table == "t3" else pick.randint(-1, 4)),
                or_null(pick.choice([0.0, 1.0, 2.0, 2.5, 3.0, -1.0])),
                or_null(pick.choice(["0.00", "1.00", "2.50", "3.00", "-0.50"])),
                or_null(pick.choice(_TEXTS)),
            ]
            values[3] = values[3] and Decimal(values[3])
            inserts.append(
                f"INSERT INTO {table} VALUES ({', '.join(map(_literal, values))})"
            )
    documents = {}
    for name in UNDECLARED:
        documents[name] = [
            _document(pick, number) for number in range(1, max(count(), 3) + 1)
        ]
    return Data(inserts, documents)


def _document(pick: random.Random, number: int) -> dict[str, Any]:
    document: dict[str, Any] = {"id": number}
    kind = pick.random()
    if kind < 0.65:
        document["k"] = pick.choice(_MIXED)
    elif kind < 0.8:
        document["k"] = pick.choice(_ARRAYS)
    elif kind < 0.9:
        document["k"] = None
    if isinstance(document.get("k"), Decimal):
        document["k"] = Decimal128(document["k"])
    for field, values in (("x", [0, 1, 2, 3]), ("s", _TEXTS)):
        if pick.random() < 0.8:
            document[field] = None if pick.random() < 0.2 else pick.choice(values)
    # so that `k` is mixed in every collection, and the others' kinds are known
    if number == 1:
        document |= {"x": 1, "s": "a", "k": "a"}
    if number == 2:
        document["k"] = 2.5
    return document


def _plain(value: Any) -> Any:
    return float(value.to_decimal()) if isinstance(value, Decimal128) else value


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return f"'{value}'" if isinstance(value, str) else str(value)


Scope = list[tuple[str, str]]
"""The columns in reach: (text, kind)."""


def _of(scope: Scope, kind: str) -> list[str]:
    return [text for text, each in scope if each == kind]


class JoinGenerator:
    """Writes statements; every choice comes from the seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._aliases = 0

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def statement(self) -> str:
        """One SELECT without an order: its rows are a bag."""
        shapes = [self.rows] * 5 + [self.groups] * 3 + [self.set_operation, self.having]
        return self.random.choice(shapes)()

    # --- shapes

    def rows(self) -> str:
        source, scope = self._source(self.random.choice([1, 2, 2, 2, 3, 3, 4]))
        shown = [text for text, _ in scope if text.endswith(".id")]
        shown.append(self.number(scope))
        if self.chance(0.3):
            shown.append(self.random.choice(_of(scope, TEXT)))
        if self.chance(0.35):
            shown.append(self._scalar(scope, 2))
        where = self._where(scope, 2, 0.6)
        distinct = "DISTINCT " if self.chance(0.1) else ""
        return f"SELECT {distinct}{_named(shown)} {source}{where}"

    def groups(self) -> str:
        source, scope = self._source(self.random.choice([1, 2, 2, 3]))
        keys = self.random.sample(
            [text for text, kind in scope if kind != MIXED], self.random.randint(1, 2)
        )
        mixed = _of(scope, MIXED)
        group = [*keys, mixed[0]] if mixed and self.chance(0.3) else keys
        shown = [*keys, *(self._aggregate(scope) for _ in range(2))]
        where = self._where(scope, 1, 0.4)
        having = f" HAVING {self._having(scope)}" if self.chance(0.4) else ""
        return f"SELECT {_named(shown)} {source}{where} GROUP BY {', '.join(group)}{having}"

    def having(self) -> str:
        """Aggregates without GROUP BY: one row, or none by HAVING."""
        source, scope = self._source(self.random.choice([1, 2, 3]))
        shown = [self._aggregate(scope) for _ in range(3)]
        where = self._where(scope, 2, 0.6)
        having = f" HAVING {self._having(scope)}" if self.chance(0.4) else ""
        return f"SELECT {_named(shown)} {source}{where}{having}"

    def set_operation(self) -> str:
        def member() -> str:
            source, scope = self._source(self.random.choice([1, 1, 2]))
            shown = [self.number(scope), self.random.choice(_of(scope, TEXT))]
            return f"SELECT {_named(shown)} {source}{self._where(scope, 1, 0.5)}"

        text = member()
        for _ in range(self.random.randint(1, 2)):
            operator = self.random.choice(["UNION", "INTERSECT", "EXCEPT"])
            every = self.random.choice(["", "", " ALL"])
            text = f"{text} {operator}{every} {member()}"
        return text

    # --- FROM

    def _source(self, tables: int) -> tuple[str, Scope]:
        text, scope = self._table()
        text = f"FROM {text}"
        for _ in range(tables - 1):
            added, inner = self._table(scope)
            kind = self.random.choice(
                ["JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]
            )
            if "LATERAL" in added and kind.startswith(("RIGHT", "FULL")):
                kind = "LEFT JOIN"
            if self.chance(0.06):
                text, scope = f"{text} CROSS JOIN {added}", scope + inner
                continue
            condition = self._condition(scope, inner)
            text, scope = f"{text} {kind} {added} ON {condition}", scope + inner
        return text, scope

    def _table(self, outer: Scope | None = None) -> tuple[str, Scope]:
        name = self.random.choice([*DECLARED, *DECLARED, *UNDECLARED])
        self._aliases += 1
        alias = f"{name}_{self._aliases}"
        fields = _COLUMNS if name in DECLARED else _FIELDS
        scope = [(f"{alias}.{field}", kind) for field, kind in fields.items()]
        if self.chance(0.8):
            return f"{name} {alias}", scope
        self._aliases += 1
        inner = f"d_{self._aliases}"
        number = [(f"{inner}.id", NUMBER), (f"{inner}.x", NUMBER), (f"{inner}.s", TEXT)]
        choice = self.random.randrange(4)
        if choice == 0:
            body = f"SELECT COUNT(*) AS id, {alias}.x AS x, MIN({alias}.s) AS s FROM {name} {alias} GROUP BY {alias}.x"
        elif choice == 1:
            where = self._where(scope, 1, 0.7)
            body = f"SELECT {alias}.id, {self.number(scope)} AS x, {alias}.s FROM {name} {alias}{where}"
        elif choice == 2:
            body = f"SELECT DISTINCT {alias}.x AS id, {alias}.x AS x, {alias}.s AS s FROM {name} {alias}"
        else:
            body = f"SELECT {alias}.id, {alias}.x, {alias}.s FROM {name} {alias}"
            lateral = bool(outer) and self.chance(0.5)
            if lateral:
                other = self.random.choice(_of(outer or [], NUMBER))
                body += f" WHERE {alias}.x {self.random.choice(['=', '<='])} {other}"
            body += f" ORDER BY {alias}.id LIMIT {self.random.randint(1, 4)}"
            if lateral:
                return f"LATERAL ({body}) {inner}", number
        return f"({body}) {inner}", number

    def _condition(self, left: Scope, right: Scope) -> str:
        choice = self.random.random()
        if choice < 0.4:
            return self._equal(left, right)
        if choice < 0.55:
            return f"{self._equal(left, right)} AND {self._equal(left, right)}"
        if choice < 0.78:
            both = left + right
            return f"{self._equal(left, right)} AND {self.predicate(both, 1)}"
        if choice < 0.84:
            return f"{self._equal(left, right)} OR {self._equal(left, right)}"
        if choice < 0.88:
            return self.random.choice(["TRUE", "FALSE", "NULL::boolean"])
        if choice < 0.94:
            operator = self.random.choice(["<", "<=", ">", "<>"])
            return f"{self.number(left)} {operator} {self.number(right)}"
        return self.predicate(left + right, 1)

    def _equal(self, left: Scope, right: Scope) -> str:
        if self.chance(0.25):
            return f"{self.random.choice(_of(left, TEXT))} = {self.random.choice(_of(right, TEXT))}"
        mixed = [_of(left, MIXED), _of(right, MIXED)]
        if any(mixed) and self.chance(0.6):
            sides = []
            for own, scope in zip(mixed, (left, right), strict=True):
                sides.append(self.random.choice(own) if own else self._as_mixed(scope))
            return " = ".join(sides)
        if self.chance(0.8):
            return f"{self._column(left)} = {self._column(right)}"
        return f"{self.number(left)} = {self.number(right)}"

    def _as_mixed(self, scope: Scope) -> str:
        return f"«{self.random.choice([*_of(scope, NUMBER), *_of(scope, TEXT)])}»"

    def _column(self, scope: Scope) -> str:
        columns = _of(scope, NUMBER)
        keys = [text for text in columns if not text.endswith(".id")]
        return self.random.choice(keys or columns)

    # --- values

    def number(self, scope: Scope) -> str:
        choice = self.random.random()
        column = self._column(scope)
        if choice < 0.55:
            return column
        if choice < 0.65:
            return f"({column} + {self._column(scope)})"
        if choice < 0.75:
            return f"COALESCE({column}, {self.random.randint(0, 3)})"
        if choice < 0.82:
            return f"ABS({column})"
        if choice < 0.9:
            return f"CASE WHEN {self._simple(scope)} THEN {column} ELSE {self.random.randint(0, 2)} END"
        return str(self.random.randint(-1, 4))

    def _aggregate(self, scope: Scope) -> str:
        choice = self.random.randrange(7)
        if choice == 0:
            return "COUNT(*)"
        if choice == 1:
            return f"COUNT({self.random.choice(scope)[0]})"
        if choice == 2:
            return f"COUNT(DISTINCT {self.random.choice(scope)[0]})"
        if choice == 3:
            return f"{self.random.choice(['MIN', 'MAX'])}({self.random.choice(_of(scope, TEXT))})"
        name = self.random.choice(["SUM", "SUM", "AVG", "MIN", "MAX"])
        text = f"{name}({self.number(scope)})"
        if self.chance(0.2):
            text += f" FILTER (WHERE {self._simple(scope)})"
        return text

    def _having(self, scope: Scope) -> str:
        number = self.random.randint(0, 3)
        return self.random.choice(
            [
                f"COUNT(*) > {number}",
                f"SUM({self._column(scope)}) IS NOT NULL",
                f"NOT (MAX({self._column(scope)}) < {number})",
                f"MIN({self._column(scope)}) >= (SELECT MIN(x) FROM t1)",
            ]
        )

    # --- predicates

    def _where(self, scope: Scope, depth: int, probability: float) -> str:
        if not self.chance(probability):
            return ""
        return f" WHERE {self.predicate(scope, depth)}"

    def predicate(self, scope: Scope, depth: int) -> str:
        choice = self.random.random()
        if choice < 0.12:
            return f"NOT ({self.predicate(scope, depth)})"
        if choice < 0.24:
            return f"({self.predicate(scope, depth)} AND {self._simple(scope)})"
        if choice < 0.34:
            return f"({self.predicate(scope, depth)} OR {self._simple(scope)})"
        if depth > 0 and choice < 0.75:
            return self._subquery(scope, depth)
        return self._simple(scope)

    def _simple(self, scope: Scope) -> str:
        choice = self.random.randrange(7)
        column = self._column(scope)
        if choice == 0:
            return f"{column} IS {self.random.choice(['', 'NOT '])}NULL"
        if choice == 1:
            return f"{self.random.choice(_of(scope, TEXT))} {self.random.choice(_COMPARED)} '{self.random.choice(_TEXTS)}'"
        if choice == 2:
            return f"{column} IS {self.random.choice(['', 'NOT '])}DISTINCT FROM {self._column(scope)}"
        if choice == 3:
            return f"{column} IN (0, 2, {self.random.choice(['3', 'NULL'])})"
        if choice == 4:
            return f"{column} {self.random.choice(_COMPARED)} {self._column(scope)}"
        if choice == 5 and _of(scope, MIXED):
            return f"{self.random.choice(_of(scope, MIXED))} IS {self.random.choice(['', 'NOT '])}NULL"
        return f"{column} {self.random.choice(_COMPARED)} {self.random.randint(0, 3)}"

    def _inner(self, scope: Scope, depth: int) -> tuple[str, str, Scope]:
        """FROM, WHERE and columns of a subquery, mostly correlated."""
        source, inner = self._source(self.random.choice([1, 1, 1, 2]))
        parts = []
        if self.chance(0.7):
            parts.append(self._equal(scope, inner))
        if self.chance(0.2):
            operator = self.random.choice(["<", ">=", "<>"])
            parts.append(f"{self._column(scope)} {operator} {self._column(inner)}")
        if self.chance(0.5):
            both = [*inner, *inner, *scope] if self.chance(0.5) else inner
            parts.append(self.predicate(both, depth - 1))
        where = f" WHERE {' AND '.join(parts)}" if parts else ""
        return source, where, inner

    def _subquery(self, scope: Scope, depth: int) -> str:
        source, where, inner = self._inner(scope, depth)
        choice = self.random.randrange(6)
        negation = self.random.choice(["", "NOT "])
        if choice <= 1:
            return f"{negation}EXISTS (SELECT 1 {source}{where})"
        if choice == 2 and _of(inner, MIXED) and self.chance(0.5):
            value = self.random.choice(_of(scope, MIXED) or [self._as_mixed(scope)])
            shown = _of(inner, MIXED)[0]
            return f"{value} {negation}IN (SELECT {shown} {source}{where})"
        if choice <= 3:
            return f"{self.number(scope)} {negation}IN (SELECT {self.number(inner)} {source}{where})"
        if choice == 4:
            operator = self.random.choice(_COMPARED)
            quantifier = self.random.choice(["ANY", "ALL"])
            return f"{self.number(scope)} {operator} {quantifier} (SELECT {self.number(inner)} {source}{where})"
        operator = self.random.choice(_COMPARED)
        return f"{self.number(scope)} {operator} {self._scalar(scope, depth)}"

    def _scalar(self, scope: Scope, depth: int) -> str:
        source, where, inner = self._inner(scope, depth)
        choice = self.random.randrange(4)
        if choice == 0:
            return f"(SELECT COUNT(*) {source}{where})"
        if choice == 1 and "(" not in source and " JOIN " not in source:
            identifier = inner[0][0]
            return f"(SELECT {self._column(inner)} {source}{where} ORDER BY {identifier} LIMIT 1)"
        name = self.random.choice(["MAX", "MIN", "SUM", "COUNT"])
        return f"(SELECT {name}({self.number(inner)}) {source}{where})"


def _named(values: list[str]) -> str:
    return ", ".join(f"{value} AS v{number}" for number, value in enumerate(values))


class GuardedGenerator(JoinGenerator):
    """Statements whose numbers are full of what fails without its guard: for NULL, for
    0, for a text that is no number. PostgreSQL never reaches it; nor may the server, which
    would like to compute what reads outer columns before it reads a row."""

    def number(self, scope: Scope) -> str:
        """A number, of a column of any query around, mostly guarded."""
        if self.chance(0.4):
            return super().number(scope)
        column = self._column(scope)
        text = self.random.choice(_of(scope, TEXT))
        small = f"CASE WHEN {column} > 0 THEN 2 ELSE 1 END"
        return self.random.choice(
            [
                f"LENGTH({text})",
                f"CASE WHEN {column} <> 0 THEN 12 / {column} ELSE 0 END",
                f"CASE WHEN {column} = 0 THEN 1 ELSE FLOOR(12 / {column}) END",
                f"CASE WHEN {column} > 0 THEN FLOOR(SQRT({column})) END",
                f"COALESCE(12 / NULLIF({column}, 0), 0)",
                f"CASE WHEN {text} ~ '^[0-9]+$' THEN CAST({text} AS INTEGER) ELSE -1 END",
                f"POSITION('b' IN {text})",
                f"LENGTH(SUBSTRING({text}, {small}))",
                f"LENGTH(LEFT({text}, {small}))",
            ]
        )
