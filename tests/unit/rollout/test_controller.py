"""The controller on a ledger, a Worker and an edge in memory: what it does when calls are lost, and who may stop it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

import pytest

from delivery.analysis.counts import Counts, Slice
from delivery.errors import FailedError, RefusedError
from delivery.metrics.source import MetricsUnavailableError, Reading
from delivery.rollout.controller import Controller
from delivery.rollout.events import FORMAT, Event, Kind
from delivery.rollout.journal import Journal, read_rollouts
from delivery.rollout.ledger import LeaseLostError, Ledger, LedgerUnreachableError
from delivery.rollout.measurements import Probed
from delivery.rollout.state import ALL, Phase, State, start
from delivery.rollout.strategy import Strategy
from tests.unit.rollout.ledgers import MemoryLedger

FAST = Strategy.model_validate(
    {
        "name": "quick",
        "look": 1,
        "steps": [
            {"share": 10, "duration": 20, "leastRequests": 50},
            {"share": 50, "duration": 20},
            {"share": 100},
        ],
        "bake": 20,
        "inconclusive": {"extensions": 2, "then": "return"},
        "noData": {"returnAfter": 30},
    }
)
STARTED: dict[str, Any] = {
    "format": FORMAT,
    "stable": "old",
    "candidate": "new",
    "strategy": FAST.model_dump(mode="json", by_alias=True),
    "by": "me",
}


@dataclass
class World:
    """Time goes on by two seconds at each look; users ask a hundred times a second."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    served: dict[str, Decimal] = field(default_factory=lambda: {"old": ALL})
    now: float = 1000.0
    error_rate: float = 0.0
    counting: bool = True
    refuse: list[str] = field(default_factory=list[str])
    posted: list[dict[str, Decimal]] = field(default_factory=list[dict[str, Decimal]])
    name: str = "world"

    # Clock

    def clock(self) -> float:
        self.now += 1.0
        self.ledger.now = self.now
        return self.now

    # Traffic

    def live(self) -> Mapping[str, Decimal]:
        return dict(self.served)

    def _deploy(self, share: Decimal) -> str:
        self.served = {v: s for v, s in (("old", ALL - share), ("new", share)) if s > 0}
        self.posted.append(dict(self.served))
        return f"deployment-{len(self.posted)}"

    def shift(self, share: Decimal, why: str) -> str:
        assert why
        struck = self.refuse.pop(0) if self.refuse else ""
        if struck == "before":
            raise FailedError("locked by somebody")
        deployment = self._deploy(share)
        if struck == "after":
            raise FailedError("the answer was lost")
        return deployment

    def put_back(self, why: str) -> str:
        assert why
        return self._deploy(Decimal(0)) if self.served != {"old": ALL} else "there already"

    def settle(self, why: str) -> None:
        assert why

    # Watcher

    def probed(self) -> tuple[Probed, Probed]:
        return Probed(good=1), Probed(good=1)

    def begin_shift(self, old: Decimal, new: Decimal) -> None:
        assert old != new

    def converged(self) -> str | None:
        return "all keys agree"

    # Source

    def since(self, after: float) -> Reading:
        if not self.counting:
            raise MetricsUnavailableError("the recorder does not answer")
        versions: dict[str, Counts] = {}
        for version, share in self.served.items():
            n = int(200 * share / ALL)
            errors = round(n * self.error_rate) if version == "new" else 0
            versions[version] = Counts(n, errors, {20: n})
        return Reading(self.now, (Slice(self.now - 2, self.now, versions),))


class Impatient(threading.Event):
    """No look waits for the next."""

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait(min(timeout or 0.0, 0.001))


def led(
    world: World, state: State, *, id: str = "r1", after: int | None = None, **changes: Any
) -> Controller:
    ledger = cast("Ledger", world.ledger)
    last = len(world.ledger.entries) if after is None else after
    journal = Journal(ledger, id, world.ledger.fence, last)
    controller = Controller(
        FAST,
        state,
        journal,
        world,
        world,
        world,
        clock=world.clock,
        hurry=Impatient(),
        **changes,
    )
    controller._read_live = -100.0  # pyright: ignore[reportPrivateUsage]
    return controller


def begun(world: World) -> State:
    world.ledger.append(1, len(world.ledger.entries), [("started", "r1", STARTED)])
    return start(STARTED, world.now)


