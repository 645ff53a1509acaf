"""Made-up rows, from a seed alone: the same people, pitches and NDAs each time, dated back from `now`. Pure."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from database.seed.words import (
    ADJECTIVES,
    FIRST_NAMES,
    GENRES,
    HEROES,
    LAST_NAMES,
    MESSAGES,
    NOUNS,
    PLACES,
    SYNOPSES,
    TURNS,
)

DOMAIN: Final = "pitchey.example"
"""No mail can ever arrive there (RFC 2606)."""
ROLES: Final = ("creator", "investor", "production")
FORMATS: Final = {"feature": 50, "series": 25, "short": 15, "documentary": 10}
_BUDGETS: Final = {
    "feature": (200_000, 80_000_000),
    "series": (1_000_000, 40_000_000),
    "short": (5_000, 150_000),
    "documentary": (50_000, 3_000_000),
}
_DRAFTS, _ARCHIVED = 0.05, 0.03
_MOST_VIEWS: Final = 60_000
_ZIPF: Final = 1.0
"""The exponent of its law: the n-th most viewed has a n-th of the first one's views."""
_OLDEST_DAYS: Final = 540
_LOGLINE: Final = 400


class Person(NamedTuple):
    id: UUID
    email: str
    name: str
    role: str
    password: str
    created_at: datetime


class Pitch(NamedTuple):
    id: UUID
    creator_id: UUID
    title: str
    logline: str
    genre: str
    format: str
    budget: int
    synopsis: str
    status: str
    views: int
    revision: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None


class SavedPitch(NamedTuple):
    person_id: UUID
    pitch_id: UUID
    saved_at: datetime


class Nda(NamedTuple):
    id: UUID
    pitch_id: UUID
    requester_id: UUID
    message: str
    status: str
    requested_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True)
class Size:
    """How many are made up."""

    pitches: int = 3000
    creators: int = 400
    investors: int = 300
    productions: int = 200
    ndas: int = 4000
    saved: int = 6000


@dataclass(frozen=True)
class MadeUp:
    people: Sequence[Person]
    pitches: Sequence[Pitch]
    saved: Sequence[SavedPitch]
    ndas: Sequence[Nda]


def demo_logins() -> dict[str, str]:
    """Role → the address of its first person."""
    return {role: f"{role}@{DOMAIN}" for role in ROLES}


def make_up(size: Size, password: str, now: datetime, seed: int = 2026) -> MadeUp:
    """`password` is the hash that all people share."""
    chance = random.Random(seed)  # noqa: S311 (made up, and the same each time)
    people = list(_people(chance, size, password, now))
    creators = [person for person in people if person.role == "creator"]
    others = [person for person in people if person.role != "creator"]
    pitches = list(_pitches(chance, size.pitches, creators, now))
    published = [pitch for pitch in pitches if pitch.status == "published"]
    return MadeUp(
        people,
        pitches,
        list(_saved(chance, size.saved, others, published, now)),
        list(_ndas(chance, size.ndas, others, published, now)),
    )


def _people(chance: random.Random, size: Size, password: str, now: datetime) -> Iterator[Person]:
    counts = dict(zip(ROLES, (size.creators, size.investors, size.productions), strict=True))
    number = 0
    for role, count in counts.items():
        for place in range(count):
            number += 1
            first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
            own = f"{first}.{last}.{number}".lower()
            email = f"{own if place else role}@{DOMAIN}"
            since = now - timedelta(days=_OLDEST_DAYS + chance.uniform(0, 365))
            yield Person(_id(chance), email, f"{first} {last}", role, password, since)


def _pitches(
    chance: random.Random, count: int, creators: Sequence[Person], now: datetime
) -> Iterator[Pitch]:
    ranks = list(range(1, count + 1))
    chance.shuffle(ranks)
    titles: set[str] = set()
    for place, rank in enumerate(ranks):
        # The first creator is who is shown around: their desk is full.
        creator = creators[0] if place < 12 else chance.choice(creators)
        yield _pitch(chance, creator, _title(chance, titles), rank, now)


