"""The order in which inner joins are made: small and connected tables first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from queryleaf_dbapi.catalog.catalog import Collection
from queryleaf_dbapi.cost.rows import (
    distinct,
    indexed_paths,
    is_unique,
    matches_of,
    read_rows,
    rows_of,
    stored_column,
    stored_rows,
)
from queryleaf_dbapi.cost.settings import settings
from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.functions.conjunctions import conjunction, split_conjunction
from queryleaf_dbapi.plan.expressions import Call, ColumnRef, Expr
from queryleaf_dbapi.plan.relations import Filter, Join, JoinKind, Relation, Scan
from queryleaf_dbapi.plan.visit import (
    map_children,
    map_inputs,
    map_own,
    refers_to,
    subquery_of,
)

_STATES = 80  # sets of tables kept at each step, shared among the tables
_WORTH = 0.75  # another order must promise this share of the written one's cost,
_LEAST = 3000.0  # and to save so many microseconds


def order_joins(node: Relation) -> Relation:
    """Join(Join(a, b), c)  ==  Join(Join(c, a), b) and every other order

    Sound: an inner join gives the combinations for which all conditions are TRUE, in
    whatever order they are tried; each is asked as soon as its tables are there. The
    written order stays where no other one is estimated to be much cheaper.
    """
    if not _is_link(node):
        return _own_subqueries(map_inputs(node, order_joins))
    assert isinstance(node, Join)
    tables, conditions = _flatten(node)
    tables = [order_joins(each) for each in tables]
    rest = [_entered(each) for each in conditions]
    graph = _Graph(tables, rest)
    written = list(range(len(tables)))
    best = graph.best_order()
    limit = graph.cost(written)
    if graph.cost(best) > min(limit * _WORTH, limit - _LEAST):
        best = written
    return _joined(tables, rest, best)


def _is_link(node: Relation) -> bool:
    return isinstance(node, Join) and node.kind is JoinKind.INNER and not node.lateral


def _flatten(node: Relation) -> tuple[list[Relation], list[Expr]]:
    if not _is_link(node):
        return [node], []
    assert isinstance(node, Join)
    left, above_left = _flatten(node.left)
    right, above_right = _flatten(node.right)
    own = split_conjunction(node.condition) if node.condition is not None else []
    return [*left, *right], [*above_left, *above_right, *own]


def _own_subqueries(node: Relation) -> Relation:
    return map_own(node, _entered)


def _entered(node: Expr) -> Expr:
    node = map_children(node, _entered)
    relation = subquery_of(node)
    if relation is None:
        return node
    inside = order_joins(relation)
    return node if inside is relation else replace(node, relation=inside)  # type: ignore[call-arg]


def _joined(
    tables: list[Relation], parts: list[Expr], order: Sequence[int]
) -> Relation:
    """The left-deep tree of this order, each condition as low as it can stand."""
    result = tables[order[0]]
    every = frozenset(c.id for table in tables for c in table.columns)
    known = frozenset(column.id for column in result.columns)
    waiting = parts
    for index in order[1:]:
        table = tables[index]
        known |= {column.id for column in table.columns}
        now = [part for part in waiting if refers_to(part) & every <= known]
        waiting = [part for part in waiting if part not in now]
        condition = conjunction(now) if now else None
        result = Join(JoinKind.INNER, result, table, condition)
    return result


@dataclass(frozen=True, slots=True)
class _Edge:
    """A condition between tables; `ends` are the stored columns an equality of two
    tables compares, by table."""

    tables: frozenset[int]
    ends: dict[int, tuple[Collection, str] | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _State:
    """Tables joined in an order: what it cost, and how many rows there are."""

    cost: float
    rows: float
    order: tuple[int, ...]


class _Graph:
    """The tables with their estimated rows, and the conditions between them."""

    def __init__(self, tables: list[Relation], parts: list[Expr]) -> None:
        self.count = len(tables)
        self.rows = [rows_of(table) for table in tables]
        self.read = [read_rows(table) for table in tables]
        self.stored = [_base(table) for table in tables]
        owner = {c.id: i for i, table in enumerate(tables) for c in table.columns}
        self.edges = [self._edge(part, tables, owner) for part in parts]
        self.of: list[list[_Edge]] = [
            [edge for edge in self.edges if i in edge.tables] for i in range(self.count)
        ]

    def _edge(self, part: Expr, tables: list[Relation], owner: dict[int, int]) -> _Edge:
        among = frozenset(owner[i] for i in refers_to(part) if i in owner)
        edge = _Edge(among)
        if isinstance(part, Call) and part.function is operators.EQ and len(among) == 2:
            for each in part.arguments:
                ids = refers_to(each)
                own = {owner[i] for i in ids if i in owner}
                if len(own) != 1:
                    return _Edge(among)
                table = own.pop()
                found = None
                if isinstance(each, ColumnRef):
                    found = stored_column(tables[table], each.id)
                edge.ends[table] = found
            if len(edge.ends) != 2:
                return _Edge(among)
        return edge

    def best_order(self) -> list[int]:
        """The cheapest order found by growing the most promising sets of tables, one
        table at a time (a beam search)."""
        width = max(1, _STATES // self.count)
        starts = sorted(range(self.count), key=lambda i: self.read[i] + self.rows[i])
        first = settings().costs.scanned
        states = {
            frozenset({i}): _State(first * self.read[i], self.rows[i], (i,))
            for i in starts[: 2 * width]
        }
        for _ in range(self.count - 1):
            found: dict[frozenset[int], _State] = {}
            for reached, state in states.items():
                for table in self._next(reached):
                    added, rows = self._step(reached, state.rows, table)
                    total = state.cost + added
                    key = reached | {table}
                    if key not in found or total < found[key].cost:
                        found[key] = _State(total, rows, (*state.order, table))
            kept = sorted(found.items(), key=lambda item: item[1].cost)
            states = dict(kept[:width])
        best = min(states.values(), key=lambda state: state.cost)
        return list(best.order)

    def _next(self, reached: frozenset[int]) -> list[int]:
        """The tables a condition joins to those reached, or all that are left."""
        waiting = [i for i in range(self.count) if i not in reached]
        near = [i for i in waiting if any(e.tables & reached for e in self.of[i])]
        return near or waiting

    def cost(self, order: list[int]) -> float:
        """The estimated microseconds of joining in this order."""
        rows = self.rows[order[0]]
        total = settings().costs.scanned * self.read[order[0]]
        for place, table in enumerate(order[1:], 1):
            added, rows = self._step(frozenset(order[:place]), rows, table)
            total += added
        return total

    def _step(
        self, reached: frozenset[int], rows: float, table: int
    ) -> tuple[float, float]:
        """What joining one more table costs, and how many rows there are then."""
        costs = settings().costs
        mine = [
            edge
            for edge in self.of[table]
            if edge.tables <= reached | {table} and len(edge.tables) > 1
        ]
        equal = [edge for edge in mine if edge.ends]
        found = rows * self.rows[table] * 0.3 ** (len(mine) - len(equal))
        if not equal:
            pairs = rows * self.rows[table]
            return costs.broadcast_pair * pairs + costs.row * found, max(found, 1.0)
        found = max(1.0, found / self._distinct(equal, rows, table))
        base = self.stored[table]
        hashed = costs.started + costs.hashed * (rows + self.rows[table])
        hashed += costs.scanned * self.read[table]
        if base is None:
            return hashed + costs.row * found, found
        found_by = [
            matches_of(_other_end(edge, table), *end)
            for edge in equal
            if (end := edge.ends[table]) is not None and end[1] in indexed_paths(end[0])
        ]
        if found_by:
            each = costs.looked_up if len(reached) == 1 else costs.looked_up_later
            looked_up = rows * (each + costs.row * min(found_by))
        elif stored_rows(base) <= costs.hash_limit:
            looked_up = costs.hashed_by_server * (rows + stored_rows(base))
        else:
            looked_up = costs.nested_pair * rows * stored_rows(base)
        return min(hashed, looked_up) + costs.row * found, found

    def _distinct(self, equal: list[_Edge], rows: float, table: int) -> float:
        """How many different keys there are: those of each neighbour combined, but no
        more than the table has where they make a unique key of it."""
        total = 1.0
        mine: list[tuple[Collection, str]] = []
        neighbours: dict[int, list[_Edge]] = {}
        for edge in equal:
            neighbours.setdefault(_other(edge, table), []).append(edge)
        for neighbour, edges in neighbours.items():
            ends = [e.ends[table] for e in edges], [e.ends[neighbour] for e in edges]
            paths = {
                is_mine: [end for end in found if end is not None]
                for is_mine, found in zip((True, False), ends, strict=True)
            }
            mine += paths[True]
            total *= distinct(paths, rows, self.rows[table])
        base = self.stored[table]
        if base is not None and is_unique(base, tuple(path for _, path in mine)):
            return min(total, stored_rows(base))
        return total


def _other(edge: _Edge, table: int) -> int:
    return next(each for each in edge.ends if each != table)


def _other_end(edge: _Edge, table: int) -> tuple[Collection, str] | None:
    return edge.ends[_other(edge, table)]


def _base(table: Relation) -> Collection | None:
    while isinstance(table, Filter):
        table = table.input
    return table.collection if isinstance(table, Scan) else None
