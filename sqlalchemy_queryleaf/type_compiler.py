"""Types in DDL and CAST: PostgreSQL's names, which the driver reads.

A type that the driver has not is written by its own name and refused there.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.sql.compiler import GenericTypeCompiler


class QueryLeafTypeCompiler(GenericTypeCompiler):
    """The name of each type; the generic ones that differ in PostgreSQL, and ours."""

    def visit_FLOAT(self, type_: Any, **kw: Any) -> str:
        """FLOAT(p) counts binary digits and chooses between the two types."""
        return "FLOAT" if type_.precision is None else f"FLOAT({type_.precision})"

    def visit_double(self, type_: Any, **kw: Any) -> str:
        """DOUBLE PRECISION."""
        return "DOUBLE PRECISION"

    def visit_DOUBLE(self, type_: Any, **kw: Any) -> str:
        """DOUBLE PRECISION."""
        return "DOUBLE PRECISION"

    def visit_datetime(self, type_: Any, **kw: Any) -> str:
        """TIMESTAMP, with a zone where asked for."""
        return self.visit_TIMESTAMP(type_, **kw)

    def visit_DATETIME(self, type_: Any, **kw: Any) -> str:
        """TIMESTAMP: PostgreSQL has no DATETIME."""
        return self.visit_TIMESTAMP(type_, **kw)

    def visit_TIMESTAMP(self, type_: Any, **kw: Any) -> str:
        """TIMESTAMP, with a zone where asked for."""
        return "TIMESTAMP WITH TIME ZONE" if type_.timezone else "TIMESTAMP"

    def visit_TIME(self, type_: Any, **kw: Any) -> str:
        """TIME; the driver refuses one with a zone."""
        return "TIME WITH TIME ZONE" if type_.timezone else "TIME"

    def visit_INTERVAL(self, type_: Any, **kw: Any) -> str:
        """INTERVAL."""
        return "INTERVAL"

    def visit_large_binary(self, type_: Any, **kw: Any) -> str:
        """BYTEA."""
        return "BYTEA"

    def visit_BLOB(self, type_: Any, **kw: Any) -> str:
        """BYTEA."""
        return "BYTEA"

    def visit_uuid(self, type_: Any, **kw: Any) -> str:
        """UUID; as 32 characters where a native one was declined."""
        if not type_.native_uuid:
            return str(super().visit_uuid(type_, **kw))
        return "UUID"

    def visit_UUID(self, type_: Any, **kw: Any) -> str:
        """UUID."""
        return "UUID"

    def visit_JSON(self, type_: Any, **kw: Any) -> str:
        """JSON."""
        return "JSON"

    def visit_JSONB(self, type_: Any, **kw: Any) -> str:
        """JSONB."""
        return "JSONB"

    def visit_ARRAY(self, type_: Any, **kw: Any) -> str:
        """INTEGER[]: the number of dimensions is no part of the type."""
        return f"{self.process(type_.item_type, **kw)}[]"

    def visit_OBJECTID(self, type_: Any, **kw: Any) -> str:
        """OBJECTID."""
        return "OBJECTID"

    def visit_ANY(self, type_: Any, **kw: Any) -> str:
        """ANY."""
        return "ANY"
