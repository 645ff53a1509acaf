"""Workers, versions and deployments as the answers show them."""

from __future__ import annotations

import base64
from typing import Final

from localcloud.api.durable_objects import exports
from localcloud.api.store import Document, Json, Store
from localcloud.api.workers import bindings, models
from localcloud.api.workers.drafts import KEPT_AS_SENT

_SCRIPT_SETTINGS: Final = ("logpush", "observability", "tail_consumers")


def workers_dev(store: Store, account: str, prefix: str) -> str | None:
    subdomain = models.account_subdomain(store, account)
    return f"{prefix}.{subdomain}.workers.dev" if subdomain else None


def preview_host(store: Store, worker: Document, version_id: str) -> str | None:
    return workers_dev(store, worker.parent, f"{version_id[:8]}-{worker.body['name']}")


def beta_worker(store: Store, worker: Document) -> Json:
    body = worker.body
    subdomain = dict(body["subdomain"])
    host = workers_dev(store, worker.parent, body["name"])
    if host is not None:
        subdomain["url"] = f"https://{host}"
        subdomain["preview_url_suffix"] = f"-{host}"
    fields = ("id", "name", "created_on", "updated_on", "deployed_on", "logpush", "observability")
    previews = body.get("previews_base_config")
    return {
        **({} if previews is None else {"previews_base_config": previews}),
        **{key: body[key] for key in fields},
        "subdomain": subdomain,
        "tags": body["tags"],
        "tail_consumers": body["tail_consumers"],
        "references": references(store, worker),
    }


def references(store: Store, worker: Document) -> Json:
    """Who refers to the Worker: its custom domains, and the account's other Workers by their bindings."""
    domains = [
        {
            "id": domain.id,
            "hostname": domain.body["hostname"],
            "zone_id": domain.body["zone_id"],
            "zone_name": domain.body["zone_name"],
            "certificate_id": domain.body["cert_id"],
        }
        for domain in store.list(models.DOMAIN, worker.parent)
        if domain.body["service"] == worker.body["name"]
    ]
    workers: list[Json] = []
    objects: list[Json] = []
    for other in store.list(models.KIND, worker.parent):
        latest = models.latest_version(store, other)
        if other.id == worker.id or latest is None:
            continue
        who = {"id": other.id, "name": other.body["name"]}
        for binding in latest.body["bindings"]:
            if binding["type"] == "service" and binding.get("service") == worker.body["name"]:
                workers.append(who)
            if (
                binding["type"] == "durable_object_namespace"
                and binding.get("script_name") == worker.body["name"]
            ):
                namespace = bindings.namespace_of(store, other, binding)
                objects.append(
                    {
                        "namespace_id": namespace.id if namespace else "",
                        "namespace_name": f"{worker.body['name']}_{binding.get('class_name')}",
                        "worker_id": other.id,
                        "worker_name": other.body["name"],
                    }
                )
    return {
        "dispatch_namespace_outbounds": [],
        "domains": domains,
        "durable_objects": objects,
        "queues": [],
        "workers": workers,
    }


def beta_version(
    store: Store, worker: Document, version: Document, *, include_modules: bool = False
) -> Json:
    body = version.body
    host = preview_host(store, worker, version.id)
    previews = worker.body["subdomain"]["previews_enabled"] and host is not None
    view: Json = {
        "id": version.id,
        "number": body["number"],
        "created_on": body["created_on"],
        "urls": [f"https://{host}"] if previews else [],
        "annotations": body["annotations"],
        **models.AUTHOR,
        "source": body["source"],
        "startup_time_ms": body["startup_time_ms"],
        "usage_model": body["usage_model"],
        **_as_uploaded(body),
        **{key: body[key] for key in KEPT_AS_SENT if key in body},
    }
    if body["bindings"]:
        view["bindings"] = bindings.shown(store, worker, body["bindings"])
    if body["migration_tag"] is not None:
        view["migration_tag"] = body["migration_tag"]
    if body.get("exports"):
        view["exports"] = exports.shown(body["exports"])
    if body.get("assets"):
        view["assets"] = {"config": body["assets"].get("config") or {}}
    if include_modules:
        view["modules"] = [
            {
                "name": module["name"],
                "content_type": module["content_type"],
                "content_base64": base64.b64encode(store.blob(module["digest"])).decode(),
            }
            for module in body["modules"]
        ]
    return view


