"""The controller: looks, asks `decide`, writes down what follows, and does it. All that it knows it could read in the ledger."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Protocol

from delivery.errors import DeliveryError
from delivery.metrics.source import MetricSource, MetricsUnavailableError
from delivery.rollout.deciding import decide
from delivery.rollout.decisions import decided, returning
from delivery.rollout.events import Event, Kind
from delivery.rollout.journal import Journal
from delivery.rollout.ledger import LeaseLostError, LedgerUnreachableError
from delivery.rollout.measurements import Asked, Measurements, Number, Probed
from delivery.rollout.state import Phase, State, evolve
from delivery.rollout.strategy import Strategy

_WRITTEN_EVERY: Final = 10.0
_LIVE_EVERY: Final = 4.0
_SILENT_AFTER: Final = 10.0
_AGAIN: Final = 2.0
"""Seconds until a split that could not be applied is tried again."""
_ASLEEP: Final = 15.0
"""Seconds between two looks after which it may be somebody else who leads."""
_ENDING: Final = 10.0
_LEAVING: Final = 3
"""Tries to put stable back, each with the patience of one, before whoever leaves is let go."""
_LATE: Final = "a split arrived when nobody led the rollout any more"


class Traffic(Protocol):
    """Who moves the traffic of one Worker."""

    def live(self) -> Mapping[str, Decimal]:
        """The live deployment without zeros. Raises `DeliveryError`."""
        ...

    def shift(self, share: Decimal, why: str) -> str:
        """Applies the candidate's share, through Pulumi; the deployment's id. Raises `DeliveryError`."""
        ...

    def put_back(self, why: str) -> str:
        """Stable gets everything, by the API at once, seen at the edge. Raises `DeliveryError`."""
        ...

    def settle(self, why: str) -> None:
        """Pulumi's state is made to agree with what is live. Raises `DeliveryError`."""
        ...


class Watcher(Protocol):
    """Our own eyes at the edge: probes, and whether it agrees on a split."""

    def probed(self) -> tuple[Probed, Probed]:
        """Of the candidate and of stable, since it was asked last."""
        ...

    def begin_shift(self, old: Decimal, new: Decimal) -> None: ...

    def converged(self) -> str | None: ...


