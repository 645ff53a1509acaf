"""What a bucket's rules say of one object at one moment: locked, to be deleted, to be moved to another storage class."""

from __future__ import annotations

from datetime import datetime, timedelta

from localcloud.api.r2.rules import moment
from localcloud.api.store import Json


def locking_rule(rules: list[Json], key: str, uploaded: datetime, now: datetime) -> str | None:
    """The id of the first enabled rule that keeps the object from being overwritten or deleted."""
    for rule in rules:
        if not rule.get("enabled") or not key.startswith(rule.get("prefix") or ""):
            continue
        condition: Json = rule["condition"]
        if condition["type"] == "Indefinite" or not _passed(
            condition, "maxAgeSeconds", uploaded, now
        ):
            return rule["id"]
    return None


def moves_objects(rules: list[Json]) -> bool:
    """Whether any rule deletes objects or changes their class; the one of a new bucket does neither."""
    return any(
        rule.get("enabled")
        and (rule.get("deleteObjectsTransition") or rule.get("storageClassTransitions"))
        for rule in rules
    )


def is_due_for_deletion(rules: list[Json], key: str, uploaded: datetime, now: datetime) -> bool:
    return _is_due("deleteObjectsTransition", rules, key, uploaded, now)


def is_due_for_abort(rules: list[Json], key: str, started: datetime, now: datetime) -> bool:
    """Of an upload in parts."""
    return _is_due("abortMultipartUploadsTransition", rules, key, started, now)


def _is_due(name: str, rules: list[Json], key: str, since: datetime, now: datetime) -> bool:
    return any(
        _passed(transition["condition"], "maxAge", since, now)
        for rule in _of(rules, key)
        if (transition := rule.get(name))
    )


def class_due(rules: list[Json], key: str, uploaded: datetime, now: datetime) -> str | None:
    """The storage class that the object must be in by now; None for the one that it is in."""
    for rule in _of(rules, key):
        for transition in rule.get("storageClassTransitions") or ():
            if _passed(transition["condition"], "maxAge", uploaded, now):
                return transition["storageClass"]
    return None


def _of(rules: list[Json], key: str) -> list[Json]:
    """Enabled lifecycle rules for this key."""
    return [
        rule
        for rule in rules
        if rule.get("enabled") and key.startswith(rule["conditions"].get("prefix") or "")
    ]


def _passed(condition: Json, age: str, uploaded: datetime, now: datetime) -> bool:
    if condition["type"] == "Age":
        return now >= uploaded + timedelta(seconds=float(condition[age]))
    return now >= moment(str(condition["date"]))
