"""KV through the official wrangler, by its base URL alone."""

from __future__ import annotations

import json

from cloudflare import Cloudflare

from tests.localcloud.kv.conftest import Values
from tests.localcloud.wrangler import Wrangler, needs_wrangler

pytestmark = needs_wrangler


def test_namespaces(wrangler: Wrangler, api: Cloudflare, account: str) -> None:
    wrangler.done("kv", "namespace", "create", "cache")
    assert "already exists" in wrangler.refused("kv", "namespace", "create", "cache")
    wrangler.done("kv", "namespace", "rename", "cache", "--new-name", "sessions")
    (listed,) = json.loads(wrangler.done("kv", "namespace", "list"))
    assert listed["title"] == "sessions"
    wrangler.done("kv", "namespace", "delete", "--namespace-id", listed["id"])
    assert list(api.kv.namespaces.list(account_id=account)) == []


def test_keys(wrangler: Wrangler, values: Values) -> None:
    place = ("--namespace-id", values.namespace, "--remote")
    described = ("--ttl", "600", "--metadata", '{"by":"me"}')
    wrangler.done("kv", "key", "put", "folder/ä b", "hello", *place, *described)
    assert values.get("folder/ä b") == b"hello"
    (listed,) = json.loads(wrangler.done("kv", "key", "list", "--prefix", "folder/", *place))
    assert (listed["name"], listed["metadata"]) == ("folder/ä b", {"by": "me"})
    assert wrangler.done("kv", "key", "get", "folder/ä b", "--text", *place).strip() == "hello"
    assert "10034" in wrangler.refused("kv", "key", "put", "short", "x", "--ttl", "10", *place)
    wrangler.done("kv", "key", "delete", "folder/ä b", *place)
    assert values.keys() == []
    assert "404" in wrangler.refused("kv", "key", "get", "folder/ä b", "--text", *place)


def test_bulk(wrangler: Wrangler, values: Values) -> None:
    place = ("--namespace-id", values.namespace, "--remote")
    pairs = [{"key": "a", "value": "1"}, {"key": "b", "value": "aGk=", "base64": True}]
    (wrangler.folder / "pairs.json").write_text(json.dumps(pairs))
    (wrangler.folder / "keys.json").write_text('["a", "b", "none"]')
    wrangler.done("kv", "bulk", "put", "pairs.json", *place)
    assert values.get("b") == b"hi"
    out = wrangler.done("kv", "bulk", "get", "keys.json", *place)
    assert json.loads(out[out.index("{") :]) == {"a": "1", "b": "hi", "none": None}
    wrangler.done("kv", "bulk", "delete", "keys.json", "--force", *place)
    assert values.keys() == []
