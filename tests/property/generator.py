"""Random SQL over NULL-rich tables, from a seed; the same seed gives the same text.

The generator knows types, so that nearly every statement is valid in PostgreSQL.
It writes one text; where an oracle spells something differently (`//` for integer
division in DuckDB), the text has the marker `{div}`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

INT, NUM, DEC, TEXT, BOOL, DATE = "int", "num", "dec", "text", "bool", "date"
TYPES = (INT, NUM, DEC, TEXT, BOOL, DATE)

TABLES: dict[str, dict[str, str]] = {
    "t": {"id": INT, "a": INT, "b": INT, "f": NUM, "d": DEC, "s": TEXT, "o": BOOL},
    "u": {"id": INT, "a": INT, "c": INT, "s": TEXT, "p": BOOL, "day": DATE},
    "w": {"id": INT, "a": INT, "s": TEXT, "f": NUM},
}
SQL_TYPES = {
    INT: "INTEGER",
    NUM: "DOUBLE PRECISION",
    DEC: "NUMERIC(10,2)",
    TEXT: "TEXT",
    BOOL: "BOOLEAN",
    DATE: "DATE",
}
_TEXTS = ["", "a", "b", "ab", "A", "abc", "x_y", "10%", "$a", "a.b", "é", " a ", "5"]
_PATTERNS = ["a%", "%b", "%b%", "_", "a_c", "%", "", "10\\%", "x\\_%", "%a%c", "$%"]


def create_statements() -> list[str]:
    """CREATE TABLE for each table."""
    return [
        f"CREATE TABLE {name} ("
        + ", ".join(
            f"{column} {SQL_TYPES[kind]}" + (" PRIMARY KEY" if column == "id" else "")
            for column, kind in columns.items()
        )
        + ")"
        for name, columns in TABLES.items()
    ]


def insert_statements(seed: int, rows: int = 12) -> list[str]:
    """INSERT for each table; a third of the values is NULL."""
    chosen = random.Random(seed)
    made = Generator(seed)
    statements = []
    for name, columns in TABLES.items():
        lines = []
        for number in range(1, rows + chosen.randint(0, 3)):
            values = [
                str(number)
                if column == "id"
                else "NULL"
                if chosen.random() < 0.3
                else made.literal(kind)
                for column, kind in columns.items()
            ]
            lines.append(f"({', '.join(values)})")
        names = ", ".join(columns)
        statements.append(f"INSERT INTO {name} ({names}) VALUES {', '.join(lines)}")
    return statements


@dataclass
class Scope:
    """The columns in reach: (text, type)."""

    columns: list[tuple[str, str]] = field(default_factory=list)
    aliases: int = 0

    def of(self, kind: str) -> list[str]:
        return [text for text, each in self.columns if each == kind]


class Generator:
    """Writes statements; every choice comes from the seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._alias = 0

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def alias(self, table: str) -> str:
        self._alias += 1
        return f"{table}{self._alias}"

    def scope(self, table: str, alias: str) -> Scope:
        return Scope([(f"{alias}.{c}", k) for c, k in TABLES[table].items()])

    # --- values

    def literal(self, kind: str) -> str:
        pick = self.random
        if kind == INT:
            return str(pick.randint(-3, 6))
        if kind == NUM:
            number = pick.choice([-1.5, 0.0, 0.25, 1.0, 2.5, 3.75, -4.0])
            return f"CAST({number} AS DOUBLE PRECISION)"
        if kind == DEC:
            return str(pick.choice(["-1.25", "0.50", "1.00", "2.75", "10.01"]))
        if kind == TEXT:
            return f"'{pick.choice(_TEXTS)}'"
        if kind == BOOL:
            return pick.choice(["TRUE", "FALSE"])
        return f"DATE '2024-0{pick.randint(1, 3)}-{pick.choice(['01', '15', '29'])}'"

    def value(self, kind: str, scope: Scope, depth: int) -> str:
        columns = scope.of(kind)
        if depth <= 0 or self.chance(0.35):
            if columns and self.chance(0.75):
                return self.random.choice(columns)
            if self.chance(0.1):
                return f"CAST(NULL AS {SQL_TYPES[kind]})"
            return self.literal(kind)
        shared = [self._case, self._coalesce, self._nullif, self._scalar_subquery]
        own = {
            INT: [self._arithmetic, self._arithmetic, self._int_function, self._divide],
            NUM: [self._arithmetic, self._num_function],
            DEC: [self._arithmetic],
            TEXT: [self._text_function, self._text_function, self._concat],
            BOOL: [self.predicate],
            DATE: [],
        }[kind]
        if kind == BOOL:
            return f"({self.predicate(scope, depth)})"
        return self.random.choice(own * 2 + shared)(kind, scope, depth - 1)

    def _case(self, kind: str, scope: Scope, depth: int) -> str:
        branches = " ".join(
            f"WHEN {self.predicate(scope, depth)} THEN {self.value(kind, scope, depth)}"
            for _ in range(self.random.randint(1, 2))
        )
        last = f" ELSE {self.value(kind, scope, depth)}" if self.chance(0.6) else ""
        return f"CASE {branches}{last} END"

    def _coalesce(self, kind: str, scope: Scope, depth: int) -> str:
        name = "COALESCE"
        if kind in (INT, NUM, DATE) and self.chance(0.4):
            name = self.random.choice(["GREATEST", "LEAST"])
        values = [self.value(kind, scope, depth) for _ in range(2)]
        return f"{name}({', '.join(values)})"

    def _nullif(self, kind: str, scope: Scope, depth: int) -> str:
        return f"NULLIF({self.value(kind, scope, depth)}, {self.literal(kind)})"

    def _scalar_subquery(self, kind: str, scope: Scope, depth: int) -> str:
        if kind in (BOOL, DATE) or self.chance(0.5):
            return self.value(kind, scope, 0)
        source, inner = self._subquery_source(scope)
        argument = self.value(kind, inner, 0)
        where = self.predicate(inner, min(depth, 1))
        return f"(SELECT {self.random.choice(['MIN', 'MAX'])}({argument}) {source} WHERE {where})"

    def _arithmetic(self, kind: str, scope: Scope, depth: int) -> str:
        left, right = (self.value(kind, scope, depth) for _ in range(2))
        operator = self.random.choice(["+", "-", "*"] if kind == INT else ["+", "-"])
        if self.chance(0.15):
            return f"(- {left})"
        return f"({left} {operator} {right})"

    def _divide(self, kind: str, scope: Scope, depth: int) -> str:
        left = self.value(kind, scope, depth)
        by = self.random.choice(
            ["2", "3", "-2", f"NULLIF({self.value(INT, scope, 0)}, 0)"]
        )
        return f"({left} {self.random.choice(['{div}', '%'])} {by})"

    def _int_function(self, kind: str, scope: Scope, depth: int) -> str:
        choice = self.random.randrange(4)
        if choice == 0:
            return f"ABS({self.value(INT, scope, depth)})"
        if choice == 1:
            return f"LENGTH({self.value(TEXT, scope, depth)})"
        if choice == 2:
            return f"CAST({self.value(BOOL, scope, depth)} AS INTEGER)"
        if scope.of(DATE):
            part = self.random.choice(["YEAR", "MONTH", "DAY"])
            return f"CAST(EXTRACT({part} FROM {self.value(DATE, scope, 0)}) AS INTEGER)"
        return f"POSITION('a' IN {self.value(TEXT, scope, depth)})"

    def _num_function(self, kind: str, scope: Scope, depth: int) -> str:
        name = self.random.choice(["ABS", "FLOOR", "CEIL", "CAST"])
        if name == "CAST":
            return f"CAST({self.value(INT, scope, depth)} AS DOUBLE PRECISION)"
        return f"{name}({self.value(NUM, scope, depth)})"

    def _text_function(self, kind: str, scope: Scope, depth: int) -> str:
        text = self.value(TEXT, scope, depth)
        choice = self.random.randrange(7)
        if choice == 0:
            return f"UPPER(REPLACE({text}, 'é', 'e'))"
        if choice == 1:
            return f"LOWER({text})"
        if choice == 2:
            length = f", {self.random.randint(0, 3)}" if self.chance(0.6) else ""
            return f"SUBSTRING({text}, {self.random.randint(1, 3)}{length})"
        if choice == 3:
            return f"TRIM({text})"
        if choice == 4:
            return f"REPLACE({text}, 'a', {self.literal(TEXT)})"
        if choice == 5:
            return f"CAST({self.value(INT, scope, depth)} AS TEXT)"
        return f"{self.random.choice(['LEFT', 'RIGHT'])}({text}, {self.random.randint(0, 2)})"

    def _concat(self, kind: str, scope: Scope, depth: int) -> str:
        left, right = (self.value(TEXT, scope, depth) for _ in range(2))
        if self.chance(0.3):
            return f"CONCAT({left}, {right})"
        return f"({left} || {right})"

    # --- predicates

    def predicate(self, scope: Scope, depth: int) -> str:
        if depth > 0 and self.chance(0.5):
            choice = self.random.random()
            if choice < 0.25:
                return f"NOT ({self.predicate(scope, depth - 1)})"
            joined = [self.predicate(scope, depth - 1) for _ in range(2)]
            operator = "AND" if choice < 0.6 else "OR"
            return f"({joined[0]}) {operator} ({joined[1]})"
        return self._simple_predicate(scope, depth)

    def _simple_predicate(self, scope: Scope, depth: int) -> str:
        pick = self.random
        kind = pick.choice([INT, INT, INT, TEXT, NUM, DEC, DATE, BOOL])
        if not scope.of(kind):
            kind = INT
        left = self.value(kind, scope, depth - 1)
        choice = pick.randrange(12)
        if choice < 4:
            operator = pick.choice(["=", "<>", "<", "<=", ">", ">="])
            return f"{left} {operator} {self.value(kind, scope, depth - 1)}"
        if choice == 4:
            return f"{left} IS {pick.choice(['', 'NOT '])}NULL"
        if choice == 5:
            items = [self.literal(kind) for _ in range(pick.randint(1, 3))]
            if self.chance(0.3):
                items.append("NULL")
            return f"{left} {pick.choice(['', 'NOT '])}IN ({', '.join(items)})"
        if choice == 6 and kind != BOOL:
            bounds = [self.value(kind, scope, depth - 1) for _ in range(2)]
            return (
                f"{left} {pick.choice(['', 'NOT '])}BETWEEN {bounds[0]} AND {bounds[1]}"
            )
        if choice == 7:
            text = self.value(TEXT, scope, depth - 1)
            pattern = pick.choice(_PATTERNS)
            return f"{text} {pick.choice(['', 'NOT '])}LIKE '{pattern}' ESCAPE '\\'"
        if choice == 8:
            other = self.value(kind, scope, depth - 1)
            return f"{left} IS {pick.choice(['', 'NOT '])}DISTINCT FROM {other}"
        if choice == 9:
            value = self.value(BOOL, scope, depth - 1)
            truth = pick.choice(["TRUE", "FALSE"])
            return f"({value}) IS {pick.choice(['', 'NOT '])}{truth}"
        if choice == 10 and depth > 0:
            return self._subquery_predicate(scope, depth, left, kind)
        return self.value(BOOL, scope, 0) if scope.of(BOOL) else f"{left} IS NOT NULL"

    def _subquery_source(self, outer: Scope) -> tuple[str, Scope]:
        table = self.random.choice(list(TABLES))
        alias = self.alias(table)
        inner = self.scope(table, alias)
        if self.chance(0.6):  # correlated
            inner.columns += self.random.sample(
                outer.columns, min(2, len(outer.columns))
            )
        return f"FROM {table} {alias}", inner

    def _subquery_predicate(
        self, scope: Scope, depth: int, left: str, kind: str
    ) -> str:
        source, inner = self._subquery_source(scope)
        where = f"WHERE {self.predicate(inner, min(depth - 1, 1))}"
        choice = self.random.randrange(4)
        negation = self.random.choice(["", "NOT "])
        value = self.value(kind, inner, 0)
        if choice == 0:
            return f"{negation}EXISTS (SELECT 1 {source} {where})"
        if choice == 1:
            return f"{left} {negation}IN (SELECT {value} {source} {where})"
        if choice == 2:
            operator = self.random.choice(["=", "<>", "<", ">="])
            quantifier = self.random.choice(["ANY", "ALL"])
            return f"{left} {operator} {quantifier} (SELECT {value} {source} {where})"
        return (
            f"{left} = (SELECT MAX({value}) {source} {where})"
            if kind != BOOL
            else (f"{negation}EXISTS (SELECT 1 {source})")
        )

    # --- statements

    def statement(self) -> str:
        """One SELECT, of any of the shapes."""
        shapes = {
            "predicate": self.select_predicate,
            "value": self.select_values,
            "join": self.select_join,
            "group": self.select_group,
            "set": self.select_set,
            "distinct": self.select_distinct,
            "limit": self.select_limit,
            "derived": self.select_derived,
        }
        return shapes[self.random.choice(list(shapes))]()

    def select_predicate(self) -> str:
        table = self.random.choice(list(TABLES))
        scope = self.scope(table, table)
        return f"SELECT id FROM {table} WHERE {self.predicate(scope, 2)}"

    def three_forms(self) -> tuple[str, str, str]:
        """A predicate in WHERE, hidden from the match language, and as a value."""
        table = self.random.choice(list(TABLES))
        predicate = self.predicate(self.scope(table, table), 2)
        return (
            f"SELECT id FROM {table} WHERE {predicate}",
            f"SELECT id FROM {table} WHERE CASE WHEN {predicate} THEN 1 ELSE 0 END = 1",
            f"SELECT id, ({predicate}) AS truth FROM {table}",
        )

    def select_values(self) -> str:
        table = self.random.choice(list(TABLES))
        scope = self.scope(table, table)
        values = [
            f"{self.value(self.random.choice([k for k in TYPES if scope.of(k)]), scope, 3)}"
            f" AS v{i}"
            for i in range(self.random.randint(1, 3))
        ]
        return f"SELECT id, {', '.join(values)} FROM {table}"

    def _joined(self, depth: int = 1) -> tuple[str, Scope]:
        tables = [
            self.random.choice(list(TABLES))
            for _ in range(self.random.choice([2, 2, 3]))
        ]
        alias = self.alias(tables[0])
        scope = self.scope(tables[0], alias)
        text = f"FROM {tables[0]} {alias}"
        for table in tables[1:]:
            alias = self.alias(table)
            added = self.scope(table, alias)
            kind = self.random.choice(
                ["JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "CROSS JOIN"]
            )
            both = Scope(scope.columns + added.columns)
            text += f" {kind} {table} {alias}"
            if kind != "CROSS JOIN":
                left = self.random.choice(scope.of(INT))
                condition = f"{left} = {self.random.choice(added.of(INT))}"
                if self.chance(0.35):
                    condition += f" AND {self.predicate(both, depth)}"
                elif self.chance(0.25):
                    condition = self.predicate(both, depth)
                text += f" ON {condition}"
            scope = both
        return text, scope

    def select_join(self) -> str:
        source, scope = self._joined()
        ids = [c for c, _ in scope.columns if c.endswith(".id")]
        shown = [*ids, self.value(self.random.choice([INT, TEXT]), scope, 1)]
        where = f" WHERE {self.predicate(scope, 1)}" if self.chance(0.6) else ""
        return f"SELECT {', '.join(f'{s} AS v{i}' for i, s in enumerate(shown))} {source}{where}"

    def _aggregate(self, scope: Scope) -> str:
        pick = self.random
        kind = pick.choice([k for k in (INT, INT, NUM, TEXT, DEC, BOOL) if scope.of(k)])
        value = self.value(kind, scope, 1)
        names = {TEXT: ["MIN", "MAX", "COUNT"], BOOL: ["BOOL_AND", "BOOL_OR", "COUNT"]}
        name = pick.choice(names.get(kind, ["SUM", "AVG", "MIN", "MAX", "COUNT"]))
        if name == "COUNT" and self.chance(0.3):
            text = "COUNT(*)"
        else:
            distinct = (
                "DISTINCT "
                if name in ("COUNT", "SUM", "AVG") and self.chance(0.3)
                else ""
            )
            text = f"{name}({distinct}{value})"
        if self.chance(0.25):
            text += f" FILTER (WHERE {self.predicate(scope, 1)})"
        return text

    def select_group(self) -> str:
        if self.chance(0.3):
            source, scope = self._joined(0)
        else:
            table = self.random.choice(list(TABLES))
            source, scope = f"FROM {table}", self.scope(table, table)
        where = f" WHERE {self.predicate(scope, 1)}" if self.chance(0.5) else ""
        keys = [
            self.value(
                self.random.choice([k for k in (INT, TEXT, BOOL) if scope.of(k)]),
                scope,
                1,
            )
            if self.chance(0.3)
            else self.random.choice(scope.columns)[0]
            for _ in range(self.random.randint(0, 2))
        ]
        keys = [
            key
            for key in keys
            if "(SELECT" not in key and key[0] not in "-'0123456789TFCD"
        ]
        aggregates = [self._aggregate(scope) for _ in range(self.random.randint(1, 3))]
        shown = ", ".join(f"{v} AS v{i}" for i, v in enumerate([*keys, *aggregates]))
        text = f"SELECT {shown} {source}{where}"
        if keys:
            text += f" GROUP BY {', '.join(keys)}"
        if self.chance(0.3):
            text += f" HAVING {self._having(scope)}"
        return text

    def _having(self, scope: Scope) -> str:
        number = self.random.randint(0, 3)
        choice = self.random.randrange(3)
        if choice == 0:
            return f"COUNT(*) > {number}"
        if choice == 1:
            return f"SUM({self.value(INT, scope, 0)}) IS NOT NULL"
        return f"NOT (MAX({self.value(INT, scope, 0)}) < {number})"

    def _set_member(self, kinds: list[str]) -> str:
        table = self.random.choice(["t", "u"] if BOOL in kinds else list(TABLES))
        scope = self.scope(table, table)
        shown = ", ".join(
            f"{self.value(k, scope, 1)} AS v{i}" for i, k in enumerate(kinds)
        )
        where = f" WHERE {self.predicate(scope, 1)}" if self.chance(0.5) else ""
        return f"SELECT {shown} FROM {table}{where}"

    def select_set(self) -> str:
        kinds = [
            self.random.choice([INT, TEXT]) for _ in range(self.random.randint(1, 2))
        ]
        operators = ["UNION", "UNION ALL", "INTERSECT", "EXCEPT"]
        text = self._set_member(kinds)
        for _ in range(self.random.randint(1, 2)):
            text = f"{text} {self.random.choice(operators)} {self._set_member(kinds)}"
        return text

    def select_distinct(self) -> str:
        source, scope = self._joined(0)
        shown = [self.random.choice(scope.columns)[0] for _ in range(2)]
        where = f" WHERE {self.predicate(scope, 1)}" if self.chance(0.5) else ""
        return f"SELECT DISTINCT {', '.join(f'{s} AS v{i}' for i, s in enumerate(shown))} {source}{where}"

    def select_limit(self) -> str:
        table = self.random.choice(list(TABLES))
        scope = self.scope(table, table)
        keys = [
            f"{self.value(self.random.choice([INT, NUM]) if scope.of(NUM) else INT, scope, 1)}"
            f"{self.random.choice(['', ' ASC', ' DESC', ' DESC NULLS LAST', ' NULLS FIRST'])}"
            for _ in range(self.random.randint(0, 2))
        ]
        # PostgreSQL folds `(- -2)` to the second column
        keys = [key for key in keys if key[0] not in "-0123456789("]
        limit = f" LIMIT {self.random.randint(0, 6)}" if self.chance(0.8) else ""
        offset = f" OFFSET {self.random.randint(0, 4)}" if self.chance(0.5) else ""
        where = f" WHERE {self.predicate(scope, 1)}" if self.chance(0.4) else ""
        return f"SELECT id, s FROM {table}{where} ORDER BY {', '.join([*keys, f'{table}.id'])}{limit}{offset}"

    def select_derived(self) -> str:
        table = self.random.choice(list(TABLES))
        alias = self.alias(table)
        inner = self.scope(table, alias)
        value, text = self.value(INT, inner, 1), self.value(TEXT, inner, 1)
        body = (
            f"SELECT {alias}.id AS id, {value} AS x, {text} AS y FROM {table} {alias}"
        )
        if self.chance(0.5):
            body += f" WHERE {self.predicate(inner, 1)}"
        if self.chance(0.3):
            body += f" ORDER BY {alias}.id LIMIT {self.random.randint(1, 8)}"
        name = self.alias("q")
        scope = Scope([(f"{name}.id", INT), (f"{name}.x", INT), (f"{name}.y", TEXT)])
        source, shown = (
            f"({body}) {name}",
            f"{name}.id AS v0, {name}.x AS v1, {name}.y AS v2",
        )
        with_ = ""
        if self.chance(0.5):
            with_, source = f"WITH {name} AS ({body}) ", name
        if self.chance(0.5):
            other = self.alias("w")
            scope.columns += self.scope("w", other).columns
            shown += f", {other}.id AS v3"
            source += f" {self.random.choice(['', 'LEFT '])}JOIN w {other} ON {other}.a = {name}.x"
        where = f" WHERE {self.predicate(scope, 1)}" if self.chance(0.5) else ""
        return f"{with_}SELECT {shown} FROM {source}{where}"
