"""What the people of a run do at the same time, until enough was answered: read without a name and with one, write, go on with
sessions and end them, while the zone's cache is purged now and then."""

from __future__ import annotations

import asyncio
import contextlib
import random
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bench.coherence.asked import About, Asked
from bench.coherence.conversation import Conversation
from bench.coherence.members import Member, role_of
from bench.coherence.world import Pitch, World
from bench.figures import Reporter

PEOPLE: Final = 18
"""A third of each role."""
PITCHES: Final = 48
GENRES: Final = 6
_READERS: Final = 40
_LOOK_SECONDS: Final = 0.02
_ENCODINGS: Final = ("", "gzip", "gzip, deflate, br", "identity")
_AT_ONCE: Final = 12
_NDAS_OF_EACH: Final = 12
_USERS: Final = 8
_WRITE_EVERY: Final = 40
_SESSION_EVERY: Final = 150
_PURGE_EVERY: Final = 300
"""In answers, on average: so that the mix is the same on a slow machine."""
_LOG_IN_SHARE: Final = 0.1
Purge = Callable[[dict[str, Any]], Awaitable[None]]
"""Gets the body of a purge of the zone's cache."""


@dataclass(eq=False)
class _Client:
    """Somebody without a name: a browser with a visitor's cookie, or one that keeps none. `had`: path → tag and text of what was
    answered there last."""

    visitor: str | None
    by_zone: bool
    had: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])


@dataclass
class Progress:
    """Tells of each tenth, once."""

    answers: int
    report: Reporter
    told: int = 0

    def at(self, answers: int, violations: int) -> None:
        tenths = 10 * answers // self.answers
        if tenths > self.told:
            self.told = tenths
            self.report(f"{answers:,} of {self.answers:,} answers, {violations} of them wrong")


