"""Notifications: alert types, policies, webhooks with their test message, and silences."""

from __future__ import annotations

import json
import threading
import typing
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
from cloudflare import (
    APIStatusError,
    BadRequestError,
    Cloudflare,
    NotFoundError,
    PermissionDeniedError,
)
from cloudflare.types.alerting.policy import Policy
from cloudflare.types.alerting.policy_filter import PolicyFilter

from localcloud.api.alerting.alert_types import ALERT_TYPES, FILTERS
from localcloud.api.store import Store
from tests.localcloud.conftest import ServedCloud
from tests.localcloud.workers.test_scripts import codes

Body = dict[str, Any]
POLICY: Body = {
    "name": "Health of the API",
    "alert_type": "health_check_status_notification",
    "enabled": True,
    "mechanisms": {"email": [{"id": "ops@example.com"}]},
}


class Target:
    """A web service on loopback that notes what it was told and answers `status`."""

    def __init__(self) -> None:
        self.status = 200
        self.received: list[tuple[str, str | None, str | None, Body]] = []
        target = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["content-length"]))
                secret, host = self.headers["cf-webhook-auth"], self.headers["host"]
                target.received.append((self.path, secret, host, json.loads(content)))
                self.send_response(target.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quietly."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook"


@pytest.fixture
def target() -> Iterator[Target]:
    target = Target()
    thread = threading.Thread(target=target.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield target
    target.server.shutdown()
    thread.join(10)
    target.server.server_close()


def make_policy(api: Cloudflare, account: str, **fields: Any) -> str:
    made = api.alerting.policies.create(account_id=account, **{**POLICY, **fields})
    assert made is not None
    assert made.id is not None
    return made.id


def make_webhook(api: Cloudflare, account: str, url: str, **fields: Any) -> str:
    made = api.alerting.destinations.webhooks.create(
        account_id=account, name="On-call", url=url, **fields
    )
    assert made is not None
    assert made.id is not None
    return made.id


def test_every_official_alert_type_and_filter_is_known(api: Cloudflare, account: str) -> None:
    (official, _) = typing.get_args(Policy.model_fields["alert_type"].annotation)
    assert set(typing.get_args(official)) == ALERT_TYPES
    assert set(PolicyFilter.model_fields) == FILTERS
    available = api.alerting.available_alerts.list(account_id=account)
    assert available is not None
    assert {alert.type for alerts in available.values() for alert in alerts} == ALERT_TYPES


def test_a_policy_reads_back_as_it_was_made(
    api: Cloudflare, account: str, http: httpx.Client
) -> None:
    filters = {"status": ["Unhealthy"], "health_check_id": ["a" * 32]}
    id = make_policy(api, account, filters=filters, description="mine")
    path = f"/accounts/{account}/alerting/v3/policies/{id}"
    shown = http.get(path).json()["result"]
    assert (shown["filters"], shown["description"]) == (filters, "mine")
    assert {key: shown[key] for key in POLICY} == POLICY
    assert http.put(path, json=shown).json()["result"] == {"id": id}
    assert http.get(path).json()["result"] == shown
    api.alerting.policies.update(id, account_id=account, enabled=False)
    changed = api.alerting.policies.get(id, account_id=account)
    assert changed is not None
    assert (changed.enabled, changed.name, changed.description) == (False, POLICY["name"], "mine")
    assert [policy.id for policy in api.alerting.policies.list(account_id=account)] == [id]
    api.alerting.policies.delete(id, account_id=account)
    with pytest.raises(NotFoundError) as refusal:
        api.alerting.policies.get(id, account_id=account)
    assert refusal.value.errors[0].message == "Policy not found"
    with pytest.raises(BadRequestError) as unknown:
        api.alerting.policies.update(id, account_id=account, enabled=False)
    assert codes(unknown) == [17004]


def test_an_id_may_be_written_as_a_uuid(api: Cloudflare, account: str) -> None:
    id = make_policy(api, account)
    parts = (id[:8], id[8:12], id[12:16], id[16:20], id[20:])
    found = api.alerting.policies.get("-".join(parts), account_id=account)
    assert found is not None
    assert found.id == id


BAD_POLICIES: list[tuple[Body, int]] = [
    ({"alert_type": "no_such_alert"}, 17004),
    ({"name": ""}, 17104),
    ({"enabled": "yes"}, 17104),
    ({"mechanisms": {}}, 17102),
    ({"mechanisms": {"email": []}}, 17102),
    ({"mechanisms": {"pigeon": [{"id": "x"}]}}, 17104),
    ({"mechanisms": {"email": [{"id": "nobody"}]}}, 17104),
    ({"mechanisms": {"email": [{}]}}, 17104),
    ({"mechanisms": {"webhooks": [{"id": "f" * 32}]}}, 0),
    ({"filters": {"colour": ["red"]}}, 17103),
    ({"filters": {"status": "Unhealthy"}}, 17103),
    ({"alert_type": "billing_usage_alert"}, 17103),
]


@pytest.mark.parametrize(("fields", "code"), BAD_POLICIES)
def test_a_policy_that_makes_no_sense_is_refused(
    http: httpx.Client, account: str, fields: Body, code: int
) -> None:
    path = f"/accounts/{account}/alerting/v3/policies"
    answer = http.post(path, json={**POLICY, **fields})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    assert http.get(path).json()["result"] == []


def test_a_new_webhook_gets_a_test_message_with_its_secret(
    api: Cloudflare, account: str, target: Target
) -> None:
    id = make_webhook(api, account, target.url, secret="s3cret")
    ((path, secret, _, message),) = target.received
    assert (path, secret) == ("/hook", "s3cret")
    assert message["text"].startswith("Hello World! This is a test message")
    found = api.alerting.destinations.webhooks.get(id, account_id=account)
    assert found is not None
    assert (found.name, found.url, found.type) == ("On-call", target.url, "generic")
    assert found.last_success is not None
    make_policy(api, account, mechanisms={"webhooks": [{"id": id}]})


def test_the_secret_of_a_webhook_is_never_shown_again(
    api: Cloudflare, account: str, target: Target, http: httpx.Client
) -> None:
    id = make_webhook(api, account, target.url, secret="s3cret")
    path = f"/accounts/{account}/alerting/v3/destinations/webhooks"
    assert "s3cret" not in http.get(path).text + http.get(f"{path}/{id}").text
    target.status = 500
    refused = http.put(f"{path}/{id}", json={"name": "x", "url": target.url, "secret": "s3cret"})
    assert refused.status_code == 400
    assert "s3cret" not in refused.text


def test_a_changed_webhook_is_tested_with_the_secret_that_it_has(
    api: Cloudflare, account: str, target: Target
) -> None:
    id = make_webhook(api, account, target.url, secret="s3cret")
    api.alerting.destinations.webhooks.update(
        id, account_id=account, name="New name", url=target.url + "/2"
    )
    assert [(path, secret) for path, secret, _, _ in target.received] == [
        ("/hook", "s3cret"),
        ("/hook/2", "s3cret"),
    ]
    found = api.alerting.destinations.webhooks.get(id, account_id=account)
    assert found is not None
    assert (found.name, found.url) == ("New name", target.url + "/2")
    api.alerting.destinations.webhooks.delete(id, account_id=account)
    assert list(api.alerting.destinations.webhooks.list(account_id=account)) == []
    with pytest.raises(NotFoundError):
        api.alerting.destinations.webhooks.delete(id, account_id=account)


def test_a_webhook_whose_test_fails_is_not_kept(
    api: Cloudflare, account: str, target: Target
) -> None:
    target.status = 404
    with pytest.raises(BadRequestError) as refusal:
        make_webhook(api, account, target.url)
    assert refusal.value.errors[0].message == "Webhook test failed with status code 404 Not Found"
    target.server.shutdown()
    target.server.server_close()
    with pytest.raises(BadRequestError) as silent:
        make_webhook(api, account, target.url)
    assert "Webhook test failed" in str(silent.value.errors[0].message)
    assert list(api.alerting.destinations.webhooks.list(account_id=account)) == []


def test_a_name_under_localhost_is_reached_without_a_resolver_or_a_proxy(
    api: Cloudflare, account: str, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    make_webhook(api, account, f"http://hooks.pitchey.localhost:{target.port}/hook")
    assert [host for _, _, host, _ in target.received] == [f"hooks.pitchey.localhost:{target.port}"]


@pytest.mark.parametrize(
    ("url", "type"),
    [
        ("https://hooks.slack.com/services/T0/B0/x", "slack"),
        ("https://hooks.example.com/x", "generic"),
        ("http://127.0.0.1@hooks.example.com/", "generic"),
        ("https://discord.com/api/webhooks/1/x", "discord"),
    ],
)
def test_nobody_but_this_machine_is_contacted(
    api: Cloudflare, account: str, monkeypatch: pytest.MonkeyPatch, url: str, type: str
) -> None:
    async def contacted(*_args: object, **_fields: object) -> httpx.Response:
        raise AssertionError("a webhook elsewhere was contacted")

    monkeypatch.setattr(httpx.AsyncClient, "post", contacted)
    id = make_webhook(api, account, url)
    found = api.alerting.destinations.webhooks.get(id, account_id=account)
    assert found is not None
    assert (found.url, found.type, found.last_success) == (url, type, None)


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "url": "https://hooks.example.com/"},
        {"name": "x"},
        {"name": "x", "url": "ftp://hooks.example.com/"},
        {"name": "x", "url": "https://"},
        {"name": "x", "url": "http://[bad/"},
        {"name": "x", "url": 5},
        {"name": "x", "url": "https://hooks.example.com/", "secret": 5},
    ],
)
def test_a_webhook_that_makes_no_sense_is_refused(
    http: httpx.Client, account: str, body: Body
) -> None:
    path = f"/accounts/{account}/alerting/v3/destinations/webhooks"
    assert http.post(path, json=body).status_code == 400
    assert http.get(path).json()["result"] == []


