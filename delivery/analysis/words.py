"""Numbers as verdicts say them."""

from __future__ import annotations

import math


def rate(value: float) -> str:
    """A share 0 to 1 as percent."""
    return f"{100 * value:.3g} %"


def odds(log_evidence: float) -> str:
    """An e-value, never more digits than anybody reads."""
    if log_evidence > math.log(1e6):
        return "over a million"
    evidence = math.exp(log_evidence)
    return f"{evidence:,.0f}" if evidence >= 1000 else f"{evidence:.3g}"


def count(requests: int, what: str = "requests") -> str:
    return f"{requests:,} {what}"
