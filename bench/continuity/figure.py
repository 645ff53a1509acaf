"""The figures: writes that were lost or made twice, users who were signed out, and requests that failed, while versions are
promoted and put back under them and the key of sessions is exchanged."""

from __future__ import annotations

import asyncio
import random
import subprocess
import threading
import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg

from bench.asking import beside
from bench.continuity.keys import Keys
from bench.continuity.users import Felt, User
from bench.continuity.writes import Row
from bench.figures import Figure, Reporter, at_most
from bench.limits import STACK, without_limits
from bench.releases import HOST, Releases, kill
from bench.site import Site
from delivery.rollout.state import ALL
from localcloud.cloud import LocalCloud
from tests.integration.checkout import Checkout

PAIRS: Final = 25
"""Each version is returned once in the middle, and promoted then."""
_USERS: Final = 16
_PAUSE: Final = 0.25
_SEED: Final = 50
_LIMIT_SECONDS: Final = 180.0
_TOLD: Final = 10
_MOST_MORE: Final = 6
_ROTATIONS: Final = 2
_NAME: Final = "continued"
# By errors alone: how fast a machine is that does all of this at once is another figure.
_STRATEGY: Final = """
name: continued
look: 1
steps:
  - {share: 50, duration: 4s, leastRequests: 5}
  - {share: 100}
bake: 1s
analysis:
  errors: {tolerance: 20}
  latency: null
  cache: null
  database: null
triggers: {latency: null, cache: null, database: null, failedProbes: 20}
inconclusive: {extensions: 20, then: return}
noData: {returnAfter: 60s}
"""


# The library is typed in part alone.
_connect: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


@dataclass
class Outcome:
    """`faults`: of writes, in the database or as they could be read."""

    felt: Felt
    faults: list[str] = field(default_factory=list[str])
    promoted: int = 0
    returned: int = 0

    def summary(self) -> str:
        felt = self.felt
        return (
            f"{self.promoted} promoted, {self.returned} returned; {felt.requests:,} requests, "
            f"{felt.written.acknowledged:,} writes acknowledged, {len(self.faults)} of them wrong, "
            f"{len(felt.signed_out)} refused for their session, {len(felt.failed)} failed; "
            f"{sum(felt.kids.values()):,} tokens of {len(felt.kids)} keys, {len(felt.versions)} versions"
        )


def measure(checkout: Checkout, report: Reporter, pairs: int = PAIRS) -> list[Figure]:
    outcome = go_through(checkout, report, pairs)
    load = f"in {2 * pairs} rollouts and rollbacks under load, keys exchanged twice"
    return [
        at_most(f"writes lost or made twice {load}", len(outcome.faults), "writes", 0),
        at_most(f"users signed out {load}", len(outcome.felt.signed_out), "users", 0),
        at_most(f"requests failed {load}", len(outcome.felt.failed), "requests", 0),
    ]


def go_through(checkout: Checkout, report: Reporter, pairs: int) -> Outcome:
    """Of stack staging. Raises `RuntimeError` where a rollout does not go the way that it should."""
    outputs = without_limits(checkout)
    releases = Releases.on(checkout, {_NAME: _STRATEGY})
    keys = Keys(checkout, releases.secret)
    zone_host = urlsplit(str(outputs["urls"]["api"])).hostname or ""
    outcome = Outcome(Felt())
    run = f"q{time.time_ns():x}"

    async def load(stop: threading.Event) -> None:
        site = Site(checkout.port + 1, zone_host, HOST, checkout.home / "ca.pem")
        await _use(site, run, outcome.felt, stop, ready)
        site.close()

    ready = threading.Event()
    with beside("the users", load):
        if not ready.wait(_LIMIT_SECONDS):
            raise RuntimeError("users could not sign up")
        _roll(releases, keys, outcome, report, pairs)
    outcome.faults += [*outcome.felt.unread, *asyncio.run(_faults(checkout, run, outcome.felt))]
    report(outcome.summary())
    for fault in (*outcome.faults, *outcome.felt.signed_out, *outcome.felt.failed)[:_TOLD]:
        report(fault)
    if outcome.felt.written.acknowledged < 2 * pairs or len(outcome.felt.kids) < min(
        _ROTATIONS, pairs
    ):
        raise RuntimeError("too little was written, or no key was exchanged: nothing was measured")
    return outcome


# Versions


