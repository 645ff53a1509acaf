"""GitHub shows a rollout as one deployment, whose status is where the rollout is."""

from __future__ import annotations

import pytest

from delivery.notifications import Notifier, State
from delivery.notifications.channel import NotDeliveredError
from delivery.notifications.github import GitHub
from delivery.notifications.line import Limits
from tests.unit.delivery.notifications.github_api import GitHubApi
from tests.unit.delivery.notifications.news import CANARY, news
from tests.unit.delivery.notifications.receiver import Receiver, Reply


def github(receiver: Receiver) -> GitHub:
    return GitHub(CANARY, "owner/name", "c0ffee", api=receiver.url)


def test_a_rollout_is_one_deployment_and_its_states_are_the_statuses(receiver: Receiver) -> None:
    receiver.reply = api = GitHubApi()
    notifier = Notifier([github(receiver)])
    states = [
        State.STARTED,
        State.PROGRESS,
        State.PAUSED,
        State.FINISHED,
        State.RETURNED,
        State.ABORTED,
    ]
    for number, state in enumerate(states):
        notifier.send(news(number, state=state))
    assert notifier.close(20) == []
    assert len(api.deployments) == 1
    made = api.deployments[0]
    assert made["ref"] == "c0ffee"
    assert made["environment"] == "staging"
    assert made["auto_merge"] is False
    assert made["required_contexts"] == []
    assert made["production_environment"] is False
    assert made["payload"]["rollout"] == "r-42"
    assert [(number, status["state"]) for number, status in api.statuses] == [
        (100, "in_progress"),
        (100, "in_progress"),
        (100, "in_progress"),
        (100, "success"),
        (100, "failure"),
        (100, "inactive"),
    ]
    assert api.statuses[0][1] == {
        "state": "in_progress",
        "description": "info: Event 0; 10 %; errors 12 % of 900, stable 0.0988 % of 8,100; p95 910 ms, stable 205 ms",
        "environment": "staging",
        "log_url": "https://example.test/report?a=1&b=2",
        "environment_url": "https://api.example.test",
    }


def test_another_machine_goes_on_with_the_same_deployment(receiver: Receiver) -> None:
    receiver.reply = api = GitHubApi()
    github(receiver).deliver(news(1), 5.0)
    github(receiver).deliver(news(2, state=State.FINISHED), 5.0)
    github(receiver).deliver(news(1, rollout="r-43"), 5.0)
    assert [number for number, _ in api.statuses] == [100, 100, 101]
    assert len(api.deployments) == 2


def test_a_lost_answer_makes_no_second_deployment(receiver: Receiver) -> None:
    receiver.reply = api = GitHubApi(lose_next_answer=True)
    notifier = Notifier([github(receiver)], limits=Limits(pause=0.01))
    notifier.send(news(1))
    assert notifier.close(20) == []
    assert len(api.deployments) == len(api.statuses) == 1


def test_a_payload_that_comes_back_as_text_is_read(receiver: Receiver) -> None:
    receiver.reply = api = GitHubApi()
    for number, payload in enumerate(("", "{", '"r-42"', '{"rollout": "r-42"}')):
        row = {"id": number, "environment": "staging", "task": "rollout", "payload": payload}
        api.deployments.append(row)
    github(receiver).deliver(news(1), 5.0)
    assert [number for number, _ in api.statuses] == [3]


def test_a_title_fits_github_s_140_characters(receiver: Receiver) -> None:
    receiver.reply = api = GitHubApi()
    github(receiver).deliver(news(1, title="é\n" * 200, link=None, address="staging"), 5.0)
    status = api.statuses[0][1]
    assert len(status["description"]) == 140
    assert "\n" not in status["description"]
    assert "log_url" not in status
    assert "environment_url" not in status


def test_a_test_makes_no_deployment(receiver: Receiver) -> None:
    receiver.reply = api = GitHubApi()
    remark = github(receiver).deliver(news(1, state=State.TEST), 5.0)
    assert remark == "deployments can be read; none was made for a test"
    assert api.deployments == []


@pytest.mark.parametrize(
    ("reply", "reason", "again"),
    [
        (Reply(401, CANARY.encode()), "answered 401", False),
        (Reply(403, CANARY.encode()), "answered 403", False),
        (Reply(403, headers={"X-RateLimit-Remaining": "0"}), "answered 403", True),
        (Reply(403, headers={"Retry-After": "3"}), "answered 403", True),
        (Reply(502, b"<html>"), "answered 502", True),
        (Reply(200, CANARY.encode()), "answered what is no JSON", True),
        (Reply(200, b"{}"), "answered something else than deployments", False),
        (Reply(200, b"[3]"), "answered something else than deployments", False),
    ],
)
def test_an_answer_that_is_none_is_said_without_the_token(
    receiver: Receiver, reply: Reply, reason: str, again: bool
) -> None:
    receiver.reply = lambda _: reply
    channel = github(receiver)
    with pytest.raises(NotDeliveredError) as caught:
        channel.deliver(news(1), 5.0)
    assert (caught.value.reason, caught.value.again) == (reason, again)
    assert caught.value.__context__ is None
    assert CANARY not in repr(channel)
