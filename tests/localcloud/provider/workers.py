"""Workers, versions, deployments, and the ways to reach them (facts of the official provider's schemas)."""

from __future__ import annotations

import base64
from typing import Final

from tests.localcloud.conftest import ACCOUNT, ZONE
from tests.localcloud.provider.decoding import (
    COMPUTED,
    FILLED_IN,
    GIVEN,
    KEPT,
    Many,
    default,
    each,
    filled_in,
    given,
)
from tests.localcloud.provider.resource import Resource

CODE: Final = base64.b64encode(b"export default { fetch() { return new Response('hi') } }").decode()
MODULE: Final = {
    "name": "index.js",
    "content_type": "application/javascript+module",
    "content_base64": CODE,
}

_A: Final = f"/accounts/{ACCOUNT}"
_Z: Final = f"/zones/{ZONE}"
_WORKERS: Final = _A + "/workers/workers"
_SCRIPT: Final = _A + "/workers/scripts/shop"

_SAMPLED: Final = {
    "enabled": default(False),
    "head_sampling_rate": default(1),
    "persist": default(True),
    "destinations": default([]),
}
WORKER: Final = Resource(
    {
        "id": COMPUTED,
        "name": GIVEN,
        "logpush": default(False),
        "tags": default([]),
        "tail_consumers": default([]),
        "observability": filled_in(
            {
                "enabled": default(False),
                "head_sampling_rate": default(1),
                "logs": filled_in({**_SAMPLED, "invocation_logs": default(True)}),
                "traces": filled_in(_SAMPLED),
            }
        ),
        "subdomain": filled_in({"enabled": default(False), "previews_enabled": FILLED_IN}),
        "created_on": COMPUTED,
        "updated_on": COMPUTED,
        "references": COMPUTED,
        "previews_base_config": GIVEN,
    },
    create=("POST", _WORKERS),
    read=_WORKERS + "/{id}",
    update=("PUT", _WORKERS + "/{id}"),
    delete=("DELETE", _WORKERS + "/{id}"),
    configs={
        "minimal": {"name": "cart"},
        "full": {
            "name": "cart",
            "logpush": True,
            "tags": ["environment=staging"],
            "observability": {"enabled": True, "head_sampling_rate": 0.5},
            "previews_base_config": {"logpush": True, "limits": {"cpu_ms": 50}},
            "subdomain": {"enabled": True, "previews_enabled": False},
        },
    },
    changes={
        "minimal": {"tags": ["environment=production"]},
        "full": {
            "logpush": None,
            "previews_base_config": None,
            "observability": {"enabled": False},
            "name": "basket",
        },
    },
)

