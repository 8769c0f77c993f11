"""Which types go together, and what a literal becomes beside another type.

PostgreSQL's rules, reduced to families: numbers widen integer -> decimal ->
float, a date beside a timestamp is one, a string literal takes the type of its
neighbour. ANY (a field nobody declared) goes with everything and stays ANY.
"""

from __future__ import annotations

from collections.abc import Iterable

from queryleaf_dbapi.types.base import Family, SqlType
from queryleaf_dbapi.types.document import ANY, UNKNOWN
from queryleaf_dbapi.types.numeric import BIGINT, DOUBLE, INTEGER, NUMERIC
from queryleaf_dbapi.types.temporal import TIMESTAMP, TIMESTAMPTZ
from queryleaf_dbapi.types.text import TEXT

_NUMBER_RANK = {Family.INTEGER: 0, Family.DECIMAL: 1, Family.FLOAT: 2}


def common_type(left: SqlType, right: SqlType) -> SqlType | None:
    """The type both can take without a cast, or None when there is none."""
    if left == right or right.family is Family.UNKNOWN:
        return left
    if left.family is Family.UNKNOWN:
        return right
    if Family.ANY in (left.family, right.family):
        return ANY
    if left.is_numeric and right.is_numeric:
        return _common_number(left, right)
    if left.family is right.family:
        return _common_in_family(left, right)
    if {left.family, right.family} == {Family.DATE, Family.TIMESTAMP}:
        return left if left.family is Family.TIMESTAMP else right
    return None


def _common_number(left: SqlType, right: SqlType) -> SqlType:
    rank = max(_NUMBER_RANK[left.family], _NUMBER_RANK[right.family])
    if rank == 2:
        return DOUBLE
    if rank == 1:
        return NUMERIC
    return BIGINT if "long" in left.bson + right.bson else INTEGER


def _common_in_family(left: SqlType, right: SqlType) -> SqlType:
    if left.family is Family.TEXT:
        return TEXT
    if left.family is Family.TIMESTAMP:
        return TIMESTAMPTZ if TIMESTAMPTZ in (left, right) else TIMESTAMP
    return left


def common_type_of(types: Iterable[SqlType]) -> SqlType | None:
    """The common type of several, UNKNOWN when none of them speaks."""
    result = UNKNOWN
    for each in types:
        found = common_type(result, each)
        if found is None:
            return None
        result = found
    return result


def is_comparable(left: SqlType, right: SqlType) -> bool:
    """Whether `left = right` has a meaning."""
    if common_type(left, right) is not None:
        return True
    # a value of an ObjectId column is comparable with its hex text (semantics)
    return {left.family, right.family} == {Family.OBJECT_ID, Family.TEXT}


def settle(sql_type: SqlType) -> SqlType:
    """What an UNKNOWN becomes when no context types it: TEXT."""
    return TEXT if sql_type.family is Family.UNKNOWN else sql_type
