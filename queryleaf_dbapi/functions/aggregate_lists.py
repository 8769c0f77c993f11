"""Aggregates that gather values: STRING_AGG, ARRAY_AGG, JSON_AGG, JSON_OBJECT_AGG.

Where NULLs are kept, a row that FILTER excludes must not become a NULL: its value is
then `$$REMOVE`, which `$push` leaves out.
"""

from __future__ import annotations

from queryleaf_dbapi.errors import FeatureNotSupported
from queryleaf_dbapi.functions.arguments import Anything, Text
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.functions.registry import aggregate, mql
from queryleaf_dbapi.functions.text_joining import joined
from queryleaf_dbapi.functions.variables import is_not_null, let, or_null
from queryleaf_dbapi.plan.signature import Accumulation, Mql
from queryleaf_dbapi.types import JSONB, TEXT, SqlType, array_of, settle


def _separator(delimiter: Mql) -> Mql:
    """A delimiter that is one for all rows: after the grouping no row is left."""
    if delimiter is None:
        return ""
    is_path = isinstance(delimiter, str) and delimiter.startswith("$")
    is_computed = isinstance(delimiter, dict) and "$literal" not in delimiter
    if is_path or is_computed:
        raise FeatureNotSupported("the delimiter of STRING_AGG must be a constant")
    return delimiter


def _joined_list(array: Mql, delimiter: Mql) -> Mql:
    texts = {"$filter": {"input": array, "cond": is_not_null("$$this")}}
    return joined(texts, _separator(delimiter))


def _joined_set(array: Mql, delimiter: Mql) -> Mql:
    return joined({"$sortArray": {"input": array, "sortBy": 1}}, _separator(delimiter))


@aggregate(
    "STRING_AGG",
    args=[Text, Text],
    returns=TEXT,
    over_set=_joined_set,
    over_list=_joined_list,
    parsed_as="GroupConcat(this, separator)",
    examples={
        "STRING_AGG(x, ',' ORDER BY x) "
        "FROM (VALUES ('b'), (NULL), ('a')) AS t(x)": "a,b",
        "STRING_AGG(DISTINCT x, '') FROM (VALUES ('b'), ('a'), ('b')) AS t(x)": "ab",
        "STRING_AGG(x, ',') FROM (VALUES (NULL::text)) AS t(x)": None,
    },
)
def string_agg(value: Mql, delimiter: Mql, *, nullable: bool) -> Accumulation:
    """The texts that are not NULL, in the order of ORDER BY, with the delimiter (a
    constant) in between."""
    separator = _separator(delimiter)
    if nullable:
        value = mql("$cond", is_not_null(value), value, "$$REMOVE")
    return Accumulation({"": {"$push": value}}, lambda path: joined(path, separator))


def _array_of_argument(types: tuple[SqlType, ...]) -> SqlType:
    return array_of(settle(types[0]))


def _list_or_null(array: Mql) -> Mql:
    return let(
        lambda array: mql("$cond", mql("$eq", array, []), None, array), array=array
    )


def _sorted_or_null(array: Mql) -> Mql:
    """Distinct values in PostgreSQL's order: a NULL comes last."""

    def build(array: Mql) -> Mql:
        values = {"$filter": {"input": array, "cond": is_not_null("$$this")}}
        nulls = {"$filter": {"input": array, "cond": mql("$lte", "$$this", None)}}
        ordered = {"$sortArray": {"input": values, "sortBy": 1}}
        return _list_or_null(mql("$concatArrays", ordered, nulls))

    return let(build, array=array)


def _gathered(value: Mql, nullable: bool) -> Accumulation:
    pushed = or_null(value) if nullable else value
    return Accumulation({"": {"$push": pushed}}, _list_or_null)


@aggregate(
    "ARRAY_AGG",
    args=[Anything],
    returns=_array_of_argument,
    over_set=_sorted_or_null,
    over_list=_list_or_null,
    keeps_nulls=True,
    parsed_as="ArrayAgg(this)",
    examples={
        "ARRAY_AGG(x ORDER BY x) FROM (VALUES (2), (NULL), (1)) AS t(x)": [1, 2, None],
        "ARRAY_AGG(DISTINCT x) FROM (VALUES (2), (1), (2)) AS t(x)": [1, 2],
        "ARRAY_AGG(x) FROM (VALUES (1)) AS t(x) WHERE x > 1": None,
    },
)
def array_agg(value: Mql, *, nullable: bool) -> Accumulation:
    """All values as an array, NULLs among them; NULL for no row."""
    return _gathered(value, nullable)


@aggregate(
    "JSON_AGG",
    args=[Anything],
    returns=JSONB,
    over_set=_sorted_or_null,
    over_list=_list_or_null,
    keeps_nulls=True,
    parsed_as="JSONArrayAgg(this)",
    aliases=["JSONB_AGG"],
    examples={
        "JSON_AGG(x ORDER BY x) FROM (VALUES (2), (1)) AS t(x)": [1, 2],
        "JSONB_AGG(x) FROM (VALUES (NULL::integer)) AS t(x)": [None],
        "JSON_AGG(x) FROM (VALUES (1)) AS t(x) WHERE x > 1": None,
    },
)
def json_agg(value: Mql, *, nullable: bool) -> Accumulation:
    """All values as a JSON array, NULLs among them; NULL for no row."""
    return _gathered(value, nullable)


@aggregate(
    "JSON_OBJECT_AGG",
    args=[Anything, Anything],
    returns=JSONB,
    keeps_nulls=True,
    parsed_as=["JSONObjectAgg(expressions*)", "JSONBObjectAgg(this, expression)"],
    aliases=["JSONB_OBJECT_AGG"],
    examples={
        "JSON_OBJECT_AGG(k, v) FROM (VALUES ('a', 1), ('b', NULL)) AS t(k, v)": {
            "a": 1,
            "b": None,
        },
        "JSONB_OBJECT_AGG(k, v) FROM (VALUES ('a', 1)) AS t(k, v) WHERE v > 1": None,
    },
)
def json_object_agg(key: Mql, value: Mql, *, nullable: bool) -> Accumulation:
    """A document of all keys and values; of a key given twice the last counts. A
    NULL key is an error."""

    def build(key: Mql) -> Mql:
        pair = {"k": mql("$toString", key), "v": or_null(value)}
        return raise_unless(
            is_not_null(key), pair, "22004", "null value not allowed for object key"
        )

    return Accumulation(
        {"": {"$push": let(build, key=key)}},
        lambda path: mql(
            "$cond", mql("$eq", path, []), None, mql("$arrayToObject", path)
        ),
    )
