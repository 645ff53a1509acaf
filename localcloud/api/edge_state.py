"""The edge's orders, read from the API's state."""

from __future__ import annotations

from collections.abc import Iterator

from localcloud.api.durable_objects.namespaces import for_edge
from localcloud.api.faults import EDGE_EFFECTS, list_faults
from localcloud.api.pages.serving import sites, without_deployment
from localcloud.api.r2 import models as buckets
from localcloud.api.store import Document, Json, Store
from localcloud.api.workers import models, views
from localcloud.api.workers.code import edge_version, forget
from localcloud.edge.model import (
    EdgeFault,
    EdgeState,
    HeaderRule,
    HostRoute,
    ScriptDeployment,
    Share,
    Version,
    ZoneTraffic,
)

_RESPONSE_PHASE = "http_response_headers_transform"
_REQUEST_PHASE = "http_request_late_transform"


def desired_state(store: Store) -> EdgeState:
    """All that serves, complete: called after each change, so code that was built before is not built again."""
    deployments: list[ScriptDeployment] = []
    routes: list[HostRoute] = []
    used: set[str] = set()
    for worker in store.list(models.KIND):
        deployment = _deployment(store, worker)
        if deployment is not None:
            deployments.append(deployment)
            used.update(share.version.id for share in deployment.shares)
        for route in _workers_dev(store, worker, deployment):
            routes.append(route)
            if route.version is not None:
                used.add(route.version.id)
    forget(store, used)
    zones = store.list("zone")
    for zone in zones:
        routes.extend(
            HostRoute(route.body["pattern"], route.body.get("script") or None, zone.parent)
            for route in store.list(models.ROUTE, zone.id)
        )
    routes.extend(
        HostRoute(f"{domain.body['hostname']}/*", domain.body["service"], domain.parent)
        for domain in store.list(models.DOMAIN)
    )
    return EdgeState(
        deployments=tuple(deployments),
        routes=tuple(routes),
        zones=tuple(_zone(store, zone) for zone in zones),
        faults=tuple(_faults(store)),
        sites=tuple(sites(store)),
        unserved=dict(_unserved(store)),
    )


def _unserved(store: Store) -> Iterator[tuple[str, str]]:
    yield from without_deployment(store)
    for domain in store.list(buckets.DOMAIN):
        bucket = store.get(buckets.KIND, domain.parent, domain.body["bucket"])
        if bucket is not None:
            told = f"The bucket {bucket.body['name']} is there, and not served under its domain locally"
            yield domain.body["domain"], told


def _faults(store: Store) -> Iterator[EdgeFault]:
    for fault in list_faults(store):
        if fault.effect in EDGE_EFFECTS:
            yield EdgeFault(fault.effect, fault.rate, fault.seconds, fault.version, fault.worker)


def _deployment(store: Store, worker: Document) -> ScriptDeployment | None:
    live = models.live_deployment(store, worker)
    if live is None:
        return None
    shares: list[Share] = []
    for entry in live.body["versions"]:
        version = store.get(models.VERSION, worker.id, entry["version_id"])
        if version is not None:
            shares.append(Share(edge_version(store, worker, version), entry["percentage"]))
    return ScriptDeployment(
        worker.parent, worker.body["name"], live.id, tuple(shares), for_edge(store, worker)
    )


def _workers_dev(
    store: Store, worker: Document, deployment: ScriptDeployment | None
) -> Iterator[HostRoute]:
    """The Worker's own name, and preview URLs of what is live and of the newest version: each preview costs the edge a
    process, and those are the ones that somebody looks at."""
    name, account = worker.body["name"], worker.parent
    if worker.body["subdomain"]["enabled"] and deployment is not None:
        host = views.workers_dev(store, account, name)
        if host is not None:
            yield HostRoute(f"{host}/*", name, account)
    if not worker.body["subdomain"]["previews_enabled"]:
        return
    previewed: dict[str, Version] = {
        share.version.id: share.version for share in (deployment.shares if deployment else ())
    }
    newest = models.latest_version(store, worker)
    if newest is not None:
        previewed.setdefault(newest.id, edge_version(store, worker, newest))
    for version_id, version in previewed.items():
        host = views.preview_host(store, worker, version_id)
        if host is not None:
            yield HostRoute(f"{host}/*", name, account, version)


def _zone(store: Store, zone: Document) -> ZoneTraffic:
    settings = {s.id: s.body.get("value") for s in store.list("zone_setting", zone.id)}
    return ZoneTraffic(
        id=zone.id,
        name=zone.body["name"],
        always_use_https=settings.get("always_use_https") == "on",
        min_tls_version=str(settings.get("min_tls_version") or "1.0"),
        hsts=_hsts(settings.get("security_header")),
        header_rules=tuple(_header_rules(store, zone, _RESPONSE_PHASE)),
        request_rules=tuple(_header_rules(store, zone, _REQUEST_PHASE)),
        account=zone.parent,
    )


def _hsts(setting: object) -> str | None:
    value = setting.get("strict_transport_security") if isinstance(setting, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if not isinstance(value, dict) or not value.get("enabled"):  # pyright: ignore[reportUnknownMemberType]
        return None
    parts = [f"max-age={value.get('max_age', 0)}"]  # pyright: ignore[reportUnknownMemberType]
    if value.get("include_subdomains"):  # pyright: ignore[reportUnknownMemberType]
        parts.append("includeSubDomains")
    if value.get("preload"):  # pyright: ignore[reportUnknownMemberType]
        parts.append("preload")
    return "; ".join(parts)


def _header_rules(store: Store, zone: Document, phase: str) -> Iterator[HeaderRule]:
    for ruleset in store.list("ruleset", zone.id):
        if ruleset.body.get("phase") != phase:
            continue
        rules: list[Json] = ruleset.body.get("rules") or []
        for rule in rules:
            parameters: Json = rule.get("action_parameters") or {}
            headers: dict[str, Json] = parameters.get("headers") or {}
            if not rule.get("enabled", True):
                continue
            for header, change in headers.items():
                yield HeaderRule(
                    rule.get("expression", "true"),
                    change["operation"],
                    header,
                    change.get("value"),
                    change.get("expression"),
                )