def test_a_healthy_candidate_gets_everything_and_each_step_is_in_the_ledger() -> None:
    world = World()
    state = led(world, begun(world)).run()
    assert state.phase is Phase.FINISHED
    assert world.served == {"new": ALL}
    assert [posted.get("new") for posted in world.posted] == [Decimal(10), Decimal(50), ALL]
    assert [k for k in world.ledger.kinds() if k in {"passed", "shifted"}] == [
        *("shifted", "passed", "shifted", "passed", "shifted"),
    ]
    (read,) = read_rollouts(world.ledger.entries)
    assert read.state.phase is Phase.FINISHED


def test_a_candidate_that_does_harm_goes_back_and_the_numbers_stand_in_the_ledger() -> None:
    world = World(error_rate=0.05)
    state = led(world, begun(world)).run()
    assert state.phase is Phase.RETURNED
    assert world.served == {"old": ALL}
    (returning,) = [e for e in world.ledger.entries if e.kind == "returning"]
    assert "error rate" in returning.body["why"]
    assert returning.body["verdicts"][0]["requests"] > 0


@pytest.mark.parametrize("left", [False, True])
def test_the_time_from_a_decision_to_its_return_stands_in_the_ledger_however_late_it_is_written(
    left: bool,
) -> None:
    world = World(error_rate=0.0 if left else 0.05)
    put_back = world.put_back

    def slowly(why: str) -> str:
        world.now = world.ledger.now = world.now + 7
        return put_back(why)

    def leave(_state: State, _events: object) -> None:
        if left:
            controller.leave.set()

    world.put_back = slowly
    controller = led(world, begun(world), on_events=leave)
    controller.run()
    if left:
        controller.return_now("Ctrl-C")
    told = {entry.kind: entry for entry in world.ledger.entries}
    decided, back = told["returning"].body["decidedAt"], told["returned"].body["backAt"]
    assert back - decided >= 7
    assert back <= told["returned"].at
    assert told["returning"].at - decided >= 7


def test_a_candidate_that_serves_and_does_not_report_goes_back() -> None:
    world, asked = World(), list[Mapping[str, Decimal]]()

    def unreported() -> str | None:
        asked.append(dict(world.served))
        return "Cloudflare counts 900 invocations, 3 were reported" if len(asked) == 3 else None

    state = led(world, begun(world), unreported=unreported).run()
    assert (state.phase, state.cause) == (Phase.RETURNED, "unreported")
    assert world.served == {"old": ALL}
    # Nobody asks while the candidate serves nobody.
    assert all("new" in served for served in asked)


@pytest.mark.parametrize("struck", ["before", "after"])
@pytest.mark.parametrize("call", range(1, 12))
def test_a_lost_call_to_the_ledger_doubles_nothing_and_leaves_nothing_out(
    struck: str, call: int
) -> None:
    world = World()
    state = begun(world)
    world.ledger.trouble = [*([None] * (call - 1)), struck]
    assert led(world, state).run().phase is Phase.FINISHED
    kinds = [k for k in world.ledger.kinds() if k != "observed"]
    assert kinds == [
        "started",
        *("shift", "shifted", "converged", "passed"),
        *("shift", "shifted", "converged", "passed"),
        *("shift", "shifted", "converged", "baking"),
        "finished",
    ]
    assert [posted.get("new") for posted in world.posted] == [Decimal(10), Decimal(50), ALL]


