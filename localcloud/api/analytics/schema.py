"""The part of Cloudflare's GraphQL schema that Workers metrics come from, with the names of its types.

CPU time and memory of an invocation are not measured on one machine: their fields are there and are null.
"""

from __future__ import annotations

from typing import Final

DIMENSIONS: Final = (
    "cacheStatus", "coloCode", "date", "datetime", "datetimeMinute", "datetimeFiveMinutes", "datetimeFifteenMinutes",
    "datetimeHour", "dispatchNamespaceName", "environmentName", "isDispatcher", "isPreview", "previewSlug",
    "scriptName", "scriptTag", "scriptVersion", "status", "usageModel",
)  # fmt: skip
NUMBERS: Final = frozenset({"isDispatcher", "isPreview"})
SUMS: Final = ("requests", "errors", "subrequests", "clientDisconnects", "responseBodySize")
REAL_SUMS: Final = ("duration", "wallTime", "cpuTimeUs")
QUANTILES: Final = {
    "P25": 0.25,
    "P50": 0.5,
    "P75": 0.75,
    "P90": 0.9,
    "P95": 0.95,
    "P99": 0.99,
    "P999": 0.999,
}
MEASURED: Final = ("wallTime", "requestDuration", "duration")
NOT_MEASURED: Final = ("cpuTime", "responseBodySize", "memoryUsageBytes")
_COMPARISONS: Final = ("", "_geq", "_leq", "_gt", "_lt", "_neq")


def _type(name: str) -> str:
    if name == "date":
        return "Date"
    if name.startswith("datetime"):
        return "Time"
    return "uint8" if name in NUMBERS else "string"


def _filter_fields() -> str:
    lines: list[str] = []
    for name in DIMENSIONS:
        kind = _type(name)
        lines += [f"  {name}{suffix}: {kind}" for suffix in _COMPARISONS]
        lines += [f"  {name}_in: [{kind}!]", f"  {name}_notin: [{kind}!]"]
        if kind == "string":
            lines += [f"  {name}_like: string", f"  {name}_notlike: string"]
    return "\n".join(lines)


def _fields(names: list[str], kind: str) -> str:
    return "\n".join(f"  {name}: {kind}" for name in names)


def _orders() -> str:
    names = [*DIMENSIONS, *(f"sum_{name}" for name in (*SUMS, *REAL_SUMS))]
    names += [f"quantiles_{name}{p}" for name in MEASURED for p in QUANTILES]
    return "\n".join(f"  {name}_{way}" for name in names for way in ("ASC", "DESC"))


_NAME: Final = "AccountWorkersInvocationsAdaptive"
SDL: Final = f"""
scalar string
scalar uint8
scalar uint64
scalar int64
scalar float64
scalar Date
scalar Time

type Query {{
  viewer: viewer
  cost: uint64
}}

type viewer {{
  accounts(filter: AccountFilter_InputObject): [account!]
  zones(filter: ZoneFilter_InputObject): [zone!]
}}

input AccountFilter_InputObject {{ accountTag: string, accountTag_in: [string!] }}
input ZoneFilter_InputObject {{ zoneTag: string, zoneTag_in: [string!] }}

type zone {{ zoneTag: string! }}

type account {{
  accountTag: string!
  workersInvocationsAdaptive(
    filter: {_NAME}Filter_InputObject
    limit: uint64!
    orderBy: [{_NAME}OrderBy!]
  ): [{_NAME}!]
}}

input {_NAME}Filter_InputObject {{
{_filter_fields()}
  AND: [{_NAME}Filter_InputObject!]
  OR: [{_NAME}Filter_InputObject!]
}}

enum {_NAME}OrderBy {{
{_orders()}
}}

type {_NAME} {{
  dimensions: {_NAME}Dimensions
  sum: {_NAME}Sum
  min: {_NAME}Min
  max: {_NAME}Max
  quantiles: {_NAME}Quantiles
  count: uint64!
}}

type {_NAME}Dimensions {{
{chr(10).join(f"  {name}: {_type(name)}" for name in DIMENSIONS)}
}}

type {_NAME}Sum {{
{_fields(list(SUMS), "uint64")}
{_fields(list(REAL_SUMS), "float64")}
}}

type {_NAME}Min {{
{_fields(["wallTime", "cpuTime"], "float64")}
}}

type {_NAME}Max {{
{_fields(["wallTime", "cpuTime"], "float64")}
}}

type {_NAME}Quantiles {{
{_fields([name + p for name in (*MEASURED, *NOT_MEASURED) for p in QUANTILES], "float64")}
}}
"""
