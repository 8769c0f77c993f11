"""information_schema: the catalog as relations, as the SQL standard lays it out.

Pure: rows are made from collections that somebody else read. A database is a
schema here; `table_catalog` is the same name for all, since MongoDB has no level
above its databases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from queryleaf_dbapi.catalog.catalog import Collection, Field, ForeignKey, Key
from queryleaf_dbapi.catalog.names import INFORMATION_SCHEMA
from queryleaf_dbapi.catalog.sequences import SequenceSettings
from queryleaf_dbapi.types import INTEGER, TEXT, Family, SqlType

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
    }
)
_TABLE = "table_catalog table_schema table_name"
_CONSTRAINT = "constraint_catalog constraint_schema constraint_name"
_COLUMNS: dict[str, str] = {
    "schemata": "catalog_name schema_name schema_owner",
    "tables": f"{_TABLE} table_type is_insertable_into",
    "columns": f"{_TABLE} column_name ordinal_position column_default is_nullable "
    "data_type character_maximum_length character_octet_length numeric_precision "
    "numeric_precision_radix numeric_scale datetime_precision udt_catalog udt_schema "
    "udt_name is_identity identity_generation is_generated generation_expression "
    "is_updatable",
    "views": f"{_TABLE} view_definition check_option is_updatable",
    "table_constraints": f"{_CONSTRAINT} {_TABLE} constraint_type is_deferrable "
    "initially_deferred enforced",
    "key_column_usage": f"{_CONSTRAINT} {_TABLE} column_name ordinal_position "
    "position_in_unique_constraint",
    "referential_constraints": f"{_CONSTRAINT} unique_constraint_catalog "
    "unique_constraint_schema unique_constraint_name match_option update_rule "
    "delete_rule",
    "check_constraints": f"{_CONSTRAINT} check_clause",
    "sequences": "sequence_catalog sequence_schema sequence_name data_type "
    "numeric_precision numeric_precision_radix numeric_scale start_value "
    "minimum_value maximum_value increment cycle_option",
}

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
    elif view_name == "referential_constraints":
        listed = list(_referential_constraints(list(collections)))
    elif view_name == "sequences":
        listed = [_sequence(*each) for each in sequences]
    else:
        make = _MAKERS[view_name]
        listed = [row for each in collections for row in make(each)]
    fixed = {name: CATALOG_NAME for name in names if name.endswith("_catalog")}
    fixed["catalog_name"] = CATALOG_NAME
    return [{name: row.get(name, fixed.get(name)) for name in names} for row in listed]


def _sequence(database: str, name: str, settings: SequenceSettings) -> Row:
    return {
        "sequence_schema": database,
        "sequence_name": name,
        "data_type": settings.type.lower(),
        "numeric_precision": _BITS[settings.type],
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
    }


def _views(collection: Collection) -> Iterator[Row]:
    if collection.is_view:
        yield {
            **_table(collection),
            "view_definition": collection.view.sql if collection.view else None,
            "check_option": "NONE",
            "is_updatable": "NO",
        }


def _columns(collection: Collection) -> Iterator[Row]:
    for position, field in enumerate(collection.fields, 1):
        sql_type = field.seen or field.type
        identity = field.sequence is not None
        generation = "ALWAYS" if field.generated_always else "BY DEFAULT"
        yield {
            **_table(collection),
            "column_name": field.name,
            "ordinal_position": position,
            "column_default": field.default,
            "is_nullable": "YES" if field.nullable else "NO",
            "data_type": _data_type(sql_type),
            **_measures(sql_type),
            "udt_schema": "pg_catalog",
            "udt_name": _udt_name(sql_type),
            "is_identity": "YES" if identity else "NO",
            "identity_generation": generation if identity else None,
            "is_generated": "NEVER" if field.generated is None else "ALWAYS",
            "generation_expression": field.generated,
            "is_updatable": "NO" if collection.is_view else "YES",
        }


# PostgreSQL's long and internal names, where they are not our own in lower case
_DATA_TYPES = {
    "VARCHAR": ("character varying", "varchar"),
    "CHAR": ("character", "bpchar"),
    "SMALLINT": ("smallint", "int2"),
    "INTEGER": ("integer", "int4"),
    "BIGINT": ("bigint", "int8"),
    "REAL": ("real", "float4"),
    "DOUBLE PRECISION": ("double precision", "float8"),
    "BOOLEAN": ("boolean", "bool"),
    "TIME": ("time without time zone", "time"),
    "TIMESTAMP": ("timestamp without time zone", "timestamp"),
    "TIMESTAMPTZ": ("timestamp with time zone", "timestamptz"),
}
_BITS = {
    "SMALLINT": 16,
    "INTEGER": 32,
    "BIGINT": 64,
    "REAL": 24,
    "DOUBLE PRECISION": 53,
}


def _data_type(sql_type: SqlType) -> str:
    if sql_type.family is Family.ARRAY:
        return "ARRAY"
    return _DATA_TYPES.get(sql_type.name, (sql_type.name.lower(), ""))[0]


def _udt_name(sql_type: SqlType) -> str:
    if sql_type.element is not None:
        return "_" + _udt_name(sql_type.element)
    return _DATA_TYPES.get(sql_type.name, ("", sql_type.name.lower()))[1]


def _measures(sql_type: SqlType) -> Row:
    """Length, precision and scale, as PostgreSQL gives them."""
    if sql_type.family is Family.TEXT:
        length = sql_type.parameters[0] if sql_type.parameters else None
        octets = 1 << 30 if length is None else min(4 * length, 1 << 30)
        return {
            "character_maximum_length": length,
            "character_octet_length": octets,
        }
    if sql_type.name in _BITS:
        scale = 0 if sql_type.family is Family.INTEGER else None
        return {
            "numeric_precision": _BITS[sql_type.name],
            "numeric_precision_radix": 2,
            "numeric_scale": scale,
        }
    if sql_type.family is Family.DECIMAL:
        given = sql_type.parameters
        return {
            "numeric_precision": given[0] if given else None,
            "numeric_precision_radix": 10,
            "numeric_scale": (*given, 0)[1] if given else None,
        }
    if sql_type.family is Family.TIMESTAMP:
        return {"datetime_precision": 3}  # milliseconds
    if sql_type.family is Family.TIME:
        return {"datetime_precision": 6}
    return {"datetime_precision": 0} if sql_type.family is Family.DATE else {}


def _constraint(collection: Collection, name: str) -> Row:
    return {"constraint_schema": collection.database, "constraint_name": name}


def _keys(collection: Collection) -> Iterator[tuple[Key | ForeignKey, str]]:
    if collection.primary_key is not None:
        yield collection.primary_key, "PRIMARY KEY"
    for key in collection.unique:
        yield key, "UNIQUE"
    for foreign in collection.foreign_keys:
        yield foreign, "FOREIGN KEY"


def _table_constraints(collection: Collection) -> Iterator[Row]:
    kinds = [(key.name, kind) for key, kind in _keys(collection)]
    kinds += [(check.name, "CHECK") for check in collection.checks]
    for name, kind in kinds:
        yield {
            **_constraint(collection, name),
            **_table(collection),
            "constraint_type": kind,
            "is_deferrable": "NO",
            "initially_deferred": "NO",
            "enforced": "YES",
        }


def _key_column_usage(collection: Collection) -> Iterator[Row]:
    for key, kind in _keys(collection):
        for position, column in enumerate(key.columns, 1):
            yield {
                **_constraint(collection, key.name),
                **_table(collection),
                "column_name": column,
                "ordinal_position": position,
                "position_in_unique_constraint": position
                if kind == "FOREIGN KEY"
                else None,
            }


def _check_constraints(collection: Collection) -> Iterator[Row]:
    for check in collection.checks:
        yield {**_constraint(collection, check.name), "check_clause": check.sql}


def _referential_constraints(collections: list[Collection]) -> Iterator[Row]:
    tables = {(each.database, each.name): each for each in collections}
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


_MAKERS: dict[str, Callable[[Collection], Iterator[Row]]] = {
    "tables": _tables,
    "columns": _columns,
    "views": _views,
    "table_constraints": _table_constraints,
    "key_column_usage": _key_column_usage,
    "check_constraints": _check_constraints,
}
