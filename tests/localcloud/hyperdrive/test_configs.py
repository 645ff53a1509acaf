"""Hyperdrive configurations: made, read, changed and gone; what is checked; and a password that nobody reads again."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from cloudflare import Cloudflare

from localcloud.api.accounts.models import create_account
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.hyperdrive.conftest import ORIGIN, PASSWORD
from tests.localcloud.refusals import FORBIDDEN, OTHER_ACCOUNT, answered, refusal

PLACES: dict[str, dict[str, Any]] = {
    "public": {"host": "db.example.com", "port": 6432},
    "access": {"host": "db.example.com", "access_client_id": "id", "access_client_secret": "hush"},
    "vpc": {"service_id": "00000000-0000-4000-8000-000000000001"},
}
LOGIN = {key: ORIGIN[key] for key in ("scheme", "database", "user", "password")}


def test_a_config_is_made_read_changed_and_deleted(api: Cloudflare, account: str) -> None:
    configs = api.hyperdrive.configs
    sent: Any = ORIGIN
    made = configs.create(account_id=account, name="neon", origin=sent, origin_connection_limit=20)
    assert made.name == "neon"
    assert made.origin is not None
    assert made.created_on == made.modified_on
    read = configs.get(made.id, account_id=account)
    assert read.to_json() == made.to_json()
    changed = configs.edit(
        made.id, account_id=account, name="neon2", caching={"max_age": 120, "disabled": False}
    )
    assert (changed.id, changed.name, changed.created_on) == (made.id, "neon2", made.created_on)
    assert changed.origin_connection_limit == 20
    assert [found.name for found in configs.list(account_id=account)] == ["neon2"]
    configs.delete(made.id, account_id=account)
    assert list(configs.list(account_id=account)) == []
    assert refusal(lambda: configs.get(made.id, account_id=account)) == (404, [2006])
    assert refusal(lambda: configs.delete(made.id, account_id=account)) == (404, [2006])


def test_a_patch_changes_only_what_it_names(http: httpx.Client, base: str) -> None:
    before = http.get(base).json()["result"]
    http.patch(base, json={"origin": {"host": "db2.example.com"}})
    http.patch(base, json={"origin_connection_limit": 10})
    http.patch(base, json={"caching": {"max_age": 120}})
    http.patch(base, json={"caching": {"stale_while_revalidate": 30}})
    after = http.get(base).json()["result"]
    assert after["origin"] == {**before["origin"], "host": "db2.example.com"}
    assert after["origin_connection_limit"] == 10
    assert after["caching"] == {"disabled": False, "max_age": 120, "stale_while_revalidate": 30}
    assert after["created_on"] == before["created_on"]
    assert after["modified_on"] > before["modified_on"]
    http.patch(base, json={"caching": {"disabled": True}})
    assert http.get(base).json()["result"]["caching"] == {"disabled": True}
    http.patch(base, json={"caching": {"disabled": False}})
    assert http.get(base).json()["result"]["caching"] == {"disabled": False}


def test_a_put_leaves_nothing_of_before_but_the_identity_and_the_password(
    http: httpx.Client, base: str
) -> None:
    before = http.get(base).json()["result"]
    mtls = {"ca_certificate_id": "00000000-0000-4000-8000-000000000001", "sslmode": "verify-full"}
    http.patch(
        base, json={"mtls": mtls, "origin_connection_limit": 10, "caching": {"disabled": True}}
    )
    place = {"host": "db2.example.com", "database": "app2", "user": "app2"}
    replaced = http.put(base, json={"name": "neon2", "origin": place}).json()["result"]
    assert replaced.pop("modified_on") > before["modified_on"]
    assert replaced == {
        "id": before["id"],
        "created_on": before["created_on"],
        "name": "neon2",
        "origin": {"scheme": "postgres", "port": 5432, **place},
        "caching": {"disabled": False},
    }


@pytest.mark.parametrize("first", PLACES)
@pytest.mark.parametrize("second", PLACES)
def test_a_database_is_in_one_place_of_three_kinds(
    http: httpx.Client, account: str, first: str, second: str
) -> None:
    def place(origin: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in origin.items() if key not in LOGIN}

    def told(kind: str) -> dict[str, Any]:
        return {k: v for k, v in PLACES[kind].items() if k != "access_client_secret"}

    path = f"/accounts/{account}/hyperdrive/configs"
    made = http.post(path, json={"name": "neon", "origin": {**LOGIN, **PLACES[first]}})
    assert place(made.json()["result"]["origin"]) == told(first)
    id = made.json()["result"]["id"]
    moved = http.patch(f"{path}/{id}", json={"origin": PLACES[second]})
    assert place(moved.json()["result"]["origin"]) == told(second)


@pytest.mark.parametrize(("scheme", "port"), [("postgres", 5432), ("postgresql", 5432), ("mysql", 3306)])  # fmt: skip
def test_each_kind_of_database_has_its_port(
    http: httpx.Client, account: str, scheme: str, port: int
) -> None:
    origin = {key: value for key, value in ORIGIN.items() if key != "port"}
    sent = {"name": "db", "origin": {**origin, "scheme": scheme}}
    made = http.post(f"/accounts/{account}/hyperdrive/configs", json=sent).json()["result"]
    assert (made["origin"]["scheme"], made["origin"]["port"]) == (scheme, port)


BAD: list[tuple[dict[str, Any], int]] = [
    ({"name": ""}, 2007),
    ({"name": None}, 2007),
    ({"name": 7}, 2007),
    ({"name": "n" * 64}, 2007),
    ({"origin": None}, 2007),
    ({"origin": "postgres://"}, 2007),
    ({"origin": {**ORIGIN, "scheme": "oracle"}}, 2007),
    ({"origin": {**ORIGIN, "scheme": ["postgres"]}}, 2007),
    ({"origin": {**ORIGIN, "password": ""}}, 2007),
    ({"origin": {**ORIGIN, "user": None}}, 2007),
    ({"origin": {**ORIGIN, "database": 7}}, 2007),
    ({"origin": {**ORIGIN, "port": 0}}, 2007),
    ({"origin": {**ORIGIN, "port": 65536}}, 2007),
    ({"origin": {**ORIGIN, "port": "5432"}}, 2007),
    ({"origin": {**ORIGIN, "host": ""}}, 2008),
    ({"origin": {**ORIGIN, "host": "a b"}}, 2008),
    ({"origin": {**ORIGIN, "host": "postgres://db"}}, 2008),
    ({"origin": {**ORIGIN, "host": 7}}, 2008),
    ({"origin": {**LOGIN, "host": "a.example", "access_client_id": "id"}}, 2007),
    ({"caching": "off"}, 2007),
    ({"caching": {"disabled": "yes"}}, 2007),
    ({"caching": {"max_age": -1}}, 2007),
    ({"caching": {"max_age": 3601}}, 2007),
    ({"caching": {"max_age": "60"}}, 2007),
    ({"caching": {"stale_while_revalidate": -1}}, 2007),
    ({"mtls": "on"}, 2007),
    ({"mtls": {"sslmode": "maybe"}}, 2007),
    ({"origin_connection_limit": 4}, 2007),
    ({"origin_connection_limit": 101}, 2007),
    ({"origin_connection_limit": True}, 2007),
    ({"integration": {"provider": "planetscale"}}, 2007),
]


@pytest.mark.parametrize(("wrong", "code"), BAD)
def test_a_config_that_makes_no_sense_changes_nothing(
    http: httpx.Client, base: str, wrong: dict[str, Any], code: int
) -> None:
    before = http.get(base).json()["result"]
    everything = base.rsplit("/", 1)[0]
    sent = {"name": "other", "origin": ORIGIN, **wrong}
    for method, path in (("POST", everything), ("PUT", base)):
        answer = http.request(method, path, json=sent)
        assert answered(answer) == (400, [code])
        assert PASSWORD not in answer.text
    if wrong != {"origin": None}:
        assert answered(http.patch(base, json=wrong)) == (400, [code])
    assert http.get(everything).json()["result"] == [before]


@pytest.mark.parametrize("body", [b"", b"[]", b"{no json", b'"x"', b'{"name": "\\ud800"}'])
def test_a_body_that_is_no_object_is_refused(http: httpx.Client, base: str, body: bytes) -> None:
    for method, path in (("POST", base.rsplit("/", 1)[0]), ("PUT", base), ("PATCH", base)):
        assert answered(http.request(method, path, content=body)) == (400, [2007])


def test_a_name_is_used_once_in_an_account(
    http: httpx.Client, served: ServedCloud, account: str, base: str
) -> None:
    create_account(served.store, "Other account", OTHER_ACCOUNT)
    path = base.rsplit("/", 1)[0]
    assert answered(http.post(path, json={"name": "neon", "origin": ORIGIN})) == (400, [2017])
    second = http.post(path, json={"name": "second", "origin": ORIGIN}).json()["result"]["id"]
    assert answered(http.patch(f"{path}/{second}", json={"name": "neon"})) == (400, [2017])
    assert answered(http.patch(f"{path}/{second}", json={"name": "second"})) == (200, [])
    theirs = path.replace(account, OTHER_ACCOUNT)
    assert answered(http.post(theirs, json={"name": "neon", "origin": ORIGIN})) == (200, [])


def test_the_list_goes_page_by_page(http: httpx.Client, api: Cloudflare, account: str) -> None:
    path = f"/accounts/{account}/hyperdrive/configs"
    for name in ("a", "b", "c"):
        http.post(path, json={"name": name, "origin": ORIGIN})
    assert [c.name for c in api.hyperdrive.configs.list(account_id=account)] == ["a", "b", "c"]
    page = http.get(f"{path}?page=2&per_page=2").json()
    assert [config["name"] for config in page["result"]] == ["c"]
    assert page["result_info"]["total_count"] == 3


def test_a_password_is_in_no_answer(http: httpx.Client, account: str) -> None:
    path = f"/accounts/{account}/hyperdrive/configs"
    behind = {**LOGIN, **PLACES["access"], "access_client_secret": f"{PASSWORD}-of-access"}
    answers = [http.post(path, json={"name": "neon", "origin": behind})]
    id = answers[0].json()["result"]["id"]
    one = f"{path}/{id}"
    answers += [
        http.get(path),
        http.get(one),
        http.patch(one, json={"origin": {"password": f"{PASSWORD}-2"}}),
        http.put(one, json={"name": "neon", "origin": behind}),
        http.post(f"{one}/restart"),
        http.post(path, json={"name": "neon", "origin": behind}),
        http.patch(one, json={"origin": {**behind, "host": ""}}),
    ]
    version = {
        "main_module": "index.js",
        "bindings": [{"type": "hyperdrive", "name": "DB", "id": id}],
    }
    scripts = f"/accounts/{account}/workers/scripts/shop"
    module = ("index.js", b"export default { fetch() {} }", "application/javascript+module")
    uploaded = http.put(scripts, files={"metadata": (None, json.dumps(version)), "index.js": module})  # fmt: skip
    assert uploaded.status_code == 200
    answers += [uploaded, http.get(f"{scripts}/settings"), http.get(f"{scripts}/versions")]
    answers.append(http.delete(one))
    for answer in answers:
        assert PASSWORD not in answer.text, answer.request.url
        assert "hush" not in answer.text, answer.request.url


def test_a_restart_is_noted(http: httpx.Client, base: str) -> None:
    assert "restarted_on" not in http.get(base).json()["result"]
    restarted = http.post(f"{base}/restart").json()["result"]["restarted_on"]
    assert http.get(base).json()["result"]["restarted_on"] == restarted
    assert http.patch(base, json={"name": "n"}).json()["result"]["restarted_on"] == restarted


def test_permissions_and_other_accounts(
    served: ServedCloud, http: httpx.Client, account: str, base: str
) -> None:
    create_account(served.store, "Other account", OTHER_ACCOUNT)
    path = base.rsplit("/", 1)[0]
    reader = served.plain(served.token_with("Hyperdrive Read"))
    assert reader.get(base).status_code == 200
    assert reader.get(path).status_code == 200
    sent = {"name": "x", "origin": ORIGIN}
    for method, place in (("POST", path), ("PUT", base), ("PATCH", base), ("DELETE", base), ("POST", f"{base}/restart")):  # fmt: skip
        assert answered(reader.request(method, place, json=sent)) == FORBIDDEN
    stranger = served.plain(served.token_with("Workers Scripts Write"))
    assert answered(stranger.get(path)) == FORBIDDEN
    other = served.plain(served.token_with("Hyperdrive Write", accounts=(OTHER_ACCOUNT,)))
    assert answered(other.get(base)) == FORBIDDEN
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        theirs = other.request(method, base.replace(account, OTHER_ACCOUNT), json=sent)
        assert answered(theirs) == (404, [2006])
    assert http.get(base).json()["result"]["name"] == "neon"
