"""Made-up slices of two versions' requests."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from delivery.analysis.counts import Counts, Slice
from delivery.analysis.judgement import Judge, Judgement
from delivery.statistics.latency import bucket
from tests.unit.statistics.traffic import binomial

STABLE, CANDIDATE = "stable-version", "candidate-version"
EVERY = 5.0
"""Seconds of a slice."""
Rate = float | Callable[[int], float]
"""A number, or one at a slice, so that it may drift."""


def _now(rate: Rate, index: int) -> float:
    return rate if isinstance(rate, (int, float)) else rate(index)


def at(index: int, stable: Counts, candidate: Counts) -> Slice:
    start = 1_700_000_000 + EVERY * index
    return Slice(start, start + EVERY, {STABLE: stable, CANDIDATE: candidate})


def counts(requests: int, errors: int = 0, **counters: int) -> Counts:
    """`cache_failures=3` is the counter `cache.failures`."""
    named = {name.replace("_", "."): n for name, n in counters.items()}
    return Counts(requests, errors, {bucket(40): requests} if requests else {}, named)


def drawn(source: random.Random, requests: int, errors: float, slowness: float) -> Counts:
    """Answers take 40 ms times `slowness` at the median, at p95 2.3 times as long."""
    histogram: dict[int, int] = {}
    for _ in range(requests):
        index = bucket(40 * slowness * source.lognormvariate(0, 0.5))
        histogram[index] = histogram.get(index, 0) + 1
    return Counts(requests, binomial(source, requests, errors), histogram)


def traffic(
    source: random.Random,
    slices: int,
    *,
    requests: int = 250,
    share: Rate = 0.2,
    stable: Rate = 0.01,
    candidate: Rate = 0.01,
    slower: Rate = 1.0,
) -> Iterator[Slice]:
    """`stable` and `candidate` are error rates, `slower` is how many times as long the candidate's answers take."""
    for index in range(slices):
        mine = binomial(source, requests, _now(share, index))
        yield at(
            index,
            drawn(source, requests - mine, _now(stable, index), 1.0),
            drawn(source, mine, _now(candidate, index), _now(slower, index)),
        )


def without_latency(slices: Iterable[Slice]) -> Iterator[Slice]:
    for one in slices:
        bare = {name: replace(counted, latency={}) for name, counted in one.versions.items()}
        yield replace(one, versions=bare)


def judged(judge: Judge, slices: Iterable[Slice], known: Judgement | None = None) -> Judgement:
    known = known or Judgement()
    for one in slices:
        known = judge.observe(known, one, STABLE, CANDIDATE)
    return known
