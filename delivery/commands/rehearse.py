"""`pitchey rehearse`: a rollout on the local cloud with users and a fault, and what the users would have felt."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from delivery.commands.options import JsonOption, StackArgument, results
from delivery.commands.rollout.stacks import find_place
from delivery.errors import RefusedError
from delivery.leaving import left_once
from delivery.notifications.rehearsed import RehearsedNews
from delivery.progress import Progress
from delivery.rehearsal.candidate import Candidates
from delivery.rehearsal.faults import Scenario, known_faults, read_scenarios
from delivery.rehearsal.putting_back import Record, put_back
from delivery.rehearsal.rehearsing import Rehearsal, Rehearsed, Wanted
from delivery.rehearsal.showing import details, overview, sentence, to_json
from delivery.rehearsal.story import Decision
from delivery.rollout import preflight
from delivery.rollout.leading import Place
from delivery.rollout.strategy_files import read_strategy
from delivery.stack_lock import hold_stack

_ONLY: Final = "local"


def register(app: typer.Typer) -> None:
    app.command()(rehearse)


def rehearse(
    stack: StackArgument = "staging",
    *,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            help="What goes wrong, as --list tells; `all` for each in turn. Twice: one of the candidate, one around it."
        ),
    ] = None,
    strategy: Annotated[str, typer.Option(help="As for `rollout start`.")] = "fast",
    rate: Annotated[float, typer.Option(min=1, max=500, help="Requests a second.")] = 60,
    users: Annotated[
        int,
        typer.Option(min=1, max=100_000, help="Users at any time; new ones come, old ones leave."),
    ] = 400,
    seed: Annotated[int, typer.Option(help="The same users with the same wishes.")] = 1,
    notify: Annotated[
        bool,
        typer.Option(
            "--notify",
            help="Tells those who hear of rollouts, each title marked [rehearsal]; without it is only said what they would hear.",
        ),
    ] = False,
    list_faults: Annotated[
        bool, typer.Option("--list", help="Shows the faults, and does nothing.")
    ] = False,
    as_json: JsonOption = False,
    cloud: Annotated[str, typer.Option("--cloud", hidden=True)] = _ONLY,
) -> None:
    """Rolls a faulty version out on the local cloud under users, and says what they felt; then all is as before.

    The exit status is 0 when each rollout ended as its strategy promises.

    Example: pitchey rehearse staging --fault errors=20
    """
    if cloud != _ONLY:
        raise RefusedError(
            "a rehearsal breaks things on purpose, so it runs on the local cloud only",
            "leave --cloud out",
        )
    if list_faults:
        _list(as_json=as_json)
        return
    scenarios = read_scenarios(fault or ["none"])
    progress = Progress()
    place, settings = find_place(stack, cloud, progress)
    wanted = Wanted(
        strategy, rate, users, seed, RehearsedNews.SENT if notify else RehearsedNews.SAID
    )
    chosen = read_strategy(strategy, place.stack.project)
    record = Record.of(place.stack.project, stack)

    def prepare(scenario: Scenario) -> Rehearsal:
        return Rehearsal(place, chosen, scenario, wanted, settings.lease_seconds, record)

    with (
        hold_stack(record.path.with_suffix(".lock"), stack, wait_seconds=0, report=progress.report),
        _ends_in_order(progress),
    ):
        _mend(place, record, progress)
        preflight.refuse_under_way(place)
        done: list[Rehearsed] = []
        try:
            _all(scenarios, prepare, progress, done)
        except BaseException:
            # What is known of those before is not thrown away.
            if done:
                _show(done, wanted, as_json=as_json)
            raise
    _show(done, wanted, as_json=as_json)
    raise typer.Exit(0 if all(one.is_as_expected for one in done) else 1)


def _list(*, as_json: bool) -> None:
    known = known_faults()
    if as_json:
        results().print_json(json.dumps([{"fault": name, "what": said} for name, said in known]))
        return
    for name, said in known:
        results().print(Text(f"{name:<18}", style="cyan") + Text(said), soft_wrap=True)


def _mend(place: Place, record: Record, progress: Progress) -> None:
    if record.read() is not None:
        with progress.stage("a rehearsal that was cut short put back"):
            candidates = Candidates(place.variables, str(place.outputs["workerId"]))
            put_back(place, record, candidates, progress.report)


def _all(
    scenarios: Sequence[Scenario],
    prepare: Callable[[Scenario], Rehearsal],
    progress: Progress,
    done: list[Rehearsed],
) -> None:
    """`done` gets each that has ended."""
    alone = len(scenarios) == 1
    for scenario in scenarios:
        rehearsal = prepare(scenario)
        if not alone:
            try:
                rehearsal.check()
            except RefusedError as error:
                progress.say(f"{scenario.name} left out: {error.what}")
                continue
        with progress.stage(f"rehearsal of {scenario.name}"):
            if progress.console.is_terminal:
                rehearsal.at_work = progress.report
            if alone:
                rehearsal.tell = lambda seconds, decision: progress.say(_line(seconds, decision))
                rehearsal.untold = progress.say
            found = rehearsal.run()
        done.append(found)
        if not alone:
            progress.say(f"{found.outcome}: {sentence(found)}")


def _line(seconds: float, decision: Decision) -> str:
    return f"{seconds:5.1f} s  {decision.kind}: {decision.said}"


def _show(done: Sequence[Rehearsed], wanted: Wanted, *, as_json: bool) -> None:
    console = results()
    if as_json:
        told: dict[str, Any] = {
            "strategy": wanted.strategy,
            "requestsPerSecond": wanted.rate,
            "users": wanted.users,
            "seed": wanted.seed,
            "rehearsals": [to_json(one) for one in done],
        }
        console.print_json(json.dumps(told))
        return
    about = f"strategy {wanted.strategy}, {wanted.rate:g} requests/s, seed {wanted.seed}"
    if len(done) == 1:
        console.print(Text(f"{done[0].scenario.name}: {about}", style="bold"))
        console.print(details(done[0]), soft_wrap=True)
        console.print(Text(sentence(done[0])), soft_wrap=True)
        return
    console.print(Text(about, style="bold"))
    console.print(overview(done), soft_wrap=True)
    for one in done:
        if not one.is_as_expected:
            wrong = f"{one.scenario.name} should have been {' or '.join(sorted(one.expected))}"
            console.print(Text(f"{wrong}: {one.why}", style="red"), soft_wrap=True)


@contextmanager
def _ends_in_order(progress: Progress) -> Generator[None]:
    """A Ctrl-C and a polite end (SIGTERM, SIGHUP) put the stack back; a second one does not hurry that."""

    def wait(_number: int, _frame: object) -> None:
        progress.say("the stack is being put back: a moment")

    def leave() -> None:
        progress.say("the rehearsal ends: faults off, stable back")

    try:
        with left_once(leave, wait):
            yield
    except KeyboardInterrupt:
        progress.say("the stack is as it was; the same command rehearses again")
        raise
