"""The same traffic for every judge: what both versions counted, slice by slice, while the candidate had one share."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from delivery.analysis.counts import Slice
from delivery.simulation.drawing import SLICE_SECONDS, Draws
from delivery.simulation.running import BEGIN
from delivery.simulation.traffic import Traffic

SHARE: Final = 10
"""Percent of the requests that go to the candidate."""


def trace(traffic: Traffic, seed: int, seconds: float) -> Iterator[Slice]:
    """What `simulate` shows a strategy of one step at `SHARE`, from the candidate's first request on: a simulated rollout
    begins with one slice in which stable serves alone."""
    draws = Draws(traffic, seed)
    draws.next(BEGIN, Decimal(0), 0.0)
    for number in range(1, int(seconds / SLICE_SECONDS) + 1):
        begin = BEGIN + number * SLICE_SECONDS
        drawn = draws.next(begin, Decimal(SHARE), begin - BEGIN - SLICE_SECONDS)
        if drawn.seen is not None:
            yield drawn.seen
