"""Open-loop load: requests come when they come (a Poisson process), whatever the answers before them take."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import Final

from bench.load import Answer, Connections, header
from bench.optimisations.block import LOST, Told
from bench.optimisations.catalogue import Asked

_VERDICT: Final = b"pitchey-cache"


async def paced(
    connections: Connections,
    draw: Callable[[], Asked],
    note: Callable[[Asked, Answer | None], None],
    *,
    rate: float,
    seconds: float,
    seed: int,
) -> list[Told]:
    """`rate` in requests a second. Times count from when a request was due, so that a wait for a connection is in them."""
    chance = random.Random(seed)  # noqa: S311
    began = time.perf_counter()
    told: list[Told] = []

    async def ask(due: float) -> None:
        asked = draw()
        async with connections.free:
            answer = await connections.ask(asked.content)
        note(asked, answer)
        told.append(tell(asked, (time.perf_counter() - due) * 1000, answer))

    async with asyncio.TaskGroup() as group:
        at = chance.expovariate(rate)
        while at < seconds:
            due = began + at
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(ask(due))
            at += chance.expovariate(rate)
    return told


def tell(asked: Asked, milliseconds: float, answer: Answer | None) -> Told:
    if answer is None:
        return Told(asked.kind, milliseconds, LOST, "", 0)
    verdict = header(answer.head, _VERDICT) or b""
    size = len(answer.told) + len(answer.body)
    return Told(asked.kind, milliseconds, answer.status, verdict.decode(), size)


async def at_once(connections: Connections, asked: Sequence[Asked]) -> list[Told]:
    """All in one moment, each on a connection of its own that was open before."""
    await connections.open(len(asked))
    began = time.perf_counter()

    async def ask(one: Asked) -> Told:
        answer = await connections.ask(one.content)
        return tell(one, (time.perf_counter() - began) * 1000, answer)

    return await asyncio.gather(*map(ask, asked))
