"""What is asked for most is asked for once more: bounded, counted by what became of it, and of the version that is meant."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx
import pytest

from delivery.cache.asked import Asked
from delivery.cache.warming import Outcome, Target, Warming, warm

WORKER = "pitchey-api-staging"


@dataclass
class Edge:
    """Two caches over an application: `kept` at the edge for each version, `redis` for all of them."""

    kept: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    redis: set[str] = field(default_factory=set[str])
    caches: bool = True
    overrides: bool = True
    limit: int = 1000
    after: str = "1"
    slow: float = 0.0
    missing: tuple[str, ...] = ()
    down: bool = False
    asked: list[str] = field(default_factory=list[str])
    most: int = 0
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        timeout: float = 5.0,
    ) -> httpx.Response:
        assert (method, json) == ("GET", None)
        assert headers is not None
        assert headers["pitchey-probe"] == "1", "users' requests are counted, and ours are none"
        path = url.removeprefix("https://api.example")
        with self._lock:
            self.asked.append(path)
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(self.slow)
        with self._lock:
            self._now -= 1
            return self._answer(path, headers)

    def _answer(self, path: str, headers: Mapping[str, str]) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("no connection")
        if self.limit == 0:
            self.limit = 1000
            return httpx.Response(429, headers={"retry-after": self.after, "pitchey-version": "v1"})
        self.limit -= 1
        meant = headers.get("cloudflare-workers-version-overrides", "")
        named = meant.removeprefix(f'{WORKER}="').removesuffix('"')
        version = named if named and self.overrides else "v1"
        told = {"pitchey-version": version}
        if path in self.missing:
            return httpx.Response(404, headers=told)
        return httpx.Response(200, headers={**told, "cache-status": self._status(path, version)})

    def _status(self, path: str, version: str) -> str:
        if not self.caches:
            return "pitchey-redis; fwd=bypass, pitchey-edge; fwd=bypass"
        if (path, version) in self.kept:
            return "pitchey-edge; hit; ttl=9"
        redis = "hit" if path in self.redis else "fwd=miss"
        self.redis.add(path)
        self.kept.add((path, version))
        return f"pitchey-redis; {redis}, pitchey-edge; fwd=miss; stored; ttl=60"


def wanted(number: int) -> list[Asked]:
    return [Asked(f"/api/pitches/{n}", number - n) for n in range(number)]


def warmed(
    edge: Edge,
    paths: Sequence[Asked],
    *,
    version: str | None = None,
    seconds: float = 20.0,
    at_once: int = 4,
) -> Warming:
    target = Target(edge, "https://api.example", WORKER, version)
    return warm(target, paths, seconds=seconds, at_once=at_once)


def counts(done: Warming) -> dict[str, int]:
    found = {outcome.value: done.count(outcome) for outcome in Outcome}
    return {name: number for name, number in found.items() if number}


def test_what_was_cold_is_kept_and_a_second_time_nothing_is_made() -> None:
    edge = Edge()
    edge.kept = {("/api/pitches/0", "v1")}
    assert counts(warmed(edge, wanted(30))) == {"hit": 1, "made": 29}
    assert counts(warmed(edge, wanted(30))) == {"hit": 30}


def test_a_candidate_is_warmed_though_what_serves_is_warm() -> None:
    edge = Edge()
    warmed(edge, wanted(10))
    assert counts(warmed(edge, wanted(10), version="v2")) == {"made": 10}
    assert {version for _, version in edge.kept} == {"v1", "v2"}


def test_an_answer_of_another_version_warms_nothing() -> None:
    done = warmed(Edge(overrides=False), wanted(3), version="v2-not-deployed")
    assert counts(done) == {"failed": 3}
    assert done.failure == "answered by v1"


def test_the_most_wanted_come_first_and_no_more_at_once_than_may() -> None:
    edge = Edge(slow=0.02)
    warmed(edge, wanted(12), at_once=3)
    assert edge.most == 3
    assert set(edge.asked[:3]) == {f"/api/pitches/{n}" for n in range(3)}
    assert len(edge.asked) == 12


def test_when_the_time_is_over_the_rest_is_told_as_left() -> None:
    edge = Edge(slow=0.1)
    done = warmed(edge, wanted(100), seconds=0.5, at_once=2)
    assert 0 < len(done.warmed) < 30
    assert done.left == 100 - len(done.warmed)
    assert f"{done.left} not asked for in time" in done.line()


def test_what_no_cache_keeps_is_told_as_that() -> None:
    done = warmed(Edge(caches=False), wanted(2))
    assert counts(done) == {"passed": 2}
    assert done.line() == "2 asked for: 0 made, 0 kept already, 2 kept nowhere"


def test_what_fails_is_counted_with_its_reason() -> None:
    done = warmed(Edge(missing=("/api/pitches/1",)), wanted(3))
    assert done.line() == "3 asked for: 2 made, 0 kept already, 1 failed (HTTP 404)"
    assert warmed(Edge(down=True), wanted(2)).failure == "no connection"


def test_a_limit_that_ends_in_time_is_waited_for() -> None:
    assert counts(warmed(Edge(limit=2), wanted(4))) == {"made": 4}


@pytest.mark.parametrize("after", ["60", "3600"])
def test_a_limit_that_does_not_is_not(after: str) -> None:
    begun = time.monotonic()
    done = warmed(Edge(limit=2, after=after), wanted(4), at_once=1)
    assert counts(done) == {"made": 3, "failed": 1}
    assert done.failure == "the limit of requests is reached"
    assert time.monotonic() - begun < 10


def test_nothing_wanted_is_nothing_done() -> None:
    assert warmed(Edge(), []).line() == "0 asked for: 0 made, 0 kept already"
