"""`make bench`: measures, prints the table, writes bench/results.json.

make bench                            all of it; the first clone, with empty caches, takes minutes
make bench FIGURES="edge api"         some groups; the others keep what they had
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from bench import (
    api,
    checkov,
    coherence,
    continuity,
    deaths,
    described,
    edge,
    judging,
    kills,
    optimisations,
    outages,
    policies,
    program,
    recorder,
    rollback,
    rollouts,
    worker_costs,
)
from bench.clone import Clone, uncommitted
from bench.figures import Measured, Reporter, merge, read, show, write

RESULTS: Final = Path(__file__).parent / "results.json"
GROUPS: Final = (
    "cold",
    "program",
    "edge",
    "api",
    "policies",
    "checkov",
    "judging",
    "kills",
    "rollout",
    "rollback",
    "outages",
    "recorder",
    "worker",
    "described",
    "optimisations",
    "deaths",
    "coherence",
    "continuity",
)
_WITHOUT_A_CLOUD: Final = frozenset({"cold", "checkov", "judging"})


def main(wanted: Sequence[str]) -> int:
    unknown = sorted(set(wanted) - set(GROUPS))
    if unknown:
        sys.stderr.write(f"error: no figures {', '.join(unknown)}; known are {', '.join(GROUPS)}\n")
        return 1
    console = Console(stderr=True, highlight=False)
    for line in uncommitted():
        console.print(f"not measured, since it is not committed: {line[3:]}")
    figures = read(RESULTS)
    for measured in _measure(wanted or GROUPS, lambda text: console.print(f"  {text}")):
        # What is measured stays, whatever becomes of the next group.
        figures = merge(figures, measured)
        write(figures, RESULTS)
    show(figures, Console(highlight=False))
    return 0


def _measure(groups: Sequence[str], report: Reporter) -> Iterator[Sequence[Measured]]:
    """Group by group."""
    with tempfile.TemporaryDirectory(prefix="pitchey-bench-") as temporary:
        folder = Path(temporary)
        if "cold" in groups:
            yield program.measure_cold(folder, report)
        if "checkov" in groups:
            yield [checkov.measure(report)]
        if "judging" in groups:
            yield judging.measure(report)
        if "policies" in groups:
            yield policies.measure(report)
        if set(groups) <= _WITHOUT_A_CLOUD:
            return
        report("a new clone comes up")
        clone = Clone.of_the_project(folder / "clone")
        try:
            clone.make_verb("up", f"PORT={clone.port}")
            for name, measure in (
                ("program", program.measure),
                ("edge", edge.measure),
                ("api", api.measure),
                ("policies", policies.measure_preview),
                ("kills", kills.measure),
                ("rollout", rollouts.measure),
                ("rollback", rollback.measure),
                ("outages", outages.measure),
                ("recorder", recorder.measure),
                ("worker", worker_costs.measure),
                ("described", described.measure),
                # They raise the clone's rate limits, and exchange the key that was drawn for it.
                ("optimisations", optimisations.measure),
                ("deaths", deaths.measure),
                ("coherence", coherence.measure),
                ("continuity", continuity.measure),
            ):
                if name in groups:
                    yield measure(clone, report)
        finally:
            clone.make_verb("down")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
