"""A version's process that is killed under load: how soon it answers again, and what is lost besides its own requests in flight."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import psutil

from bench.asking import beside, steadily
from bench.clone import WORKER, Clone
from bench.figures import Figure, Reporter, at_most
from bench.limits import without_limits
from bench.load import Connections, get
from bench.releases import HOST
from tests.integration.local_processes import serving

_DEATHS: Final = 20
_RATE: Final = 100
_GOOD_BETWEEN: Final = 300
"""Answers in a row between two deaths: who dies within two seconds, again and again, is started after longer and longer pauses."""
_LIMIT_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Asked:
    """By the monotonic clock; `good` is an answer of 200."""

    sent: float
    ended: float
    good: bool


@dataclass(frozen=True, slots=True)
class Death:
    """`killed` is when the signal was sent, `gone` when the kernel was done with the process."""

    killed: float
    gone: float


def measure(clone: Clone, report: Reporter) -> list[Figure]:
    """Of the stack staging of `clone`, which is up."""
    without_limits(clone)
    report(f"{_DEATHS} deaths of the application's process under {_RATE} requests/s")
    asked: list[Asked] = []
    deaths: list[Death] = []
    with beside("asking", lambda stop: _ask_until(stop, clone.port + 1, asked)):
        for _ in range(_DEATHS):
            _until(lambda: _is_settled(asked), "it does not settle")
            deaths.append(_kill(serving(clone, WORKER)))
            _until(lambda: back_after(asked, deaths[-1]) is not None, "it does not come back")
        _until(lambda: _is_settled(asked), "it does not settle")
    slowest = max(back_after(asked, death) or 0.0 for death in deaths)
    under = f"under {_RATE} requests/s"
    return [
        at_most(
            f"a version's process killed {under}: until it answers again, slowest of {_DEATHS}",
            slowest,
            "s",
            1.0,
        ),
        at_most(
            f"requests lost that were not on their way when the process died, {_DEATHS} deaths {under}",
            lost(asked, deaths),
            "requests",
            0,
        ),
    ]


def back_after(asked: Sequence[Asked], death: Death) -> float | None:
    """Seconds from the signal to the first good answer to who asked when the process was gone; None while there is none."""
    ends = [one.ended for one in tuple(asked) if one.good and one.sent > death.gone]
    return min(ends) - death.killed if ends else None


def lost(asked: Sequence[Asked], deaths: Sequence[Death]) -> int:
    """Requests without a good answer, save those that a death met on their way."""
    return sum(
        not one.good and not any(one.sent <= d.gone and one.ended >= d.killed for d in deaths)
        for one in asked
    )


def _is_settled(asked: Sequence[Asked]) -> bool:
    last = asked[-_GOOD_BETWEEN:]
    return len(last) == _GOOD_BETWEEN and all(one.good for one in last)


def _until(is_so: Callable[[], bool], otherwise: str) -> None:
    """Raises `RuntimeError` when it is not so in time."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > _LIMIT_SECONDS:
            raise RuntimeError(f"{otherwise} within {_LIMIT_SECONDS:g} s")
        time.sleep(0.02)


def _kill(process: psutil.Process) -> Death:
    ends = os.pidfd_open(process.pid)
    try:
        killed = time.monotonic()
        signal.pidfd_send_signal(ends, signal.SIGKILL)
        select.select([ends], [], [])
        return Death(killed, time.monotonic())
    finally:
        os.close(ends)


async def _ask_until(stop: threading.Event, port: int, asked: list[Asked]) -> None:
    connections = Connections(port)

    async def ask(number: int, _: float) -> None:
        path = ("/version", "/api/pitches", f"/api/pitches?q=word+{number}")[number % 3]
        async with connections.free:
            sent = time.monotonic()
            answer = await connections.ask(get(HOST, path))
        good = answer is not None and answer.status == 200
        asked.append(Asked(sent, time.monotonic(), good))

    await steadily(stop, _RATE, ask)
    connections.close()
