"""Simulated rollouts as a table, a sentence that compares two strategies, and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from rich.console import Console
from rich.table import Table

from delivery.rollout.state import Phase
from delivery.simulation.running import Outcome
from delivery.simulation.tables import Summary, summary
from delivery.simulation.traffic import Traffic

_CAUSES = 3
_NAMES = (
    *("  with 95 % certainty", "finished", "paused", "median time to return", "longest"),
    *("{harmed}, median", "at worst", "a rollout takes"),
)


def to_json(done: Mapping[str, Sequence[Outcome]]) -> list[dict[str, Any]]:
    return [_summary_json(name, summary(outcomes)) for name, outcomes in done.items() if outcomes]


def _summary_json(name: str, told: Summary) -> dict[str, Any]:
    low, high = told.interval
    return {
        "strategy": name,
        "runs": told.runs,
        "returned": told.returned,
        "returnedShare": {"value": told.returned / told.runs, "low": low, "high": high},
        "returnedBeforeHarm": told.too_early,
        "finished": told.finished,
        "paused": told.paused,
        "unfinished": told.unfinished,
        "detectedAfterSeconds": {"median": told.median_detected, "worst": told.worst_detected},
        "harmedRequests": {
            "mean": told.mean_harmed,
            "median": told.median_harmed,
            "worst": told.worst_harmed,
        },
        "meanSeconds": told.mean_seconds,
        "looks": told.looks,
        "causes": dict(told.causes),
    }


def show(
    console: Console, done: Mapping[str, Sequence[Outcome]], traffic: Traffic, wanted: int
) -> None:
    """`wanted` runs of each: with fewer it is said that it was cut short."""
    harm = any(fault.is_harm for fault in traffic.faults)
    told = {name: summary(outcomes) for name, outcomes in done.items() if outcomes}
    table = Table(box=None, padding=(0, 2), header_style="dim")
    table.add_column("strategy", style="dim")
    rows = [_cells(one) for one in told.values()]
    for name in told:
        table.add_column(name, justify="right", overflow="fold")
    names = ("rollouts", "found" if harm else "false alarms", *_NAMES)
    for number, name in enumerate(names):
        harmed = "requests harmed" if harm else "errors served"
        table.add_row(name.format(harmed=harmed), *(row[number] for row in rows))
    console.print(table)
    if harm:
        console.print(
            "time: from when harm began; harmed: errors, and answers that the fault made slower, of the candidate in one rollout",
            soft_wrap=True,
        )
    for name, one in told.items():
        if one.causes:
            causes = ", ".join(f"{cause} {count:,}" for cause, count in one.causes[:_CAUSES])
            console.print(f"{name} was returned or paused for: {causes}", soft_wrap=True)
        if harm and one.too_early:
            console.print(f"{name} was returned before any harm {one.too_early:,} times")
        if one.unfinished:
            console.print(f"{name} was still going on after four hours {one.unfinished:,} times")
    for first, second in combinations(told, 2):
        console.print(_compared(first, done[first], second, done[second]), soft_wrap=True)
    short = [f"{len(done[name]):,} of {name}" for name in done if len(done[name]) < wanted]
    if short:
        console.print(
            f"interrupted: of {wanted:,} rollouts wanted there are {', '.join(short)}",
            soft_wrap=True,
        )


def _cells(one: Summary) -> list[str]:
    low, high = one.interval
    return [
        f"{one.runs:,}",
        f"{one.returned / one.runs:.2%}",
        f"{low:.2%} to {high:.2%}",
        f"{one.finished / one.runs:.1%}",
        f"{one.paused / one.runs:.1%}",
        _duration(one.median_detected),
        _duration(one.worst_detected),
        f"{one.median_harmed:,.0f}",
        f"{one.worst_harmed:,}",
        _duration(one.mean_seconds),
    ]


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:.0f} min"


def _compared(first: str, mine: Sequence[Outcome], second: str, theirs: Sequence[Outcome]) -> str:
    """Seed by seed: both had the same traffic as long as they gave the candidate the same share."""
    pairs = list(zip(mine, theirs, strict=False))
    one = sum(_is_better(a, b) for a, b in pairs)
    other = sum(_is_better(b, a) for a, b in pairs)
    return (
        f"of {len(pairs):,} seeds that both had, fewer requests were harmed by {first} in {one:,} and by {second} in "
        f"{other:,}; only {first} returned {_only(pairs):,}, only {second} "
        f"{_only([(b, a) for a, b in pairs]):,}"
    )


def _is_better(one: Outcome, other: Outcome) -> bool:
    return one.harmed_requests < other.harmed_requests


def _only(pairs: Sequence[tuple[Outcome, Outcome]]) -> int:
    returned = Phase.RETURNED
    return sum(a.phase is returned and b.phase is not returned for a, b in pairs)
