"""People who are signed in: what they write, how their sessions go on and end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bench.coherence.asked import About, Asked
from bench.coherence.conversation import Conversation
from bench.coherence.registers import Register
from bench.coherence.world import NdaStatus, Person, Pitch, Role, Shown, World
from bench.site import Told

_PASSWORD: Final = "seven-lanterns-at-noon"
_REFRESH: Final = "pitchey-refresh"
_WRITE: Final = About("write")
_SESSION: Final = About("session")
_OWN_PAGE: Final = (("pitchey-csrf", "1"),)
_ROLES: Final[tuple[Role, ...]] = ("creator", "investor", "production")


@dataclass(eq=False)
class Member:
    """`ended` are sessions that are over, each with its last cookie."""

    person: Person
    talk: Conversation
    world: World
    token: str = ""
    cookie: str = ""
    session: Register[bool] = field(default_factory=lambda: Register(False))
    ended: list[tuple[str, Register[bool]]] = field(
        default_factory=list[tuple[str, Register[bool]]]
    )
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever changes the session."""

    @staticmethod
    async def signed_up(talk: Conversation, world: World, number: int, role: Role) -> Member:
        """Raises `RuntimeError`."""
        email = world.email(number)
        member = Member(Person(number, role, "", email), talk, world)
        world.people.append(member.person)
        body = {"email": email, "name": f"{role} {number}", "role": role, "password": _PASSWORD}
        asked = Asked("POST", "/api/people", _SESSION, 0.0, member.person)
        _, told = await talk.ask(asked, body=body)
        member.person.id = _right(told, "a sign-up").json["id"]
        await member.log_in()
        return member

    # Sessions

    async def log_in(self) -> None:
        """Raises `RuntimeError`."""
        asked = Asked("POST", "/api/sessions", _SESSION, 0.0, self.person, "nothing")
        body = {"email": self.person.email, "password": _PASSWORD}
        _, told = await self.talk.ask(asked, body=body)
        self.session = Register(True)
        self._take(_right(told, "a login"))

    async def refresh(self) -> None:
        async with self.busy:
            asked = self._going_on(self.session)
            _, told = await self.talk.ask(asked, secret=self.cookie, more=_OWN_PAGE)
            if told is not None and told.status == 200:
                self._take(told)
            elif told is None or told.status == 401:
                # Which of its tokens is the last one, nobody knows.
                await self.log_in()

    async def log_out_and_in(self) -> None:
        async with self.busy:
            over = self.session.change(False, time.monotonic())
            asked = Asked("DELETE", "/api/sessions", _SESSION, 0.0, self.person, "token")
            _, told = await self.talk.ask(asked, secret=self.token)
            if told is not None and told.status == 204:
                over.acknowledge(told.at, told.version)
            self.ended.append((self.cookie, self.session))
            await self.log_in()

    async def try_what_is_over(self) -> None:
        if self.ended:
            cookie, session = self.ended[-1]
            await self.talk.ask(self._going_on(session), secret=cookie, more=_OWN_PAGE)

    def _going_on(self, session: Register[bool]) -> Asked:
        path = "/api/sessions/refresh"
        return Asked("POST", path, _SESSION, 0.0, self.person, "cookie", session=session)

    def _take(self, told: Told) -> None:
        self.token = told.json["accessToken"]
        self.cookie = told.cookie(_REFRESH)

    # What they write

    async def add_pitch(self, number: int, genre: int) -> None:
        """Raises `RuntimeError`."""
        pitch = Pitch(number, "", self.person, self.world.genre(genre))
        self.world.pitches.append(pitch)
        values = {
            "title": self.world.title(number, genre),
            "logline": self.world.logline(number, 0),
            "genre": pitch.genre,
            "format": "feature",
            "budget": number,
            "synopsis": self.world.synopsis(number, 0),
            "status": "published",
        }
        made = _right(await self._write("POST", "/api/pitches", values), "a pitch")
        pitch.id = made.json["id"]

    async def change(self, pitch: Pitch, *, hide_or_show: bool) -> None:
        """One at a time of a pitch: its words, or whether everybody sees it."""
        before = pitch.state.last
        published = before.published != hide_or_show
        state = Shown(before.number + 1, published)
        values = {
            "logline": self.world.logline(pitch.number, state.number),
            "synopsis": self.world.synopsis(pitch.number, state.number),
            "status": "published" if published else "archived",
        }
        change = pitch.state.change(state, time.monotonic())
        path = f"/api/pitches/{pitch.id}"
        # Nobody else changes it, and what became of a change whose answer was lost does not matter then.
        told = await self._write("PATCH", path, values, more=(("if-match", "*"),))
        if told is not None and told.status == 200:
            change.acknowledge(told.at, told.version)

    async def ask_for_nda(self, pitch: Pitch) -> None:
        """Raises `RuntimeError`."""
        number = self.person.number
        body = {"message": self.world.message(number, pitch.number)}
        told = await self._write("POST", f"/api/pitches/{pitch.id}/ndas", body)
        pitch.nda_ids[number] = _right(told, "an NDA").json["id"]
        pitch.ndas[number] = Register("requested")

    async def answer_nda(self, pitch: Pitch, requester: int) -> None:
        nda = pitch.ndas[requester]
        status: NdaStatus = "refused" if nda.last == "granted" else "granted"
        change = nda.change(status, time.monotonic())
        told = await self._write(
            "PATCH", f"/api/ndas/{pitch.nda_ids[requester]}", {"status": status}
        )
        if told is not None and told.status == 200:
            change.acknowledge(told.at, told.version)

    async def save_or_forget(self, pitch: Pitch) -> None:
        key = (self.person.number, pitch.number)
        saved = self.world.saved.setdefault(key, Register(False))
        method = "DELETE" if saved.last else "PUT"
        change = saved.change(not saved.last, time.monotonic())
        told = await self._write(method, f"/api/saved/{pitch.id}")
        if told is not None and told.status == 204:
            change.acknowledge(told.at, told.version)

    async def _write(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        more: tuple[tuple[str, str], ...] = (),
    ) -> Told | None:
        asked = Asked(method, path, _WRITE, 0.0, self.person, "token")
        _, told = await self.talk.ask(asked, secret=self.token, body=body, more=more)
        return told


def role_of(number: int) -> Role:
    return _ROLES[number % len(_ROLES)]


def _right(told: Told | None, what: str) -> Told:
    if told is None or told.status not in (200, 201):
        said = "nothing" if told is None else f"{told.status} {told.text}"
        raise RuntimeError(f"{what} was answered with {said}")
    return told
