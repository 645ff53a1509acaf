"""Answers made before anybody asks for them: what is asked for most, asked for once more by us."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import httpx

from delivery.cache.asked import Asked
from delivery.cache_status import EDGE, REDIS, cache_status, was_asked
from delivery.edge import Edge
from delivery.serving import OVERRIDES, PROBE, VERSION
from settings.cloudflare_api import retry_after

_TRY_SECONDS: Final = 5.0
_TOO_MANY: Final = 429
_LEAST_WAIT: Final = 1.0
_TOLD_EVERY: Final = 25


class Outcome(Enum):
    HIT = "hit"
    """It was kept already."""
    MADE = "made"
    """Made now, and kept."""
    PASSED = "passed"
    """Answered, and kept nowhere."""
    FAILED = "failed"


@dataclass(frozen=True)
class Warmed:
    path: str
    outcome: Outcome
    said: str = ""
    """Why it failed."""


@dataclass
class Warming:
    """What came of it. `left` were not asked for in time."""

    warmed: list[Warmed] = field(default_factory=list[Warmed])
    left: int = 0

    def count(self, outcome: Outcome) -> int:
        return Counter(one.outcome for one in self.warmed)[outcome]

    @property
    def failure(self) -> str:
        """The most frequent reason of those that failed; empty where none did."""
        said = Counter(one.said for one in self.warmed if one.outcome is Outcome.FAILED)
        return said.most_common(1)[0][0] if said else ""

    def line(self) -> str:
        """In one line for people."""
        parts = [f"{self.count(Outcome.MADE)} made", f"{self.count(Outcome.HIT)} kept already"]
        if passed := self.count(Outcome.PASSED):
            parts.append(f"{passed} kept nowhere")
        if failed := self.count(Outcome.FAILED):
            parts.append(f"{failed} failed ({self.failure})")
        if self.left:
            parts.append(f"{self.left} not asked for in time")
        return f"{len(self.warmed)} asked for: {', '.join(parts)}"


@dataclass(frozen=True)
class Target:
    """Whose caches: a Worker at the address where the edge keeps answers; of one version where `version` names it, though it
    has no traffic, else of whichever serves."""

    edge: Edge
    address: str
    worker: str
    version: str | None = None

    def ask(self, path: str, seconds: float) -> Warmed:
        """A request of ours, which nobody counts as a user's."""
        headers = {**PROBE, "accept-encoding": "gzip"}
        if self.version is not None:
            headers[OVERRIDES] = f'{self.worker}="{self.version}"'
        url = self.address.rstrip("/") + path
        try:
            answer = self.edge.request("GET", url, headers=headers, timeout=seconds)
        except httpx.HTTPError as error:
            return Warmed(path, Outcome.FAILED, str(error) or type(error).__name__)
        served = answer.headers.get(VERSION)
        if self.version is not None and served != self.version:
            return Warmed(path, Outcome.FAILED, f"answered by {(served or 'nobody known')[:8]}")
        if answer.status_code == _TOO_MANY:
            raise _LaterError(max(retry_after(answer) or 0.0, _LEAST_WAIT))
        if not answer.is_success:
            return Warmed(path, Outcome.FAILED, f"HTTP {answer.status_code}")
        return Warmed(path, _outcome(answer))


class _LaterError(Exception):
    """The limit of requests is reached for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"HTTP {_TOO_MANY}")
        self.seconds = seconds


def warm(
    target: Target,
    wanted: Sequence[Asked],
    *,
    seconds: float,
    at_once: int,
    report: Callable[[str], None] = lambda _text: None,
) -> Warming:
    """Asks for each once, most wanted first, `at_once` at a time and for `seconds` at most. An answer that is on its way is waited
    for to the end of its time and no longer; Ctrl-C waits for no more than that either."""
    run = _Run(target, wanted, time.monotonic() + seconds, report)
    with ThreadPoolExecutor(at_once, thread_name_prefix="warming") as threads:
        try:
            for worker in [threads.submit(run.work) for _ in range(at_once)]:
                worker.result()
        finally:
            run.stop.set()
    return Warming(run.warmed, len(wanted) - len(run.warmed))


@dataclass
class _Run:
    """Threads that take from one list until it or the time is over."""

    target: Target
    wanted: Sequence[Asked]
    end: float
    report: Callable[[str], None]
    warmed: list[Warmed] = field(default_factory=list[Warmed])
    stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: int = 0

    def work(self) -> None:
        for asked in self._each():
            done = self._done(asked.path)
            if done is None:
                return
            with self._lock:
                self.warmed.append(done)
                if len(self.warmed) % _TOLD_EVERY == 0:
                    self.report(f"{len(self.warmed)} of {len(self.wanted)} asked for")

    def _each(self) -> Iterator[Asked]:
        while not self.stop.is_set():
            with self._lock:
                if self._next >= len(self.wanted):
                    return
                asked = self.wanted[self._next]
                self._next += 1
            yield asked

    def _done(self, path: str) -> Warmed | None:
        """None where there is no time left for it."""
        while (left := self.end - time.monotonic()) > 0 and not self.stop.is_set():
            try:
                return self.target.ask(path, min(_TRY_SECONDS, left))
            except _LaterError as later:
                if later.seconds >= left:
                    return Warmed(path, Outcome.FAILED, "the limit of requests is reached")
                self.stop.wait(later.seconds)
        return None


def _outcome(answer: httpx.Response) -> Outcome:
    """By the cache that is nearest to who asks: what Redis had alone is made for the edge now."""
    told = cache_status(answer)
    edge, redis = told.get(EDGE, {"fwd": "bypass"}), told.get(REDIS, {"fwd": "bypass"})
    if "hit" in edge:
        return Outcome.HIT
    if "stored" in edge:
        return Outcome.MADE
    if "hit" in redis:
        return Outcome.HIT
    return Outcome.MADE if was_asked(redis) else Outcome.PASSED
