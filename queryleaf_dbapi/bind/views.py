"""A view in FROM: its definition, bound anew at each use.

    CREATE VIEW adults AS SELECT * FROM people WHERE age >= 18
    SELECT name FROM adults WHERE id = 5    -- one query over people, by its key

The text means what it meant when the view was made: names in it stand for the
tables they stood for, with the columns those had (`ViewRead`).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

from sqlglot import exp

from queryleaf_dbapi.bind import query
from queryleaf_dbapi.bind.binder import Binder, CatalogLike
from queryleaf_dbapi.bind.scope import DerivedRange
from queryleaf_dbapi.catalog.catalog import Collection, Field, View
from queryleaf_dbapi.plan.relations import Relation
from queryleaf_dbapi.sql.parse import parse
from queryleaf_dbapi.types import ANY


@dataclass(frozen=True, slots=True)
class BoundView:
    """The rows of a view, and its columns under their names."""

    relation: Relation
    range: DerivedRange


@dataclass(frozen=True, slots=True)
class ViewCatalog:
    """The tables a view reads, as it knows them."""

    below: CatalogLike
    view: View
    database: str

    def collection(self, name: str, database: str | None = None) -> Collection | None:
        """What the name means in the view's text."""
        for read in self.view.reads:
            if (read.written, read.written_database) == (name, database):
                found = self.below.collection(read.table, self.database)
                return None if found is None else _as_seen(found, read.seen)
        return None

    def names(self) -> list[str]:
        """The names in the view's text."""
        return [each.written for each in self.view.reads]


def _as_seen(found: Collection, names: tuple[str, ...]) -> Collection:
    """The collection without the columns that came later; a field of an undeclared
    one that no document shows today is missing, not unknown."""
    fields = []
    for name in names:
        field = found.field(name)
        if field is not None:
            fields.append(field)
        elif not found.closed:
            fields.append(Field(name, ANY))
    return replace(found, fields=tuple(fields))


def bind_view(binder: Binder, view: Collection, alias: str) -> BoundView:
    """The relation of a view made by CREATE VIEW, as part of the statement."""
    assert view.view is not None
    inner = copy.copy(binder)  # ids and scans are shared, the text is another
    inner.sql = view.view.sql
    outer = binder.catalog  # a view over views knows them, not what they read
    below = outer.below if isinstance(outer, ViewCatalog) else outer
    inner.catalog = ViewCatalog(below, view.view, view.database)
    inner.database = view.database
    inner.parameter_types = ()
    inner.common_tables = {}
    inner.reads = []
    tree = parse(view.view.sql)
    assert isinstance(tree, exp.Expr)
    relation = query.bind_query(inner, tree)
    # CREATE OR REPLACE may have added columns behind those that a view over this
    # one sees
    columns = tuple(
        replace(column, name=field.name)
        for column, field in zip(relation.columns, view.fields, strict=False)
    )
    return BoundView(relation, DerivedRange(alias, columns))
