"""`pitchey simulate`: a strategy tried on made-up traffic, thousands of times, without a cloud."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from delivery.commands.options import JsonOption, results
from delivery.project import find_project
from delivery.rollout.strategy_files import read_strategy
from delivery.simulation.fault_words import known_faults, read_faults

if TYPE_CHECKING:
    from delivery.simulation.running import Outcome

_PATIENCE: Final = 2.0
"""Seconds after which somebody wants to see how far it is."""
_CUT_SHORT: Final = 1


def register(app: typer.Typer) -> None:
    app.command()(simulate)


def simulate(
    *,
    strategy: Annotated[
        list[str] | None,
        typer.Option(help="A name or a file, as for `rollout start`. Twice to compare two."),
    ] = None,
    rate: Annotated[
        float, typer.Option(min=0.01, max=10_000, help="Requests a second, of both versions.")
    ] = 50,
    errors: Annotated[
        float, typer.Option(min=0, max=100, help="Percent of stable's answers that are errors.")
    ] = 0.5,
    latency: Annotated[
        float, typer.Option(min=1, max=60_000, help="Milliseconds at the median.")
    ] = 40,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="What is wrong, as --list tells; several come together."),
    ] = None,
    from_share: Annotated[
        float, typer.Option(min=0, max=100, help="Percent of the requests from which it is wrong.")
    ] = 0,
    from_second: Annotated[
        float, typer.Option(min=0, help="Seconds of serving after which it is wrong.")
    ] = 0,
    runs: Annotated[int, typer.Option(min=1, max=1_000_000, help="Rollouts of each.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the first; the others follow.")] = 1,
    list_faults: Annotated[
        bool, typer.Option("--list", help="Shows the faults, and does nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Rolls out on made-up traffic, thousands of times: false alarms, power, time to detect, requests harmed.

    The function that decides is production's own; the same seed gives the same rollouts. Nothing is needed: no cloud, no stack.

    Example: pitchey simulate --strategy canary --fault errors=2 --rate 50 --runs 200
    """
    if list_faults:
        _list(as_json=as_json)
        return
    faults = read_faults(fault or [], from_share, from_second)
    project = find_project()
    chosen = {word: read_strategy(word, project) for word in strategy or ["canary"]}
    from delivery.simulation.many import many  # noqa: PLC0415 (numpy: a tenth of a second, that `--help` need not wait for)
    from delivery.simulation.showing import show, to_json  # noqa: PLC0415
    from delivery.simulation.traffic import Traffic  # noqa: PLC0415

    traffic = Traffic(rate=rate, errors=errors / 100, median=latency, faults=faults)
    seeds = range(seed, seed + runs)
    done: dict[str, list[Outcome]] = {word: [] for word in chosen}
    cut_short = False
    try:
        with _Bar(runs * len(chosen)) as bar:
            for word, one in chosen.items():
                with closing(many(one, traffic, seeds)) as outcomes:
                    for outcome in bar.over(outcomes):
                        done[word].append(outcome)
    except KeyboardInterrupt:
        if not any(done.values()):
            raise
        cut_short = True
    told: dict[str, Any] = {
        "requestsPerSecond": rate,
        "errorsPercent": errors,
        "latencyMilliseconds": latency,
        "faults": fault or [],
        "fromShare": from_share,
        "fromSecond": from_second,
        "seed": seed,
        "wanted": runs,
        "cutShort": cut_short,
    }
    if as_json:
        results().print_json(json.dumps({**told, "strategies": to_json(done)}))
    else:
        show(results(), done, traffic, runs)
    if cut_short:
        raise typer.Exit(_CUT_SHORT)


class _Bar:
    """On standard error, in a terminal alone, for what takes longer than one likes to wait in the dark."""

    def __init__(self, total: int) -> None:
        self._console = Console(stderr=True)
        self._progress: Progress | None = None
        self._total, self._began, self._done = total, time.monotonic(), 0

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def over(self, outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
        for outcome in outcomes:
            self._done += 1
            self._show()
            yield outcome

    def _show(self) -> None:
        if self._progress is None:
            if not self._console.is_terminal or time.monotonic() - self._began < _PATIENCE:
                return
            self._progress = Progress(
                TextColumn("rollouts"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._progress.add_task("rollouts", total=self._total)
            self._progress.start()
        self._progress.update(self._progress.task_ids[0], completed=self._done)


def _list(*, as_json: bool) -> None:
    known: Sequence[tuple[str, str]] = known_faults()
    if as_json:
        results().print_json(json.dumps([{"fault": name, "what": said} for name, said in known]))
        return
    for name, said in known:
        results().print(Text(f"{name:<18}", style="cyan") + Text(said), soft_wrap=True)
