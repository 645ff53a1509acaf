"""Whoever wants to hear of rollouts hears of each once, can tell that it comes from here, and of a rollback too."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import ssl
import subprocess
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.checkout import Checkout, live_split
from tests.integration.rollouts import HOST, WORKER, deploy, led, ready, versions
from tests.integration.users import users
from tests.unit.delivery.notifications.certificate import certificate_in
from tests.unit.delivery.notifications.receiver import Received, Receiver, receiving

pytestmark = pytest.mark.engine


@dataclass
class Told:
    """A stack that tells a webhook, and its receiver with the secret of both."""

    cloud: Checkout
    receiver: Receiver
    secret: str
    env: dict[str, str]

    def news(self) -> list[dict[str, Any]]:
        """What came since it was asked last, each verified as a receiver does."""
        came, self.receiver.received[:] = list(self.receiver.received), []
        for one in came:
            self._verify(one)
        return [one.json() for one in came]

    def _verify(self, one: Received) -> None:
        pairs = dict(pair.split("=", 1) for pair in one.headers["pitchey-signature"].split(","))
        signed = hmac.new(
            self.secret.encode(), pairs["t"].encode() + b"." + one.body, hashlib.sha256
        )
        assert hmac.compare_digest(signed.hexdigest(), pairs["v1"])
        assert abs(int(pairs["t"]) - time.time()) < 300
        assert one.headers["pitchey-delivery"] == one.json()["id"]


@pytest.fixture(scope="module")
def told(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Generator[Told]:
    certificate = certificate_in(tmp_path_factory.mktemp("receiver"))
    offered = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    offered.load_cert_chain(certificate)
    cloud = ready(checkout)
    cloud.edit(
        "Pulumi.staging.yaml",
        ("pitchey:rollouts:\n", "pitchey:rollouts:\n    notify: [{kind: webhook}]\n"),
    )
    key = secrets.token_urlsafe(48)
    with receiving(offered) as receiver:
        for name, value in {"webhookUrl": f"{receiver.url}/hook", "webhookSecret": key}.items():
            words = ("pulumi", "staging", "config", "set", "--secret", f"pitchey:{name}")
            subprocess.run(
                cloud.command(*words),
                cwd=cloud.folder,
                env=cloud.environment(),
                input=value,
                text=True,
                capture_output=True,
                check=True,
            )
        yield Told(cloud, receiver, key, {"SSL_CERT_FILE": str(certificate), "no_proxy": "*"})


def test_a_test_arrives_where_news_would(told: Told) -> None:
    done = told.cloud.pitchey("notify", "staging", "--json", env=told.env)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["channels"] == [
        {"channel": "webhook", "told": True, "detail": "told"}
    ]
    [news] = told.news()
    assert (news["state"], news["stack"], news["worker"]) == ("test", "staging", WORKER)
    assert told.secret not in done.stdout + done.stderr


def test_a_rollout_is_told_from_its_start_to_its_end(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in told.env.items():
        monkeypatch.setenv(name, value)
    stable, candidate = versions(told.cloud)
    with (
        users(told.cloud, HOST),
        led(told.cloud, "start", "staging", "--strategy", "short") as leading,
    ):
        status = leading.end(150)
    assert status == 0, leading.told
    assert live_split(told.cloud, WORKER) == [(candidate, 100)]
    news = told.news()
    states = [one["state"] for one in news]
    assert (states[0], states[-1]) == ("started", "finished")
    assert "progress" in states
    ids = [one["id"] for one in news]
    assert len(set(ids)) == len(ids)
    assert {one["rollout"] for one in news} == {ids[0].partition(":")[0]}
    assert {(one["stable"], one["candidate"]) for one in news} == {(stable, candidate)}


def test_a_rollback_by_hand_is_told_with_its_reason(told: Told) -> None:
    [(candidate, _)] = live_split(told.cloud, WORKER)
    done = told.cloud.pitchey("rollback", "staging", "--reason", "checkout fails", env=told.env)
    assert done.returncode == 0, done.stderr
    assert "people are told" in done.stderr
    [news] = told.news()
    assert (news["state"], news["severity"], news["share"]) == ("aborted", "error", 0)
    assert news["candidate"] == candidate
    assert "checkout fails" in news["text"]


def test_a_receiver_that_is_gone_holds_no_rollback_up(told: Told, tmp_path: Path) -> None:
    [(stable, _)] = live_split(told.cloud, WORKER)
    candidate = told.cloud.outputs()["uploadedVersionId"]
    deploy(told.cloud, {stable: 80, candidate: 20})
    # Another's certificate: nothing is told to whom nobody vouches for.
    env = {**told.env, "SSL_CERT_FILE": str(certificate_in(tmp_path))}
    done = told.cloud.pitchey("rollback", "staging", "--json", env=env)
    assert done.returncode == 0, done.stderr
    [worker] = json.loads(done.stdout)["components"]
    assert (worker["after"], worker["verified"]) == (stable, True)
    assert "its certificate is not to be trusted" in done.stderr
    assert told.news() == []
