"""The edge is believed to agree when it does, and not before."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Mapping
from decimal import Decimal

import httpx
import pytest

from delivery.rollout.convergence import Agreement, Convergence

STABLE, CANDIDATE = "11111111-aaaa", "22222222-bbbb"
CONVERGES = 15.0
LOOK = 1.0


class ConvergingEdge:
    """Each answer comes from some place of the edge: with a chance that grows to 1 over 15 s it has the new split."""

    def __init__(self, old: float, new: float, seed: int) -> None:
        self.old, self.new, self.now = old, new, -1.0
        self.fails = False
        self.seed = seed
        self._random = random.Random(seed)  # noqa: S311
        self._lock = threading.Lock()

    def serving(self, key: str) -> str:
        with self._lock:
            updated = self._random.random() < self.now / CONVERGES
        share = self.new if updated else self.old
        place = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) / 2**32 * 100
        return CANDIDATE if place < share else STABLE

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        timeout: float = 5,
    ) -> httpx.Response:
        assert (method, url) == ("GET", "https://api.example.com/version")
        assert headers is not None
        assert headers["pitchey-probe"] == "1"
        if self.fails:
            raise httpx.ReadTimeout("nothing")
        return httpx.Response(
            200, json={"id": self.serving(headers["cloudflare-workers-version-key"])}
        )


def made(edge: ConvergingEdge) -> Convergence:
    old, new = Decimal(str(edge.old)), Decimal(str(edge.new))
    keys = [f"{edge.seed}-{number}" for number in range(80)]
    return Convergence(edge, "https://api.example.com/", STABLE, CANDIDATE, old, new, keys)


def believed_after(old: float, new: float, seed: int) -> tuple[float, str]:
    edge = ConvergingEdge(old, new, seed)
    convergence = made(edge)
    convergence.before()
    for second in range(60):
        edge.now = second * LOOK
        if (said := convergence.look()) is not None:
            return edge.now, said
    raise AssertionError("never believed")


@pytest.mark.parametrize(("old", "new"), [(0, 10), (10, 50), (50, 100), (5, 25), (50, 0), (50, 20)])
def test_it_is_believed_when_nearly_all_of_the_edge_agrees_and_soon_after(
    old: float, new: float
) -> None:
    times = [believed_after(old, new, seed)[0] for seed in range(8)]
    # 90 % of the edge at the least, and four looks after all of it.
    assert min(times) >= 0.9 * CONVERGES
    assert max(times) <= CONVERGES + 4 * LOOK


def test_it_says_why() -> None:
    assert "keys moved to 22222222 and stay there, 3 looks in a row" in believed_after(10, 50, 1)[1]
    assert believed_after(50, 100, 1)[1] == "all of 80 answers are 22222222's, 2 looks in a row"


def test_an_edge_that_never_changes_is_never_believed() -> None:
    edge = ConvergingEdge(10, 50, 1)
    convergence = made(edge)
    convergence.before()
    assert [convergence.look() for _ in range(10)] == [None] * 10


def test_an_edge_that_does_not_answer_is_never_believed() -> None:
    edge = ConvergingEdge(0, 1, 1)
    edge.fails = True
    convergence = made(edge)
    convergence.before()
    assert [convergence.look() for _ in range(5)] == [None] * 5


def test_a_change_too_small_for_moved_keys_is_believed_for_answers_that_are_alike() -> None:
    agreement = Agreement(STABLE, CANDIDATE, Decimal(0), Decimal(1))
    answers = [(str(key), STABLE) for key in range(40)]
    agreement.known_before(answers)
    assert agreement.look(answers) is None
    assert agreement.look(answers) is None
    assert "none of 40 keys had to move" in (agreement.look(answers) or "")


def test_a_third_version_speaks_against_an_agreement() -> None:
    agreement = Agreement(STABLE, CANDIDATE, Decimal(0), Decimal(1))
    answers = [(str(key), STABLE) for key in range(40)]
    assert [agreement.look([*answers, ("x", "33333333")]) for _ in range(5)] == [None] * 5


def test_one_moved_key_that_is_seen_elsewhere_begins_the_row_anew() -> None:
    agreement = Agreement(STABLE, CANDIDATE, Decimal(0), Decimal(50))
    agreement.known_before([(str(key), STABLE) for key in range(40)])
    moved = [(str(key), CANDIDATE if key < 20 else STABLE) for key in range(40)]
    back = [(str(key), CANDIDATE if 0 < key < 20 else STABLE) for key in range(40)]
    told = [agreement.look(seen) is not None for seen in (moved, moved, back, moved, moved, moved)]
    assert told == [False, False, False, False, False, True]
