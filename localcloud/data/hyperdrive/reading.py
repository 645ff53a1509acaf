"""Which statements only read, and read the same whenever they are asked: those alone may be answered from the cache.

Told by the text, as Hyperdrive does: a name in a comment or in a string counts like any other, so that a doubt is never
cached.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_NAMES: Final = [
    "array_sample",
    "array_shuffle",
    "array_to_json",
    "array_to_string",
    "clock_timestamp",
    "col_description",
    "concat",
    "concat_ws",
    "convert",
    "convert_from",
    "convert_to",
    "current_database",
    "current_query",
    "current_schema",
    "current_schemas",
    "current_setting",
    "currval",
    "cursor_to_xml",
    "database_to_xml",
    "dblink",
    "enum_first",
    "enum_last",
    "enum_range",
    "format",
    "format_type",
    "gen_random_bytes",
    "gen_random_uuid",
    "get_current_ts_config",
    "getdatabaseencoding",
    "inet_client_addr",
    "inet_client_port",
    "inet_server_addr",
    "inet_server_port",
    "json_build_array",
    "json_build_object",
    "json_populate_record",
    "json_populate_recordset",
    "json_to_record",
    "json_to_recordset",
    "jsonb_build_array",
    "jsonb_build_object",
    "jsonb_path_exists_tz",
    "jsonb_path_match_tz",
    "jsonb_path_query_array_tz",
    "jsonb_path_query_first_tz",
    "jsonb_path_query_tz",
    "jsonb_populate_record",
    "jsonb_populate_recordset",
    "jsonb_to_record",
    "jsonb_to_recordset",
    "lastval",
    "lo_close",
    "lo_creat",
    "lo_create",
    "lo_export",
    "lo_from_bytea",
    "lo_get",
    "lo_import",
    "lo_lseek",
    "lo_open",
    "lo_put",
    "lo_tell",
    "lo_truncate",
    "lo_unlink",
    "loread",
    "lowrite",
    "make_timestamptz",
    "nextval",
    "now",
    "obj_description",
    "query_to_xml",
    "random",
    "random_normal",
    "row_security_active",
    "row_to_json",
    "schema_to_xml",
    "set_config",
    "setseed",
    "setval",
    "shobj_description",
    "statement_timestamp",
    "table_to_xml",
    "timeofday",
    "to_char",
    "to_date",
    "to_json",
    "to_jsonb",
    "to_number",
    "transaction_timestamp",
    "ts_debug",
    "ts_stat",
    "txid_current",
    "txid_current_if_assigned",
    "txid_current_snapshot",
    "txid_status",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
    "version",
    "xml",
    "xml_is_well_formed",
    "xmlparse",
]
"""Functions without an immutable form, of Postgres and its usual extensions; those whose name says so (`pg_…`, `has_…`,
`to_reg…`) besides."""
_CHANGING: Final = re.compile(
    rf"\b(?:{'|'.join(_NAMES)}|pg_\w+|has_\w+_privilege|to_reg\w+)\s*\("
    r"|\b(?:current_(?:date|time|timestamp|user|role|catalog|schema)|localtime|localtimestamp|session_user|system_user|user)\b",
    re.IGNORECASE,
)
_WRITING: Final = re.compile(
    r"\b(?:insert|update|delete|merge|into|truncate|create|alter|drop|grant|revoke|call|copy|lock|share)\b",
    re.IGNORECASE,
)
_BLANK: Final = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)"
_READING: Final = re.compile(
    rf"(?:{_BLANK}|\()*(?:select|with|values|table)\b", re.IGNORECASE | re.DOTALL
)
_END: Final = re.compile(rf";{_BLANK}*$", re.DOTALL)


@lru_cache(maxsize=2000)
def why_uncacheable(sql: str) -> str | None:
    """None for a statement whose answer may be kept; else the word that Hyperdrive's metrics have for it."""
    if ";" in _END.sub("", sql):
        return "multiplestatements"
    if not _READING.match(sql):
        return "uncacheable"
    if _WRITING.search(sql):
        return "uncacheable"
    if _CHANGING.search(sql):
        return "volatile"
    return None
