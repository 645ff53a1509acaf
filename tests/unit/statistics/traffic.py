"""Requests of two versions, slice by slice, drawn from a seeded source."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator

Rate = Callable[[int], float]
"""A rate at a slice, so that it may drift."""


def seeded(seed: int | str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same numbers each time


def binomial(source: random.Random, trials: int, rate: float) -> int:
    """How many of `trials` events of `rate` happen: by the gaps between them, so that rare ones cost little."""
    if rate > 0.5:
        return trials - binomial(source, trials, 1 - rate)
    if rate <= 0:
        return 0
    shrink = math.log1p(-rate)
    events, at = 0, 0
    while True:
        at += int(math.log(1 - source.random()) / shrink) + 1
        if at > trials:
            return events
        events += 1


def slices(
    source: random.Random, count: int, requests: int, share: float, rate0: Rate, rate1: Rate
) -> Iterator[tuple[int, int, int, int]]:
    """(events, trials, events, trials) of stable and candidate, the candidate having `share` of the `requests` of each slice."""
    for i in range(count):
        trials1 = binomial(source, requests, share)
        trials0 = requests - trials1
        events0 = binomial(source, trials0, rate0(i))
        yield events0, trials0, binomial(source, trials1, rate1(i)), trials1
