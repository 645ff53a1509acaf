"""A bad day of a data service: the application under load, a fault for a while, and what must hold whatever it was."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from tests.integration import bad_days
from tests.integration.application import Api, Person
from tests.integration.checkout import Checkout
from tests.integration.steady_load import Load, Mix, Told, steady_load, written

Json = dict[str, Any]
KINDS: Final = ("catalogue", "search", "own", "write")
GOOD: Final = frozenset({200, 201})
_BEFORE_SECONDS: Final = 2.0


@dataclass
class BadDay:
    """`load` goes on from before the fault until the day's end."""

    checkout: Checkout
    api: Api
    load: Load
    began: float = 0.0
    ended: float = 0.0

    @contextmanager
    def fault(self, effect: str, **fields: Any) -> Generator[None]:
        """On for as long as the block lasts; what follows it is well again."""
        self.load.settled(KINDS)
        with bad_days.fault(self.checkout, effect, **fields):
            self.began = time.monotonic()
            yield
            self.ended = time.monotonic()
        self.load.settled(KINDS, seconds=20)

    def during(self, *kinds: str) -> list[Told]:
        """What those were told whose requests began while the fault was on."""
        told = self.load.since(self.began)
        return [one for one in told if one.at < self.ended and one.kind in (kinds or KINDS)]

    def statuses(self, *kinds: str) -> Counter[int]:
        return Counter(one.status for one in self.during(*kinds))

    def health(self) -> tuple[int, dict[str, str]]:
        """The status of the answer, and of each dependency."""
        answer = self.api.ask("GET", "/api/health")
        dependencies: dict[str, Json] = answer.json()["dependencies"]
        return answer.status_code, {name: each["status"] for name, each in dependencies.items()}

    def failing(self) -> set[str]:
        """Which dependencies health says are not well; its own status agrees."""
        status, dependencies = self.health()
        failing = {name for name, each in dependencies.items() if each == "failing"}
        assert status == (503 if failing - {"REDIS", "RECORDER"} else 200)
        return failing


@contextmanager
def bad_day(checkout: Checkout, api: Api, creator: Person, rate: float = 14.0) -> Generator[BadDay]:
    """At its end: nobody was told of a mistake of ours, nothing is said to be written that is not, and nothing is written twice."""
    with steady_load(Mix(api, creator, catalogue(api)), rate) as load:
        time.sleep(_BEFORE_SECONDS)
        day = BadDay(checkout, api, load)
        yield day
        load.settled(KINDS)
    assert mistakes(load.told) == [], load.summary()
    assert lies(checkout, load.told) == []


def catalogue(api: Api) -> list[str]:
    """What everybody looks at."""
    pitches = api.ask("GET", "/api/pitches?limit=5").json()["pitches"]
    details = [f"/api/pitches/{pitch['id']}" for pitch in pitches]
    return ["/api/pitches", "/api/pitches?genre=Drama", "/api/pitches/trending", *details]


def mistakes(told: Sequence[Told]) -> list[Told]:
    """Neither an answer nor a problem that says when to come again."""
    return [one for one in told if one.status not in GOOD and not one.is_problem]


def lies(checkout: Checkout, told: Sequence[Told]) -> list[tuple[int, int]]:
    """Status and number in the database of each write that was told wrongly, or done twice."""
    writes = [one for one in told if one.kind == "write"]
    found = written(checkout, [one.title for one in writes])
    pairs = [(one.status, found[one.title]) for one in writes]
    return [
        (status, number)
        for status, number in pairs
        if number > 1 or (status == 201 and number != 1)
    ]
