"""Whoever leads a rollout tells of it, and nothing of that stands in its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from delivery.commands.rollout import audience
from delivery.commands.rollout.audience import Audience
from delivery.notifications import Notifier
from delivery.notifications.rehearsed import RehearsedNews
from delivery.notifications.webhook import Webhook
from delivery.progress import Progress
from delivery.rollout.events import Event, Kind
from delivery.rollout.journal import Rollout
from delivery.stack import Stack
from tests.unit.delivery.notifications.receiver import Receiver
from tests.unit.report.made_up import Ledger

RETURNING = Event(Kind.RETURNING, {"cause": "error rate", "why": "too many", "verdicts": []})
RETURNED = Event(Kind.RETURNED, {"deployment": "d", "why": "error rate"})


def rollout(**started: str) -> Rollout:
    made = Ledger().rollout()
    return replace(made, started={**made.started, **started})


def test_a_return_is_told_when_it_is_decided_and_when_it_is_done(receiver: Receiver) -> None:
    of = rollout()
    told = Audience(of, Progress(), Notifier([Webhook(receiver.url, "s")]), "https://api.test")
    with told:
        told.hear(of.state, [RETURNING])
        told.hear(of.state, [RETURNED])
    started, decided, back = (one.json() for one in receiver.received)
    assert (started["state"], started["address"]) == ("started", "https://api.test")
    assert (decided["severity"], decided["measured"]["secondsUntilBack"]) == ("error", None)
    assert back["measured"]["secondsUntilBack"] >= 0
    assert all(one["command"] and one["numbers"] and one["severity"] for one in (started, decided))


def test_news_that_cannot_be_made_hold_up_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(audience, "news_of", broken)
    of = rollout()
    told = Audience(of, Progress(), Notifier([Webhook(receiver.url, "s")]))
    with told:
        told.hear(of.state, [RETURNING, RETURNED])
    assert len(receiver.received) == 1
    assert "the news failed (ZeroDivisionError)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({}, None),
        ({"rehearsal": "said"}, RehearsedNews.SAID),
        ({"rehearsal": "sent"}, RehearsedNews.SENT),
        ({"rehearsal": "of a later program"}, RehearsedNews.SAID),
    ],
)
def test_whether_it_is_a_rehearsal_stands_in_the_ledger(
    written: dict[str, str], meant: RehearsedNews | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[RehearsedNews | None] = []

    def notifier_of(
        _stack: object, report: Callable[[str], None], rehearsal: RehearsedNews | None
    ) -> Notifier:
        asked.append(rehearsal)
        return Notifier((), report)

    monkeypatch.setattr(audience, "notifier_of", notifier_of)
    Audience.of(cast("Stack", SimpleNamespace()), rollout(**written), Progress(), None)
    assert asked == [meant]


@pytest.mark.parametrize(
    ("written", "title"), [({}, "# Rollback"), ({"rehearsal": "said"}, "# Rehearsed rollback")]
)
def test_the_record_of_a_rehearsal_says_that_it_is_one(
    tmp_path: Path, written: dict[str, str], title: str
) -> None:
    of = rollout(**written)
    told = Audience(of, Progress(), Notifier(()))
    told.hear(of.state, [RETURNING, RETURNED])
    record = told.record_incident(tmp_path, "ann")
    assert record is not None
    assert record.with_suffix(".md").read_text().startswith(f"{title} of staging, ")