def _as_uploaded(body: Json) -> Json:
    """What was left out of the upload is left out of the answer, as Cloudflare does: the official provider takes a value that
    nobody declared for drift, and every change of a version is a new one."""
    told: Json = {key: body[key] for key in ("main_module", "compatibility_flags") if body[key]}
    if body.get("dated", True):
        told["compatibility_date"] = body["compatibility_date"]
    return told


def script_version_head(worker: Document, version: Document) -> Json:
    body = version.body
    return {
        "id": version.id,
        "number": body["number"],
        "annotations": body["annotations"],
        "metadata": {
            "created_on": body["created_on"],
            "modified_on": body["created_on"],
            "source": body["source"],
            **models.AUTHOR,
            "hasPreview": bool(worker.body["subdomain"]["previews_enabled"]),
        },
    }


def script_version(store: Store, worker: Document, version: Document) -> Json:
    body = version.body
    runtime: Json = {
        "usage_model": body["usage_model"],
        "compatibility_date": body["compatibility_date"],
        "compatibility_flags": body["compatibility_flags"],
        "limits": body.get("limits") or {},
    }
    if body["migration_tag"] is not None:
        runtime["migration_tag"] = body["migration_tag"]
    if body.get("exports"):
        runtime["exports"] = exports.shown(body["exports"])
    return {
        **script_version_head(worker, version),
        "startup_time_ms": body["startup_time_ms"],
        "resources": {
            "script": {
                "etag": body["etag"],
                "handlers": body["handlers"],
                "named_handlers": _named_handlers(body),
                "last_deployed_from": body["source"],
            },
            "script_runtime": runtime,
            "bindings": bindings.shown(store, worker, body["bindings"]),
        },
    }


def script(worker: Document, version: Document | None) -> Json:
    """A row of `GET workers/scripts`; the code's fields are those of the version given."""
    body = worker.body
    view: Json = {
        "id": body["name"],
        "tag": body["id"],
        "tags": body["tags"] or None,
        "created_on": body["created_on"],
        "modified_on": body["updated_on"],
        "usage_model": "standard",
        "logpush": body["logpush"],
        "observability": body["observability"],
        "tail_consumers": body["tail_consumers"] or None,
        "has_assets": False,
        "has_modules": True,
        "last_deployed_from": body.get("last_deployed_from"),
        "routes": None,
    }
    if body["migration_tag"] is not None:
        view["migration_tag"] = body["migration_tag"]
    if version is not None:
        code = version.body
        view |= {
            "etag": code["etag"],
            "handlers": code["handlers"],
            "named_handlers": _named_handlers(code),
            "has_assets": bool(code.get("assets")),
            "has_modules": code["has_modules"],
            "compatibility_date": code["compatibility_date"],
            "compatibility_flags": code["compatibility_flags"],
            "usage_model": code["usage_model"],
            "entry_point": code["main_module"],
            "startup_time_ms": code["startup_time_ms"],
        }
        if code.get("exports"):
            view["exports"] = exports.shown(code["exports"])
        if code.get("placement"):
            view["placement"] = code["placement"]
    return view


def _named_handlers(body: Json) -> list[Json]:
    return [{"name": n, "handlers": handlers} for n, handlers in body["named_handlers"].items()]


def script_settings(worker: Document) -> Json:
    view = {key: worker.body[key] for key in _SCRIPT_SETTINGS}
    view["tail_consumers"] = view["tail_consumers"] or None
    view["tags"] = worker.body["tags"] or None
    return view


def settings(store: Store, worker: Document, version: Document | None) -> Json:
    view = script_settings(worker)
    if version is None:
        return {**view, "bindings": []}
    body = version.body
    view |= {
        "bindings": bindings.shown(store, worker, body["bindings"]),
        "compatibility_flags": body["compatibility_flags"],
        "usage_model": body["usage_model"],
        "placement": body.get("placement") or {},
        "annotations": body["annotations"],
    }
    if body.get("dated", True):
        view["compatibility_date"] = body["compatibility_date"]
    if body.get("limits"):
        view["limits"] = body["limits"]
    if body["migration_tag"] is not None:
        view["migration_tag"] = body["migration_tag"]
    return view
