"""A figure: what was measured, against which goal. The tables that a run prints, and the file that it writes."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import rich.table
from rich.console import Console

Reporter = Callable[[str], None]


@dataclass(frozen=True)
class Figure:
    """`goal` in words (`<= 20`); `met` is computed from value and goal, never typed. `interval` is the lowest and the highest that
    the value may be with 95 % confidence, where that was estimated."""

    name: str
    value: float
    unit: str
    goal: str
    met: bool
    interval: Sequence[float] | None = None


@dataclass(frozen=True)
class Table:
    """What has no one goal: measured row by row."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | float]]
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    command: str = ""
    date: str = ""


Measured = Figure | Table


Interval = tuple[float, float]


def at_most(
    name: str, value: float, unit: str, limit: float, interval: Interval | None = None
) -> Figure:
    goal = f"<= {_rounded(limit):g}"
    return Figure(name, _rounded(value), unit, goal, value <= limit, _both(interval))


def at_least(
    name: str, value: float, unit: str, limit: float, interval: Interval | None = None
) -> Figure:
    goal = f">= {_rounded(limit):g}"
    return Figure(name, _rounded(value), unit, goal, value >= limit, _both(interval))


def _both(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [_rounded(value) for value in interval]


def nearest_rank(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least so many percent of the values do not exceed."""
    return sorted(values)[max(math.ceil(len(values) * percent / 100), 1) - 1]


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def read(path: Path) -> list[Measured]:
    """What an earlier run has written; nothing when there was none."""
    if not path.exists():
        return []
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [Table(**row) if "columns" in row else Figure(**row) for row in rows]


def merge(known: Sequence[Measured], measured: Sequence[Measured]) -> list[Measured]:
    """Each figure once: the one measured now, in the place that it had."""
    figures = {figure.name: figure for figure in known}
    figures.update({figure.name: figure for figure in measured})
    return list(figures.values())


def write(figures: Sequence[Measured], path: Path) -> None:
    texts = [_dumped(_told(figure)) for figure in figures]
    path.write_text("[\n" + ",\n".join(texts) + "\n]\n", encoding="utf-8")


def _told(figure: Measured) -> dict[str, Any]:
    """What was not estimated is left out, and an interval is in one line."""
    return {name: value for name, value in asdict(figure).items() if value is not None}


def _dumped(row: dict[str, Any]) -> str:
    """A line for each row of a table."""
    lines = [json.dumps(cells, ensure_ascii=False) for cells in row.get("rows", ())]
    if not lines:
        cells = (f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in row.items())
        return textwrap.indent("{\n" + ",\n".join(cells) + "\n}", "  ")
    row.pop("rows")
    text = json.dumps(row, indent=2, ensure_ascii=False).removesuffix("\n}")
    table = ",\n    ".join(lines)
    return textwrap.indent(f'{text},\n  "rows": [\n    {table}\n  ]\n}}', "  ")


def show(figures: Sequence[Measured], console: Console) -> None:
    table = rich.table.Table(title="figures")
    for column in ("figure", "value", "95 % interval", "goal", ""):
        table.add_column(column, justify="right" if column == "value" else "left")
    for figure in figures:
        if isinstance(figure, Figure):
            mark = "[green]met[/]" if figure.met else "[red]missed[/]"
            sure = "" if figure.interval is None else " to ".join(f"{v:g}" for v in figure.interval)
            table.add_row(figure.name, f"{figure.value:g} {figure.unit}", sure, figure.goal, mark)
    console.print(table)
    for figure in figures:
        if isinstance(figure, Table):
            show_table(figure, console)


def show_table(measured: Table, console: Console) -> None:
    table = rich.table.Table(title=measured.name)
    for number, column in enumerate(measured.columns):
        table.add_column(column, justify="right" if _is_of_numbers(measured, number) else "left")
    for row in measured.rows:
        table.add_row(*(f"{cell:g}" if not isinstance(cell, str) else cell for cell in row))
    console.print(table)


def _is_of_numbers(measured: Table, column: int) -> bool:
    return all(not isinstance(row[column], str) for row in measured.rows)
