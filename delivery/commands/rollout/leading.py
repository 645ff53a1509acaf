"""The commands that lead a rollout: start, retry, resume."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Annotated, Final

import typer

from delivery.commands.options import CloudOption, StackArgument, results
from delivery.commands.rollout.audience import Audience
from delivery.commands.rollout.ending import EXIT_STATUS
from delivery.commands.rollout.hearing import ask
from delivery.commands.rollout.stacks import find_last, find_open, find_place
from delivery.errors import DeliveryError, RefusedError
from delivery.notifications.rehearsed import RehearsedNews
from delivery.person import person
from delivery.progress import Progress
from delivery.rollout import preflight
from delivery.rollout.journal import Journal, Rollout
from delivery.rollout.leading import Place, arm, begin, holder, lead
from delivery.rollout.ledger import Lease, LeaseLostError, Ledger
from delivery.rollout.measurements import Verb
from delivery.rollout.news import REHEARSAL
from delivery.rollout.state import Phase
from delivery.rollout.strategy import Strategy
from delivery.rollout.strategy_files import read_strategy, shipped
from delivery.rollout.warming import warm_candidate

WarmOption = Annotated[
    bool,
    typer.Option(
        "--warm/--no-warm", help="Whether the candidate's caches are warmed before it has users."
    ),
]
_REHEARSED_ON: Final = "local"
_CHOICE: Final = f"{', '.join(shipped())}, one of strategies/, or a file."


def start(
    stack: StackArgument,
    *,
    strategy: Annotated[str | None, typer.Option(help=_CHOICE)] = None,
    version: Annotated[
        str | None, typer.Option(help="The candidate's id; the version uploaded last without it.")
    ] = None,
    warms: WarmOption = True,
    cloud: CloudOption = "local",
    rehearsal: Annotated[RehearsedNews | None, typer.Option(hidden=True)] = None,
) -> None:
    """Rolls the uploaded version out, and leads it to its end.

    Example: pitchey rollout start staging --strategy fast
    """
    if rehearsal is not None and cloud != _REHEARSED_ON:
        raise RefusedError("a rehearsal runs on the local cloud only", "leave --rehearsal out")
    progress = Progress()
    place, settings = find_place(stack, cloud, progress)
    chosen = read_strategy(strategy or settings.strategy, place.stack.project)
    phase = _start(
        place, chosen, version, settings.lease_seconds, progress, rehearsal=rehearsal, warms=warms
    )
    raise _exit(phase)


def retry(
    stack: StackArgument,
    *,
    strategy: Annotated[
        str | None, typer.Option(help="Another strategy than the one that it was begun with.")
    ] = None,
    warms: WarmOption = True,
    cloud: CloudOption = "local",
) -> None:
    """Rolls the version out again that the last rollout returned from, by the same strategy.

    Example: pitchey rollout retry staging
    """
    progress = Progress()
    place, settings = find_place(stack, cloud, progress)
    last = find_last(place)
    if last.state.phase is Phase.FINISHED:
        raise RefusedError(
            f"rollout {last.id} is finished: there is nothing to try again",
            f"`pitchey rollout start {stack}` rolls the next version out",
        )
    chosen = last.strategy if strategy is None else read_strategy(strategy, place.stack.project)
    version = last.state.candidate
    raise _exit(_start(place, chosen, version, settings.lease_seconds, progress, warms=warms))


def _start(
    place: Place,
    strategy: Strategy,
    version: str | None,
    lease_seconds: int,
    progress: Progress,
    *,
    rehearsal: RehearsedNews | None = None,
    warms: bool,
) -> Phase:
    preflight.refuse_under_way(place)
    stable = preflight.check_live(place)
    candidate = preflight.check_candidate(place, stable, version)
    before, after = (place.deployments.version(id) for id in (stable, candidate))
    preflight.check_classes(strategy, before, after)
    if warning := preflight.one_way(before, after):
        progress.say(warning)
    lease = place.ledger.take(holder(), lease_seconds)
    try:
        with progress.stage("pre-flight"):
            preflight.bring_state(place, stable, progress.say)
            waiting = preflight.check_policies(place.stack)
            if waiting:
                told = f"the program would change {', '.join(waiting)}"
                progress.say(f"{told}: it waits for the next `pitchey up {place.stack.name}`")
            secrets = preflight.changed_secrets(before, after)
            if secrets:
                progress.say(f"secrets of one version alone: {', '.join(secrets)}")
            preflight.probe_candidate(place, strategy, stable, candidate, progress.report)
            if warms and strategy.split:
                warm_candidate(place, candidate, progress.say, progress.report)
        lease = _kept(place.ledger, lease, lease_seconds)
        # Somebody else may have begun one while nobody held the lease.
        preflight.refuse_under_way(place)
        last = place.ledger.read().last
        # In the ledger, so that whoever goes on with it pages nobody either.
        marks = {} if rehearsal is None else {REHEARSAL: rehearsal.value}
        rollout, journal = begin(place, strategy, stable, candidate, lease, last, marks)
    except BaseException:
        # It may have run out meanwhile: what is told is why nothing begins.
        with contextlib.suppress(DeliveryError):
            place.ledger.give_back(lease.fence)
        raise
    return _lead_to_the_end(place, rollout, journal, lease_seconds, progress)


def _kept(ledger: Ledger, lease: Lease, seconds: int) -> Lease:
    """A preview of production may take longer than a lease: it is taken again, but from nobody. Raises `DeliveryError`."""
    try:
        return replace(lease, until=ledger.renew(lease.fence, seconds))
    except LeaseLostError:
        return ledger.take(lease.holder, seconds)


def resume(
    stack: StackArgument,
    *,
    take: Annotated[
        bool, typer.Option("--take", help="Also from whoever leads it: that controller stops.")
    ] = False,
    cloud: CloudOption = "local",
) -> None:
    """Goes on with a rollout: wakes a paused one that somebody leads, or leads one that nobody leads any more.

    Example: pitchey rollout resume staging
    """
    progress = Progress()
    place, settings = find_place(stack, cloud, progress)
    rollout = find_open(place)
    told = place.ledger.read()
    lease = told.lease
    if not take and lease is not None and lease.until > told.now:
        ask(place, rollout, lease, Verb.RESUME, "", progress)
        return
    raise _exit(take_over(place, settings.lease_seconds, progress, wake=True, force=take))


def _exit(phase: Phase) -> typer.Exit:
    """0 finished, 1 returned."""
    return typer.Exit(EXIT_STATUS.get(phase, 2))


def take_over(
    place: Place, lease_seconds: int, progress: Progress, *, wake: bool, force: bool
) -> Phase:
    """Leads the rollout that is under way to its end, in the foreground, and tells how it ended. What was asked for and nobody has
    heard is obeyed; `wake`: a paused one goes on; `force`: it is taken from whoever leads it. Raises `DeliveryError`,
    `KeyboardInterrupt`."""
    taken = place.ledger.take(holder(), lease_seconds, force=force)
    try:
        # Until then whoever led it may have written more.
        rollout = find_open(place)
        if wake and rollout.state.phase is Phase.PAUSED:
            place.ledger.request(rollout.id, {"verb": Verb.RESUME.value, "by": taken.holder})
    except DeliveryError:
        place.ledger.give_back(taken.fence)
        raise
    journal = Journal(place.ledger, rollout.id, taken.fence, rollout.heard)
    return _lead_to_the_end(place, rollout, journal, lease_seconds, progress)


def _lead_to_the_end(
    place: Place, rollout: Rollout, journal: Journal, lease_seconds: int, progress: Progress
) -> Phase:
    armed = arm(place, rollout, journal)
    stack = place.stack
    audience = Audience.of(stack, rollout, progress, place.worker_url)
    try:
        with audience:
            state = lead(
                place, rollout, journal, lease_seconds, audience.hear, progress.report, armed=armed
            )
    except LeaseLostError as error:
        raise journal.lost(error) from None
    except KeyboardInterrupt:
        if armed:
            progress.say(
                f"nobody leads rollout {rollout.id} now: stable is put back in {lease_seconds} s, "
                f"unless `pitchey rollout resume {stack.name}` goes on"
            )
        raise
    finally:
        incident = audience.record_incident(stack.project, person())
        if incident is not None:
            progress.say(f"incident: {incident}")
            progress.say(f"`pitchey rollout report {stack.name}` makes a page of it")
    results().print(f"rollout {rollout.id} {state.phase.value}: {state.cause or 'without harm'}")
    return state.phase