def _roll(releases: Releases, keys: Keys, outcome: Outcome, report: Reporter, pairs: int) -> None:
    chance = random.Random(_SEED)  # noqa: S311
    # A key verifies for some versions before it signs.
    rotations = {
        0: keys.announce,
        max(1, pairs // 3): keys.exchange,
        max(2, 2 * pairs // 3): keys.exchange,
    }
    for number in range(pairs):
        rotate = rotations.get(number)
        if rotate is not None:
            rotate()
        stable, candidate = releases.new_version()
        _returned(releases, stable, candidate, by_hand=number % 2 == 0, chance=chance)
        outcome.returned += 1
        while not _promoted(releases, stable, candidate):
            outcome.returned += 1
            report("the version was returned once more: too little was counted of it, or too late")
            if outcome.returned > outcome.promoted + _MOST_MORE:
                raise RuntimeError("healthy versions are returned again and again")
        outcome.promoted += 1
        felt = outcome.felt
        wrong = len(felt.failed) + len(felt.signed_out) + len(felt.unread)
        report(f"{number + 1} of {pairs} versions returned and promoted, {wrong} answers wrong")


def _returned(
    releases: Releases, stable: str, candidate: str, *, by_hand: bool, chance: random.Random
) -> None:
    """In the middle of its step: by `pitchey rollback`, or by whoever leads it."""
    process = releases.start(_NAME)
    deadline = time.monotonic() + _LIMIT_SECONDS
    while releases.split().get(candidate) != Decimal(50):
        if process.poll() is not None or time.monotonic() > deadline:
            kill(process, with_children=True)
            said = process.communicate()[0].strip()
            raise RuntimeError(f"{candidate} did not come to its share: {said[-1000:]}")
        time.sleep(0.05)
    time.sleep(chance.uniform(0, 1))
    words = ("rollback", STACK) if by_hand else ("rollout", "abort", STACK)
    said = _said(releases.command(*words)) + _said(process)
    if releases.split() != {stable: ALL}:
        # Whoever leads it was quicker, or could not be asked.
        said += _said(releases.command("rollback", STACK))
    if releases.split() != {stable: ALL}:
        raise RuntimeError(f"it was not put back: {said.strip()[-2000:]}")


def _promoted(releases: Releases, stable: str, candidate: str) -> bool:
    """False where it was put back though it is healthy, as a machine that is too slow may have it."""
    process = releases.start(_NAME)
    said = _said(process)
    split = releases.split()
    if process.returncode == 0 and split == {candidate: ALL}:
        return True
    if split != {stable: ALL} or "security" in said:
        raise RuntimeError(f"a healthy version was not promoted: {said.strip()[-2000:]}")
    return False


def _said(process: subprocess.Popen[str]) -> str:
    """What it has said when it has ended. Raises `RuntimeError` when it does not."""
    try:
        return process.communicate(timeout=_LIMIT_SECONDS)[0]
    except subprocess.TimeoutExpired:
        kill(process, with_children=True)
        said = process.communicate()[0].strip()
        raise RuntimeError(f"it did not end: {said[-2000:]}") from None


# Users


async def _use(
    site: Site, run: str, felt: Felt, stop: threading.Event, ready: threading.Event
) -> None:
    users = [User(run, n, site, felt, random.Random(_SEED + n)) for n in range(_USERS)]  # noqa: S311
    for user in users:
        await user.sign_up()
    ready.set()
    over = asyncio.Event()
    using = [asyncio.ensure_future(user.go_on(over, _PAUSE)) for user in users]
    ended = asyncio.ensure_future(asyncio.to_thread(stop.wait))
    # A user who fails by a mistake of ours ends it for all.
    await asyncio.wait([ended, *using], return_when=asyncio.FIRST_COMPLETED)
    over.set()
    await asyncio.gather(*using)


# The database


async def _faults(checkout: Checkout, run: str, felt: Felt) -> list[str]:
    """Asked past everything that could keep an older answer."""
    address = LocalCloud(checkout.folder).working_secret("databaseUrl", STACK) or ""
    connection = await _connect(address)
    try:
        made = await connection.fetch(
            "select title, count(*) from pitches where title like $1 group by title",
            f"made-{run}-%",
        )
        changed = await connection.fetch(
            "select id::text, logline, revision from pitches where title like $1", f"own-{run}-%"
        )
    finally:
        await connection.close()
    times: dict[str, int] = {row["title"]: row["count"] for row in made}
    rows = {str(row["id"]): Row(row["logline"], row["revision"]) for row in changed}
    return list(felt.written.faults(times, rows))
