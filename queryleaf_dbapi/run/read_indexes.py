"""The indexes of collections, as the server has them, as plain data.

$indexStats gives the definitions of many collections in one command (it can be
joined by $unionWith, listIndexes cannot); a user without the right to it, or a
server that answers otherwise, is asked collection by collection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bson import json_util
from pymongo.database import Database
from pymongo.errors import OperationFailure

from queryleaf_dbapi.catalog.catalog import Index

_UNION_SIZE = 50
_NAMESPACE_NOT_FOUND = 26
_UNAUTHORIZED = 13
# options that are fields of Index, or say nothing about the definition
_KNOWN = frozenset(
    {
        "v",
        "key",
        "name",
        "ns",
        "unique",
        "sparse",
        "partialFilterExpression",
        "expireAfterSeconds",
        "background",
        "textIndexVersion",
        "2dsphereIndexVersion",
        "clustered",
    }
)


def read_indexes(
    database: Database[dict[str, Any]], names: Sequence[str]
) -> dict[str, tuple[Index, ...]]:
    """The indexes of each named collection."""
    result: dict[str, tuple[Index, ...]] = {}
    for start in range(0, len(names), _UNION_SIZE):
        chunk = names[start : start + _UNION_SIZE]
        try:
            if len(chunk) < 2:
                raise OperationFailure("one is listed as cheaply")
            result.update(_from_statistics(database, chunk))
        except OperationFailure:
            result.update({name: _listed(database, name) for name in chunk})
    # the ways to ask have orders of their own
    return {
        name: tuple(sorted(each, key=lambda index: (index.name != "_id_", index.name)))
        for name, each in result.items()
    }


def _from_statistics(
    database: Database[dict[str, Any]], names: Sequence[str]
) -> dict[str, tuple[Index, ...]]:
    first, *others = names
    pipeline = _stages(first)
    for name in others:
        inner = _stages(name)
        pipeline.append({"$unionWith": {"coll": name, "pipeline": inner}})
    found: dict[str, dict[str, Index]] = {name: {} for name in names}
    for document in database[first].aggregate(pipeline):
        index = to_index(document["spec"])
        found[document["collection"]][index.name] = index  # once for all shards
    return {name: tuple(indexes.values()) for name, indexes in found.items()}


def _stages(name: str) -> list[dict[str, Any]]:
    return [
        {"$indexStats": {}},
        {"$project": {"_id": 0, "spec": 1, "collection": {"$literal": name}}},
    ]


def _listed(database: Database[dict[str, Any]], name: str) -> tuple[Index, ...]:
    try:
        documents = list(database[name].list_indexes())
    except OperationFailure as error:
        if error.code in (_NAMESPACE_NOT_FOUND, _UNAUTHORIZED):
            return ()
        raise
    return tuple(to_index(each) for each in documents)


def to_index(document: Mapping[str, Any]) -> Index:
    """One answer of listIndexes."""
    options = {key: value for key, value in document.items() if key not in _KNOWN}
    partial = document.get("partialFilterExpression")
    expires = document.get("expireAfterSeconds")
    return Index(
        name=document["name"],
        keys=tuple(
            (path, direction if isinstance(direction, str) else int(direction))
            for path, direction in _keys(document)
        ),
        unique=bool(document.get("unique")) or document["name"] == "_id_",
        partial=None if partial is None else _json(partial),
        sparse=bool(document.get("sparse")),
        expire_after_seconds=None if expires is None else int(expires),
        options=_json(options) if options else None,
    )


def _keys(document: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Of a text index the server keeps its own key, and the fields as weights."""
    keys: list[tuple[str, Any]] = []
    for path, direction in document["key"].items():
        if path == "_fts":
            keys += [(each, "text") for each in document.get("weights", {})]
        elif path != "_ftsx":
            keys.append((path, direction))
    return keys


def _json(value: Any) -> str:
    return json_util.dumps(value, json_options=json_util.CANONICAL_JSON_OPTIONS)
