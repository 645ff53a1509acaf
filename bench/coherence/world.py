"""Who and what there is in a run: people of the three portals, pitches, NDAs, and the words by which answers are told apart.

A public word says which state of a pitch an answer shows. A private word is unique, and says whose it is: `prv-` with the run, a
kind (`s` a synopsis, `m` the message with which an NDA was asked for, `e` an address), and two numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from bench.coherence.registers import Register

Role = Literal["creator", "investor", "production"]
NdaStatus = Literal["requested", "granted", "refused"]


@dataclass(frozen=True)
class Shown:
    """A state of a pitch: how many changes it has had, and whether everybody sees it."""

    number: int
    published: bool = True


@dataclass(eq=False)
class Person:
    number: int
    role: Role
    id: str
    email: str


@dataclass(eq=False)
class Pitch:
    """`ndas` by the number of whoever asked."""

    number: int
    id: str
    creator: Person
    genre: str
    state: Register[Shown] = field(default_factory=lambda: Register(Shown(0)))
    ndas: dict[int, Register[NdaStatus]] = field(default_factory=dict[int, Register[NdaStatus]])
    nda_ids: dict[int, str] = field(default_factory=dict[int, str])


@dataclass
class World:
    """`run` is a word of letters and digits in no other data."""

    run: str
    people: list[Person] = field(default_factory=list[Person])
    pitches: list[Pitch] = field(default_factory=list[Pitch])
    saved: dict[tuple[int, int], Register[bool]] = field(
        default_factory=dict[tuple[int, int], Register[bool]]
    )
    """By the numbers of a person and a pitch; what is not in it was never saved."""

    def __post_init__(self) -> None:
        self._public = re.compile(rf"pub-{self.run}-(\d+)-(\d+)")
        self._private = re.compile(rf"prv-{self.run}-([sme])-(\d+)-(\d+)")

    def genre(self, number: int) -> str:
        return f"genre {self.run} {number}"

    def title(self, number: int, genre: int) -> str:
        """Searched for by `term`."""
        return f"{self.term(genre)} pitch {number}"

    def term(self, genre: int) -> str:
        return f"{self.run}g{genre}"

    def logline(self, pitch: int, number: int) -> str:
        return f"pub-{self.run}-{pitch}-{number}"

    def synopsis(self, pitch: int, number: int) -> str:
        return f"prv-{self.run}-s-{pitch}-{number}"

    def message(self, requester: int, pitch: int) -> str:
        return f"prv-{self.run}-m-{requester}-{pitch}"

    def email(self, person: int) -> str:
        return f"prv-{self.run}-e-{person}-0@people.example"

    def state_in(self, logline: str) -> tuple[int, int] | None:
        """Which pitch a logline is of, and after how many changes."""
        found = self._public.search(logline)
        return None if found is None else (int(found[1]), int(found[2]))

    def private_in(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Kind and numbers of each private word, each once."""
        for kind, first, second in set(self._private.findall(text)):
            yield kind, int(first), int(second)
