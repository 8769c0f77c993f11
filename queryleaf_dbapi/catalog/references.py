"""The foreign keys that a change of one table may touch.

A row written must find its parents (the table's own keys); a row that goes away, or
whose key changes, must leave no child behind (the keys of other tables that refer to
it), and what is done to those children may touch further tables. All that is needed
for it, gathered once per statement and found without asking the server again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from queryleaf_dbapi.catalog.catalog import Collection, Field, ForeignKey
from queryleaf_dbapi.catalog.generated import Generated

_KEEPS = {None, "RESTRICT"}  # actions that change no child


@dataclass(frozen=True, slots=True)
class References:
    """The written table and every table its foreign keys lead to, by name.

    `defaults` are the expressions of SET DEFAULT, by (table, column); `generated` are
    the generated columns of tables whose rows may be changed.
    """

    database: str
    target: str
    tables: Mapping[str, Collection]
    defaults: Mapping[tuple[str, str], Any]
    generated: Mapping[str, Generated]

    def children(self, table: str) -> tuple[tuple[str, ForeignKey], ...]:
        """(table, its foreign key) of all that refer to a table."""
        return self.tables[table].referred_by

    def concerned(self, table: str) -> frozenset[str]:
        """The columns whose change has to be looked at."""
        own = self.tables[table].foreign_keys
        named = [name for key in own for name in key.columns]
        named += [name for _, key in self.children(table) for name in key.referred]
        return frozenset(named)


def references_of(
    target: Collection,
    find: Callable[[str, str], Collection | None],
    default_of: Callable[[Collection, Field], Any],
    generated_of: Callable[[Collection], Generated | None],
) -> References | None:
    """The references of a table that is written; None when it has none.

    `find(name, database)` asks the catalog; `default_of` gives the expression of a
    DEFAULT, `generated_of` those of generated columns.
    """
    if not target.foreign_keys and not target.referred_by:
        return None
    tables = {target.name: target}
    defaults: dict[tuple[str, str], Any] = {}
    waiting, visited = [target.name], set()

    def known(name: str) -> Collection | None:
        found = tables.get(name) or find(name, target.database)
        if found is not None:
            tables[name] = found
        return found

    while waiting:
        name = waiting.pop()
        if name in visited:
            continue
        visited.add(name)
        for key in tables[name].foreign_keys:
            known(key.table)
        for child_name, key in tables[name].referred_by:
            child = known(child_name)
            if child is None:
                continue
            for column in _defaulted(child, key):
                defaults[child_name, column.name] = default_of(child, column)
            if not {key.on_delete, key.on_update} <= _KEEPS:
                waiting.append(child_name)
    computed = {name: generated_of(tables[name]) for name in visited}
    generated = {name: each for name, each in computed.items() if each is not None}
    return References(target.database, target.name, tables, defaults, generated)


def _defaulted(child: Collection, key: ForeignKey) -> list[Field]:
    if "SET DEFAULT" not in (key.on_delete, key.on_update):
        return []
    found = (child.field(name) for name in key.columns)
    return [each for each in found if each is not None and each.default is not None]
