"""One case for each resource type that the stand-in serves: its inputs, and what each change of them means.

The replacement rules are those of the official provider (6.x over the Terraform provider 5.x: `RequiresReplace` in each
`internal/services/<name>/schema.go`). `{account}`, `{zone}`, `{worker}` … stand for what a `World` holds.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any, Final

from localcloud.plugins.cloudflare.types import TYPES

Json = dict[str, Any]
CODE: Final = "export default { fetch() { return new Response('hello') } }"
MODULE: Final = {
    "name": "index.js",
    "contentType": "application/javascript+module",
    "contentBase64": base64.b64encode(CODE.encode()).decode(),
}
TOKENS: Final = {kind.name: kind.token for kind in TYPES.values()}


@dataclass(frozen=True)
class Case:
    """`in_place` are inputs that an update carries, `replacing` those that cannot be changed, each with another value."""

    name: str
    inputs: Json
    in_place: Json = field(default_factory=dict[str, Any])
    replacing: Json = field(default_factory=dict[str, Any])
    stays: bool = False
    """The official provider's Delete sends nothing."""

    @property
    def token(self) -> str:
        return TOKENS[self.name]


_ACCOUNT: Final = {"accountId": "{account}"}
_OTHER_ACCOUNT: Final = {"accountId": "{other_account}"}
_ZONE: Final = {"zoneId": "{zone}"}
_OTHER_ZONE: Final = {"zoneId": "{other_zone}"}
_SCRIPT: Final = {**_ACCOUNT, "scriptName": "shop"}
_OTHER_SCRIPT: Final = {**_OTHER_ACCOUNT, "scriptName": "store"}
_BUCKET: Final = {**_ACCOUNT, "bucketName": "uploads"}
_OTHER_BUCKET: Final = {**_OTHER_ACCOUNT, "bucketName": "downloads", "jurisdiction": "eu"}
_RULE: Final = {
    "action": "block",
    "expression": '(http.request.uri.path eq "/admin")',
    "description": "No admins",
    "enabled": True,
}