@dataclass
class Audience:
    talk: Conversation
    world: World
    purge: Purge
    zone_host: str
    chance: random.Random
    members: list[Member] = field(default_factory=list[Member])
    purges: int = 0

    async def gather(self) -> None:
        """Signs everybody up, with their pitches and NDAs. Raises `RuntimeError`."""
        for number in range(PEOPLE):
            self.members.append(
                await Member.signed_up(self.talk, self.world, number, role_of(number))
            )
        creators = self._of("creator")
        for number in range(PITCHES):
            await creators[number % len(creators)].add_pitch(number, number % GENRES)
        asking: list[Coroutine[Any, Any, None]] = []
        for member in self.members:
            if member.person.role != "creator":
                wanted = self.chance.sample(self.world.pitches, _NDAS_OF_EACH)
                asking += [member.ask_for_nda(pitch) for pitch in wanted]
        for first in range(0, len(asking), _AT_ONCE):
            await asyncio.gather(*asking[first : first + _AT_ONCE])

    async def act(self, answers: int, report: Reporter) -> None:
        """Until so many were given."""
        told = Progress(answers, report)
        until = asyncio.Event()
        clients = [self._client() for _ in range(3 * _READERS)]
        actors = [
            *(self._reads(clients[first::_READERS], until) for first in range(_READERS)),
            *(self._uses(self.members[first::_USERS], until) for first in range(_USERS)),
            *(self._writes(member, until) for member in self.members),
            self._goes_on_with_sessions(until),
            self._purges(until),
        ]
        tasks = [asyncio.ensure_future(actor) for actor in actors]
        while self.talk.coherence.answers < answers:
            done, _ = await asyncio.wait(tasks, timeout=0.2, return_when=asyncio.FIRST_COMPLETED)
            told.at(self.talk.coherence.answers, len(self.talk.coherence.violations))
            if done:
                break
        until.set()
        await asyncio.gather(*tasks)

    # Who has no name

    async def _reads(self, clients: Sequence[_Client], until: asyncio.Event) -> None:
        while not until.is_set():
            await self._read(self.chance.choice(clients))

    async def _read(self, client: _Client) -> None:
        path, about = self._public()
        asked = Asked("GET", path, about, 0.0, visitor=client.visitor, encodings=self._coding())
        tag, had = client.had.get(path, (None, None))
        if tag is not None and self.chance.random() < 0.4:
            asked = replace(asked, tag=tag, had=had)
        elif about.kind == "detail" and self.chance.random() < 0.05:
            # The tag of a revision, as its creator has it: an answer to nobody has another one.
            asked = replace(asked, tag=f'"r{self.chance.randint(1, 40)}"')
        _, told = await self.talk.ask(asked, by_zone=client.by_zone)
        if told is not None and told.status == 200 and told.text is not None:
            client.had[path] = (told.headers.get("etag", ""), told.text)

    def _client(self) -> _Client:
        visitor = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        comes_back = self.chance.random() < 0.7
        return _Client(visitor if comes_back else None, self.chance.random() < 0.7)

    def _public(self) -> tuple[str, About]:
        pitch = self.chance.choice(self.world.pitches)
        genre = pitch.number % GENRES
        whole = About("list", tuple(p for p in self.world.pitches if p.number % GENRES == genre))
        draw = self.chance.random()
        if draw < 0.60:
            return f"/api/pitches/{pitch.id}", About("detail", (pitch,))
        if draw < 0.75:
            return f"/api/pitches?genre={pitch.genre.replace(' ', '+')}&limit=100", whole
        if draw < 0.85:
            return f"/api/pitches?q={self.world.term(genre)}&limit=100", whole
        if draw < 0.90:
            return f"/api/pitches?limit={self.chance.choice((20, 30))}", About("part")
        if draw < 0.96:
            return "/api/pitches/trending?limit=30", About("part")
        number = pitch.state.last.number
        return f"/api/pitches?q={self.world.synopsis(pitch.number, number)}", About("nothing")

    def _coding(self) -> str:
        return self.chance.choice(_ENCODINGS)

    # Who is signed in

    async def _uses(self, members: Sequence[Member], until: asyncio.Event) -> None:
        while not until.is_set():
            await self._use(self.chance.choice(members))

    async def _use(self, member: Member) -> None:
        person, draw = member.person, self.chance.random()
        by_zone = self.chance.random() < 0.7
        shows = "token"
        if draw < 0.25:
            path, about = self._public()
            # The same addresses, with a token or with the session's cookie beside them.
            shows = self.chance.choice(("token", "cookie"))
        elif draw < 0.6:
            pitch = self.chance.choice(self.world.pitches)
            path, about = f"/api/pitches/{pitch.id}", About("detail", (pitch,))
        elif draw < 0.8:
            path = f"/api/dashboards/{person.role}"
            own = tuple(pitch for pitch in self.world.pitches if pitch.creator is person)
            about = About("creator", own) if person.role == "creator" else About("requester")
        else:
            path, about = "/api/ndas?limit=100", About("ndas")
        asked = Asked("GET", path, about, 0.0, person, shows, encodings=self._coding())
        secret = member.token if shows == "token" else member.cookie
        await self.talk.ask(asked, secret=secret, by_zone=by_zone)

    async def _writes(self, member: Member, until: asyncio.Event) -> None:
        own = [pitch for pitch in self.world.pitches if pitch.creator is member.person]
        while not await self._waits(until, _WRITE_EVERY * len(self.members)):
            if member.person.role != "creator":
                await member.save_or_forget(self.chance.choice(self.world.pitches))
                continue
            pitch = self.chance.choice(own)
            if pitch.ndas and self.chance.random() < 0.35:
                await member.answer_nda(pitch, self.chance.choice(sorted(pitch.ndas)))
            else:
                await member.change(pitch, hide_or_show=self.chance.random() < 0.2)

    async def _goes_on_with_sessions(self, until: asyncio.Event) -> None:
        while not await self._waits(until, _SESSION_EVERY):
            member = self.chance.choice(self.members)
            if self.chance.random() < _LOG_IN_SHARE:
                await member.log_out_and_in()
                await member.try_what_is_over()
            else:
                await member.refresh()

    # The zone's cache

    async def _purges(self, until: asyncio.Event) -> None:
        while not await self._waits(until, _PURGE_EVERY):
            pitch = self.chance.choice(self.world.pitches)
            await self.purge(self._purge_of(pitch))
            self.purges += 1

    def _purge_of(self, pitch: Pitch) -> dict[str, Any]:
        origin = f"https://{self.zone_host}"
        return self.chance.choice(
            (
                {"tags": [f"pitch:{pitch.id}"]},
                {"tags": ["pitches"]},
                {"files": [f"{origin}/api/pitches/{pitch.id}"]},
                {"prefixes": [f"{self.zone_host}/api/pitches"]},
                {"purge_everything": True},
            )
        )

    async def _waits(self, until: asyncio.Event, answers: int) -> bool:
        """For so many answers, on average; whether it is over."""
        enough = self.talk.coherence.answers + self.chance.uniform(0, 2 * answers)
        while self.talk.coherence.answers < enough and not until.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(until.wait(), _LOOK_SECONDS)
        return until.is_set()

    def _of(self, role: str) -> list[Member]:
        return [member for member in self.members if member.person.role == role]
