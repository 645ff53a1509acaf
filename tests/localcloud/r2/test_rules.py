"""CORS, lifecycle and lock: written whole, read back, checked, and a lock that holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cloudflare import Cloudflare

from localcloud.api.store import Store
from tests.localcloud.refusals import answered, refusal

Rule = dict[str, Any]
AGE = {"type": "Age", "maxAge": 86400}
CORS: Rule = {"allowed": {"methods": ["GET"], "origins": ["https://a.example"]}}
OLD: Rule = {"id": "old", "enabled": True, "conditions": {"prefix": ""}, "deleteObjectsTransition": {"condition": AGE}}  # fmt: skip
LOCK: Rule = {"id": "keep", "enabled": True, "prefix": "keep/", "condition": {"type": "Indefinite"}}


def test_cors_is_written_read_and_removed(api: Cloudflare, account: str, bucket: str) -> None:
    cors = api.r2.buckets.cors
    missing = refusal(lambda: cors.get(bucket, account_id=account))
    assert missing == (404, [10059])
    rule: Any = {
        "id": "browsers",
        "allowed": {"methods": ["GET", "PUT"], "origins": ["https://a.example"], "headers": ["*"]},
        "expose_headers": ["etag"],
        "max_age_seconds": 86400,
    }
    cors.update(bucket, account_id=account, rules=[rule])
    (read,) = cors.get(bucket, account_id=account).rules or []
    assert read.id == "browsers"
    assert read.allowed.methods == ["GET", "PUT"]
    assert read.allowed.headers == ["*"]
    assert (read.expose_headers, read.max_age_seconds) == (["etag"], 86400)
    cors.delete(bucket, account_id=account)
    assert refusal(lambda: cors.get(bucket, account_id=account)) == (404, [10059])


def test_lifecycle_starts_with_one_rule_and_is_replaced_whole(
    api: Cloudflare, account: str, bucket: str
) -> None:
    lifecycle = api.r2.buckets.lifecycle
    (given,) = lifecycle.get(bucket, account_id=account).rules or []
    assert given.abort_multipart_uploads_transition is not None
    condition = given.abort_multipart_uploads_transition.condition
    assert condition is not None
    assert condition.max_age == 7 * 86400
    rule: Any = {
        "id": "colder",
        "enabled": False,
        "conditions": {"prefix": "logs/"},
        "storage_class_transitions": [
            {
                "condition": {"type": "Date", "date": "2027-01-01T00:00:00Z"},
                "storage_class": "InfrequentAccess",
            }
        ],
    }
    lifecycle.update(bucket, account_id=account, rules=[rule])
    (read,) = lifecycle.get(bucket, account_id=account).rules or []
    assert (read.id, read.enabled, read.conditions.prefix) == ("colder", False, "logs/")
    lifecycle.update(bucket, account_id=account, rules=[])
    assert lifecycle.get(bucket, account_id=account).rules == []


def test_lock_rules_are_written_and_read(api: Cloudflare, account: str, bucket: str) -> None:
    locks = api.r2.buckets.locks
    assert locks.get(bucket, account_id=account).rules == []
    rule: Any = {"id": "keep", "enabled": True, "condition": {"type": "Age", "max_age_seconds": 60}}
    locks.update(bucket, account_id=account, rules=[rule])
    (read,) = locks.get(bucket, account_id=account).rules or []
    assert (read.id, read.enabled) == ("keep", True)


BAD: list[tuple[str, object]] = [
    ("cors", "x"),
    ("cors", ["x"]),
    ("cors", [{}]),
    ("cors", [{"allowed": "x"}]),
    ("cors", [{"allowed": {"methods": ["TRACE"], "origins": ["*"]}}]),
    ("cors", [{"allowed": {"methods": "GET", "origins": ["*"]}}]),
    ("cors", [{"allowed": {"methods": [["GET"]], "origins": ["*"]}}]),
    ("cors", [{"allowed": {"methods": ["GET"], "origins": []}}]),
    ("cors", [{"allowed": {"methods": ["GET"], "origins": [7]}}]),
    ("cors", [{"allowed": {"methods": ["GET"], "origins": ["*"], "headers": "x"}}]),
    ("cors", [{**CORS, "exposeHeaders": "etag"}]),
    ("cors", [{**CORS, "maxAgeSeconds": 86401}]),
    ("cors", [{**CORS, "maxAgeSeconds": "60"}]),
    ("cors", [CORS] * 1001),
    ("lifecycle", [{**OLD, "id": ""}]),
    ("lifecycle", [{**OLD, "id": 7}]),
    ("lifecycle", [OLD, OLD]),
    ("lifecycle", [{**OLD, "enabled": "yes"}]),
    ("lifecycle", [{**OLD, "conditions": "x"}]),
    ("lifecycle", [{**OLD, "conditions": {"prefix": 7}}]),
    ("lifecycle", [{key: OLD[key] for key in ("id", "enabled", "conditions")}]),
    ("lifecycle", [{**OLD, "deleteObjectsTransition": "x"}]),
    ("lifecycle", [{**OLD, "deleteObjectsTransition": {"condition": {"type": "Age"}}}]),
    ("lifecycle", [{**OLD, "deleteObjectsTransition": {"condition": {**AGE, "maxAge": "x"}}}]),
    ("lifecycle", [{**OLD, "deleteObjectsTransition": {"condition": {"type": "Date", "date": 1}}}]),
    ("lifecycle", [{**OLD, "storageClassTransitions": "x"}]),
    ("lifecycle", [{**OLD, "storageClassTransitions": [{"condition": AGE}]}]),
    ("lock", [{**LOCK, "prefix": 7}]),
    ("lock", [{**LOCK, "condition": "x"}]),
    ("lock", [{**LOCK, "condition": {"type": "Sometimes"}}]),
    ("lock", [{**LOCK, "condition": {"type": "Age", "maxAgeSeconds": 0}}]),
    ("lock", [{**LOCK, "condition": {"type": "Age", "maxAgeSeconds": "x"}}]),
    ("lock", [{**LOCK, "condition": {"type": "Date", "date": "soon"}}]),
    ("lock", [LOCK, LOCK]),
]


@pytest.mark.parametrize(("kind", "rules"), BAD)
def test_a_rule_that_makes_no_sense_changes_nothing(
    http: httpx.Client, base: str, kind: str, rules: object
) -> None:
    good = {"cors": CORS, "lifecycle": OLD, "lock": LOCK}[kind]
    path = f"{base}/{kind}"
    assert answered(http.put(path, json={"rules": [good]})) == (200, [])
    assert answered(http.put(path, json={"rules": rules})) == (400, [10040])
    assert http.get(path).json()["result"] == {"rules": [good]}


def lock(http: httpx.Client, base: str, condition: Rule, enabled: bool = True) -> None:
    rule = {**LOCK, "condition": condition, "enabled": enabled}
    assert http.put(f"{base}/lock", json={"rules": [rule]}).status_code == 200


def ago(store: Store, seconds: int) -> None:
    """What is stored was uploaded so many seconds ago."""
    at = datetime.now(UTC) - timedelta(seconds=seconds)
    store.execute("UPDATE r2_objects SET uploaded = ?", (at.isoformat().replace("+00:00", "Z"),))


TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()


@pytest.mark.parametrize(
    "condition",
    [{"type": "Indefinite"}, {"type": "Age", "maxAgeSeconds": 3600}, {"type": "Date", "date": TOMORROW}],
)  # fmt: skip
def test_a_lock_keeps_objects_from_being_overwritten_or_deleted(
    http: httpx.Client, base: str, condition: Rule
) -> None:
    http.put(f"{base}/objects/keep/a", content=b"first")
    lock(http, base, condition)
    assert answered(http.put(f"{base}/objects/keep/a", content=b"second")) == (403, [10069])
    refused = http.delete(f"{base}/objects/keep/a")
    assert answered(refused) == (403, [10069])
    assert "rule keep" in refused.json()["errors"][0]["message"]
    assert http.get(f"{base}/objects/keep/a").content == b"first"
    assert http.put(f"{base}/objects/keep/new", content=b"x").status_code == 200
    http.put(f"{base}/objects/free", content=b"x")
    assert http.put(f"{base}/objects/free", content=b"y").status_code == 200
    assert http.delete(f"{base}/objects/free").status_code == 200
    http.put(f"{base}/lock", json={"rules": []})
    assert http.delete(f"{base}/objects/keep/a").status_code == 200


def test_a_lock_ends_with_its_time(http: httpx.Client, base: str, store: Store) -> None:
    http.put(f"{base}/objects/keep/a", content=b"first")
    lock(http, base, {"type": "Age", "maxAgeSeconds": 3600})
    ago(store, 3599)
    assert http.delete(f"{base}/objects/keep/a").status_code == 403
    ago(store, 3601)
    assert http.put(f"{base}/objects/keep/a", content=b"second").status_code == 200
    lock(http, base, {"type": "Date", "date": YESTERDAY})
    assert http.delete(f"{base}/objects/keep/a").status_code == 200


def test_a_lock_that_is_off_or_has_nothing_to_lock_is_none(http: httpx.Client, base: str) -> None:
    http.put(f"{base}/objects/keep/a", content=b"first")
    lock(http, base, {"type": "Indefinite"}, enabled=False)
    assert http.delete(f"{base}/objects/keep/a").status_code == 200
    assert http.delete(f"{base}/objects/keep/a").status_code == 200


def expire(http: httpx.Client, base: str, **more: Any) -> None:
    rule = {**OLD, "conditions": {"prefix": "tmp/"}, **more}
    assert http.put(f"{base}/lifecycle", json={"rules": [rule]}).status_code == 200


def keys(http: httpx.Client, base: str) -> list[str]:
    return [row["key"] for row in http.get(f"{base}/objects").json()["result"]]


def test_objects_are_deleted_at_the_age_that_a_rule_names(
    http: httpx.Client, base: str, store: Store
) -> None:
    for key in ("tmp/a", "tmp/locked", "kept"):
        http.put(f"{base}/objects/{key}", content=b"x")
    rule = {**LOCK, "prefix": "tmp/locked"}
    http.put(f"{base}/lock", json={"rules": [rule]})
    off = {**OLD, "enabled": False}
    elsewhere = {**OLD, "id": "elsewhere", "conditions": {"prefix": "other/"}}
    http.put(f"{base}/lifecycle", json={"rules": [off, elsewhere]})
    ago(store, 86401)
    assert keys(http, base) == ["kept", "tmp/a", "tmp/locked"]
    expire(http, base)
    ago(store, 86399)
    assert keys(http, base) == ["kept", "tmp/a", "tmp/locked"]
    ago(store, 86401)
    assert answered(http.get(f"{base}/objects/tmp/a")) == (404, [10007])
    assert keys(http, base) == ["kept", "tmp/locked"]


def test_objects_are_deleted_at_a_date_and_an_emptied_bucket_can_go(
    http: httpx.Client, base: str
) -> None:
    http.put(f"{base}/objects/tmp/a", content=b"x")
    expire(http, base, deleteObjectsTransition={"condition": {"type": "Date", "date": TOMORROW}})
    assert http.delete(base).status_code == 409
    expire(http, base, deleteObjectsTransition={"condition": {"type": "Date", "date": YESTERDAY}})
    assert http.delete(base).status_code == 200


def test_objects_move_to_another_class(http: httpx.Client, base: str, store: Store) -> None:
    http.put(f"{base}/objects/tmp/a", content=b"x")
    http.put(f"{base}/objects/kept", content=b"x")
    colder = {"condition": AGE, "storageClass": "InfrequentAccess"}
    expire(http, base, deleteObjectsTransition=None, storageClassTransitions=[colder])
    ago(store, 86401)
    rows = http.get(f"{base}/objects").json()["result"]
    assert [(row["key"], row["storage_class"]) for row in rows] == [
        ("kept", "Standard"),
        ("tmp/a", "InfrequentAccess"),
    ]
