"""Rules of a bucket: CORS, lifecycle and lock, checked before they are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from localcloud.api.r2 import errors
from localcloud.api.store import Json

_METHODS: Final = frozenset({"GET", "PUT", "POST", "DELETE", "HEAD"})
_TRANSITIONS: Final = ("abortMultipartUploadsTransition", "deleteObjectsTransition")
_MAX_RULES: Final = 1000


def rules_of(sent: Json) -> list[Json]:
    rules: Any = sent.get("rules") or []
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):  # pyright: ignore[reportUnknownVariableType]
        raise errors.BAD_BODY(reason="rules must be a list of objects")
    if len(rules) > _MAX_RULES:  # pyright: ignore[reportUnknownArgumentType]
        raise errors.BAD_BODY(reason=f"more than {_MAX_RULES} rules")
    return list(rules)  # pyright: ignore[reportUnknownArgumentType]


def check_cors(rules: list[Json]) -> None:
    for rule in rules:
        allowed: Json = rule.get("allowed") or {}
        methods: list[str] = allowed.get("methods") or []
        if not methods or not set(methods) <= _METHODS:
            raise errors.BAD_BODY(
                reason=f"allowed.methods must be of {', '.join(sorted(_METHODS))}"
            )
        if not allowed.get("origins"):
            raise errors.BAD_BODY(reason="allowed.origins must name at least one origin")


def check_lifecycle(rules: list[Json]) -> None:
    _check_ids(rules)
    for rule in rules:
        if "conditions" not in rule:
            raise errors.BAD_BODY(reason=f"rule '{rule['id']}' has no conditions")
        transitions = [rule[key] for key in _TRANSITIONS if rule.get(key)]
        transitions += rule.get("storageClassTransitions") or []
        if not transitions:
            raise errors.BAD_BODY(reason=f"rule '{rule['id']}' does nothing")
        for transition in transitions:
            condition: Json = transition.get("condition") or {}
            if condition.get("type") == "Age" and int(condition.get("maxAge", -1)) >= 0:
                continue
            if condition.get("type") == "Date" and _is_date(condition.get("date")):
                continue
            raise errors.BAD_BODY(reason=f"rule '{rule['id']}' has no condition of age or date")


def check_lock(rules: list[Json]) -> None:
    _check_ids(rules)
    for rule in rules:
        condition: Json = rule.get("condition") or {}
        kind = condition.get("type")
        good = (
            (kind == "Age" and int(condition.get("maxAgeSeconds", 0)) > 0)
            or (kind == "Date" and _is_date(condition.get("date")))
            or kind == "Indefinite"
        )
        if not good:
            raise errors.BAD_BODY(
                reason=f"rule '{rule['id']}' needs a condition Age, Date or Indefinite"
            )


def _check_ids(rules: list[Json]) -> None:
    ids = [rule.get("id") for rule in rules]
    if not all(isinstance(id, str) and id for id in ids):
        raise errors.BAD_BODY(reason="each rule needs an id")
    if len(set(ids)) != len(ids):
        raise errors.BAD_BODY(reason="two rules have the same id")


def _is_date(given: object) -> bool:
    try:
        datetime.fromisoformat(str(given).replace("Z", "+00:00"))
    except ValueError:
        return False
    return True