@dataclass
class Controller:
    """`run` returns when the rollout is over. Raises `LeaseLostError` when somebody else leads it now."""

    strategy: Strategy
    state: State
    journal: Journal
    traffic: Traffic
    watcher: Watcher
    source: MetricSource
    numbers: Callable[[], tuple[Number, ...]] = tuple
    unreported: Callable[[], str | None] = lambda: None
    """What Cloudflare counts of the candidate and nobody reported, since it was asked last."""
    on_events: Callable[[State, Sequence[Event]], None] = lambda _state, _events: None
    report: Callable[[str], None] = lambda _text: None
    clock: Callable[[], float] = time.time
    leave: threading.Event = field(default_factory=threading.Event)
    """Set when whoever leads it wants to leave."""
    hurry: threading.Event = field(default_factory=threading.Event)
    """Set when the next look should not wait for its time."""
    beat: float = field(default_factory=time.monotonic)
    """When the controller last was alive; whoever renews its lease looks at it."""
    _applying: Future[str] | None = None
    _unheard_share: Decimal | None = None
    """The share of a split that may have been made, and is not known to have arrived."""
    _counted: float = field(default_factory=time.monotonic)
    _failed: float = -_AGAIN
    _written: float = 0.0
    _read_live: float = -_LIVE_EVERY
    _looked: float | None = None
    _told: str = ""
    _unheard: tuple[Asked, ...] = ()

    def run(self) -> State:
        try:
            with ThreadPoolExecutor(1, thread_name_prefix="split") as pool:
                while not self.state.is_over and not self.leave.is_set():
                    began = time.monotonic()
                    self.beat = began
                    self._look()
                    self._act(pool)
                    if not self.state.is_over:
                        self.hurry.wait(max(self.strategy.look - (time.monotonic() - began), 0.05))
                        self.hurry.clear()
        finally:
            # The pool has waited for a split that was on its way.
            self._take_back_late_split()
        return self.state

    def stop(self) -> None:
        """From another thread: it ends with the look that it is at."""
        self.leave.set()
        self.hurry.set()

    # Looking

    def _look(self) -> None:
        self._wake()
        seen = self._see()
        now = self.clock()
        events = decide(self.strategy, self.state, seen, now)
        decisions = [event for event in events if event.kind is not Kind.OBSERVED]
        if decisions or now - self._written >= _WRITTEN_EVERY or now < self._written:
            self._write(events, now, seen)
        else:
            self._follow(events, now)

    def _wake(self) -> None:
        """A laptop that slept, or a process that was stopped, makes sure that it still leads before it decides anything."""
        now = self.clock()
        slept = self._looked is not None and not 0 <= now - self._looked < _ASLEEP
        self._looked = now
        if not slept:
            return
        self._read_live = -_LIVE_EVERY
        try:
            self.journal.check_lease()
        except LedgerUnreachableError as error:
            self._say(str(error))

    def _write(self, events: Sequence[Event], now: float, seen: Measurements) -> None:
        if any(event.kind is Kind.RETURNING for event in events):
            self._return(events, now)
            return
        try:
            self.journal.append(events)
        except LedgerUnreachableError as error:
            self._say(str(error))
            self._unheard = seen.asked
            # What could not be written down is not done; what was seen counts, also that nobody counts: the ledger may be gone
            # together with the recorder.
            kept = [event for event in events[:1] if event.kind is Kind.OBSERVED]
            self._follow([*kept, *(event for event in events if event.kind is Kind.SILENT)], now)
            return
        self._written = now
        self._unheard = ()
        self._follow(events, now)

    def _follow(self, events: Sequence[Event], now: float) -> None:
        for event in events:
            self.state = evolve(self.state, event, now)
        self.on_events(self.state, events)

    def _see(self) -> Measurements:
        through: float | None = None
        slices = ()
        source: str | None = None
        try:
            reading = self.source.since(self.state.through)
            through, slices = reading.through, reading.slices
            now = time.monotonic()
            if reading.through > self.state.through:
                self._counted = now
            # A source that answers and has nothing newer, as analytics within their delay, is as good as none.
            if now - self._counted < _SILENT_AFTER:
                source = self.source.name
        except MetricsUnavailableError as error:
            self._say(str(error))
        try:
            self.journal.listen()
            found = self.journal.found()
            if found:
                self._follow(found, self.clock())
        except LedgerUnreachableError as error:
            self._say(str(error))
        candidate, stable = self.watcher.probed()
        return Measurements(
            slices=slices,
            through=through,
            source=source,
            live=self._live(),
            converged=self.watcher.converged() if self.state.phase is Phase.CONVERGING else None,
            candidate_probes=candidate,
            stable_probes=stable,
            asked=(*self._unheard, *self.journal.asked()),
            numbers=self.numbers(),
            unreported=self.unreported() if self.state.share > 0 else None,
        )

    def _live(self) -> Mapping[str, Decimal] | None:
        now = time.monotonic()
        # While a split is being applied a read may tell either, and both are expected.
        if now - self._read_live < _LIVE_EVERY:
            return None
        self._read_live = now
        try:
            return self.traffic.live()
        except DeliveryError as error:
            self._say(str(error))
            return None

    # Acting

    def return_now(self, why: str) -> bool:
        """For whoever leaves: stable is put back without another look; whether it is. Raises `LeaseLostError`."""
        for _ in range(_LEAVING):
            if self.state.is_over:
                break
            if self.state.phase is Phase.RETURNING:
                self._finish_return(self._put_back())
            else:
                now = self.clock()
                self._return([decided(returning("left", why), now)], now)
        return self.state.is_over

    def _return(self, events: Sequence[Event], now: float) -> None:
        # Nothing stands between a decision to return and the return, not even the ledger.
        self._follow(events, now)
        deployment = self._put_back()
        self.journal.record(events)
        self._finish_return(deployment)

    def _act(self, pool: ThreadPoolExecutor) -> None:
        if self.state.phase is Phase.RETURNING:
            self._finish_return(self._put_back())
            return
        if self._applying is not None:
            self._applied()
        if self.state.phase is not Phase.SHIFTING or self._applying is not None:
            return
        if time.monotonic() - self._failed < _AGAIN:
            return
        wanted = self.state.wanted
        if wanted is not None:
            self.watcher.begin_shift(self.state.share, wanted)
            why = f"step {self.state.step + 1}, {wanted:f} %"
            self._unheard_share = wanted
            self._applying = pool.submit(self._apply, wanted, why)

    def _apply(self, wanted: Decimal, why: str) -> str:
        live = dict(self.traffic.live())
        if live == self.state.shares(wanted) and wanted > 0:
            return "found as it was wanted"
        if live != self.state.shares(self.state.share):
            raise DeliveryError("the live split is not the one that it was left at")
        # A fence at the last moment: Cloudflare takes a deployment from anybody.
        self.journal.check_lease()
        return self.traffic.shift(wanted, why)

    def _applied(self) -> bool:
        """Whether no split is on its way any more."""
        applying = self._applying
        if applying is None or not applying.done():
            return applying is None
        try:
            deployment = applying.result()
        except LeaseLostError:
            raise
        except DeliveryError as error:
            self._failed = time.monotonic()
            self._say(f"the split was not applied: {error}")
            self._applying = None
            return True
        # One that arrives amid a pause is known as well: what is live must be what the ledger says.
        if self.state.phase in {Phase.SHIFTING, Phase.PAUSED} and self.state.wanted is not None:
            body = {"share": str(self.state.wanted), "deployment": deployment}
            self._record([Event(Kind.SHIFTED, body)])
            self._unheard_share = None
        # Until here a lost lease leaves it on its way: nobody has written down that it arrived.
        self._applying = None
        return True

    def _take_back_late_split(self) -> None:
        """A split that arrived when the rollout was over or led by nobody; who leads it now knows of it by the ledger."""
        self._applying = None
        share, self._unheard_share = self._unheard_share, None
        if share is None or self.journal.is_led():
            return
        try:
            # What somebody else has deployed since is left as it is.
            if self.traffic.live() == self.state.shares(share):
                self.report(f"{_LATE}: stable is put back")
                self.traffic.put_back(_LATE)
        except DeliveryError as error:
            self._say(f"{_LATE}, and stable is not back: {error}")

    def _put_back(self) -> str | None:
        """The deployment that puts stable back; None when that has not succeeded yet, or a split may still arrive after it."""
        why = self.state.cause
        try:
            deployment = self.traffic.put_back(why)
            if self._applying is None:
                return deployment
            wait([self._applying], timeout=_ENDING)
            return self.traffic.put_back(why) if self._applied() else None
        except LeaseLostError:
            raise
        except DeliveryError as error:
            self._say(f"stable is not back yet: {error}")
            return None

    def _finish_return(self, deployment: str | None) -> None:
        if deployment is None:
            return
        why = self.state.cause
        body = {"deployment": deployment, "why": why, "backAt": round(self.clock(), 3)}
        self._record([Event(Kind.RETURNED, body)])
        try:
            self.traffic.settle(f"returned: {why}")
        except DeliveryError as error:
            self._say(f"Pulumi's state agrees with the next run: {error}")

    def _record(self, events: Sequence[Event]) -> None:
        self._follow(events, self.clock())
        self.journal.record(events)

    def _say(self, text: str) -> None:
        if text != self._told:
            self._told = text
            self.report(text)


@dataclass
class LeaseKeeper:
    """Renews the lease in a thread of its own, as long as the controller is alive: a split may take longer than a lease."""

    journal: Journal
    seconds: int
    controller: Controller
    lost: str = ""
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> LeaseKeeper:
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(self.seconds)

    def _keep(self) -> None:
        while not self._stop.wait(self.seconds / 3):
            if time.monotonic() - self.controller.beat > 4 * self.seconds:
                continue
            try:
                self.journal.ledger.renew(self.journal.fence, self.seconds)
            except LeaseLostError as error:
                self.lost = error.detail
                self.controller.stop()
                return
            except DeliveryError:
                continue
