"""Who asks something of a rollout hears what whoever leads it says, and what to do when it says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest

from delivery.commands.rollout.hearing import UnansweredError, ask
from delivery.errors import RefusedError
from delivery.progress import Progress
from delivery.rollout.journal import Rollout
from delivery.rollout.leading import Place
from delivery.rollout.ledger import Lease
from delivery.rollout.measurements import Verb
from tests.unit.report.made_up import Ledger as MadeUp
from tests.unit.rollout.ledgers import MemoryLedger

ROLLOUT: Rollout = MadeUp().rollout()
LEASE = Lease("host, process 7, 1", 1, 1030.0)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("delivery.commands.rollout.hearing._LEAST_SECONDS", 0.2)
    monkeypatch.setattr("delivery.commands.rollout.hearing._LOOKS", 0)
    monkeypatch.setattr("delivery.commands.rollout.hearing._EVERY", 0.01)


@dataclass
class Led(MemoryLedger):
    """`answer` is what is written to each request: a kind, and what stands in it."""

    answer: tuple[str, Mapping[str, Any]] | None = None

    def request(self, rollout: str, body: Mapping[str, Any]) -> int:
        number = super().request(rollout, body)
        self._write("asked", rollout, {"request": number - 1, "obeyed": True, "why": "old"}, 1)
        self._write("returned", "another rollout", {"why": "of another"}, 1)
        self._write("switched", rollout, {"superseded": True}, 1)
        if self.answer is not None:
            kind, told = self.answer
            self._write(kind, rollout, {"request": number, **told}, 1)
        return number


def asked(ledger: Led, verb: Verb = Verb.PAUSE) -> None:
    place = SimpleNamespace(ledger=ledger, stack=SimpleNamespace(name="staging"))
    ask(cast("Place", place), ROLLOUT, LEASE, verb, "because", Progress())


@pytest.mark.parametrize("why", ["", "after 5 %, which is being applied"])
def test_an_answer_is_waited_for_and_told(why: str, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = Led(answer=("asked", {"obeyed": True, "why": why}))
    asked(ledger)
    assert (why or "it obeys") in capsys.readouterr().err
    assert ledger.entries[0].body["why"] == "because"


def test_a_refusal_is_told_with_its_reason() -> None:
    ledger = Led(answer=("asked", {"obeyed": False, "why": "it is paused already"}))
    with pytest.raises(RefusedError, match="process 7, 1 refuses: it is paused already"):
        asked(ledger)


def test_whoever_is_on_its_way_back_already_has_what_an_abort_wants() -> None:
    asked(Led(answer=("asked", {"obeyed": False, "why": "it is returning"})), Verb.ABORT)


@pytest.mark.parametrize("kind", ["returned", "switched"])
def test_a_rollout_that_came_back_meanwhile_is_aborted_and_cannot_be_paused(kind: str) -> None:
    asked(Led(answer=(kind, {"why": "errors"})), Verb.SIGNAL)
    with pytest.raises(RefusedError, match="stable is back: errors"):
        asked(Led(answer=(kind, {"why": "errors"})))


def test_an_abort_that_came_too_late_says_what_puts_stable_back() -> None:
    with pytest.raises(RefusedError, match="come to its end") as told:
        asked(Led(answer=("finished", {})), Verb.ABORT)
    assert told.value.hint == "`pitchey rollback staging` puts the last good version back"


@pytest.mark.parametrize("leased", [True, False])
def test_whoever_does_not_answer_is_told_with_who_can_lead_instead(leased: bool) -> None:
    with pytest.raises(UnansweredError, match="process 7, 1 leads it and does not answer") as told:
        asked(Led(leased=leased), Verb.ABORT)
    assert "--take" in (told.value.hint or "")
