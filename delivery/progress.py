"""What a person sees while something takes its time: the stage that runs, how long it took; plain lines when piped."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from delivery.events import Diagnostic, Event, Step, Violation

_PAST: Final = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "create-replacement": "replaced",
    "import": "imported",
    "read": "read",
    "refresh": "refreshed",
}

_PLUGIN_ON_PATH: Final = re.compile(r"using pulumi-\S+ from \$PATH")
"""The cloud says itself where its plugins come from."""


@dataclass(frozen=True)
class Stage:
    name: str
    seconds: float


class _StandardError(Console):
    """Whoever reads may leave (`| head`, a closed terminal): what is being done is done to its end all the same."""

    def __init__(self) -> None:
        super().__init__(stderr=True, highlight=False)

    def on_broken_pipe(self) -> None:
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stderr.fileno())
        os.close(nowhere)


@dataclass
class Progress:
    """Stages one after another. What is said goes to standard error: standard output is for results."""

    console: Console = field(default_factory=_StandardError)
    stages: list[Stage] = field(default_factory=list[Stage])
    _status: Status | None = None
    _current: str = ""
    _steps: int = 0

    @contextmanager
    def stage(self, name: str) -> Generator[None]:
        started = time.monotonic()
        self._current, self._steps = name, 0
        if self.console.is_terminal:
            with self.console.status(f"{name}…") as status:
                self._status = status
                try:
                    yield
                finally:
                    self._status = None
        else:
            self.console.print(f"{name} …")
            yield
        seconds = time.monotonic() - started
        self.stages.append(Stage(name, seconds))
        self.console.print(f"[green]✓[/] {name} [dim]{seconds:.1f} s[/]")

    def report(self, text: str) -> None:
        """What the running stage is at."""
        if self._status is not None:
            self._status.update(f"{escape(self._current)}: {escape(text)}")
        else:
            self.console.print(f"  {escape(text)}", soft_wrap=True)

    def say(self, text: str) -> None:
        """A line that stays."""
        self.console.print(f"  {escape(text)}", soft_wrap=True)

    def on_event(self, event: Event) -> None:
        """The engine's events as progress."""
        if isinstance(event, Step) and event.operation != "same" and not event.planning:
            self._step(event)
        elif isinstance(event, Diagnostic) and event.severity in {"warning", "info"}:
            for line in event.message.splitlines():
                if line.strip() and not _PLUGIN_ON_PATH.search(line):
                    self.say(line)
        elif isinstance(event, Violation) and event.level != "mandatory":
            self.say(f"policy {event.policy}: {event.message.splitlines()[0]}")

    def _step(self, step: Step) -> None:
        short = step.type.rsplit(":", 1)[-1]
        if step.phase == "done" and step.operation in _PAST:
            self._steps += 1
        if self._status is not None:
            verb = step.operation if step.phase == "begun" else _PAST.get(step.operation, "")
            self.report(f"{self._steps} resources done; {verb} {short} {step.name}")
