"""What goes wrong around a candidate, turned on and off by the local cloud's own command."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from delivery.errors import FailedError
from delivery.rehearsal.program import call


class Disturbance:
    """`before_first` is told, by id, of the faults that are on before the first one here: somebody else's, which stay. Only
    then is one turned on, so that it is known what to end whenever this is interrupted."""

    def __init__(self, project: Path, before_first: Callable[[Sequence[str]], None]) -> None:
        self._project = project
        self._before_first = before_first

    def api(self, percent: float) -> None:
        """Of the API's calls `percent` are answered 500; half of these after the change was made. Raises `FailedError`."""
        self._before_first(faults_on(self._project))
        before = percent / 200
        self._add("500", "--rate", f"{before:.4f}")
        # Of those that the first one spared.
        self._add("500", "--rate", f"{before / (1 - before):.4f}", "--after")

    def objects(self, worker: str) -> None:
        """Nobody reaches a Worker's Durable Objects. Raises `FailedError`."""
        self._before_first(faults_on(self._project))
        self._add("objects-gone", "--worker", worker)

    def _add(self, *arguments: str) -> None:
        call(self._project, "local", "faults", "add", *arguments)


def faults_on(project: Path) -> list[str]:
    """Their ids. Raises `FailedError`."""
    told: list[dict[str, Any]] = json.loads(call(project, "local", "faults", "list", "--json"))
    return [str(fault["id"]) for fault in told]


def end_faults(project: Path, spared: Sequence[str]) -> None:
    """All but those that are spared. Raises `FailedError` when another is still on."""
    for id in faults_on(project):
        if id not in spared:
            call(project, "local", "faults", "clear", id)
    left = [id for id in faults_on(project) if id not in spared]
    if left:
        raise FailedError(
            f"faults are still on: {', '.join(left)}", "`pitchey local faults clear` ends them"
        )
