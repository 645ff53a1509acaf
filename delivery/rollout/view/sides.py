"""Both versions side by side, and beside each metric how far its evidence is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from delivery.analysis.verdict import Outcome
from delivery.analysis.words import odds
from delivery.rollout.view import shown
from delivery.rollout.view.measured import Measured
from delivery.rollout.view.snapshot import Snapshot
from delivery.rollout.view.weighing import Weighed

_SHORTEST: Final = 11
_LONGEST: Final = 24
_OUTCOMES: Final = {
    Outcome.PASS: "green",
    Outcome.FAIL: "bold red",
    Outcome.INCONCLUSIVE: "yellow",
    Outcome.NO_DATA: "yellow",
}


def rows_of_sides(snapshot: Snapshot) -> int:
    return 3 + len(_metric_rows(snapshot))


def sides(snapshot: Snapshot, width: int) -> Table:
    names = [_name(one) for one in _metric_rows(snapshot)]
    first = min(max(_SHORTEST, *(len(name) for name in names)), _LONGEST, width // 5)
    room = width - first
    verdict = 18 if room >= 110 else 0
    bar = 8 if room < 90 else min((room - 70) // 3, 16)
    side = (room - 2 * bar - verdict - (5 if verdict else 4) * 2) // 2
    table = Table(
        box=None, padding=(0, 0, 0, 2), pad_edge=False, header_style="dim", show_edge=False
    )
    table.add_column(Text(snapshot.span), width=first, no_wrap=True)
    whole = snapshot.span.startswith("since")
    for role, one, of in (
        ("stable", snapshot.stable, " before" if whole else ""),
        ("candidate", snapshot.candidate, ""),
    ):
        header = Text(f"{role} {shown.version(one.version)}{of}")
        table.add_column(header, width=side, no_wrap=True)
    table.add_column("to pass", width=bar, no_wrap=True)
    table.add_column("to fail", width=bar, no_wrap=True)
    if verdict:
        table.add_column("", width=verdict, no_wrap=True)
    for row in (
        ("requests", *(_requests(one) for one in (snapshot.stable, snapshot.candidate))),
        *((one, *_values(one.name, snapshot)) for one in _metric_rows(snapshot)),
        ("probes", *(_probes(one) for one in (snapshot.stable, snapshot.candidate))),
    ):
        name, *values = row
        cells: list[RenderableType] = [Text(value) for value in values]
        if isinstance(name, Weighed):
            cells = [Text(_name(name)), *cells, _part(name.to_pass, bar, "green", name)]
            cells.append(_part(name.to_fail, bar, "red", name))
            if verdict:
                cells.append(_verdict(name))
        else:
            cells = [Text(name), *cells]
        table.add_row(*cells)
    return table


def _name(one: Weighed) -> str:
    return one.name.removesuffix(" failures")


def _metric_rows(snapshot: Snapshot) -> list[Weighed]:
    """Error rate and latency are shown also where the strategy does not judge them."""
    names = {one.name for one in snapshot.metrics}
    missing = [
        Weighed(name, None, None, None, 0.0)
        for name in ("error rate", "p95 latency")
        if name not in names
    ]
    return [*missing, *snapshot.metrics]


def _requests(one: Measured) -> str:
    return f"{one.requests:<9,} {shown.per_second(one.per_second)}"


def _probes(one: Measured) -> str:
    bad = one.probes.events
    return (
        f"{one.probes.trials:,}, {f'{bad:,} failed' if bad else 'all answered'}"
        if one.probes.trials
        else "none"
    )


def _values(metric: str, snapshot: Snapshot) -> tuple[str, str]:
    return _value(metric, snapshot.stable), _value(metric, snapshot.candidate)


def _value(metric: str, one: Measured) -> str:
    shows = _VALUES.get(metric)
    return "" if shows is None else shows(one)


def _errors(one: Measured) -> str:
    return f"{shown.percent(one.errors.value):<9} {shown.band(one.errors)}"


def _p95(one: Measured) -> str:
    if one.p95 is None:
        return shown.NOTHING
    return f"{shown.milliseconds(one.p95.value):<9} {shown.quantile_band(one.p95)}"


_VALUES: Final[Mapping[str, Callable[[Measured], str]]] = {
    "error rate": _errors,
    "cache failures": lambda one: shown.of_uses(one.cache),
    "database failures": lambda one: shown.of_uses(one.database),
    "p50 latency": lambda one: shown.milliseconds(one.p50),
    "p95 latency": _p95,
    "p99 latency": lambda one: shown.milliseconds(one.p99),
}


def _part(value: float | None, width: int, style: str, one: Weighed) -> Text:
    if value is None:
        return Text(shown.NOTHING, style="dim")
    full = int(value * width)
    line = Text.assemble(("━" * full, style), ("─" * (width - full), "dim"))
    if value >= 1:
        line.stylize("bold")
    return line


def _verdict(one: Weighed) -> Text:
    if one.outcome is None or one.why:
        return Text(one.why, style="dim")
    said = one.outcome.value
    if one.outcome is Outcome.INCONCLUSIVE:
        said = f"{odds(one.odds)} to 1"
    return Text(said, style=_OUTCOMES[one.outcome])
