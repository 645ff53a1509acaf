"""What can be rolled back: something that serves, has an earlier state, and shows at the edge which one it is in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from delivery.clouds import Cloud
from delivery.edge import Edge
from delivery.errors import RefusedError
from delivery.patient_api import PatientApi
from delivery.rollback.returning import Verified

Report = Callable[[str], None]
SHORTEST_PREFIX: Final = 4
"""Letters of an id that name it; fewer are more likely a slip."""


class NowhereError(RefusedError):
    """There is nothing to go back to."""


@dataclass(frozen=True)
class Place:
    """Where a rollback happens: one stack on one cloud, and how to reach its API and its edge."""

    stack: str
    cloud: Cloud
    api: PatientApi
    edge: Edge


@dataclass(frozen=True)
class Words:
    """What people are told of a state: once it is verified, when the API has it, where nothing had to be done."""

    done: str = "serves everything"
    made: str = "is deployed"
    already: str = "serves already"


@dataclass(frozen=True)
class Returned:
    """`changed` is False where `after` served already."""

    before: str
    after: str
    changed: bool
    words: Words = Words()
    flags: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    """What was changed in KV, which isolates are told of besides; None for what was taken away."""


class Component(Protocol):
    @property
    def name(self) -> str: ...

    def go_back(self, to: str | None, why: str) -> Returned:
        """Goes to state `to`, or to the last good one. Raises `NowhereError`, `RefusedError`, `FailedError`."""
        ...

    def now(self) -> str:
        """What serves, in a few words. Raises `FailedError`, `RefusedError`."""
        ...

    def verify(self, returned: Returned, report: Report) -> Verified:
        """Asks the edge until it serves `returned.after` everywhere, or the time for it is over."""
        ...
