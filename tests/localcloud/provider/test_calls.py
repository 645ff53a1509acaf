"""Calls of the official provider that are more than a body and an answer: uploads in parts, lists to their end, values of KV,
and resources that the local cloud does not have."""

from __future__ import annotations

import json
import re
from email.parser import BytesParser
from typing import Any

import httpx
import pytest

from localcloud.api.tokens import new_secret
from tests.localcloud.conftest import ACCOUNT, ZONE, ServedCloud
from tests.localcloud.provider import workers

_A = f"/accounts/{ACCOUNT}"
_SCRIPT = _A + "/workers/scripts/legacy"
_CODE = "export default { fetch() { return new Response('hi') } }"


def upload(http: httpx.Client, code: str = _CODE, **metadata: object) -> httpx.Response:
    """As `WorkersScript` sends it: each part is named for its module and has no file name."""
    parts: dict[str, Any] = {
        "metadata": (None, json.dumps(metadata), "application/json"),
        "worker.js": (None, code, "application/javascript+module"),
    }
    return http.put(_SCRIPT, files=parts)


def first_part(answer: httpx.Response) -> str:
    header = b"Content-Type: " + answer.headers["content-type"].encode() + b"\r\n\r\n"
    parts = list(BytesParser().parsebytes(header + answer.content).walk())
    content = parts[1].get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def test_a_script_reads_back_by_service_settings_and_content(http: httpx.Client) -> None:
    bindings = [
        {"name": "MODE", "type": "plain_text", "text": "staging"},
        {"name": "TOKEN", "type": "secret_text", "text": "hush"},
    ]
    made = upload(http, main_module="worker.js", bindings=bindings).json()["result"]
    script = http.get(_A + "/workers/services/legacy").json()["result"]["default_environment"][
        "script"
    ]
    for computed in ("created_on", "modified_on", "etag", "handlers", "has_modules", "usage_model"):
        assert script[computed] == made[computed]
    settings = http.get(_SCRIPT + "/settings").json()["result"]
    assert settings["bindings"] == [bindings[0], {"name": "TOKEN", "type": "secret_text"}]
    assert settings["placement"] == {}
    assert not {"compatibility_date", "limits", "migration_tag"} & settings.keys()
    assert first_part(http.get(_SCRIPT + "/content/v2")) == _CODE


def test_a_script_is_changed_imported_and_destroyed(http: httpx.Client) -> None:
    upload(http, main_module="worker.js")
    other = _CODE.replace("hi", "you")
    changed = upload(http, other, main_module="worker.js", compatibility_date="2026-01-01")
    assert changed.status_code == 200
    settings = http.get(_SCRIPT + "/settings").json()["result"]
    assert settings["compatibility_date"] == "2026-01-01"
    assert first_part(http.get(_SCRIPT)) == other
    assert http.delete(_SCRIPT).status_code == 200
    for path in (_A + "/workers/services/legacy", _SCRIPT + "/settings", _SCRIPT + "/content/v2"):
        assert http.get(path).status_code == 404


def test_a_value_of_kv_is_a_form_and_reads_back_as_bytes(http: httpx.Client) -> None:
    made = http.post(_A + "/storage/kv/namespaces", json={"title": "flags"}).json()["result"]
    namespace = f"{_A}/storage/kv/namespaces/{made['id']}"
    parts: dict[str, Any] = {"value": (None, "on"), "metadata": (None, '{"by":"me"}')}
    assert http.put(namespace + "/values/a%2Fb", files=parts).status_code == 200
    read = http.get(namespace + "/values/a%2Fb")
    assert (read.status_code, read.text) == (200, "on")
    assert http.get(namespace + "/metadata/a%2Fb").json()["result"] == {"by": "me"}
    assert http.delete(namespace + "/values/a%2Fb").status_code == 200
    assert http.get(namespace + "/values/a%2Fb").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/accounts",
        "/zones",
        f"/zones/{ZONE}/dns_records",
        _A + "/workers/workers",
        _A + "/storage/kv/namespaces",
        _A + "/hyperdrive/configs",
        _A + "/pages/projects",
    ],
)
def test_a_list_ends_with_an_empty_page(http: httpx.Client, path: str) -> None:
    """Data sources ask for page after page until one is empty."""
    http.post(_A + "/workers/workers", json={"name": "shop"})
    seen = http.get(path, params={"per_page": 50}).json()["result_info"]["total_pages"]
    assert http.get(path, params={"page": seen + 1, "per_page": 50}).json()["result"] == []


def test_the_live_deployment_is_first_in_the_list_and_under_its_own_name(
    http: httpx.Client,
) -> None:
    """Cloudflare gives `deployments`, not the `items` that the SDKs and the provider's own data source look for: whoever
    wants to know who serves has to read this answer."""
    made = http.post(_A + "/workers/workers", json={"name": "shop"}).json()["result"]
    version = http.post(
        f"{_A}/workers/workers/{made['id']}/versions",
        json={"main_module": "index.js", "modules": [workers.MODULE]},
    ).json()["result"]["id"]
    share = {"version_id": version, "percentage": 100}
    path = _A + "/workers/scripts/shop/deployments"
    ids = [
        http.post(path, json={"strategy": "percentage", "versions": [share]}).json()["result"]["id"]
        for _ in range(2)
    ]
    listed = http.get(path).json()["result"]
    assert listed.keys() == {"deployments"}
    assert [deployment["id"] for deployment in listed["deployments"]] == ids[::-1]
    assert listed["deployments"][0]["versions"] == [share]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", _A + "/d1/database"),
        ("POST", _A + "/queues"),
        ("PUT", _A + "/event_notifications/r2/uploads/configuration/queues/q"),
        ("POST", f"/zones/{ZONE}/logpush/jobs"),
        ("GET", _A + "/vectorize/v2/indexes/i"),
    ],
)
def test_a_resource_that_is_not_served_is_no_route(
    http: httpx.Client, method: str, path: str
) -> None:
    answer = http.request(method, path, json={"name": "x"})
    assert answer.status_code == 400
    assert [error["code"] for error in answer.json()["errors"]] == [7003, 7000]
    assert answer.json()["success"] is False


def test_a_token_has_the_form_that_the_provider_asks_for() -> None:
    assert re.fullmatch(r"[A-Za-z0-9-_]{40}", new_secret())


def test_the_provider_is_known_by_its_agent(served: ServedCloud) -> None:
    agent = {"user-agent": "terraform-provider-cloudflare/5.13.0 terraform-plugin-framework/1.15"}
    http = served.plain()
    made = http.post(_A + "/workers/workers", json={"name": "shop"}).json()["result"]
    version = http.post(
        f"{_A}/workers/workers/{made['id']}/versions",
        json={"main_module": "index.js", "modules": [workers.MODULE]},
        headers=agent,
    ).json()["result"]
    assert version["source"] == "terraform"


@pytest.mark.parametrize("sent", [{"jurisdiction": "moon"}, {"mode": "classic"}])
def test_a_namespace_is_in_no_place_that_is_not_known(
    http: httpx.Client, sent: dict[str, str]
) -> None:
    refused = http.post(_A + "/storage/kv/namespaces", json={"title": "flags", **sent})
    assert refused.status_code == 400
    assert next(iter(sent)) in refused.json()["errors"][0]["message"]
    assert http.get(_A + "/storage/kv/namespaces").json()["result"] == []
