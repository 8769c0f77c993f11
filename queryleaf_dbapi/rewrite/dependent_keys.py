"""GROUP BY keys that follow from other keys are only carried along."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from queryleaf_dbapi import functions
from queryleaf_dbapi.catalog.catalog import Collection
from queryleaf_dbapi.functions import operators
from queryleaf_dbapi.functions.conjunctions import split_conjunction
from queryleaf_dbapi.plan.expressions import AggregateCall, Call, ColumnRef
from queryleaf_dbapi.plan.relations import (
    Aggregate,
    Filter,
    Join,
    JoinKind,
    Project,
    Relation,
    Scan,
    Sort,
)

(ANY_VALUE,) = functions.AGGREGATES["ANY_VALUE"]


def drop_dependent_keys(node: Relation) -> Relation:
    """Aggregate(r, by k, d, calls)  ==  Aggregate(r, by k, calls and ANY_VALUE(d))

    where equal k mean equal d: k is a primary key of the table d is a column of, or
    equal to such a key by an inner join. Sound: the groups are the same, and all rows
    of a group have the same d. The server hashes one short key instead of a document.
    """
    if not isinstance(node, Aggregate) or len(node.keys) < 2 or node.sets:
        return node
    plain = {c.id: v.id for c, v in node.keys if isinstance(v, ColumnRef)}
    if len(plain) < 2:
        return node
    facts = _Facts()
    facts.gather(node.input)
    if not facts.determines and not facts.equal:
        return node
    kept = list(node.keys)
    # what determines most stays: a key of a table before its columns
    for key in sorted(node.keys, key=lambda k: _is_key(k[1], facts)):
        column, value = key
        if not isinstance(value, ColumnRef):
            continue
        others = {v.id for c, v in kept if c is not column and isinstance(v, ColumnRef)}
        if value.id in facts.closure(others):
            kept.remove(key)
    if len(kept) == len(node.keys):
        return node
    carried = tuple(
        (c, AggregateCall(ANY_VALUE, (value,), c.type, c.nullable))
        for c, value in node.keys
        if (c, value) not in kept
    )
    return replace(node, keys=tuple(kept), calls=(*carried, *node.calls))


@dataclass
class _Facts:
    """What determines what among the columns of a relation."""

    determines: list[tuple[frozenset[int], frozenset[int]]] = field(
        default_factory=list
    )
    equal: list[tuple[int, int]] = field(default_factory=list)

    def gather(self, relation: Relation) -> None:
        """Read the keys of the tables and the equalities of the inner joins below."""
        match relation:
            case Scan(collection=collection):
                self._of_scan(relation, collection)
            case Filter(input=below) | Sort(input=below):
                self.gather(below)
            case Project(input=below, items=items):
                self.gather(below)
                for column, value in items:
                    if isinstance(value, ColumnRef) and value.id != column.id:
                        self.equal.append((column.id, value.id))
            case Join(left=left, right=right, kind=kind):
                self.gather(left)
                if kind in (JoinKind.INNER, JoinKind.LEFT):
                    self.gather(right)
                if kind is JoinKind.INNER and relation.condition is not None:
                    for part in split_conjunction(relation.condition):
                        self._of_condition(part)
            case _:
                pass

    def _of_scan(self, scan: Scan, collection: Collection) -> None:
        columns = {path[0]: c.id for c, path in scan.fields if len(path) == 1}
        key = collection.primary_key
        names = ("_id",) if key is None else key.columns
        if all(name in columns for name in names):
            every = frozenset(column.id for column in scan.columns)
            self.determines.append((frozenset(columns[n] for n in names), every))

    def _of_condition(self, part: object) -> None:
        if isinstance(part, Call) and part.function is operators.EQ:
            one, other = part.arguments
            if isinstance(one, ColumnRef) and isinstance(other, ColumnRef):
                if one.type == other.type:
                    self.equal.append((one.id, other.id))

    def closure(self, known: set[int]) -> set[int]:
        """All columns that these determine."""
        found = set(known)
        size = -1
        while size != len(found):
            size = len(found)
            for one, other in self.equal:
                if one in found or other in found:
                    found |= {one, other}
            for keys, columns in self.determines:
                if keys <= found:
                    found |= columns
        return found


def _is_key(value: object, facts: _Facts) -> bool:
    return isinstance(value, ColumnRef) and any(
        value.id in keys for keys, _ in facts.determines
    )
