"""What happens around one execution: sequences, and results that stream."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.schema import Sequence
from sqlalchemy.types import TypeEngine


class QueryLeafExecutionContext(DefaultExecutionContext):
    """One statement on its way through the driver."""

    def create_server_side_cursor(self) -> Any:
        """The driver's cursors stream already; this only chooses how rows are read."""
        return self._dbapi_connection.cursor()

    def fire_sequence(self, seq: Sequence, type_: TypeEngine[Any] | None) -> Any:
        """The next value of a sequence, for a key that must be known beforehand."""
        name = self.identifier_preparer.sequence_literal(seq)
        return self._execute_scalar(f"SELECT nextval({name})", type_)
