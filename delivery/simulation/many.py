"""Thousands of simulated rollouts, on as many processors as there are."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Final

from delivery.errors import FailedError
from delivery.rollout.strategy import Strategy
from delivery.simulation.running import Outcome, simulate
from delivery.simulation.traffic import Traffic

_CHUNK: Final = 4
"""Rollouts that a process is given at once: some seconds at the most, since an interrupt waits for them."""
_WORTHWHILE: Final = 40
"""Rollouts; for fewer it takes longer to start a process."""


def many(
    strategy: Strategy,
    traffic: Traffic,
    seeds: Sequence[int],
    processes: int | None = None,
    longest: float = 4 * 3600.0,
) -> Generator[Outcome]:
    """One rollout a seed, as they are done, in the seeds' order whatever the number of processes (None: as many as are worth it).
    Leaving it ends the processes. Raises `FailedError` when somebody else ends one."""
    if processes is None:
        processes = min(os.cpu_count() or 1, len(seeds) // _WORTHWHILE)
    if processes <= 1:
        for seed in seeds:
            yield simulate(strategy, traffic, seed, longest)
        return
    pool = ProcessPoolExecutor(
        processes, mp_context=multiprocessing.get_context("spawn"), initializer=_begin
    )
    chunks = iter([seeds[i : i + _CHUNK] for i in range(0, len(seeds), _CHUNK)])
    waiting: deque[Future[list[Outcome]]] = deque()
    try:
        while True:
            for chunk in chunks:
                waiting.append(pool.submit(_chunk, strategy, traffic, chunk, longest))
                if len(waiting) >= 4 * processes:
                    break
            if not waiting:
                return
            yield from waiting.popleft().result()
    except BrokenProcessPool as error:
        raise FailedError(
            "a process of the simulation was ended from outside", "is there enough memory?"
        ) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _chunk(
    strategy: Strategy, traffic: Traffic, seeds: Sequence[int], longest: float
) -> list[Outcome]:
    return [simulate(strategy, traffic, seed, longest) for seed in seeds]


def _begin() -> None:
    """In a process of the pool: a Ctrl-C ends it without a word, and so does the end of whoever started it."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
