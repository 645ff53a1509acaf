"""Whatever stands in a body, the answer is Cloudflare's 4xx and never a 500: each part of a good body becomes something else."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from localcloud.api.shapes import as_list, as_object
from localcloud.edge.model import StartResult
from tests.localcloud.conftest import ACCOUNT, ZONE, ServedCloud

Body = Any
WRONG: tuple[Body, ...] = ([], 7, "x", {"a": [None]})
_A = f"/accounts/{ACCOUNT}"
_Z = f"/zones/{ZONE}"
_CODE = {
    "name": "index.js",
    "content_base64": base64.b64encode(b"export default {}").decode(),
    "content_type": "application/javascript+module",
}
_VERSION: Body = {"main_module": "index.js", "modules": [_CODE]}
_CLASSES: Body = {
    "new_sqlite_classes": ["C"],
    "deleted_classes": ["D"],
    "renamed_classes": [{"from": "E", "to": "F"}],
    "transferred_classes": [{"from": "G", "from_script": "s", "to": "H"}],
}
_RULE: Body = {
    "action": "block",
    "expression": "true",
    "enabled": True,
    "action_parameters": {"response": {"status_code": 403, "content": "x", "content_type": "text/plain"}},
}  # fmt: skip
CALLS: list[tuple[str, str, Body]] = [
    ("PATCH", f"{_A}/workers/workers/shop", {"name": "shop", "observability": {"enabled": True, "logs": {"enabled": True}}, "subdomain": {"enabled": True}, "tags": ["a"], "tail_consumers": [{"name": "x"}]}),
    ("POST", f"{_A}/workers/workers/shop/versions", {**_VERSION, "bindings": [{"type": "plain_text", "name": "A", "text": "x"}], "compatibility_flags": ["nodejs_compat"], "annotations": {"workers/tag": "x"}}),
    ("POST", f"{_A}/workers/workers/shop/versions", {**_VERSION, "exports": {"C": {"type": "durable-object", "state": "renamed", "renamed_to": "D"}, "D": {"type": "durable-object", "storage": "sqlite"}}}),
    ("POST", f"{_A}/workers/workers/shop/versions", {**_VERSION, "migrations": {"new_tag": "v1", **_CLASSES}}),
    ("POST", f"{_A}/workers/workers/shop/versions", {**_VERSION, "migrations": {"new_tag": "v1", "steps": [_CLASSES]}}),
    ("PATCH", f"{_A}/workers/workers/shop/versions/latest", {"env": {"K": {"type": "secret_text", "text": "x"}}, "annotations": {"workers/tag": "x"}}),
    ("POST", f"{_A}/workers/scripts/shop/deployments", {"strategy": "percentage", "versions": [{"version_id": "11111111-2222-4333-8444-555555555555", "percentage": 100}], "annotations": {"workers/message": "x"}}),
    ("PUT", f"{_A}/workers/scripts/shop/secrets", {"name": "K", "text": "x", "type": "secret_text"}),
    ("PATCH", f"{_A}/workers/scripts/shop/secrets-bulk", {"secrets": {"K": {"name": "K", "text": "x", "type": "secret_text"}}}),
    ("PATCH", f"{_A}/workers/scripts/shop/script-settings", {"observability": {"enabled": True}, "tags": ["a"], "tail_consumers": [{"service": "x"}]}),
    ("POST", f"{_A}/workers/scripts/shop/subdomain", {"enabled": True, "previews_enabled": True}),
    ("PUT", f"{_A}/workers/scripts/shop/schedules", [{"cron": "* * * * *"}]),
    ("PUT", f"{_A}/workers/scripts/shop/domains/records", {"override_scope": True, "origins": [{"hostname": "a.example.com"}]}),
    ("POST", f"{_A}/workers/scripts/shop/domains/changeset", [{"hostname": "a.example.com", "zone_id": ZONE}]),
    ("POST", f"{_A}/workers/scripts/shop/assets-upload-session", {"manifest": {"/a": {"hash": "a" * 32, "size": 3}}}),
    ("PUT", f"{_A}/workers/domains", {"hostname": "a.example.com", "service": "shop", "zone_id": ZONE, "environment": "production"}),
    ("POST", f"{_Z}/workers/routes", {"pattern": "example.com/*", "script": "shop"}),
    ("POST", f"{_A}/storage/kv/namespaces", {"title": "x"}),
    ("POST", f"{_A}/r2/buckets", {"name": "b-b", "locationHint": "weur", "storageClass": "Standard"}),
    ("POST", f"{_A}/hyperdrive/configs", {"name": "n", "origin": {"host": "a.b", "database": "d", "user": "u", "password": "p", "port": 1, "scheme": "mysql"}, "caching": {"max_age": 1}, "mtls": {"sslmode": "require"}, "origin_connection_limit": 5}),
    ("POST", f"{_A}/pages/projects", {"name": "site", "production_branch": "main", "build_config": {"build_command": "x"}, "source": {"type": "github"}, "deployment_configs": {"production": {"env_vars": {"A": {"type": "plain_text", "value": "x"}}}}}),
    ("POST", "/zones", {"name": "z.example", "account": {"id": ACCOUNT}, "type": "full"}),
    ("PATCH", _Z, {"name": "example.com", "paused": False, "vanity_name_servers": ["a.b"]}),
    ("PATCH", f"{_Z}/dnssec", {"status": "active"}),
    ("POST", f"{_Z}/dns_records", {"type": "SRV", "name": "x", "ttl": 1, "tags": ["a:b"], "data": {"priority": 1, "weight": 1, "port": 1, "target": "x.y"}}),
    ("POST", f"{_Z}/dns_records/batch", {"posts": [{"type": "A", "name": "x", "content": "192.0.2.1", "ttl": 1}], "deletes": [{"id": "x"}]}),
    ("PUT", f"{_Z}/rulesets/phases/http_request_firewall_custom/entrypoint", {"description": "x", "rules": [_RULE]}),
    ("POST", f"{_Z}/rulesets", {"name": "r", "kind": "zone", "phase": "http_request_firewall_custom", "rules": [_RULE]}),
    ("POST", f"{_Z}/healthchecks", {"name": "h", "address": "a.example.com", "type": "HTTPS", "check_regions": ["WEU"], "http_config": {"path": "/", "expected_codes": ["200"]}}),
    ("POST", f"{_A}/alerting/v3/policies", {"name": "a", "alert_type": "health_check_status_notification", "enabled": True, "mechanisms": {"email": [{"id": "a@b.example"}]}, "filters": {}}),
    ("POST", f"{_Z}/purge_cache", {"files": ["https://example.com/a"]}),
]  # fmt: skip


def _places(body: Body, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    for key, value in (as_object(body) or {}).items():
        yield from _places(value, (*place, key))
    for index, value in enumerate(as_list(body) or []):
        yield from _places(value, (*place, index))


def _with(body: Body, place: tuple[Any, ...], wrong: Body) -> Body:
    if not place:
        return wrong
    changed = copy.deepcopy(body)
    node = changed
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = wrong
    return changed


@pytest.fixture
def worker(served: ServedCloud, http: httpx.Client) -> None:
    classes: dict[str, tuple[str, ...]] = dict.fromkeys(("C", "D", "F", "H"), ("fetch",))
    served.edge.result = StartResult(("fetch",), classes)
    assert http.post(f"{_A}/workers/workers", json={"name": "shop"}).status_code == 200
    made = http.post(f"{_A}/workers/workers/shop/versions?deploy=true", json=_VERSION)
    assert made.status_code == 200


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_no_body_makes_a_500(http: httpx.Client, method: str, path: str, body: Body) -> None:
    assert http.request(method, path, json=body).status_code < 500
    for place in _places(body):
        for wrong in WRONG:
            sent = _with(body, place, wrong)
            answer = http.request(method, path, json=sent)
            assert answer.status_code < 500, json.dumps(sent)


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"{", b"null", b"NaN", b"[" * 100_000, b'{"title": "\\ud800"}']
)
def test_no_bytes_make_a_500(http: httpx.Client, body: bytes) -> None:
    for path in (f"{_A}/storage/kv/namespaces", f"{_A}/hyperdrive/configs", "/zones"):
        assert 400 <= http.post(path, content=body).status_code < 500
