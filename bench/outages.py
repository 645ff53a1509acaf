"""Outages of what both versions use, in the middle of a step: nobody's fault who is rolled out, and nobody is to be blamed."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from decimal import Decimal
from typing import Final

from bench.asking import beside, steadily
from bench.clone import WORKER, Clone
from bench.figures import Measured, Reporter, at_most
from bench.load import Connections, get
from bench.releases import HOST, Releases, last_rollout, left
from delivery.rollout.state import BOTH, Phase, State

TIMES: Final = 25
"""At each share."""
_SHARES: Final = (10, 50)
_RATE: Final = 80
_USERS: Final = 2000
_SEED: Final = 11
_LEASE_SECONDS: Final = 60
_LIMIT_SECONDS: Final = 60.0
_STRATEGY: Final = """
name: {name}
steps:
  - {{share: {share}, duration: 6h}}
  - {{share: 100}}
probes: {{checks: [{{path: /version}}]}}
"""
"""Probes ask for what still answers: users' errors alone are to tell of it, as they tell of one version's."""


def measure(clone: Clone, report: Reporter, times: int = TIMES) -> list[Measured]:
    """Each at a moment of its own within a second, in rollouts that are led by `canary`'s judgement and limits. Whoever is paused
    goes on when it is over, with all the evidence that was gathered so far."""
    strategies = {
        _name(share): _STRATEGY.format(name=_name(share), share=share) for share in _SHARES
    }
    releases = Releases.on(clone, strategies, _LEASE_SECONDS)
    chance = random.Random(_SEED)  # noqa: S311
    blamed = 0
    try:
        for share in _SHARES:
            blamed += _at(releases, share, times, chance, report)
    finally:
        releases.no_faults()
    shares = " and ".join(f"{share} %" for share in _SHARES)
    outages = (
        f"{times * len(_SHARES)} outages of what both versions use, at {shares}, {_RATE} req/s"
    )
    return [at_most(f"rollouts returned by {outages}", blamed, "rollouts", 0)]


def _at(releases: Releases, share: int, times: int, chance: random.Random, report: Reporter) -> int:
    """How many of the outages the candidate was blamed for."""
    blamed = done = 0
    while done < times:
        _, candidate = releases.new_version()
        with _users(releases.clone.port + 1):
            process = releases.start(_name(share))
            try:
                releases.until_share(process, candidate, Decimal(share))
                _until(releases, Phase.WATCHING)
                while done < times:
                    time.sleep(chance.uniform(4, 6))
                    state, seconds = _outage(releases)
                    done += 1
                    report(
                        f"outage {done} of {times} at {share} %: {state.phase} after {seconds:.1f} s, {state.cause}"
                    )
                    if state.is_over or state.phase is Phase.RETURNING:
                        blamed += 1
                        _until(releases)
                        break
                    releases.clone.done("rollout", "resume", "staging")
                    _until(releases, Phase.WATCHING)
            finally:
                left(process)
        # What is left open is led back by `abort` itself.
        if not _state(releases).is_over:
            releases.clone.done("rollout", "abort", "staging")
    return blamed


def _outage(releases: Releases) -> tuple[State, float]:
    """Until it is decided on: what was decided, and after how many seconds. Raises `RuntimeError` when nothing is."""
    began = time.monotonic()
    releases.fault("objects-gone", worker=WORKER)
    state = _until(releases, Phase.PAUSED, Phase.RETURNING)
    seconds = time.monotonic() - began
    if state.phase is Phase.PAUSED and state.cause != BOTH:
        raise RuntimeError(f"it paused for another cause: {state.cause}")
    releases.no_faults()
    return state, seconds


def _until(releases: Releases, *phases: Phase) -> State:
    """Until the rollout is in one of these, or over."""
    deadline = time.monotonic() + _LIMIT_SECONDS
    while time.monotonic() < deadline:
        state = _state(releases)
        if state.phase in phases or state.is_over:
            return state
        time.sleep(0.2)
    raise RuntimeError(f"still {_state(releases).phase} after {_LIMIT_SECONDS:g} s")


def _state(releases: Releases) -> State:
    rollout = last_rollout(releases.ledger().entries)
    if rollout is None:
        raise RuntimeError("no rollout has begun")
    return rollout.state


@contextmanager
def _users(port: int) -> Generator[None]:
    """All of them ask for what is gone in an outage."""
    with beside("users", lambda stop: _ask_until(stop, port)):
        yield


async def _ask_until(stop: threading.Event, port: int) -> None:
    connections = Connections(port)

    async def ask(number: int, _: float) -> None:
        key = f"user-{number * 7 % _USERS}"
        async with connections.free:
            await connections.ask(
                get(HOST, "/counter/visits", [("Cloudflare-Workers-Version-Key", key)])
            )

    await steadily(stop, _RATE, ask)
    connections.close()


def _name(share: int) -> str:
    return f"outages-at-{share}"
