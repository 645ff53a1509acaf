"""`pitchey rollback`: what served well before serves again, now; everything else follows."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from delivery.clouds import find_cloud
from delivery.commands.options import CloudOption, JsonOption, StackArgument, results
from delivery.edge import EdgeClient
from delivery.errors import RefusedError
from delivery.patient_api import PatientApi
from delivery.progress import Progress
from delivery.project import check_stack, find_project
from delivery.rollback.component import Place
from delivery.rollback.following import Following
from delivery.rollback.going_back import Gone, Wanted, go_back, verify
from delivery.rollback.registry import COMPONENTS, find_component

_WORKER: Final = "worker"
_FAILED: Final = 2


def register(app: typer.Typer) -> None:
    app.command()(rollback)


def rollback(
    stack: StackArgument,
    *,
    to: Annotated[
        str | None,
        typer.Option("--to", help="A version's id, or its beginning; the last good one without."),
    ] = None,
    component: Annotated[str, typer.Option(help="worker, pages, or flag:NAME.")] = _WORKER,
    everything: Annotated[
        bool, typer.Option("--all", help="The Worker and the pages, as far as each can go back.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; it stands in the incident.")] = "",
    cloud: CloudOption = "local",
    as_json: JsonOption = False,
) -> None:
    """Gives every request back to the last good version, at once, and verifies it at the edge.

    Example: pitchey rollback staging --reason "checkout fails"
    """
    wanted = Wanted(to, reason, time.time())
    project = find_project()
    check_stack(project, stack)
    if everything and to is not None:
        raise RefusedError("--to names a version of one component", "leave out --all")
    progress = Progress()
    chosen = find_cloud(cloud, project)
    with PatientApi(chosen.access()) as api, EdgeClient(chosen) as edge:
        place = Place(stack, chosen, api, edge)
        names = list(COMPONENTS) if everything else [component]
        components = [find_component(name, place) for name in names]
        following = Following(project, place, wanted, progress)
        gone, wrong = go_back(components, wanted, progress.say, following.at_once)
        for one in gone:
            verify(one, wanted, progress.say, progress.report)
        record = following.follow(gone)
    if gone:
        _show(gone, record, as_json)
    if wrong is not None:
        raise wrong
    if not all(one.verified.done for one in gone):
        raise typer.Exit(_FAILED)


def _show(gone: list[Gone], record: Path | None, as_json: bool) -> None:
    if as_json:
        rows: list[dict[str, Any]] = [
            {
                "component": one.name,
                **asdict(one.returned),
                "verified": one.verified.done,
                "seconds": round(one.seconds, 3),
                "left": one.left,
            }
            for one in gone
        ]
        typer.echo(json.dumps({"components": rows, "incident": str(record) if record else None}))
        return
    console = results()
    for one in gone:
        if one.returned.changed:
            state = "serves everything" if one.verified.done else "is deployed, and not verified"
            line = (
                f"{one.name}: {one.returned.after} {state}, {one.seconds:.1f} s after the command"
            )
        else:
            line = f"{one.name}: {one.returned.after} serves already"
        console.print(line, soft_wrap=True)
        for left in one.left:
            console.print(f"left to do: {left}", soft_wrap=True, markup=False)
    if record is not None:
        console.print(f"incident: {record}", soft_wrap=True)
