"""Rulesets (kind `ruleset`, by zone or account): at most one entrypoint a phase, rules with ids and versions."""

from __future__ import annotations

from typing import Any, Final

from localcloud.api.ids import hex_id, timestamp
from localcloud.api.rulesets import errors
from localcloud.api.store import Document, Json, Store

KIND: Final = "ruleset"
_TRANSFORM: Final = frozenset({"rewrite"})
_FIREWALL: Final = frozenset(
    {"block", "challenge", "js_challenge", "managed_challenge", "log", "skip", "execute"}
)
PHASES: Final[dict[str, frozenset[str]]] = {
    "ddos_l7": frozenset({"execute"}),
    "http_config_settings": frozenset({"set_config"}),
    "http_custom_errors": frozenset({"serve_error"}),
    "http_log_custom_fields": frozenset({"log_custom_field"}),
    "http_ratelimit": frozenset({"block", "challenge", "js_challenge", "managed_challenge", "log"}),
    "http_request_cache_settings": frozenset({"set_cache_settings"}),
    "http_request_dynamic_redirect": frozenset({"redirect"}),
    "http_request_firewall_custom": _FIREWALL,
    "http_request_firewall_managed": frozenset({"execute", "skip"}),
    "http_request_late_transform": _TRANSFORM,
    "http_request_origin": frozenset({"route"}),
    "http_request_redirect": frozenset({"redirect"}),
    "http_request_sanitize": frozenset({"execute"}),
    "http_request_sbfm": frozenset({"execute", "skip"}),
    "http_request_transform": _TRANSFORM,
    "http_response_compression": frozenset({"compress_response"}),
    "http_response_firewall_managed": frozenset({"execute", "skip"}),
    "http_response_headers_transform": _TRANSFORM,
}
_KINDS: Final = frozenset({"zone", "root", "custom", "managed"})
_PERIODS: Final = (10, 60, 120, 300, 600, 3600, 86400)
_OPERATIONS: Final = frozenset({"set", "add", "remove"})


def shown(ruleset: Document, *, with_rules: bool = True) -> Json:
    body = dict(ruleset.body)
    if not with_rules:
        body.pop("rules")
    return body


def create(store: Store, parent: str, sent: Json) -> Document:
    """Within a transaction. Raises `ApiError`: a zone has one ruleset of its own a phase."""
    phase, kind = str(sent.get("phase") or ""), str(sent.get("kind") or "")
    if phase not in PHASES:
        raise errors.BAD_PHASE(phase=phase)
    if kind not in _KINDS:
        raise errors.BAD_KIND(kind=kind)
    if kind in {"zone", "root"} and entrypoint(store, parent, phase) is not None:
        raise errors.PHASE_TAKEN(kind=kind, phase=phase)
    body: Json = {
        "id": hex_id(),
        "name": str(sent.get("name") or "default"),
        "description": str(sent.get("description") or ""),
        "kind": kind,
        "version": "1",
        "phase": phase,
        "rules": rules(sent.get("rules") or [], phase, []),
        "last_updated": timestamp(),
    }
    return store.insert(KIND, parent, body["id"], body)


def entrypoint(store: Store, parent: str, phase: str) -> Document | None:
    for ruleset in store.list(KIND, parent):
        if ruleset.body["phase"] == phase and ruleset.body["kind"] in {"zone", "root"}:
            return ruleset
    return None


def find(store: Store, parent: str, id: str) -> Document:
    found = store.get(KIND, parent, id)
    if found is None:
        raise errors.NO_RULESET()
    return found


def replace(store: Store, ruleset: Document, sent: Json) -> Document:
    """The whole list of rules is replaced; a rule that comes with its id or ref and unchanged keeps its version."""
    body = ruleset.body
    changes: Json = {
        key: str(sent[key]) for key in ("name", "description") if sent.get(key) is not None
    }
    changed_rules = body["rules"]
    if "rules" in sent:
        changed_rules = rules(sent["rules"] or [], body["phase"], body["rules"])
    return keep(store, ruleset, {**changes, "rules": changed_rules})


def keep(store: Store, ruleset: Document, changes: Json) -> Document:
    version = str(int(ruleset.body["version"]) + 1)
    body = {**ruleset.body, **changes, "version": version, "last_updated": timestamp()}
    return store.update(ruleset, body)


def rules(sent: Any, phase: str, old: list[Json]) -> list[Json]:  # noqa: ANN401 (what a client sent)
    if not isinstance(sent, list):
        raise errors.BAD_RULE(index=0, reason="rules must be a list")
    return [rule(given, phase, old, index) for index, given in enumerate(sent)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def rule(given: Any, phase: str, old: list[Json], index: int = 0) -> Json:  # noqa: ANN401 (what a client sent)
    """A rule as it is kept. Raises `ApiError` 20120."""
    if not isinstance(given, dict):
        raise errors.BAD_RULE(index=index, reason="expected an object")
    sent: Json = {k: v for k, v in given.items() if v is not None}  # pyright: ignore[reportUnknownVariableType]
    action = str(sent.get("action") or "")
    if action not in PHASES[phase]:
        raise errors.BAD_RULE(
            index=index, reason=f"action '{action}' is not allowed in phase {phase}"
        )
    if not str(sent.get("expression") or "").strip():
        raise errors.BAD_RULE(index=index, reason="an expression is needed")
    _check_ratelimit(sent, phase, index)
    _check_headers(sent, index)
    known = next((r for r in old if r["id"] == sent.get("id") or r["ref"] == sent.get("ref")), None)
    id = known["id"] if known else hex_id()
    made: Json = {
        "enabled": True,
        "description": "",
        **sent,
        "id": id,
        "ref": sent.get("ref") or id,
    }
    made.pop("version", None)
    made.pop("last_updated", None)
    kept = {k: v for k, v in (known or {}).items() if k not in {"version", "last_updated"}}
    if known is not None and kept == made:
        return known
    version = str(int(known["version"]) + 1) if known else "1"
    return {**made, "version": version, "last_updated": timestamp()}


def _check_ratelimit(sent: Json, phase: str, index: int) -> None:
    limit: Any = sent.get("ratelimit")
    if phase != "http_ratelimit":
        if limit is not None:
            raise errors.BAD_RULE(index=index, reason=f"ratelimit has no place in phase {phase}")
        return
    if not isinstance(limit, dict):
        raise errors.BAD_RULE(index=index, reason="a rule of http_ratelimit needs ratelimit")
    if not limit.get("characteristics"):  # pyright: ignore[reportUnknownMemberType]
        raise errors.BAD_RULE(
            index=index, reason="ratelimit.characteristics must name at least one"
        )
    if limit.get("period") not in _PERIODS:  # pyright: ignore[reportUnknownMemberType]
        raise errors.BAD_RULE(
            index=index, reason=f"ratelimit.period must be one of {', '.join(map(str, _PERIODS))}"
        )


def _check_headers(sent: Json, index: int) -> None:
    headers: Any = (sent.get("action_parameters") or {}).get("headers") or {}
    for name, change in headers.items():
        operation = change.get("operation") if isinstance(change, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        if operation not in _OPERATIONS:
            raise errors.BAD_RULE(
                index=index, reason=f"header '{name}' needs the operation set, add or remove"
            )
