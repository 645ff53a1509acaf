"""`/zones/{z}/dns_records`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from starlette.responses import PlainTextResponse, Response

from localcloud.api.dns import errors, models
from localcloud.api.pagination import paginate
from localcloud.api.routing import Call, Reply, Service
from localcloud.api.store import Document, Json
from localcloud.api.zones.models import find_zone

service = Service("dns")
_READ: Final = "DNS Read"
_WRITE: Final = "DNS Write"
_ALL: Final = "/zones/{zone}/dns_records"
_ONE: Final = _ALL + "/{record}"
_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "": lambda value, wanted: value == wanted,
    ".exact": lambda value, wanted: value == wanted,
    ".contains": lambda value, wanted: wanted in value,
    ".startswith": lambda value, wanted: value.startswith(wanted),
    ".endswith": lambda value, wanted: value.endswith(wanted),
}


def _zone(call: Call) -> Document:
    return find_zone(call.cloud.store, call.zone)


@service.post(_ALL, permission=_WRITE)
async def create(call: Call) -> Reply:
    with call.cloud.store.transaction():
        return Reply(models.create(call.cloud.store, _zone(call), call.json_object()).body)


@service.get(_ALL, permission=_READ)
async def list_all(call: Call) -> Reply:
    found = [d.body for d in call.cloud.store.list(models.KIND, call.zone)]
    types = call.request.query_params.getlist("type")
    if types:
        found = [body for body in found if body["type"] in types]
    conditions = [
        (field, test, call.query[field + suffix])
        for field in ("name", "content", "comment")
        for suffix, test in _TESTS.items()
        if call.query.get(field + suffix)
    ]
    if conditions:
        combine = any if call.query.get("match") == "any" else all
        found = [
            body
            for body in found
            if combine(test(str(body.get(f) or "").lower(), w.lower()) for f, test, w in conditions)
        ]
    if call.query.get("proxied"):
        found = [b for b in found if str(b["proxied"]).lower() == call.query["proxied"]]
    search = call.query.get("search")
    if search:
        found = [b for b in found if search in f"{b['name']} {b['content']} {b.get('comment')}"]
    if call.query.get("order") in {"type", "name", "content", "ttl", "proxied"}:
        found.sort(key=lambda body: body[call.query["order"]])
    if call.query.get("direction") == "desc":
        found.reverse()
    return Reply.of_page(paginate(found, call.query, default=100, limit=5000))


# Before `{record}`: fixed words win.


@service.get(_ALL + "/export", permission=_READ)
async def export(call: Call) -> Response:
    """The zone as a BIND file."""
    name = _zone(call).body["name"]
    lines = [f"$ORIGIN {name}."]
    for record in call.cloud.store.list(models.KIND, call.zone):
        body = record.body
        priority = f"{body['priority']} " if "priority" in body else ""
        content = body["content"]
        if body["type"] == "TXT" and not content.startswith('"'):
            content = f'"{content}"'
        if body["type"] in {"CNAME", "MX", "NS"} and not content.endswith("."):
            content += "."
        lines.append(f"{body['name']}.\t{body['ttl']}\tIN\t{body['type']}\t{priority}{content}")
    return PlainTextResponse("\n".join(lines) + "\n")


@service.post(_ALL + "/batch", permission=_WRITE)
async def batch(call: Call) -> Reply:
    """All or nothing, in the order deletes, patches, puts, posts."""
    sent = call.json_object()
    store, answer = call.cloud.store, Json()
    with store.transaction():
        zone = _zone(call)
        answer["deletes"] = [_deleted(call, zone, row) for row in _rows(sent, "deletes")]
        for key, whole in (("patches", False), ("puts", True)):
            answer[key] = [
                models.change(
                    store, zone, models.find(store, zone, str(row.get("id"))), row, whole=whole
                ).body
                for row in _rows(sent, key)
            ]
        answer["posts"] = [models.create(store, zone, row).body for row in _rows(sent, "posts")]
    return Reply(answer)


def _rows(sent: Json, key: str) -> list[Json]:
    rows: Any = sent.get(key) or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):  # pyright: ignore[reportUnknownVariableType]
        raise errors.BAD_BATCH(reason=f"{key} must be a list of records")
    return list(rows)  # pyright: ignore[reportUnknownArgumentType]


def _deleted(call: Call, zone: Document, row: Json) -> Json:
    found = models.find(call.cloud.store, zone, str(row.get("id")))
    call.cloud.store.delete(found)
    return found.body


@service.get(_ONE, permission=_READ)
async def read(call: Call) -> Reply:
    return Reply(models.find(call.cloud.store, _zone(call), call.path["record"]).body)


def _changed(call: Call, *, whole: bool) -> Reply:
    store = call.cloud.store
    with store.transaction():
        zone = _zone(call)
        found = models.find(store, zone, call.path["record"])
        return Reply(models.change(store, zone, found, call.json_object(), whole=whole).body)


@service.put(_ONE, permission=_WRITE)
async def replace(call: Call) -> Reply:
    return _changed(call, whole=True)


@service.patch(_ONE, permission=_WRITE)
async def change(call: Call) -> Reply:
    return _changed(call, whole=False)


@service.delete(_ONE, permission=_WRITE)
async def remove(call: Call) -> Reply:
    with call.cloud.store.transaction():
        call.cloud.store.delete(models.find(call.cloud.store, _zone(call), call.path["record"]))
    return Reply({"id": call.path["record"]})
