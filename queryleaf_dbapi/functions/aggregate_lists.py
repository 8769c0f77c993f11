"""Aggregates that gather values: STRING_AGG, ARRAY_AGG, JSON_AGG, JSON_OBJECT_AGG.

Where NULLs are kept, a row that FILTER excludes must not become a NULL: its value is
then `$$REMOVE`, which `$push` leaves out.
"""

from __future__ import annotations

from queryleaf_dbapi.functions.arguments import Anything, Text
from queryleaf_dbapi.functions.raising import raise_unless
from queryleaf_dbapi.functions.registry import aggregate, mql
from queryleaf_dbapi.functions.text_joining import joined
from queryleaf_dbapi.functions.variables import is_not_null, is_null, let, or_null
from queryleaf_dbapi.plan.signature import Accumulation, Mql
from queryleaf_dbapi.types import JSONB, TEXT, SqlType, array_of, settle


def _is_computed(delimiter: Mql) -> bool:
    """Whether it may differ from row to row."""
    if isinstance(delimiter, dict):
        return "$literal" not in delimiter
    return isinstance(delimiter, str) and delimiter.startswith("$")


def _with_delimiter(value: Mql, delimiter: Mql) -> Mql:
    """What a row gives: its text, and the delimiter before it unless one is for all."""
    if not _is_computed(delimiter):
        return value
    return {"text": value, "delimiter": mql("$ifNull", delimiter, "")}


def _joined_list(array: Mql, delimiter: Mql) -> Mql:
    if not _is_computed(delimiter):
        return joined(array, "" if delimiter is None else delimiter)
    appended = mql("$concat", "$$value", "$$this.delimiter", "$$this.text")
    first = is_null("$$value")
    return {
        "$reduce": {
            "input": array,
            "initialValue": None,
            "in": mql("$cond", first, "$$this.text", appended),
        }
    }


@aggregate(
    "STRING_AGG",
    args=[Text, Text],
    returns=TEXT,
    over_list=_joined_list,
    element=_with_delimiter,
    parsed_as="GroupConcat(this, separator)",
    examples={
        "STRING_AGG(x, ',' ORDER BY x) "
        "FROM (VALUES ('b'), (NULL), ('a')) AS t(x)": "a,b",
        "STRING_AGG(DISTINCT x, '') FROM (VALUES ('b'), ('a'), ('b')) AS t(x)": "ab",
        "STRING_AGG(DISTINCT x, '' ORDER BY x DESC) "
        "FROM (VALUES ('b'), ('a'), ('b')) AS t(x)": "ba",
        "STRING_AGG(x, d ORDER BY x) "
        "FROM (VALUES ('a', '-'), ('b', '+')) AS t(x, d)": "a+b",
        "STRING_AGG(x, ',') FROM (VALUES (NULL::text)) AS t(x)": None,
    },
)
def string_agg(value: Mql, delimiter: Mql, *, nullable: bool) -> Accumulation:
    """The texts that are not NULL, in the order of ORDER BY, each but the first after
    its delimiter."""
    element = _with_delimiter(value, delimiter)
    if nullable:
        element = mql("$cond", is_not_null(value), element, "$$REMOVE")
    return Accumulation(
        {"": {"$push": element}}, lambda path: _joined_list(path, delimiter)
    )


def _array_of_argument(types: tuple[SqlType, ...]) -> SqlType:
    return array_of(settle(types[0]))


def _list_or_null(array: Mql) -> Mql:
    return let(
        lambda array: mql("$cond", mql("$eq", array, []), None, array), array=array
    )


def _gathered(value: Mql, nullable: bool) -> Accumulation:
    pushed = or_null(value) if nullable else value
    return Accumulation({"": {"$push": pushed}}, _list_or_null)


@aggregate(
    "ARRAY_AGG",
    args=[Anything],
    returns=_array_of_argument,
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


def _pair(key: Mql, value: Mql) -> Mql:
    def build(key: Mql) -> Mql:
        pair = {"k": mql("$toString", key), "v": or_null(value)}
        return raise_unless(
            is_not_null(key), pair, "22004", "null value not allowed for object key"
        )

    return let(build, key=key)


def _object_or_null(pairs: Mql, value: Mql = None) -> Mql:
    return let(
        lambda pairs: mql(
            "$cond", mql("$eq", pairs, []), None, mql("$arrayToObject", pairs)
        ),
        pairs=pairs,
    )


@aggregate(
    "JSON_OBJECT_AGG",
    args=[Anything, Anything],
    returns=JSONB,
    over_list=_object_or_null,
    element=_pair,
    keeps_nulls=True,
    parsed_as=["JSONObjectAgg(expressions*)", "JSONBObjectAgg(this, expression)"],
    aliases=["JSONB_OBJECT_AGG"],
    examples={
        "JSON_OBJECT_AGG(k, v) FROM (VALUES ('a', 1), ('b', NULL)) AS t(k, v)": {
            "a": 1,
            "b": None,
        },
        "JSONB_OBJECT_AGG(k, v ORDER BY v) "
        "FROM (VALUES ('a', 2), ('a', 1)) AS t(k, v)": {"a": 2},
        "JSONB_OBJECT_AGG(k, v) FROM (VALUES ('a', 1)) AS t(k, v) WHERE v > 1": None,
    },
)
def json_object_agg(key: Mql, value: Mql, *, nullable: bool) -> Accumulation:
    """A document of all keys and values; of a key given twice the last counts. A
    NULL key is an error."""
    return Accumulation({"": {"$push": _pair(key, value)}}, _object_or_null)
