"""ALTER TABLE: the difference of two tables as changes of documents and indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bson import json_util

from queryleaf_dbapi.catalog.catalog import Collection, Field, Index, Key
from queryleaf_dbapi.catalog.changes import TableAlteration
from queryleaf_dbapi.catalog.declared import to_document
from queryleaf_dbapi.catalog.sequences import SequenceSettings, settings_of
from queryleaf_dbapi.lower.schema_indexes import (
    constraint_indexes,
    stored_index_document,
)
from queryleaf_dbapi.lower.schema_validator import ExpressionCompiler, validator_of
from queryleaf_dbapi.plan.schema_statements import AlterTable

SAVED = "queryleaf_before"  # the field with values before ALTER COLUMN TYPE


def sequences(table: Collection) -> tuple[str, ...]:
    """The counters that columns of a table own."""
    return tuple(each.sequence for each in table.fields if each.sequence is not None)


def counters(
    fields: Iterable[Field],
) -> tuple[tuple[str, SequenceSettings], ...]:
    """The counters of columns, and how they count."""
    return tuple(
        (each.sequence, each.identity or settings_of(type_name=each.type.name))
        for each in fields
        if each.sequence is not None
    )


def lower_alter_table(
    statement: AlterTable, compiler: ExpressionCompiler
) -> TableAlteration:
    """What makes the table before into the table after."""
    before, after = statement.before, statement.after
    renamed = dict(statement.renamed)
    origins = {new: old for old, new in renamed.items()}
    known = {each.name for each in before.fields}
    added = [
        each for each in after.fields if origins.get(each.name, each.name) not in known
    ]
    old = {each["name"]: each for each in constraint_indexes(before)}
    new = {each["name"]: each for each in constraint_indexes(after)}
    dropped, remade = _other_indexes(before, after, renamed)
    kept = set(sequences(after))
    freed = _freed(before, after)
    return TableAlteration(
        database=before.database,
        name=before.name,
        validator=validator_of(after, compiler),
        old_validator=validator_of(before, compiler),
        updates=tuple(_updates(statement, added, compiler)),
        removed=(
            *(each for each in freed if each not in renamed),
            *([SAVED] if statement.conversions else ()),
        ),
        freed=freed,
        retyped=tuple(name for name, _ in statement.conversions),
        freed_keys=tuple(_freed_keys(before, after)),
        create_indexes=(
            *(each for name, each in new.items() if each != old.get(name)),
            *remade,
        ),
        drop_indexes=(
            *(name for name, each in old.items() if each != new.get(name)),
            *dropped,
        ),
        entry=to_document(after),
        sequences=counters(
            each for each in after.fields if each.sequence not in sequences(before)
        ),
        alter_sequences=tuple(_altered_sequences(statement)),
        drop_sequences=tuple(each for each in sequences(before) if each not in kept),
    )


def _altered_sequences(
    statement: AlterTable,
) -> Iterator[tuple[str, SequenceSettings, int | bool]]:
    """The counters of IDENTITY columns that count differently, or begin again."""
    restarts = dict(statement.restarts)
    before = {each.sequence: each.identity for each in statement.before.fields}
    for field in statement.after.fields:
        name, settings = field.sequence, field.identity
        if name is None or settings is None or name not in before:
            continue
        if settings != before[name] or name in restarts:
            yield name, settings, restarts.get(name, False)


def _freed(before: Collection, after: Collection) -> tuple[str, ...]:
    kept = {each.name for each in after.fields}
    return tuple(each.name for each in before.fields if each.name not in kept)


def _freed_keys(before: Collection, after: Collection) -> Iterator[frozenset[str]]:
    kept = {each.columns for each in _all_keys(after)}
    for key in _all_keys(before):
        if key.columns not in kept:
            yield frozenset(key.columns)


def _all_keys(table: Collection) -> list[Key]:
    return [*table.unique, *([table.primary_key] if table.primary_key else ())]


def _conversion(
    statement: AlterTable, compiler: ExpressionCompiler
) -> tuple[list[Any], list[Any]]:
    """New values with the old ones beside them, until nothing can fail any more. An
    interrupted one is taken back before the next begins."""
    names = [name for name, _ in statement.conversions]
    before: dict[str, Any] = {name: f"${name}" for name in names}
    after: dict[str, Any] = {}
    for name, using in statement.conversions:
        field = statement.after.field(name)
        assert field is not None
        value = compiler.convert(statement.before, field, using)
        after[name] = {"$ifNull": [value, None]}
    restored = {name: _restored(name) for name in names}
    reverse = [{"$set": restored}, {"$unset": SAVED}]
    return [*reverse, {"$set": {SAVED: before}}, {"$set": after}], reverse


def _restored(name: str) -> Any:
    def is_missing(path: str) -> Any:
        return {"$eq": [{"$type": f"${path}"}, "missing"]}

    saved = {"$cond": [is_missing(f"{SAVED}.{name}"), "$$REMOVE", f"${SAVED}.{name}"]}
    return {"$cond": [is_missing(SAVED), f"${name}", saved]}


def _updates(
    statement: AlterTable, added: list[Field], compiler: ExpressionCompiler
) -> Iterator[tuple[Any, Any]]:
    """(update, its reverse); each can be repeated without harm."""
    if statement.conversions:
        yield _conversion(statement, compiler)
    for old, new in statement.renamed:
        yield {"$rename": {old: new}}, {"$rename": {new: old}}
    for field in added:
        if field.default is not None:
            value = compiler.default(statement.before, field)
            yield [{"$set": {field.name: value}}], {"$unset": {field.name: ""}}
        if field.generated is not None:
            value = compiler.generated(statement.after, field)
            yield [{"$set": {field.name: value}}], {"$unset": {field.name: ""}}


def _other_indexes(
    before: Collection, after: Collection, renamed: Mapping[str, str]
) -> tuple[list[str], list[dict[str, Any]]]:
    """Indexes of CREATE INDEX to drop, and those to make again under new names."""
    constraints = {each["name"] for each in constraint_indexes(before)}
    kept = {each.name for each in after.fields}
    dropped, remade = [], []
    for index in before.indexes:
        paths = [path for path, _ in index.keys]
        if index.partial is not None:
            paths += _filter_paths(json_util.loads(index.partial))
        heads = [path.partition(".")[0] for path in paths]
        if index.name in constraints or index.name == "_id_":
            continue
        if any(head in renamed for head in heads):
            dropped.append(index.name)
            remade.append(_renamed(index, renamed))
        elif any(before.field(each) and each not in kept for each in heads):
            dropped.append(index.name)
    return dropped, remade


def _renamed(index: Index, renamed: Mapping[str, str]) -> dict[str, Any]:
    document = stored_index_document(index)
    document["key"] = {
        _rename_path(path, renamed): direction for path, direction in index.keys
    }
    if "partialFilterExpression" in document:
        document["partialFilterExpression"] = _rename_filter(
            document["partialFilterExpression"], renamed
        )
    return document


def _rename_filter(condition: Mapping[str, Any], renamed: Mapping[str, str]) -> Any:
    result: dict[str, Any] = {}
    for key, value in condition.items():
        if key in ("$and", "$or"):
            result[key] = [_rename_filter(each, renamed) for each in value]
        else:
            result[_rename_path(key, renamed)] = value
    return result


def _filter_paths(condition: Mapping[str, Any]) -> Iterator[str]:
    for key, value in condition.items():
        if key in ("$and", "$or"):
            for each in value:
                yield from _filter_paths(each)
        else:
            yield key


def _rename_path(path: str, renamed: Mapping[str, str]) -> str:
    head, dot, rest = path.partition(".")
    return renamed.get(head, head) + dot + rest
