"""What was written, as its writers were told, held against what the database has: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Outcome = Literal["made", "refused", "unknown"]
"""made: acknowledged. refused: the answer says that it was not done. unknown: an error, or no answer."""
_REFUSED: Final = frozenset({400, 401, 403, 404, 409, 412, 422, 428, 429})


def outcome_of(status: int) -> Outcome:
    """`status` 0 where nothing answered."""
    if status in (200, 201, 204):
        return "made"
    return "refused" if status in _REFUSED else "unknown"


@dataclass
class Row:
    """A pitch that was changed: what it says now."""

    word: str
    revision: int


@dataclass
class Written:
    """Words are unique. `made`: of each new pitch. `changes`: of the changes of each pitch, by its id, in their order; each names the
    revision that it was made from, which is 1 at first."""

    made: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    changes: dict[str, list[tuple[str, Outcome]]] = field(
        default_factory=dict[str, list[tuple[str, Outcome]]]
    )

    @property
    def acknowledged(self) -> int:
        outcomes = [*self.made.values(), *(how for one in self.changes.values() for _, how in one)]
        return outcomes.count("made")

    def faults(self, times: Mapping[str, int], rows: Mapping[str, Row]) -> Iterator[str]:
        """`times`: word → how many new pitches have it. `rows`: the pitches that were changed, by their ids."""
        for word, outcome in self.made.items():
            there = times.get(word, 0)
            if there > 1:
                yield f"{word} was made {there} times"
            elif outcome == "made" and there == 0:
                yield f"{word} is lost"
            elif outcome == "refused" and there:
                yield f"{word} was refused, and made"
        for pitch, changes in self.changes.items():
            if any(outcome != "refused" for _, outcome in changes):
                yield from _faults_of_changes(pitch, changes, rows.get(pitch))


def _faults_of_changes(
    pitch: str, changes: list[tuple[str, Outcome]], row: Row | None
) -> Iterator[str]:
    if row is None:
        yield f"pitch {pitch} is lost"
        return
    outcomes = [outcome for _, outcome in changes]
    least = 1 + outcomes.count("made")
    most = least + outcomes.count("unknown")
    if row.revision < least:
        yield f"pitch {pitch} has lost {least - row.revision} changes"
    if row.revision > most:
        yield f"pitch {pitch} was changed {row.revision - most} times too often"
    last = max((at for at, outcome in enumerate(outcomes) if outcome == "made"), default=-1)
    later = {word for word, outcome in changes[last + 1 :] if outcome == "unknown"}
    right = later | {changes[last][0]} if last >= 0 else later
    if last >= 0 and row.word not in right:
        yield f"pitch {pitch} says {row.word}, not {changes[last][0]}"
