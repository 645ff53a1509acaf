"""Beside a Worker that is rolled back: its rollout's controller is stopped, and a split of its that arrives late is put back."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from delivery.deployments import Deployments
from delivery.rollback.component import Place, Returned
from delivery.rollback.fencing import fence, find_ledger
from delivery.rollback.last_good import message
from delivery.rollback.returning import ALL
from delivery.rollout.ledger import Ledger
from delivery.split import Share

_ROLLOUT: Final = "pitchey rollout"
"""Begins the message of each deployment that a rollout makes."""
_NEWEST: Final = 4
"""Of the deployments: what was left, the rollback, the one by Pulumi, one that came late."""
_PAUSE: Final = 0.5
_ARRIVES_SECONDS: Final = 30.0
"""So long one run of the engine may take until its deployment is there."""


@dataclass
class Guard:
    """Works in a thread of its own, so that it holds up neither the edge's verification nor the end of the command.

    `token` gives the ledger's token and may raise `DeliveryError`; `note` is told what was done.
    """

    place: Place
    worker: str
    returned: Returned
    why: str
    token: Callable[[], str]
    note: Callable[[str], None]
    pause: float = _PAUSE
    arrives_seconds: float = field(default_factory=lambda: _ARRIVES_SECONDS)
    untold: str | None = None
    """What of it was not done, for people."""
    again: bool = False
    """A late split arrived and was put back."""
    _told: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        # A daemon: an engine that hangs must not keep the command from ending.
        self._thread = threading.Thread(target=self._run, name="guard", daemon=True)
        self._thread.start()

    def wait_told(self, seconds: float) -> None:
        """Until the controller is stopped, or it is clear that it could not be told."""
        if not self._told.wait(seconds) and self.untold is None:
            self.untold = _untold(f"no answer within {seconds:g} s")
            self.note(self.untold)

    def finish(self, seconds: float) -> None:
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        late = False
        try:
            late = self._tell()
            self.untold = None
        except Exception as error:
            said = str(error).strip().splitlines()
            if self.untold is None:
                self.untold = _untold(said[0] if said else type(error).__name__)
                self.note(self.untold)
            late = True
        finally:
            self._told.set()
        if late and self.returned.changed:
            with contextlib.suppress(Exception):
                self._put_back_what_arrives()

    def _tell(self) -> bool:
        """Whether a split may still arrive."""
        url = find_ledger(self.place)
        if url is None:
            self.note("the stack has no ledger")
            return False
        fenced = fence(Ledger(self.place.edge, url, self.token()), self.returned, self.why)
        if fenced.rollout is not None:
            self.note(f"rollout {fenced.rollout} is stopped and ended in the ledger")
        elif self.returned.changed:
            self.note("written to the ledger; no rollout was under way")
        return fenced.split_under_way

    def _put_back_what_arrives(self) -> None:
        end = time.monotonic() + self.arrives_seconds
        with Deployments(self.place.cloud.access(), self.worker) as deployments:
            if self.untold is not None and not any(
                d.message.startswith(_ROLLOUT) for d in deployments.history(_NEWEST)
            ):
                return  # nothing says that a rollout was under way
            self.note(
                f"a split that is still on its way would be put back: {self.arrives_seconds:g} s"
            )
            while time.monotonic() < end:
                live = deployments.live()
                if live is not None and live.served != {self.returned.after: ALL}:
                    if not live.message.startswith(_ROLLOUT):
                        self.note("somebody else has deployed since, which is left as it is")
                        return
                    left = [version for version in live.served if version != self.returned.after]
                    shares = [Share(self.returned.after, ALL)]
                    deployments.deploy(shares, message(left, self.why), force=True)
                    self.again = True
                    self.note("a split that was on its way arrived, and was put back")
                    return
                time.sleep(self.pause)


def _untold(reason: str) -> str:
    return (
        f"the ledger was not told ({reason}); whoever leads a rollout is not stopped, but notices "
        "by itself that it was rolled back, and leaves it so"
    )