_BINDING: Final = {
    "name": GIVEN,
    "type": GIVEN,
    "text": KEPT,
    "namespace_id": FILLED_IN,
    "class_name": FILLED_IN,
    "script_name": FILLED_IN,
    "database_id": FILLED_IN,
    **each(GIVEN, "bucket_name", "id", "service", "environment", "entrypoint", "json", "simple", "jurisdiction", "dataset"),
}  # fmt: skip
_EXPORT: Final = each(GIVEN, "type", "storage", "state", "cache", "container", "renamed_to", "transferred_to", "transfer_from")  # fmt: skip
WORKER_VERSION: Final = Resource(
    {
        **each(COMPUTED, "id", "number", "created_on", "source", "startup_time_ms", "urls", "author_email", "author_id"),
        "main_module": GIVEN,
        "compatibility_date": GIVEN,
        # Computed in the schema; but a Worker without flags has none in the state (the provider's own acceptance tests).
        "compatibility_flags": GIVEN,
        "modules": given(each(GIVEN, *MODULE), Many.LIST),
        "bindings": given(_BINDING, Many.LIST),
        "exports": given(_EXPORT, Many.MAP),
        "annotations": filled_in({"workers/message": GIVEN, "workers/tag": GIVEN, "workers/triggered_by": COMPUTED}),
        "usage_model": default("standard"),
        "placement": GIVEN,
        "limits": GIVEN,
        "containers": GIVEN,
        "package_dependencies": GIVEN,
    },
    create=("POST", _WORKERS + "/{worker}/versions"),
    read=_WORKERS + "/{worker}/versions/{id}?include=modules",
    configs={
        "minimal": {"main_module": "index.js", "modules": [MODULE]},
        "bound to a class of another Worker": {
            "main_module": "index.js",
            "modules": [MODULE],
            "bindings": [
                {
                    "name": "KEPT",
                    "type": "durable_object_namespace",
                    "class_name": "Counter",
                    "script_name": "keeper",
                },
            ],
        },
        "full": {
            "main_module": "index.js",
            "modules": [MODULE],
            "compatibility_date": "2026-01-01",
            "compatibility_flags": ["nodejs_compat"],
            "annotations": {"workers/message": "first", "workers/tag": "abc123"},
            "limits": {"cpu_ms": 50},
            "placement": {"mode": "smart"},
            "usage_model": "standard",
            "bindings": [
                {"name": "COUNTER", "type": "durable_object_namespace", "class_name": "Counter"},
                {"name": "FLAGS", "type": "kv_namespace", "namespace_id": "{namespace}"},
                {"name": "LIMIT", "type": "json", "json": {"most": 3}},
                {"name": "MODE", "type": "plain_text", "text": "staging"},
                {"name": "TOKEN", "type": "secret_text", "text": "hush"},
                {"name": "VERSION", "type": "version_metadata"},
            ],
            "exports": {"Counter": {"type": "durable-object", "storage": "sqlite"}},
        },
    },
)  # fmt: skip
WORKERS_DEPLOYMENT: Final = Resource(
    {
        **each(COMPUTED, "id", "author_email", "created_on", "source"),
        "strategy": GIVEN,
        "versions": given({"version_id": GIVEN, "percentage": GIVEN}, Many.LIST),
        "annotations": filled_in({"workers/message": GIVEN, "workers/triggered_by": COMPUTED}),
    },
    create=("POST", _SCRIPT + "/deployments"),
    read=_SCRIPT + "/deployments/{id}",
    configs={
        "one version": {
            "strategy": "percentage",
            "versions": [{"version_id": "{version}", "percentage": 100}],
        },
        "a split": {
            "strategy": "percentage",
            "versions": [
                {"version_id": "{version}", "percentage": 99.9},
                {"version_id": "{candidate}", "percentage": 0.1},
            ],
            "annotations": {"workers/message": "canary"},
        },
    },
)
WORKERS_CUSTOM_DOMAIN: Final = Resource(
    {
        "id": COMPUTED,
        "cert_id": COMPUTED,
        "hostname": GIVEN,
        "service": GIVEN,
        "zone_id": FILLED_IN,
        "zone_name": COMPUTED,
        "environment": FILLED_IN,
    },
    create=("PUT", _A + "/workers/domains"),
    read=_A + "/workers/domains/{id}",
    delete=("DELETE", _A + "/workers/domains/{id}"),
    configs={
        "with a zone": {"hostname": "api.example.com", "service": "shop", "zone_id": ZONE},
        "zone found by name": {"hostname": "api.example.com", "service": "shop"},
    },
)
WORKERS_ROUTE: Final = Resource(
    {"id": COMPUTED, "pattern": GIVEN, "script": GIVEN},
    create=("POST", _Z + "/workers/routes"),
    read=_Z + "/workers/routes/{id}",
    update=("PUT", _Z + "/workers/routes/{id}"),
    delete=("DELETE", _Z + "/workers/routes/{id}"),
    configs={
        "to a Worker": {"pattern": "example.com/api/*", "script": "shop"},
        "to none": {"pattern": "example.com/static/*"},
    },
    changes={
        "to a Worker": {"script": None},
        "to none": {"script": "shop", "pattern": "example.com/*"},
    },
)
WORKERS_CRON_TRIGGER: Final = Resource(
    {"schedules": given({"cron": GIVEN}, Many.LIST)},
    create=("PUT", _SCRIPT + "/schedules"),
    read=_SCRIPT + "/schedules",
    update=("PUT", _SCRIPT + "/schedules"),
    configs={"two": {"schedules": [{"cron": "*/5 * * * *"}, {"cron": "0 3 * * 1"}]}},
    changes={"two": {"schedules": [{"cron": "0 4 * * 1"}]}},
    bare_list="schedules",
)
WORKERS_SCRIPT_SUBDOMAIN: Final = Resource(
    {"enabled": GIVEN, "previews_enabled": FILLED_IN},
    create=("POST", _SCRIPT + "/subdomain"),
    read=_SCRIPT + "/subdomain",
    update=("POST", _SCRIPT + "/subdomain"),
    configs={"on": {"enabled": True, "previews_enabled": False}},
    changes={"on": {"enabled": False}},
)

TYPES: Final = {
    "Worker": WORKER,
    "WorkerVersion": WORKER_VERSION,
    "WorkersDeployment": WORKERS_DEPLOYMENT,
    "WorkersCustomDomain": WORKERS_CUSTOM_DOMAIN,
    "WorkersRoute": WORKERS_ROUTE,
    "WorkersCronTrigger": WORKERS_CRON_TRIGGER,
    "WorkersScriptSubdomain": WORKERS_SCRIPT_SUBDOMAIN,
}
