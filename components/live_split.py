"""What a Worker's live deployment says: which version serves which share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """`percentage` of the requests, 0 to 100."""

    version_id: str
    percentage: float
