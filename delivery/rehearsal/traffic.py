"""Users of the local edge, in a thread of their own: they come whether or not the ones before were answered."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from http.cookies import CookieError, SimpleCookie
from typing import Final, Self
from urllib.parse import urlsplit

import httpx

from delivery.clouds import Cloud
from delivery.rehearsal.felt import Answer
from delivery.rehearsal.population import Population, Visit, Visitor

COOKIE: Final = "pitchey-visitor"
REHEARSED: Final = "pitchey-rehearsed"
"""The header by which a candidate of `worker/faults` says that an answer is its own."""
_SECONDS: Final = 15.0
_LEFT_SECONDS: Final = 20.0
_IDLE: Final = 64


class Traffic:
    """Asks while it is entered. `url` is a public one, behind the zone that keeps visitors on one version."""

    def __init__(self, cloud: Cloud, url: str, population: Population) -> None:
        """Raises what the cloud raises when it is not running."""
        address, self._headers = cloud.resolve(url)
        self._address = address.rstrip("/")
        self._extensions: Mapping[str, str] = {}
        if urlsplit(address).scheme == "https":
            name = self._headers.get("host") or urlsplit(url).hostname or ""
            self._extensions = {"sni_hostname": name}
        self._trusted = ssl.create_default_context(cafile=cloud.certificate_authority())
        self._population = population
        self._answers: list[Answer] = []
        self._arriving: dict[int, asyncio.Lock] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._come()), name="users")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Nobody comes any more; whoever waits is answered first."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_LEFT_SECONDS)

    def answers(self) -> list[Answer]:
        """Those so far."""
        return list(self._answers)

    async def _come(self) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=_IDLE)
        async with httpx.AsyncClient(
            verify=self._trusted, limits=limits, timeout=_SECONDS, trust_env=False
        ) as client:
            # Each visitor keeps a cookie of their own; the client's jar would hand one to all.
            client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
            waiting: set[asyncio.Task[None]] = set()
            due = time.monotonic()
            while not self._stop.is_set():
                visit = self._population.next()
                due += visit.gap
                await asyncio.sleep(max(due - time.monotonic(), 0))
                task = asyncio.create_task(self._visit(client, visit))
                waiting.add(task)
                task.add_done_callback(waiting.discard)
            if waiting:
                await asyncio.wait(waiting, timeout=_SECONDS)

    async def _visit(self, client: httpx.AsyncClient, visit: Visit) -> None:
        """Who has no cookie yet asks for nothing else before the first answer: there is no page yet that would ask."""
        visitor = visit.visitor
        if visitor.cookie is None:
            async with self._arriving.setdefault(visitor.number, asyncio.Lock()):
                await self._ask(client, visit)
        else:
            await self._ask(client, visit)

    async def _ask(self, client: httpx.AsyncClient, visit: Visit) -> None:
        visitor = visit.visitor
        headers = dict(self._headers)
        if visitor.cookie is not None:
            headers["cookie"] = f"{COOKIE}={visitor.cookie}"
        at, begun = time.time(), time.perf_counter()
        status, rehearsed = 0, False
        try:
            answer = await client.request(
                visit.method,
                self._address + visit.path,
                headers=headers,
                extensions=dict(self._extensions),
            )
        except httpx.HTTPError:
            pass
        else:
            status, rehearsed = answer.status_code, REHEARSED in answer.headers
            _welcome(visitor, answer)
        milliseconds = (time.perf_counter() - begun) * 1000
        route = f"{visit.method} /{visit.path.split('/')[1]}"
        self._answers.append(Answer(at, visitor.number, route, rehearsed, status, milliseconds))


def _welcome(visitor: Visitor, answer: httpx.Response) -> None:
    """A browser keeps the first id that it is given."""
    if visitor.cookie is not None:
        return
    for given in answer.headers.get_list("set-cookie"):
        try:
            read = SimpleCookie(given)
        except CookieError:
            continue
        if COOKIE in read:
            visitor.cookie = read[COOKIE].value
