"""QueryLeaf as a SQLAlchemy 2 dialect.

    from sqlalchemy import create_engine

    engine = create_engine("queryleaf://localhost:27017/shop")
    engine = create_engine("queryleaf+embedded:///data/shop")  # a directory

The dialect is found by its entry points; import this package only for the types that
SQLAlchemy does not have.
"""

from __future__ import annotations

from sqlalchemy_queryleaf.dialect import QueryLeafDialect, QueryLeafEmbeddedDialect
from sqlalchemy_queryleaf.native_types import ANY, INTERVAL, JSONB, OBJECTID

__version__ = "0.1.0"

__all__ = [
    "ANY",
    "INTERVAL",
    "JSONB",
    "OBJECTID",
    "QueryLeafDialect",
    "QueryLeafEmbeddedDialect",
    "__version__",
]
