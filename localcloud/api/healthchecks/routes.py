"""`/zones/{z}/healthchecks`."""

from __future__ import annotations

from typing import Any, Final

from localcloud.api.healthchecks import errors
from localcloud.api.ids import hex_id, timestamp
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document, Json

service = Service("healthchecks")
KIND: Final = "healthcheck"
_READ: Final = "Health Checks Read"
_WRITE: Final = "Health Checks Write"
_ALL: Final = "/zones/{zone}/healthchecks"
_ONE: Final = _ALL + "/{check}"
_LIMIT: Final = 50
_TYPES: Final = ("HTTP", "HTTPS", "TCP")
_DEFAULTS: Final[Json] = {
    "description": "", "type": "HTTP", "suspended": False, "interval": 60, "retries": 2, "timeout": 5,
    "consecutive_fails": 1, "consecutive_successes": 1, "check_regions": None, "http_config": None, "tcp_config": None,
}  # fmt: skip
_HTTP: Final[Json] = {
    "method": "GET", "path": "/", "port": 80, "expected_codes": ["200"], "expected_body": "",
    "follow_redirects": False, "allow_insecure": False, "header": None,
}  # fmt: skip


def _checked(sent: Json, base: Json) -> Json:
    body: Json = {**base, **{k: v for k, v in sent.items() if v is not None}}
    for key in ("name", "address"):
        if not isinstance(body.get(key), str) or not body[key]:
            raise errors.BAD_CHECK(reason=f"{key} is missing")
    if body["type"] not in _TYPES:
        raise errors.BAD_CHECK(reason=f"type '{body['type']}' is not one of {', '.join(_TYPES)}")
    interval: Any = body["interval"]
    if type(interval) is not int or not 5 <= interval <= 3600:
        raise errors.BAD_CHECK(reason="interval must be 5 to 3600 seconds")
    if body["type"] != "TCP":
        body["http_config"] = {**_HTTP, **(body.get("http_config") or {})}
    return body


def _found(call: Call) -> Document:
    found = call.cloud.store.get(KIND, call.zone, call.path["check"])
    if found is None:
        raise errors.NO_CHECK()
    return found


@service.post(_ALL, permission=_WRITE)
async def create(call: Call) -> Reply:
    store = call.cloud.store
    with store.transaction():
        if len(store.list(KIND, call.zone)) >= _LIMIT:
            raise errors.QUOTA(limit=_LIMIT)
        now = timestamp()
        body = _checked(call.json_object(), _DEFAULTS) | {
            "id": hex_id(), "created_on": now, "modified_on": now, "failure_reason": "",
        }  # fmt: skip
        body["status"] = "suspended" if body["suspended"] else "unknown"
        store.insert(KIND, call.zone, body["id"], body)
    return Reply(body)


@service.get(_ALL, permission=_READ)
async def list_all(call: Call) -> Reply:
    rows = [check.body for check in call.cloud.store.list(KIND, call.zone)]
    return Reply.of_page(paginate(rows, call.query, default=25))


@service.get(_ONE, permission=_READ)
async def read(call: Call) -> Reply:
    return Reply(_found(call).body)


def _changed(call: Call, *, whole: bool) -> Reply:
    store = call.cloud.store
    with store.transaction():
        check = _found(call)
        kept = {key: check.body[key] for key in ("id", "created_on", "failure_reason")}
        body = _checked(call.json_object(), _DEFAULTS if whole else check.body)
        body |= kept | {"modified_on": timestamp()}
        body["status"] = "suspended" if body["suspended"] else "unknown"
        return Reply(store.update(check, body).body)


@service.put(_ONE, permission=_WRITE)
async def replace(call: Call) -> Reply:
    return _changed(call, whole=True)


@service.patch(_ONE, permission=_WRITE)
async def change(call: Call) -> Reply:
    return _changed(call, whole=False)


@service.delete(_ONE, permission=_WRITE)
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        check = _found(call)
        call.cloud.store.delete(check)
    return Reply({"id": check.id})
