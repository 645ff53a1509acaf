"""Questions that are asked beside the loop that wants their answers: a call never waits."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Beside(Generic[T]):
    """Asks in a thread of `pool`, `every` seconds at most, and tells each answer once; `ask` raises nothing that is expected."""

    def __init__(
        self,
        ask: Callable[[], T],
        every: float,
        pool: Executor,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._every = every
        self._pool = pool
        self._clock = clock
        self._next = -math.inf
        self._asked: Future[T] | None = None

    def __call__(self) -> T | None:
        """The answer since the last call, if there is one."""
        told: T | None = None
        if self._asked is not None and self._asked.done():
            told, self._asked = self._asked.result(), None
        if self._asked is None and self._clock() >= self._next:
            self._next = self._clock() + self._every
            self._asked = self._pool.submit(self._ask)
        return told
