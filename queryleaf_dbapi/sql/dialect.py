"""The dialect sqlglot parses: PostgreSQL's, with subscripts as they are written.

sqlglot lowers a subscript whose type it guesses to be an integer by one, and leaves
others as they are; a reader could not tell which it was.
"""

from __future__ import annotations

from sqlglot.dialects.postgres import Postgres


class WrittenPostgres(Postgres):
    """PostgreSQL with subscripts that count from 1 in the tree too."""

    INDEX_OFFSET = 0


DIALECT = WrittenPostgres
