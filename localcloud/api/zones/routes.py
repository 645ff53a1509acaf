"""`/zones`, settings, DNSSEC and cache purges."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Final

from localcloud.api import errors as api_errors
from localcloud.api.accounts.models import KIND as ACCOUNT
from localcloud.api.ids import hex_id, timestamp
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document, Json
from localcloud.api.zones import errors, models, settings

service = Service("zones")
_ONE: Final = "/zones/{zone}"
_PURGES: Final = ("files", "tags", "hosts", "prefixes")
_PURGE_LIMIT: Final = 100
_DNSSEC: Final = "zone_dnssec"


@service.post("/zones", permission="Zone Write")
async def create(call: Call) -> Reply:
    sent = call.json_object()
    owner: Any = (sent.get("account") or {}).get("id")
    store = call.cloud.store
    if not isinstance(owner, str) or store.get(ACCOUNT, "", owner) is None:
        raise errors.BAD_BODY(reason="account.id names no account")
    if not call.token.reaches_account(owner):
        raise api_errors.UNAUTHORIZED()
    with store.transaction():
        made = models.create_zone(store, owner, sent.get("name"), str(sent.get("type") or "full"))
    await call.cloud.changed()
    return Reply(made.body)


@service.get("/zones", permission="Zone Read")
async def list_all(call: Call) -> Reply:
    query = call.query
    found = [
        zone.body
        for zone in call.cloud.store.list(models.KIND)
        if call.token.reaches_account(zone.parent) and call.token.reaches_zone(zone.id)
    ]
    name = query.get("name") or query.get("name.exact")
    if name:
        found = [body for body in found if body["name"] == name.removeprefix("equal:")]
    account = query.get("account.id")
    if account:
        found = [body for body in found if body["account"]["id"] == account]
    if query.get("status"):
        found = [body for body in found if body["status"] == query["status"]]
    if query.get("order") in {"name", "status"}:
        found.sort(key=lambda body: body[query["order"]])
    if query.get("direction") == "desc":
        found.reverse()
    return Reply.of_page(paginate(found, query, limit=50))


def _zone(call: Call) -> Document:
    return models.find_zone(call.cloud.store, call.zone)


@service.get(_ONE, permission="Zone Read")
async def read(call: Call) -> Reply:
    return Reply(_zone(call).body)


@service.patch(_ONE, permission="Zone Write")
async def change(call: Call) -> Reply:
    sent = call.json_object()
    # The provider sends the whole object: what cannot be changed is accepted as long as it is not changed.
    changes: Json = {
        key: sent[key]
        for key in ("paused", "type", "vanity_name_servers")
        if sent.get(key) is not None
    }
    with call.cloud.store.transaction():
        zone = _zone(call)
        if sent.get("name") not in {None, zone.body["name"]}:
            raise errors.BAD_BODY(reason="the name of a zone cannot be changed")
        body = {**zone.body, **changes, "modified_on": timestamp()}
        changed = call.cloud.store.update(zone, body)
    await call.cloud.changed()
    return Reply(changed.body)


@service.delete(_ONE, permission="Zone Write")
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        models.remove_zone(call.cloud.store, _zone(call))
    await call.cloud.changed()
    return Reply({"id": call.zone})


@service.put(_ONE + "/activation_check", permission="Zone Write")
async def check_activation(call: Call) -> Reply:
    return Reply({"id": call.zone})


# Settings


@service.get(_ONE + "/settings", permission="Zone Settings Read")
async def list_settings(call: Call) -> Reply:
    zone = _zone(call)
    return Reply([settings.read(call.cloud.store, zone, name) for name in settings.SETTINGS])


@service.get(_ONE + "/settings/{setting}", permission="Zone Settings Read")
async def read_setting(call: Call) -> Reply:
    return Reply(settings.read(call.cloud.store, _zone(call), call.path["setting"]))


@service.patch(_ONE + "/settings/{setting}", permission="Zone Settings Write")
async def write_setting(call: Call) -> Reply:
    name = call.path["setting"]
    value = settings.check(name, call.json_object())
    with call.cloud.store.transaction():
        written = settings.write(call.cloud.store, _zone(call), name, value)
    await call.cloud.changed()
    return Reply(written)


# DNSSEC


def _signing(zone: Document, status: str, modified: str | None) -> Json:
    """Key and digest are derived from the zone: the same each time they are read."""
    if status == "disabled":
        return {"status": "disabled", "flags": None, "algorithm": None, "key_type": None, "digest_type": None,
                "digest_algorithm": None, "digest": None, "ds": None, "key_tag": None, "public_key": None,
                "modified_on": modified}  # fmt: skip
    key = hashlib.sha512(zone.id.encode()).digest()
    digest = hashlib.sha256(key).hexdigest().upper()
    tag = int.from_bytes(key[:2], "big")
    return {
        "status": status,
        "flags": 257,
        "algorithm": "13",
        "key_type": "ECDSAP256SHA256",
        "digest_type": "2",
        "digest_algorithm": "SHA256",
        "digest": digest,
        "ds": f"{zone.body['name']}. 3600 IN DS {tag} 13 2 {digest}",
        "key_tag": tag,
        "public_key": base64.b64encode(key).decode(),
        "modified_on": modified,
    }


@service.get(_ONE + "/dnssec", permission="DNS Read")
async def read_dnssec(call: Call) -> Reply:
    zone = _zone(call)
    stored = call.cloud.store.get(_DNSSEC, zone.id, _DNSSEC)
    if stored is None:
        return Reply(_signing(zone, "disabled", None))
    return Reply(
        {**_signing(zone, stored.body["status"], stored.body["modified_on"]), **stored.body}
    )


@service.patch(_ONE + "/dnssec", permission="DNS Write")
async def write_dnssec(call: Call) -> Reply:
    sent = call.json_object()
    if sent.get("status", "active") not in {"active", "disabled"}:
        raise errors.BAD_DNSSEC()
    options = ("dnssec_multi_signer", "dnssec_presigned", "dnssec_use_nsec3")
    body: Json = {key: sent[key] for key in options if sent.get(key) is not None}
    # Here the DS record needs no registrar: what was asked for holds at once.
    body |= {"status": sent.get("status", "active"), "modified_on": timestamp()}
    store = call.cloud.store
    with store.transaction():
        zone = _zone(call)
        stored = store.get(_DNSSEC, zone.id, _DNSSEC)
        if stored is None:
            store.insert(_DNSSEC, zone.id, _DNSSEC, body)
        else:
            store.update(stored, body)
    return Reply({**_signing(zone, body["status"], body["modified_on"]), **body})


@service.delete(_ONE + "/dnssec", permission="DNS Write")
async def remove_dnssec(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        stored = store.get(_DNSSEC, call.zone, _DNSSEC)
        if stored is not None:
            store.delete(stored)
    return Reply("")


@service.post(_ONE + "/purge_cache", permission="Cache Purge")
async def purge(call: Call) -> Reply:
    """There is no cache in front of the local edge's Workers yet, so a purge has nothing to remove; its shape is checked."""
    sent = call.json_object()
    asked = [key for key in _PURGES if sent.get(key)]
    if sent.get("purge_everything") is not True and not asked:
        raise errors.BAD_PURGE()
    if any(len(sent[key]) > _PURGE_LIMIT for key in asked):
        raise errors.PURGE_LIMIT(limit=_PURGE_LIMIT)
    return Reply({"id": hex_id()})
