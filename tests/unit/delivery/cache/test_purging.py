"""A purge does what it can in each cache, says what is left, and asks the edge until nothing old is answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx
import pytest

from delivery.cache.purge import Purge, Serving
from delivery.cache.purging import look, purge
from delivery.cache.redis import Redis
from delivery.cache.zone import ZoneCache
from delivery.errors import FailedError
from delivery.patient_api import PatientApi
from tests.unit.delivery.cache.redis_server import RedisServer

ACCESS = {
    "CLOUDFLARE_ACCOUNT_ID": "acc",
    "CLOUDFLARE_API_TOKEN": "t",
    "CLOUDFLARE_BASE_URL": "https://cloudflare.example/v4",
}


@dataclass
class Zone:
    """`moods` are the statuses that come before any success."""

    moods: list[int] = field(default_factory=list[int])
    asked: list[dict[str, object]] = field(default_factory=list[dict[str, object]])

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v4/zones/z1/purge_cache"
        if self.moods:
            status = self.moods.pop(0)
            errors = [{"code": 10000, "message": "Authentication error"}]
            return httpx.Response(status, json={"success": False, "errors": errors})
        self.asked.append(json.loads(request.content))
        return httpx.Response(200, json={"success": True, "result": {"id": "1"}})

    def cache(self) -> ZoneCache:
        transport = httpx.MockTransport(self.answer)
        return ZoneCache(PatientApi(ACCESS, transport=transport, sleep=lambda _s: None), "z1")


def quiet(_text: str) -> None: ...


def made(redis: RedisServer) -> Callable[[], Redis]:
    return redis.client


def test_each_cache_is_told_in_its_own_words() -> None:
    redis, zone = RedisServer({"generation:pitch:7c": "old"}), Zone()
    wanted = Purge(
        tags=("a",), prefixes=("h/api/pitches/7c",), urls=("https://h/api/pitches?limit=1",)
    )
    done = purge(wanted, made(redis), zone.cache(), lambda: Serving(("v1",)), quiet)
    assert (done.tags, done.calls, done.left) == (3, 3, [])
    assert redis.changes == [(1, ["a", "pitches", "pitch:7c"])]
    assert zone.asked[:2] == [{"tags": ["a"]}, {"prefixes": ["h/api/pitches/7c"]}]
    assert len(json.loads(json.dumps(zone.asked[2]))["files"]) == 2


def test_redis_comes_before_the_edge_that_is_filled_from_it() -> None:
    redis, zone = RedisServer(), Zone()
    told: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        told.append(len(redis.changes))
        return zone.answer(request)

    api = PatientApi(ACCESS, transport=httpx.MockTransport(answer))
    purge(Purge(tags=("a",)), made(redis), ZoneCache(api, "z1"), Serving, quiet)
    assert told == [1]


def test_the_zone_is_given_thirty_at_once() -> None:
    zone = Zone()
    tags = tuple(f"pitch:{number}" for number in range(70))
    assert zone.cache().purge(Purge(tags=tags), Serving()) == 3
    assert [len(json.loads(json.dumps(asked))["tags"]) for asked in zone.asked] == [30, 30, 10]


def test_everything_is_one_call() -> None:
    redis, zone = RedisServer({"generation:a": "old"}), Zone()
    done = purge(Purge(everything=True), made(redis), zone.cache(), Serving, quiet)
    assert (done.tags, zone.asked, redis.values) == (1, [{"purge_everything": True}], {})


@pytest.mark.parametrize("moods", [[429], [429, 503, 500]])
def test_the_zone_is_asked_again_when_it_is_busy(moods: list[int]) -> None:
    zone = Zone(moods)
    assert zone.cache().purge(Purge(tags=("a",)), Serving()) == 1


def test_without_redis_the_zone_is_purged_all_the_same_and_it_is_told() -> None:
    zone = Zone()

    def absent() -> Redis:
        raise FailedError("it is not set", "set it")

    done = purge(Purge(tags=("a",)), absent, zone.cache(), Serving, quiet)
    assert done.left == ["Redis still has it: it is not set; set it"]
    assert (done.tags, zone.asked) == (None, [{"tags": ["a"]}])


def test_a_zone_that_refuses_leaves_redis_purged_and_is_told() -> None:
    redis = RedisServer()
    done = purge(Purge(tags=("a",)), made(redis), Zone([403]).cache(), Serving, quiet)
    assert redis.changes == [(1, ["a"])]
    [left] = done.left
    assert left.startswith("the zone's cache still has it: Cloudflare's API refused: 10000")


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Edge:
    """Answers that were made at `made`; anew, and kept again, from `follows` on."""

    clock: Clock
    made: float
    follows: float

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
        assert headers["pitchey-probe"] == "1"
        if self.made < self.follows <= self.clock.now:
            self.made = self.clock.now
            told = {"cache-status": "pitchey-redis; fwd=miss, pitchey-edge; fwd=miss; stored; ttl=60", "pitchey-cache": "miss"}  # fmt: skip
        else:
            told = {"cache-status": "pitchey-edge; hit; ttl=9", "pitchey-cache": "hit"}
        return httpx.Response(200, headers={**told, "age": str(int(self.clock.now - self.made))})


@pytest.mark.parametrize(
    ("before", "follows", "is_old"),
    [(90.0, 0.0, True), (90.0, 103.0, False), (99.5, 0.0, True), (90.0, 999.0, True)],
)
def test_the_edge_is_asked_until_nothing_is_from_before(
    before: float, follows: float, is_old: bool
) -> None:
    clock = Clock()
    urls: Sequence[str] = ["https://h/a"]
    [seen] = look(Edge(clock, before, follows), urls, clock.now, quiet, clock=clock, sleep=clock.sleep)  # fmt: skip
    assert seen.is_old is is_old
    assert clock.now < 120


def test_what_somebody_else_had_made_since_is_believed_once_it_is_sure() -> None:
    clock = Clock()
    edge = Edge(clock, 0.0, 100.0)
    edge.request("GET", "https://h/a", headers={"pitchey-probe": "1"})
    clock.now += 0.3
    [seen] = look(edge, ["https://h/a"], 99.5, quiet, clock=clock, sleep=clock.sleep)
    assert (seen.is_old, seen.verdict) == (False, "hit")
