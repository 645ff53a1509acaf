"""`rollout watch`: a rollout as it goes on, whoever leads it and wherever."""

from __future__ import annotations

import json
import threading
import time
from typing import Annotated, Any, Final

import typer
from rich.live import Live

from delivery.commands.options import CloudOption, StackArgument, results
from delivery.commands.rollout.ending import EXIT_STATUS
from delivery.commands.rollout.stacks import find_place, find_rollout
from delivery.progress import Progress
from delivery.rollout.journal import read_rollouts
from delivery.rollout.leading import Place
from delivery.rollout.view.following import Follower
from delivery.rollout.view.lines import (
    event_json,
    event_line,
    numbers_line,
    snapshot_json,
    trouble_line,
)
from delivery.rollout.view.render import LEAST_WIDTH, render
from delivery.rollout.view.snapshot import Snapshot

_READ_EVERY: Final = 1.0
_DRAWN_EVERY: Final = 0.5
_NUMBERS_EVERY: Final = 10.0
_LEFT: Final = 2
"""Neither finished nor returned."""
_PRE_FLIGHT: Final = 60.0
"""Seconds that a pre-flight may take longer than the lease under which it began."""


def watch(
    stack: StackArgument,
    rollout: Annotated[
        str | None,
        typer.Argument(help="Its id, or the id's beginning; the last one without."),
    ] = None,
    *,
    once: Annotated[bool, typer.Option("--once", help="As it is now, and no longer.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="For machines: one JSON object a line, as they come.")
    ] = False,
    cloud: CloudOption = "local",
) -> None:
    """Shows a rollout as it goes on, whoever leads it: both versions, the evidence, and what is decided next and why.

    It ends with the rollout: exit status 0 for finished, 1 for returned. Ctrl-C leaves the view alone, with 2.

    Example: pitchey rollout watch staging
    """
    progress = Progress()
    place, _ = find_place(stack, cloud, progress)
    id = _begun(place, progress) if rollout is None and not once else None
    found = id or find_rollout(place, rollout).id
    follower = Follower(place.ledger, place.recorder, found)
    try:
        if results().is_terminal and not as_json:
            _draw(follower, once=once)
        else:
            _Lines(follower, as_json=as_json).print(once=once)
    except KeyboardInterrupt:
        seen = follower.picture()
        led = f"{seen.leader} leads it" if seen.leader else "nobody leads it"
        progress.say(f"left the view: rollout {seen.rollout} is not touched, {led}")
        raise typer.Exit(_LEFT) from None
    raise typer.Exit(EXIT_STATUS.get(follower.rollout.state.phase, 0))


def _begun(place: Place, progress: Progress) -> str | None:
    """The rollout that is under way, or that somebody is about to begin: a pre-flight takes its time, and nothing of it is in the
    ledger but the lease. None when nobody does. Raises `DeliveryError`."""
    until = 0.0
    while True:
        told = place.ledger.read()
        known = read_rollouts(told.entries)
        if known and not known[-1].state.is_over:
            return known[-1].id
        lease, used = told.lease, max((entry.fence or 0 for entry in told.entries), default=0)
        # Under a fence that has written something a rollout is being ended, not begun.
        if lease is not None and lease.fence > used:
            if not until:
                said = "has the lease: the rollout that it begins is waited for"
                progress.say(f"{lease.holder} {said}")
            until = time.monotonic() + _PRE_FLIGHT
        if time.monotonic() >= until:
            return None
        time.sleep(_READ_EVERY)


def _draw(follower: Follower, *, once: bool) -> None:
    console = results()

    def picture(height: int | None) -> Any:  # noqa: ANN401 (what rich can draw has no common class)
        return render(follower.picture(), max(console.width, LEAST_WIDTH), height)

    if not once and not follower.rollout.state.is_over:
        reading = _Reading(follower)
        try:
            # A screen of its own: a resized terminal leaves no rests, and what was there before comes back.
            with Live(console=console, screen=True, auto_refresh=False) as live, reading:
                while not follower.rollout.state.is_over:
                    live.update(picture(console.height), refresh=True)
                    time.sleep(_DRAWN_EVERY)
                    reading.check()
        finally:
            console.print(picture(None))
        return
    console.print(picture(None))


class _Reading:
    """Reads in a thread of its own: a ledger that does not answer holds up no clock on the screen."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._stop = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._read, name="reading", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def _read(self) -> None:
        try:
            while not self._stop.wait(_READ_EVERY):
                self._follower.poll()
        except BaseException as error:
            self._failed = error

    def check(self) -> None:
        """Raises what ended the thread."""
        if self._failed is not None:
            raise self._failed


class _Lines:
    """Each event as a line as it comes, and the numbers now and then."""

    def __init__(self, follower: Follower, *, as_json: bool) -> None:
        self._follower = follower
        self._as_json = as_json
        self._seen = 0
        self._told: tuple[str, ...] = ()

    def print(self, *, once: bool) -> None:
        numbers = -_NUMBERS_EVERY
        while True:
            picture = self._follower.picture()
            self._events(picture)
            self._troubles(picture)
            over = once or picture.is_over
            if over or time.monotonic() - numbers >= _NUMBERS_EVERY:
                self._say(snapshot_json(picture) if self._as_json else numbers_line(picture))
                numbers = time.monotonic()
            if over:
                return
            time.sleep(_READ_EVERY)
            self._follower.poll()

    def _events(self, picture: Snapshot) -> None:
        bodies = {entry.seq: entry for entry in self._follower.entries}
        for event in picture.events:
            if event.seq > self._seen:
                self._seen = event.seq
                told = event_json(bodies[event.seq], event.text)
                self._say(told if self._as_json else event_line(event))

    def _troubles(self, picture: Snapshot) -> None:
        # Their beginning alone: how old it is grows with each look.
        told = tuple(trouble.split(";")[0] for trouble in picture.troubles)
        if told != self._told:
            self._say(snapshot_json(picture) if self._as_json else trouble_line(picture))
        self._told = told

    def _say(self, told: str | dict[str, Any]) -> None:
        # Not rich's: a line is never wrapped, whatever the width, and is there at once.
        print(told if isinstance(told, str) else json.dumps(told), flush=True)
