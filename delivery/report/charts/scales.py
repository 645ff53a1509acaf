"""From values to places in a chart, and the ticks beside them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_TIMES: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)  # fmt: skip
_DAY: Final = 86400


@dataclass(frozen=True, slots=True)
class Tick:
    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Scale:
    """`low` to `high` as 0 to 1; what lies beyond is at the edge."""

    low: float
    high: float
    ticks: tuple[Tick, ...]

    def place(self, value: float) -> float:
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


def from_zero(highest: float, label: Callable[[float], str], most: int = 5) -> Scale:
    """0 to a round value at or above `highest`, with at most about `most` ticks at round values."""
    step = round_step(max(highest, 1e-9) / most)
    high = step * math.ceil(max(highest, 1e-9) / step - 1e-9)
    ticks = (Tick(step * i, label(step * i)) for i in range(round(high / step) + 1))
    return Scale(0.0, high, tuple(ticks))


def round_step(least: float) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * step for step in _STEPS if power * step >= least * (1 - 1e-9))


def of_evidence(lowest: float, highest: float) -> Scale:
    """Logs of odds, with ticks at powers of ten such as 1, 10, 100 and "1 : 10"."""
    low, high = math.floor(lowest / math.log(10) + 1e-9), math.ceil(highest / math.log(10) - 1e-9)
    every = max(math.ceil((high - low) / 5), 1)
    ticks = (Tick(p * math.log(10), odds(p)) for p in range(low, high + 1) if p % every == 0)
    return Scale(low * math.log(10), high * math.log(10), tuple(ticks))


def odds(power: int) -> str:
    """10 to the `power` to 1, in words."""
    if power > 6:
        return f"10^{power}"
    return f"{10**power:,}" if power >= 0 else f"1:{10**-power:,}"


def of_time(start: float, end: float, most: int = 8) -> Scale:
    """Unix seconds, with ticks at round times of day (UTC)."""
    step = next((s for s in _TIMES if (end - start) / s <= most), 0)
    if not step:
        step = _DAY * math.ceil((end - start) / _DAY / most)
    first = math.ceil(start / step) * step
    count = max(int((end - first) // step) + 1, 0)
    ticks = (Tick(first + step * i, clock(first + step * i, step)) for i in range(count))
    return Scale(start, end, tuple(ticks))


def clock(at: float, step: int) -> str:
    """As exact as ticks `step` seconds apart need it."""
    when = datetime.fromtimestamp(at, UTC)
    if step >= _DAY:
        return f"{when:%d %b}"
    return f"{when:%H:%M:%S}" if step < 60 else f"{when:%H:%M}"
