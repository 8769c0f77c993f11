"""Keep the server from computing what no row asks for.

Inside a $lookup the variables of `let` are constants to the optimizer. It folds what
reads them and constants alone, the branches that are never taken and the guards'
other sides included, and does so for a row of the outside that has no row inside:

    {"$cond": [{"$gt": ["$$c1", null]}, {"$strLenCP": "$$c1"}, null]}     fails for null
    {"$cond": [{"$ne": ["$$c1", 0]}, {"$divide": [10, "$$c1"]}, 0]}       fails for 0

A variable of $let is no constant to it. So each expression that may fail and reads
such a variable is given one of the same name:

    {"$let": {"vars": {"c1": "$$c1"}, "in": {"$strLenCP": "$$c1"}}}

Comparisons and whatever else cannot fail stay as they are: folded is what lets them
use an index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

Document = dict[str, Any]

_VARIABLE = re.compile(r"\$\$([a-z][A-Za-z0-9_]*)")  # those of the system are capitals

# operators that give a value for every value their arguments may have, NULL included
_NEVER_FAIL = frozenset(
    {
        *("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$cmp"),
        *("$and", "$or", "$not", "$cond", "$switch", "$ifNull"),
        *("$type", "$isNumber", "$isArray", "$mergeObjects"),
        *("$add", "$subtract", "$multiply", "$abs", "$ceil", "$floor", "$trunc"),
        *("$concat", "$toLower", "$toUpper", "$trim", "$ltrim", "$rtrim"),
    }
)
# $group's and $setWindowFields' own operators, around the expressions they take
_ACCUMULATORS = frozenset(
    {
        *("$sum", "$avg", "$min", "$max", "$first", "$last", "$push", "$addToSet"),
        *("$stdDevPop", "$stdDevSamp", "$count", "$rank", "$denseRank", "$shift"),
        *("$documentNumber", "$firstN", "$lastN", "$minN", "$maxN", "$top", "$topN"),
        *("$bottom", "$bottomN"),
    }
)
_LOGIC = ("$and", "$or", "$nor")


def unfolded(pipeline: Sequence[Document]) -> list[Document]:
    """The rendered pipeline of a $lookup, safe for every value of its variables."""
    return [{name: _stage(name, body) for name, body in s.items()} for s in pipeline]


def _stage(name: str, body: Any) -> Any:
    match name:
        case "$match":
            return _query(body)
        case "$project" | "$set":
            return {field: _safe(value) for field, value in body.items()}
        case "$group":
            return {
                field: _safe(value) if field == "_id" else _accumulated(value)
                for field, value in body.items()
            }
        case "$replaceRoot":
            return {"newRoot": _safe(body["newRoot"])}
        case "$setWindowFields":
            outputs = body["output"].items()
            changed: Document = {
                "output": {field: _accumulated(v) for field, v in outputs}
            }
            if "partitionBy" in body:
                changed["partitionBy"] = _safe(body["partitionBy"])
            return body | changed
        case "$lookup":
            changed = {}
            if "let" in body:
                changed["let"] = {n: _safe(v) for n, v in body["let"].items()}
            if "pipeline" in body:
                changed["pipeline"] = unfolded(body["pipeline"])
            return body | changed
        case "$unionWith":
            return body | {"pipeline": unfolded(body["pipeline"])}
        case "$facet":
            return {field: unfolded(stages) for field, stages in body.items()}
        case "$documents":
            return _safe(body)
        case _:
            return body


def _query(query: Any) -> Any:
    """Only $expr holds expressions; a text of a query document is a text."""
    changed = {}
    for key, value in query.items():
        if key == "$expr":
            changed[key] = _safe(value)
        elif key in _LOGIC:
            changed[key] = [_query(each) for each in value]
        else:
            changed[key] = value
    return changed


def _accumulated(body: Any) -> Any:
    """An accumulator, which cannot stand in a $let, with its expression made safe."""
    return {
        key: _fields(value) if key in _ACCUMULATORS else value
        for key, value in body.items()
    }


def _fields(value: Any) -> Any:
    """What an accumulator takes: an expression, or expressions by name."""
    if isinstance(value, dict) and not _is_operator(value):
        return {key: _fields(each) for key, each in value.items()}
    return _safe(value)


def _is_operator(value: Document) -> bool:
    return len(value) == 1 and next(iter(value)).startswith("$")


def _safe(value: Any, bound: frozenset[str] = frozenset()) -> Any:
    """The expression, with the outermost of those that may fail in a $let each."""
    if isinstance(value, list):
        return [_safe(each, bound) for each in value]
    if not isinstance(value, dict) or "$literal" in value:
        return value
    if not _is_operator(value):
        return {key: _safe(each, bound) for key, each in value.items()}
    ((operator, body),) = value.items()
    if operator in _NEVER_FAIL or _is_in_constants(operator, body):
        return {operator: _safe(body, bound)}
    binding = _binding(operator, body)
    if binding is not None:
        return {
            operator: {
                key: _safe(each, bound | binding if key in ("in", "cond") else bound)
                for key, each in body.items()
            }
        }
    names = sorted(set(_variables(value, bound)))
    if not names:
        return value
    return {"$let": {"vars": {name: f"$${name}" for name in names}, "in": value}}


def _is_in_constants(operator: str, body: Any) -> bool:
    """$in fails for what is no array only."""
    return operator == "$in" and isinstance(body[1], dict) and "$literal" in body[1]


def _binding(operator: str, body: Any) -> frozenset[str] | None:
    """The variables an operator binds in what it computes; None for the others."""
    match operator:
        case "$let":
            return frozenset(body["vars"])
        case "$map" | "$filter":
            return frozenset({body.get("as", "this")})
        case "$reduce":
            return frozenset({"this", "value"})
        case _:
            return None


def _variables(value: Any, bound: frozenset[str]) -> Iterator[str]:
    """The variables that an expression reads and does not bind."""
    if isinstance(value, str):
        found = _VARIABLE.match(value)
        if found is not None and found[1] not in bound:
            yield found[1]
    elif isinstance(value, list):
        for each in value:
            yield from _variables(each, bound)
    elif isinstance(value, dict) and "$literal" not in value:
        for key, each in value.items():
            binding = _binding(key, each) if isinstance(each, dict) else None
            if binding is None:
                yield from _variables(each, bound)
                continue
            for inner, part in each.items():
                inside = bound | binding if inner in ("in", "cond") else bound
                yield from _variables(part, inside)
