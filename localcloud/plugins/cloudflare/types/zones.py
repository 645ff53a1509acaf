"""Zones, their settings, records and rulesets."""

from __future__ import annotations

import json
from typing import Final

from localcloud.plugins.cloudflare.names import from_api
from localcloud.plugins.cloudflare.resource_type import Json, ResourceType, same

_ZONE: Final = "/zones/{zoneId}"


def _setting(result: Json) -> Json:
    # A setting's own `id` is its name; the value is the user's and keeps its keys.
    return {
        "settingId": result["id"],
        "value": result.get("value"),
        "editable": result.get("editable"),
    }


def _same_record(inputs: Json, row: Json) -> bool:
    name, wanted = str(row.get("name")), str(inputs["name"])
    if wanted not in {"@", name} and not name.startswith(f"{wanted}."):
        return False
    if row.get("type") != inputs["type"]:
        return False
    if inputs.get("content") not in {None, row.get("content")}:
        return False
    given: Json = inputs.get("data") or {}
    told: Json = from_api(row.get("data") or {})
    return all(told.get(key) == value for key, value in given.items())


def _same_ruleset(inputs: Json, row: Json) -> bool:
    return all(inputs.get(key) == row.get(key) for key in ("kind", "phase", "name"))


def _record(result: Json) -> Json:
    read: Json = from_api(result)
    # The official provider keeps this object as a text.
    return {**read, "meta": json.dumps(result.get("meta") or {})}


TYPES: Final = (
    ResourceType(
        "cloudflare:index/zone:Zone",
        create=("POST", "/zones"),
        read="/zones/{id}",
        update=("PATCH", "/zones/{id}"),
        delete=("DELETE", "/zones/{id}"),
        import_id="{id}",
        required=("account", "name"),
        replaces=frozenset({"account", "name"}),
        find=("/zones", (), same("name", "name")),
    ),
    ResourceType(
        "cloudflare:index/zoneSetting:ZoneSetting",
        create=("PATCH", _ZONE + "/settings/{settingId}"),
        read=_ZONE + "/settings/{settingId}",
        update=("PATCH", _ZONE + "/settings/{settingId}"),
        id="{settingId}",
        import_id="{zoneId}/{id}",
        required=("zoneId", "settingId", "value"),
        replaces=frozenset({"zoneId", "settingId"}),
        not_sent=frozenset({"zoneId", "settingId"}),
        result=_setting,
    ),
    ResourceType(
        "cloudflare:index/zoneDnssec:ZoneDnssec",
        create=("PATCH", _ZONE + "/dnssec"),
        read=_ZONE + "/dnssec",
        update=("PATCH", _ZONE + "/dnssec"),
        delete=("DELETE", _ZONE + "/dnssec"),
        id="{zoneId}",
        import_id="{id}",
        required=("zoneId",),
        replaces=frozenset({"zoneId"}),
        not_sent=frozenset({"zoneId"}),
        # "pending" is on its way to the "active" that was asked for.
        write_only=frozenset({"status"}),
    ),
    ResourceType(
        "cloudflare:index/dnsRecord:DnsRecord",
        create=("POST", _ZONE + "/dns_records"),
        read=_ZONE + "/dns_records/{id}",
        update=("PUT", _ZONE + "/dns_records/{id}"),
        delete=("DELETE", _ZONE + "/dns_records/{id}"),
        import_id="{zoneId}/{id}",
        required=("zoneId", "name", "type", "ttl"),
        replaces=frozenset({"zoneId"}),
        not_sent=frozenset({"zoneId", "includeShadowMetadata"}),
        result=_record,
        find=(_ZONE + "/dns_records", (), _same_record),
    ),
    ResourceType(
        "cloudflare:index/ruleset:Ruleset",
        create=("POST", _ZONE + "/rulesets"),
        read=_ZONE + "/rulesets/{id}",
        update=("PUT", _ZONE + "/rulesets/{id}"),
        delete=("DELETE", _ZONE + "/rulesets/{id}"),
        import_id="zones/{zoneId}/{id}",
        required=("zoneId", "kind", "name", "phase"),
        replaces=frozenset({"zoneId", "kind", "phase", "accountId"}),
        not_sent=frozenset({"zoneId", "accountId"}),
        find=(_ZONE + "/rulesets", (), _same_ruleset),
    ),
    ResourceType(
        "cloudflare:index/healthcheck:Healthcheck",
        create=("POST", _ZONE + "/healthchecks"),
        read=_ZONE + "/healthchecks/{id}",
        update=("PUT", _ZONE + "/healthchecks/{id}"),
        delete=("DELETE", _ZONE + "/healthchecks/{id}"),
        import_id="{zoneId}/{id}",
        required=("zoneId", "name", "address"),
        replaces=frozenset({"zoneId"}),
        not_sent=frozenset({"zoneId"}),
        find=(_ZONE + "/healthchecks", (), same("name", "name")),
    ),
)
