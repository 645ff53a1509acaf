"""What is judged, as a strategy says it: metrics, the smallest difference that matters, and what must be excluded to pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

Points = Annotated[float, Field(gt=0, lt=100)]
"""Percentage points."""
Percent = Annotated[float, Field(gt=0)]


class Part(BaseModel):
    """A part of a strategy's file: unknown keys are refused."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
    )


class Rate(Part):
    """A share of the requests that went wrong."""

    smallest_difference: Annotated[float, Field(ge=0, lt=100)] = 0.3
    """Points by which the candidate may be worse without harm: smaller differences never stop a release."""
    tolerance: Points = 5
    """Points: a step passes when it is shown that the candidate is not worse by as much."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.tolerance <= self.smallest_difference:
            raise ValueError("tolerance must be above smallestDifference")
        return self


class Latency(Part):
    """How long requests take, compared at quantiles."""

    quantiles: tuple[Annotated[float, Field(gt=0, lt=100)], ...] = Field(
        default=(50, 95, 99), min_length=1
    )
    """In percent: 95 is the time that 95 of 100 requests stay below."""
    smallest_increase: Percent = 15
    """Percent by which the candidate may be slower without harm."""
    floor_milliseconds: Annotated[float, Field(ge=0)] = 5
    """Differences below are harmless, however large their ratio."""
    tolerance: Percent = 100
    """Percent: a step passes when it is shown that the candidate is not slower by as much."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.tolerance <= self.smallest_increase:
            raise ValueError("tolerance must be above smallestIncrease")
        return self


class Prometheus(Part):
    """The result of an instant query, one number; `{version}` in the query stands for the version's id."""

    kind: Literal["prometheus"]
    """prometheus"""
    url: Annotated[str, Field(pattern=r"^https?://")]
    """The server's address."""
    query: Annotated[str, Field(min_length=1)]
    """PromQL with `{version}`."""


class AnalyticsEngine(Part):
    """The first number of the first row of an SQL query over Workers Analytics Engine."""

    kind: Literal["analyticsEngine"]
    """analyticsEngine"""
    query: Annotated[str, Field(min_length=1)]
    """SQL with `{version}`."""


class Webhook(Part):
    """A number that a service of your own answers: POST with rollout, version and role; the answer is `{"value": 1.2}`."""

    kind: Literal["webhook"]
    """webhook"""
    url: Annotated[str, Field(pattern=r"^https?://")]
    """Where it is asked."""


Source = Annotated[Prometheus | AnalyticsEngine | Webhook, Field(discriminator="kind")]


class Custom(Part):
    """A number of your own, asked for both versions at the same time."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    """Its name in verdicts."""
    source: Source
    """Where it comes from."""
    at_most: float | None = None
    """The candidate's number must not be above."""
    at_least: float | None = None
    """The candidate's number must not be below."""
    at_most_times_stable: Percent | None = None
    """The candidate's number must not be above so many times stable's."""
    fail_after: Annotated[int, Field(ge=1, le=20)] = 3
    """So many bad numbers in a row fail it; one alone is an accident."""

    @model_validator(mode="after")
    def _limited(self) -> Self:
        if (self.at_most, self.at_least, self.at_most_times_stable) == (None, None, None):
            raise ValueError("needs atMost, atLeast or atMostTimesStable")
        return self


class Analysis(Part):
    """What is compared between candidate and stable at the same time, and how sure a verdict has to be."""

    errors: Rate | None = Rate()
    """Answers of 500 and above, and exceptions. null leaves it out, as with the others."""
    latency: Latency | None = Latency()
    """How long answers take."""
    cache: Rate | None = Rate(smallest_difference=5, tolerance=30)
    """Failures of the cache, of its uses."""
    database: Rate | None = Rate(smallest_difference=1, tolerance=10)
    """Failures of the database, of its uses."""
    segments: Rate | None = Rate(smallest_difference=2, tolerance=50)
    """Errors of one route, one continent, new visitors: what disappears in the mean. They can fail a step; a step passes without them."""
    custom: tuple[Custom, ...] = ()
    """Numbers of your own."""
    false_alarms: Annotated[float, Field(gt=0, le=20)] = 1
    """Percent of harmless rollouts that may be returned by mistake, over a whole rollout, however often it is looked at."""
    confidence: Annotated[float, Field(ge=50, le=99.99)] = 95
    """Percent: how sure a pass has to be."""

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        names = [custom.name for custom in self.custom]
        if len(set(names)) != len(names):
            raise ValueError("custom: two numbers have one name")
        return self


class RateMetric(BaseModel):
    """A rate as it is judged: `events` of `trials` (`Counts.count`); differences as shares, 0 to 1."""

    model_config = ConfigDict(frozen=True)

    name: str
    events: str
    trials: str
    smallest: float
    tolerance: float


class LatencyMetric(BaseModel):
    """A quantile as it is judged: ratios 0.15 for 15 percent."""

    model_config = ConfigDict(frozen=True)

    name: str
    quantile: float
    smallest: float
    floor: float
    tolerance: float


Metric = RateMetric | LatencyMetric
SEGMENTS: Final = "segments"
_RATES: Final[Mapping[str, tuple[str, str, str]]] = {
    "errors": ("error rate", "errors", "requests"),
    "cache": ("cache failures", "cache.failures", "cache.requests"),
    "database": ("database failures", "database.failures", "database.requests"),
}
REQUIRED: Final = frozenset({"errors", "requests"})


def metrics_of(analysis: Analysis) -> tuple[Metric, ...]:
    """Those that are compared by statistics, in the order in which verdicts are told."""
    found: list[Metric] = []
    for key, (name, events, trials) in _RATES.items():
        rate: Rate | None = getattr(analysis, key)
        if rate is not None:
            smallest, tolerance = rate.smallest_difference / 100, rate.tolerance / 100
            found.append(
                RateMetric(
                    name=name, events=events, trials=trials, smallest=smallest, tolerance=tolerance
                )
            )
    latency = analysis.latency
    if latency is not None:
        found.extend(
            LatencyMetric(
                name=f"p{quantile:g} latency",
                quantile=quantile / 100,
                smallest=latency.smallest_increase / 100,
                floor=latency.floor_milliseconds,
                tolerance=latency.tolerance / 100,
            )
            for quantile in latency.quantiles
        )
    return tuple(found)


def failure_alpha(analysis: Analysis) -> float:
    """What one metric may spend of the false alarms: all of them together stay within the strategy's (union bound)."""
    judged = len(metrics_of(analysis)) + (analysis.segments is not None)
    return analysis.false_alarms / 100 / max(judged, 1)
