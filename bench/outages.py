"""Outages of what both versions use, in the middle of a step: nobody's fault who is rolled out, and nobody is to be blamed."""

from __future__ import annotations

import contextlib
import random
import subprocess
import threading
import time
from decimal import Decimal
from typing import Final

from bench.asking import beside, steadily
from bench.clone import WORKER, Clone
from bench.figures import Measured, Reporter, at_most
from bench.load import Connections, get
from bench.releases import HOST, Releases, kill, last_rollout
from delivery.rollout.state import BOTH, Phase, State

ROLLOUTS: Final = 5
"""At each share: whoever counts a version's requests has begun at another moment in each of them."""
_TIMES: Final = 5
"""Outages in each."""
_SHARES: Final = (10, 50)
_RATE: Final = 80
_USERS: Final = 2000
_SEED: Final = 11
_LEASE_SECONDS: Final = 60
_LIMIT_SECONDS: Final = 60.0
_END_SECONDS: Final = 10.0
_STRATEGY: Final = """
name: {name}
steps:
  - {{share: {share}, duration: 6h}}
  - {{share: 100}}
triggers: {{window: 4s}}
probes: {{checks: [{{path: /version}}]}}
"""
"""Limits that decide as soon as they can, where a second by which one version's numbers came later would tell. Probes ask for what
still answers: users' errors alone are to tell of the outage, as they tell of one version's."""


def measure(clone: Clone, report: Reporter, rollouts: int = ROLLOUTS) -> list[Measured]:
    """Each at a moment of its own within a second, in rollouts that are led by `canary`'s judgement and its limits over a short
    window. Whoever is paused goes on when it is over, with all the evidence so far; whoever is returned is led no further."""
    strategies = {
        _name(share): _STRATEGY.format(name=_name(share), share=share) for share in _SHARES
    }
    releases = Releases.on(clone, strategies, _LEASE_SECONDS)
    chance = random.Random(_SEED)  # noqa: S311
    outages = blamed = 0
    try:
        for share in _SHARES:
            for number in range(rollouts):
                report(f"rollout {number + 1} of {rollouts} at {share} %")
                met, returned = _rollout(releases, share, chance, report)
                outages += met
                blamed += returned
    finally:
        releases.no_faults()
    shares = " or ".join(f"{share} %" for share in _SHARES)
    report(f"{outages} outages, {blamed} of them blamed on the candidate")
    name = (
        f"rollouts returned by outages of what both versions use, {_TIMES} in each of "
        f"{rollouts * len(_SHARES)} at {shares}, {_RATE} req/s"
    )
    return [at_most(name, blamed, "rollouts", 0)]


def _rollout(
    releases: Releases, share: int, chance: random.Random, report: Reporter
) -> tuple[int, bool]:
    """How many outages it met, and whether the candidate was blamed for the last."""
    _, candidate = releases.new_version()
    port = releases.clone.port + 1
    with beside("users", lambda stop: _ask_until(stop, port)):
        process = releases.start(_name(share))
        try:
            releases.until_share(process, candidate, Decimal(share))
            _until(releases, Phase.WATCHING)
            for number in range(_TIMES):
                time.sleep(chance.uniform(4, 6))
                state, seconds = _outage(releases)
                report(f"outage {number + 1}: {state.phase} after {seconds:.1f} s, {state.cause}")
                if state.phase is not Phase.PAUSED:
                    _until(releases)
                    return number + 1, True
                releases.clone.done("rollout", "resume", "staging")
                _until(releases, Phase.WATCHING)
            releases.clone.done("rollout", "abort", "staging")
            _until(releases)
            return _TIMES, False
        finally:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=_END_SECONDS)
            if process.poll() is None:
                kill(process, with_children=True)


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


async def _ask_until(stop: threading.Event, port: int) -> None:
    """All users ask for what is gone in an outage."""
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
