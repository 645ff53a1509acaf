"""What a rollback brings with it: the controller is stopped meanwhile; then Pulumi's state, people, and the incident's record."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from delivery.errors import DeliveryError
from delivery.incidents import Incident, Moment, write_incident
from delivery.person import person
from delivery.progress import Progress
from delivery.rollback.component import Place
from delivery.rollback.going_back import Gone, Wanted, verify
from delivery.rollback.guard import Guard
from delivery.rollback.isolates import tell_isolates
from delivery.rollback.last_good import message
from delivery.rollback.tokens import ledger_token
from delivery.rollback.worker import WorkerComponent

if TYPE_CHECKING:
    from delivery.stack import Stack

_TOLD_SECONDS: Final = 20.0
_GUARD_SECONDS: Final = 60.0


@dataclass
class Following:
    project: Path
    place: Place
    wanted: Wanted
    progress: Progress
    _guards: dict[str, Guard] = field(default_factory=dict[str, Guard])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def at_once(self, gone: Gone) -> None:
        """Beside the verification: isolates are told of a flag; of a Worker, whoever leads its rollout is stopped."""
        if gone.returned.flags:
            tell_isolates(
                self.place,
                gone.returned.flags,
                lambda: ledger_token(self._stack),
                lambda text: self._note(gone, text),
            )
        if not isinstance(gone.component, WorkerComponent):
            return
        guard = Guard(
            self.place,
            gone.component.worker,
            gone.returned,
            self.wanted.reason,
            lambda: ledger_token(self._stack),
            lambda text: self._note(gone, text),
        )
        self._guards[gone.name] = guard
        guard.start()

    def follow(self, gone: Sequence[Gone]) -> Path | None:
        """The incident's record, where anything was changed, also where somebody has no patience for the rest."""
        try:
            for one in gone:
                guard = self._guards.get(one.name)
                if guard is not None:
                    self._follow_worker(one, guard)
        finally:
            record = self._record([one for one in gone if one.returned.changed])
        return record

    def _follow_worker(self, gone: Gone, guard: Guard) -> None:
        guard.wait_told(_TOLD_SECONDS)
        state = self._bring_state(gone) if gone.returned.changed else None
        guard.finish(_GUARD_SECONDS)
        if guard.untold is not None:
            gone.left.append(guard.untold)
        if not gone.returned.changed:
            return
        if guard.again:
            verify(gone, self.wanted, self.progress.say, self.progress.report)
            state = self._bring_state(gone)
        if state is not None:
            gone.left.append(f"{state}; `pitchey up {self.place.stack}` brings it")
        self._tell_people(gone, guard.worker)

    def _bring_state(self, gone: Gone) -> str | None:
        from delivery.rollback import afterwards  # noqa: PLC0415 (the engine comes after the rollback)

        returned = gone.returned
        said = message(returned.before.split(","), self.wanted.reason)
        return afterwards.best_effort(
            "Pulumi's state",
            lambda: afterwards.bring_state(self._stack(), returned, said),
            lambda text: self._note(gone, text),
        )

    def _tell_people(self, gone: Gone, worker: str) -> None:
        from delivery.rollback import afterwards  # noqa: PLC0415 (as above)

        id = f"rollback-{int(self.wanted.begun * 1000)}"
        verified = "yes" if gone.verified.done else "no"
        numbers = {"Verified at the edge": verified, "Since the command": f"{gone.seconds:.1f} s"}
        left = afterwards.best_effort(
            "notifications",
            lambda: afterwards.tell_people(
                self._stack(),
                gone.returned,
                worker,
                self.wanted.reason,
                id,
                self.progress.report,
                numbers,
            ),
            lambda text: self._note(gone, text),
        )
        if left is not None:
            gone.left.append(left)

    def _stack(self) -> Stack:
        from delivery.stack import Stack  # noqa: PLC0415 (as above)

        return Stack(
            self.project,
            self.place.stack,
            self.place.cloud,
            report=self.progress.report,
            on_event=self.progress.on_event,
        )

    def _note(self, gone: Gone, text: str) -> None:
        with self._lock:
            self.progress.say(text)
            gone.timeline.append(Moment(time.time(), text))

    def _record(self, changed: Sequence[Gone]) -> Path | None:
        if not changed:
            return None
        by = person()
        incidents = [
            Incident(
                stack=self.place.stack,
                component=one.name,
                before=one.returned.before,
                after=one.returned.after,
                reason=self.wanted.reason,
                by=by,
                verified=one.verified.done,
                seconds=round(one.seconds, 3),
                timeline=sorted(one.timeline, key=lambda moment: moment.at),
            )
            for one in changed
        ]
        try:
            return write_incident(self.project, incidents, self.wanted.begun)
        except DeliveryError as error:
            self.progress.say(error.what)
            return None
