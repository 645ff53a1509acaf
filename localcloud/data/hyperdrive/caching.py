"""Answers that are kept, for one configuration."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from localcloud.data.hyperdrive.config import Caching

LARGEST: Final = 50_000_000
_ROOM: Final = 64_000_000


@dataclass(frozen=True)
class Question:
    """What an answer depends on. `statement`: text and types of the parameters; `values`: parameters, their formats and
    those of the results, or None for a statement that was sent without a preparation; `rows`: at most how many, in four
    bytes, zero for all."""

    statement: bytes
    values: bytes | None
    rows: bytes = bytes(4)


@dataclass
class _Kept:
    at: float
    parts: dict[str, bytes]
    renewing: bool = False

    @property
    def size(self) -> int:
        return sum(map(len, self.parts.values()))


@dataclass
class Counts:
    hits: int = 0
    misses: int = 0
    uncacheable: int = 0
    """Statements that may not be answered from the cache."""


@dataclass(frozen=True)
class Answer:
    """`parts` by what was asked (a description, the rows). `stale`: somebody is to ask the origin anew; said once."""

    parts: Mapping[str, bytes]
    stale: bool


@dataclass
class Cache:
    """`now` in seconds. The longest unused answer goes first when there is no room."""

    settings: Caching
    now: Callable[[], float]
    counts: Counts = field(default_factory=Counts)
    _kept: OrderedDict[Question, _Kept] = field(default_factory=OrderedDict[Question, _Kept])
    _size: int = 0

    def find(self, question: Question, wanted: Iterable[str]) -> Answer | None:
        kept = self._kept.get(question)
        if kept is None or any(part not in kept.parts for part in wanted):
            return None
        age = self.now() - kept.at
        stale = age > self.settings.max_age
        if age > self.settings.max_age + self.settings.stale_while_revalidate:
            if not kept.renewing:
                self._drop(question)
            return None
        self._kept.move_to_end(question)
        asks = stale and not kept.renewing
        kept.renewing = kept.renewing or asks
        return Answer(kept.parts, asks)

    def parts(self, question: Question) -> frozenset[str]:
        kept = self._kept.get(question)
        return frozenset(kept.parts if kept else ())

    def keep(self, question: Question, parts: Mapping[str, bytes]) -> None:
        fresh = dict(parts)
        if sum(map(len, fresh.values())) > LARGEST:
            self._drop(question)
            return
        old = self._kept.get(question)
        if old is not None and old.parts.get("rows") == fresh.get("rows"):
            # The same answer as before: what was kept of its description beside holds for it, too.
            fresh = {**old.parts, **fresh}
        self._drop(question)
        kept = _Kept(self.now(), fresh)
        self._kept[question] = kept
        self._size += kept.size
        while self._size > _ROOM:
            self._drop(next(iter(self._kept)))

    def give_up(self, question: Question) -> None:
        """The origin was asked anew and did not answer: the next one may try."""
        kept = self._kept.get(question)
        if kept is not None:
            kept.renewing = False

    def _drop(self, question: Question) -> None:
        kept = self._kept.pop(question, None)
        if kept is not None:
            self._size -= kept.size
