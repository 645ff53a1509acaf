"""The figures: how many of the answers were stale, and how many were foreign."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from bench.coherence.audience import Audience
from bench.coherence.checks import Coherence
from bench.coherence.conversation import Conversation
from bench.coherence.world import World
from bench.figures import Figure, Reporter, at_most
from bench.limits import STACK, without_limits
from bench.load import on_a_loop
from bench.releases import HOST, Releases
from bench.site import Site
from tests.integration.checkout import Checkout

REQUESTS: Final = 200_000
_SEED: Final = 2026
_MOST_BAD: Final = 0.01
_TOLD: Final = 10
_LEAST_HITS: Final = 0.2
"""Of all answers: else nothing was kept that could have been wrong."""


@dataclass
class Judged:
    talk: Conversation
    purges: int
    seconds: float

    @property
    def bad(self) -> int:
        """Answers that are no answers."""
        return sum(
            n for status, n in self.talk.statuses.items() if status in (0, 429) or status >= 500
        )

    @property
    def kept(self) -> int:
        """Answers out of a cache."""
        return sum(self.talk.verdicts[verdict] for verdict in ("hit", "stale"))

    @property
    def is_the_mix(self) -> bool:
        """Whether all of it was there that is meant to come together."""
        talk = self.talk
        return bool(len(talk.versions) > 1 and self.purges and talk.statuses[304] and self.kept)

    def summary(self) -> str:
        talk = self.talk
        return (
            f"{talk.coherence.answers:,} answers in {self.seconds:.0f} s, {self.kept:,} of them from a cache, "
            f"{talk.statuses[304]:,} of 304, {talk.by_kind['write']:,} writes, {talk.by_kind['session']:,} of "
            f"sessions, {self.purges} purges, {self.bad} refused"
        )


def measure(checkout: Checkout, report: Reporter, requests: int = REQUESTS) -> list[Figure]:
    """Raises `RuntimeError` where too little came of it to say anything."""
    judged = ask(checkout, report, requests)
    if judged.bad > _MOST_BAD * requests or judged.kept < _LEAST_HITS * requests:
        raise RuntimeError(f"too little was answered from a cache, or at all: {judged.summary()}")
    if not judged.is_the_mix:
        raise RuntimeError(f"that is not the mix that was meant: {judged.summary()}")
    coherence = judged.talk.coherence
    among = f"of {requests:,} answers with writes, logins, logouts and purges among them"
    return [
        at_most(f"stale {among}", coherence.count("stale"), "answers", 0),
        at_most(f"foreign {among}", coherence.count("foreign"), "answers", 0),
    ]


def ask(checkout: Checkout, report: Reporter, requests: int, seed: int = _SEED) -> Judged:
    """Of stack staging, brought up with limits that one address does not meet; two versions share it then."""
    outputs = without_limits(checkout)
    first, second = Releases.on(checkout, {}).new_version()
    checkout.done("split", STACK, f"{first}=50", f"{second}=50")
    report(f"{requests:,} answers of two versions are judged")
    judged = on_a_loop(_ask(checkout, outputs, report, requests, seed))
    report(judged.summary())
    for violation in judged.talk.coherence.violations[:_TOLD]:
        report(str(violation))
    return judged


async def _ask(
    checkout: Checkout, outputs: dict[str, Any], report: Reporter, requests: int, seed: int
) -> Judged:
    zone_host = urlsplit(str(outputs["urls"]["api"])).hostname or ""
    site = Site(checkout.port + 1, zone_host, HOST, checkout.home / "ca.pem")
    # Letters and digits alone, so that a search takes it for one word; another one each time.
    world = World(f"q{time.time_ns():x}")
    talk = Conversation(site, Coherence(world))
    with checkout.api() as api:
        [zone] = api.get("/zones", params={"name": outputs["zoneName"]}).json()["result"]

        async def purge(body: dict[str, Any]) -> None:
            path = f"/zones/{zone['id']}/purge_cache"
            answer = await asyncio.to_thread(api.post, path, json=body)
            answer.raise_for_status()

        chance = random.Random(seed)  # noqa: S311
        audience = Audience(talk, world, purge, zone_host, chance)
        try:
            await audience.gather()
            began = time.monotonic()
            await audience.act(requests, report)
            return Judged(talk, audience.purges, time.monotonic() - began)
        finally:
            site.close()
