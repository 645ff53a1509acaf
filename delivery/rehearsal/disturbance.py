"""What goes wrong around a candidate, turned on and off by the local cloud's own command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from delivery.errors import FailedError
from delivery.rehearsal.program import call


class Disturbance:
    """Ends what it began and nothing else; `on_change` is told of every fault that is on by then, by id."""

    def __init__(self, project: Path, on_change: Callable[[list[str]], None]) -> None:
        self._project = project
        self._on_change = on_change
        self._on: list[str] = []

    def api(self, percent: float) -> None:
        """Of the API's calls `percent` are answered 500; half of these after the change was made. Raises `FailedError`."""
        before = percent / 200
        self._add("500", "--rate", f"{before:.4f}")
        # Of those that the first one spared.
        self._add("500", "--rate", f"{before / (1 - before):.4f}", "--after")

    def objects(self, worker: str) -> None:
        """Nobody reaches a Worker's Durable Objects. Raises `FailedError`."""
        self._add("objects-gone", "--worker", worker)

    def _add(self, *arguments: str) -> None:
        told: Any = json.loads(call(self._project, "local", "faults", "add", *arguments, "--json"))
        self._on.append(str(told["id"]))
        self._on_change(self._on)

    def end(self) -> None:
        """Raises `FailedError`."""
        end_faults(self._project, self._on)
        self._on = []
        self._on_change(self._on)


def end_faults(project: Path, ids: list[str]) -> None:
    """Raises `FailedError` when one is still on."""
    for id in ids:
        call(project, "local", "faults", "clear", id)
    if ids:
        known: list[dict[str, Any]] = json.loads(call(project, "local", "faults", "list", "--json"))
        left = {str(fault["id"]) for fault in known}.intersection(ids)
        if left:
            raise FailedError(
                f"faults are still on: {', '.join(sorted(left))}",
                "`pitchey local faults clear` ends them",
            )
