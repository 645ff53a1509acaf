"""Users who are signed in all the time: they write, read what they wrote, and exchange their tokens, whatever serves them."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bench.continuity.writes import Outcome, Written, outcome_of
from bench.site import Site, Told

_PASSWORD: Final = "seven-lanterns-at-noon"
_REFRESH: Final = "pitchey-refresh"
_REFRESH_SECONDS: Final = (5.0, 25.0)
_OWN_PAGE: Final = ("pitchey-csrf", "1")
_PITCH: Final = {"genre": "drama", "format": "feature", "budget": 1, "status": "published"}


@dataclass
class Felt:
    """`failed`: no answer, or one of 500 or above; `signed_out`: a valid session that was refused; `unread`: what was acknowledged
    and could not be read at once; `kids`: how often users were given tokens of each key."""

    written: Written = field(default_factory=Written)
    statuses: Counter[int] = field(default_factory=Counter[int])
    versions: Counter[str] = field(default_factory=Counter[str])
    kids: Counter[str] = field(default_factory=Counter[str])
    failed: list[str] = field(default_factory=list[str])
    signed_out: list[str] = field(default_factory=list[str])
    unread: list[str] = field(default_factory=list[str])

    @property
    def requests(self) -> int:
        return sum(self.statuses.values())


@dataclass(eq=False)
class User:
    """A creator with one pitch that is changed again and again, whose browser stays on its version by the visitor's cookie or, by
    workers.dev, by the key itself."""

    run: str
    number: int
    site: Site
    felt: Felt
    chance: random.Random
    token: str = ""
    cookie: str = ""
    pitch: str = ""
    revision: int = 1
    refresh_at: float = 0.0
    _made: int = 0

    def __post_init__(self) -> None:
        self._visitor = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        self._by_zone = self.number % 2 == 0

    async def sign_up(self) -> None:
        """Raises `RuntimeError`."""
        email = f"{self.run}-{self.number}@people.example"
        body = {"email": email, "name": "A user", "role": "creator", "password": _PASSWORD}
        await self._right("POST", "/api/people", body)
        body = {"email": email, "password": _PASSWORD}
        self._take(await self._right("POST", "/api/sessions", body))
        body = {**_PITCH, "title": f"own-{self.run}-{self.number}", "logline": "as it was made"}
        made = await self._right("POST", "/api/pitches", body, self._token())
        self.pitch, self.revision = made.json["id"], made.json["revision"]
        self.felt.written.changes[self.pitch] = []

    async def go_on(self, stop: asyncio.Event, pause: float) -> None:
        """Until it is stopped, with `pause` seconds between requests on average."""
        while not stop.is_set():
            if time.monotonic() >= self.refresh_at:
                await self._refresh()
            await self.chance.choice((self._make, self._change, self._change, self._look))()
            await asyncio.sleep(self.chance.uniform(0, 2 * pause))

    # What they do

    async def _make(self) -> None:
        self._made += 1
        word = f"made-{self.run}-{self.number}-{self._made}"
        self.felt.written.made[word] = "unknown"
        body = {**_PITCH, "title": word, "logline": "new"}
        told = await self._ask("POST", "/api/pitches", body, self._token())
        outcome = _outcome(told)
        self.felt.written.made[word] = outcome
        if told is not None and outcome == "made":
            await self._read(f"/api/pitches/{told.json['id']}", word)

    async def _change(self) -> None:
        changes = self.felt.written.changes[self.pitch]
        word = f"changed-{self.run}-{self.number}-{len(changes) + 1}"
        changes.append((word, "unknown"))
        path, tag = f"/api/pitches/{self.pitch}", ("if-match", f'"r{self.revision}"')
        told = await self._ask("PATCH", path, {"logline": word}, [*self._token(), tag])
        outcome = _outcome(told)
        changes[-1] = (word, outcome)
        if told is not None and outcome == "made":
            self.revision = told.json["revision"]
            await self._read(path, word)
        else:
            await self._catch_up(path, changes)

    async def _catch_up(self, path: str, changes: Sequence[tuple[str, Outcome]]) -> None:
        """After a change of which nobody knows, or one that was made from an older state than it should have been."""
        told = await self._ask("GET", path, None, self._token())
        if told is None or told.status != 200:
            return
        behind = told.json["revision"] - self.revision
        if behind > sum(1 for _, outcome in changes if outcome == "unknown"):
            self.felt.unread.append(f"revision {told.json['revision']}, not {self.revision}")
        self.revision = told.json["revision"]

    async def _look(self) -> None:
        path = self.chance.choice(("/api/dashboards/creator", "/api/ndas", "/api/pitches?limit=5"))
        await self._ask("GET", path, None, self._token())

    async def _read(self, path: str, word: str) -> None:
        told = await self._ask("GET", path, None, self._token())
        if told is not None and told.status < 500 and word not in (told.text or ""):
            self.felt.unread.append(f"{word}: {told.status}")

    # Sessions

    async def _refresh(self) -> None:
        cookie = [("cookie", self.cookie), _OWN_PAGE]
        told = await self._ask("POST", "/api/sessions/refresh", None, cookie)
        if told is None or told.status != 200:
            # As a page does: the answer was lost on its way, or somebody is to come again.
            told = await self._ask("POST", "/api/sessions/refresh", None, cookie)
        if told is not None and told.status == 200:
            self._take(told)

    def _take(self, told: Told) -> None:
        self.token, self.cookie = told.json["accessToken"], told.cookie(_REFRESH)
        self.felt.kids[self.token.split(".", 1)[0]] += 1
        self.refresh_at = time.monotonic() + self.chance.uniform(*_REFRESH_SECONDS)

    def _token(self) -> list[tuple[str, str]]:
        return [("authorization", f"Bearer {self.token}")]

    # Asking

    async def _right(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any],
        headers: Sequence[tuple[str, str]] = (),
    ) -> Told:
        told = await self._ask(method, path, body, headers)
        if told is None or told.status != 201:
            raise RuntimeError(f"{path} was answered with {told and told.text}")
        return told

    async def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        headers: Sequence[tuple[str, str]],
    ) -> Told | None:
        sent = [*headers, ("cloudflare-workers-version-key", self._visitor)]
        if self._by_zone:
            # One line of cookies, as browsers send it.
            cookies = [value for name, value in headers if name == "cookie"]
            cookies.append(f"pitchey-visitor={self._visitor}")
            sent = [(name, value) for name, value in headers if name != "cookie"]
            sent.append(("cookie", "; ".join(cookies)))
        told = await self.site.send(method, path, sent, body, by_zone=self._by_zone)
        status = 0 if told is None else told.status
        self.felt.statuses[status] += 1
        if told is None or status >= 500:
            said = "nothing" if told is None else f"{told.text} of {told.version[:8]}"
            self.felt.failed.append(f"{method} {path}: {status} {said}")
        elif status in (401, 403):
            self.felt.signed_out.append(f"{method} {path}: {status} {told.text}")
        if told is not None:
            self.felt.versions[told.version] += 1
        return told


def _outcome(told: Told | None) -> Outcome:
    return outcome_of(0 if told is None else told.status)
