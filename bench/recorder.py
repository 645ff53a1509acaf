"""What the recorder costs a request, and how often it is called: the application's Worker with it beside the same without."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final

from bench.clone import Clone
from bench.figures import Measured, Reporter, Table, at_most, nearest_rank
from delivery.node import find_node
from tests.integration.checkout import ROOT

ROUNDS: Final = 240
_REQUESTS: Final = 100
_CALL_SECONDS: Final = 20
_CALL_RATE: Final = 200
_MOST_COST: Final = 1.03
Times = Mapping[str, Sequence[Sequence[float]]]
"""Worker (`recorded`, `plain`, `control`) → milliseconds of each round."""


def measure(clone: Clone, report: Reporter, rounds: int = ROUNDS) -> list[Measured]:
    """Of the bundles that `clone` has built. `control` is a second Worker without the recorder: what it differs by is noise."""
    report(f"{rounds} rounds of {_REQUESTS} requests with the recorder and without, by turns")
    told = _run(clone, rounds)
    rows = [[route, *ratios(times)] for route, times in told["routes"].items()]
    return [
        *(
            at_most(
                f"recorder's cost to a request (GET {route}), p95 with / without",
                ratios(times)[1],
                "x",
                _MOST_COST,
            )
            for route, times in told["routes"].items()
        ),
        at_most(
            f"calls of Durable Objects by the recording of an isolate at {_CALL_RATE} requests/s",
            told["callsPerSecond"],
            "calls/s",
            1,
        ),
        Table(
            f"recorder's cost by route, medians of {rounds} rounds of {_REQUESTS}: with / without",
            [
                "route",
                "p50",
                "p95",
                "p95 of all rounds as one",
                "p95 of a second without / without",
            ],
            rows,
        ),
    ]


def ratios(times: Times) -> list[float]:
    """p50 and p95 round by round (the median of their ratios), p95 of all rounds as one, and the control's p95 round by round."""

    def by_round(worker: str, percent: float) -> float:
        pairs = zip(times[worker], times["plain"], strict=True)
        return statistics.median(
            nearest_rank(one, percent) / nearest_rank(other, percent) for one, other in pairs
        )

    recorded, plain = (list(chain(*times[worker])) for worker in ("recorded", "plain"))
    found = [
        by_round("recorded", 50),
        by_round("recorded", 95),
        nearest_rank(recorded, 95) / nearest_rank(plain, 95),
        by_round("control", 95),
    ]
    return [round(value, 3) for value in found]


def _run(clone: Clone, rounds: int) -> dict[str, Any]:
    numbers = [str(number) for number in (rounds, _REQUESTS, _CALL_SECONDS, _CALL_RATE)]
    done = subprocess.run(
        [str(find_node()), "bench/recorder.mjs", str(clone.folder / "worker/dist"), *numbers],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"Miniflare ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told
