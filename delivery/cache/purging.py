"""A purge from its beginning to its end: Redis first, since the edge is filled from it; then the zone; then the edge is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import httpx

from delivery.cache.purge import Purge, Serving
from delivery.cache_status import EDGE, VERDICT, cache_status
from delivery.edge import Edge
from delivery.errors import DeliveryError
from delivery.serving import PROBE

_SEEN_SECONDS: Final = 15.0
"""An isolate knows of a change within two seconds, and the zone's cache within a moment."""
_PAUSE: Final = 0.4
_TRY_SECONDS: Final = 5.0
_MOST_SEEN: Final = 20


class KeptInRedis(Protocol):
    def renew(self, tags: Sequence[str]) -> None: ...
    def renew_all(self) -> int: ...
    def tags(self, beginning: str) -> list[str]: ...


class KeptInZone(Protocol):
    def purge(self, wanted: Purge, serving: Serving) -> int: ...


@dataclass(frozen=True)
class Seen:
    """What the edge answers at an address. `age` in seconds, None where the answer does not say; `is_old`: it may be from before."""

    url: str
    status: int
    verdict: str
    age: int | None
    is_old: bool


@dataclass
class Purged:
    """`left` is what was not done, in one line each. `tags` in Redis: None where it was not told."""

    tags: int | None = None
    calls: int | None = None
    seen: list[Seen] = field(default_factory=list[Seen])
    left: list[str] = field(default_factory=list[str])


def purge(
    wanted: Purge,
    redis: Callable[[], KeptInRedis],
    zone: KeptInZone,
    serving: Callable[[], Serving],
    report: Callable[[str], None],
) -> Purged:
    """Each cache, whatever became of the other. What is missing of Redis' settings, `redis` raises as `DeliveryError`; so does
    `serving`, which is asked for URLs alone."""
    done = Purged()
    report("Redis")
    try:
        done.tags = _renew(wanted, redis())
    except DeliveryError as error:
        done.left.append(f"Redis still has it: {_line(error)}")
    report("the zone's cache")
    try:
        done.calls = zone.purge(wanted, serving() if wanted.urls else Serving())
    except DeliveryError as error:
        done.left.append(f"the zone's cache still has it: {_line(error)}")
    return done


def look(
    edge: Edge,
    urls: Sequence[str],
    since: float,
    report: Callable[[str], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Seen]:
    """Asks until no answer may be from before `since`, by `clock`, or the time for that is over."""
    asked = list(urls)[:_MOST_SEEN]
    end = clock() + _SEEN_SECONDS
    seen: dict[str, Seen] = {}
    while True:
        for url in asked:
            if url not in seen or seen[url].is_old:
                seen[url] = _seen(edge, url, since, clock)
        old = sum(one.is_old for one in seen.values())
        report(f"{len(asked) - old} of {len(asked)} addresses answer anew")
        if old == 0 or clock() >= end:
            return [seen[url] for url in asked]
        sleep(_PAUSE)


def _renew(wanted: Purge, redis: KeptInRedis) -> int:
    if wanted.everything:
        return redis.renew_all()
    tags = wanted.known_tags()
    for beginning in wanted.tag_beginnings():
        tags += redis.tags(beginning)
    each = list(dict.fromkeys(tags))
    redis.renew(each)
    return len(each)


def _seen(edge: Edge, url: str, since: float, clock: Callable[[], float]) -> Seen:
    try:
        answer = edge.request("GET", url, headers=PROBE, timeout=_TRY_SECONDS)
    except httpx.HTTPError as error:
        return Seen(url, 0, str(error) or type(error).__name__, None, True)
    told = answer.headers.get("age", "")
    age = int(told) if told.isdecimal() else None
    # What the edge had is of after the purge if it is certainly younger; whole seconds are all that it tells.
    is_kept = "hit" in cache_status(answer).get(EDGE, {})
    is_old = is_kept and (age is None or age + 1 > clock() - since)
    return Seen(url, answer.status_code, answer.headers.get(VERDICT, ""), age, is_old)


def _line(error: DeliveryError) -> str:
    return f"{error.what}; {error.hint}" if error.hint else error.what
