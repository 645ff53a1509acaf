"""Where a cloud keeps what was being created, and by what it is known: the name, the tag, the split that it was to have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]


@dataclass(frozen=True)
class Lookup:
    """`path` lists the candidates under the keys `items`, `matches` (inputs, candidate) finds the one that was made."""

    path: str
    matches: Callable[[Json, Json], bool]
    import_id: str | None
    """As `pulumi import` takes it; None for a type that the official provider cannot import: it is read by its own id."""
    key: str = "id"
    items: tuple[str, ...] = ()
    newest_only: bool = False
    """The first candidate or none: an older one that is alike says nothing of what is live."""


def _same(input_key: str, field: str) -> Callable[[Json, Json], bool]:
    return lambda inputs, item: item.get(field) == inputs.get(input_key)


def _same_version(inputs: Json, item: Json) -> bool:
    declared: Json = inputs.get("annotations") or {}
    made: Json = item.get("annotations") or {}
    wanted = declared.get("workersTag")
    return wanted is not None and made.get("workers/tag") == wanted


def _same_split(inputs: Json, item: Json) -> bool:
    declared: list[Json] = inputs.get("versions") or []
    wanted = [(share.get("versionId"), share.get("percentage")) for share in declared]
    asked: Json = inputs.get("annotations") or {}
    told: Json = item.get("annotations") or {}
    message = asked.get("workersMessage")
    if message is not None and message != told.get("workers/message"):
        return False
    return wanted == [(v["version_id"], v["percentage"]) for v in item.get("versions") or ()]


def _same_record(inputs: Json, item: Json) -> bool:
    if any(
        inputs.get(key) != item.get(key) for key in ("name", "type", "content") if key in inputs
    ):
        return False
    # Records that are told in parts (CAA) have the same name and type several times.
    wanted: Json = inputs.get("data") or {}
    told: Json = item.get("data") or {}
    return all(str(told.get(key)) == str(value) for key, value in wanted.items())


LOOKUPS: Final[Mapping[str, Lookup]] = {
    "worker:Worker": Lookup(
        "/accounts/{accountId}/workers/workers", _same("name", "name"), "{accountId}/{id}"
    ),
    "workerVersion:WorkerVersion": Lookup(
        "/accounts/{accountId}/workers/workers/{workerId}/versions",
        _same_version,
        "{accountId}/{workerId}/{id}",
        # Versions are never deleted, and one of the same tag may be older: a tag says nothing of secrets.
        newest_only=True,
    ),
    "workersDeployment:WorkersDeployment": Lookup(
        "/accounts/{accountId}/workers/scripts/{scriptName}/deployments",
        _same_split,
        "{accountId}/{scriptName}/{id}",
        items=("deployments",),
        newest_only=True,
    ),
    "workersKvNamespace:WorkersKvNamespace": Lookup(
        "/accounts/{accountId}/storage/kv/namespaces", _same("title", "title"), "{accountId}/{id}"
    ),
    "r2Bucket:R2Bucket": Lookup(
        "/accounts/{accountId}/r2/buckets",
        _same("name", "name"),
        "{accountId}/{id}/default",
        key="name",
        items=("buckets",),
    ),
    "hyperdriveConfig:HyperdriveConfig": Lookup(
        "/accounts/{accountId}/hyperdrive/configs", _same("name", "name"), "{accountId}/{id}"
    ),
    "pagesProject:PagesProject": Lookup(
        "/accounts/{accountId}/pages/projects",
        _same("name", "name"),
        "{accountId}/{id}",
        key="name",
    ),
    "pagesDomain:PagesDomain": Lookup(
        "/accounts/{accountId}/pages/projects/{projectName}/domains",
        _same("name", "name"),
        "{accountId}/{projectName}/{id}",
        key="name",
    ),
    "r2CustomDomain:R2CustomDomain": Lookup(
        "/accounts/{accountId}/r2/buckets/{bucketName}/domains/custom",
        _same("domain", "domain"),
        None,
        key="domain",
        items=("domains",),
    ),
    "zone:Zone": Lookup("/zones", _same("name", "name"), "{id}"),
    "dnsRecord:DnsRecord": Lookup("/zones/{zoneId}/dns_records", _same_record, "{zoneId}/{id}"),
    "ruleset:Ruleset": Lookup(
        "/zones/{zoneId}/rulesets", _same("phase", "phase"), "zones/{zoneId}/{id}"
    ),
    "workersRoute:WorkersRoute": Lookup(
        "/zones/{zoneId}/workers/routes", _same("pattern", "pattern"), "{zoneId}/{id}"
    ),
    "workersCustomDomain:WorkersCustomDomain": Lookup(
        "/accounts/{accountId}/workers/domains", _same("hostname", "hostname"), "{accountId}/{id}"
    ),
    "notificationPolicy:NotificationPolicy": Lookup(
        "/accounts/{accountId}/alerting/v3/policies", _same("name", "name"), "{accountId}/{id}"
    ),
    "notificationPolicyWebhooks:NotificationPolicyWebhooks": Lookup(
        "/accounts/{accountId}/alerting/v3/destinations/webhooks",
        _same("name", "name"),
        "{accountId}/{id}",
    ),
    "healthcheck:Healthcheck": Lookup(
        "/zones/{zoneId}/healthchecks", _same("name", "name"), "{zoneId}/{id}"
    ),
}
