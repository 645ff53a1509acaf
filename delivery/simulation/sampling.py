"""Random counts without numpy: exact, and in a time that does not grow with the requests."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Final

_FEW: Final = 12.0
"""Expected events; up to here counting the gaps between them is the fastest."""


def binomial(source: random.Random, trials: int, rate: float) -> int:
    """How many of `trials` events of `rate` happen. Few ones by the gaps between them, many by halving the problem at the median
    of uniform order statistics (a Beta variate; Devroye, Non-Uniform Random Variate Generation, 1986, X.4.3): both are exact."""
    if rate > 0.5:
        return trials - binomial(source, trials, 1 - rate)
    found = 0
    while trials * rate > _FEW:
        middle = 1 + trials // 2
        split = source.betavariate(middle, trials + 1 - middle)
        if split <= rate:
            found += middle
            trials -= middle
            rate = (rate - split) / (1 - split)
        else:
            trials = middle - 1
            rate /= split
        if rate > 0.5:
            return found + trials - binomial(source, trials, 1 - rate)
    if rate <= 0 or trials == 0:
        return found
    shrink = math.log1p(-rate)
    at = 0
    while True:
        at += int(math.log(1 - source.random()) / shrink) + 1
        if at > trials:
            return found
        found += 1


def poisson(source: random.Random, mean: float) -> int:
    """How many requests come when `mean` are expected: by gaps for few, by a Gamma variate for many (Ahrens and Dieter, Computer
    methods for sampling from gamma, beta, Poisson and binomial distributions, Computing 12, 1974)."""
    found = 0
    while mean > _FEW:
        part = int(mean * 7 / 8)
        reached = source.gammavariate(part, 1.0)
        if reached > mean:
            return found + binomial(source, part - 1, mean / reached)
        found += part
        mean -= reached
    at = source.expovariate(1.0)
    while at < mean:
        found += 1
        at += source.expovariate(1.0)
    return found


def multinomial(
    source: random.Random, trials: int, values: Sequence[int], chances: Sequence[float]
) -> dict[int, int]:
    """`trials` spread over `values` by `chances`, which add up to 1; few one by one, many as binomials one after another."""
    found: dict[int, int] = {}
    if trials <= 2 * len(values):
        for value in source.choices(values, chances, k=trials):
            found[value] = found.get(value, 0) + 1
        return found
    rest = 1.0
    for value, chance in zip(values, chances, strict=True):
        n = binomial(source, trials, min(chance / rest, 1.0)) if rest > 0 else trials
        if n:
            found[value] = n
            trials -= n
        rest -= chance
        if trials == 0:
            break
    if trials:
        found[values[-1]] = found.get(values[-1], 0) + trials
    return found
