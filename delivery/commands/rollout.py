"""`pitchey rollout`: a new version gets its traffic step by step, watched, and goes back by itself when it does harm."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from delivery.clouds import find_cloud
from delivery.commands.options import CloudOption, JsonOption, StackArgument, results
from delivery.errors import RefusedError
from delivery.notifications.of_stack import notifier_of
from delivery.progress import Progress
from delivery.project import check_stack, find_project
from delivery.rollout import preflight
from delivery.rollout.events import Event
from delivery.rollout.journal import Journal, Rollout
from delivery.rollout.leading import Place, arm, begin, holder, lead, place_of
from delivery.rollout.measurements import Verb
from delivery.rollout.news import begun, news_of
from delivery.rollout.planning import plan as plan_of
from delivery.rollout.state import Phase, State
from delivery.rollout.strategy_files import read_strategy
from delivery.rollout.telling import line_of, told
from delivery.rollout.todays_traffic import todays_traffic
from delivery.stack import Stack
from settings.rollouts import read_rollouts

app = typer.Typer(no_args_is_help=True, help=__doc__)
_STATUS: Final = {Phase.FINISHED: 0, Phase.RETURNED: 1}
WhyOption = Annotated[str, typer.Option("--why", help="Why; it stands in the ledger.")]


def register(application: typer.Typer) -> None:
    application.add_typer(app, name="rollout")


@app.command()
def start(
    stack: StackArgument,
    *,
    strategy: Annotated[
        str | None,
        typer.Option(help="canary, blue-green, all-at-once, fast, one of strategies/, or a file."),
    ] = None,
    version: Annotated[
        str | None, typer.Option(help="The candidate's id; the version uploaded last without it.")
    ] = None,
    cloud: CloudOption = "local",
) -> None:
    """Rolls the uploaded version out, and leads it to its end.

    Example: pitchey rollout start staging --strategy fast
    """
    progress = Progress()
    place, lease_seconds, default = _place(stack, cloud, progress)
    chosen = read_strategy(strategy or default, place.stack.project)
    preflight.refuse_under_way(place)
    stable = preflight.check_live(place)
    candidate = preflight.check_candidate(place, stable, version)
    preflight.check_classes(place, chosen, stable, candidate)
    lease = place.ledger.take(holder(), lease_seconds)
    try:
        with progress.stage("pre-flight"):
            preflight.check_policies(place.stack)
            preflight.probe_candidate(place, chosen, stable, candidate, progress.report)
        # A preview of production may take longer than a lease.
        lease = place.ledger.take(lease.holder, lease_seconds, force=True)
        last = place.ledger.read().last
        rollout, journal = begin(place, chosen, stable, candidate, lease, last)
    except BaseException:
        place.ledger.give_back(lease.fence)
        raise
    _lead(place, rollout, journal, lease_seconds, progress)


@app.command()
def plan(
    stack: StackArgument,
    *,
    strategy: Annotated[str | None, typer.Option(help="As for `start`.")] = None,
    rate: Annotated[
        float | None, typer.Option(help="Requests a second; those of the last minutes without it.")
    ] = None,
    as_json: JsonOption = False,
    cloud: CloudOption = "local",
) -> None:
    """What a rollout would do at today's traffic: how long, whether each step can pass, whom a bad version could reach.

    Example: pitchey rollout plan staging --strategy canary --rate 50
    """
    place, _, default = _place(stack, cloud, Progress())
    chosen = read_strategy(strategy or default, place.stack.project)
    seen = todays_traffic(place)
    made = plan_of(chosen, seen.requests_per_second if rate is None else rate, seen.error_rate)
    if as_json:
        results().print_json(json.dumps({**asdict(made), "canPass": made.can_pass}))
        return
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for column in ("share", "at least", "at most", "requests", "needed", "passes", "reached"):
        table.add_column(column, justify="right")
    for step in made.steps:
        table.add_row(
            f"{step.share:g} %",
            f"{step.seconds:.0f} s",
            f"{step.longest:.0f} s",
            f"{step.requests:,}",
            f"{step.needed:,}",
            Text("can", style="green") if step.can_pass else Text("cannot", style="red"),
            f"{step.reached:,}",
        )
    console = results()
    console.print(table)
    console.print(f"bake {made.bake:.0f} s; together at least {made.seconds / 60:.0f} min")
    console.print(
        f"at {made.requests_per_second:.3g} requests/s, {100 * made.error_rate:.3g} % of them errors; "
        "`reached`: requests that a version failing all of them would be given",
        soft_wrap=True,
    )
    if not made.can_pass:
        console.print(
            "too little traffic for some steps: make them longer, ask for less (`analysis`), "
            "or let probes fill in (`probes.fillIn`)",
            soft_wrap=True,
        )


@app.command()
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
    place, lease_seconds, _ = _place(stack, cloud, progress)
    rollout = _open(place)
    told_state = place.ledger.read()
    lease = told_state.lease
    if not take and lease is not None and lease.until > told_state.now:
        place.ledger.request(rollout.id, {"verb": Verb.RESUME.value, "by": holder()})
        progress.say(f"{lease.holder} leads it and was asked to go on")
        return
    taken = place.ledger.take(holder(), lease_seconds, force=take)
    last = place.ledger.read().last
    journal = Journal(place.ledger, rollout.id, taken.fence, last)
    if rollout.state.phase is Phase.PAUSED:
        place.ledger.request(rollout.id, {"verb": Verb.RESUME.value, "by": taken.holder})
    _lead(place, rollout, journal, lease_seconds, progress)


def _ask(stack: str, cloud: str, verb: Verb, why: str) -> None:
    progress = Progress()
    place, lease_seconds, _ = _place(stack, cloud, progress)
    rollout = _open(place)
    told_state = place.ledger.read()
    lease = told_state.lease
    place.ledger.request(rollout.id, {"verb": verb.value, "by": holder(), "why": why})
    if lease is not None and lease.until > told_state.now:
        progress.say(f"{lease.holder} leads it and was asked to {verb.value}")
        return
    if verb in {Verb.ABORT, Verb.SIGNAL}:
        taken = place.ledger.take(holder(), lease_seconds)
        journal = Journal(place.ledger, rollout.id, taken.fence, told_state.last)
        _lead(place, rollout, journal, lease_seconds, progress)
        return
    progress.say(f"nobody leads it now; `pitchey rollout resume {stack}` does, and obeys")


@app.command()
def pause(stack: StackArgument, *, why: WhyOption = "", cloud: CloudOption = "local") -> None:
    """Holds the share where it is; what is shown to do harm still goes back.

    Example: pitchey rollout pause staging --why "the support desk asks"
    """
    _ask(stack, cloud, Verb.PAUSE, why)


@app.command()
def promote(stack: StackArgument, *, why: WhyOption = "", cloud: CloudOption = "local") -> None:
    """Gives the candidate everything now; the bake follows.

    Example: pitchey rollout promote staging
    """
    _ask(stack, cloud, Verb.PROMOTE, why)


@app.command()
def abort(stack: StackArgument, *, why: WhyOption = "", cloud: CloudOption = "local") -> None:
    """Puts stable back, whoever leads the rollout.

    Example: pitchey rollout abort staging --why "wrong version"
    """
    _ask(stack, cloud, Verb.ABORT, why)


@app.command()
def signal(stack: StackArgument, *, why: WhyOption = "", cloud: CloudOption = "local") -> None:
    """A security signal: stable is put back at once.

    Example: pitchey rollout signal staging --why "sessions leak"
    """
    _ask(stack, cloud, Verb.SIGNAL, why)


@app.command()
def status(
    stack: StackArgument, *, as_json: JsonOption = False, cloud: CloudOption = "local"
) -> None:
    """Where the last rollout stands.

    Example: pitchey rollout status staging
    """
    place, _, _ = _place(stack, cloud, Progress())
    known = place.rollouts()
    if as_json:
        results().print_json(json.dumps(_described(known[-1]) if known else None))
        return
    if not known:
        raise RefusedError(
            f"no rollout of {place.worker} yet", f"`pitchey rollout start {stack}` makes one"
        )
    last, table = known[-1], Table.grid(padding=(0, 2))
    for name, value in _described(last).items():
        table.add_row(Text(name, style="dim"), Text(str(value), overflow="fold"))
    results().print(table)


def _described(rollout: Rollout) -> dict[str, object]:
    state = rollout.state
    return {
        "rollout": rollout.id,
        "strategy": rollout.strategy.name,
        "phase": state.phase.value,
        "share": float(state.share),
        "step": state.step + 1,
        "stable": state.stable,
        "candidate": state.candidate,
        "cause": state.cause,
        "began": datetime.fromtimestamp(rollout.at).astimezone().isoformat(timespec="seconds"),
    }


@app.command()
def history(
    stack: StackArgument, *, as_json: JsonOption = False, cloud: CloudOption = "local"
) -> None:
    """Every decision of every rollout, with its numbers.

    Example: pitchey rollout history staging
    """
    place, _, _ = _place(stack, cloud, Progress())
    entries = [e for e in place.ledger.read().entries if e.kind != "observed"]
    if as_json:
        rows = [asdict(entry) for entry in entries]
        results().print_json(json.dumps(rows))
        return
    for entry in entries:
        at = datetime.fromtimestamp(entry.at).strftime("%Y-%m-%d %H:%M:%S")
        line = f"{at}  {entry.rollout}  {entry.kind:<10} {told(entry.kind, entry.body)}"
        results().print(Text(line), soft_wrap=True)


def _place(stack: str, cloud: str, progress: Progress) -> tuple[Place, int, str]:
    project = find_project()
    check_stack(project, stack)
    chosen = find_cloud(cloud, project)
    chosen.start(progress.report)
    target = Stack(project, stack, chosen, report=progress.report, on_event=progress.on_event)
    wanted = read_rollouts(project, stack)
    return place_of(target), wanted.lease_seconds, wanted.strategy


def _open(place: Place) -> Rollout:
    found = place.open_rollout()
    if found is None:
        raise RefusedError(
            f"no rollout of {place.worker} is under way",
            f"`pitchey rollout start {place.stack.name}` begins one",
        )
    return found


def _lead(
    place: Place, rollout: Rollout, journal: Journal, lease_seconds: int, progress: Progress
) -> None:
    armed = arm(place, rollout, journal)
    name = place.stack.name

    notifier = notifier_of(place.stack, progress.say)
    notifier.send(begun(rollout))

    def tell(state: State, events: Sequence[Event]) -> None:
        for event in events:
            news = news_of(rollout, state, event)
            if news is not None:
                notifier.send(news)
            line = line_of(event)
            if line is not None:
                progress.say(f"{event.kind.value}: {line}")

    try:
        state = lead(place, rollout, journal, lease_seconds, tell, progress.report, armed=armed)
    except KeyboardInterrupt:
        if armed:
            progress.say(
                f"nobody leads rollout {rollout.id} now: stable is put back in {lease_seconds} s, "
                f"unless `pitchey rollout resume {name}` goes on"
            )
        raise
    finally:
        notifier.close()
    results().print(f"rollout {rollout.id} {state.phase.value}: {state.cause or 'without harm'}")
    raise typer.Exit(_STATUS.get(state.phase, 2))