@pytest.mark.parametrize("struck", ["before", "after"])
def test_a_split_whose_answer_is_lost_is_found_and_not_made_twice(
    struck: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.rollout.controller._AGAIN", 0.0)
    world = World(refuse=[struck])
    assert led(world, begun(world)).run().phase is Phase.FINISHED
    assert [posted.get("new") for posted in world.posted] == [Decimal(10), Decimal(50), ALL]


def test_whoever_lost_the_lease_does_nothing_any_more() -> None:
    world = World()
    state = begun(world)
    controller = led(world, state)
    world.ledger.fence = 2
    with pytest.raises(LeaseLostError):
        controller.run()
    assert world.posted == []


@dataclass
class SlowWorld(World):
    """A split arrives when it is let through."""

    arrives: threading.Event = field(default_factory=threading.Event)
    returns: int = 0
    begins: Callable[[str], None] = lambda _why: None

    def shift(self, share: Decimal, why: str) -> str:
        self.begins(why)
        assert self.arrives.wait(10)
        return super().shift(share, why)

    def put_back(self, why: str) -> str:
        self.returns += 1
        if self.returns == 3:
            self.arrives.set()
        return super().put_back(why)


def test_nothing_has_returned_while_a_split_may_still_arrive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("delivery.rollout.controller._ENDING", 0.05)
    world = SlowWorld()
    state = begun(world)

    def abort(now: State, _events: object) -> None:
        if now.wanted is not None and "request" not in world.ledger.kinds():
            world.ledger.request("r1", {"verb": "abort", "by": "you"})

    assert led(world, state, on_events=abort).run().phase is Phase.RETURNED
    assert len(world.posted) == 2
    assert world.served == {"old": ALL}
    assert world.ledger.kinds()[-2:] == ["returning", "returned"]


@pytest.mark.parametrize("struck", [[], ["after"]], ids=["told", "answer lost"])
@pytest.mark.parametrize("leased", [True, False])
def test_a_split_that_arrives_when_nobody_leads_any_more_is_taken_back(
    leased: bool, struck: list[str]
) -> None:
    world = SlowWorld(refuse=struck.copy())
    state = begun(world)

    def lose(why: str) -> None:
        # Its own look at the lease is just over.
        world.ledger.fence, world.ledger.leased = 2, leased
        world.arrives.set()

    world.begins = lose
    with pytest.raises(LeaseLostError):
        led(world, state).run()
    assert world.served == ({"old": Decimal(90), "new": Decimal(10)} if leased else {"old": ALL})


def test_whoever_slept_looks_whether_it_still_leads_before_it_returns() -> None:
    world = World()
    state = begun(world)

    def sleep(now: State, _events: object) -> None:
        if now.share == 50:
            world.now += 3600
            world.ledger.fence, world.counting = 2, False

    with pytest.raises(LeaseLostError):
        led(world, state, on_events=sleep).run()
    assert world.served == {"old": Decimal(50), "new": Decimal(50)}


def test_when_nobody_counts_it_waits_and_then_goes_back() -> None:
    world = World()
    state = begun(world)

    def stop_counting(now: State, _events: object) -> None:
        world.counting = now.share == 0

    assert led(world, state, on_events=stop_counting).run().phase is Phase.RETURNED
    (returning,) = [e for e in world.ledger.entries if e.kind == "returning"]
    assert returning.body["cause"] == "no data"


def test_when_the_ledger_is_gone_with_whoever_counts_it_goes_back_all_the_same() -> None:
    world = World()
    state = begun(world)

    def lose(now: State, _events: object) -> None:
        if now.share > 0 and world.counting:
            world.counting = False
            world.ledger.trouble = ["before"] * 1000

    assert led(world, state, on_events=lose).run().cause == "no data"
    assert world.served == {"old": ALL}


def test_an_abort_that_somebody_asks_for_is_heard() -> None:
    world = World()
    state = begun(world)

    def ask(now: State, _events: object) -> None:
        if now.share == 50 and "request" not in world.ledger.kinds():
            world.ledger.request("r1", {"verb": "abort", "by": "you", "why": "wrong version"})

    state = led(world, state, on_events=ask).run()
    assert state.phase is Phase.RETURNED
    (returning,) = [e for e in world.ledger.entries if e.kind == "returning"]
    assert "wrong version" in returning.body["why"]


def test_what_was_asked_of_whoever_died_is_heard_by_the_next_and_what_it_had_heard_is_not() -> None:
    world = World()
    begun(world)
    ledger = world.ledger
    heard = ledger.request("r1", {"verb": "pause", "by": "you"})
    body = {"request": heard, "verb": "pause", "by": "you", "obeyed": True, "why": ""}
    ledger.append(1, heard, [("asked", "r1", body)])
    ledger.request("r0", {"verb": "promote", "by": "you"})
    ledger.request("r1", {"verb": "abort", "by": "you", "why": "wrong version"})
    ledger.append(1, len(ledger.entries), [("heard", "r1", {"why": "the recorder answers"})])
    ledger.fence = 2
    [known] = read_rollouts(ledger.entries)
    state = led(world, known.state, after=known.heard).run()
    assert state.phase is Phase.RETURNED
    told = [e.body["verb"] for e in ledger.entries if e.kind == "asked" and e.fence == 2]
    assert told == ["abort"]


def test_whoever_leaves_can_put_stable_back_and_the_ledger_says_so() -> None:
    world = World()
    state = begun(world)

    def leave(now: State, _events: object) -> None:
        if now.share == 50:
            controller.leave.set()

    controller = led(world, state, on_events=leave)
    controller.run()
    controller.return_now("Ctrl-C")
    assert world.served == {"old": ALL}
    assert world.ledger.kinds()[-2:] == ["returning", "returned"]
    (read,) = read_rollouts(world.ledger.entries)
    assert read.state.phase is Phase.RETURNED


def test_a_deployment_of_somebody_else_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("delivery.rollout.controller._LIVE_EVERY", 0.0)
    world = World()
    state = begun(world)

    def somebody(now: State, events: object) -> None:
        if now.share == 10 and now.phase is Phase.WATCHING:
            world.served = {"another": ALL}
        if now.phase is Phase.PAUSED:
            controller.leave.set()

    controller = led(world, state, on_events=somebody)
    assert controller.run().cause == "foreign"
    assert world.served == {"another": ALL}


@pytest.mark.parametrize("after", range(1, 14))
def test_another_controller_goes_on_wherever_the_first_one_died(after: int) -> None:
    world = World()
    state = begun(world)

    class DiedError(Exception):
        pass

    def die(_now: State, _events: object) -> None:
        if len([k for k in world.ledger.kinds() if k != "observed"]) >= after:
            raise DiedError

    with pytest.raises(DiedError):
        led(world, state, on_events=die).run()
    world.ledger.fence = 2
    (read,) = read_rollouts(world.ledger.entries)
    again = led(world, read.state)
    assert again.run().phase is Phase.FINISHED
    assert world.served == {"new": ALL}
    assert [p.get("new") for p in world.posted] == [Decimal(10), Decimal(50), ALL]
    (whole,) = read_rollouts(world.ledger.entries)
    assert whole.state.phase is Phase.FINISHED


def test_a_rollout_of_a_newer_program_is_refused() -> None:
    world = World()
    world.ledger.append(1, 0, [("started", "r1", {**STARTED, "format": FORMAT + 1})])
    with pytest.raises(RefusedError, match="another version of this program"):
        read_rollouts(world.ledger.entries)


def test_events_read_back_are_the_events_written() -> None:
    event = Event(Kind.PAUSED, {"cause": "asked", "why": "me", "verdicts": []})
    assert Event.from_json("paused", event.to_json()) == event


def test_a_fact_that_comes_after_a_decision_in_doubt_is_not_taken_for_it() -> None:
    ledger = MemoryLedger(trouble=["after", "before"])
    journal = Journal(cast("Ledger", ledger), "r1", 1, 0)
    decision, fact = Event(Kind.RESUMED, {"by": "you"}), Event(Kind.FINISHED, {"why": "done"})
    with pytest.raises(LedgerUnreachableError):
        journal.append([decision])
    journal.record([fact])
    journal.listen()
    assert journal.found() == [decision]
    journal.append([])
    assert ledger.kinds() == ["resumed", "finished"]


def test_a_split_that_arrives_amid_a_pause_is_in_the_ledger_and_not_made_again() -> None:
    world, arriving = World(), threading.Event()
    shift = world.shift

    def slow(share: Decimal, why: str) -> str:
        if share == 50:
            world.ledger.request("r1", {"verb": "pause", "by": "you"})
            arriving.wait(10)
        return shift(share, why)

    def follow(now: State, events: Sequence[Event]) -> None:
        if now.phase is Phase.PAUSED and now.share == 10:
            arriving.set()
        if any(event.kind is Kind.SHIFTED for event in events) and now.phase is Phase.PAUSED:
            assert now.share == 50
            world.ledger.request("r1", {"verb": "resume", "by": "you"})
        if world.now > 2000:
            controller.leave.set()

    world.shift = slow
    controller = led(world, begun(world), on_events=follow)
    assert controller.run().phase is Phase.FINISHED
    assert [posted.get("new") for posted in world.posted] == [Decimal(10), Decimal(50), ALL]


def test_a_look_does_not_wait_for_its_time_when_it_is_hurried() -> None:
    world = World()
    controller = led(world, begun(world))
    controller.hurry = threading.Event()
    slow = FAST.model_copy(update={"look": 3600})
    controller.strategy = slow
    looks: list[float] = []
    hear = controller.watcher.probed

    def probed() -> tuple[Probed, Probed]:
        looks.append(world.now)
        controller.hurry.set()
        if len(looks) == 3:
            controller.stop()
        return hear()

    world.probed = probed  # type: ignore[method-assign]
    assert controller.run().is_over is False
    assert len(looks) == 3
