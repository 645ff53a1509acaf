"""Faults around a candidate: whoever interrupts at any moment, it is known which of them to end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from delivery.rehearsal import disturbance
from delivery.rehearsal.disturbance import Disturbance, end_faults


class Cloud:
    """Its `pitchey local faults`; the `interrupted`-th `add` is done and never answered."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, interrupted: int = 0) -> None:
        self.on = ["users-own"]
        self.added: list[tuple[str, ...]] = []
        self._interrupted = interrupted

        def call(_: Path, *words: str) -> str:
            return self.do(*words[2:])

        monkeypatch.setattr(disturbance, "call", call)

    def do(self, verb: str, *words: str) -> str:
        match verb:
            case "add":
                self.added.append(words)
                self.on.append(f"f{len(self.added)}")
                if len(self.added) == self._interrupted:
                    raise KeyboardInterrupt
            case "clear":
                self.on.remove(words[0])
            case _:
                pass
        return json.dumps([{"id": id} for id in self.on])


@pytest.mark.parametrize("interrupted", [0, 1, 2])
def test_what_was_turned_on_is_ended_and_the_users_own_fault_stays(
    interrupted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud, spared = Cloud(monkeypatch, interrupted), list[str]()

    def spare(faults: Sequence[str]) -> None:
        spared.extend(faults)

    try:
        Disturbance(Path(), spare).api(50)
    except KeyboardInterrupt:
        assert interrupted
    end_faults(Path(), spared)
    assert cloud.on == ["users-own"]


def test_half_of_the_calls_fail_half_of_them_after_the_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cloud = Cloud(monkeypatch)
    Disturbance(Path(), lambda _: None).api(50)
    (_, _, first), (_, _, second, after) = cloud.added
    assert after == "--after"
    assert float(first) == pytest.approx(0.25)
    assert (1 - float(first)) * float(second) == pytest.approx(0.25, abs=0.001)
