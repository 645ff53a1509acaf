"""`/zones/{z}/rulesets` and `/accounts/{a}/rulesets`: rulesets, entrypoints of phases, and versions.

A zone's phases have token permissions of their own (see `phases.py`), so the handlers check them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.responses import Response

from localcloud.api.routing import Call, Handler, Reply, Service
from localcloud.api.rulesets import errors, models
from localcloud.api.rulesets.calls import (
    TrialEnded,
    end_trial,
    found,
    known_phase,
    may_use,
    parent_of,
    refuse_phase,
    refuse_stranger,
)
from localcloud.api.rulesets.phases import PHASES
from localcloud.api.rulesets.rules import index_of, made_rule, placed, refuse_double_refs
from localcloud.api.store import Document, Json

service = Service("rulesets")
_PAGE: Final = 50


async def changed(call: Call, change: Callable[[], Document | None]) -> Reply:
    """Carries out `change` in a transaction and tells the edge; a trial is undone and answers null."""
    result: Json | None = None
    try:
        with call.cloud.store.transaction():
            document = change()
            end_trial(call)
            result = document.body if document is not None else None
    except TrialEnded:
        return Reply(None)
    await call.cloud.changed()
    return Reply(result)


async def _create(call: Call) -> Reply:
    refuse_stranger(call)
    sent = call.json_object()
    if str(sent.get("phase")) in PHASES:
        refuse_phase(call, sent["phase"])
    return await changed(call, lambda: models.create(call.cloud.store, parent_of(call), sent))


async def _list(call: Call) -> Reply:
    """Without rules, and only of phases that the token may read."""
    refuse_stranger(call)
    rows = [
        _without_rules(ruleset.body)
        for ruleset in call.cloud.store.list(models.KIND, parent_of(call))
        if may_use(call, ruleset.body["phase"])
    ]
    start = int(call.query["cursor"]) if call.query.get("cursor", "").isdecimal() else 0
    size = int(call.query["per_page"]) if call.query.get("per_page", "").isdecimal() else _PAGE
    size = min(max(size, 1), _PAGE)
    page, end = rows[start : start + size], start + size
    cursor = str(end) if end < len(rows) else ""
    info: Json = {"count": len(page), "per_page": size, "cursor": cursor, "cursors": {"after": cursor}}  # fmt: skip
    return Reply(page, result_info=info)


def _without_rules(body: Json) -> Json:
    return {key: value for key, value in body.items() if key != "rules"}


async def _read(call: Call) -> Reply:
    return Reply(found(call).body)


async def _replace(call: Call) -> Reply:
    sent = call.json_object()
    return await changed(call, lambda: models.replace(call.cloud.store, found(call), sent))


async def _remove(call: Call) -> Response:
    def change() -> None:
        models.remove(call.cloud.store, found(call))

    await changed(call, change)
    return Response(status_code=204)


async def _write_entrypoint(call: Call) -> Reply:
    phase, sent, store = known_phase(call), call.json_object(), call.cloud.store
    for field in ("kind", "phase"):
        if field in sent:
            raise errors.BAD_JSON(reason=f'unknown field "{field}"')

    def change() -> Document:
        ruleset = models.entrypoint(store, parent_of(call), phase)
        if ruleset is not None:
            return models.replace(store, ruleset, sent)
        kind = "zone" if "zone" in call.path else "root"
        new = {"name": "default", **sent, "phase": phase, "kind": kind}
        return models.create(store, parent_of(call), new)

    return await changed(call, change)


# Versions


async def _list_versions(call: Call) -> Reply:
    kept = models.versions(call.cloud.store, found(call))
    return Reply([_without_rules(body) for body in kept])


async def _read_version(call: Call) -> Reply:
    return Reply(models.version(call.cloud.store, found(call), call.path["version"]))


async def _remove_version(call: Call) -> Response:
    def change() -> None:
        models.remove_version(call.cloud.store, found(call), call.path["version"])

    await changed(call, change)
    return Response(status_code=204)


# Rules


async def _add_rule(call: Call) -> Reply:
    sent = call.json_object()
    position, store = sent.pop("position", None), call.cloud.store

    def change() -> Document:
        ruleset = found(call)
        body = ruleset.body
        rules: list[Json] = body["rules"]
        period = models.longest_period(store, ruleset.parent)
        rule = made_rule(sent, body["phase"], body["kind"], None, period, len(rules))
        return _kept(call, ruleset, placed(rules, rule, position, len(rules)))

    return await changed(call, change)


async def _change_rule(call: Call) -> Reply:
    """The rule becomes what is sent, whole; with nothing but a position it only moves."""
    sent = call.json_object()
    position, store = sent.pop("position", None), call.cloud.store

    def change() -> Document:
        ruleset = found(call)
        body = ruleset.body
        rules: list[Json] = body["rules"]
        index = index_of(rules, call.path["rule"])
        rule = rules[index]
        if sent or position is None:
            period = models.longest_period(store, ruleset.parent)
            rule = made_rule(sent, body["phase"], body["kind"], rule, period, index)
        others = [*rules[:index], *rules[index + 1 :]]
        return _kept(call, ruleset, placed(others, rule, position, index))

    return await changed(call, change)


async def _remove_rule(call: Call) -> Reply:
    def change() -> Document:
        ruleset = found(call)
        rules: list[Json] = ruleset.body["rules"]
        index = index_of(rules, call.path["rule"])
        return _kept(call, ruleset, [*rules[:index], *rules[index + 1 :]])

    return await changed(call, change)


def _kept(call: Call, ruleset: Document, rules: list[Json]) -> Document:
    refuse_double_refs(rules)
    return models.keep(call.cloud.store, ruleset, {"rules": rules})


_ENTRYPOINT: Final = "/phases/{phase}/entrypoint"
_ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("POST", "", _create),
    ("GET", "", _list),
    ("GET", _ENTRYPOINT, _read),
    ("PUT", _ENTRYPOINT, _write_entrypoint),
    ("GET", _ENTRYPOINT + "/versions", _list_versions),
    ("GET", _ENTRYPOINT + "/versions/{version}", _read_version),
    ("GET", "/{ruleset}", _read),
    ("PUT", "/{ruleset}", _replace),
    ("DELETE", "/{ruleset}", _remove),
    ("GET", "/{ruleset}/versions", _list_versions),
    ("GET", "/{ruleset}/versions/{version}", _read_version),
    ("DELETE", "/{ruleset}/versions/{version}", _remove_version),
    ("POST", "/{ruleset}/rules", _add_rule),
    ("PATCH", "/{ruleset}/rules/{rule}", _change_rule),
    ("DELETE", "/{ruleset}/rules/{rule}", _remove_rule),
)
for _parent in ("/zones/{zone}/rulesets", "/accounts/{account}/rulesets"):
    for _method, _path, _handler in _ROUTES:
        service.route(_method, _parent + _path, permission=None)(_handler)
