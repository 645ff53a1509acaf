"""`/accounts/{a}/alerting/v3`: alert types, policies, history. Permissions by Cloudflare's page of token permissions:
Notifications Read and Write."""

from __future__ import annotations

from typing import Final

from localcloud.api.alerting import errors, policies
from localcloud.api.alerting.alert_types import available
from localcloud.api.alerting.webhooks import plain_id
from localcloud.api.ids import hex_id, timestamp
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document

service = Service("alerting")
READ: Final = "Notifications Read"
WRITE: Final = "Notifications Write"
BASE: Final = "/accounts/{account}/alerting/v3"
_POLICIES: Final = BASE + "/policies"


@service.get(BASE + "/available_alerts", permission=READ)
async def list_alert_types(call: Call) -> Reply:
    del call
    return Reply(available())


@service.get(BASE + "/history", permission=READ)
async def history(call: Call) -> Reply:
    """Nothing on one machine raises an alert, so none was sent."""
    return Reply.of_page(paginate([], call.query))


@service.get(BASE + "/destinations/eligible", permission=READ)
async def eligible(call: Call) -> Reply:
    del call
    types = {"email": "email", "pagerduty": "pagerduty", "webhooks": "webhook"}
    return Reply(
        {name: [{"eligible": True, "ready": True, "type": kind}] for name, kind in types.items()}
    )


@service.get(BASE + "/destinations/pagerduty", permission=READ)
async def pagerduty(call: Call) -> Reply:
    """No PagerDuty account can be connected to a local cloud."""
    del call
    return Reply([])


def _found(call: Call) -> Document | None:
    return call.cloud.store.get(policies.KIND, call.account, plain_id(call.path["policy"]))


def _policy(call: Call) -> Document:
    found = _found(call)
    if found is None:
        raise errors.NO_POLICY()
    return found


@service.post(_POLICIES, permission=WRITE)
async def create(call: Call) -> Reply:
    """Answers the id alone."""
    store, now = call.cloud.store, timestamp()
    with store.transaction():
        body = policies.checked(store, call.account, call.json_object(), policies.DEFAULTS)
        body |= {"id": hex_id(), "created": now, "modified": now}
        store.insert(policies.KIND, call.account, body["id"], body)
    return Reply({"id": body["id"]})


@service.get(_POLICIES, permission=READ)
async def list_all(call: Call) -> Reply:
    return Reply([policy.body for policy in call.cloud.store.list(policies.KIND, call.account)])


@service.get(_POLICIES + "/{policy}", permission=READ)
async def read(call: Call) -> Reply:
    return Reply(_policy(call).body)


@service.put(_POLICIES + "/{policy}", permission=WRITE)
async def change(call: Call) -> Reply:
    """What is not sent stays. An unknown policy is answered as Cloudflare answers it: by its alert type."""
    store = call.cloud.store
    with store.transaction():
        policy = _found(call)
        if policy is None:
            raise errors.BAD_TYPE(type="of an unknown policy")
        body = policies.checked(store, call.account, call.json_object(), policy.body)
        if body != policy.body:
            store.update(policy, {**body, "modified": timestamp()})
    return Reply({"id": policy.id})


@service.delete(_POLICIES + "/{policy}", permission=WRITE)
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        call.cloud.store.delete(_policy(call))
    return Reply({})
