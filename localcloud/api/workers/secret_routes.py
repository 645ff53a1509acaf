"""`/accounts/{a}/workers/scripts/{n}/secrets`: written, listed by name, never read again."""

from __future__ import annotations

from typing import Any, Final

from localcloud.api.routing import Call, Reply, Service
from localcloud.api.shapes import as_object
from localcloud.api.store import Document, Json
from localcloud.api.workers import bindings, errors, models
from localcloud.api.workers.changing import deployed_latest, redeploy
from localcloud.api.workers.secret_changes import merged

service = Service("worker_secrets")
_READ: Final = "Workers Scripts Read"
_WRITE: Final = "Workers Scripts Write"
_SCRIPT: Final = "/accounts/{account}/workers/scripts/{script}"


def _latest(call: Call) -> tuple[Document, Document]:
    worker = models.find_script(call.cloud.store, call.account, call.path["script"])
    latest = deployed_latest(call, worker, errors.SECRET_UNDEPLOYED)
    if latest is None:
        raise errors.NO_VERSIONS_YET()
    return worker, latest


def _named(call: Call) -> list[Json]:
    store = call.cloud.store
    worker = models.find_script(store, call.account, call.path["script"])
    latest = models.latest_version(store, worker)
    secrets = bindings.secrets(latest) if latest else {}
    return bindings.shown(store, worker, list(secrets.values()))


@service.get(_SCRIPT + "/secrets", permission=_READ)
async def list_all(call: Call) -> Reply:
    return Reply(_named(call))


@service.get(_SCRIPT + "/secrets/{name}", permission=_READ)
async def read(call: Call) -> Reply:
    for secret in _named(call):
        if secret["name"] == call.path["name"]:
            return Reply(secret)
    raise errors.NO_BINDING(name=call.path["name"])


@service.put(_SCRIPT + "/secrets", permission=_WRITE)
async def put(call: Call) -> Reply:
    body = call.json_object()
    name = body.get("name")
    if not isinstance(name, str) or not name:
        raise errors.UNNAMED_BINDING(index=0)
    secret = _secret(name, body)
    await _change(call, {name: secret})
    hidden = ("text", "key_base64", "key_jwk")
    return Reply({key: value for key, value in secret.items() if key not in hidden})


@service.delete(_SCRIPT + "/secrets/{name}", permission=_WRITE)
async def delete(call: Call) -> Reply:
    name = call.path["name"]
    _, latest = _latest(call)
    if name not in bindings.secrets(latest):
        raise errors.NO_BINDING(name=name)
    await _change(call, {name: None})
    return Reply(None)


@service.patch(_SCRIPT + "/secrets-bulk", permission=_WRITE)
async def bulk(call: Call) -> Reply:
    """`secrets`: name → secret, or null to remove it; all in one version."""
    sent: Any = call.json_object().get("secrets")
    if not isinstance(sent, dict):
        raise errors.BAD_PARAMETER(name="secrets")
    changes: dict[str, Json | None] = {
        str(name): None if secret is None else _secret(str(name), secret)  # pyright: ignore[reportUnknownArgumentType]
        for name, secret in sent.items()  # pyright: ignore[reportUnknownVariableType]
    }
    await _change(call, changes)
    return Reply(_named(call))


def _secret(name: str, sent: object) -> Json:
    given = as_object(sent) or {}
    kind = given.get("type", "secret_text")
    if not given or str(kind) not in bindings.SECRET_TYPES:
        raise errors.BAD_PARAMETER(name="type")
    return {**given, "name": name, "type": kind}


async def _change(call: Call, changes: dict[str, Json | None]) -> None:
    worker, latest = _latest(call)
    changed = merged(latest.body["bindings"], changes)
    await redeploy(call, worker, latest, {"bindings": changed}, triggered_by="secret")
