"""Names of PostgreSQL's functions that are refused by name, not taken for mistakes:
what needs recursion over a document, another type or what the server does not have,
and what nobody has written yet. One of the registry is found before they are read."""

from __future__ import annotations

_NAMES = """
abbrev area array_fill array_sample array_shuffle bit_and bit_count bit_or bit_xor box
broadcast center circle clock_timestamp col_description convert convert_from convert_to
crc32 crc32c current_setting currval cursor_to_xml database_to_xml daterange decode
diagonal diameter encode enum_first enum_last enum_range erf erfc family format gamma
get_bit get_byte has_column_privilege has_schema_privilege has_table_privilege host
hostmask inet_client_addr inet_merge inet_same_family inet_server_addr int4range
int8range isclosed isempty isopen json_arrayagg json_exists json_object_agg_strict
json_object_agg_unique json_objectagg json_populate_record json_populate_recordset
json_query json_scalar json_serialize json_strip_nulls json_to_record json_to_recordset
json_value jsonb_insert jsonb_path_exists jsonb_path_exists_tz jsonb_path_match
jsonb_path_match_tz jsonb_path_query jsonb_path_query_array jsonb_path_query_array_tz
jsonb_path_query_first jsonb_path_query_first_tz jsonb_path_query_tz
jsonb_populate_record jsonb_populate_recordset jsonb_pretty jsonb_set jsonb_set_lax
jsonb_strip_nulls jsonb_to_record jsonb_to_recordset lastval lgamma line lower_inc
lower_inf lseg make_timestamptz masklen md5 min_scale multirange netmask network
normalize npoints numrange obj_description parse_ident path pclose pg_advisory_lock
pg_advisory_unlock pg_advisory_xact_lock pg_cancel_backend pg_column_size
pg_database_size pg_get_constraintdef pg_get_expr pg_get_indexdef pg_get_viewdef
pg_indexes_size pg_notify pg_relation_size pg_size_pretty pg_sleep pg_sleep_for
pg_sleep_until pg_table_size pg_terminate_backend pg_total_relation_size
pg_try_advisory_lock phraseto_tsquery plainto_tsquery point polygon popen query_to_xml
quote_ident quote_literal quote_nullable radius random_normal range_agg
range_intersect_agg range_merge row row_to_json scale set_bit set_byte set_config
set_masklen setseed setweight sha224 sha256 sha384 sha512 strip table_to_xml timeofday
to_ascii to_bin to_hex to_oct to_regclass to_tsquery to_tsvector trim_scale ts_headline
ts_rank ts_rank_cd ts_rewrite tsrange tstzrange tsvector_to_array txid_current unistr
unnest_multirange upper_inc upper_inf uuid_extract_timestamp uuid_extract_version uuidv4
uuidv7 websearch_to_tsquery xml_is_well_formed xmlagg xmlcomment xpath xpath_exists
"""
ABSENT = frozenset(_NAMES.split())
