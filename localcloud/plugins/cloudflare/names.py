"""Property names: `camelCase` in the engine, `snake_case` in the API, and the maps whose keys belong to the user."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

_HUMP: Final = re.compile(r"(?<=[a-z0-9])([A-Z])")
_UNDERSCORE: Final = re.compile(r"_([a-z0-9])")
_FREE_KEYS: Final = frozenset(
    {
        "aiBindings", "analyticsEngineDatasets", "browsers", "contains", "d1Databases", "durableObjectNamespaces",
        "env", "envVars", "exports", "headers", "hyperdriveBindings", "kvNamespaces", "mtlsCertificates",
        "queueProducers", "r2Buckets", "services", "vectorizeBindings",
    }
)  # fmt: skip
_FREE_KEYS_WITHIN: Final = frozenset({("httpConfig", "header"), ("actionParameters", "rules")})
"""(parent, name), where the name alone means something else in another place."""
_FREE_VALUES: Final = frozenset({"value", "json"})
"""Settings of a zone and JSON bindings: whatever the user wrote."""
_ANNOTATIONS: Final = {
    "workersMessage": "workers/message",
    "workersTag": "workers/tag",
    "workersTriggeredBy": "workers/triggered_by",
}
_ANNOTATION_NAMES: Final = {value: key for key, value in _ANNOTATIONS.items()}
_LISTS: Final[Mapping[str, Mapping[str, str]]] = {
    "mechanisms": {"emails": "email", "pagerduties": "pagerduty"},
    "filters": {
        "airportCodes": "airport_code", "alertTriggerPreferencesValues": "alert_trigger_preferences_value",
        "enableds": "enabled", "environments": "environment", "eventSources": "event_source",
        "eventTypes": "event_type", "events": "event", "groupBies": "group_by", "healthCheckIds": "health_check_id",
        "incidentImpacts": "incident_impact", "inputIds": "input_id", "insightClasses": "insight_class",
        "limits": "limit", "logoTags": "logo_tag", "megabitsPerSeconds": "megabits_per_second",
        "newHealths": "new_health", "newStatuses": "new_status", "packetsPerSeconds": "packets_per_second",
        "poolIds": "pool_id", "products": "product", "projectIds": "project_id", "protocols": "protocol",
        "queryTags": "query_tag", "requestsPerSeconds": "requests_per_second", "slos": "slo", "statuses": "status",
        "targetHostnames": "target_hostname", "targetIps": "target_ip", "targetZoneNames": "target_zone_name",
        "tokenIds": "token_id", "tunnelIds": "tunnel_id", "tunnelNames": "tunnel_name", "types": "type",
        "wheres": "where",
    },
    "placement": {"targets": "target"},
    "edgeTtl": {"statusCodeTtls": "status_code_ttl"},
    "cookie": {"checkPresences": "check_presence", "includes": "include"},
    "header": {"checkPresences": "check_presence", "includes": "include"},
    "include": {"lists": "list"},
    "exclude": {"lists": "list"},
}  # fmt: skip
"""By parent: lists that the API names in the singular and Pulumi's bridge in the plural."""
_LIST_NAMES: Final = {
    parent: {single: plural for plural, single in names.items()} for parent, names in _LISTS.items()
}


def has_free_keys(name: str, parent: str = "") -> bool:
    """Whether the property is a map with keys of the user's own."""
    return name in _FREE_KEYS or (parent, name) in _FREE_KEYS_WITHIN


def is_free(name: str) -> bool:
    """Whether the property is the user's own as a whole."""
    return name in _FREE_VALUES


def snake(name: str) -> str:
    return _ANNOTATIONS.get(name) or _HUMP.sub(lambda found: "_" + found.group(1).lower(), name)


def camel(name: str) -> str:
    return _ANNOTATION_NAMES.get(name) or _UNDERSCORE.sub(lambda f: f.group(1).upper(), name)


def to_api(value: Any, parent: str = "") -> Any:
    """The engine's properties as the API wants them; what is null is left out. `parent` names what they stand in."""
    if isinstance(value, list):
        return [to_api(item, parent) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    sent: dict[str, Any] = {}
    for name, inner in cast("dict[str, Any]", value).items():
        if inner is None:
            continue
        key = _LISTS.get(parent, {}).get(name) or snake(name)
        if is_free(name) and isinstance(inner, dict):
            sent[key] = inner
        elif has_free_keys(name, parent) and isinstance(inner, dict):
            sent[key] = {k: to_api(v) for k, v in cast("dict[str, Any]", inner).items()}
        else:
            sent[key] = to_api(inner, name)
    return sent


def from_api(value: Any, parent: str = "") -> Any:
    """The API's answer as the engine's properties."""
    if isinstance(value, list):
        return [from_api(item, parent) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    read: dict[str, Any] = {}
    for key, inner in cast("dict[str, Any]", value).items():
        name = _LIST_NAMES.get(parent, {}).get(key) or camel(key)
        if is_free(name) and isinstance(inner, dict):
            read[name] = inner
        elif has_free_keys(name, parent) and isinstance(inner, dict):
            read[name] = {k: from_api(v) for k, v in cast("dict[str, Any]", inner).items()}
        else:
            read[name] = from_api(inner, name)
    return read
