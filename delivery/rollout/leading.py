"""A rollout led from this machine: everything that its controller needs, put together for one stack."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import httpx

from delivery import api
from delivery.deployments import Deployments
from delivery.edge import Edge, EdgeClient
from delivery.errors import DeliveryError, FailedError, RefusedError
from delivery.leaving import left_once
from delivery.metrics.analytics import AnalyticsSource
from delivery.metrics.beside import Beside
from delivery.metrics.custom import CustomNumbers, NumbersBeside
from delivery.metrics.fallback import FallbackSource
from delivery.metrics.recorder import RecorderSource
from delivery.metrics.unreported import Unreported
from delivery.person import holder as named_holder
from delivery.rollback.tokens import ledger_token
from delivery.rollout.controller import Controller, LeaseKeeper
from delivery.rollout.convergence import Convergence
from delivery.rollout.events import FORMAT, Event, Kind
from delivery.rollout.journal import Journal, Rollout, read_rollouts
from delivery.rollout.ledger import Lease, LeaseLostError, Ledger, SwitchUnavailableError
from delivery.rollout.probing import Prober
from delivery.rollout.state import ALL, State, start
from delivery.rollout.strategy import Strategy
from delivery.rollout.strategy_files import strategy_json
from delivery.rollout.watching import EdgeWatcher
from delivery.rollout.worker_traffic import WorkerTraffic
from delivery.stack import Stack

_UNREPORTED_EVERY: Final = 30.0
OnEvents = Callable[[State, Sequence[Event]], None]


@dataclass(frozen=True)
class Place:
    """What is known of a stack that rollouts are led on."""

    stack: Stack
    outputs: Mapping[str, Any]
    edge: EdgeClient
    ledger: Ledger
    recorder: RecorderSource
    deployments: Deployments
    variables: Mapping[str, str] = field(repr=False)

    @property
    def worker(self) -> str:
        return str(self.outputs["workerName"])

    @property
    def worker_url(self) -> str:
        return str(self.outputs["workerUrl"])

    @property
    def account(self) -> str:
        return self.variables["CLOUDFLARE_ACCOUNT_ID"]

    def rollouts(self) -> list[Rollout]:
        """Those of the ledger, oldest first. Raises `DeliveryError`."""
        return read_rollouts(self.ledger.read().entries)

    def open_rollout(self) -> Rollout | None:
        """The one that is under way."""
        found = self.rollouts()
        return found[-1] if found and not found[-1].state.is_over else None


def rollouts_url(outputs: Mapping[str, Any]) -> str:
    """Where the Rollouts Worker answers: its workers.dev address where it has one."""
    return str(outputs.get("rolloutsWorkerUrl") or outputs["rolloutsUrl"])


def place_of(stack: Stack) -> Place:
    """Raises `DeliveryError` for a stack that is not up, or that has no Rollouts Worker."""
    outputs = stack.outputs()
    if "rolloutsUrl" not in outputs:
        raise RefusedError(
            f"stack {stack.name} has no Rollouts Worker yet", f"`pitchey up {stack.name}` makes it"
        )
    token, edge, variables = rollouts_token(stack), EdgeClient(stack.cloud), stack.variables()
    return Place(
        stack,
        outputs,
        edge,
        ledger_of(edge, outputs, token),
        RecorderSource(edge, rollouts_url(outputs), token),
        Deployments(variables, str(outputs["workerName"])),
        variables,
    )


def rollouts_token(stack: Stack) -> str:
    """What the Rollouts Worker asks for. Raises `FailedError`."""
    return ledger_token(lambda: stack)


def ledger_of(edge: Edge, outputs: Mapping[str, Any], token: str) -> Ledger:
    return Ledger(edge, rollouts_url(outputs), token)


def holder() -> str:
    """Who leads, for people; unique to this process."""
    return named_holder(f"process {os.getpid()}")


def new_id() -> str:
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def begin(
    place: Place,
    strategy: Strategy,
    stable: str,
    candidate: str,
    lease: Lease,
    last: int,
    marks: Mapping[str, str],
) -> tuple[Rollout, Journal]:
    """Writes down that a rollout begins; `marks` are kept with it. Raises `DeliveryError`."""
    body = {
        "format": FORMAT,
        "stack": place.stack.name,
        "worker": place.worker,
        "stable": stable,
        "candidate": candidate,
        "strategy": strategy_json(strategy),
        "by": lease.holder,
        **marks,
    }
    id = new_id()
    journal = Journal(place.ledger, id, lease.fence, last)
    journal.append([Event(Kind.STARTED, body)])
    now = datetime.now(UTC).timestamp()
    return Rollout(id, body, strategy, start(body, now), now, journal.last), journal


def lead(
    place: Place,
    rollout: Rollout,
    journal: Journal,
    lease_seconds: int,
    on_events: OnEvents,
    report: Callable[[str], None],
    *,
    armed: bool,
) -> State:
    """Leads it to its end. Ctrl-C leaves it safe: the switch puts stable back when nobody goes on, or it is put back now.

    Raises `LeaseLostError` when somebody else leads it now, `KeyboardInterrupt` when it was left.
    """
    # Once is enough: a split on its way is waited for, since one that landed when nobody leads would stay.
    with left_once():
        try:
            with ExitStack() as until:
                controller = _controller(place, rollout, journal, on_events, report, until)
                keeper = until.enter_context(LeaseKeeper(journal, lease_seconds, controller))
                try:
                    state = controller.run()
                except KeyboardInterrupt:
                    controller.leave.set()
                    if not armed:
                        _return_first(controller, place.stack.name, report)
                    raise
        except KeyboardInterrupt:
            # Whoever goes on need not wait for it. An armed switch still goes off when it would have run out.
            _give_back(place, journal, report)
            raise
        if keeper.lost:
            raise LeaseLostError(keeper.lost)
        # The ledger disarms the switch with the entry that ends a rollout.
        _give_back(place, journal, report)
    return state


def _return_first(controller: Controller, stack: str, report: Callable[[str], None]) -> None:
    report("nobody would watch it: stable is put back before leaving")
    if not controller.return_now("left by whoever led it"):
        raise FailedError(
            "stable is not back, and nobody leads the rollout",
            f"`pitchey rollback {stack}` puts it back",
        ) from None


def _give_back(place: Place, journal: Journal, report: Callable[[str], None]) -> None:
    try:
        place.ledger.give_back(journal.fence)
    except DeliveryError as error:
        report(f"the lease runs out by itself: {error.what}")


def _controller(
    place: Place,
    rollout: Rollout,
    journal: Journal,
    on_events: OnEvents,
    report: Callable[[str], None],
    until: ExitStack,
) -> Controller:
    """Whatever it works with is closed with `until`."""
    strategy, stable, candidate = rollout.strategy, rollout.state.stable, rollout.state.candidate
    traffic = WorkerTraffic(
        rollout.id,
        place.stack,
        place.deployments,
        place.edge,
        place.worker_url,
        stable,
        candidate,
        report,
        strategy.split,
    )
    prober = Prober(place.edge, place.worker_url, place.worker, strategy.probes.checks)

    def convergence(old: Decimal, new: Decimal) -> Convergence:
        return Convergence(place.edge, place.worker_url, stable, candidate, old, new)

    watcher = EdgeWatcher(prober, convergence, stable, candidate, strategy.probes.every)
    cloudflare = until.enter_context(api.connect(place.variables))
    web = until.enter_context(httpx.Client(timeout=5))
    analytics = AnalyticsSource(cloudflare, place.account, place.worker)
    custom = CustomNumbers(web, cloudflare, place.account, rollout.id, stable, candidate)
    numbers = until.enter_context(closing(NumbersBeside(custom, strategy.analysis.custom)))
    pool = until.enter_context(ThreadPoolExecutor(1, thread_name_prefix="unreported"))
    unreported = Unreported(analytics, place.recorder, stable, candidate, rollout.at)
    controller = Controller(
        strategy,
        rollout.state,
        journal,
        traffic,
        watcher,
        FallbackSource([place.recorder, analytics]),
        numbers=numbers,
        unreported=Beside(unreported.look, _UNREPORTED_EVERY, pool),
        on_events=on_events,
        report=report,
    )
    watcher.is_there = lambda version: is_deployed(strategy, controller.state, version)
    watcher.on_bad = controller.hurry.set
    until.enter_context(watcher)
    return controller


def is_deployed(strategy: Strategy, state: State, version: str) -> bool:
    """Whether a version is in the live deployment, as far as a rollout's state tells: with a share of 0 % too at a step for
    probes alone."""
    if version == state.candidate:
        return state.share > 0 or (strategy.split and state.step >= 0 and state.wanted is None)
    return state.share < ALL and state.wanted != ALL


def arm(place: Place, rollout: Rollout, journal: Journal) -> bool:
    """The dead-man's switch, where the stack has one."""
    if not place.outputs.get("deadMansSwitch"):
        return False
    try:
        place.ledger.arm(
            journal.fence,
            account=place.account,
            script=place.worker,
            stable=rollout.state.stable,
            candidate=rollout.state.candidate,
            rollout=rollout.id,
        )
    except SwitchUnavailableError:
        return False
    return True
