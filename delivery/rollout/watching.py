"""Our own eyes at the edge, in a thread of their own: a probe that hangs never holds up a decision."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Protocol

from delivery.rollout.measurements import Probed

_SOONER: Final = 4
"""After a bad round the next comes in this part of the time: whether it was a moment or the version is known soon."""


class Probing(Protocol):
    def probe(self, version: str) -> Probed:
        """One round of checks of a version."""
        ...


class Converging(Protocol):
    def before(self) -> None: ...
    def look(self) -> str | None:
        """Why the edge is believed to agree; None while it does not."""
        ...


@dataclass
class EdgeWatcher:
    """Probes both versions every `every` seconds while it is entered, sooner after a bad round; `on_bad` hears of each."""

    prober: Probing
    convergence: Callable[[Decimal, Decimal], Converging]
    stable: str
    candidate: str
    every: float
    is_there: Callable[[str], bool] = lambda _version: True
    """Whether a version is in the live deployment: an override for another is ignored by Cloudflare, and whoever serves
    answers in its place."""
    on_bad: Callable[[], None] = lambda: None
    _seen: dict[str, Probed] = field(default_factory=dict[str, Probed])
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _converging: Converging | None = None

    def __enter__(self) -> EdgeWatcher:
        self._thread = threading.Thread(target=self._probe, name="probes", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(self.every + 10)

    def _probe(self) -> None:
        pause = self.every
        while not self._stop.wait(pause):
            rounds = [
                self._round(version)
                for version in (self.candidate, self.stable)
                if self.is_there(version)
            ]
            bad = any(told.bad for told in rounds)
            pause = self.every / _SOONER if bad else self.every
            if bad:
                self.on_bad()

    def _round(self, version: str) -> Probed:
        told = self.prober.probe(version)
        with self._lock:
            known = self._seen.get(version, Probed())
            last = told.last or known.last
            if told.bad:
                self._seen[version] = Probed(known.good, known.bad + 1, last)
            elif told.good:
                # A good round ends a row of bad ones.
                self._seen[version] = Probed(known.good + 1, 0, last)
        return told

    def probed(self) -> tuple[Probed, Probed]:
        with self._lock:
            candidate = self._seen.pop(self.candidate, Probed())
            stable = self._seen.pop(self.stable, Probed())
        return candidate, stable

    def begin_shift(self, old: Decimal, new: Decimal) -> None:
        self._converging = self.convergence(old, new)
        self._converging.before()

    def converged(self) -> str | None:
        if self._converging is None:
            return "somebody else led it there"
        return self._converging.look()
