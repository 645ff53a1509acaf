"""Users of a Worker in a clone, at a steady rate whatever the answers take (open loop), and what they felt.

Every eighth user comes by the zone's own name over HTTPS, told from others by the visitor's cookie alone, from which the
zone makes the version key; half of those have no cookie yet when they come, and keep the one that their first answer gives,
as a browser does. TLS costs the local edge much, so the others come over HTTP by workers.dev, where no zone has rules, and
bring the key themselves.
"""

from __future__ import annotations

import random
import re
import ssl
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.asking import VERSION_ID, beside, steadily
from bench.load import Answer, Connections, get

_BY_ZONE: Final = 8
_NEW: Final = 16
_GIVEN: Final = re.compile(rb"\r\nset-cookie: pitchey-visitor=([\w-]+)")
_SIGNED_IN: Final = "DELETE"
_KINDS: Final = (
    ("GET", "/version", 200),
    ("GET", "/flags/example", 404),
    ("GET", "/version", 200),
    ("GET", "/", 200),
    ("GET", "/counter/visits", 200),
    ("GET", "/version", 200),
    ("GET", "/flags/another", 404),
    (_SIGNED_IN, "/flags/of-nobody", 200),
)
"""What is asked for in turn and the status of a right answer; the last with an operator's token."""


@dataclass(frozen=True)
class Bad:
    """An answer with another status than a healthy version gives, or none (status 0) within ten seconds. `at` by the
    monotonic clock."""

    at: float
    user: int
    status: int


@dataclass
class Felt:
    """Broken sessions are three: `back`, users whom the first version answered after another one had; `signed_out`, answers
    of 401 to a valid token; `forgotten`, answers that gave a visitor who has a cookie a new one, and first answers that
    gave none."""

    first: str
    requests: int = 0
    bad: list[Bad] = field(default_factory=list[Bad])
    users: set[int] = field(default_factory=set[int])
    moved: dict[int, float] = field(default_factory=dict[int, float])
    """User → when another version had answered first."""
    back: set[int] = field(default_factory=set[int])
    signed_in: int = 0
    signed_out: int = 0
    forgotten: int = 0
    given: dict[int, str] = field(default_factory=dict[int, str])
    """User who came without a cookie → what the first answer gave."""
    late: list[float] = field(default_factory=list[float])
    """Seconds from when a request was due to its answer."""

    @property
    def bad_users(self) -> set[int]:
        return {bad.user for bad in self.bad}

    @property
    def broken_sessions(self) -> int:
        return len(self.back) + self.signed_out + self.forgotten

    def note(
        self, user: int, number: int, asked: float, answered: float, answer: Answer | None
    ) -> None:
        """What came of the request of that number: None where nothing answered."""
        method, _, right = _kind(number)
        self.requests += 1
        self.users.add(user)
        signed_out = method == _SIGNED_IN and answer is not None and answer.status == 401
        if not signed_out and (answer is None or answer.status != right):
            self.bad.append(Bad(answered, user, 0 if answer is None else answer.status))
        if answer is None:
            return
        self.signed_in += method == _SIGNED_IN
        self.signed_out += signed_out
        if answer.status < 500:
            self._keep(user, answer)
        told = VERSION_ID.search(answer.body)
        if told is None:
            return
        if told[1].decode() != self.first:
            self.moved.setdefault(user, answered)
        elif asked > self.moved.get(user, asked):
            self.back.add(user)

    def _keep(self, user: int, answer: Answer) -> None:
        given = _GIVEN.search(answer.head)
        is_first = _comes_new(user) and user not in self.given
        self.forgotten += is_first == (given is None)
        if is_first and given is not None:
            self.given[user] = given[1].decode()


@dataclass(frozen=True)
class Crowd:
    """`port` of the edge's HTTP and the one after it of its HTTPS; `host` a name on workers.dev, `zone_host` one of the zone,
    `authority` the file of who vouches for it; `token` makes a JWT that the Worker accepts; `rate` requests
    a second."""

    port: int
    host: str
    zone_host: str
    authority: Path
    token: Callable[[], str]
    rate: float = 60
    count: int = 2000
    seed: int = 1

    def users(self) -> Iterator[int]:
        """Each once in a round, every round in another order."""
        chance = random.Random(self.seed)  # noqa: S311
        while True:
            yield from chance.sample(range(self.count), self.count)

    def request(self, number: int, user: int, given: str | None = None) -> bytes:
        """`given` is the cookie that somebody who came without one has got."""
        method, path, _ = _kind(number)
        visitor = given if _comes_new(user) else f"00000000-0000-4000-8000-{user:012d}"
        headers = [] if visitor is None else [("Cookie", f"pitchey-visitor={visitor}")]
        if visitor is not None and not _by_zone(user):
            headers.append(("Cloudflare-Workers-Version-Key", visitor))
        if method == _SIGNED_IN:
            headers.append(("Authorization", f"Bearer {self.token()}"))
        host = self.zone_host if _by_zone(user) else self.host
        return get(host, path, headers).replace(b"GET", method.encode(), 1)

    @contextmanager
    def asking(self, stable: str) -> Generator[Felt]:
        """In a thread of its own, until it is left; requests that are on their way then are waited for."""
        felt = Felt(stable)
        with beside("the crowd", lambda stop: self._ask_until(stop, felt)):
            yield felt

    async def _ask_until(self, stop: threading.Event, felt: Felt) -> None:
        tls = ssl.create_default_context(cafile=str(self.authority))
        http = Connections(self.port)
        https = Connections(self.port + 1, tls, self.zone_host)
        users = self.users()

        async def ask(number: int, due: float) -> None:
            user = next(users)
            await self._ask(number, user, due, https if _by_zone(user) else http, felt)

        await steadily(stop, self.rate, ask)
        http.close()
        https.close()

    async def _ask(
        self, number: int, user: int, due: float, connections: Connections, felt: Felt
    ) -> None:
        async with connections.free:
            content = self.request(number, user, felt.given.get(user))
            asked = time.monotonic()
            answer = await connections.ask(content)
        answered = time.monotonic()
        felt.late.append(answered - due)
        felt.note(user, number, asked, answered, answer)


def _by_zone(user: int) -> bool:
    return user % _BY_ZONE == 0


def _comes_new(user: int) -> bool:
    return user % _NEW == 0


def _kind(number: int) -> tuple[str, str, int]:
    # A step more after each round of kinds, so that users and kinds do not always meet in the same way.
    return _KINDS[(number + number // len(_KINDS)) % len(_KINDS)]
