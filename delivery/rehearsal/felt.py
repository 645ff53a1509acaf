"""What users felt, from every answer that they got."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

FAILED: Final = 500
_NOTICED_MS: Final = 100.0


@dataclass(frozen=True)
class Answer:
    """`at` in Unix seconds, when it was asked; `status` 0 where nothing answered; `of_candidate` as the answer itself says."""

    at: float
    user: int
    route: str
    of_candidate: bool
    status: int
    milliseconds: float

    @property
    def is_bad(self) -> bool:
        return self.status == 0 or self.status >= FAILED

    @property
    def end(self) -> float:
        return self.at + self.milliseconds / 1000


@dataclass(frozen=True)
class Felt:
    """Seconds and milliseconds; None where there was nothing to measure.

    A bad answer has a status of 500 or above, or none at all. A slow one took 100 ms longer than stable's 95th percentile:
    `slow` and `users_slowed` are the candidate's. Whoever got the candidate, then stable, then the candidate again fell back
    and forth.
    """

    requests: int
    of_candidate: int
    bad: int
    users: int
    users_hit: int
    first_bad: float | None
    """Unix seconds."""
    bad_seconds: float | None
    """From the first bad answer to the last."""
    stable_after: float | None
    """From the first bad answer to the candidate's last; from the first slow one of a slower candidate where none was bad."""
    p95_stable: float | None
    p95_candidate: float | None
    slow: int
    slow_of_stable: int
    users_slowed: int
    users_back_and_forth: int
    bad_routes: dict[str, int]
    """Method and first part of the path → bad answers."""

    @property
    def is_slower(self) -> bool:
        """Whether the candidate was slow more often than a busy machine explains: a point more than twice as often as stable."""
        others = self.requests - self.of_candidate
        return _is_slower(self.slow, self.of_candidate, self.slow_of_stable, others)

    def to_json(self) -> dict[str, Any]:
        return {_camel(key): value for key, value in asdict(self).items()}


def felt(answers: Sequence[Answer]) -> Felt:
    """Of any order of answers."""
    told = sorted(answers, key=lambda answer: answer.at)
    bad = [answer for answer in told if answer.is_bad]
    candidates = [answer for answer in told if answer.of_candidate]
    stables = [a for a in told if not a.of_candidate and not a.is_bad]
    p95 = quantile([a.milliseconds for a in stables], 0.95)
    limit = math.inf if p95 is None else p95 + _NOTICED_MS
    slow = [a for a in candidates if not a.is_bad and a.milliseconds > limit]
    slow_of_stable = sum(a.milliseconds > limit for a in stables)
    slower = _is_slower(len(slow), len(candidates), slow_of_stable, len(told) - len(candidates))
    harm = min((a.end for a in (bad or (slow if slower else ()))), default=None)
    last = max((a.end for a in candidates), default=None)
    routes: dict[str, int] = {}
    for answer in bad:
        routes[answer.route] = routes.get(answer.route, 0) + 1
    return Felt(
        requests=len(told),
        of_candidate=len(candidates),
        bad=len(bad),
        users=len({a.user for a in told}),
        users_hit=len({a.user for a in bad}),
        first_bad=min((a.end for a in bad), default=None),
        bad_seconds=max(a.end for a in bad) - min(a.end for a in bad) if bad else None,
        stable_after=max(last - harm, 0.0) if harm is not None and last is not None else None,
        p95_stable=p95,
        p95_candidate=quantile([a.milliseconds for a in candidates if not a.is_bad], 0.95),
        slow=len(slow),
        slow_of_stable=slow_of_stable,
        users_slowed=len({a.user for a in slow}),
        users_back_and_forth=_back_and_forth(told),
        bad_routes=dict(sorted(routes.items(), key=lambda item: -item[1])),
    )


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least `share` of them do not exceed; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def _is_slower(slow: int, of_candidate: int, slow_of_stable: int, of_stable: int) -> bool:
    return slow / max(of_candidate, 1) > 2 * slow_of_stable / max(of_stable, 1) + 0.01


def _back_and_forth(told: Sequence[Answer]) -> int:
    """`told` in the order of time. Nothing is known of who gave an answer that was bad and did not say."""
    seen: dict[int, list[bool]] = {}
    for answer in told:
        if answer.is_bad and not answer.of_candidate:
            continue
        turns = seen.setdefault(answer.user, [])
        if not turns or turns[-1] != answer.of_candidate:
            turns.append(answer.of_candidate)
    return sum(turns.count(True) > 1 for turns in seen.values())


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
