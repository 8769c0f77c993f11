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

_EVERY_START = 7  # up to so many tables each may be the first
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
    best = min(graph.orders(), key=graph.cost)
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
        self._costs: dict[tuple[int, ...], float] = {}

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

    def orders(self) -> list[list[int]]:
        """One greedy order from each of the tables that may well be the first."""
        starts = sorted(range(self.count), key=lambda i: self.rows[i])
        if self.count > _EVERY_START:
            starts = starts[:2]
        return [self._greedy(start) for start in starts]

    def _greedy(self, start: int) -> list[int]:
        order, rows = [start], self.rows[start]
        waiting = set(range(self.count)) - {start}
        while waiting:
            reached = frozenset(order)
            near = {i for i in waiting if any(e.tables & reached for e in self.of[i])}
            options = [(self._step(reached, rows, i), i) for i in near or waiting]
            (_, rows), chosen = min(
                options, key=lambda o: (o[0][0] + 2 * o[0][1], o[1])
            )
            order.append(chosen)
            waiting.remove(chosen)
        return order

    def cost(self, order: list[int]) -> float:
        """The estimated microseconds of joining in this order."""
        key = tuple(order)
        if key not in self._costs:
            rows = self.rows[order[0]]
            total = settings().costs.scanned * self.read[order[0]]
            for place, table in enumerate(order[1:], 1):
                added, rows = self._step(frozenset(order[:place]), rows, table)
                total += added
            self._costs[key] = total
        return self._costs[key]

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
            looked_up = rows * (costs.looked_up + costs.row * min(found_by))
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
