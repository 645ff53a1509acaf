"""Numbers of a picture as people read them, the same in a drawing and in a line."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from delivery.analysis.banded import Band
from delivery.rollout.view.measured import Rate

NOTHING: Final = "-"


def clock(at: float) -> str:
    """Local time of a Unix second."""
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")


def version(id: str) -> str:
    """Enough of an id to tell two apart."""
    return id[:8]


def share(value: Decimal) -> str:
    return f"{value.normalize():f} %"


def percent(value: float | None) -> str:
    return NOTHING if value is None else f"{_plain(100 * value)} %"


def band(rate: Rate) -> str:
    """`0.05-0.25 %`."""
    return f"{_plain(100 * rate.low)}-{_plain(100 * rate.high)} %" if rate.trials else ""


def milliseconds(value: float | None) -> str:
    return NOTHING if value is None else f"{_plain(value)} ms"


def quantile_band(quantile: Band) -> str:
    high = "…" if quantile.high is None else _plain(quantile.high)
    return f"{_plain(quantile.low)}-{high} ms"


def of_uses(rate: Rate) -> str:
    """`0 % failed of 1,200`."""
    return f"{percent(rate.value)} failed of {rate.trials:,}" if rate.trials else "unused"


def per_second(value: float | None) -> str:
    return "" if value is None else f"{_plain(value)}/s"


def _plain(value: float) -> str:
    """Two digits, three above 100, never with an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2g}" if value >= 0.01 else "0"
