"""The key figures of a rollout: how long, how many, whom it hurt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from delivery.analysis.counts import Counts
from delivery.report.outcome import Outcome
from delivery.report.readings import Interval
from delivery.rollout.durations import duration


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: str
    note: str = ""


def figures(
    outcome: Outcome,
    began: float,
    now: float,
    counted: Sequence[Interval],
    served: Counts,
    highest: float,
    harmed: float | None,
) -> tuple[Figure, ...]:
    """`served`: what the candidate is known to have served; `highest` its largest share, percent; `harmed` when harm began."""
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
    if outcome.back_after is not None:
        took = f"{outcome.back_after:.1f} s"
        found.append(Figure("Decided until stable had every request", took, "seen at the edge"))
    if harmed is not None and ended is not None:
        took = f"at most {duration(max(ended - harmed, 0))}"
        found.append(Figure("First harm until stable was back", took, "to within one look"))
    if served.probes:
        note = f"{served.probe_errors:,} of them failed" if served.probe_errors else "none failed"
        found.append(Figure("Probes of the candidate", f"{served.probes:,}", note))
    return tuple(found)


def _of_all(counted: Sequence[Interval], served: Counts) -> str:
    stable = sum(one.stable.requests for one in counted if one.stable is not None)
    return f"stable served {stable:,} meanwhile" if stable else ""