def _pitch(chance: random.Random, creator: Person, title: str, rank: int, now: datetime) -> Pitch:
    genre = chance.choices(list(GENRES), [genre.weight for genre in GENRES.values()])[0]
    words = GENRES[genre]
    format_ = chance.choices(list(FORMATS), list(FORMATS.values()))[0]
    hero, place = chance.choice(HEROES), chance.choice(PLACES)
    aim, stake = chance.choice(words.aims), chance.choice(words.stakes)
    logline = f"In {place}, {hero} {chance.choice(TURNS)} and must {aim} {stake}."
    told = chance.sample(SYNOPSES, chance.randint(3, 6))
    synopsis = "\n\n".join(sentence.format(hero=hero, place=place) for sentence in told)
    drawn = chance.random()
    status = "published"
    if drawn < _DRAFTS + _ARCHIVED:
        status = "draft" if drawn < _DRAFTS else "archived"
    # Most are young: a catalogue grows.
    age = timedelta(days=_OLDEST_DAYS * chance.random() ** 1.5)
    created = now - age
    published = None if status == "draft" else created + (now - created) * chance.uniform(0, 0.2)
    views = 0 if published is None else round(_MOST_VIEWS / rank**_ZIPF)
    updated = (published or created) + (now - (published or created)) * chance.random() ** 3
    return Pitch(
        _id(chance),
        creator.id,
        title,
        logline[:_LOGLINE],
        genre,
        format_,
        _budget(chance, format_),
        synopsis,
        status,
        views,
        chance.choices((1, 2, 3, 5, 8), (50, 25, 13, 8, 4))[0],
        created,
        updated,
        published,
    )


def _title(chance: random.Random, taken: set[str]) -> str:
    """One that no other pitch has."""
    forms = (
        "The {adjective} {noun}",
        "{adjective} {noun}",
        "The {noun} of {place}",
        "{first}'s {noun}",
        "{noun} in {place}",
        "The {adjective} {noun} of {place}",
        "A {noun} for {first}",
    )
    while True:
        title = chance.choice(forms).format(
            adjective=chance.choice(ADJECTIVES),
            noun=chance.choice(NOUNS),
            place=chance.choice(PLACES),
            first=chance.choice(FIRST_NAMES),
        )
        if title.startswith("A ") and title[2] in "AEIOU":
            title = f"An {title[2:]}"
        if title not in taken:
            taken.add(title)
            return title


def _budget(chance: random.Random, format_: str) -> int:
    """Even over orders of magnitude, with two digits that count."""
    least, most = _BUDGETS[format_]
    drawn = math.exp(chance.uniform(math.log(least), math.log(most)))
    unit = 10 ** (math.floor(math.log10(drawn)) - 1)
    return round(drawn / unit) * unit


def _pairs(
    chance: random.Random, count: int, people: Sequence[Person], pitches: Sequence[Pitch]
) -> Iterator[tuple[Person, Pitch]]:
    """Each at most once; what is viewed often is taken often. The first of each role takes part in many."""
    firsts = [person for person in people if person.email in demo_logins().values()]
    weights = [math.sqrt(pitch.views) + 1 for pitch in pitches]
    possible = len(people) * len(pitches)
    seen: set[tuple[UUID, UUID]] = set()
    # Half of what is possible is soon drawn; the last pairs would take for ever.
    wanted = min(count, possible // 2)
    while len(seen) < wanted:
        for pitch in chance.choices(pitches, weights, k=wanted - len(seen)):
            person = chance.choice(firsts if chance.random() < 0.01 and firsts else people)
            if (person.id, pitch.id) not in seen:
                seen.add((person.id, pitch.id))
                yield person, pitch


def _saved(
    chance: random.Random,
    count: int,
    people: Sequence[Person],
    pitches: Sequence[Pitch],
    now: datetime,
) -> Iterator[SavedPitch]:
    for person, pitch in _pairs(chance, count, people, pitches):
        yield SavedPitch(person.id, pitch.id, _since(chance, pitch, now))


def _ndas(
    chance: random.Random,
    count: int,
    people: Sequence[Person],
    pitches: Sequence[Pitch],
    now: datetime,
) -> Iterator[Nda]:
    for person, pitch in _pairs(chance, count, people, pitches):
        status = chance.choices(("granted", "requested", "refused"), (55, 30, 15))[0]
        asked = _since(chance, pitch, now)
        answered = None if status == "requested" else asked + (now - asked) * chance.random() ** 2
        message = chance.choice(MESSAGES)
        yield Nda(_id(chance), pitch.id, person.id, message, status, asked, answered)


def _since(chance: random.Random, pitch: Pitch, now: datetime) -> datetime:
    """Some moment after it was published."""
    start = pitch.published_at or pitch.created_at
    return start + (now - start) * chance.random()


def _id(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
