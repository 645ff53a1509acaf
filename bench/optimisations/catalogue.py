"""Who asks: readers of the read mix, people who are signed in among them, and now and then somebody who changes something.

Most changes on the portals touch nothing that everybody sees: a pitch is saved or taken off again. One in five is a change of a
published pitch, which takes answers out of the caches.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.load import Answer, header
from bench.optimisations.backends import Database
from bench.optimisations.block import OWN, PUBLIC, WRITE
from bench.read_mix import reads

WRITES: Final = 0.01
"""Of all requests."""
_OF_PITCHES: Final = 0.2
_VISITOR: Final = "pitchey-visitor=00000000-0000-4000-8000-000000000001"
_HEADERS: Final = (("accept-encoding", "gzip"), ("cookie", _VISITOR))
_MOST_SEEN: Final = (
    "select id::text from pitches where status = 'published' order by views desc, id"
)


async def most_seen(database: Database) -> list[str]:
    """Ids of the published pitches, what is seen most first: the seed's views follow Zipf's law, too."""
    return [row["id"] for row in await database.fetch(_MOST_SEEN)]


@dataclass(frozen=True)
class Member:
    """Somebody who is signed in; `pitches` are those that a creator may change, with the tag of each one's revision as last told."""

    role: str
    token: str = field(repr=False)
    pitches: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Asked:
    kind: str
    content: bytes
    pitch: str = ""
    """That is changed."""


class Crowd:
    """Draws one request after another; `writes` is the share of changes. Of the members one has pitches, and one saves some."""

    def __init__(
        self,
        host: str,
        pitches: Sequence[str],
        members: Sequence[Member],
        seed: int,
        writes: float = WRITES,
    ) -> None:
        self._host = host
        self._pitches = pitches
        self._members = members
        self._writes = writes
        self._reads = reads(pitches, "", seed)
        self._chance = random.Random(seed)  # noqa: S311

    def next(self) -> Asked:
        if self._chance.random() < self._writes:
            return self._change() if self._chance.random() < _OF_PITCHES else self._saving()
        read = next(self._reads)
        if not read.own:
            return Asked(PUBLIC, self.request("GET", read.path))
        member = self._chance.choice(self._members)
        return Asked(OWN, self.request("GET", f"/api/dashboards/{member.role}", member))

    def _change(self) -> Asked:
        creator = next(member for member in self._members if member.pitches)
        pitch = self._chance.choice(list(creator.pitches))
        body = {"logline": f"Somebody comes back, and it is day {self._chance.randrange(10**9)}."}
        tag = creator.pitches[pitch]
        content = self.request("PATCH", f"/api/pitches/{pitch}", creator, body, tag)
        return Asked(WRITE, content, pitch)

    def _saving(self) -> Asked:
        investor = next(member for member in self._members if member.role == "investor")
        path = f"/api/saved/{self._chance.choice(self._pitches)}"
        return Asked(WRITE, self.request(self._chance.choice(("PUT", "DELETE")), path, investor))

    def note(self, asked: Asked, answer: Answer | None) -> None:
        """Whoever changes a pitch goes by the revision that the last answer told."""
        if asked.pitch and answer is not None and (tag := header(answer.head, b"etag")):
            creator = next(member for member in self._members if member.pitches)
            creator.pitches[asked.pitch] = tag.decode()

    def request(
        self,
        method: str,
        path: str,
        by: Member | None = None,
        body: Mapping[str, str] | None = None,
        revision: str = "",
    ) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        headers = [("host", self._host), *_HEADERS]
        if by is not None:
            headers.append(("authorization", f"Bearer {by.token}"))
        if revision:
            headers.append(("if-match", revision))
        if content:
            headers.append(("content-type", "application/json"))
        if method not in ("GET", "HEAD"):
            headers.append(("content-length", str(len(content))))
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
        return "\r\n".join([*lines, "", ""]).encode() + content
