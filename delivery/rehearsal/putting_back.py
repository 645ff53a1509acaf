"""A stack put back as it was before a rehearsal, also by the next one when this one was killed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from delivery.errors import DeliveryError
from delivery.rehearsal.candidate import Candidates
from delivery.rehearsal.disturbance import end_faults
from delivery.rehearsal.program import call
from delivery.rollout.leading import Place
from delivery.rollout.worker_traffic import WorkerTraffic

_RETURN_SECONDS: Final = 60.0
_WHY: Final = "the rehearsal is over"
_NAME: Final = "rehearsal"
"""Stands for a rollout's id in the messages of deployments."""


@dataclass(frozen=True)
class Begun:
    """What a rehearsal has changed: versions by id; `spared` are the faults that were on before its own, None as long as it has
    turned on none."""

    stable: str
    candidate: str
    spared: list[str] | None = None


@dataclass(frozen=True)
class Record:
    """A file that says what has to be put back, as long as it has not been."""

    path: Path

    @staticmethod
    def of(project: Path, stack: str) -> Record:
        return Record(project / ".pitchey" / "rehearsals" / f"{stack}.json")

    def write(self, begun: Begun) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.write_text(json.dumps(asdict(begun)), encoding="utf-8")

    def spare(self, faults: Sequence[str]) -> None:
        """From now on all others are to be ended."""
        known = self.read()
        if known is not None:
            self.write(replace(known, spared=list(faults)))

    def read(self) -> Begun | None:
        """None where nothing was begun, or nothing of it can be told."""
        try:
            told: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
            spared = told["spared"]
            return Begun(
                str(told["stable"]),
                str(told["candidate"]),
                None if spared is None else [str(id) for id in spared],
            )
        except (OSError, ValueError, LookupError, TypeError):
            return None

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)


def put_back(
    place: Place,
    record: Record,
    candidates: Candidates,
    report: Callable[[str], None],
    *,
    settled: bool = False,
) -> None:
    """Faults off, no rollout under way, stable at 100 % at the edge and in Pulumi's state, the candidate gone. `settled`: the
    rollout itself has seen to the traffic. Raises `DeliveryError`; what was begun then stays on record."""
    begun = record.read()
    if begun is None:
        return
    if begun.spared is not None:
        end_faults(place.stack.project, begun.spared)
    _end_rollout(place, begun, report)
    if not settled:
        traffic = WorkerTraffic(
            _NAME,
            place.stack,
            place.deployments,
            place.edge,
            place.worker_url,
            begun.stable,
            begun.candidate,
            report,
        )
        traffic.put_back(_WHY)
        traffic.settle(_WHY)
    candidates.delete(begun.candidate)
    record.clear()


def _end_rollout(place: Place, begun: Begun, report: Callable[[str], None]) -> None:
    """Whoever leads it is asked to return; where nobody does any more, this program leads it back."""
    deadline = time.monotonic() + _RETURN_SECONDS
    asked: str | None = None
    while True:
        rollout = place.open_rollout()
        if rollout is None or rollout.state.candidate != begun.candidate:
            return
        told = place.ledger.read()
        led = told.lease is not None and told.lease.until > told.now
        holder = told.lease.holder if told.lease is not None and led else ""
        if holder != asked:
            asked = holder
            report(f"rollout {rollout.id} is asked to return")
            try:
                call(place.stack.project, "rollout", "abort", place.stack.name, "--why", _WHY)
            except DeliveryError as error:
                # What became of it stands in the ledger.
                report(error.what)
        if time.monotonic() > deadline:
            # Its controller does not hear; the API moves the traffic all the same.
            return
        time.sleep(0.5)
