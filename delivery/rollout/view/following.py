"""A rollout followed from any machine: its ledger for what was decided, the recorder for what was counted since."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from delivery.analysis.counts import NOTHING, Counts, Slice
from delivery.analysis.judgement import Judgement
from delivery.errors import DeliveryError
from delivery.metrics.source import MetricsUnavailableError, Reading
from delivery.rollout.decisions import is_baked
from delivery.rollout.durations import duration
from delivery.rollout.events import Event, Kind
from delivery.rollout.journal import Rollout, read_rollouts
from delivery.rollout.ledger import Entry, LedgerState, LedgerUnreachableError
from delivery.rollout.view.snapshot import Readings, Snapshot, snapshot

_BEFORE: Final = 20.0
"""Seconds that are read back from now, for requests a second."""
_FURTHEST: Final = 600.0
"""Nothing older is read: it would say nothing of now. A bake is read from its beginning, as far as the recorder keeps it."""
_LOOKED_BACK: Final = 3
_MOST: Final = 120
_KEPT: Final = 40


class Ledger(Protocol):
    def read(self, after: int = 0) -> LedgerState:
        """Raises `LedgerUnreachableError`."""
        ...


class Recorder(Protocol):
    def since(self, after: float) -> Reading:
        """Raises `MetricsUnavailableError`."""
        ...


@dataclass(frozen=True, slots=True)
class _Known:
    """`entries` without the numbers, which `rollout` has taken in; `offset` is the ledger's clock minus ours."""

    rollout: Rollout
    entries: tuple[Entry, ...]
    last: int
    offset: float
    readings: Readings


class Follower:
    """`poll` in one thread, `picture` in any. The first reading is made here: raises `DeliveryError`."""

    def __init__(
        self,
        ledger: Ledger,
        recorder: Recorder,
        rollout: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._ledger = ledger
        self._recorder = recorder
        self._clock = clock
        self._answered = clock()
        self._slices: tuple[Slice, ...] = ()
        self._cursor = 0.0
        self._basis: tuple[object, ...] = ()
        self._written: tuple[Entry, ...] = ()
        told = ledger.read()
        own = tuple(entry for entry in told.entries if entry.rollout in {rollout, ""})
        self._known = _Known(
            read_rollouts(own)[-1],
            _without_numbers(own),
            told.last,
            told.now - clock(),
            Readings((), told.lease, told.switch, before=self._looked_back(own)),
        )
        self._count()

    @property
    def rollout(self) -> Rollout:
        return self._known.rollout

    @property
    def entries(self) -> Sequence[Entry]:
        """All of the rollout but its numbers, oldest first."""
        return self._known.entries

    def picture(self) -> Snapshot:
        known = self._known
        return snapshot(known.rollout, known.entries, known.readings, self._clock() + known.offset)

    def poll(self) -> None:
        """Reads what is new. Whoever does not answer is told of in the picture, and asked again at the next call."""
        known = self._known
        try:
            told = self._ledger.read(known.last)
        except DeliveryError as error:
            self._known = replace(
                known, readings=replace(known.readings, troubles=(self._away(error),))
            )
            return
        now = self._clock()
        self._answered = now
        rollout = known.rollout
        own = tuple(entry for entry in told.entries if entry.rollout in {rollout.id, ""})
        for entry in own:
            rollout = rollout.after(entry)
        self._known = _Known(
            rollout,
            (*known.entries, *_without_numbers(own)),
            max(known.last, told.last),
            told.now - now,
            Readings(self._slices, told.lease, told.switch, before=self._looked_back(own)),
        )
        self._count()

    def _looked_back(self, entries: Sequence[Entry]) -> Judgement | None:
        """The judgement of the current step that was written down some entries ago."""
        for entry in entries:
            if entry.kind == Kind.SHIFT:
                self._written = ()
            elif entry.kind == Kind.OBSERVED:
                self._written = (*self._written, entry)[-_LOOKED_BACK:]
        if not self._written:
            return None
        return Event.from_json(Kind.OBSERVED, self._written[0].body).judgement

    def _away(self, error: DeliveryError) -> str:
        what = str(error) if isinstance(error, LedgerUnreachableError) else f"the ledger: {error}"
        age = duration(self._clock() - self._answered)
        return f"{what}; what stands here is {age} old, and it is asked again"

    def _count(self) -> None:
        known = self._known
        if known.rollout.state.is_over:
            return
        self._begin()
        troubles: tuple[str, ...] = ()
        try:
            reading = self._recorder.since(self._cursor)
        except MetricsUnavailableError as error:
            troubles = (f"{error.what}: the numbers are those of the ledger",)
        else:
            self._cursor = max(reading.through, self._cursor)
            through = known.rollout.state.through
            self._slices = _joined((*self._slices, *reading.slices), through)
        readings = replace(known.readings, slices=self._slices, troubles=troubles)
        self._known = replace(known, readings=readings)

    def _begin(self) -> None:
        """From where the ledger's numbers end; while it bakes, amid a pause of that too, from where that began."""
        state = self._known.rollout.state
        now = self._clock() + self._known.offset
        baked = is_baked(state)
        began = next(
            (one.at for one in reversed(self._known.entries) if one.kind == Kind.BAKING),
            state.since,
        )
        basis = ("bake", began) if baked else ("step", state.through)
        if basis == self._basis:
            return
        self._basis = basis
        if baked:
            self._slices, self._cursor = (), began
            return
        # What was read beyond is read again, so that no second counts twice or never.
        self._slices = tuple(
            one for one in self._slices if one.end <= state.through + 1 and one.end > now - _BEFORE
        )
        self._cursor = max(state.through, now - (_FURTHEST if state.through else _BEFORE))


def _without_numbers(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.kind != Kind.OBSERVED)


def _joined(slices: tuple[Slice, ...], through: float) -> tuple[Slice, ...]:
    """Old ones are put together, on either side of what the ledger has counted already."""
    if len(slices) <= _MOST:
        return slices
    old = tuple(one for one in slices if one.start <= through)
    fresh = slices[len(old) :]
    return (*_fewer(old), *_fewer(fresh))


def _fewer(slices: tuple[Slice, ...]) -> tuple[Slice, ...]:
    if len(slices) <= _KEPT:
        return slices
    old, kept = slices[:-_KEPT], slices[-_KEPT:]
    versions: dict[str, Counts] = {}
    for one in old:
        for version, counts in one.versions.items():
            versions[version] = versions.get(version, NOTHING) + counts
    return (Slice(old[0].start, old[-1].end, versions), *kept)
