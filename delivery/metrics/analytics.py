"""Cloudflare's own count of a Worker's invocations by version: minutes late, requests and exceptions only.

`workersInvocationsAdaptive` of the GraphQL API: https://developers.cloudflare.com/analytics/graphql-api/tutorials/querying-workers-metrics/
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import httpx

from delivery.analysis.counts import Counts, Slice
from delivery.metrics.source import MetricsUnavailableError, Reading

_LONGEST: Final = 7200.0
"""Seconds."""
_MINUTE: Final = 60
_LIMIT: Final = 10_000
_QUERY: Final = """query Invocations($account: string!, $script: string!, $since: Time!, $until: Time!) {
  viewer { accounts(filter: {accountTag: $account}) {
    workersInvocationsAdaptive(limit: 10000, filter: {scriptName: $script, datetime_geq: $since, datetime_lt: $until}) {
      dimensions { datetimeMinute scriptVersion } sum { requests errors }
    } } } }"""
Row = tuple[float, str, int, int]
"""Beginning of the minute (Unix seconds), version, requests, exceptions."""


class AnalyticsSource:
    """`api` has Cloudflare's address and token. Answers of 500 that a Worker gave by itself are no errors here, and
    there is no latency. What is younger than `lag_seconds` is not told, since it still grows."""

    @property
    def name(self) -> str:
        return "analytics"

    def __init__(
        self,
        api: httpx.Client,
        account: str,
        script: str,
        *,
        lag_seconds: float = 180,
        patience: float = 5,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._api = api
        self._account = account
        self._script = script
        self._lag = lag_seconds
        self._patience = patience
        self._clock = clock

    def since(self, after: float) -> Reading:
        """Whole minutes; `through` is the last one's last second, as with the recorder. At most two hours back."""
        now = self._clock()
        until = math.floor((now - self._lag) / _MINUTE) * _MINUTE
        begin = math.ceil((max(after, now - _LONGEST) + 1) / _MINUTE) * _MINUTE
        if until <= begin:
            return Reading(after, ())
        minutes: dict[float, dict[str, Counts]] = {}
        for minute, version, requests, errors in self._rows(begin, until):
            versions = minutes.setdefault(minute, {})
            versions[version] = versions.get(version, Counts()) + Counts(requests, errors)
        slices = [Slice(start, start + _MINUTE, minutes[start]) for start in sorted(minutes)]
        return Reading(float(until - 1), tuple(slices))

    def invocations(self, since: float, until: float) -> Mapping[str, int]:
        """Version → invocations, also those that no recorder heard of. Raises `MetricsUnavailableError`."""
        found: dict[str, int] = {}
        for _, version, requests, _ in self._rows(since, until):
            found[version] = found.get(version, 0) + requests
        return found

    def _rows(self, since: float, until: float) -> list[Row]:
        variables = {
            "account": self._account,
            "script": self._script,
            "since": _iso(since),
            "until": _iso(until),
        }
        body = {"query": _QUERY, "variables": variables}
        try:
            answer = self._api.post("graphql", json=body, timeout=self._patience)
        except httpx.HTTPError:
            raise MetricsUnavailableError("Cloudflare's analytics do not answer") from None
        if answer.status_code != 200:
            raise MetricsUnavailableError(f"Cloudflare's analytics answered {answer.status_code}")
        try:
            told: Any = answer.json()
            if told.get("errors"):
                raise MetricsUnavailableError("Cloudflare's analytics refused the question")
            groups = told["data"]["viewer"]["accounts"][0]["workersInvocationsAdaptive"]
            rows = [_row(group) for group in groups]
        except (LookupError, TypeError, ValueError, AttributeError):
            raise MetricsUnavailableError(
                "the answer of Cloudflare's analytics makes no sense"
            ) from None
        if len(rows) >= _LIMIT:
            raise MetricsUnavailableError("Cloudflare's analytics told a part only")
        return rows


def _row(group: Mapping[str, Any]) -> Row:
    dimensions, sums = group["dimensions"], group["sum"]
    minute = datetime.fromisoformat(dimensions["datetimeMinute"]).timestamp()
    return minute, str(dimensions["scriptVersion"]), int(sums["requests"]), int(sums["errors"])


def _iso(second: float) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
