"""A strategy as data: the steps of a rollout, what is judged meanwhile, and what happens when it cannot be told.

Files are YAML; `docs/strategy.schema.json` is their JSON Schema, made from these classes.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from delivery.analysis.judgement import Judge
from delivery.analysis.metrics import Analysis, Part

_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)?")
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}
_LONGEST: Final = 7 * 86400.0


def _seconds(value: object) -> object:
    """`90`, `90s`, `1.5m`, `1h`; anything else is left for the type to refuse."""
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is None:
            raise ValueError("must be a duration like 30s, 5m or 1h")
        return float(match[1]) * _UNITS[match[2]]
    return value


_SCHEMA: Final[Any] = {"type": ["string", "number"], "examples": ["30s", "5m", "1h", 90]}
Duration = Annotated[
    float, BeforeValidator(_seconds), Field(ge=0, le=_LONGEST), WithJsonSchema(_SCHEMA)
]
"""Seconds; in a file a number of seconds, or a text like `30s`, `5m`, `1h`."""


class Step(Part):
    """A share of the traffic, for a while."""

    share: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
    """Percent of the requests that go to the candidate. 0 is for probes alone."""
    duration: Duration = 300
    """At least so long, counted from when the edge agrees on the share."""
    least_requests: Annotated[int, Field(ge=0)] = 100
    """Users' requests that the candidate must have served in this step before it can pass."""

    def seconds(self, extensions: int) -> float:
        """With so many extensions, each of half the duration."""
        return self.duration * (1 + extensions / 2)


class Inconclusive(Part):
    """When a step has run its time and it cannot be told how the candidate does."""

    extensions: Annotated[int, Field(ge=0, le=20)] = 3
    """So many times the step goes on for half its duration more."""
    then: Literal["pause", "return"] = "pause"
    """pause and tell, or return to stable."""


class NoData(Part):
    """When nobody counts: neither the recorder nor Cloudflare's analytics answer."""

    return_after: Duration = 120
    """So long is waited; then stable is put back. It never counts as a pass."""


class Trigger(Part):
    """A limit that returns at once, without statistics."""

    above: Annotated[float, Field(gt=0)]
    """Percent."""
    least_requests: Annotated[int, Field(ge=1)] = 100
    """Of the candidate within the window: with fewer a limit says nothing."""


class Triggers(Part):
    """What is not waited for. null leaves one out."""

    window: Duration = 30
    """The time that the limits look back on."""
    error_rate: Trigger | None = Trigger(above=10)
    """Errors of the candidate's requests, when stable has not even half as many."""
    latency: Trigger | None = Trigger(above=150, least_requests=500)
    """The candidate's p95, in percent of stable's."""
    database: Trigger | None = Trigger(above=90, least_requests=20)
    """Uses of the database that failed, when stable's do not: it is unreachable."""
    cache: Trigger | None = Trigger(above=70, least_requests=50)
    """Uses of the cache that failed, when stable's do not."""
    security: Annotated[int, Field(ge=1)] | None = 1
    """So many security signals of the candidate itself; one given by `pitchey rollout signal` always counts."""
    failed_probes: Annotated[int, Field(ge=1)] = 3
    """So many probes of the candidate in a row that stable would have answered."""


class Check(Part):
    """A request that a healthy version answers so."""

    path: Annotated[str, Field(pattern=r"^/")]
    """Path and query."""
    method: Literal["GET", "HEAD", "POST"] = "GET"
    """The request's method."""
    status: Annotated[int, Field(ge=100, le=599)] = 200
    """The answer's status."""
    contains: str | None = None
    """What its body must contain."""
    within: Duration = 5
    """Time for the answer."""


class Probes(Part):
    """Requests of our own, told apart from users by a header."""

    every: Duration = 1
    """One round of checks each so often; after a bad one the next comes in a quarter of it."""
    checks: Annotated[tuple[Check, ...], Field(min_length=1)] = (
        Check(path="/version"),
        Check(path="/health"),
    )
    """Asked of the candidate and of stable, by the version-override header."""
    fill_in: bool = False
    """Count towards `leastRequests` when there is too little traffic. They never count as evidence of users' errors."""


class Strategy(Part):
    """How a new version gets from nothing to everything, or back."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    """Its name."""
    description: str = ""
    """What it is for, in a sentence."""
    split: bool = True
    """Whether two versions may serve at once. false for versions that Cloudflare cannot split (changes of Durable Object classes)."""
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    """Shares that never shrink, the last one 100."""
    bake: Duration = 1800
    """After 100 percent the same judgement goes on for so long, and stable stays ready."""
    look: Duration = 2
    """How often it is looked at the numbers."""
    analysis: Analysis = Analysis()
    """What is judged."""
    triggers: Triggers = Triggers()
    """What is not waited for."""
    probes: Probes = Probes()
    """Our own requests."""
    inconclusive: Inconclusive = Inconclusive()
    """When it cannot be told."""
    no_data: NoData = NoData()
    """When nobody counts."""
    pause_limit: Duration = 43200
    """A pause that nobody ends returns to stable after so long."""
    converge_limit: Duration = 30
    """Longest wait for the edge to agree on a split."""
    shift_limit: Duration = 600
    """Longest wait for a split to be applied; then stable is put back."""

    @model_validator(mode="after")
    def _ends_at_everything(self) -> Self:
        shares = [step.share for step in self.steps]
        if any(later <= earlier for earlier, later in pairwise(shares)):
            raise ValueError("steps: each share must be larger than the one before")
        if shares[-1] != 100:
            raise ValueError("steps: the last share must be 100")
        if not self.split and any(0 < share < 100 for share in shares):
            raise ValueError("steps: without split the shares are 0 and 100")
        if self.look <= 0 or self.probes.every <= 0:
            raise ValueError("look and probes.every must be longer than 0")
        return self

    @property
    def last_step(self) -> int:
        return len(self.steps) - 1

    @cached_property
    def judge(self) -> Judge:
        """The analysis made ready."""
        return Judge(self.analysis, fill_in=self.probes.fill_in)
