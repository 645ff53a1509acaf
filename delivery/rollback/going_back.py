"""Components gone back: first all of them by the API, then each verified at the edge."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from delivery.errors import DeliveryError
from delivery.incidents import Moment
from delivery.rollback.component import Component, NowhereError, Report, Returned
from delivery.rollback.returning import Verified

_ALREADY: Final = Verified(True, 0, 0, "serves already")


@dataclass
class Gone:
    """`seconds` from the command to the last answer that verified it."""

    component: Component
    returned: Returned
    timeline: list[Moment]
    verified: Verified = _ALREADY
    seconds: float = 0.0
    left: list[str] = field(default_factory=list[str])
    """What is still to be done, in one line each."""

    @property
    def name(self) -> str:
        return self.component.name


@dataclass(frozen=True)
class Wanted:
    """`to` None: the last good state. `begun`: when the command was given, in Unix seconds."""

    to: str | None
    reason: str
    begun: float


def go_back(
    components: Sequence[Component], wanted: Wanted, say: Report, at_once: Callable[[Gone], None]
) -> tuple[list[Gone], DeliveryError | None]:
    """Those that went back, and what went wrong with another: `NowhereError` where nothing else did. `at_once` is called for
    each as soon as the API has it. Raises nothing else than what is no `DeliveryError`."""
    gone: list[Gone] = []
    wrong: DeliveryError | None = None
    for component in components:
        asked = Moment(wanted.begun, f"asked for: {wanted.reason or 'no reason given'}")
        try:
            returned = component.go_back(wanted.to, wanted.reason)
        except DeliveryError as error:
            if len(components) > 1:
                say(f"{component.name}: {error.what}")
            if wrong is None or isinstance(wrong, NowhereError):
                wrong = error
            continue
        one = Gone(component, returned, [asked])
        if returned.changed:
            made = f"{returned.after} {returned.words.made}"
            one.timeline.append(Moment(time.time(), made))
            say(f"{component.name}: {made}; asking the edge")
        gone.append(one)
        at_once(one)
    if gone and isinstance(wrong, NowhereError):
        wrong = None
    return gone, wrong


def verify(gone: Gone, wanted: Wanted, say: Report, report: Report) -> None:
    """It is deployed whatever the edge says, and what follows still has to be done."""
    if not gone.returned.changed:
        return
    try:
        gone.verified = gone.component.verify(gone.returned, report)
    except DeliveryError as error:
        gone.verified = Verified(False, 0, 0, f"not verified at the edge: {error.what}")
    gone.seconds = time.time() - wanted.begun
    gone.timeline.append(Moment(time.time(), gone.verified.said))
    say(f"{gone.name}: {gone.verified.said}")
