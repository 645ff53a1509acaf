"""Namespaces: made, renamed, listed and gone with their values; whose they are."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from cloudflare import Cloudflare

from localcloud.api.accounts.models import create_account
from localcloud.api.store import Store
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.kv.conftest import Binding, Values
from tests.localcloud.refusals import FORBIDDEN, OTHER_ACCOUNT, answered, refusal


def titles(api: Cloudflare, account: str, **query: Any) -> list[str]:
    return [found.title for found in api.kv.namespaces.list(account_id=account, **query)]


def test_a_namespace_is_made_read_renamed_and_deleted(api: Cloudflare, account: str) -> None:
    made = api.kv.namespaces.create(account_id=account, title="cache")
    assert made is not None
    assert (made.title, made.supports_url_encoding) == ("cache", True)
    assert api.kv.namespaces.get(made.id, account_id=account) == made
    renamed = api.kv.namespaces.update(made.id, account_id=account, title="sessions")
    assert renamed is not None
    assert (renamed.id, renamed.title) == (made.id, "sessions")
    assert titles(api, account) == ["sessions"]
    api.kv.namespaces.delete(made.id, account_id=account)
    assert titles(api, account) == []
    assert refusal(lambda: api.kv.namespaces.get(made.id, account_id=account)) == (404, [10013])


def test_a_title_is_used_once_in_an_account(api: Cloudflare, account: str, store: Store) -> None:
    create_account(store, "Other account", OTHER_ACCOUNT)
    first = api.kv.namespaces.create(account_id=account, title="cache")
    second = api.kv.namespaces.create(account_id=account, title="sessions")
    assert first is not None
    assert second is not None
    namespaces = api.kv.namespaces
    assert refusal(lambda: namespaces.create(account_id=account, title="cache")) == (400, [10014])
    taken = refusal(lambda: namespaces.update(second.id, account_id=account, title="cache"))
    assert taken == (400, [10014])
    assert titles(api, account) == ["cache", "sessions"]
    namespaces.create(account_id=OTHER_ACCOUNT, title="cache")
    namespaces.delete(first.id, account_id=account)
    namespaces.update(second.id, account_id=account, title="cache")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"title": ""}', 10019),
        (b'{"title": "  "}', 10019),
        (b'{"title": 7}', 10019),
        (b"{}", 10019),
        (b"[]", 10012),
        (b"", 10012),
        (b"no json", 10012),
        (b'{"title": "%s"}' % (b"t" * 513), 10012),
        (b'{"title": "\\ud800"}', 10012),
    ],
)
def test_a_title_is_checked(http: httpx.Client, base: str, body: bytes, code: int) -> None:
    before = http.get(base).json()["result"]
    assert answered(http.post(base.rsplit("/", 1)[0], content=body)) == (400, [code])
    assert answered(http.put(base, content=body)) == (400, [code])
    assert http.get(base).json()["result"] == before


def test_the_list_is_sorted_and_paged(api: Cloudflare, account: str, http: httpx.Client) -> None:
    for title in ("b", "c", "a"):
        api.kv.namespaces.create(account_id=account, title=title)
    assert titles(api, account, order="title", direction="asc") == ["a", "b", "c"]
    assert titles(api, account, order="title", direction="desc", per_page=1) == ["c", "b", "a"]
    page = http.get(f"/accounts/{account}/storage/kv/namespaces?page=2&per_page=2").json()
    assert [row["title"] for row in page["result"]] == ["a"]
    assert page["result_info"] == {
        "page": 2,
        "per_page": 2,
        "count": 1,
        "total_count": 3,
        "total_pages": 2,
    }


def test_an_account_has_at_most_a_thousand(api: Cloudflare, account: str, store: Store) -> None:
    with store.transaction():
        for number in range(1000):
            body = {"id": f"{number:032x}", "title": str(number)}
            store.insert("kv_namespace", account, body["id"], body, body["title"])
    status, _ = refusal(lambda: api.kv.namespaces.create(account_id=account, title="one more"))
    assert status == 400


@pytest.mark.parametrize(("id", "code"), [("f" * 32, 10013), ("short", 10011), ("Z" * 32, 10011)])
def test_an_id_that_is_none_is_told_from_an_unknown_one(
    http: httpx.Client, account: str, id: str, code: int
) -> None:
    path = f"/accounts/{account}/storage/kv/namespaces/{id}"
    status = 404 if code == 10013 else 400
    for method, rest in (("GET", ""), ("DELETE", ""), ("GET", "/keys"), ("GET", "/values/a")):
        answer = http.request(method, path + rest)
        assert answered(answer) == (status, [code])
    if code == 10013:
        assert http.get(f"{path}/keys").json()["errors"][0]["message"] == "list keys: 'namespace not found'"  # fmt: skip


def test_the_values_are_gone_with_their_namespace(
    api: Cloudflare, account: str, values: Values, binding: Binding, store: Store
) -> None:
    values.put("key", "value")
    api.kv.namespaces.delete(values.namespace, account_id=account)
    assert refusal(lambda: values.get("key")) == (404, [10013])
    assert binding("GET", "/key").status_code == 404
    assert store.execute("SELECT COUNT(*) FROM kv_values").fetchone() == (0,)


def test_a_token_reads_or_writes_as_far_as_its_permission_goes(
    served: ServedCloud, account: str, values: Values
) -> None:
    values.put("key", "value")
    reader = Values(served.client(served.token_with("Workers KV Storage Read")), account, values.namespace)  # fmt: skip
    assert reader.get("key") == b"value"
    assert reader.keys() == ["key"]
    namespaces = reader.api.kv.namespaces
    for attempt in (
        lambda: reader.put("key", "changed"),
        lambda: reader.delete("key"),
        lambda: namespaces.create(account_id=account, title="new"),
        lambda: namespaces.update(values.namespace, account_id=account, title="new"),
        lambda: namespaces.delete(values.namespace, account_id=account),
        lambda: namespaces.bulk_delete(values.namespace, account_id=account, body=["key"]),
    ):
        assert refusal(attempt) == FORBIDDEN
    stranger = Values(served.client(served.token_with("Zone Write")), account, values.namespace)
    assert refusal(lambda: stranger.get("key")) == FORBIDDEN
    assert refusal(lambda: titles(stranger.api, account)) == FORBIDDEN
    assert values.get("key") == b"value"


def test_another_account_does_not_reach_it(
    served: ServedCloud, account: str, values: Values
) -> None:
    create_account(served.store, "Other account", OTHER_ACCOUNT)
    values.put("key", "value")
    token = served.token_with("Workers KV Storage Write", accounts=(OTHER_ACCOUNT,))
    through_ours = Values(served.client(token), account, values.namespace)
    assert refusal(lambda: through_ours.get("key")) == FORBIDDEN
    through_theirs = Values(served.client(token), OTHER_ACCOUNT, values.namespace)
    assert titles(through_theirs.api, OTHER_ACCOUNT) == []
    for attempt in (
        lambda: through_theirs.get("key"),
        lambda: through_theirs.put("key", "changed"),
        lambda: through_theirs.api.kv.namespaces.delete(values.namespace, account_id=OTHER_ACCOUNT),
    ):
        assert refusal(attempt) == (404, [10013])
    assert values.get("key") == b"value"
