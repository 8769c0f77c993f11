"""What this database can do, as SQLAlchemy's own test suite asks for it.

Two tables: what is open here although SQLAlchemy's default is closed, and what is
closed although its default is open, or that a reader might look for, each with the
reason. Everything else is SQLAlchemy's default.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements

_QUERIES = """
    boolean_col_expressions ctes ctes_on_dml ctes_with_update_delete ctes_with_values
    delete_from except_ fetch_expression fetch_first fetch_no_order_by
    fetch_offset_with_options fetch_ties insert_from_select intersect
    mod_operator_as_percent_sign nullsordering order_by_label_with_expression
    regexp_match regexp_replace supports_bitwise_and supports_bitwise_not
    supports_bitwise_or supports_bitwise_shift supports_bitwise_xor
    supports_distinct_on supports_is_distinct_from table_value_constructor tuple_in
    tuple_in_w_empty update_from window_functions window_range window_range_non_numeric
    window_range_numeric aggregate_order_by
"""
_TYPES = """
    array_type date_historic datetime_historic datetime_interval datetime_literals
    datetime_timezone datetime_timezone_historic
    float_or_double_precision_behaves_generically infinity_floats json_type
    precision_numerics_enotation_small precision_numerics_many_significant_digits
    precision_numerics_retains_significant_digits uuid_data_type
"""
_SCHEMA = """
    check_constraint_reflection comment_reflection comment_reflection_full_unicode
    create_table_as foreign_key_constraint_name_reflection
    foreign_key_constraint_option_reflection_ondelete
    foreign_key_constraint_option_reflection_onupdate
    fk_constraint_option_reflection_ondelete_restrict
    fk_constraint_option_reflection_onupdate_restrict identity_columns
    identity_columns_standard implicit_default_schema index_ddl_if_exists
    index_reflects_included_columns indexes_check_column_order
    inline_check_constraint_reflection reflect_tables_no_columns reflects_pk_names
    schema_reflection schemas sequences sequences_optional server_defaults
    expression_server_defaults table_ddl_if_exists unicode_ddl
 unique_constraints_reflect_as_index views view_column_reflection
    view_reflection computed_columns computed_columns_stored
    computed_columns_reflect_persisted
"""
_CONNECTIONS = """
    autocommit isolation_level get_isolation_level_values server_side_cursors
    skip_autocommit_rollback dialect_level_isolation_level_param
"""
OPEN = f"{_QUERIES} {_TYPES} {_SCHEMA} {_CONNECTIONS}".split()

_MILLISECONDS = "BSON keeps milliseconds; the suite's values have microseconds"
_NO_TEMPORARY = "the server has no temporary collections"
CLOSED = {
    "datetime_microseconds": _MILLISECONDS,
    "timestamp_microseconds": _MILLISECONDS,
    "timestamp_microseconds_implicit_bound": _MILLISECONDS,
    "temporary_tables": _NO_TEMPORARY,
    "temporary_views": _NO_TEMPORARY,
    "temp_table_reflection": _NO_TEMPORARY,
    "temp_table_names": _NO_TEMPORARY,
    "has_temp_table": _NO_TEMPORARY,
    "create_temp_table_as": _NO_TEMPORARY,
    "savepoints": "the server's transactions have none",
    "two_phase_transactions": "the server has none for clients",
    "time_timezone": "TIME WITH TIME ZONE is no type here",
    "schema_create_delete": "a database is there as soon as it holds something",
    "cross_schema_fk_reflection": "foreign keys stay within one database",
    "indexes_with_expressions": "an index of the server is over fields",
    "reflect_indexes_with_expressions": "an index of the server is over fields",
    "materialized_views": "the server has none",
    "deferrable_fks": "constraints are checked at each statement",
    "computed_columns_virtual": "only stored ones have a place in a document",
    "column_collation_reflection": "text compares by code point",
    "order_by_collation": "text compares by code point",
    "constraint_comment_reflection": "constraints have no comments here",
    "implements_get_lastrowid": "RETURNING gives the keys that the server made",
    "default_schema_name_switch": "a connection stays in its database",
    "precision_numerics_many_significant_digits": "decimal128 has 34 digits, not 38",
    "percent_schema_names": "a database name may not hold a percent sign",
}
# what the driver is to have and has not yet: a line goes when its feature comes
NOT_YET = {
    "computed_columns": "GENERATED ALWAYS AS (...) STORED",
    "computed_columns_stored": "GENERATED ALWAYS AS (...) STORED",
    "computed_columns_reflect_persisted": "GENERATED ALWAYS AS (...) STORED",
    "create_table_as": "CREATE TABLE AS",
    "index_reflects_included_columns": "INCLUDE in CREATE INDEX",
    "views": "CREATE VIEW",
    "view_reflection": "CREATE VIEW",
    "view_column_reflection": "CREATE VIEW",
}


def _flag(is_open: bool, reason: str) -> property:
    make: Any = exclusions.open if is_open else exclusions.closed

    def flag(self: Any) -> Any:
        return make() if is_open else make(reason)

    return property(flag)


class Requirements(SuiteRequirements):
    """The tables above, as properties."""


for _name in OPEN:
    if _name not in CLOSED and _name not in NOT_YET:
        setattr(Requirements, _name, _flag(True, ""))
for _name, _reason in {**CLOSED, **NOT_YET}.items():
    setattr(Requirements, _name, _flag(False, _reason))
