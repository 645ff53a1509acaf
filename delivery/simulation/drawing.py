"""Counts drawn from a seed, a minute or two at once: what both versions served, and what the recorder would tell of it.

A version's requests are a Poisson process that was thinned by its share, so those of each latency bucket are Poisson variates
of their own. Which segments they belong to is multinomial, how many of them fail binomial.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from delivery.analysis.counts import NOTHING, Counts, Slice
from delivery.simulation.traffic import (
    CANDIDATE,
    CELL_CHANCES,
    CELLS_OF_SEGMENTS,
    SEGMENTS,
    STABLE,
    Answers,
    Leak,
    Traffic,
    answers,
)

SLICE_SECONDS: Final = 5.0
_AT_ONCE: Final = 24
"""Slices; one draw of numpy costs as much as twenty numbers."""


@dataclass(frozen=True, slots=True)
class Served:
    """What a version did in a slice. `harmed` are requests that failed, or that a fault made slower."""

    counts: Counts
    harmed: int


_NOBODY: Final = Served(NOTHING, 0)


@dataclass(frozen=True, slots=True)
class Drawn:
    """`seen` is what the recorder tells, None where nobody counts; `stable` and `candidate` are what was served."""

    seen: Slice | None
    stable: Served
    candidate: Served


class Draws:
    """The same counts for the same seed and the same shares."""

    def __init__(self, traffic: Traffic, seed: int) -> None:
        self._traffic = traffic
        self._source = np.random.default_rng(seed)
        self._key: object = None
        self._ready: Iterator[tuple[Served, Served]] = iter(())

    def next(self, start: float, share: Decimal, served: float) -> Drawn:
        """The slice that begins at `start` (Unix seconds), at the candidate's `share` (percent), `served` seconds after its first
        request."""
        percent = float(share)
        there = tuple(
            (fault, fault.minutes(served))
            for fault in self._traffic.faults
            if fault.is_there(percent, served)
        )
        pair = next(self._ready, None) if (percent, there) == self._key else None
        if pair is None:
            self._key = (percent, there)
            self._ready = self._block(percent / 100, there)
            pair = next(self._ready)
        stable, candidate = pair
        silent = any(fault.silent for fault, _ in there)
        versions = {STABLE: stable.counts, CANDIDATE: NOTHING if silent else candidate.counts}
        gone = any(fault.recorder_gone for fault, _ in there)
        seen = None if gone else Slice(start, start + SLICE_SECONDS, versions)
        return Drawn(seen, stable, candidate)

    def _block(self, share: float, there: tuple[Leak, ...]) -> Iterator[tuple[Served, Served]]:
        requests = self._traffic.rate * SLICE_SECONDS
        for fault, _ in there:
            requests *= fault.traffic
        alike = tuple(leak for leak in there if leak[0].both)
        stable = self._served(requests * (1 - share), answers(self._traffic, alike))
        candidate = self._served(requests * share, answers(self._traffic, there))
        return zip(stable, candidate, strict=True)

    def _served(self, requests: float, how: Answers) -> list[Served]:
        if requests <= 0:
            return [_NOBODY] * _AT_ONCE
        draw = self._source
        latency = draw.poisson(requests * how.latency, (_AT_ONCE, len(how.buckets)))
        total: NDArray[np.int64] = latency.sum(axis=1)
        cells = draw.multinomial(total, CELL_CHANCES)
        failed = draw.binomial(cells, how.errors)
        harmed = np.where(how.slowed, cells, failed).sum(axis=1).tolist()
        uses: dict[str, list[int]] = {}
        for name, (used, failing) in how.uses.items():
            used_by: NDArray[np.int64] = draw.binomial(total, used)
            uses[f"{name}.requests"] = used_by.tolist()
            uses[f"{name}.failures"] = draw.binomial(used_by, failing).tolist()
        requests_by, errors_by = cells @ CELLS_OF_SEGMENTS, failed @ CELLS_OF_SEGMENTS
        rows = zip(
            total.tolist(),
            failed.sum(axis=1).tolist(),
            latency.tolist(),
            zip(*uses.values(), strict=True),
            requests_by.tolist(),
            errors_by.tolist(),
            harmed,
            strict=True,
        )
        return [
            Served(
                Counts(
                    n,
                    errors,
                    {
                        bucket: found
                        for bucket, found in zip(how.buckets, row, strict=True)
                        if found
                    },
                    dict(zip(uses, used_by, strict=True)),
                    {
                        name: (count, failures)
                        for name, count, failures in zip(SEGMENTS, of_segment, bad, strict=True)
                        if count
                    },
                ),
                hurt,
            )
            if n
            else _NOBODY
            for n, errors, row, used_by, of_segment, bad, hurt in rows
        ]
