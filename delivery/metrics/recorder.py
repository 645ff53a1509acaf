"""The recorder at the edge: complete a second after the fact."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any, Final

import httpx

from delivery.analysis.counts import Counts, Slice
from delivery.edge import Edge
from delivery.metrics.source import MetricsUnavailableError, Reading

_SLICED_FROM: Final = 15.0
"""Seconds: what is longer ago is read in slices, so that a window can still look back on a part of it."""
_SLICE: Final = 5


class RecorderSource:
    """`GET /metrics` of the Rollouts Worker at `url`; `patience` in seconds."""

    @property
    def name(self) -> str:
        return "recorder"

    def __init__(self, edge: Edge, url: str, token: str, patience: float = 3) -> None:
        self._edge = edge
        self._url = f"{url.rstrip('/')}/metrics"
        self._headers = {"authorization": f"Bearer {token}"}
        self._patience = patience

    def since(self, after: float) -> Reading:
        second = max(math.floor(after), 0)
        sliced = time.time() - second > _SLICED_FROM
        url = f"{self._url}?after={second}" + (f"&every={_SLICE}" if sliced else "")
        try:
            answer = self._edge.request("GET", url, headers=self._headers, timeout=self._patience)
        except httpx.HTTPError:
            raise MetricsUnavailableError("the recorder does not answer") from None
        if answer.status_code != 200:
            raise MetricsUnavailableError(f"the recorder answered {answer.status_code}")
        try:
            return _read(answer.json(), second)
        except (LookupError, TypeError, ValueError, AttributeError):
            raise MetricsUnavailableError("the recorder's answer makes no sense") from None


def _read(told: Mapping[str, Any], after: int) -> Reading:
    through = float(told["through"])
    if through <= after:
        return Reading(float(after), ())
    given = told.get("slices")
    if given is None:
        # A second counts whole: its end is the beginning of the next.
        given = [{"start": after + 1, "end": through + 1, "versions": told["versions"]}]
    return Reading(through, tuple(_slice(one) for one in given))


def _slice(told: Mapping[str, Any]) -> Slice:
    versions = {str(id): Counts.from_json(counts) for id, counts in told["versions"].items()}
    return Slice(float(told["start"]), float(told["end"]), versions)
