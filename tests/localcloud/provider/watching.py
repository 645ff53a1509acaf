"""Health checks and notifications (facts of the official provider's schemas)."""

from __future__ import annotations

from typing import Final

from tests.localcloud.conftest import ACCOUNT, ZONE
from tests.localcloud.provider.decoding import (
    COMPUTED,
    FILLED_IN,
    GIVEN,
    KEPT,
    Attribute,
    Rule,
    default,
    each,
    filled_in,
)
from tests.localcloud.provider.resource import Resource

_CHECKS: Final = f"/zones/{ZONE}/healthchecks"
_ALERTING: Final = f"/accounts/{ACCOUNT}/alerting/v3"
# Cloudflare answers an empty text where none was sent: a change that the provider's own tests let pass.
_TEXT: Final = Attribute(Rule.DECLARED, empty_is_null=True)
_HTTP: Final = filled_in(
    {
        **each(default(False), "allow_insecure", "follow_redirects"),
        "expected_body": _TEXT,
        **each(GIVEN, "expected_codes", "header"),
        "method": default("GET"),
        "path": default("/"),
        "port": FILLED_IN,
    }
)
HEALTHCHECK: Final = Resource(
    {
        **each(COMPUTED, "id", "created_on", "modified_on", "status"),
        **each(GIVEN, "address", "name", "check_regions"),
        "description": _TEXT,
        **each(default(1), "consecutive_fails", "consecutive_successes"),
        "interval": default(60),
        "retries": default(2),
        "suspended": default(False),
        "timeout": default(5),
        "type": default("HTTP"),
        "http_config": _HTTP,
        "tcp_config": filled_in({"method": default("connection_established"), "port": default(80)}),
    },
    create=("POST", _CHECKS),
    read=_CHECKS + "/{id}",
    update=("PUT", _CHECKS + "/{id}"),
    delete=("DELETE", _CHECKS + "/{id}"),
    configs={
        "minimal": {"name": "api", "address": "api.example.com"},
        "https": {
            "name": "api",
            "address": "api.example.com",
            "type": "HTTPS",
            "description": "the API",
            "check_regions": ["WEU", "ENAM"],
            "http_config": {
                "path": "/health",
                "port": 443,
                "expected_codes": ["2xx"],
                "expected_body": "ok",
                "header": {"Host": ["api.example.com"]},
            },
        },
        "tcp": {"name": "db", "address": "db.example.com", "type": "TCP", "tcp_config": {"port": 5432}},
    },
    changes={
        "minimal": {"interval": 120, "suspended": True},
        "https": {"description": None, "check_regions": None, "http_config": {"expected_codes": ["200"], "port": 443}},
        "tcp": {"tcp_config": {"port": 5433}},
    },
)  # fmt: skip
NOTIFICATION_POLICY: Final = Resource(
    # A refresh fills in what only the cloud knows and leaves the rest: the provider reads this type so.
    {
        **each(COMPUTED, "id", "created", "modified"),
        **each(GIVEN, "name", "alert_type", "mechanisms"),
        "enabled": default(True),
        "filters": FILLED_IN,
    },
    create=("POST", _ALERTING + "/policies"),
    read=_ALERTING + "/policies/{id}",
    update=("PUT", _ALERTING + "/policies/{id}"),
    delete=("DELETE", _ALERTING + "/policies/{id}"),
    configs={
        "by mail": {
            "name": "certificates",
            "alert_type": "universal_ssl_event_type",
            "mechanisms": {"email": [{"id": "ops@example.com"}]},
        },
        "filtered": {
            "name": "health",
            "alert_type": "health_check_status_notification",
            "enabled": False,
            "mechanisms": {"email": [{"id": "ops@example.com"}]},
            "filters": {"health_check_id": ["a" * 32], "status": ["Unhealthy"]},
        },
    },
    changes={"by mail": {"enabled": False, "mechanisms": {"email": [{"id": "dev@example.com"}]}}},
)
NOTIFICATION_POLICY_WEBHOOKS: Final = Resource(
    {**each(COMPUTED, "id", "created_at", "type"), **each(GIVEN, "name", "url"), "secret": KEPT},
    create=("POST", _ALERTING + "/destinations/webhooks"),
    read=_ALERTING + "/destinations/webhooks/{id}",
    update=("PUT", _ALERTING + "/destinations/webhooks/{id}"),
    delete=("DELETE", _ALERTING + "/destinations/webhooks/{id}"),
    configs={"any": {"name": "hook", "url": "https://hooks.example.com/a", "secret": "hush"}},
    changes={"any": {"name": "other", "url": "https://hooks.example.com/b"}},
)
R2_MANAGED_DOMAIN: Final = Resource(
    {"enabled": GIVEN, "bucketId": COMPUTED, "domain": COMPUTED},
    create=("PUT", f"/accounts/{ACCOUNT}/r2/buckets/uploads/domains/managed"),
    read=f"/accounts/{ACCOUNT}/r2/buckets/uploads/domains/managed",
    update=("PUT", f"/accounts/{ACCOUNT}/r2/buckets/uploads/domains/managed"),
    configs={"any": {"enabled": True}},
    changes={"any": {"enabled": False}},
)

TYPES: Final = {
    "Healthcheck": HEALTHCHECK,
    "NotificationPolicy": NOTIFICATION_POLICY,
    "NotificationPolicyWebhooks": NOTIFICATION_POLICY_WEBHOOKS,
    "R2ManagedDomain": R2_MANAGED_DOMAIN,
}
