"""After a run that was killed: what it was creating is found in the cloud and taken into the state, so nothing is made twice.

The engine notes a creation in the state before it asks the cloud for it. A resource that the cloud has under the name it
was to have is imported; one that was never made is struck off, and the next `up` makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx

from delivery.errors import FailedError

if TYPE_CHECKING:
    from delivery.stack import Stack

Json = dict[str, Any]
_PAGE: Final = 100
_MOST_PAGES: Final = 50


@dataclass(frozen=True)
class PendingCreation:
    """`inputs` as the engine wrote them down; secrets among them are unreadable envelopes."""

    urn: str
    type: str
    inputs: Json


@dataclass(frozen=True)
class _Lookup:
    """`path` lists the candidates, `matches` finds the one that was made, `import_id` names it as `pulumi import` does."""

    path: str
    matches: Callable[[Json, Json], bool]
    import_id: str
    key: str = "id"
    items: tuple[str, ...] = ()


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
    return wanted == [(v["version_id"], v["percentage"]) for v in item.get("versions") or ()]


def _same_record(inputs: Json, item: Json) -> bool:
    keys = ("name", "type", "content")
    return all(inputs.get(key) == item.get(key) for key in keys if key in inputs)


_LOOKUPS: Final[Mapping[str, _Lookup]] = {
    "worker:Worker": _Lookup(
        "/accounts/{accountId}/workers/workers", _same("name", "name"), "{accountId}/{id}"
    ),
    "workerVersion:WorkerVersion": _Lookup(
        "/accounts/{accountId}/workers/workers/{workerId}/versions",
        _same_version,
        "{accountId}/{workerId}/{id}",
    ),
    "workersDeployment:WorkersDeployment": _Lookup(
        "/accounts/{accountId}/workers/scripts/{scriptName}/deployments",
        _same_split,
        "{accountId}/{scriptName}/{id}",
        items=("deployments",),
    ),
    "workersKvNamespace:WorkersKvNamespace": _Lookup(
        "/accounts/{accountId}/storage/kv/namespaces", _same("title", "title"), "{accountId}/{id}"
    ),
    "r2Bucket:R2Bucket": _Lookup(
        "/accounts/{accountId}/r2/buckets",
        _same("name", "name"),
        "{accountId}/{id}/default",
        key="name",
        items=("buckets",),
    ),
    "hyperdriveConfig:HyperdriveConfig": _Lookup(
        "/accounts/{accountId}/hyperdrive/configs", _same("name", "name"), "{accountId}/{id}"
    ),
    "pagesProject:PagesProject": _Lookup(
        "/accounts/{accountId}/pages/projects",
        _same("name", "name"),
        "{accountId}/{id}",
        key="name",
    ),
    "zone:Zone": _Lookup("/zones", _same("name", "name"), "{id}"),
    "dnsRecord:DnsRecord": _Lookup("/zones/{zoneId}/dns_records", _same_record, "{zoneId}/{id}"),
    "ruleset:Ruleset": _Lookup(
        "/zones/{zoneId}/rulesets", _same("phase", "phase"), "zones/{zoneId}/{id}"
    ),
    "workersRoute:WorkersRoute": _Lookup(
        "/zones/{zoneId}/workers/routes", _same("pattern", "pattern"), "{zoneId}/{id}"
    ),
    "workersCustomDomain:WorkersCustomDomain": _Lookup(
        "/accounts/{accountId}/workers/domains", _same("hostname", "hostname"), "{accountId}/{id}"
    ),
    "notificationPolicy:NotificationPolicy": _Lookup(
        "/accounts/{accountId}/alerting/v3/policies", _same("name", "name"), "{accountId}/{id}"
    ),
}


def pending_creations(state: Json) -> list[PendingCreation]:
    deployment: Json = state.get("deployment") or {}
    return [
        PendingCreation(
            operation["resource"]["urn"],
            operation["resource"]["type"],
            operation["resource"].get("inputs") or {},
        )
        for operation in deployment.get("pending_operations") or ()
        if operation.get("type") == "creating"
    ]


def recover(stack: Stack) -> None:
    """Brings the state to what the cloud has. Raises `DeliveryError`, and can then be run again."""
    stack.cancel()
    pending = pending_creations(stack.export())
    if not pending:
        return
    variables = stack.engine.environment()
    base = variables.get("CLOUDFLARE_BASE_URL", "https://api.cloudflare.com/client/v4")
    token = variables.get("CLOUDFLARE_API_TOKEN", "")
    with httpx.Client(
        base_url=base.rstrip("/"), headers={"authorization": f"Bearer {token}"}, timeout=30
    ) as client:
        made = [(item.urn, find_made(client, item)) for item in pending]
    found = [word for urn, id in made if id is not None for word in (urn, id)]
    arguments = ["--clear-pending-creates"]
    if found:
        arguments += ["--import-pending-creates", ",".join(found)]
    for urn, _ in made:
        arguments += ["--target", urn]
    stack.refresh(*arguments)


def find_made(client: httpx.Client, item: PendingCreation) -> str | None:
    """The import id of what the cloud has under the name that was being created; None when it has nothing."""
    lookup = _LOOKUPS.get(item.type.removeprefix("cloudflare:index/"))
    if lookup is None:
        return None
    try:
        path = lookup.path.format_map({k: quote(str(v), safe="") for k, v in item.inputs.items()})
    except KeyError:
        return None
    for candidate in _candidates(client, path, lookup.items):
        if lookup.matches(item.inputs, candidate):
            return lookup.import_id.format_map({**item.inputs, "id": candidate[lookup.key]})
    return None


def _candidates(client: httpx.Client, path: str, items: Sequence[str]) -> list[Json]:
    found: list[Json] = []
    for page in range(1, _MOST_PAGES + 1):
        answer = client.get(path, params={"page": page, "per_page": _PAGE})
        if answer.status_code == 404:
            return found
        body: Json = answer.json()
        if not body.get("success"):
            codes = ", ".join(f"{e['code']} {e['message']}" for e in body.get("errors") or ())
            raise FailedError(f"{path} could not be read: {codes}", "run it again")
        rows: Any = body.get("result") or []
        for key in items:
            rows = rows.get(key) or []
        found.extend(rows)
        info: Json = body.get("result_info") or {}
        total = info.get("total_pages")
        if total is None or page >= total:
            return found
    return found
