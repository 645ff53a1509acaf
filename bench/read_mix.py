"""What readers of the application ask for: half of it single pitches, most of them the few that most want (Zipf's law)."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_SHARES: Final = {"a pitch": 50, "a list": 20, "in demand": 10, "words": 10, "one's own": 10}
_LISTS: Final = ("", "?genre=drama", "?genre=comedy", "?format=series", "?format=feature&limit=50")
_WORDS: Final = (
    "letters",
    "sea",
    "war",
    "night",
    "salt",
    "border",
    "brother",
    "winter",
    "river",
    "king",
)


@dataclass(frozen=True)
class Read:
    """`kind` is a key of the shares; what is one's own is asked for with a token."""

    kind: str
    path: str

    @property
    def own(self) -> bool:
        return self.kind == "one's own"


def reads(pitches: Sequence[str], dashboard: str, seed: int) -> Iterator[Read]:
    """Without an end, the same for each seed. `pitches` are ids, the most wanted first: the n-th is asked for 1/n as often."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(pitches) + 1)))
    while True:
        (kind,) = chance.choices(list(_SHARES), list(_SHARES.values()))
        match kind:
            case "a pitch":
                (pitch,) = chance.choices(pitches, cum_weights=weights)
                yield Read(kind, f"/api/pitches/{pitch}")
            case "a list":
                yield Read(kind, f"/api/pitches{chance.choice(_LISTS)}")
            case "in demand":
                yield Read(kind, "/api/pitches/trending")
            case "words":
                yield Read(kind, f"/api/pitches?q={chance.choice(_WORDS)}")
            case _:
                yield Read(kind, dashboard)
