"""Tails: made, listed and ended. The WebSocket behind `url` is not served."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from localcloud.api.ids import hex_id
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document
from localcloud.api.workers import errors, models
from localcloud.api.workers.removal import TAIL

service = Service("worker_tails")
_PATH: Final = "/accounts/{account}/workers/scripts/{script}/tails"
_LIFETIME: Final = timedelta(hours=6)


def _script(call: Call) -> Document:
    return models.find_script(call.cloud.store, call.account, call.path["script"])


@service.post(_PATH, permission="Workers Tail Read")
async def create(call: Call) -> Reply:
    id = hex_id()
    expires = (call.cloud.now() + _LIFETIME).strftime("%Y-%m-%dT%H:%M:%SZ")
    port = call.cloud.addresses.api_port
    # On loopback, so that no client goes to Cloudflare with it.
    body = {"id": id, "url": f"ws://127.0.0.1:{port}/tails/{id}", "expires_at": expires}
    call.cloud.store.insert(TAIL, _script(call).id, id, body)
    return Reply(body)


@service.get(_PATH, permission="Workers Tail Read")
async def list_all(call: Call) -> Reply:
    return Reply([tail.body for tail in call.cloud.store.list(TAIL, _script(call).id)])


@service.delete(_PATH + "/{tail}", permission="Workers Tail Read")
async def delete(call: Call) -> Reply:
    store = call.cloud.store
    tail = store.get(TAIL, _script(call).id, call.path["tail"])
    if tail is None:
        raise errors.NO_TAIL()
    store.delete(tail)
    return Reply(None)
