"""Numbers of a strategy's own: the same question for both versions at the same time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import httpx

from delivery.analysis.metrics import AnalyticsEngine, Custom, Prometheus, Webhook
from delivery.metrics.beside import Beside
from delivery.rollout.measurements import Number

_SECONDS: Final = 3.0
_THREADS: Final = 4
_VERSION: Final = "{version}"


@dataclass(frozen=True)
class CustomNumbers:
    """`web` asks addresses of the strategy and carries no credentials; `api` has Cloudflare's address and token."""

    web: httpx.Client
    api: httpx.Client
    account: str
    rollout: str
    stable: str
    candidate: str

    def number(self, custom: Custom) -> Number:
        """None for a version of which nobody tells a finite number. Raises nothing of the network's."""
        return Number(
            custom.name,
            self._value(custom, self.candidate, "candidate"),
            self._value(custom, self.stable, "stable"),
        )

    def _value(self, custom: Custom, version: str, role: str) -> float | None:
        source = custom.source
        try:
            match source:
                case Prometheus():
                    value = self._prometheus(source, version)
                case AnalyticsEngine():
                    value = self._analytics_engine(source, version)
                case Webhook():
                    value = self._webhook(source, version, role)
            number = float(value)
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            LookupError,
            TypeError,
            ValueError,
            StopIteration,
        ):
            return None
        return number if math.isfinite(number) else None

    def _prometheus(self, source: Prometheus, version: str) -> Any:  # noqa: ANN401
        """https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries; one series or a scalar."""
        url = f"{source.url.rstrip('/')}/api/v1/query"
        query = source.query.replace(_VERSION, version)
        answer = self.web.get(url, params={"query": query}, timeout=_SECONDS)
        data = answer.raise_for_status().json()["data"]
        if data["resultType"] == "scalar":
            return data["result"][1]
        (series,) = data["result"]
        return series["value"][1]

    def _analytics_engine(self, source: AnalyticsEngine, version: str) -> Any:  # noqa: ANN401
        """https://developers.cloudflare.com/analytics/analytics-engine/sql-api/; the first number of the first row."""
        path = f"accounts/{self.account}/analytics_engine/sql"
        query = source.query.replace(_VERSION, version)
        answer = self.api.post(path, content=query, timeout=_SECONDS).raise_for_status()
        row: dict[str, Any] = answer.json()["data"][0]
        return next(number for number in map(_number, row.values()) if number is not None)

    def _webhook(self, source: Webhook, version: str, role: str) -> Any:  # noqa: ANN401
        body = {"rollout": self.rollout, "version": version, "role": role}
        answer = self.web.post(source.url, json=body, timeout=_SECONDS)
        return answer.raise_for_status().json()["value"]


class NumbersBeside:
    """Each number in a thread of its own, every `every` seconds: a call never waits, and tells each answer once."""

    def __init__(
        self, numbers: CustomNumbers, customs: Sequence[Custom], every: float = 10
    ) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="numbers")
        self._asked = [
            Beside(partial(numbers.number, custom), every, self._pool) for custom in customs
        ]

    def __call__(self) -> tuple[Number, ...]:
        told = [ask() for ask in self._asked]
        return tuple(number for number in told if number is not None)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _number(value: object) -> float | None:
    """64-bit integers come as texts."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None
