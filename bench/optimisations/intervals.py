"""How sure a figure is: 95 % intervals by the bootstrap over blocks.

Requests that follow each other have the same caches and the same machine, so it is blocks of them that are drawn again, not requests
(Davison and Hinkley, Bootstrap Methods and their Application, 1997, chapter 8; the percentile interval of section 5.3.1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

B = TypeVar("B")
_DRAWS: Final = 1000
_PERCENTS: Final = (2.5, 97.5)
_SEED: Final = 7


@dataclass(frozen=True)
class Estimate:
    value: float
    low: float
    high: float

    @property
    def interval(self) -> tuple[float, float]:
        return self.low, self.high

    def __str__(self) -> str:
        return f"{_short(self.value)} [{_short(self.low)}, {_short(self.high)}]"


def estimate(statistic: Callable[..., float], *arms: Sequence[B], draws: int = _DRAWS) -> Estimate:
    """`statistic` gets as many lists of blocks as there are arms. Raises `ValueError` for an arm without blocks."""
    if not all(arms):
        raise ValueError("an arm has no blocks")
    chance = np.random.default_rng(_SEED)
    drawn = [
        statistic(*([arm[i] for i in chance.integers(len(arm), size=len(arm))] for arm in arms))
        for _ in range(draws)
    ]
    low, high = np.nanpercentile(drawn, _PERCENTS)
    return Estimate(statistic(*arms), float(low), float(high))


def _short(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"
