"""Whoever wants to hear of rollouts hears of each once, can tell that it comes from here, and of a rollback too."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.integration.checkout import Checkout, live_split
from tests.integration.hearing import LINK, Told, hearing
from tests.integration.rollouts import HOST, WORKER, deploy, led, versions
from tests.integration.users import users
from tests.unit.delivery.notifications.certificate import certificate_in

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def told(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Generator[Told]:
    with hearing(checkout, tmp_path_factory.mktemp("receiver")) as one:
        yield one


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
    rollout = news[0]["rollout"]
    for one in news:
        assert one["severity"] in {"info", "warning"}
        assert one["link"] == LINK.format(rollout=rollout)
        assert one["command"] == f"pitchey rollout report staging {rollout}"
        assert not one["rehearsal"]
    page = told.cloud.done(*news[0]["command"].split()[1:])
    assert (told.cloud.folder / page.strip()).is_file()
    passed = next(one for one in news if one["measured"]["verdicts"])
    for version in ("candidate", "stable"):
        served = passed["measured"][version]
        assert served["requests"] >= 20
        assert served["errorRate"] == 0
        assert served["p95Milliseconds"] > 0
    assert passed["share"] == 50
    assert "Verdict on error rate" in passed["numbers"]
    seconds = [one["measured"]["seconds"] for one in news]
    assert seconds == sorted(seconds)
    assert news[-1]["measured"]["alone"]["requests"] > 0


def test_a_rollback_by_hand_is_told_with_its_reason(told: Told) -> None:
    [(candidate, _)] = live_split(told.cloud, WORKER)
    done = told.cloud.pitchey("rollback", "staging", "--reason", "checkout fails", env=told.env)
    assert done.returncode == 0, done.stderr
    assert "people are told" in done.stderr
    [news] = told.news()
    assert (news["state"], news["severity"], news["share"]) == ("aborted", "error", 0)
    assert news["candidate"] == candidate
    assert "checkout fails" in news["text"]
    assert news["command"] == "pitchey status staging"
    assert news["numbers"]["Verified at the edge"] == "yes"
    assert news["numbers"]["Since the command"].endswith(" s")


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
