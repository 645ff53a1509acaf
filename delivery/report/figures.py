"""The key figures of a rollout: how long, how many, whom it hurt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from delivery.analysis.counts import Counts
from delivery.report.onset import first_harm
from delivery.report.outcome import Ending, Outcome
from delivery.report.readings import Interval
from delivery.rollout.durations import duration
from delivery.rollout.strategy import Strategy

_UNHARMED: Final = frozenset(
    {"abort", "left", "pause", "shift", "no data", "switch", "somebody else"}
)
"""Causes of a return that say nothing of errors or slowness."""


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: str
    note: str = ""


def figures(
    strategy: Strategy,
    outcome: Outcome,
    began: float,
    now: float,
    counted: Sequence[Interval],
    served: Counts,
    highest: float,
) -> tuple[Figure, ...]:
    """`served`: what the candidate is known to have served; `highest` its largest share, percent."""
    ended = outcome.ended
    took = duration((now if ended is None else ended) - began)
    found = [
        Figure("Duration", took, "so far" if ended is None else ""),
        Figure("Largest share", f"{highest:g} %", "of the requests, to the candidate"),
        Figure(
            "Requests by the candidate",
            f"{served.requests:,}",
            _of_all(counted, served) if served.requests else "none were counted",
        ),
        Figure(
            "Users' requests that met an error by it",
            f"{served.errors:,}",
            f"{100 * served.errors / served.requests:.3g} % of its requests"
            if served.requests
            else "",
        ),
    ]
    if outcome.ending is Ending.RETURNED and ended is not None:
        first = _first_harm(strategy, outcome, counted)
        if first is not None:
            took = f"at most {duration(max(ended - first, 0))}"
            found.append(
                Figure("First harm until stable was back", took, "by the counts' change point")
            )
    if served.probes:
        note = f"{served.probe_errors:,} of them failed" if served.probe_errors else "none failed"
        found.append(Figure("Probes of the candidate", f"{served.probes:,}", note))
    return tuple(found)


def _of_all(counted: Sequence[Interval], served: Counts) -> str:
    stable = sum(one.stable.requests for one in counted if one.stable is not None)
    return f"stable served {stable:,} meanwhile" if stable else ""


def _first_harm(strategy: Strategy, outcome: Outcome, counted: Sequence[Interval]) -> float | None:
    if outcome.cause in _UNHARMED:
        return None
    analysis = strategy.analysis
    if "latency" in outcome.cause:
        latency = analysis.latency
        return first_harm(counted, 0, latency.smallest_increase / 100 if latency else 0.0)
    errors = analysis.errors
    return first_harm(counted, errors.smallest_difference / 100 if errors else 0.0, None)
