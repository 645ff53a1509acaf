"""Bets that are started anew as time goes on, so that harm that begins late is found as fast as harm that begins at once.

The value of a bet is a martingale that starts at 1 and cannot be expected to grow while the null hypothesis holds (an e-process).
So is a mixture of such bets whose weights were fixed beforehand, w_j = 1 / (j (j + 1)), j = 1, 2, ..., which sum to 1: the j-th bet
(a track) keeps its value 1 until it is opened. By Ville's inequality the mixture ever reaches 1/alpha with probability alpha at
most. (Wald's mixture; Shafer et al., Test martingales, Bayes factors and p-values, Statistical Science 26, 2011.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple, Self, cast

# As their ages are spread as powers, more find late harm no sooner (simulated: 8, 12 and 24 alike), and each costs time.
MOST_TRACKS: Final = 8


class Track(NamedTuple):
    """One bet: `log_stake` is the log of its weight times its value; the counts are those since it was opened (0 = stable, 1 = candidate)."""

    log_stake: float
    events0: int
    trials0: int
    events1: int
    trials1: int


_FIRST: Final = (Track(math.log(0.5), 0, 0, 0, 0),)


@dataclass(frozen=True, slots=True)
class Tracks:
    """The bets, oldest first, and how many were ever opened."""

    tracks: tuple[Track, ...] = _FIRST
    opened: int = 1

    @classmethod
    def start(cls, first: int = 1) -> Self:
        """The first bet is given the weights of the first `first` together, first / (first + 1), which later ones then lack."""
        return cls((Track(math.log(first / (first + 1)), 0, 0, 0, 0),), first)

    @property
    def log_e(self) -> float:
        """Log of the mixture: evidence against the null hypothesis, to be compared with log(1/alpha); 0 at the start."""
        waiting = 1 / (self.opened + 1)
        highest = max(self.tracks)[0]
        if highest < 0:
            return math.log(waiting + sum([math.exp(track[0]) for track in self.tracks]))
        whole = sum([math.exp(track[0] - highest) for track in self.tracks])
        return highest + math.log(whole + waiting * math.exp(-highest))

    def reaches(self, limit: float) -> bool:
        """Whether `log_e` is `limit` or more. The mixture is at most as many times its largest part as it has parts, which settles
        nearly all looks."""
        highest = max(self.tracks)[0]
        at_most = max(highest, 0.0) + math.log(len(self.tracks) + 1)
        return at_most >= limit and self.log_e >= limit

    @property
    def events0(self) -> int:
        return self.tracks[0].events0

    @property
    def trials0(self) -> int:
        return self.tracks[0].trials0

    @property
    def events1(self) -> int:
        return self.tracks[0].events1

    @property
    def trials1(self) -> int:
        return self.tracks[0].trials1

    def restart(self) -> Self:
        """Opens one more track, which learns from now on; nothing when the newest has seen nothing yet. The evidence stays what it is."""
        newest = self.tracks[-1]
        if not newest.trials0 and not newest.trials1:
            return self
        kept = self.tracks if len(self.tracks) < MOST_TRACKS else _thinned(self.tracks)
        number = self.opened + 1
        opened = Track(-math.log(number * (number + 1)), 0, 0, 0, 0)
        return type(self)((*kept, opened), number)

    def to_json(self) -> list[object]:
        """[opened, [log stake, events0, trials0, events1, trials1], ...], as `from_json` takes it."""
        return [self.opened, *(list(track) for track in self.tracks)]

    @classmethod
    def from_json(cls, written: object) -> Self:
        """Raises `ValueError` when `written` is not what `to_json` gives."""
        if not isinstance(written, list) or len(read := cast("list[object]", written)) < 2:
            raise ValueError("not the evidence of a test")
        opened, tracks = read[0], tuple([_read(track) for track in read[1:]])
        if not isinstance(opened, int) or opened < len(tracks):
            raise ValueError("not the evidence of a test")
        return cls(tracks, opened)


def _read(written: object) -> Track:
    match written:
        case [float() | int() as stake, int(e0), int(t0), int(e1), int(t1)] if (
            math.isfinite(stake) and 0 <= e0 <= t0 and 0 <= e1 <= t1
        ):
            return Track(float(stake), e0, t0, e1, t1)
        case _:
            raise ValueError("not a track of a test's evidence")


def _thinned(tracks: tuple[Track, ...]) -> tuple[Track, ...]:
    """One track fewer. The younger of the two that are closest in age gives its stake to the older: what a bet has won may be bet
    on in any other way from now on. Ages so stay spread as powers, and the oldest keeps the totals."""
    ages = [track.trials0 + track.trials1 for track in tracks]
    younger = min(range(1, len(tracks)), key=lambda i: ages[i - 1] / (ages[i] + 1))
    older = tracks[younger - 1]
    low, high = sorted((older.log_stake, tracks[younger].log_stake))
    merged = older._replace(log_stake=high + math.log1p(math.exp(low - high)))
    return (*tracks[: younger - 1], merged, *tracks[younger + 1 :])
