"""What a request is for, and who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bench.coherence.registers import Register
from bench.coherence.world import Person, Pitch


@dataclass(frozen=True)
class About:
    """What a request is for. `pitches` are all that a whole list can hold; a part of one names none."""

    kind: Literal[
        "detail", "list", "part", "nothing", "creator", "requester", "ndas", "session", "write"
    ]
    pitches: tuple[Pitch, ...] = ()


@dataclass(frozen=True)
class Asked:
    """`by` is who showed a token or a session's cookie, which is `shows`; `had` is what the client has from an earlier
    answer of this address, by its tag."""

    method: str
    path: str
    about: About
    at: float
    by: Person | None = None
    shows: Literal["nothing", "token", "cookie"] = "nothing"
    visitor: str | None = None
    session: Register[bool] | None = None
    """Whether it is open: of what asks to go on with one."""
    tag: str | None = None
    had: str | None = None
    encodings: str = ""
