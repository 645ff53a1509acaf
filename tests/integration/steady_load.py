"""The application under a steady load of readers and writers, and what each of them was told."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg
import httpx

from localcloud.cloud import LocalCloud
from tests.integration.application import Api, Person
from tests.integration.checkout import Checkout

PITCH: Final = {
    "logline": "A lighthouse keeper finds the letters that nobody sent.",
    "genre": "Drama",
    "format": "feature",
    "budget": 900_000,
    "synopsis": "They were all to her.",
}
_connect: Any = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
_UNDER_WAY: Final = 40
RATE: Final = 14.0
"""Requests a second."""


@dataclass(frozen=True)
class Told:
    """One request: `kind` catalogue (kept for all), search (of words that nobody asked for before), own (a dashboard, never
    kept) or write; `at` seconds of the monotonic clock; `status` 0 where nothing answered; `title` of the pitch that was to be
    written."""

    kind: str
    at: float
    seconds: float
    status: int
    verdict: str = ""
    is_problem: bool = False
    """As problem+json, with `Retry-After` where it says to come again."""
    title: str = ""


@dataclass
class Load:
    told: list[Told] = field(default_factory=list[Told])

    def since(self, at: float, kind: str = "") -> list[Told]:
        """Whose requests began then or later."""
        return [one for one in list(self.told) if one.at >= at and kind in ("", one.kind)]

    def settled(self, kinds: Sequence[str], seconds: float = 30) -> float:
        """Waits until each kind was answered well three times in a row; how long that took."""
        began = time.monotonic()
        while not all(self._is_well(kind, began) for kind in kinds):
            assert time.monotonic() < began + seconds, self.summary(began)
            time.sleep(0.1)
        return time.monotonic() - began

    def _is_well(self, kind: str, since: float) -> bool:
        last = self.since(since, kind)[-3:]
        return len(last) == 3 and all(0 < one.status < 400 for one in last)

    def summary(self, since: float = 0) -> str:
        lines: list[str] = []
        for kind in ("catalogue", "search", "own", "write"):
            told = self.since(since, kind)
            statuses = {
                s: sum(1 for one in told if one.status == s) for s in {o.status for o in told}
            }
            verdicts = {
                v: sum(1 for one in told if one.verdict == v) for v in {o.verdict for o in told}
            }
            slowest = max((one.seconds for one in told), default=0.0)
            lines.append(f"{kind}: {statuses} {verdicts} slowest {slowest:.2f} s")
        return "\n".join(lines)


class Mix:
    """Makes the requests of one load, and knows afterwards what must be in the database."""

    def __init__(self, api: Api, creator: Person, kept: Sequence[str]) -> None:
        self._api = api
        self._creator = creator
        self._kept = itertools.cycle(kept)
        self._numbers = itertools.count()
        self._name = f"load {time.monotonic_ns()}"
        self._client = httpx.Client(
            verify=api.authority, timeout=30, limits=httpx.Limits(max_connections=_UNDER_WAY)
        )

    def ask(self) -> Told:
        number = next(self._numbers)
        kind = ("catalogue", "own", "catalogue", "search", "catalogue", "write")[number % 6]
        if kind == "write":
            title = f"{self._name} {number}"
            return self._one(kind, "POST", "/api/pitches", {**PITCH, "title": title}, title)
        paths = {
            "catalogue": next(self._kept),
            "own": "/api/dashboards/creator",
            "search": f"/api/pitches?q=words+{number}+{time.monotonic_ns()}",
        }
        return self._one(kind, "GET", paths[kind])

    def _one(self, kind: str, method: str, path: str, body: Any = None, title: str = "") -> Told:
        headers = {"host": self._api.host}
        if kind in ("own", "write"):
            headers["authorization"] = f"Bearer {self._creator.token}"
        began = time.monotonic()
        try:
            answer = self._client.request(
                method,
                f"https://127.0.0.1:{self._api.port}{path}",
                json=body,
                headers=headers,
                extensions={"sni_hostname": self._api.host},
            )
        except httpx.HTTPError:
            return Told(kind, began, time.monotonic() - began, 0, title=title)
        told = answer.headers
        again = answer.status_code not in (429, 503) or told.get("retry-after", "").isdecimal()
        problem = told.get("content-type") == "application/problem+json" and again
        verdict = told.get("pitchey-cache", "")
        seconds = time.monotonic() - began
        return Told(kind, began, seconds, answer.status_code, verdict, problem, title)

    def close(self) -> None:
        self._client.close()


@contextmanager
def steady_load(mix: Mix, rate: float = RATE) -> Generator[Load]:
    """Whatever the answers take; but where more are under way than a machine has room for, nobody new comes."""
    room = threading.Semaphore(_UNDER_WAY)
    load, stop = Load(), threading.Event()

    def one() -> None:
        try:
            load.told.append(mix.ask())
        finally:
            room.release()

    def go_on() -> None:
        began = time.monotonic()
        with ThreadPoolExecutor(_UNDER_WAY) as pool:
            for number in itertools.count():
                if stop.wait(max(0.0, began + number / rate - time.monotonic())):
                    return
                if room.acquire(blocking=False):
                    pool.submit(one)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield load
    finally:
        stop.set()
        thread.join(60)
        mix.close()


def written(checkout: Checkout, titles: Sequence[str]) -> dict[str, int]:
    """How often each title is in the database."""
    text = "select title, count(*) from pitches where title = any($1) group by title"
    rows = asyncio.run(query(checkout, text, titles))
    return dict.fromkeys(titles, 0) | {row["title"]: row["count"] for row in rows}


async def query(checkout: Checkout, text: str, *values: Any) -> list[Any]:
    """The rows, past Hyperdrive."""
    connection = await _connect(database_url(checkout))
    try:
        return await connection.fetch(text, *values)
    finally:
        await connection.close()


def database_url(checkout: Checkout) -> str:
    """Of the stack's own role, past Hyperdrive."""
    return LocalCloud(checkout.folder).working_secret("databaseUrl", "staging") or ""


def until(holds: Callable[[], object], seconds: float = 30) -> float:
    """How long it took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() < began + seconds, "it did not come about in time"
        time.sleep(0.1)
    return time.monotonic() - began
