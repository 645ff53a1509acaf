"""`/zones` and the plan of a zone.

Permissions by Cloudflare's page of token permissions: Zone Read and Zone Write, Billing Read and Billing Write for the plan.
"""

from __future__ import annotations

from typing import Any, Final

from localcloud.api import errors as api_errors
from localcloud.api.accounts.models import KIND as ACCOUNT
from localcloud.api.ids import timestamp
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.shapes import as_object, as_texts
from localcloud.api.store import Document, Json
from localcloud.api.zones import errors, models, plans
from localcloud.api.zones.filters import chosen
from localcloud.api.zones.settings import development_seconds

service = Service("zones")
_ONE: Final = "/zones/{zone}"


def _zone(call: Call) -> Document:
    return models.find_zone(call.cloud.store, call.zone)


def _shown(call: Call, zone: Document) -> Json:
    left = development_seconds(call.cloud.store, zone, call.cloud.now())
    return {**zone.body, "development_mode": left}


@service.post("/zones", permission="Zone Write")
async def create(call: Call) -> Reply:
    """`jump_start` is taken and finds nothing: no records of a domain are looked up from here."""
    sent = call.json_object()
    owner: Any = (as_object(sent.get("account")) or {}).get("id")
    store = call.cloud.store
    if not isinstance(owner, str) or store.get(ACCOUNT, "", owner) is None:
        raise errors.BAD_BODY(reason="account.id must name an account")
    if not call.token.reaches_account(owner):
        raise api_errors.UNAUTHORIZED()
    if not isinstance(sent.get("jump_start", False), bool):
        raise errors.BAD_BODY(reason="jump_start must be true or false")
    with store.transaction():
        made = models.create_zone(store, owner, sent.get("name"), str(sent.get("type") or "full"))
    await call.cloud.changed()
    return Reply(_shown(call, made))


@service.get("/zones", permission="Zone Read")
async def list_all(call: Call) -> Reply:
    reachable = [
        _shown(call, zone)
        for zone in call.cloud.store.list(models.KIND)
        if call.token.reaches_account(zone.parent) and call.token.reaches_zone(zone.id)
    ]
    types = call.request.query_params.getlist("type")
    return Reply.of_page(paginate(chosen(reachable, call.query, types), call.query, limit=50))


@service.get(_ONE, permission="Zone Read")
async def read(call: Call) -> Reply:
    return Reply(_shown(call, _zone(call)))


@service.patch(_ONE, permission="Zone Write")
async def change(call: Call) -> Reply:
    """Changes `paused`, `type` and `vanity_name_servers`. Other fields may be sent along as long as they are as they were."""
    changes = _changes(call.json_object(), _zone(call))
    with call.cloud.store.transaction():
        changed = models.change_zone(call.cloud.store, _zone(call), changes)
    await call.cloud.changed()
    return Reply(_shown(call, changed))


def _changes(sent: Json, zone: Document) -> Json:
    if sent.get("name") not in (None, zone.body["name"]):
        raise errors.BAD_BODY(reason="the name of a zone cannot be changed")
    changes: Json = {}
    if sent.get("paused") is not None:
        if not isinstance(sent["paused"], bool):
            raise errors.BAD_BODY(reason="paused must be true or false")
        changes["paused"] = sent["paused"]
    if sent.get("type") is not None:
        if sent["type"] not in models.TYPES:
            raise errors.BAD_BODY(reason=f"type must be one of {', '.join(models.TYPES)}")
        changes["type"] = sent["type"]
    if sent.get("vanity_name_servers") is not None:
        servers = as_texts(sent["vanity_name_servers"])
        if servers is None or not all(models.is_domain(server) for server in servers):
            raise errors.BAD_BODY(reason="vanity_name_servers must be a list of host names")
        changes["vanity_name_servers"] = servers
    return changes


@service.delete(_ONE, permission="Zone Write")
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        models.remove_zone(call.cloud.store, _zone(call))
    await call.cloud.changed()
    return Reply({"id": call.zone})


@service.put(_ONE + "/activation_check", permission="Zone Write")
async def check_activation(call: Call) -> Reply:
    return Reply({"id": call.zone})


# Plans


@service.get(_ONE + "/available_plans", permission="Zone Read")
async def available_plans(call: Call) -> Reply:
    current = plans.plan_of(_zone(call))
    return Reply([plans.shown(plan, subscribed=plan is current) for plan in plans.PLANS])


def _subscription(zone: Document) -> Json:
    plan = plans.plan_of(zone)
    return {
        "id": zone.id,
        "currency": "USD",
        "frequency": "monthly",
        "price": plan.price,
        "state": "Paid",
        "current_period_start": zone.body["created_on"],
        "current_period_end": None,
        "rate_plan": {
            "id": plan.legacy_id,
            "public_name": plan.name,
            "currency": "USD",
            "scope": "zone",
            "sets": [],
            "is_contract": plan is plans.ENTERPRISE,
            "externally_managed": False,
        },
    }


@service.get(_ONE + "/subscription", permission="Billing Read")
async def read_subscription(call: Call) -> Reply:
    return Reply(_subscription(_zone(call)))


@service.post(_ONE + "/subscription", permission="Billing Write")
async def subscribe(call: Call) -> Reply:
    """Nothing is billed; from now on the zone has what the plan has."""
    wanted: Any = (as_object(call.json_object().get("rate_plan")) or {}).get("id")
    plan = next((plan for plan in plans.PLANS if plan.legacy_id == wanted), None)
    if plan is None:
        raise errors.NO_PLAN(plan=wanted)
    with call.cloud.store.transaction():
        zone = _zone(call)
        body: Json = {
            **zone.body,
            "plan": plans.shown(plan, subscribed=True),
            "meta": {**zone.body["meta"], "page_rule_quota": plan.page_rules},
            "modified_on": timestamp(),
        }
        changed = call.cloud.store.update(zone, body)
    return Reply(_subscription(changed))


service.put(_ONE + "/subscription", permission="Billing Write")(subscribe)
