"""`/zones/{z}/dnssec`."""

from __future__ import annotations

from typing import Final

from localcloud.api.ids import timestamp
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Json
from localcloud.api.zones import dnssec, errors
from localcloud.api.zones.models import find_zone

service = Service("zone_dnssec")
_DNSSEC: Final = "/zones/{zone}/dnssec"
_OPTIONS: Final = ("dnssec_multi_signer", "dnssec_presigned", "dnssec_use_nsec3")


def _shown(call: Call, kept: Json) -> Json:
    zone = find_zone(call.cloud.store, call.zone)
    signing = dnssec.signing(zone.id, zone.body["name"]) if kept["status"] == "active" else dnssec.UNSIGNED  # fmt: skip
    return {**signing, **kept}


@service.get(_DNSSEC, permission="DNS Read")
async def read(call: Call) -> Reply:
    kept = call.cloud.store.get(dnssec.KIND, call.zone, dnssec.KIND)
    return Reply(_shown(call, kept.body if kept else {"status": "disabled", "modified_on": None}))


@service.patch(_DNSSEC, permission="DNS Write")
async def change(call: Call) -> Reply:
    """What is asked for holds at once: no registrar has to publish the DS record here, so nothing is ever pending."""
    sent = call.json_object()
    if sent.get("status") not in (None, "active", "disabled"):
        raise errors.BAD_DNSSEC(reason="status must be active or disabled")
    changes: Json = {key: sent[key] for key in ("status", *_OPTIONS) if sent.get(key) is not None}
    for key in _OPTIONS:
        if not isinstance(changes.get(key, False), bool):
            raise errors.BAD_DNSSEC(reason=f"{key} must be true or false")
    store = call.cloud.store
    with store.transaction():
        kept = store.get(dnssec.KIND, call.zone, dnssec.KIND)
        before: Json = kept.body if kept else {"status": "disabled"}
        body: Json = {**before, **changes, "modified_on": timestamp()}
        if kept is None:
            store.insert(dnssec.KIND, call.zone, dnssec.KIND, body)
        else:
            store.update(kept, body)
    return Reply(_shown(call, body))


@service.delete(_DNSSEC, permission="DNS Write")
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        kept = call.cloud.store.get(dnssec.KIND, call.zone, dnssec.KIND)
        if kept is not None:
            call.cloud.store.delete(kept)
    return Reply("")
