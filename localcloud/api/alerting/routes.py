"""`/accounts/{a}/alerting/v3`."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from localcloud.api.alerting import errors
from localcloud.api.alerting.webhook_test import send_test
from localcloud.api.ids import hex_id, timestamp
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document, Json

service = Service("alerting")
POLICY: Final = "notification_policy"
WEBHOOK: Final = "notification_webhook"
_READ: Final = "Notifications Read"
_WRITE: Final = "Notifications Write"
_BASE: Final = "/accounts/{account}/alerting/v3"
_POLICIES: Final = _BASE + "/policies"
_WEBHOOKS: Final = _BASE + "/destinations/webhooks"
_TYPES: Final = {
    "health_check_status_notification": "Health Checks",
    "http_alert_origin_error": "Origin Monitoring",
    "http_alert_edge_error": "Traffic Monitoring",
    "traffic_anomalies_alert": "Traffic Monitoring",
    "pages_event_alert": "Pages",
    "workers_alert": "Workers",
    "billing_usage_alert": "Billing",
    "universal_ssl_event_type": "SSL/TLS",
    "expiring_service_token_alert": "Access",
    "failing_logpush_job_disabled_alert": "Logpush",
    "incident_alert": "Cloudflare Status",
    "maintenance_event_notification": "Cloudflare Status",
}
_MECHANISMS: Final = frozenset({"email", "pagerduty", "webhooks"})


@service.get(_BASE + "/available_alerts", permission=_READ)
async def available(call: Call) -> Reply:
    """By product, as the dashboard shows them."""
    del call
    families: dict[str, list[Json]] = {}
    for name, family in _TYPES.items():
        families.setdefault(family, []).append(
            {"type": name, "display_name": name, "description": ""}
        )
    return Reply(families)


# Policies


def _checked(sent: Json, base: Json) -> Json:
    body: Json = {**base, **{key: value for key, value in sent.items() if value is not None}}
    if not body.get("name"):
        raise errors.BAD_POLICY(reason="name is missing")
    if body.get("alert_type") not in _TYPES:
        raise errors.BAD_TYPE(type=body.get("alert_type"))
    mechanisms: Json = body.get("mechanisms") or {}
    if not any(mechanisms.values()) or not set(mechanisms) <= _MECHANISMS:
        raise errors.NO_MECHANISM()
    return body


def _policy(call: Call) -> Document:
    found = call.cloud.store.get(POLICY, call.account, call.path["policy"].replace("-", ""))
    if found is None:
        raise errors.NO_POLICY()
    return found


@service.post(_POLICIES, permission=_WRITE)
async def create_policy(call: Call) -> Reply:
    """Answers the id alone."""
    now = timestamp()
    defaults: Json = {"description": "", "enabled": True, "filters": {}, "alert_interval": ""}
    body = _checked(call.json_object(), defaults) | {
        "id": hex_id(),
        "created": now,
        "modified": now,
    }
    call.cloud.store.insert(POLICY, call.account, body["id"], body)
    return Reply({"id": body["id"]})


@service.get(_POLICIES, permission=_READ)
async def list_policies(call: Call) -> Reply:
    return Reply([policy.body for policy in call.cloud.store.list(POLICY, call.account)])


@service.get(_POLICIES + "/{policy}", permission=_READ)
async def read_policy(call: Call) -> Reply:
    return Reply(_policy(call).body)


@service.put(_POLICIES + "/{policy}", permission=_WRITE)
async def write_policy(call: Call) -> Reply:
    with call.cloud.store.transaction():
        policy = _policy(call)
        body = _checked(call.json_object(), policy.body) | {"modified": timestamp()}
        call.cloud.store.update(policy, body)
    return Reply({"id": policy.id})


@service.delete(_POLICIES + "/{policy}", permission=_WRITE)
async def remove_policy(call: Call) -> Reply:
    with call.cloud.store.transaction():
        call.cloud.store.delete(_policy(call))
    return Reply({})


# Webhooks


def _webhook(call: Call) -> Document:
    found = call.cloud.store.get(WEBHOOK, call.account, call.path["webhook"].replace("-", ""))
    if found is None:
        raise errors.NO_WEBHOOK()
    return found


def _shown(webhook: Document) -> Json:
    """The secret is write-only."""
    return {key: value for key, value in webhook.body.items() if key != "secret"}


def _checked_webhook(sent: Json) -> Json:
    if not sent.get("name"):
        raise errors.BAD_WEBHOOK(reason="name is missing")
    if urlsplit(str(sent.get("url") or "")).scheme not in {"http", "https"}:
        raise errors.BAD_WEBHOOK(reason="url must be an address of the web")
    return {key: sent[key] for key in ("name", "url", "secret") if sent.get(key) is not None}


@service.post(_WEBHOOKS, permission=_WRITE)
async def create_webhook(call: Call) -> Reply:
    sent = _checked_webhook(call.json_object())
    tested = await send_test(sent["url"], sent.get("secret"))
    now = timestamp()
    kind = "slack" if "hooks.slack.com" in sent["url"] else "generic"
    body: Json = {
        **sent, "id": hex_id(), "type": kind, "created_at": now, "last_success": now if tested else None,
        "last_failure": None,
    }  # fmt: skip
    call.cloud.store.insert(WEBHOOK, call.account, body["id"], body)
    return Reply({"id": body["id"]})


@service.get(_WEBHOOKS, permission=_READ)
async def list_webhooks(call: Call) -> Reply:
    return Reply([_shown(webhook) for webhook in call.cloud.store.list(WEBHOOK, call.account)])


@service.get(_WEBHOOKS + "/{webhook}", permission=_READ)
async def read_webhook(call: Call) -> Reply:
    return Reply(_shown(_webhook(call)))


@service.put(_WEBHOOKS + "/{webhook}", permission=_WRITE)
async def write_webhook(call: Call) -> Reply:
    sent = _checked_webhook(call.json_object())
    await send_test(sent["url"], sent.get("secret"))
    with call.cloud.store.transaction():
        webhook = _webhook(call)
        call.cloud.store.update(webhook, {**webhook.body, **sent})
    return Reply({"id": webhook.id})


@service.delete(_WEBHOOKS + "/{webhook}", permission=_WRITE)
async def remove_webhook(call: Call) -> Reply:
    with call.cloud.store.transaction():
        call.cloud.store.delete(_webhook(call))
    return Reply(None)


@service.get(_BASE + "/history", permission=_READ)
async def history(call: Call) -> Reply:
    """Nothing here raises an alert yet, so none was sent."""
    return Reply.of_page(paginate([], call.query))


@service.get(_BASE + "/destinations/eligible", permission=_READ)
async def eligible(call: Call) -> Reply:
    del call
    return Reply({name: {"eligible": True, "ready": True, "type": name} for name in _MECHANISMS})