def test_silences_are_made_changed_and_deleted(
    api: Cloudflare, account: str, http: httpx.Client
) -> None:
    policy = make_policy(api, account)
    start, end = "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z"
    silences = api.alerting.silences
    silences.create(
        account_id=account, body=[{"policy_id": policy, "start_time": start, "end_time": end}]
    )
    (made,) = silences.list(account_id=account)
    assert (made.policy_id, made.start_time, made.end_time) == (policy, start, end)
    assert made.id is not None
    later = "2026-12-03T00:00:00Z"
    (changed,) = silences.update(account_id=account, body=[{"id": made.id, "end_time": later}])
    assert (changed.start_time, changed.end_time) == (start, later)
    read = silences.get(made.id, account_id=account)
    assert read is not None
    assert read.end_time == later
    silences.delete(made.id, account_id=account)
    with pytest.raises(NotFoundError):
        silences.get(made.id, account_id=account)
    path = f"/accounts/{account}/alerting/v3/silences"
    bad: list[Any] = [
        {},
        [],
        [{"policy_id": policy, "start_time": end, "end_time": start}],
        [{"policy_id": policy, "start_time": "soon", "end_time": end}],
        [{"policy_id": policy, "start_time": "2026-12-01T00:00:00", "end_time": end}],
    ]
    for body in bad:
        assert http.post(path, json=body).status_code == 400
    good = {"policy_id": policy, "start_time": start, "end_time": end}
    unknown = http.post(path, json=[good, {**good, "policy_id": "f" * 32}])
    assert unknown.status_code == 404
    assert http.get(path).json()["result"] == []


def test_nothing_was_sent_and_mail_is_there_to_send_with(api: Cloudflare, account: str) -> None:
    assert list(api.alerting.history.list(account_id=account)) == []
    eligible = api.alerting.destinations.eligible.get(account_id=account)
    assert eligible is not None
    assert {row.type for rows in eligible.values() for row in rows} == {"email", "pagerduty", "webhook"}  # fmt: skip
    assert list(api.alerting.destinations.pagerduty.get(account_id=account)) == []


def test_notifications_have_permissions_of_their_own_and_stay_in_their_account(
    served: ServedCloud, account: str, store: Store
) -> None:
    make_policy(served.client(), account)
    reader = served.client(served.token_with("Notifications Read"))
    assert len(list(reader.alerting.policies.list(account_id=account))) == 1
    with pytest.raises(PermissionDeniedError):
        make_policy(reader, account)
    with pytest.raises(PermissionDeniedError):
        make_webhook(reader, account, "https://hooks.example.com/")
    stranger = served.client(served.token_with("*", accounts=("f" * 32,)))
    with pytest.raises(APIStatusError):
        list(stranger.alerting.policies.list(account_id=account))
    assert len(store.list("notification_policy", account)) == 1
