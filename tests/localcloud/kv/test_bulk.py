"""Many values at once: all of a call is done, or nothing."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest
from cloudflare import Cloudflare

from tests.localcloud.kv.conftest import Values
from tests.localcloud.refusals import answered


def test_pairs_are_written_read_and_deleted_together(
    api: Cloudflare, account: str, values: Values
) -> None:
    namespaces, id = api.kv.namespaces, values.namespace
    blob = base64.b64encode(bytes(range(256))).decode()
    written = namespaces.bulk_update(
        id,
        account_id=account,
        body=[
            {"key": "text", "value": "ä"},
            {"key": "blob", "value": blob, "base64": True},
            {"key": "json", "value": '{"a": 1}', "metadata": {"n": 1}, "expiration_ttl": 600},
        ],
    )
    assert written is not None
    assert written.successful_key_count == 3
    assert values.get("text") == "ä".encode()
    assert values.get("blob") == bytes(range(256))
    assert values.metadata("json") == {"n": 1}
    read = namespaces.bulk_get(id, account_id=account, keys=["text", "json"])
    assert read is not None
    assert read.values == {"text": "ä", "json": '{"a": 1}'}
    namespaces.bulk_delete(id, account_id=account, body=["text", "never there"])
    assert values.keys() == ["blob", "json"]


def test_values_are_read_together(http: httpx.Client, base: str, values: Values) -> None:
    values.put("a", "1", metadata='{"n": 1}', expiration_ttl=600)
    values.put("b", '{"x": [true]}')

    def read(**asked: Any) -> Any:
        return http.post(f"{base}/bulk/get", json=asked).json()["result"]["values"]

    assert read(keys=["b", "none", "a"]) == {"b": '{"x": [true]}', "none": None, "a": "1"}
    assert read(keys=["a", "b"], type="json") == {"a": 1, "b": {"x": [True]}}
    told = read(keys=["a", "b", "none"], withMetadata=True)
    assert told["a"].pop("expiration") > 0
    assert told == {
        "a": {"value": "1", "metadata": {"n": 1}},
        "b": {"value": '{"x": [true]}', "metadata": None},
        "none": None,
    }


def test_a_value_that_is_not_json_is_not_read_as_json(
    http: httpx.Client, base: str, values: Values
) -> None:
    values.put("a", "plain words")
    answer = http.post(f"{base}/bulk/get", json={"keys": ["a"], "type": "json"})
    assert answered(answer) == (400, [10012])


def test_nothing_at_all_succeeds_but_a_read_of_nothing(http: httpx.Client, base: str) -> None:
    assert answered(http.put(f"{base}/bulk", json=[])) == (200, [])
    assert answered(http.post(f"{base}/bulk/delete", json=[])) == (200, [])
    assert answered(http.request("DELETE", f"{base}/bulk", json=[])) == (200, [])
    assert answered(http.post(f"{base}/bulk/get", json={"keys": []})) == (400, [10029])


@pytest.mark.parametrize(
    ("bad", "answer"),
    [
        ({"key": "a"}, (400, [10012])),
        ({"key": "a", "value": 7}, (400, [10012])),
        ({"value": "v"}, (400, [10012])),
        ({"key": ["a"], "value": "v"}, (400, [10012])),
        ("a", (400, [10012])),
        ({"key": "", "value": "v"}, (400, [10038])),
        ({"key": "..", "value": "v"}, (400, [10038])),
        ({"key": "x" * 513, "value": "v"}, (414, [10030])),
        ({"key": "a", "value": "v", "metadata": "m" * 1023}, (413, [10048])),
        ({"key": "a", "value": "v", "expiration_ttl": 59}, (400, [10034])),
        ({"key": "a", "value": "v", "expiration": 1}, (400, [10034])),
        ({"key": "a", "value": "v", "expiration_ttl": "soon"}, (400, [10012])),
        ({"key": "a", "value": "v", "expiration_ttl": True}, (400, [10012])),
        ({"key": "a", "value": "aG!k=", "base64": True}, (400, [10012])),
        ({"key": "\ud800", "value": "v"}, (400, [10012])),
        ({"key": "a", "value": "\ud800"}, (400, [10012])),
        ({"key": "a", "value": "v" * (25 * 2**20 + 1)}, (413, [10037])),
    ],
)
def test_one_bad_pair_keeps_all_out(
    http: httpx.Client, base: str, values: Values, bad: object, answer: tuple[int, list[int]]
) -> None:
    sent = json.dumps([{"key": "good", "value": "v"}, bad])
    assert answered(http.put(f"{base}/bulk", content=sent)) == answer
    assert values.keys() == []


@pytest.mark.parametrize("keys", [[1], [None], {"a": 1}, "a", None, ["a", ["b"]]])
def test_keys_are_texts(http: httpx.Client, base: str, values: Values, keys: object) -> None:
    values.put("a", "v")
    assert answered(http.post(f"{base}/bulk/delete", json=keys)) == (400, [10012])
    assert http.post(f"{base}/bulk/get", json={"keys": keys}).status_code == 400
    assert values.keys() == ["a"]


def test_a_call_has_its_limits(http: httpx.Client, base: str, values: Values) -> None:
    pairs = [{"key": f"{number:05}", "value": "v"} for number in range(10_001)]
    assert answered(http.put(f"{base}/bulk", json=pairs)) == (400, [10028])
    assert values.keys() == []
    assert answered(http.put(f"{base}/bulk", json=pairs[:-1])) == (200, [])
    keys = [pair["key"] for pair in pairs]
    assert answered(http.post(f"{base}/bulk/get", json={"keys": keys[:101]})) == (400, [10028])
    assert answered(http.post(f"{base}/bulk/get", json={"keys": keys[:100]})) == (200, [])
    assert answered(http.post(f"{base}/bulk/delete", json=keys)) == (400, [10028])
    assert answered(http.post(f"{base}/bulk/delete", json=keys[:-1])) == (200, [])
    assert values.keys() == []


def test_a_call_has_a_limit_in_bytes(
    http: httpx.Client, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localcloud.api.kv.bulk_routes._MAX_BYTES", 1000)
    assert answered(http.put(f"{base}/bulk", content=b"[" + b" " * 998 + b"]"))[0] == 413
    assert answered(http.put(f"{base}/bulk", content=b"[" + b" " * 997 + b"]"))[0] == 200


def test_a_body_that_is_no_json_is_refused_with_kvs_own_code(http: httpx.Client, base: str) -> None:
    for method, path in (("PUT", "bulk"), ("POST", "bulk/delete"), ("POST", "bulk/get")):
        assert answered(http.request(method, f"{base}/{path}", content=b"{")) == (400, [10012])
