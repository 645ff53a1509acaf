"""`/zones/{z}/rulesets` and `/accounts/{a}/rulesets`."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from localcloud.api.routing import Call, Handler, Reply, Service
from localcloud.api.rulesets import errors, models
from localcloud.api.store import Document, Json

service = Service("rulesets")
_READ: Final = "Zone WAF Read"
_WRITE: Final = "Zone WAF Write"
_ACCOUNT_READ: Final = "Account Rulesets Read"
_ACCOUNT_WRITE: Final = "Account Rulesets Write"
_FIXED: Final = ("kind", "phase")


def _parent(call: Call) -> str:
    return call.path.get("zone") or call.account


def _found(call: Call) -> Document:
    return models.find(call.cloud.store, _parent(call), call.path["ruleset"])


def _known_phase(call: Call) -> str:
    phase = call.path["phase"]
    if phase not in models.PHASES:
        raise errors.BAD_PHASE(phase=phase)
    return phase


async def _create(call: Call) -> Reply:
    with call.cloud.store.transaction():
        made = models.create(call.cloud.store, _parent(call), call.json_object())
    await call.cloud.changed()
    return Reply(models.shown(made))


async def _list(call: Call) -> Reply:
    found = call.cloud.store.list(models.KIND, _parent(call))
    rows = [models.shown(ruleset, with_rules=False) for ruleset in found]
    return Reply(rows, result_info={"count": len(rows), "cursors": {"after": ""}})


async def _read(call: Call) -> Reply:
    return Reply(models.shown(_found(call)))


async def _replace(call: Call) -> Reply:
    with call.cloud.store.transaction():
        changed = models.replace(call.cloud.store, _found(call), call.json_object())
    await call.cloud.changed()
    return Reply(models.shown(changed))


async def _remove(call: Call) -> Response:
    with call.cloud.store.transaction():
        call.cloud.store.delete(_found(call))
    await call.cloud.changed()
    return Response(status_code=204)


async def _read_entrypoint(call: Call) -> Reply:
    phase = _known_phase(call)
    found = models.entrypoint(call.cloud.store, _parent(call), phase)
    if found is None:
        raise errors.NO_ENTRYPOINT(phase=phase)
    return Reply(models.shown(found))


async def _write_entrypoint(call: Call) -> Reply:
    phase, sent = _known_phase(call), call.json_object()
    for field in _FIXED:
        if field in sent:
            raise errors.UNKNOWN_FIELD(field=field)
    store = call.cloud.store
    with store.transaction():
        found = models.entrypoint(store, _parent(call), phase)
        if found is not None:
            changed = models.replace(store, found, sent)
        else:
            kind = "zone" if "zone" in call.path else "root"
            changed = models.create(store, _parent(call), {**sent, "phase": phase, "kind": kind})
    await call.cloud.changed()
    return Reply(models.shown(changed))


async def _add_rule(call: Call) -> Reply:
    sent = call.json_object()
    position: Json = sent.pop("position", None) or {}
    with call.cloud.store.transaction():
        ruleset = _found(call)
        made = models.rule(sent, ruleset.body["phase"], [], len(ruleset.body["rules"]))
        placed = _placed(ruleset.body["rules"], made, position)
        changed = models.keep(call.cloud.store, ruleset, {"rules": placed})
    await call.cloud.changed()
    return Reply(models.shown(changed))


async def _change_rule(call: Call) -> Reply:
    sent = call.json_object()
    position: Any = sent.pop("position", None)
    with call.cloud.store.transaction():
        ruleset = _found(call)
        old: list[Json] = ruleset.body["rules"]
        index = _index(old, call.path["rule"])
        made = models.rule(
            {**old[index], **sent, "id": call.path["rule"]}, ruleset.body["phase"], old, index
        )
        others = [rule for rule in old if rule["id"] != made["id"]]
        placed = _placed(others, made, position if position is not None else {"index": index + 1})
        changed = models.keep(call.cloud.store, ruleset, {"rules": placed})
    await call.cloud.changed()
    return Reply(models.shown(changed))


async def _remove_rule(call: Call) -> Reply:
    with call.cloud.store.transaction():
        ruleset = _found(call)
        old: list[Json] = ruleset.body["rules"]
        index = _index(old, call.path["rule"])
        left = [*old[:index], *old[index + 1 :]]
        changed = models.keep(call.cloud.store, ruleset, {"rules": left})
    await call.cloud.changed()
    return Reply(models.shown(changed))


def _index(rules: list[Json], id: str) -> int:
    for index, rule in enumerate(rules):
        if rule["id"] == id:
            return index
    raise errors.NO_RULE()


def _placed(rules: list[Json], rule: Json, position: Json) -> list[Json]:
    """`position` is {"index": from 1}, {"before": id} or {"after": id}; without one the rule goes last."""
    place = len(rules)
    if "index" in position:
        place = min(max(int(position["index"]) - 1, 0), len(rules))
    elif "before" in position:
        place = _index(rules, position["before"]) if position["before"] else 0
    elif position.get("after"):
        place = _index(rules, position["after"]) + 1
    return [*rules[:place], rule, *rules[place:]]


_ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("POST", "", _create),
    ("GET", "", _list),
    ("GET", "/phases/{phase}/entrypoint", _read_entrypoint),
    ("PUT", "/phases/{phase}/entrypoint", _write_entrypoint),
    ("GET", "/{ruleset}", _read),
    ("PUT", "/{ruleset}", _replace),
    ("DELETE", "/{ruleset}", _remove),
    ("POST", "/{ruleset}/rules", _add_rule),
    ("PATCH", "/{ruleset}/rules/{rule}", _change_rule),
    ("DELETE", "/{ruleset}/rules/{rule}", _remove_rule),
)
for _method, _path, _handler in _ROUTES:
    _reads = _method == "GET"
    service.route(
        _method, "/zones/{zone}/rulesets" + _path, permission=_READ if _reads else _WRITE
    )(_handler)
    service.route(
        _method,
        "/accounts/{account}/rulesets" + _path,
        permission=_ACCOUNT_READ if _reads else _ACCOUNT_WRITE,
    )(_handler)
