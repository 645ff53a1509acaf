"""Rollouts that were judged so far: a run that was cut short goes on where it stopped, for as long as the same code judges."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from delivery.simulation.running import Outcome
from delivery.simulation.tables import wilson
from tests.integration.checkout import ROOT

KEPT: Final = ROOT / "bench/judged.json"
_LOADED: Final = """
import sys
import delivery.rollout.strategy_files
import delivery.simulation.many

modules = [module for name, module in sys.modules.items() if name.partition(".")[0] == "delivery"]
print(*(module.__file__ for module in modules), sep="\\n")
"""
_STRATEGIES: Final = ROOT / "delivery/rollout/strategies"


@dataclass
class Judged:
    """The first `rollouts` seeds of a case; `returned_after` are seconds, of those that were returned in time. `looks` took
    `seconds`; of what was judged before these were kept they say nothing."""

    rollouts: int = 0
    returned_after: list[float] = field(default_factory=list[float])
    looks: int = 0
    seconds: float = 0.0

    def take(self, outcome: Outcome, within: float) -> None:
        self.rollouts += 1
        self.looks += outcome.looks
        if outcome.detected_after is not None and outcome.detected_after <= within:
            self.returned_after.append(outcome.detected_after)

    @property
    def share(self) -> float:
        return len(self.returned_after) / self.rollouts if self.rollouts else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Of the share, at 95 %."""
        return wilson(len(self.returned_after), self.rollouts)

    @property
    def median_seconds(self) -> float | None:
        return median(self.returned_after) if self.returned_after else None

    @property
    def looks_a_second(self) -> float | None:
        return self.looks / self.seconds if self.seconds else None


def code_of(files: Iterable[Path], root: Path) -> str:
    """Changes with the name and the content of each."""
    told = hashlib.sha256()
    for path in sorted(files):
        told.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0")
    return told.hexdigest()


def files_that_judge() -> set[Path]:
    """What a simulation loads, and the strategies: who leads a rollout and who tells of it judge nothing."""
    loaded = subprocess.run(
        [sys.executable, "-c", _LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return {Path(line) for line in loaded.splitlines()} | set(_STRATEGIES.glob("*.yaml"))


def code_that_judges() -> str:
    return code_of(files_that_judge(), ROOT)


def read(path: Path, code: str) -> dict[str, Judged]:
    """By case; empty where another code has judged."""
    if not path.exists():
        return {}
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return (
        {name: Judged(**one) for name, one in kept["cases"].items()} if kept["code"] == code else {}
    )


def write(path: Path, code: str, cases: dict[str, Judged]) -> None:
    # A case has a line.
    lines = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(asdict(one))}" for name, one in cases.items()
    )
    text = f'{{"code": {json.dumps(code)}, "cases": {{\n{lines}\n}}}}\n'
    path.write_text(text, encoding="utf-8")
