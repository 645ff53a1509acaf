"""Each resource type as the official provider lives it: applied, refreshed, changed, taken up again and destroyed, with
nothing left to change in between.

The official plugins are not to be had everywhere, so their reading of the answers stands here as rules (`decoding.py`)
over the calls and attributes of its schemas (`workers.py`, `data.py`, `pages.py`, `zones.py`, `watching.py`).
"""

from __future__ import annotations

from typing import Any, Final, cast

import httpx
import pytest

from localcloud.api.cloud import RecordingDataPlane
from localcloud.edge.model import StartResult
from tests.localcloud.conftest import ACCOUNT
from tests.localcloud.provider import data, pages, watching, workers, zones
from tests.localcloud.provider.decoding import Json, drift
from tests.localcloud.provider.resource import Call, Resource

TYPES: Final[dict[str, Resource]] = {
    **workers.TYPES,
    **data.TYPES,
    **pages.TYPES,
    **zones.TYPES,
    **watching.TYPES,
}
CASES: Final = [(kind, label) for kind, resource in TYPES.items() for label in resource.configs]
CHANGES: Final = [(kind, label) for kind, resource in TYPES.items() for label in resource.changes]
DELETED: Final = [kind for kind, resource in TYPES.items() if resource.delete is not None]
_A: Final = f"/accounts/{ACCOUNT}"


@pytest.fixture
def known(http: httpx.Client, edge: RecordingDataPlane) -> dict[str, str]:
    """What the resources refer to: ids by name."""
    edge.result = StartResult(("fetch",), {"Counter": ("fetch",)})
    made = http.post(f"{_A}/workers/workers", json={"name": "shop"}).json()["result"]
    code = {"main_module": "index.js", "modules": [workers.MODULE]}
    versions = f"{_A}/workers/workers/{made['id']}/versions"
    version, candidate = (http.post(versions, json=code).json()["result"]["id"] for _ in range(2))
    first = {"strategy": "percentage", "versions": [{"version_id": version, "percentage": 100}]}
    http.post(f"{_A}/workers/scripts/shop/deployments", json=first)
    keeper = http.post(f"{_A}/workers/workers", json={"name": "keeper"}).json()["result"]["id"]
    kept = {**code, "exports": {"Counter": {"type": "durable-object", "storage": "sqlite"}}}
    http.post(f"{_A}/workers/workers/{keeper}/versions?deploy=true", json=kept)
    namespace = http.post(f"{_A}/storage/kv/namespaces", json={"title": "shop"}).json()["result"]
    http.post(f"{_A}/r2/buckets", json={"name": "uploads"})
    http.post(f"{_A}/pages/projects", json={"name": "site", "production_branch": "main"})
    return {
        "worker": made["id"],
        "version": version,
        "candidate": candidate,
        "namespace": namespace["id"],
    }


class Provider:
    """Applies, refreshes, updates and destroys one resource."""

    def __init__(self, http: httpx.Client, resource: Resource, known: dict[str, str]) -> None:
        self._http = http
        self._resource = resource
        self._known: dict[str, Any] = dict(known)

    def apply(self, declared: Json) -> Json:
        told = self._call(self._resource.create, declared)
        self._known |= declared | told
        return told

    def update(self, before: Json, after: Json) -> Json:
        """A PUT has all that is declared and says null of what no longer is; a PATCH has what changed."""
        assert self._resource.update is not None
        gone = {name: None for name in before if after.get(name) is None}
        whole = self._resource.update[0] != "PATCH"
        changed = {k: v for k, v in after.items() if whole or v != before.get(k)}
        told = self._call(self._resource.update, gone | changed)
        self._known |= {k: v for k, v in (after | told).items() if v is not None}
        return told

    def refresh(self) -> Json:
        return self._call(("GET", self._resource.read), None)

    def destroy(self) -> None:
        assert self._resource.delete is not None
        self._call(self._resource.delete, None)

    def status(self) -> int:
        path = self._resource.read.format(**self._known)
        return self._http.get(path, headers=dict(self._resource.headers)).status_code

    def _call(self, call: Call, body: Json | None) -> Json:
        method, path = call
        sent: Any = body if body is None else body.get(self._resource.bare_list or "", body)
        answer = self._http.request(
            method, path.format(**self._known), json=sent, headers=dict(self._resource.headers)
        )
        assert answer.status_code in {200, 201, 204}, answer.text
        if not answer.content:
            return {}
        result: Any = answer.json()["result"]
        return cast("Json", result) if isinstance(result, dict) else {}


def filled(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: filled(inner, known) for key, inner in cast("Json", value).items()}
    if isinstance(value, list):
        return [filled(inner, known) for inner in cast("list[Any]", value)]
    if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
        return known[value[1:-1]]
    return value


def merged(before: Any, after: Any) -> Any:
    """A declaration after a patch: null takes away, an empty map empties, other maps are merged."""
    if isinstance(before, dict) and isinstance(after, dict) and after:
        old, change = cast("Json", before), cast("Json", after)
        whole = old | {key: merged(old.get(key), value) for key, value in change.items()}
        return {key: value for key, value in whole.items() if value is not None}
    return cast("Any", after)


@pytest.mark.parametrize(("kind", "label"), CASES)
def test_a_refresh_after_an_apply_finds_nothing_to_change(
    http: httpx.Client, known: dict[str, str], kind: str, label: str
) -> None:
    resource = TYPES[kind]
    declared = filled(resource.configs[label], known)
    provider = Provider(http, resource, known)
    applied = provider.apply(declared)
    refreshed = provider.refresh()
    assert drift(resource.attributes, declared, refreshed) == []
    assert {k: v for k, v in applied.items() if k in refreshed and refreshed[k] != v} == {}


@pytest.mark.parametrize(("kind", "label"), CHANGES)
def test_a_change_is_made_as_it_is_declared_and_no_further(
    http: httpx.Client, known: dict[str, str], kind: str, label: str
) -> None:
    resource = TYPES[kind]
    before = filled(resource.configs[label], known)
    change = filled(resource.changes[label], known)
    provider = Provider(http, resource, known)
    created = provider.apply(before)
    patched = resource.update is not None and resource.update[0] == "PATCH"
    provider.update(before, before | change)
    after = merged(before, change) if patched else before | change
    refreshed = provider.refresh()
    assert drift(resource.attributes, after, refreshed) == []
    # The plan knows these before the update; an answer that changes them fails the apply.
    for settled in ("id", "created_on", "creation_date", "subdomain"):
        if isinstance(created.get(settled), str):
            assert refreshed[settled] == created[settled]


@pytest.mark.parametrize("kind", DELETED)
def test_what_is_destroyed_is_gone_by_status_404(
    http: httpx.Client, known: dict[str, str], kind: str
) -> None:
    resource = TYPES[kind]
    declared = filled(next(iter(resource.configs.values())), known)
    provider = Provider(http, resource, known)
    provider.apply(declared)
    assert provider.status() == 200
    provider.destroy()
    assert provider.status() == (403 if kind == "Zone" else 404)
