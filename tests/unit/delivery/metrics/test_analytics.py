"""Cloudflare's analytics as a source: whole minutes that no longer grow, and no answer is never none."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from delivery.metrics.analytics import AnalyticsSource
from delivery.metrics.source import MetricsUnavailableError

NOW = 1_800_000_030.0
MINUTE = 1_799_999_820


def source(answer: httpx.Response | httpx.HTTPError, asked: list[Any]) -> AnalyticsSource:
    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content)["variables"])
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return answer

    api = httpx.Client(base_url="https://api.example.com", transport=httpx.MockTransport(handle))
    return AnalyticsSource(api, "account", "api", clock=lambda: NOW)


def told(*rows: tuple[str, str, int, int]) -> httpx.Response:
    groups = [
        {
            "dimensions": {"datetimeMinute": minute, "scriptVersion": version},
            "sum": {"requests": requests, "errors": errors},
        }
        for minute, version, requests, errors in rows
    ]
    accounts = [{"workersInvocationsAdaptive": groups}]
    return httpx.Response(200, json={"data": {"viewer": {"accounts": accounts}}, "errors": None})


ROWS = (
    ("2027-01-15T07:56:00Z", "v1", 5, 1),
    ("2027-01-15T07:55:00Z", "v1", 7, 0),
    ("2027-01-15T07:56:00Z", "v1", 2, 0),
    ("2027-01-15T07:56:00Z", "v2", 3, 3),
)


def test_minutes_are_slices_of_requests_and_exceptions_by_version() -> None:
    asked: list[Any] = []
    reading = source(told(*ROWS), asked).since(NOW - 400)
    first, second = reading.slices
    assert first.end == second.start
    assert (second.of("v1").requests, second.of("v1").errors, second.of("v2").errors) == (7, 1, 3)
    assert asked == [
        {
            "account": "account",
            "script": "api",
            "since": "2027-01-15T07:54:00Z",
            "until": "2027-01-15T07:57:00Z",
        }
    ]


def test_the_next_question_begins_where_the_last_one_ended() -> None:
    asked: list[Any] = []
    analytics = source(told(), asked)
    through = analytics.since(NOW - 400).through
    assert through == MINUTE - 1
    assert analytics.since(through) == analytics.since(through)
    assert len(asked) == 1


def test_invocations_are_summed_by_version() -> None:
    assert source(told(*ROWS), []).invocations(0, NOW) == {"v1": 14, "v2": 3}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("down"),
        httpx.Response(429),
        httpx.Response(200, text="hello"),
        httpx.Response(200, json={"data": None, "errors": [{"message": "not authorized"}]}),
        httpx.Response(200, json={"data": {"viewer": {"accounts": []}}, "errors": None}),
    ],
)
def test_no_answer_is_not_none(answer: httpx.Response | httpx.HTTPError) -> None:
    with pytest.raises(MetricsUnavailableError):
        source(answer, []).since(NOW - 400)
