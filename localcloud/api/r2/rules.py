"""Rules of a bucket: CORS, lifecycle and lock, checked before they are kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from localcloud.api.r2 import errors
from localcloud.api.shapes import as_object, as_objects, as_texts, whole_number
from localcloud.api.store import Json

STORAGE_CLASSES: Final = ("Standard", "InfrequentAccess")
_METHODS: Final = ("GET", "PUT", "POST", "DELETE", "HEAD")
_TRANSITIONS: Final = ("abortMultipartUploadsTransition", "deleteObjectsTransition")
_MAX_RULES: Final = 1000
_MAX_PREFLIGHT_AGE: Final = 86400


def rules_of(sent: Json) -> list[Json]:
    """No rules at all are fine. Raises `ApiError` 10040 for what is no list of objects."""
    rules = as_objects(sent.get("rules") or [])
    if rules is None:
        raise errors.BAD_BODY(reason="rules must be a list of objects")
    if len(rules) > _MAX_RULES:
        raise errors.BAD_BODY(reason=f"more than {_MAX_RULES} rules")
    return rules


def check_cors(rules: Iterable[Json]) -> None:
    for rule in rules:
        allowed = as_object(rule.get("allowed")) or {}
        methods = as_texts(allowed.get("methods"))
        if not methods or not set(methods) <= set(_METHODS):
            raise errors.BAD_BODY(reason=f"allowed.methods must be of {', '.join(_METHODS)}")
        if not as_texts(allowed.get("origins")):
            raise errors.BAD_BODY(reason="allowed.origins must name at least one origin")
        for name, texts in (
            ("allowed.headers", allowed.get("headers")),
            ("exposeHeaders", rule.get("exposeHeaders")),
        ):
            if texts is not None and as_texts(texts) is None:
                raise errors.BAD_BODY(reason=f"{name} must be a list of names")
        age = rule.get("maxAgeSeconds")
        if age is not None and not 0 <= _number(age) <= _MAX_PREFLIGHT_AGE:
            raise errors.BAD_BODY(reason=f"maxAgeSeconds must be 0 to {_MAX_PREFLIGHT_AGE}")


def check_lifecycle(rules: list[Json]) -> None:
    _check_ids(rules)
    for rule in rules:
        conditions = as_object(rule.get("conditions"))
        if conditions is None or not isinstance(conditions.get("prefix", ""), str):
            raise errors.BAD_BODY(reason=f"rule '{rule['id']}' has no conditions with a prefix")
        transitions = [rule[key] for key in _TRANSITIONS if rule.get(key)]
        colder = as_objects(rule.get("storageClassTransitions") or [])
        if colder is None or any(t.get("storageClass") != STORAGE_CLASSES[1] for t in colder):
            raise errors.BAD_BODY(
                reason=f"rule '{rule['id']}' can only move objects to {STORAGE_CLASSES[1]}"
            )
        transitions += colder
        if not transitions:
            raise errors.BAD_BODY(reason=f"rule '{rule['id']}' does nothing")
        for transition in transitions:
            condition = as_object((as_object(transition) or {}).get("condition")) or {}
            aged = condition.get("type") == "Age" and _number(condition.get("maxAge")) >= 0
            dated = condition.get("type") == "Date" and _is_date(condition.get("date"))
            if not aged and not dated:
                raise errors.BAD_BODY(reason=f"rule '{rule['id']}' has no condition of age or date")


def check_lock(rules: list[Json]) -> None:
    _check_ids(rules)
    for rule in rules:
        if not isinstance(rule.get("prefix", "") or "", str):
            raise errors.BAD_BODY(reason=f"rule '{rule['id']}' has a prefix that is no text")
        condition = as_object(rule.get("condition")) or {}
        kind = condition.get("type")
        aged = kind == "Age" and _number(condition.get("maxAgeSeconds")) > 0
        dated = kind == "Date" and _is_date(condition.get("date"))
        if not aged and not dated and kind != "Indefinite":
            raise errors.BAD_BODY(
                reason=f"rule '{rule['id']}' needs a condition Age, Date or Indefinite"
            )


def moment(text: str) -> datetime:
    """A rule's date; without a zone it is UTC. Raises `ValueError`."""
    read = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def _check_ids(rules: list[Json]) -> None:
    ids = [rule.get("id") for rule in rules]
    if not all(isinstance(id, str) and id for id in ids):
        raise errors.BAD_BODY(reason="each rule needs an id")
    if len(set(ids)) != len(ids):
        raise errors.BAD_BODY(reason="two rules have the same id")
    if not all(isinstance(rule.get("enabled"), bool) for rule in rules):
        raise errors.BAD_BODY(reason="each rule says whether it is enabled, true or false")


def _number(given: object) -> int:
    """-1 for what is no whole number."""
    number = whole_number(given)
    return -1 if number is None else number


def _is_date(given: object) -> bool:
    try:
        moment(str(given))
    except ValueError:
        return False
    return True