CASES: Final = (
    Case(
        "Worker",
        {**_ACCOUNT, "name": "api", "tags": ["edge"], "subdomain": {"enabled": True, "previewsEnabled": False}},
        in_place={
            "name": "api-two", "logpush": True, "tags": ["edge", "two"],
            "observability": {"enabled": True, "headSamplingRate": 0.5}, "subdomain": {"enabled": False},
        },
        replacing=_OTHER_ACCOUNT,
    ),
    Case(
        "WorkerVersion",
        {
            **_ACCOUNT, "workerId": "{worker}", "mainModule": "index.js", "modules": [MODULE],
            "compatibilityDate": "2026-01-01", "compatibilityFlags": ["nodejs_compat"],
            "bindings": [
                {"name": "TOKEN", "type": "secret_text", "text": "hush hush"},
                {"name": "CACHE", "type": "kv_namespace", "namespaceId": "{namespace}"},
            ],
            "annotations": {"workersTag": "abc123", "workersMessage": "first"},
        },
        replacing={
            **_OTHER_ACCOUNT, "workerId": "{other_worker}", "mainModule": "other.js", "modules": [{**MODULE, "name": "a.js"}],
            "compatibilityDate": "2026-02-01", "compatibilityFlags": [], "bindings": [], "annotations": {"workersTag": "b"},
            "limits": {"cpuMs": 50}, "placement": {"mode": "smart"}, "migrations": {"newTag": "v1"},
            "exports": {"Counter": {"type": "durable-object", "storage": "sqlite"}},
        },
        stays=True,
    ),
    Case(
        "WorkersDeployment",
        {**_SCRIPT, "strategy": "percentage", "versions": [{"versionId": "{version}", "percentage": 100}]},
        replacing={
            **_OTHER_SCRIPT, "strategy": "other", "annotations": {"workersMessage": "more"},
            "versions": [{"versionId": "{version}", "percentage": 90}, {"versionId": "{other_version}", "percentage": 10}],
        },
        stays=True,
    ),
    Case(
        "WorkersRoute",
        {**_ZONE, "pattern": "example.com/api/*", "script": "shop"},
        in_place={"pattern": "example.com/v2/*", "script": "{other_script}"},
        replacing=_OTHER_ZONE,
    ),
    Case(
        "WorkersCustomDomain",
        {**_ACCOUNT, **_ZONE, "hostname": "api.example.com", "service": "shop"},
        replacing={**_OTHER_ACCOUNT, **_OTHER_ZONE, "hostname": "www.example.com", "service": "{other_script}"},
    ),
    Case(
        "WorkersCronTrigger",
        {**_SCRIPT, "schedules": [{"cron": "*/5 * * * *"}]},
        in_place={"schedules": [{"cron": "0 3 * * *"}, {"cron": "*/5 * * * *"}]},
        replacing=_OTHER_SCRIPT,
    ),
    Case(
        "WorkersScriptSubdomain",
        {**_SCRIPT, "enabled": True, "previewsEnabled": True},
        in_place={"enabled": False, "previewsEnabled": False},
        replacing=_OTHER_SCRIPT,
        stays=True,
    ),
    Case(
        "WorkersKvNamespace",
        {**_ACCOUNT, "title": "sessions"},
        in_place={"title": "sessions-two"},
        replacing=_OTHER_ACCOUNT,
    ),
    Case(
        "R2Bucket",
        {**_ACCOUNT, "name": "pictures", "location": "weur"},
        in_place={"storageClass": "InfrequentAccess"},
        replacing={**_OTHER_ACCOUNT, "name": "photos", "location": "enam", "jurisdiction": "eu"},
    ),
    Case(
        "R2BucketCors",
        {**_BUCKET, "rules": [{"allowed": {"origins": ["https://example.com"], "methods": ["GET"]}, "maxAgeSeconds": 60}]},
        in_place={"rules": [{"allowed": {"origins": ["https://example.org"], "methods": ["GET", "PUT"]}}]},
        replacing=_OTHER_BUCKET,
    ),
    Case(
        "R2BucketLifecycle",
        {
            **_BUCKET,
            "rules": [{
                "id": "old", "enabled": True, "conditions": {"prefix": "tmp/"},
                "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": 86400}},
            }],
        },
        in_place={
            "rules": [{
                "id": "old", "enabled": False, "conditions": {"prefix": ""},
                "abortMultipartUploadsTransition": {"condition": {"type": "Age", "maxAge": 3600}},
            }],
        },
        replacing=_OTHER_BUCKET,
    ),
    Case(
        "R2BucketLock",
        {**_BUCKET, "rules": [{"id": "keep", "enabled": True, "prefix": "legal/", "condition": {"type": "Age", "maxAgeSeconds": 60}}]},
        in_place={"rules": [{"id": "keep", "enabled": True, "condition": {"type": "Indefinite"}}]},
        replacing=_OTHER_BUCKET,
    ),
    Case(
        "R2CustomDomain",
        {**_BUCKET, **_ZONE, "domain": "cdn.example.com", "enabled": True, "minTls": "1.2"},
        in_place={"enabled": False, "minTls": "1.3"},
        replacing={**_OTHER_BUCKET, **_OTHER_ZONE, "domain": "cdn2.example.com"},
    ),
    Case("R2ManagedDomain", {**_BUCKET, "enabled": True}, in_place={"enabled": False}, replacing=_OTHER_BUCKET, stays=True),
    Case(
        "HyperdriveConfig",
        {
            **_ACCOUNT, "name": "postgres", "mtls": {"sslmode": "require"},
            "origin": {
                "scheme": "postgres", "host": "db.example.net", "port": 5432, "database": "shop", "user": "shop",
                "password": "hush hush",
            },
            "caching": {"maxAge": 30, "staleWhileRevalidate": 5},
        },
        in_place={
            "name": "postgres-two", "caching": {"disabled": True},
            "origin": {
                "scheme": "postgres", "host": "db.example.net", "port": 5432, "database": "shop", "user": "shop",
                "password": "hush again",
            },
        },
        replacing=_OTHER_ACCOUNT,
    ),
    Case(
        "PagesProject",
        {
            **_ACCOUNT, "name": "landing", "productionBranch": "main",
            "buildConfig": {"buildCommand": "npm run build", "destinationDir": "dist"},
            "deploymentConfigs": {
                "production": {"envVars": {"API_URL": {"type": "plain_text", "value": "https://a"}, "KEY": {"type": "secret_text", "value": "hush hush"}}},
                "preview": {"envVars": {"API_URL": {"type": "plain_text", "value": "https://b"}}},
            },
        },
        in_place={
            "productionBranch": "live", "buildConfig": {"buildCommand": "make", "destinationDir": "out"},
            "deploymentConfigs": {"production": {"envVars": {"API_URL": {"type": "plain_text", "value": "https://c"}}}},
        },
        replacing={**_OTHER_ACCOUNT, "name": "start"},
    ),
    Case(
        "PagesDomain",
        {**_ACCOUNT, "projectName": "site", "name": "www.example.com"},
        replacing={**_OTHER_ACCOUNT, "projectName": "page", "name": "web.example.com"},
    ),
    Case(
        "Zone",
        {"account": {"id": "{account}"}, "name": "example.net", "type": "full"},
        in_place={"type": "partial", "vanityNameServers": ["ns1.example.net"], "paused": True},
        replacing={"account": {"id": "{other_account}"}, "name": "example.edu"},
    ),
    Case(
        "ZoneSetting",
        {**_ZONE, "settingId": "min_tls_version", "value": "1.2"},
        in_place={"value": "1.3"},
        replacing={**_OTHER_ZONE, "settingId": "always_use_https"},
        stays=True,
    ),
    Case(
        "ZoneDnssec",
        {**_ZONE, "status": "active"},
        in_place={"status": "disabled"},
        replacing=_OTHER_ZONE,
    ),
    Case(
        "DnsRecord",
        {**_ZONE, "name": "api.example.com", "type": "A", "content": "192.0.2.1", "ttl": 1, "comment": "first"},
        in_place={
            "name": "www.example.com", "content": "192.0.2.2", "ttl": 300, "comment": "second", "proxied": True,
            "type": "TXT", "tags": ["team:web"],
        },
        replacing=_OTHER_ZONE,
    ),
    Case(
        "Ruleset",
        {**_ZONE, "kind": "zone", "name": "Firewall", "phase": "http_request_firewall_custom", "rules": [_RULE]},
        in_place={"name": "Wall", "description": "Nobody", "rules": [{**_RULE, "action": "log"}, _RULE]},
        replacing={**_OTHER_ZONE, "kind": "custom", "phase": "http_ratelimit"},
    ),
    Case(
        "Healthcheck",
        {
            **_ZONE, "name": "API", "address": "api.example.com", "type": "HTTPS",
            "httpConfig": {"path": "/health", "method": "GET", "expectedCodes": ["200"]},
        },
        in_place={"name": "API-two", "address": "www.example.com", "interval": 120, "suspended": True},
        replacing=_OTHER_ZONE,
    ),
    Case(
        "NotificationPolicy",
        {
            **_ACCOUNT, "name": "Health", "alertType": "health_check_status_notification", "enabled": True,
            "mechanisms": {"emails": [{"id": "ops@example.com"}]},
        },
        in_place={"name": "Health two", "enabled": False, "description": "all", "mechanisms": {"emails": [{"id": "dev@example.com"}]}},
        replacing=_OTHER_ACCOUNT,
    ),
    Case(
        "NotificationPolicyWebhooks",
        {**_ACCOUNT, "name": "Chat", "url": "{hook}", "secret": "hush hush"},
        in_place={"name": "Chat two", "secret": "hush again"},
        replacing=_OTHER_ACCOUNT,
    ),
)  # fmt: skip
