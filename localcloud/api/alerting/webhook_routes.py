"""`/accounts/{a}/alerting/v3/destinations/webhooks`."""

from __future__ import annotations

from typing import Final

from localcloud.api.alerting import errors, webhooks
from localcloud.api.alerting.routes import BASE, READ, WRITE
from localcloud.api.ids import hex_id, timestamp
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document, Json

service = Service("alerting_webhooks")
_ALL: Final = BASE + "/destinations/webhooks"
_ONE: Final = _ALL + "/{webhook}"


def _found(call: Call) -> Document:
    id = webhooks.plain_id(call.path["webhook"])
    found = call.cloud.store.get(webhooks.KIND, call.account, id)
    if found is None:
        raise errors.NO_WEBHOOK()
    return found


@service.post(_ALL, permission=WRITE)
async def create(call: Call) -> Reply:
    """Posts a test message first if the address is one of this machine; elsewhere nothing is contacted. Answers the id."""
    sent = webhooks.checked(call.json_object())
    tested = await webhooks.send_test(sent["url"], sent.get("secret"))
    now = timestamp()
    body: Json = {
        **sent,
        "id": hex_id(),
        "type": webhooks.service_type(sent["url"]),
        "created_at": now,
        "last_success": now if tested else None,
        "last_failure": None,
    }
    call.cloud.store.insert(webhooks.KIND, call.account, body["id"], body)
    return Reply({"id": body["id"]})


@service.get(_ALL, permission=READ)
async def list_all(call: Call) -> Reply:
    kept = call.cloud.store.list(webhooks.KIND, call.account)
    return Reply([webhooks.shown(webhook.body) for webhook in kept])


@service.get(_ONE, permission=READ)
async def read(call: Call) -> Reply:
    return Reply(webhooks.shown(_found(call).body))


@service.put(_ONE, permission=WRITE)
async def change(call: Call) -> Reply:
    """Tests the address as creating does. Without a new secret the old one stays."""
    before = _found(call)
    sent = webhooks.checked(call.json_object())
    secret = sent.get("secret") or before.body.get("secret")
    tested = await webhooks.send_test(sent["url"], secret)
    with call.cloud.store.transaction():
        webhook = _found(call)
        body: Json = {**webhook.body, **sent, "type": webhooks.service_type(sent["url"])}
        if tested:
            body["last_success"] = timestamp()
        call.cloud.store.update(webhook, body)
    return Reply({"id": webhook.id})


@service.delete(_ONE, permission=WRITE)
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        call.cloud.store.delete(_found(call))
    return Reply(None)
