"""Values that the client makes: the server has no operator for them.

    SELECT nextval('s')        INSERT INTO t VALUES (gen_random_uuid(), nextval('s'))

Each is made once per execution and then a parameter like the others, behind those
the user gave; so it may stand only where an expression is evaluated once.
"""

from __future__ import annotations

from dataclasses import dataclass

from queryleaf_dbapi.plan.expressions import Literal, Parameter
from queryleaf_dbapi.types import BIGINT, UUID, SqlType

# kind -> (type, least and greatest number of arguments)
KINDS: dict[str, tuple[SqlType, int, int]] = {
    "nextval": (BIGINT, 1, 1),
    "currval": (BIGINT, 1, 1),
    "lastval": (BIGINT, 0, 0),
    "setval": (BIGINT, 2, 3),
    "gen_random_uuid": (UUID, 0, 0),
}

# stands for a sequence where a column's DEFAULT makes a UUID for each row
UUID_VALUES = "gen_random_uuid()"


@dataclass(frozen=True, slots=True)
class ClientValue:
    """A value for parameter `index`; a sequence is of `database` unless its name
    says otherwise. Arguments are constants and the user's parameters."""

    index: int
    kind: str
    database: str
    arguments: tuple[Literal | Parameter, ...] = ()
