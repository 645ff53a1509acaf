"""A figure: what was measured, against which goal. The table that a run prints, and the file that it writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

Reporter = Callable[[str], None]


@dataclass(frozen=True)
class Figure:
    """`goal` in words (`<= 20`); `met` is computed from value and goal, never typed."""

    name: str
    value: float
    unit: str
    goal: str
    met: bool


def at_most(name: str, value: float, unit: str, limit: float) -> Figure:
    return Figure(name, _rounded(value), unit, f"<= {_rounded(limit):g}", value <= limit)


def at_least(name: str, value: float, unit: str, limit: float) -> Figure:
    return Figure(name, _rounded(value), unit, f">= {_rounded(limit):g}", value >= limit)


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def read(path: Path) -> list[Figure]:
    """What an earlier run has written; nothing when there was none."""
    if not path.exists():
        return []
    return [Figure(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


def merge(known: Sequence[Figure], measured: Sequence[Figure]) -> list[Figure]:
    """Each figure once: the one measured now, in the place that it had."""
    figures = {figure.name: figure for figure in known}
    figures.update({figure.name: figure for figure in measured})
    return list(figures.values())


def write(figures: Sequence[Figure], path: Path) -> None:
    text = json.dumps([asdict(figure) for figure in figures], indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def show(figures: Sequence[Figure], console: Console) -> None:
    table = Table(title="figures")
    for column in ("figure", "value", "goal", ""):
        table.add_column(column, justify="right" if column == "value" else "left")
    for figure in figures:
        mark = "[green]met[/]" if figure.met else "[red]missed[/]"
        table.add_row(figure.name, f"{figure.value:g} {figure.unit}", figure.goal, mark)
    console.print(table)
