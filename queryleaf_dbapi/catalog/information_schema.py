"""information_schema: the catalog as relations, as the SQL standard lays it out.

Pure: rows are made from collections that somebody else read. A database is a
schema here; `table_catalog` is the same name for all, since MongoDB has no level
above its databases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from queryleaf_dbapi.catalog import information_constraints as constraints
from queryleaf_dbapi.catalog.catalog import Collection, Field
from queryleaf_dbapi.catalog.information_columns import BITS, COLUMN_NAMES, columns
from queryleaf_dbapi.catalog.names import INFORMATION_SCHEMA
from queryleaf_dbapi.catalog.sequences import SequenceSettings
from queryleaf_dbapi.types import INTEGER, TEXT

CATALOG_NAME = "queryleaf"

Row = dict[str, Any]

_NUMBER_COLUMNS = frozenset(
    {
        "ordinal_position",
        "character_maximum_length",
        "character_octet_length",
        "numeric_precision",
        "numeric_precision_radix",
        "numeric_scale",
        "datetime_precision",
        "position_in_unique_constraint",
        "interval_precision",
        "maximum_cardinality",
    }
)
_TABLE = "table_catalog table_schema table_name"
_CONSTRAINT = "constraint_catalog constraint_schema constraint_name"
_COLUMNS: dict[str, str] = {
    "schemata": "catalog_name schema_name schema_owner default_character_set_catalog "
    "default_character_set_schema default_character_set_name sql_path",
    "tables": f"{_TABLE} table_type self_referencing_column_name reference_generation "
    "user_defined_type_catalog user_defined_type_schema user_defined_type_name "
    "is_insertable_into is_typed commit_action",
    "columns": f"{_TABLE} {COLUMN_NAMES}",
    "views": f"{_TABLE} view_definition check_option is_updatable is_insertable_into "
    "is_trigger_updatable is_trigger_deletable is_trigger_insertable_into",
    "view_table_usage": f"view_catalog view_schema view_name {_TABLE}",
    "table_constraints": f"{_CONSTRAINT} {_TABLE} constraint_type is_deferrable "
    "initially_deferred enforced nulls_distinct",
    "key_column_usage": f"{_CONSTRAINT} {_TABLE} column_name ordinal_position "
    "position_in_unique_constraint",
    "constraint_column_usage": f"{_TABLE} column_name {_CONSTRAINT}",
    "constraint_table_usage": f"{_TABLE} {_CONSTRAINT}",
    "referential_constraints": f"{_CONSTRAINT} unique_constraint_catalog "
    "unique_constraint_schema unique_constraint_name match_option update_rule "
    "delete_rule",
    "check_constraints": f"{_CONSTRAINT} check_clause",
    "sequences": "sequence_catalog sequence_schema sequence_name data_type "
    "numeric_precision numeric_precision_radix numeric_scale start_value "
    "minimum_value maximum_value increment cycle_option",
}
# what has a name that says "catalog" and is no catalog of anything here
_NO_CATALOGS = ("default_", "character_", "collation_", "domain_", "scope_", "user_")

VIEW_NAMES = tuple(_COLUMNS)


def virtual_collection(name: str) -> Collection | None:
    """The relation of information_schema of this name."""
    columns = _COLUMNS.get(name)
    if columns is None:
        return None
    fields = tuple(
        Field(each, INTEGER if each in _NUMBER_COLUMNS else TEXT)
        for each in columns.split()
    )
    return Collection(
        name, INFORMATION_SCHEMA, fields, closed=True, is_view=True, virtual=True
    )


def rows(
    view_name: str,
    collections: Iterable[Collection],
    databases: Iterable[str],
    sequences: Iterable[tuple[str, str, SequenceSettings]] = (),
) -> list[Row]:
    """The rows of a relation of information_schema; columns without a value are
    NULL (None). `sequences` are (database, name, how it counts)."""
    names = _COLUMNS[view_name].split()
    if view_name == "schemata":
        listed = [{"schema_name": each} for each in (*databases, INFORMATION_SCHEMA)]
    elif view_name in _OF_ALL:
        listed = list(_OF_ALL[view_name](list(collections)))
    elif view_name == "sequences":
        listed = [_sequence(*each) for each in sequences]
    else:
        make = _MAKERS[view_name]
        listed = [row for each in collections for row in make(each)]
    fixed = {
        name: CATALOG_NAME
        for name in names
        if name.endswith("_catalog") and not name.startswith(_NO_CATALOGS)
    }
    fixed["catalog_name"] = CATALOG_NAME
    return [{name: row.get(name, fixed.get(name)) for name in names} for row in listed]


def _sequence(database: str, name: str, settings: SequenceSettings) -> Row:
    return {
        "sequence_schema": database,
        "sequence_name": name,
        "data_type": settings.type.lower(),
        "numeric_precision": BITS[settings.type],
        "numeric_precision_radix": 2,
        "numeric_scale": 0,
        "start_value": str(settings.start),
        "minimum_value": str(settings.minimum),
        "maximum_value": str(settings.maximum),
        "increment": str(settings.increment),
        "cycle_option": "YES" if settings.cycle else "NO",
    }


def _table(collection: Collection) -> Row:
    return {"table_schema": collection.database, "table_name": collection.name}


def _tables(collection: Collection) -> Iterator[Row]:
    kind = "VIEW" if collection.is_view else "BASE TABLE"
    insertable = "NO" if collection.is_view else "YES"
    yield {
        **_table(collection),
        "table_type": kind,
        "is_insertable_into": insertable,
        "is_typed": "NO",
    }


def _views(collection: Collection) -> Iterator[Row]:
    if collection.is_view:
        yield {
            **_table(collection),
            "view_definition": collection.view.sql if collection.view else None,
            "check_option": "NONE",
            "is_updatable": "NO",
            "is_insertable_into": "NO",
            "is_trigger_updatable": "NO",
            "is_trigger_deletable": "NO",
            "is_trigger_insertable_into": "NO",
        }


def _view_table_usage(collection: Collection) -> Iterator[Row]:
    if collection.view is not None:
        for table in dict.fromkeys(each.table for each in collection.view.reads):
            yield {
                "view_schema": collection.database,
                "view_name": collection.name,
                "table_schema": collection.database,
                "table_name": table,
            }


_MAKERS: dict[str, Callable[[Collection], Iterator[Row]]] = {
    "tables": _tables,
    "columns": columns,
    "views": _views,
    "view_table_usage": _view_table_usage,
    "table_constraints": constraints.table_constraints,
    "check_constraints": constraints.check_constraints,
}
_OF_ALL: dict[str, Callable[[list[Collection]], Iterator[Row]]] = {
    "key_column_usage": constraints.key_column_usage,
    "referential_constraints": constraints.referential_constraints,
    "constraint_column_usage": constraints.constraint_column_usage,
    "constraint_table_usage": constraints.constraint_table_usage,
}
