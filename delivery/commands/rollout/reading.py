"""The commands that read alone: plan, status, history."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from delivery.commands.options import CloudOption, JsonOption, StackArgument, results
from delivery.commands.rollout.stacks import find_last, find_place, find_rollout
from delivery.progress import Progress
from delivery.report.listing import groups, show
from delivery.rollout.journal import Rollout, read_rollouts
from delivery.rollout.planning import plan as plan_of
from delivery.rollout.strategy_files import read_strategy
from delivery.rollout.todays_traffic import todays_traffic


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
    place, settings = find_place(stack, cloud, Progress())
    chosen = read_strategy(strategy or settings.strategy, place.stack.project)
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
            "too little traffic for some steps: take --strategy low-traffic, or make them longer, "
            "ask for less (`analysis`), or let probes fill in (`probes.fillIn`)",
            soft_wrap=True,
        )


def status(
    stack: StackArgument, *, as_json: JsonOption = False, cloud: CloudOption = "local"
) -> None:
    """Where the last rollout stands.

    Example: pitchey rollout status staging
    """
    place, _ = find_place(stack, cloud, Progress())
    if as_json:
        known = place.rollouts()
        results().print_json(json.dumps(_described(known[-1]) if known else None))
        return
    table = Table.grid(padding=(0, 2))
    for name, value in _described(find_last(place)).items():
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


def history(
    stack: StackArgument,
    rollout: Annotated[
        str | None, typer.Argument(help="Its id, or how that begins; all of them without.")
    ] = None,
    *,
    as_json: JsonOption = False,
    cloud: CloudOption = "local",
) -> None:
    """How each rollout ended, and every decision with its numbers.

    Example: pitchey rollout history staging
    """
    place, _ = find_place(stack, cloud, Progress())
    chosen = None if rollout is None else find_rollout(place, rollout)
    entries = place.ledger.read().entries
    if chosen is not None:
        entries = tuple(entry for entry in entries if entry.rollout == chosen.id)
    if as_json:
        rows = [asdict(entry) for entry in entries if entry.kind != "observed"]
        results().print_json(json.dumps(rows))
        return
    listed = groups(read_rollouts(entries), entries)
    if not listed:
        results().print(f"no rollout of {place.worker} yet")
    show(results(), listed)
