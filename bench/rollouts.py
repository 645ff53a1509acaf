"""Rollouts under load: what users feel of a broken version, of a healthy one, and of a controller that is gone."""

from __future__ import annotations

import random
import time
from decimal import Decimal
from typing import Final

from bench.clone import Clone
from bench.crowd import Felt
from bench.figures import Figure, Reporter, at_most, nearest_rank
from bench.releases import HOST, Releases, ended, kill
from bench.serving import asking
from delivery.rollout.state import ALL

BROKEN: Final = 5
REQUESTS: Final = 50_000
LOST: Final = 10
_USERS: Final = 2000
_BROKEN_RATE: Final = 60
_HEALTHY_RATE: Final = 450
_MOST: Final = 0.9
"""Some do not ask who serves between the last step and the end."""
_FEW_SECONDS: Final = 5.0
_LIMIT_SECONDS: Final = 300.0
_LEASE_SECONDS: Final = 10
_LEASE_MARGIN_SECONDS: Final = 5
_SEED: Final = 7
_AT_TEN: Final = "at-ten"
_UNDER_LOAD: Final = "under-load"
_HELD: Final = "held"
_STRATEGIES: Final = {
    _AT_TEN: """
name: at-ten
look: 1
steps:
  - {share: 10, duration: 60s}
  - {share: 100}
bake: 20s
inconclusive: {extensions: 4, then: return}
noData: {returnAfter: 20s}
""",
    _UNDER_LOAD: """
name: under-load
look: 1
steps:
  - {share: 5, duration: 20s}
  - {share: 10, duration: 20s}
  - {share: 50, duration: 20s}
  - {share: 100}
bake: 30s
inconclusive: {extensions: 4, then: return}
noData: {returnAfter: 20s}
""",
    _HELD: """
name: held
steps:
  - {share: 50, duration: 1h}
  - {share: 100}
""",
}


def measure(
    clone: Clone,
    report: Reporter,
    broken: int = BROKEN,
    requests: int = REQUESTS,
    lost: int = LOST,
) -> list[Figure]:
    releases = Releases.on(clone, _STRATEGIES, _LEASE_SECONDS)
    try:
        return [
            *_of_broken_ones(releases, report, broken),
            *_of_a_healthy_one(releases, report, requests),
            _of_lost_leases(releases, report, lost),
        ]
    finally:
        releases.no_faults()


# A version that fails all its requests once it has a tenth of the users


def _of_broken_ones(releases: Releases, report: Reporter, times: int) -> list[Figure]:
    """The worst of all times. Users are told from each other by their keys, and each asks once in 33 s."""
    seconds: list[float] = []
    felt_by: list[float] = []
    for number in range(times):
        felt = _broken(releases)
        at = [bad.at for bad in felt.bad]
        if not at:
            raise RuntimeError("nobody felt the broken version: nothing was measured")
        seconds.append(max(at) - min(at))
        felt_by.append(100 * len(felt.bad_users) / len(felt.users))
        report(
            f"total failure {number + 1} of {times}: {len(at)} bad answers in {seconds[-1]:.1f} s, "
            f"{len(felt.bad_users)} of {len(felt.users)} users"
        )
    load = f"{_USERS:,} users, {_BROKEN_RATE} requests/s, worst of {times}"
    return [
        at_most(
            f"total failure at a 10 % step: first to last bad answer, {load}",
            max(seconds),
            "s",
            10,
        ),
        at_most(
            f"total failure at a 10 % step: users who saw any, of all; {load}",
            max(felt_by),
            "%",
            1,
        ),
    ]


def _broken(releases: Releases) -> Felt:
    stable, candidate = releases.new_version()
    with releases.crowd(rate=_BROKEN_RATE, count=_USERS).asking(stable) as felt:
        process = releases.start(_AT_TEN)
        releases.until_share(process, candidate, Decimal(10))
        # In the step itself, when the edge agrees and users have got their version.
        time.sleep(_FEW_SECONDS)
        if felt.bad:
            raise RuntimeError(f"a healthy version gave bad answers: {felt.bad[0]}")
        releases.fault("version-errors", version=candidate)
        said, _ = process.communicate(timeout=_LIMIT_SECONDS)
        # For those who still wait, and those who would still meet it.
        time.sleep(_FEW_SECONDS)
    releases.no_faults()
    if process.returncode != 1 or releases.split() != {stable: ALL}:
        raise RuntimeError(f"a broken version was not returned: {said.strip()[-2000:]}")
    return felt


# A version as good as the one before


def _of_a_healthy_one(releases: Releases, report: Reporter, requests: int) -> list[Figure]:
    """A session is broken when a user falls back to stable after the candidate had answered, when a valid token of a signed-in
    user is refused, or when a visitor's cookie is not recognised."""
    stable, candidate = releases.new_version()
    report(f"a healthy rollout under {_HEALTHY_RATE} requests/s, at least {requests:,} requests")
    with releases.crowd(rate=_HEALTHY_RATE, count=_USERS).asking(stable) as felt:
        ended(releases.start(_UNDER_LOAD), _LIMIT_SECONDS)
        over = felt.requests
        while felt.requests < requests:
            time.sleep(0.5)
    if releases.split() != {candidate: ALL} or len(felt.moved) < _MOST * len(felt.users):
        raise RuntimeError("users have not come to the new version: nothing was measured")
    report(
        f"{over:,} requests during the rollout, {felt.requests:,} in all, {felt.signed_in:,} signed in; "
        f"{len(felt.bad)} lost, {len(felt.back)} users fell back, {felt.signed_out} signed out, "
        f"{felt.forgotten} cookies forgotten; p95 {1000 * nearest_rank(felt.late, 95):.0f} ms"
    )
    load = f"in a healthy rollout under load, {requests:,} requests"
    return [
        at_most(f"requests lost {load}", len(felt.bad), "requests", 0),
        at_most(f"sessions broken {load}", felt.broken_sessions, "sessions", 0),
    ]


# A controller that is gone


def _of_lost_leases(releases: Releases, report: Reporter, times: int) -> Figure:
    """The controller is killed with all that it had started in the middle of a step, somewhere between two renewals of its lease;
    from then to the first answer after which all are stable's. The worst of all times."""
    chance = random.Random(_SEED)  # noqa: S311
    taken: list[float] = []
    for number in range(times):
        stable, candidate = releases.new_version()
        process = releases.start(_HELD)
        releases.until_share(process, candidate, Decimal(50))
        time.sleep(chance.uniform(1, _LEASE_SECONDS))
        with asking(releases.clone.port + 1, HOST) as served:
            time.sleep(0.5)
            killed = time.monotonic()
            kill(process, with_children=True)
            taken.append(served.until_everywhere(stable, killed, _LIMIT_SECONDS))
        report(
            f"controller gone, {number + 1} of {times}: stable everywhere after {taken[-1]:.1f} s"
        )
    return at_most(
        f"lease of {_LEASE_SECONDS} s lost: controller killed until stable is everywhere, worst of {times}",
        max(taken),
        "s",
        _LEASE_SECONDS + _LEASE_MARGIN_SECONDS,
    )
