"""Values: any bytes under any key, metadata, expiration, limits, and lists that end."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from localcloud.api.store import Store
from tests.localcloud.kv.conftest import Values
from tests.localcloud.refusals import answered, refusal

MEBIBYTE = 1 << 20


@pytest.mark.parametrize(
    "key", ["plain", "folder/file name.txt", "ä☃", "a?b=c&d#e%2F", "trailing/", "...", "x" * 512]
)
def test_a_key_may_be_nearly_anything(values: Values, key: str) -> None:
    values.put(key, "value")
    assert values.get(key) == b"value"
    assert values.keys() == [key]
    values.delete(key)
    assert refusal(lambda: values.get(key)) == (404, [10009])


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("%2E", (400, [10038])),
        ("%2E%2E", (400, [10038])),
        ("x" * 513, (414, [10030])),
        ("%C3%A4" * 257, (414, [10030])),
    ],
)
def test_a_key_that_cannot_be_one_is_refused(
    http: httpx.Client, base: str, values: Values, key: str, answer: tuple[int, list[int]]
) -> None:
    for method in ("PUT", "GET", "DELETE"):
        assert answered(http.request(method, f"{base}/values/{key}")) == answer
    assert values.keys() == []


def test_the_error_says_by_how_much_a_key_is_too_long(http: httpx.Client, base: str) -> None:
    (error,) = http.put(f"{base}/values/{'x' * 513}", content=b"v").json()["errors"]
    assert error["message"] == "UTF-8 encoded length of 513 exceeds key length limit of 512."


def test_a_value_is_kept_to_the_byte(http: httpx.Client, base: str, values: Values) -> None:
    content = bytes(range(256)) * 4
    assert answered(http.put(f"{base}/values/raw", content=content)) == (200, [])
    values.put("form", content)
    values.put("empty", b"")
    assert values.get("raw") == content
    assert values.get("form") == content
    assert values.get("empty") == b""
    values.put("raw", "replaced")
    assert values.get("raw") == b"replaced"


def test_metadata_stands_beside_the_value_and_goes_with_it(values: Values) -> None:
    values.put("key", "value", metadata='{"by":"me","n":[1,null]}')
    assert values.get("key") == b"value"
    assert values.metadata("key") == {"by": "me", "n": [1, None]}
    found = values.api.kv.namespaces.keys.list(values.namespace, account_id=values.account)
    assert [key.metadata for key in found] == [{"by": "me", "n": [1, None]}]
    values.put("key", "value")
    assert values.metadata("key") is None
    values.delete("key")
    assert refusal(lambda: values.metadata("key")) == (404, [10009])


def test_a_missing_key_is_no_error_to_delete(values: Values) -> None:
    values.delete("never written")


def test_the_largest_value_fits_and_the_next_byte_does_not(
    http: httpx.Client, base: str, values: Values
) -> None:
    largest = bytes(25 * MEBIBYTE)
    assert answered(http.put(f"{base}/values/big", content=largest)) == (200, [])
    refused = http.put(f"{base}/values/big", content=largest + b"!")
    assert refused.status_code == 413
    assert "26214401" in refused.json()["errors"][0]["message"]
    assert len(values.get("big")) == len(largest)


def test_metadata_has_its_limit_and_is_json(values: Values) -> None:
    values.put("fits", "v", metadata='"' + "m" * 1022 + '"')
    assert refusal(lambda: values.put("over", "v", metadata='"' + "m" * 1023 + '"'))[0] == 413
    assert refusal(lambda: values.put("bad", "v", metadata="{no json")) == (400, [10012])
    assert values.keys() == ["fits"]


def test_a_form_needs_a_value(http: httpx.Client, base: str) -> None:
    answer = http.put(f"{base}/values/a", files={"metadata": (None, "{}")})
    assert answered(answer) == (400, [10012])


def later(store: Store, seconds: int) -> None:
    """So many seconds pass for every value that expires."""
    store.execute("UPDATE kv_values SET expires = expires - ?", (seconds,))


def test_a_value_goes_away_when_its_time_has_come(
    http: httpx.Client, base: str, values: Values, store: Store
) -> None:
    values.put("kept", "v")
    values.put("ttl", "v", expiration_ttl=60)
    values.put("moment", "v", expiration=int(time.time()) + 120)
    assert http.get(f"{base}/values/kept").headers.get("expiration") is None
    announced = int(http.get(f"{base}/values/ttl").headers["expiration"])
    assert 55 <= announced - time.time() <= 60
    listed = {row["name"]: row.get("expiration") for row in http.get(f"{base}/keys").json()["result"]}  # fmt: skip
    assert listed == {"kept": None, "ttl": announced, "moment": listed["moment"]}
    later(store, 61)
    assert refusal(lambda: values.get("ttl")) == (404, [10009])
    assert refusal(lambda: values.metadata("ttl")) == (404, [10009])
    assert values.keys() == ["kept", "moment"]
    later(store, 61)
    assert values.keys() == ["kept"]
    bulk = http.post(f"{base}/bulk/get", json={"keys": ["ttl", "kept"]}).json()["result"]["values"]
    assert bulk == {"ttl": None, "kept": "v"}
    values.put("another", "v")
    assert store.execute("SELECT COUNT(*) FROM kv_values").fetchone() == (2,)


def test_writing_again_without_a_time_keeps_it_for_good(values: Values, store: Store) -> None:
    values.put("key", "short", expiration_ttl=60)
    values.put("key", "long")
    later(store, 3600)
    assert values.get("key") == b"long"


def test_a_ttl_wins_over_a_moment(http: httpx.Client, base: str, values: Values) -> None:
    values.put("key", "v", expiration=time.time() // 1 + 9000, expiration_ttl=60.0)
    assert int(http.get(f"{base}/values/key").headers["expiration"]) - time.time() <= 60


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"expiration_ttl": "59"}, 10034),
        ({"expiration_ttl": "0"}, 10034),
        ({"expiration_ttl": "-60"}, 10034),
        ({"expiration": "1"}, 10034),
        ({"expiration_ttl": "soon"}, 10012),
        ({"expiration": "1.5"}, 10012),
        ({"expiration": "9" * 30}, 10012),
        ({"expiration_ttl": "inf"}, 10012),
    ],
)
def test_a_time_too_near_is_refused(
    http: httpx.Client, base: str, values: Values, query: dict[str, str], code: int
) -> None:
    assert answered(http.put(f"{base}/values/a", params=query, content=b"v")) == (400, [code])
    moment = int(time.time()) + 30
    near = http.put(f"{base}/values/a?expiration={moment}", content=b"v")
    assert answered(near) == (400, [10034])
    assert str(moment) in near.json()["errors"][0]["message"]
    assert values.keys() == []


def test_keys_come_in_the_order_of_their_bytes_page_by_page(
    http: httpx.Client, base: str, values: Values
) -> None:
    names = ["b", "a/2", "a/1", "ä", "a", "Z", "☃", "a0"]
    for name in names:
        values.put(name, "v")
    ordered = sorted(names, key=str.encode)
    assert values.keys() == ordered
    assert values.keys(limit=3) == ordered
    assert values.keys(prefix="a/") == ["a/1", "a/2"]
    assert values.keys(prefix="ä") == ["ä"]
    assert values.keys(prefix="a/1x") == []
    first = http.get(f"{base}/keys?limit=7").json()["result_info"]
    assert first["count"] == 7
    last = http.get(f"{base}/keys", params={"limit": 7, "cursor": first["cursor"]}).json()
    assert [row["name"] for row in last["result"]] == ["☃"]
    assert last["result_info"] == {"count": 1, "cursor": ""}


def test_a_page_goes_on_where_it_ended_although_keys_came_and_went(
    http: httpx.Client, base: str, values: Values
) -> None:
    for name in ("a", "c", "d"):
        values.put(name, "v")
    cursor = http.get(f"{base}/keys?limit=2").json()["result_info"]["cursor"]
    values.delete("c")
    values.put("b", "v")
    values.put("e", "v")
    rest = http.get(f"{base}/keys", params={"cursor": cursor}).json()["result"]
    assert [row["name"] for row in rest] == ["d", "e"]


@pytest.mark.parametrize("cursor", ["!", "_w", "abcde"])
def test_a_cursor_that_is_none_is_refused(http: httpx.Client, base: str, cursor: str) -> None:
    assert answered(http.get(f"{base}/keys", params={"cursor": cursor})) == (400, [10012])


def test_a_list_holds_at_most_a_thousand(http: httpx.Client, base: str) -> None:
    pairs: list[dict[str, Any]] = [{"key": f"{n:05}", "value": "v"} for n in range(1001)]
    assert http.put(f"{base}/bulk", json=pairs).status_code == 200
    for query in ("", "?limit=5000"):
        page = http.get(f"{base}/keys{query}").json()
        assert page["result_info"]["count"] == 1000
        assert page["result_info"]["cursor"] != ""
