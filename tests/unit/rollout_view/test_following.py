"""Whoever follows a rollout reads each entry once, counts each second once, and outlives what does not answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from delivery.analysis.counts import Counts, Slice
from delivery.metrics.source import MetricsUnavailableError, Reading
from delivery.rollout.ledger import Entry, Lease, LedgerState, LedgerUnreachableError
from delivery.rollout.state import Phase
from delivery.rollout.view.following import Follower
from tests.unit.rollout_view.ledgers import CANDIDATE, ID, STABLE, World, strategy


@dataclass
class Ledger:
    """Its clock goes an hour before ours."""

    world: World
    away: bool = False
    led: bool = True
    asked: list[int] = field(default_factory=list[int])

    @property
    def entries(self) -> Sequence[Entry]:
        return self.world.entries

    def read(self, after: int = 0) -> LedgerState:
        if self.away:
            raise LedgerUnreachableError("the ledger does not answer: no connection")
        self.asked.append(after)
        found = tuple(entry for entry in self.entries if entry.seq > after)
        lease = Lease("ada@laptop", 1, self.world.now + 10) if self.led else None
        return LedgerState(found, len(self.entries), lease, None, self.world.now)


@dataclass
class Recorder:
    """One request of the candidate and nine of stable in each second, complete up to the last whole one."""

    world: World
    away: bool = False
    asked: list[float] = field(default_factory=list[float])

    def since(self, after: float) -> Reading:
        self.asked.append(after)
        if self.away:
            raise MetricsUnavailableError("the recorder does not answer")
        through = int(self.world.now) - 1
        if through <= after:
            return Reading(after, ())
        seconds = through - int(after)
        versions = {CANDIDATE: Counts(seconds, 0), STABLE: Counts(9 * seconds, 0)}
        return Reading(through, (Slice(int(after) + 1, through + 1, versions),))


@dataclass
class Followed:
    world: World
    ledger: Ledger
    recorder: Recorder
    follower: Follower


@pytest.fixture
def followed() -> Followed:
    world = World(strategy(10, 50, 100), rate=10)
    world.until(Phase.WATCHING)
    ledger, recorder = Ledger(world), Recorder(world)
    follower = Follower(ledger, recorder, ID, lambda: world.now - 3600)
    return Followed(world, ledger, recorder, follower)


def test_only_what_is_new_is_read(followed: Followed) -> None:
    before = len(followed.world.entries)
    followed.follower.poll()
    followed.world.look()
    followed.follower.poll()
    assert followed.ledger.asked == [0, before, before]
    assert followed.follower.rollout.state.looked == followed.world.state.looked
    assert "observed" not in {entry.kind for entry in followed.follower.entries}


def test_time_is_the_ledgers(followed: Followed) -> None:
    assert followed.follower.picture().at == pytest.approx(followed.world.now)


def test_no_second_counts_twice_and_none_is_lost(followed: Followed) -> None:
    world, seen = followed.world, list[int]()
    world.rate = 10
    for moment in range(1, 61):
        if moment % 10:
            world.now += 1
        else:
            # The controller writes down what it has; it looks 5 s later than the last.
            world.now -= 4
            world.look()
        followed.follower.poll()
        seen.append(followed.follower.picture().stable.requests)
        through = followed.follower.rollout.state.through
        after = int(world.now) - 1 - int(through)
        expected = world.state.judgement.stable.requests + 9 * max(after, 0)
        assert seen[-1] == expected


def test_a_ledger_that_is_away_is_told_of_and_read_again(followed: Followed) -> None:
    followed.ledger.away = True
    followed.world.now += 12
    followed.follower.poll()
    (trouble,) = followed.follower.picture().troubles
    assert trouble.startswith("the ledger does not answer: no connection; what stands here is 12 s")
    followed.ledger.away = False
    followed.world.look()
    followed.follower.poll()
    picture = followed.follower.picture()
    assert picture.troubles == ()
    assert picture.at == followed.world.now
    assert followed.follower.rollout.state.looked == followed.world.now


def test_a_recorder_that_is_away_leaves_the_ledgers_numbers(followed: Followed) -> None:
    followed.recorder.away = True
    followed.world.look()
    followed.follower.poll()
    picture = followed.follower.picture()
    assert picture.troubles == (
        "the recorder does not answer: the numbers are those of the ledger",
    )
    assert picture.stable.requests == followed.world.state.judgement.stable.requests


def test_what_others_do_is_not_shown(followed: Followed) -> None:
    last = followed.world.entries[-1]
    followed.world.entries.append(
        replace(last, seq=last.seq + 1, kind="finished", rollout="another", body={"why": "x"})
    )
    followed.follower.poll()
    assert followed.follower.rollout.state.phase is Phase.WATCHING


def test_a_bake_is_counted_from_its_beginning_and_does_not_grow_without_end() -> None:
    world = World(strategy(10, 50, 100, bake=3600), rate=10)
    world.until(Phase.BAKING)
    began = world.now
    follower = Follower(Ledger(world), Recorder(world), ID, lambda: world.now)
    for _ in range(400):
        world.now += 1
        follower.poll()
    assert follower.picture().candidate.requests == int(world.now) - 1 - int(began)
    slices = follower._known.readings.slices  # pyright: ignore[reportPrivateUsage]
    assert len(slices) <= 120
    assert [one.end for one in slices[:-1]] == [other.start for other in slices[1:]]


def test_what_is_looked_back_on_is_of_this_step_alone(followed: Followed) -> None:
    world, follower = followed.world, followed.follower

    def before() -> int | None:
        known = follower._known.readings.before  # pyright: ignore[reportPrivateUsage]
        return None if known is None else known.candidate.requests

    world.rate = 100
    looked: list[int] = []
    while world.state.step == 0:
        looked.append(world.state.judgement.candidate.requests)
        follower.poll()
        assert len(looked) < 3 or before() == looked[-3]
        world.look()
    follower.poll()
    # What was written between the shift and its arrival is the new step's.
    assert before() in {None, 0}


def test_what_was_known_stays_in_the_picture_while_the_ledger_is_away(followed: Followed) -> None:
    followed.world.now += 3
    followed.follower.poll()
    before = followed.follower.picture()
    assert before.stable.requests > 0
    followed.ledger.away = True
    followed.world.now += 2
    followed.follower.poll()
    picture = followed.follower.picture()
    assert picture.stable.requests == before.stable.requests
    assert "is 2 s old" in picture.troubles[0]
    assert followed.follower._known.readings.lease is not None  # pyright: ignore[reportPrivateUsage]


def test_entries_of_no_rollout_belong_to_each_and_those_of_others_to_none() -> None:
    """The dead-man's switch writes without a rollout when it was armed before any."""
    world = World(strategy(10, 50, 100), rate=10)
    first = world.entries[0]
    world.until(Phase.WATCHING)
    noted = replace(first, kind="switched", rollout="", body={})
    told = [noted, *world.entries, replace(first, rollout="another")]
    world.entries = [replace(entry, seq=seq) for seq, entry in enumerate(told, 1)]
    follower = Follower(Ledger(world), Recorder(world), ID, lambda: world.now)
    assert follower.rollout.id == ID
    assert {entry.rollout for entry in follower.entries} == {ID, ""}
    last = len(world.entries)
    world.entries += [replace(noted, seq=last + 1), replace(first, seq=last + 2, rollout="another")]
    follower.poll()
    assert [entry.rollout for entry in follower.entries][-2:] == [ID, ""]


def test_the_recorder_is_asked_for_what_the_ledger_has_not_and_for_the_last_seconds() -> None:
    world = World(strategy(10, 50, 100), rate=10)
    recorder = Recorder(world)
    follower = Follower(Ledger(world), recorder, ID, lambda: world.now - 3600)
    assert world.state.through == 0
    assert recorder.asked == [world.now - 20]
    assert follower.picture().stable.per_second == pytest.approx(9, abs=1)
    world.until(Phase.WATCHING)
    follower.poll()
    assert recorder.asked[-1] == world.state.through
    # Nobody led it for an hour: what was then says nothing of now.
    world.now += 3600
    late = Follower(Ledger(world), recorder, ID, lambda: world.now)
    assert recorder.asked[-1] == world.now - 600
    late.poll()
    assert recorder.asked[-1] == int(world.now) - 1


def test_nothing_is_counted_of_a_rollout_that_is_over() -> None:
    world = World(strategy(100, bake=10), rate=10)
    world.until(Phase.FINISHED)
    recorder = Recorder(world)
    follower = Follower(Ledger(world), recorder, ID, lambda: world.now)
    follower.poll()
    assert recorder.asked == []
