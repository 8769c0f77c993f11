"""Names in schema statements: tables, columns, and what may stand beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from queryleaf_dbapi.bind.binder import CatalogLike
from queryleaf_dbapi.bind.errors import undefined_column, undefined_table
from queryleaf_dbapi.catalog.catalog import Collection
from queryleaf_dbapi.catalog.names import check_table_name, match_name
from queryleaf_dbapi.errors import DuplicateTable, Position
from queryleaf_dbapi.plan.schema_statements import RenameTable
from queryleaf_dbapi.sql.accepted import refuse
from queryleaf_dbapi.sql.positions import position_of


@dataclass(frozen=True, slots=True)
class SchemaBinder:
    """The statement's text, the catalog, and the database names belong to."""

    sql: str
    catalog: CatalogLike
    default_database: str

    def position(self, node: exp.Expr | None) -> Position | None:
        """Where a node stands in the text."""
        return position_of(node, self.sql)

    def only(self, node: exp.Expr, allowed: str, statement: str) -> None:
        """Refuse every argument of a node that is set and not allowed."""
        names = allowed.split()
        for key, value in node.args.items():
            if value and key not in names and key != "_type":
                clause = _CLAUSES.get(key, key.replace("_", " ").upper())
                raise refuse(f"{clause} in {statement}", node, self.sql)

    def new_table(self, node: exp.Expr) -> tuple[str, str]:
        """(database, name) of a table that is to be made."""
        database, name = self._table_parts(node)
        check_table_name(name, database, self.position(node))
        return database, name

    def existing_table(self, node: exp.Expr) -> Collection | None:
        """The table a name stands for, or None: see `match_name`."""
        database, name = self._table_parts(node)
        check_table_name(name, database, self.position(node))
        found = self.catalog.collection(name, database)
        if found is None and database == self.default_database:
            identifier = node.this
            quoted = isinstance(identifier, exp.Identifier) and bool(
                identifier.args.get("quoted")
            )
            other = match_name(name, self.catalog.names(), quoted)
            found = self.catalog.collection(other, database) if other else None
        return found

    def table(self, node: exp.Expr) -> Collection:
        """The table a name stands for; UndefinedTable when there is none."""
        found = self.existing_table(node)
        if found is None:
            database, name = self._table_parts(node)
            near = self.catalog.names() if database == self.default_database else ()
            raise undefined_table(name, near, self.position(node))
        return found

    def _table_parts(self, node: exp.Expr) -> tuple[str, str]:
        self.only(node, "this db", "this statement")
        return node.text("db") or self.default_database, node.name

    def column(self, node: exp.Expr, names: Iterable[str], table: str) -> str:
        """The column of a table that an identifier stands for."""
        listed = list(names)
        found = match_name(node.name, listed, bool(node.args.get("quoted")))
        if found is None:
            raise undefined_column(node.name, f'"{table}"', listed, self.position(node))
        return found


_CLAUSES = {
    "expression": "AS SELECT",
    "replace": "OR REPLACE",
    "only": "ONLY",
    "catalog": "a name of three parts",
    "alias": "an alias",
    "sync": "SYNC",
}


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """The wanted name, with a number behind it if it is taken."""
    names = set(taken)
    candidate, number = wanted, 0
    while candidate in names:
        number += 1
        candidate = f"{wanted}{number}"
    return candidate


def bind_rename(
    binder: SchemaBinder, table: Collection, action: exp.Expr
) -> RenameTable:
    """RENAME TO of a table or view: its new name must be free."""
    database, new_name = binder.new_table(action.this)
    if database != table.database and action.this.text("db"):
        raise refuse("a move to another database", action, binder.sql)
    if binder.catalog.collection(new_name, table.database) is not None:
        raise DuplicateTable(
            f'table "{new_name}" already exists', position=binder.position(action)
        )
    return RenameTable(table, new_name)
