"""Whether the edge agrees on a new split: keys that moved to the growing version are asked until none is seen elsewhere.

Every place of the edge that still has the old split answers a moved key with the old version, so that the chance of
not seeing it falls with each question: at least 45 answers of moved keys in a row stand behind a belief.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import httpx

from delivery.edge import Edge
from delivery.serving import NamelessError, serving

Answer = tuple[str, str | None]
"""Key, and the version that answered; None where nobody said."""
_KEYS: Final = 40
_MOST_KEYS: Final = 120
_SURE: Final = 5
"""Keys expected to move from which on none at all is not believed: its chance is e⁻⁵, below 1 %."""
_WANTED: Final = 8
"""Keys expected to move, where so many can be asked."""
_LOOKS: Final = 3
_MARKER_ANSWERS: Final = 15
"""Of each look, over all moved keys."""
_ALL_ANSWERS: Final = 30
_ALL_LOOKS: Final = 2
_THREADS: Final = 8
_LOOK_SECONDS: Final = 1.0


@dataclass
class Agreement:
    """The judgement alone. `old` and `new` are the candidate's shares in percent."""

    stable: str
    candidate: str
    old: Decimal
    new: Decimal
    before: dict[str, str] = field(default_factory=dict[str, str])
    """Key → who served it before the change."""
    markers: set[str] = field(default_factory=set[str])
    """Keys that have moved to the growing version."""
    _seen: dict[str, str] = field(default_factory=dict[str, str])
    _in_a_row: int = 0
    _right: int = 0

    @property
    def growing(self) -> str:
        return self.candidate if self.new > self.old else self.stable

    @property
    def complete(self) -> bool:
        """Whether the growing version gets everything."""
        return self.new == (100 if self.growing == self.candidate else 0)

    def known_before(self, answers: Iterable[Answer]) -> None:
        self.before.update((key, version) for key, version in answers if version is not None)

    def questions(self, keys: Sequence[str]) -> list[str]:
        """Keys to ask in one look: moved ones first, and so often that their answers suffice."""
        if self.complete or not self.markers:
            return list(keys)
        moved = sorted(self.markers)
        times = math.ceil(_MARKER_ANSWERS / len(moved))
        return moved * times + [key for key in keys if key not in self.markers]

    def look(self, answers: Sequence[Answer]) -> str | None:
        """Why the edge is believed to agree after these answers too; None while it is not."""
        if self.new == self.old:
            return "the split is as it was"
        told = [(key, version) for key, version in answers if version is not None]
        if self.complete:
            return self._all(told)
        found, contradicted = self._follow(told)
        expected = float(abs(self.new - self.old)) * len({key for key, _ in answers}) / 100
        if contradicted or (not self.markers and expected >= _SURE) or len(told) * 2 < len(answers):
            self._in_a_row = 0
            return None
        # Keys that move only now tell that the looks before had missed them.
        self._in_a_row = 1 if found else self._in_a_row + 1
        if self._in_a_row < _LOOKS:
            return None
        keys = len(self._seen)
        if not self.markers:
            return f"{_LOOKS} looks in a row are alike, none of {keys} keys had to move"
        return (
            f"{len(self.markers)} of {keys} keys moved to {self.growing[:8]} and stay there, "
            f"{_LOOKS} looks in a row"
        )

    def _all(self, told: Sequence[tuple[str, str]]) -> str | None:
        right = sum(version == self.growing for _, version in told)
        agrees = right == len(told) and right >= _ALL_ANSWERS
        self._in_a_row, self._right = (
            (self._in_a_row + 1, self._right + right) if agrees else (0, 0)
        )
        if self._in_a_row < _ALL_LOOKS:
            return None
        return f"all of {self._right} answers are {self.growing[:8]}'s, {_ALL_LOOKS} looks in a row"

    def _follow(self, told: Sequence[tuple[str, str]]) -> tuple[bool, bool]:
        """Whether keys were newly seen to move, and whether any answer speaks against an agreement."""
        known = set(self.markers)
        for key, version in told:
            if version == self.growing and self.before.get(key) != self.growing:
                self.markers.add(key)
        contradicted = False
        for key, version in told:
            moved = key in self.markers or self.before.get(key) == self.growing
            strange = version not in (self.stable, self.candidate)
            contradicted |= strange or (moved and version != self.growing)
            self._seen[key] = version
        return self.markers != known, contradicted


@dataclass
class Convergence:
    """Asks /version with keys of its own, on connections of their own. `before` is for before the change, `look` for
    after it; each ends within about two seconds."""

    edge: Edge
    worker_url: str
    stable: str
    candidate: str
    old_share: Decimal
    new_share: Decimal
    keys: Sequence[str] = ()
    """Random ones where none are given."""
    _agreement: Agreement = field(init=False)
    _keys: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self._agreement = Agreement(self.stable, self.candidate, self.old_share, self.new_share)
        points = abs(self.new_share - self.old_share)
        wanted = math.ceil(_WANTED * 100 / points) if points else _KEYS
        self._keys = list(self.keys) or [
            uuid.uuid4().hex for _ in range(min(max(_KEYS, wanted), _MOST_KEYS))
        ]

    @property
    def markers(self) -> int:
        """Keys that were seen to move."""
        return len(self._agreement.markers)

    def before(self) -> None:
        if not self._agreement.complete:
            self._agreement.known_before(self._ask(self._keys))

    def look(self) -> str | None:
        """Why the edge is believed to agree; None while it is not."""
        keys = self._keys[:_KEYS] if self._agreement.complete else self._keys
        return self._agreement.look(self._ask(self._agreement.questions(keys)))

    def _ask(self, keys: Sequence[str]) -> list[Answer]:
        """Keys that cannot be asked within the look's time are left out."""
        deadline = time.monotonic() + _LOOK_SECONDS

        def ask(key: str) -> Answer | None:
            return (key, self._serving(key)) if time.monotonic() < deadline else None

        with ThreadPoolExecutor(_THREADS, thread_name_prefix="convergence") as pool:
            return [answer for answer in pool.map(ask, keys) if answer is not None]

    def _serving(self, key: str) -> str | None:
        try:
            return serving(self.edge, self.worker_url, key, _LOOK_SECONDS)
        except (httpx.HTTPError, NamelessError):
            return None
