"""A Worker's binding and the API hold one and the same values, at once."""

from __future__ import annotations

import json
import time

import pytest

from localcloud.api.faults import Fault, add_fault
from localcloud.api.store import Store
from tests.localcloud.kv.conftest import Binding, Values


def test_what_the_worker_writes_the_api_reads(values: Values, binding: Binding) -> None:
    headers = {"cf-kv-metadata": '{"by": "worker"}'}
    content = bytes(range(256))
    put = binding("PUT", "/a%2Fb%20c?expiration_ttl=600", content=content, headers=headers)
    assert put.status_code == 200
    assert values.get("a/b c") == content
    assert values.metadata("a/b c") == {"by": "worker"}
    (listed,) = values.api.kv.namespaces.keys.list(values.namespace, account_id=values.account)
    assert listed.expiration is not None
    assert 590 <= listed.expiration - time.time() <= 600
    assert binding("DELETE", "/a%2Fb%20c").status_code == 200
    assert values.keys() == []


def test_what_the_api_writes_the_worker_reads(values: Values, binding: Binding) -> None:
    values.put("a/b c", "väl", metadata='{"by": "api"}', expiration_ttl=600)
    read = binding("GET", "/a%2Fb%20c")
    assert read.content == "väl".encode()
    assert json.loads(read.headers["cf-kv-metadata"]) == {"by": "api"}
    assert int(read.headers["cf-expiration"]) > time.time()
    values.delete("a/b c")
    assert binding("GET", "/a%2Fb%20c").status_code == 404


def test_the_worker_lists_page_by_page_as_the_api_does(values: Values, binding: Binding) -> None:
    for name in ("b", "a/2", "a/1", "☃"):
        values.put(name, "v")
    names: list[str] = []
    cursor = ""
    while True:
        page = binding("GET", "/", params={"key_count_limit": "1", "cursor": cursor}).json()
        names += [row["name"] for row in page["keys"]]
        if page["list_complete"]:
            break
        cursor = page["cursor"]
    assert names == values.keys() == ["a/1", "a/2", "b", "☃"]
    part = binding("GET", "/", params={"prefix": "a/"}).json()
    assert [row["name"] for row in part["keys"]] == ["a/1", "a/2"]


def test_the_worker_reads_many(values: Values, binding: Binding) -> None:
    values.put("a", '{"x": 1}', metadata='"m"')
    keys = {"keys": ["a", "none"]}
    assert binding("POST", "/bulk/get", json=keys).json() == {"a": '{"x": 1}', "none": None}
    told = {**keys, "type": "json", "withMetadata": True}
    assert binding("POST", "/bulk/get", json=told).json() == {
        "a": {"value": {"x": 1}, "metadata": "m"},
        "none": None,
    }
    assert binding("POST", "/bulk/get", json={"keys": ["a"] * 101}).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        ("PUT", f"/{'x' * 513}", 414, "exceeds key length limit of 512"),
        ("GET", f"/{'x' * 513}", 414, "exceeds key length limit of 512"),
        ("PUT", "/a?expiration_ttl=59", 400, "must be at least 60"),
        ("PUT", "/a?expiration=1", 400, "Invalid expiration of 1"),
        ("GET", "/?cursor=!", 400, "cursor"),
    ],
)
def test_the_worker_is_told_why_it_is_refused(
    values: Values, binding: Binding, method: str, path: str, status: int, text: str
) -> None:
    answer = binding(method, path, content=b"v")
    assert answer.status_code == status
    assert text in answer.text
    assert values.keys() == []


def test_metadata_and_value_of_a_worker_have_the_same_limits(
    values: Values, binding: Binding
) -> None:
    long = {"cf-kv-metadata": json.dumps("m" * 1023)}
    assert binding("PUT", "/a", content=b"v", headers=long).status_code == 413
    assert binding("PUT", "/a", content=bytes(25 * 2**20 + 1)).status_code == 413
    assert binding("PUT", "/a", content=b"v", headers={"cf-kv-metadata": "{"}).status_code == 400
    assert values.keys() == []


def test_a_value_that_is_not_json_is_told_to_a_worker_that_wants_json(
    values: Values, binding: Binding
) -> None:
    values.put("a", "words")
    answer = binding("POST", "/bulk/get", json={"keys": ["a"], "type": "json"})
    assert answer.status_code == 400
    assert "'a' is not JSON" in answer.text


def test_whoever_does_not_know_the_secret_reads_nothing(values: Values, binding: Binding) -> None:
    values.put("a", "v")
    assert binding("GET", "/a", secret="guessed").status_code == 403
    assert binding("GET", "/a", namespace="f" * 32).status_code == 404


def test_values_converge_late_when_a_rehearsal_asks_for_it(
    values: Values, binding: Binding, store: Store
) -> None:
    values.put("a", "old")
    values.put("gone", "v")
    store.execute("UPDATE kv_values SET written = written - 100")
    add_fault(store, Fault("f1", "kv-stale", seconds=60))
    values.put("a", "new")
    values.delete("gone")
    assert binding("GET", "/a").text == "old"
    assert binding("GET", "/gone").text == "v"
    assert values.get("a") == b"old"
    store.execute("UPDATE kv_history SET written = written - 61, replaced = replaced - 61")
    store.execute("UPDATE kv_values SET written = written - 61")
    assert binding("GET", "/a").text == "new"
    assert binding("GET", "/gone").status_code == 404
