"""KV through the official wrangler: what the contract (tests/localcloud/contract) leaves out."""

from __future__ import annotations

import json

from cloudflare import Cloudflare

from tests.localcloud.kv.conftest import Values
from tests.localcloud.wrangler import Wrangler, needs_wrangler

pytestmark = needs_wrangler


def test_a_namespace_is_renamed_and_a_value_described(
    wrangler: Wrangler, api: Cloudflare, account: str, values: Values
) -> None:
    wrangler.done("kv", "namespace", "rename", "cache", "--new-name", "sessions")
    assert [n.title for n in api.kv.namespaces.list(account_id=account)] == ["sessions"]
    place = ("--namespace-id", values.namespace, "--remote")
    wrangler.done("kv", "key", "put", "a/b c", "hello", "--metadata", '{"by":"me"}', *place)
    assert values.get("a/b c") == b"hello"
    assert values.metadata("a/b c") == {"by": "me"}


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
