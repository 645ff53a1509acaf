"""What the application's optimisations bring: all on beside all off, and each off alone, by turns in one run.

The figures of a run come from one clone with the usual distance (40 ms to Postgres, 15 ms to Redis) and the seeded catalogue. Blocks
of the arms follow each other forth and back, load is open-loop, and intervals are those of the bootstrap over blocks.
"""

from __future__ import annotations

from bench.clone import Clone
from bench.figures import Measured, Reporter
from bench.limits import without_limits
from bench.load import on_a_loop
from bench.optimisations import arms, hits, overload, pooling, stampede
from bench.optimisations.stand import standing


def measure(clone: Clone, report: Reporter) -> list[Measured]:
    """Of the stack staging of `clone`, which is up."""
    without_limits(clone)
    return on_a_loop(_measured(clone, report))


async def _measured(clone: Clone, report: Reporter) -> list[Measured]:
    figures: list[Measured] = []
    async with standing(clone) as stand:
        # Each part signs in anew: a session's access token lasts 15 minutes.
        for part in (
            hits.measure,
            arms.measure,
            pooling.measure,
            stampede.measure,
            overload.measure,
        ):
            await stand.sign_in()
            figures += await part(stand, report)
    return figures
