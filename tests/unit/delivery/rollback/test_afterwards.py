"""What follows a rollback is tried once each, and none of it can undo the rollback or look as if it had."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace
from typing import cast

import pytest

from delivery.errors import FailedError
from delivery.notifications import Notification, Notifier, Severity
from delivery.rollback.afterwards import best_effort, bring_state, tell_people
from delivery.rollback.component import Returned
from delivery.split import Share
from delivery.stack import Stack

BACK = Returned("bad", "good", True)


@dataclass
class Channel:
    """Keeps what it is told."""

    name: str = "kept"
    minimum: Severity = Severity.ERROR
    told: list[Notification] = field(default_factory=list[Notification])
    wrong: Exception | None = None

    def deliver(self, notification: Notification, timeout: float) -> str | None:
        del timeout
        self.told.append(notification)
        if self.wrong is not None:
            raise self.wrong
        return None


class Pulumi:
    """Of a stack what is asked of it."""

    name = "staging"

    def __init__(self) -> None:
        self.done: list[str] = []

    @contextmanager
    def held(self, wait_seconds: float) -> Generator[None]:
        self.done.append(f"held {wait_seconds:g}")
        yield
        self.done.append("freed")

    def split(self, shares: Sequence[Share], message: str) -> None:
        assert shares == [Share("good", Decimal(100))]
        self.done.append(message)


def stack(one: object) -> Stack:
    return cast("Stack", one)


def told(
    monkeypatch: pytest.MonkeyPatch, why: str, *channels: Channel, left_out: Sequence[str] = ()
) -> str:
    def notifier_of(_stack: object, report: Callable[[str], None]) -> Notifier:
        return Notifier(channels, report, left_out=left_out)

    monkeypatch.setattr("delivery.notifications.of_stack.notifier_of", notifier_of)
    named = stack(SimpleNamespace(name="staging"))
    numbers = {"Since the command": "1.2 s"}
    worker, id = "pitchey-api-staging", "rollback-7"
    return tell_people(named, BACK, worker, why, id, lambda _text: None, numbers)


def test_pulumi_is_told_what_serves_while_the_stack_is_held() -> None:
    pulumi = Pulumi()
    assert bring_state(stack(pulumi), BACK, "pitchey rollback: from bad") == "Pulumi's state agrees"
    assert pulumi.done == ["held 3", "pitchey rollback: from bad", "freed"]


def test_people_hear_what_serves_again_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    channel = Channel()
    assert told(monkeypatch, "checkout fails", channel) == "people are told"
    [news] = channel.told
    assert news.title == "pitchey-api-staging was rolled back"
    assert news.text == "good serves every request again: checkout fails"
    assert (news.id, news.state, news.severity) == ("rollback-7", "aborted", "error")
    assert (news.stable, news.candidate, news.share) == ("good", "bad", 0)
    assert news.numbers == {"Since the command": "1.2 s"}
    assert news.command == "pitchey status staging"


def test_who_could_not_be_told_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Channel(name="broken", wrong=ValueError("no such receiver"))
    said = told(monkeypatch, "", broken, Channel())
    assert said.startswith("broken ")
    assert "people are told" not in said


def test_where_nobody_wants_to_hear_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, "") == "nobody is to be told"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (FailedError("pulumi failed\nwith a long tale", "hint"), "state: not done (pulumi failed)"),
        (OSError(), "state: not done (OSError)"),
    ],
)
def test_what_went_wrong_is_one_line(error: Exception, line: str) -> None:
    said: list[str] = []

    def work() -> str:
        raise error

    assert best_effort("state", work, said.append) == line
    assert said == [line]


def test_what_went_well_is_said_and_nothing_is_left() -> None:
    said: list[str] = []
    assert best_effort("state", lambda: "agrees", said.append) is None
    assert said == ["agrees"]
