"""`pitchey rollback`: what served well before serves again, now; everything else follows."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table
from rich.text import Text

from delivery.clouds import find_cloud
from delivery.commands.options import CloudOption, JsonOption, StackArgument, results
from delivery.edge import EdgeClient
from delivery.errors import DeliveryError, RefusedError
from delivery.patient_api import PatientApi
from delivery.progress import Progress
from delivery.project import check_stack, find_project
from delivery.rollback.component import Place
from delivery.rollback.following import Following
from delivery.rollback.going_back import Gone, Wanted, go_back, verify
from delivery.rollback.registry import COMPONENTS, find_component, listed

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
    component: Annotated[
        list[str] | None,
        typer.Option(
            help="worker (the usual one), pages, flag:NAME, or what `--list` shows; may be given several times."
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="The Worker and the pages, as far as each can go back.")
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="On again, of what was turned off; verified as well.")
    ] = False,
    lists: Annotated[
        bool, typer.Option("--list", help="Show the components and how they are; change nothing.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; it stands in the incident.")] = "",
    cloud: CloudOption = "local",
    as_json: JsonOption = False,
) -> None:
    """Gives every request back to the last good version, at once, and verifies it at the edge. Of an optimisation it is what
    serves without it.

    Example: pitchey rollback staging --reason "checkout fails"

    Example: pitchey rollback staging --component edge-cache
    """
    wanted = Wanted(to, reason, time.time())
    project = find_project()
    check_stack(project, stack)
    named = list(dict.fromkeys(component or [_WORKER]))
    if (everything or len(named) > 1) and to is not None:
        left_out = "--all" if everything else "the other components"
        raise RefusedError("--to names a version of one component", f"leave out {left_out}")
    if everything and component:
        raise RefusedError(
            "--all is the Worker and the pages", "name the components, or leave them out"
        )
    progress = Progress()
    chosen = find_cloud(cloud, project)
    with PatientApi(chosen.access()) as api, EdgeClient(chosen) as edge:
        place = Place(stack, chosen, api, edge)
        if lists:
            _list(place, as_json)
            return
        names = list(COMPONENTS) if everything else named
        components = [find_component(name, place, undo=undo) for name in names]
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
                "before": one.returned.before,
                "after": one.returned.after,
                "changed": one.returned.changed,
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
        words = one.returned.words
        if one.returned.changed:
            state = words.done if one.verified.done else f"{words.made}, and not verified"
            line = (
                f"{one.name}: {one.returned.after} {state}, {one.seconds:.1f} s after the command"
            )
        else:
            line = f"{one.name}: {one.returned.after} {words.already}"
        console.print(line, soft_wrap=True)
        for left in one.left:
            console.print(f"left to do: {left}", soft_wrap=True, markup=False)
    if record is not None:
        console.print(f"incident: {record}", soft_wrap=True)


def _list(place: Place, as_json: bool) -> None:
    """How each component is by Cloudflare's API; of one that cannot be read, why."""
    rows: list[dict[str, str]] = []
    for component, what in listed(place):
        try:
            now = component.now()
        except DeliveryError as error:
            now = error.what
        rows.append({"component": component.name, "now": now, "what": what})
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for column in ("component", "now", "what it is"):
        table.add_column(column, overflow="fold")
    for row in rows:
        colour = {"on": "green", "off": "yellow"}.get(row["now"], "")
        table.add_row(row["component"], Text(row["now"], style=colour), Text(row["what"]))
    results().print(table)
