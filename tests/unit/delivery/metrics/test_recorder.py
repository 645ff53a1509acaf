"""What the recorder tells, as slices; and that no answer is never taken for no requests."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from delivery.metrics.recorder import RecorderSource
from delivery.metrics.source import MetricsUnavailableError

_COUNTS = {"requests": 7, "errors": 2, "latency": {"3": 7}, "counters": {}, "segments": {}}


class FakeEdge:
    def __init__(self, answer: httpx.Response | httpx.HTTPError) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        timeout: float = 5,
    ) -> httpx.Response:
        self.asked.append(url)
        if isinstance(self.answer, httpx.HTTPError):
            raise self.answer
        return self.answer


def source(answer: httpx.Response | httpx.HTTPError) -> tuple[RecorderSource, FakeEdge]:
    edge = FakeEdge(answer)
    return RecorderSource(edge, "https://rollouts.pitchey.example", "secret-token"), edge


def told(**more: Any) -> httpx.Response:
    return httpx.Response(200, json={"versions": {"v1": _COUNTS}, **more})


def test_a_short_gap_is_one_slice() -> None:
    now = int(time.time())
    recorder, edge = source(told(through=now - 1))
    reading = recorder.since(now - 3)
    (one,) = reading.slices
    assert (reading.through, one.start, one.end) == (now - 1, now - 2, now)
    assert one.of("v1").errors == 2
    assert "every" not in edge.asked[0]


def test_a_long_gap_comes_in_slices() -> None:
    slices = [{"start": 5, "end": 10, "versions": {"v1": _COUNTS}}]
    recorder, edge = source(told(through=9, slices=slices))
    assert recorder.since(4.7).slices[0].of("v1").requests == 7
    assert edge.asked[0].endswith("after=4&every=5")


def test_nothing_new_is_no_slice() -> None:
    now = int(time.time())
    assert source(told(through=now - 1))[0].since(now).slices == ()


@pytest.mark.parametrize(
    "answer",
    [httpx.ConnectError("secret-token"), httpx.Response(503), httpx.Response(200, json={"a": 1})],
)
def test_no_answer_is_not_no_requests(answer: httpx.Response | httpx.HTTPError) -> None:
    with pytest.raises(MetricsUnavailableError, match="recorder") as raised:
        source(answer)[0].since(0)
    assert "secret-token" not in str(raised.value)
