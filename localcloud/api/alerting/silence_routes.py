"""`/accounts/{a}/alerting/v3/silences` (kind `notification_silence`): times in which a policy keeps quiet."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from localcloud.api.alerting import errors, policies
from localcloud.api.alerting.routes import BASE, READ, WRITE
from localcloud.api.alerting.webhooks import plain_id
from localcloud.api.ids import hex_id, timestamp
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.shapes import as_objects
from localcloud.api.store import Document, Json

service = Service("alerting_silences")
KIND: Final = "notification_silence"
_ALL: Final = BASE + "/silences"
_ONE: Final = _ALL + "/{silence}"


def _rows(call: Call) -> list[Json]:
    rows = as_objects(call.json())
    if not rows:
        raise errors.BAD_REQUEST(what="silence", reason="expected a list of silences")
    return rows


def _time(row: Json, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(row.get(name)).replace("Z", "+00:00"))
    except ValueError as error:
        raise errors.BAD_REQUEST(what="silence", reason=f"{name} must be a time by RFC 3339") from error  # fmt: skip
    if moment.tzinfo is None:
        raise errors.BAD_REQUEST(what="silence", reason=f"{name} must say its time zone")
    return moment


def _checked(row: Json) -> Json:
    if _time(row, "start_time") >= _time(row, "end_time"):
        raise errors.BAD_REQUEST(what="silence", reason="end_time must be after start_time")
    return {name: row[name] for name in ("start_time", "end_time")}


def _find(call: Call, id: str) -> Document:
    found = call.cloud.store.get(KIND, call.account, plain_id(id))
    if found is None:
        raise errors.NO_SILENCE()
    return found


@service.post(_ALL, permission=WRITE)
async def create(call: Call) -> Reply:
    """All or none; answers nothing."""
    store = call.cloud.store
    with store.transaction():
        for row in _rows(call):
            policy = plain_id(str(row.get("policy_id")))
            if store.get(policies.KIND, call.account, policy) is None:
                raise errors.NO_POLICY()
            now = timestamp()
            times = _checked(row)
            body: Json = {"id": hex_id(), "policy_id": policy, **times, "created_at": now, "updated_at": now}  # fmt: skip
            store.insert(KIND, call.account, body["id"], body)
    return Reply(None)


@service.get(_ALL, permission=READ)
async def list_all(call: Call) -> Reply:
    return Reply([silence.body for silence in call.cloud.store.list(KIND, call.account)])


@service.put(_ALL, permission=WRITE)
async def change(call: Call) -> Reply:
    """All or none; answers the changed ones."""
    changed: list[Json] = []
    with call.cloud.store.transaction():
        for row in _rows(call):
            silence = _find(call, str(row.get("id")))
            sent = {k: v for k, v in row.items() if v is not None and k != "id"}
            body: Json = {**silence.body, **_checked({**silence.body, **sent})}
            body["updated_at"] = timestamp()
            changed.append(call.cloud.store.update(silence, body).body)
    return Reply(changed)


@service.get(_ONE, permission=READ)
async def read(call: Call) -> Reply:
    return Reply(_find(call, call.path["silence"]).body)


@service.delete(_ONE, permission=WRITE)
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        call.cloud.store.delete(_find(call, call.path["silence"]))
    return Reply(None)
