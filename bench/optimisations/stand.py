"""The running application of a clone, and all by which it is measured: load, switches, Postgres' own view, data points."""

from __future__ import annotations

import asyncio
import itertools
import ssl
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from bench.clone import WORKER, Clone
from bench.load import Connections
from bench.optimisations import backends, points
from bench.optimisations.block import Block
from bench.optimisations.catalogue import Crowd, Member, most_seen
from bench.optimisations.load import paced
from bench.optimisations.switches import Switches
from database.seed.making_up import demo_logins
from database.seed.password import DEMO_PASSWORD
from localcloud.cloud import LocalCloud

_STACK: Final = "staging"
_CONNECTIONS: Final = 1500
_WARMING: Final = ("--top", "5000", "--limit", "120", "--at-once", "8")
_AT_ONCE: Final = 8
_WARMED: Final = (0, 2)
_PATIENCE_SECONDS: Final = 30
"""An answer that takes longer is lost; it is longer than what the application itself gives anybody."""
_OWN: Final = (
    "select id::text, revision from pitches where creator_id = $1::uuid and status = 'published'"
)


@dataclass
class Stand:
    """`host` is the application's name in its zone, where the edge keeps answers."""

    clone: Clone
    host: str
    zone: str
    account: str
    api: httpx.Client
    connections: Connections
    database: backends.Database
    switches: Switches
    pitches: Sequence[str]
    tls: ssl.SSLContext
    redis: tuple[str, str] = field(repr=False)
    """Its address and token."""
    members: Sequence[Member] = ()
    seeds: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def crowd(self, seed: int) -> Crowd:
        return Crowd(self.host, self.pitches, self.members, seed)

    async def block(self, rate: float, seconds: float, *, whole: bool = True) -> Block:
        """So much load of the read mix with its changes; `whole` waits for what the data points tell of it."""
        seed = next(self.seeds)
        crowd = self.crowd(seed)
        if whole:
            await points.next_second()
        began = time.time()
        async with backends.watched(self.database) as seen:
            told = await paced(
                self.connections, crowd.next, crowd.note, rate=rate, seconds=seconds, seed=seed
            )
        if not whole:
            return Block(told, connected=seen)
        return Block(told, await points.waited(self.api, self.account, began), seen)

    async def warm(self) -> None:
        """By what the data points say is asked for most, as a rollout warms its candidate. Some of it may not be had on a machine
        that has much to do: then it is as cold as it was."""
        words = ("cache", "warm", _STACK, *_WARMING)
        done = await asyncio.to_thread(self.clone.pitchey, *words)
        if done.returncode not in _WARMED:
            raise RuntimeError(f"pitchey cache warm: {done.stderr.strip()[-500:]}")

    async def ask_for_all(self) -> None:
        """Each pitch once, a few at a time."""
        crowd, few = self.crowd(0), asyncio.Semaphore(_AT_ONCE)

        async def ask(pitch: str) -> None:
            async with few:
                await self.connections.ask(crowd.request("GET", f"/api/pitches/{pitch}"))

        await asyncio.gather(*map(ask, self.pitches))

    async def purge(self) -> None:
        """Neither the zone nor Redis has kept anything."""
        await asyncio.to_thread(self._purge)

    def _purge(self) -> None:
        path = f"/zones/{self.zone}/purge_cache"
        self.api.post(path, json={"purge_everything": True}).raise_for_status()
        url, token = self.redis
        headers = {"authorization": f"Bearer {token}"}
        httpx.post(
            url, json=["FLUSHDB"], headers=headers, verify=self.tls, timeout=10
        ).raise_for_status()

    async def sign_in(self) -> None:
        """The three demo people anew: what they hold lasts 15 minutes."""
        self.members = [await self._member(role, email) for role, email in demo_logins().items()]

    def _session(self, email: str) -> dict[str, Any]:
        answer = httpx.post(
            f"http://127.0.0.1:{self.clone.port + 1}/api/sessions",
            json={"email": email, "password": DEMO_PASSWORD},
            headers={"host": f"{WORKER}.pitchey.workers.dev"},
            timeout=30,
        )
        told: dict[str, Any] = answer.raise_for_status().json()
        return told

    async def _member(self, role: str, email: str) -> Member:
        told = await asyncio.to_thread(self._session, email)
        if role != "creator":
            return Member(role, told["accessToken"])
        rows = await self.database.fetch(_OWN, told["person"]["id"])
        return Member(
            role, told["accessToken"], {row["id"]: f'"r{row["revision"]}"' for row in rows}
        )


@asynccontextmanager
async def standing(clone: Clone) -> AsyncGenerator[Stand]:
    """Everything is on again when it is left."""
    outputs = clone.outputs()
    host = urlsplit(str(outputs["urls"]["api"])).hostname or ""
    tls = ssl.create_default_context(cafile=str(clone.home / "ca.pem"))
    connections = Connections(clone.port + 2, tls, host, _CONNECTIONS, _PATIENCE_SECONDS)

    def secret(name: str) -> str:
        return LocalCloud(clone.folder).working_secret(name, _STACK) or ""

    database = await backends.connect(secret("databaseUrl"))
    account = clone.account()
    with clone.api() as api:
        namespace = outputs["namespaceIds"]["flags"]
        values = f"/accounts/{account}/storage/kv/namespaces/{namespace}/values"
        switches = Switches(api, values, connections, host)
        pitches = await most_seen(database)
        stand = Stand(
            clone,
            host,
            str(outputs["zoneId"]),
            account,
            api,
            connections,
            database,
            switches,
            pitches,
            tls,
            (secret("upstashRedisRestUrl"), secret("upstashRedisRestToken")),
        )
        await stand.sign_in()
        try:
            yield stand
        finally:
            await switches.turn_off(frozenset())
            connections.close()
            await database.close()
