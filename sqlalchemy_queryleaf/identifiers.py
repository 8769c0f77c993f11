"""Names in SQL text: which of them must be quoted.

MongoDB's names are case-sensitive and kept as they are written, and an unquoted name
means the exact one first. So a name with upper case needs no quotes; a reserved word
does, and so does a name with characters that SQL reads otherwise, such as a dot.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy.sql.compiler import IdentifierPreparer

# PostgreSQL's reserved words, and words that the driver's parser reads as syntax in one
# place or another; quotes that were not needed do no harm
_WORDS = """
    all alter analyse analyze and anti any array as asc asymmetric authorization
    begin between binary both case cast check collate column connect_by_root
    constraint create cross cube current_catalog current_date current_role
    current_schema current_time current_timestamp current_user default deferrable
    desc describe distinct do drop else end except exclude false fetch for foreign
    freeze from full function glob grant group having if ilike in initially inner
    insert intersect interval into is isnull join lateral leading left like limit
    localtime localtimestamp lock natural new not notnull null of off offset old on
    only or order outer over overlaps partitioned_by placing primary qualify
    recursive references regexp returning revoke right rlike rollback rollup select
    semi session_user similar some symmetric table tablesample then to trailing true
    uncache union unique unnest user using values variadic verbose when where window
    with xmlnamespaces xor
"""
RESERVED_WORDS = frozenset(_WORDS.split())


class QueryLeafIdentifierPreparer(IdentifierPreparer):
    """Quotes names that SQL would read as something else."""

    reserved_words = set(RESERVED_WORDS)  # noqa: RUF012 - SQLAlchemy's form
    legal_characters = re.compile(r"^[A-Z0-9_]+$", re.I)

    def _requires_quotes(self, value: str) -> bool:
        """Upper case alone needs no quotes: names are not folded."""
        return (
            value.lower() in self.reserved_words
            or value[:1] in self.illegal_initial_characters
            or not self.legal_characters.match(value)
            or not value.isascii()
        )

    def sequence_literal(self, sequence: Any) -> str:
        """The name of a sequence as nextval() takes it: a quoted text."""
        name = self.format_sequence(sequence)
        return "'" + name.replace("'", "''") + "'"
