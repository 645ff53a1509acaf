"""What the controller has seen since it looked last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from delivery.analysis.counts import Slice


class Verb(StrEnum):
    PAUSE = "pause"
    RESUME = "resume"
    PROMOTE = "promote"
    ABORT = "abort"
    SIGNAL = "signal"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked for: `number` is the ledger's, so that it is heard once."""

    number: int
    verb: Verb
    by: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Probed:
    """Our own requests since the last look: answered as they should be or not, by the version that was meant. `last` tells
    of the last bad one."""

    good: int = 0
    bad: int = 0
    last: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """A custom number; None where nobody answered."""

    name: str
    candidate: float | None
    stable: float | None


@dataclass(frozen=True, slots=True)
class Measurements:
    """`slices` are new ones, `through` is where the source's next begin; `source` is None when nobody counts. `live` is the
    live deployment without its zeros, None when it was not read."""

    slices: tuple[Slice, ...] = ()
    through: float | None = None
    source: str | None = None
    live: Mapping[str, Decimal] | None = None
    converged: str | None = None
    """Why the edge is believed to agree on the split; None while it does not."""
    candidate_probes: Probed = field(default_factory=Probed)
    stable_probes: Probed = field(default_factory=Probed)
    asked: tuple[Asked, ...] = ()
    numbers: tuple[Number, ...] = ()
    unreported: str | None = None
    """Cloudflare's own count of the candidate's invocations, when it is far above what was reported."""
