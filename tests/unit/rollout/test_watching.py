"""Whom our own eyes ask: those who are in the live deployment, since anybody else's probes are answered by whoever serves."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

import pytest

from delivery.rollout.convergence import Convergence
from delivery.rollout.leading import is_deployed
from delivery.rollout.measurements import Probed
from delivery.rollout.state import ALL, State
from delivery.rollout.strategy import Strategy
from delivery.rollout.watching import EdgeWatcher

BLUE_GREEN = Strategy.model_validate({"name": "x", "steps": [{"share": 0}, {"share": 100}]})
AT_ONCE = Strategy.model_validate({"name": "x", "split": False, "steps": [{"share": 100}]})


@dataclass
class Prober:
    asked: list[str] = field(default_factory=list[str])
    answers: Probed = field(default_factory=lambda: Probed(good=1))

    def probe(self, version: str) -> Probed:
        self.asked.append(version)
        return self.answers


def deployed(strategy: Strategy, state: State) -> list[str]:
    return [version for version in ("old", "new") if is_deployed(strategy, state, version)]


def state(share: Decimal, wanted: Decimal | None = None, step: int = 0) -> State:
    return State("old", "new", share=share, wanted=wanted, step=step)


@pytest.mark.parametrize(
    ("told", "there"),
    [
        (state(Decimal(0), step=-1), ["old"]),
        (state(Decimal(0), Decimal(0)), ["old"]),
        (state(Decimal(0)), ["old", "new"]),
        (state(Decimal(50)), ["old", "new"]),
        # From here on the deployment may be there at any time.
        (state(Decimal(50), ALL), ["new"]),
        (state(ALL), ["new"]),
    ],
)
def test_at_everything_stable_is_not_there_and_at_probes_alone_the_candidate_is(
    told: State, there: list[str]
) -> None:
    assert deployed(BLUE_GREEN, told) == there


def test_what_cannot_be_split_serves_alone() -> None:
    assert deployed(AT_ONCE, state(Decimal(0))) == ["old"]


def test_only_who_is_there_is_probed() -> None:
    prober = Prober()
    watcher = EdgeWatcher(
        prober, lambda _old, _new: cast("Convergence", None), "old", "new", every=0.01
    )
    watcher.is_there = lambda version: version == "new"
    with watcher:
        deadline = time.monotonic() + 10
        while len(prober.asked) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert set(prober.asked) == {"new"}
    candidate, stable = watcher.probed()
    assert candidate.good >= 3
    assert stable == Probed()


def test_after_a_bad_round_the_next_comes_sooner_and_whoever_decides_is_told() -> None:
    pauses: list[float] = []
    told: list[str] = []

    class Impatient(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout or 0.0)
            if len(pauses) == 3:
                prober.answers = Probed(bad=1)
            if len(pauses) == 5:
                prober.answers = Probed(good=1)
            return len(pauses) > 6 or super().wait(0.001)

    prober = Prober()
    watcher = EdgeWatcher(
        prober, lambda _old, _new: cast("Convergence", None), "old", "new", every=8
    )
    watcher._stop = Impatient()  # pyright: ignore[reportPrivateUsage]
    watcher.on_bad = lambda: told.append("bad")
    watcher._probe()  # pyright: ignore[reportPrivateUsage]
    assert pauses == [8, 8, 8, 2, 2, 8, 8]
    assert told == ["bad", "bad"]
