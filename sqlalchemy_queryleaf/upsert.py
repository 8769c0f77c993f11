"""INSERT ... ON CONFLICT: PostgreSQL's constructs, since the SQL is PostgreSQL's.

    from sqlalchemy.dialects.postgresql import insert

    insert(t).values(id=1).on_conflict_do_nothing()

The clause is written as SQLAlchemy's own PostgreSQL compiler writes it: these are its
functions, which ask nothing of the compiler beyond what every compiler has.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.postgresql.base import PGCompiler


class OnConflict:
    """The part of a statement compiler that writes ON CONFLICT."""

    _on_conflict_target: Any = PGCompiler._on_conflict_target
    visit_on_conflict_do_nothing: Any = PGCompiler.visit_on_conflict_do_nothing
    visit_on_conflict_do_update: Any = PGCompiler.visit_on_conflict_do_update
