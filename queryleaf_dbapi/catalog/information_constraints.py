"""The relations of information_schema about constraints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from queryleaf_dbapi.catalog.catalog import Collection, ForeignKey, Key

Row = dict[str, Any]


def _table(collection: Collection) -> Row:
    return {"table_schema": collection.database, "table_name": collection.name}


def _constraint(collection: Collection, name: str) -> Row:
    return {"constraint_schema": collection.database, "constraint_name": name}


def _keys(collection: Collection) -> Iterator[tuple[Key | ForeignKey, str]]:
    if collection.primary_key is not None:
        yield collection.primary_key, "PRIMARY KEY"
    for key in collection.unique:
        yield key, "UNIQUE"
    for foreign in collection.foreign_keys:
        yield foreign, "FOREIGN KEY"


def table_constraints(collection: Collection) -> Iterator[Row]:
    """Every constraint; NOT NULL is none here."""
    kinds = [(key.name, kind) for key, kind in _keys(collection)]
    kinds += [(check.name, "CHECK") for check in collection.checks]
    distinct = {each.name: each.nulls_distinct for each in collection.unique}
    for name, kind in kinds:
        yield {
            **_constraint(collection, name),
            **_table(collection),
            "constraint_type": kind,
            "is_deferrable": "NO",
            "initially_deferred": "NO",
            "enforced": "YES",
            "nulls_distinct": ("YES" if distinct[name] else "NO")
            if name in distinct
            else None,
        }


def key_column_usage(collections: list[Collection]) -> Iterator[Row]:
    """The columns of keys, and which column of the referred key each stands for."""
    tables = _by_name(collections)
    for collection in collections:
        for key, _ in _keys(collection):
            unique: tuple[str, ...] = ()
            if isinstance(key, ForeignKey):
                unique = _referred_columns(tables.get(_referred(collection, key)), key)
            for position, column in enumerate(key.columns, 1):
                place = None
                if isinstance(key, ForeignKey):
                    place = unique.index(key.referred[position - 1]) + 1
                yield {
                    **_constraint(collection, key.name),
                    **_table(collection),
                    "column_name": column,
                    "ordinal_position": position,
                    "position_in_unique_constraint": place,
                }


def constraint_column_usage(collections: list[Collection]) -> Iterator[Row]:
    """The columns a constraint needs: of a FOREIGN KEY those it refers to."""
    tables = _by_name(collections)
    for collection in collections:
        used: list[tuple[str, Collection, Iterable[str]]] = [
            (each.name, collection, _mentioned(collection, each.sql))
            for each in collection.checks
        ]
        for key, _ in _keys(collection):
            if isinstance(key, ForeignKey):
                referred = tables.get(_referred(collection, key))
                if referred is not None:
                    used.append((key.name, referred, key.referred))
            else:
                used.append((key.name, collection, key.columns))
        for name, table, columns in used:
            for column in columns:
                yield {
                    **_table(table),
                    "column_name": column,
                    **_constraint(collection, name),
                }


def constraint_table_usage(collections: list[Collection]) -> Iterator[Row]:
    """The tables of keys, and those that foreign keys refer to."""
    for collection in collections:
        for key, _ in _keys(collection):
            name = key.table if isinstance(key, ForeignKey) else collection.name
            yield {
                "table_schema": collection.database,
                "table_name": name,
                **_constraint(collection, key.name),
            }


def check_constraints(collection: Collection) -> Iterator[Row]:
    """The conditions of CHECK."""
    for check in collection.checks:
        yield {**_constraint(collection, check.name), "check_clause": check.sql}


_NAME = re.compile(
    r"""'(?:[^']|'')*'|(\.\s*)?(?:"((?:[^"]|"")*)"|([A-Za-z_]\w*)(?!\w|\s*\())"""
)


def _mentioned(collection: Collection, sql: str) -> list[str]:
    """The columns a condition names; what follows a dot is inside of one."""
    folded = {each.name.lower(): each.name for each in collection.fields}
    found: dict[str, None] = {}
    for dot, quoted, plain in _NAME.findall(sql):
        name = quoted.replace('""', '"') if quoted else folded.get(plain.lower(), "")
        if not dot and collection.field(name) is not None:
            found[name] = None
    return list(found)


def _by_name(collections: list[Collection]) -> dict[tuple[str, str], Collection]:
    return {(each.database, each.name): each for each in collections}


def _referred(collection: Collection, key: ForeignKey) -> tuple[str, str]:
    return collection.database, key.table


def _referred_columns(referred: Collection | None, key: ForeignKey) -> tuple[str, ...]:
    """The columns of the unique key that is referred to, in its own order."""
    if referred is not None:
        for each, kind in _keys(referred):
            if kind != "FOREIGN KEY" and set(each.columns) == set(key.referred):
                return each.columns
    return key.referred


def referential_constraints(collections: list[Collection]) -> Iterator[Row]:
    """The foreign keys, what they refer to and what they do."""
    tables = _by_name(collections)
    for collection in collections:
        for key in collection.foreign_keys:
            referred = tables.get((collection.database, key.table))
            yield {
                **_constraint(collection, key.name),
                "unique_constraint_schema": collection.database,
                "unique_constraint_name": _key_name(referred, key),
                "match_option": "NONE",
                "update_rule": key.on_update or "NO ACTION",
                "delete_rule": key.on_delete or "NO ACTION",
            }


def _key_name(referred: Collection | None, key: ForeignKey) -> str | None:
    if referred is None:
        return None
    for each, kind in _keys(referred):
        if kind != "FOREIGN KEY" and set(each.columns) == set(key.referred):
            return each.name
    return None
