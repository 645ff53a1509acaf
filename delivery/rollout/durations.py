"""Seconds as people say them."""

from __future__ import annotations

import math
import re
from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400
_LONG_SECONDS: Final = re.compile(r"(?<![\w.,])(\d{2,})(?:\.\d+)? s\b")


def duration(seconds: float) -> str:
    """`42 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`; the smaller unit is left out where it is zero, and below 0 is `0 s`."""
    if not math.isfinite(seconds):
        return "for ever"
    whole = max(round(seconds), 0)
    if whole < 2 * _MINUTE:
        return f"{whole} s"
    for unit, name, smaller, other in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // smaller
            return f"{whole // unit} {name}" + (f" {rest} {other}" if rest else "")
    raise AssertionError("unreachable")


def with_durations(text: str) -> str:
    """A sentence of an older program, which wrote seconds, told as `duration` tells them."""
    return _LONG_SECONDS.sub(lambda found: duration(float(found[1])), text)
