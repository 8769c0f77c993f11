"""What Alembic asks of a database, for the dialect `queryleaf`."""

from __future__ import annotations

from alembic.ddl.impl import DefaultImpl


class QueryLeafImpl(DefaultImpl):
    """Schema statements commit the open transaction, so a revision is not atomic."""

    __dialect__ = "queryleaf"
    transactional_ddl = False
