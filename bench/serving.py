"""Who serves, asked all the time from outside: the moment from which one version gives every answer."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from bench.asking import VERSION_ID, beside, steadily
from bench.load import Connections, get

RATE: Final = 100
LEAST_ANSWERS: Final = 30


@dataclass(frozen=True, slots=True)
class Answered:
    """`at` by the monotonic clock; `version` is None where nothing answered, or not as a version does."""

    at: float
    version: str | None


@dataclass
class Served:
    """Answers in the order in which they came."""

    answers: list[Answered] = field(default_factory=list[Answered])

    def until_everywhere(self, version: str, since: float, limit: float) -> float:
        """Waits until it serves everything; seconds from `since`. Raises `RuntimeError` when that takes longer than `limit`."""
        while time.monotonic() - since < limit:
            found = everywhere_after(self.answers, version, since)
            if found is not None:
                return found
            time.sleep(0.05)
        raise RuntimeError(f"{version} does not serve everything after {limit:g} s")


def everywhere_after(answers: Sequence[Answered], version: str, since: float) -> float | None:
    """Seconds from `since` to the first answer after which all are `version`'s; None where fewer than 30 of those have come."""
    told = [answer for answer in answers if answer.at >= since]
    others = [number for number, answer in enumerate(told) if answer.version != version]
    first = others[-1] + 1 if others else 0
    return told[first].at - since if len(told) - first >= LEAST_ANSWERS else None


@contextmanager
def asking(port: int, host: str) -> Generator[Served]:
    """Asks /version 100 times a second, every other time with a version key of its own, until it is left."""
    served = Served()
    with beside("asking", lambda stop: _ask_until(stop, port, host, served)):
        yield served


async def _ask_until(stop: threading.Event, port: int, host: str, served: Served) -> None:
    connections = Connections(port)

    async def ask(number: int, _: float) -> None:
        keyed = [("Cloudflare-Workers-Version-Key", uuid.uuid4().hex)] if number % 2 else []
        await _ask(connections, get(host, "/version", [("pitchey-probe", "1"), *keyed]), served)

    await steadily(stop, RATE, ask)
    connections.close()


async def _ask(connections: Connections, request: bytes, served: Served) -> None:
    async with connections.free:
        answer = await connections.ask(request)
    told = None if answer is None else VERSION_ID.search(answer.body)
    served.answers.append(Answered(time.monotonic(), None if told is None else told[1].decode()))
